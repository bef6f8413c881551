#include "yamlmerge/flat.h"

#include "base/limits.h"
#include "base/timestamp.h"
#include "yamlmerge/number.h"

/* An upper-case exponent, and a fraction where there would be no sign of a float. */
static int
float_text(double value, struct buf *out, struct error *err)
{
	char	text[NUMBER_TEXT_MAX];
	bool	integral = value - value == 0;
	size_t	len = number_format(value, integral ? NUMBER_YAML : NUMBER_PLAIN, text);

	for (size_t i = 0; i < len; i++) {
		integral = integral && text[i] != '.' && text[i] != 'e';
		if (text[i] == 'e')
			text[i] = 'E';
	}
	if (buf_append(out, slice_of(text, len), err) != 0)
		return (int)err->kind;
	return integral ? buf_append(out, SLICE(".0"), err) : 0;
}

/* Without the fraction of a second, which sops has lost here, too. */
static int
time_text(struct slice text, struct buf *out, struct error *err)
{
	struct timestamp when;

	return timestamp_parse(text, &when, err) != 0 ? (int)err->kind : timestamp_format_seconds(&when, out, err);
}

int
flat_text(const struct scalar *scalar, struct buf *out, struct error *err)
{
	char text[NUMBER_TEXT_MAX];

	switch (scalar->type) {
	case SCALAR_NULL:
		return buf_append(out, SLICE("<nil>"), err);
	case SCALAR_BOOL:
		return buf_append(out, scalar->boolean ? SLICE("true") : SLICE("false"), err);
	case SCALAR_INT:
		return buf_append(out, slice_of(text, number_format_int(scalar->integer, text)), err);
	case SCALAR_FLOAT:
		return float_text(scalar->real, out, err);
	case SCALAR_TIME:
		return time_text(scalar->text, out, err);
	case SCALAR_UINT:
		return err_set(err, ERR_TYPE, "an integer of 2^63 or more cannot be printed");
	default:
		return buf_append(out, scalar->type == SCALAR_MERGE ? SLICE("<<") : scalar->text, err);
	}
}

int
flat_node_text(const struct node *node, const struct scalar_table *table, struct buf *out, struct error *err)
{
	CLEANUP(arena_release) struct arena store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct scalar scalar;

	node = node_resolve(node);
	if (node->kind != NODE_SCALAR)
		err_set(err, ERR_TYPE, "a map or list cannot be written as text");
	else if (scalar_resolve(node, table, &store, &scalar, err) == 0 && flat_text(&scalar, out, err) == 0)
		return 0;
	return err_at(err, node->line, node->column);
}
