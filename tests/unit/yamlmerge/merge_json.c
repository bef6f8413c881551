#include "yamlmerge/merge_json.h"

#include "base/limits.h"
#include "tests/tap.h"

int
main(void)
{
	static const struct { const char *yaml, *json; } table[] = {
		{ "{}", "{}" }, { "a: [1, -2, 1.5, 1e300, -0.0]", "{\"a\":[1,-2,1.5,1.0e+300,-0.0]}" },
		{ "a: [yes, no, ~, '', {}]", "{\"a\":[true,false,null,\"\",{}]}" }, { "1: {true: x}", "{\"1\":{\"true\":\"x\"}}" },
		{ "a: \"\\n\\t\\\"\\\\\\x7f\\u0085\\u2028\\ufeff\"", "{\"a\":\"\\n\\u0009\\\"\\\\\\u007f\\u0085\\u2028\\ufeff\"}" },
		{ "a: \"\xc3\xa4\xf0\x9f\x98\x80\"", "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\"}" },
		{ "a: 12345678901234567890", "{\"a\":12345678901234567890}" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		CLEANUP(merged_release) struct merged	merged = MERGED, again = MERGED;
		CLEANUP(layer_freep) struct layer	*layer = NULL, *read = NULL;
		CLEANUP(buf_release) struct buf		out = BUF(MIB), second = BUF(MIB);
		struct error				err = ERROR_INIT;

		if (layer_read("x", slice_str(table[i].yaml), LAYER_FILE, NULL, &layer, &err) != 0 || merge_layer(&merged, layer, &err) != 0 ||
		    merge_json_print(merged.root, 0, &out, &err) != 0)
			bail_out(err.text);
		is_mem(out.data, out.len, table[i].json, strlen(table[i].json), table[i].json);
		buf_reset(&out);
		if (merge_json_print(merged.root, 2, &out, &err) != 0 || buf_byte(&out, '\n', &err) != 0 ||
		    layer_read("y", buf_slice(&out), LAYER_FILE, NULL, &read, &err) != 0 || merge_layer(&again, read, &err) != 0 ||
		    merge_json_print(again.root, 0, &second, &err) != 0)
			bail_out(err.text);
		is_mem(second.data, second.len, table[i].json, strlen(table[i].json), "and as YAML, indented, it is the same");
	}
	return done_testing();
}
