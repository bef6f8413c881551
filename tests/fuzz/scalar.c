#include "yamlmerge/scalar.h"

#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/number.h"

/* Numbers print to texts that read back as the same number, whatever table. */
static void
check(struct slice text, const struct scalar_table *table)
{
	CLEANUP(arena_release) struct arena	store = ARENA(16 * MIB);
	struct error				err = ERROR_INIT;
	struct scalar				scalar, again;
	char					printed[NUMBER_TEXT_MAX];
	size_t					len;

	MUST(scalar_resolve_plain(text, table, &store, &scalar, &err) == 0);
	MUST(scalar_plain_is_string(text, table) == (scalar.type == SCALAR_STRING));
	if (scalar.type == SCALAR_INT) {
		len = number_format_int(scalar.integer, printed);
		MUST(scalar_resolve_plain(slice_of(printed, len), table, &store, &again, &err) == 0);
		MUST(again.type == SCALAR_INT && again.integer == scalar.integer);
	}
	if (scalar.type == SCALAR_FLOAT) {
		len = number_format(scalar.real, NUMBER_YAML, printed);
		MUST(scalar_resolve_plain(slice_of(printed, len), table, &store, &again, &err) == 0);
		MUST(again.type == SCALAR_INT ? (double)again.integer == scalar.real :
		    again.real == scalar.real || (isnan(again.real) && isnan(scalar.real)));
	}
	if (scalar.type == SCALAR_TIME) {
		MUST(scalar_resolve_plain(scalar.text, table, &store, &again, &err) == 0);
		MUST(again.type == SCALAR_TIME && slice_eq(again.text, scalar.text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const	tags[] = { "int", "float", "bool", "null", "timestamp", "binary", "str", "merge", "other" };
	CLEANUP(arena_release) struct arena store = ARENA(16 * MIB);
	struct slice			text = slice_of(data, size);
	struct node_properties		properties = { .tag = SLICE_NONE };
	struct node			node = { .kind = NODE_SCALAR, .text = text, .properties = &properties, .line = 1, .column = 1 };
	struct error			err = ERROR_INIT;
	struct scalar			scalar;
	char				tag[64];
	double				real;
	int64_t				integer;

	check(text, &scalar_table_sops);
	check(text, &scalar_table_helm);
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		(void)snprintf(tag, sizeof(tag), "tag:yaml.org,2002:%s", tags[i]);
		properties.tag = slice_str(tag);
		err_reset(&err);
		MUST(scalar_resolve(&node, &scalar_table_sops, &store, &scalar, &err) == 0 || err.kind == ERR_SYNTAX);
		err_reset(&err);
		MUST(scalar_resolve(&node, &scalar_table_helm, &store, &scalar, &err) == 0 || err.kind == ERR_SYNTAX);
	}
	(void)number_parse_float_loose(text, &real);
	(void)number_parse_int(text, &integer);
	return 0;
}
