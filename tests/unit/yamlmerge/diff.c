#include "yamlmerge/diff.h"

#include "base/limits.h"
#include "tests/tap.h"

static struct buf out;

static int
note_item(void *context, const struct diff_item *item, struct error *err)
{
	static const char marks[] = { '~', '+', '-', '=' };

	(void)context;
	return buf_printf(&out, err, "%s%c%.*s%s", out.len > 0 ? " " : "", marks[item->change], SLICE_ARG(item->path), item->secret ? "!" : "");
}

static void
read_tree(struct merged *into, struct layer **layer, const char *text, enum layer_role role)
{
	struct error err = ERROR_INIT;

	if (layer_read("x", slice_str(text), role, NULL, layer, &err) != 0 || merge_layer(into, *layer, &err) != 0)
		bail_out(err.text);
}

static void
test_trees(void)
{
	static const struct { const char *old, *new, *want; } table[] = {
		{ "a: 1", "a: 1", "" }, { "a: 1", "a: 2", "~a" }, { "a: 1", "a: 1.0", "" }, { "a: 0", "a: -0.0", "~a" },
		{ "a: 1", "a: '1'", "~a" }, { "a: null", "a: ~", "" }, { "a: null", "{}", "-a" }, { "a: yes", "a: true", "" },
		{ "{}", "a: {b: {c: 1, d: 2}}", "+a.b.c +a.b.d" }, { "a: {b: {c: 1}}", "{}", "-a.b.c" }, { "{}", "a: {}", "+a" },
		{ "a: {b: 1}", "a: 1", "~a" }, { "a: [1, {b: 2}]", "a: [1, {b: 2}]", "" }, { "a: [1, 2]", "a: [2, 1]", "~a" },
		{ "a: [1]", "a: [1, 2]", "~a" }, { "a: {b: 1, c: 2}", "a: {c: 2, b: 1}", "" }, { "a: [{b: 1, c: 2}]", "a: [{c: 2, b: 1}]", "" },
		{ "x.y: {z: 1}", "x.y: {z: 2}", "~[\"x.y\"].z" }, { "b: 1\na: 1", "c: 1\na: 2", "-b ~a +c" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		CLEANUP(merged_release) struct merged	old = MERGED, new = MERGED;
		CLEANUP(layer_freep) struct layer	*a = NULL, *b = NULL;
		struct error				err = ERROR_INIT;

		read_tree(&old, &a, table[i].old, LAYER_FILE);
		read_tree(&new, &b, table[i].new, LAYER_FILE);
		buf_reset(&out);
		if (diff_trees(old.root, new.root, note_item, NULL, &err) != 0)
			bail_out(err.text);
		is_mem(out.data, out.len, table[i].want, strlen(table[i].want), table[i].want[0] != '\0' ? table[i].want : "no difference");
	}
}

static void
test_secrets(void)
{
	CLEANUP(merged_release) struct merged	old = MERGED, new = MERGED;
	CLEANUP(layer_freep) struct layer	*a = NULL, *b = NULL, *c = NULL, *d = NULL;
	static const char			want[] = "~list! ~a! =b! -d.e!";
	struct error				err = ERROR_INIT;

	read_tree(&old, &a, "p: 1\nlist: [1]", LAYER_FILE);
	read_tree(&old, &b, "a: x\nb: y\nd: {e: z}", LAYER_SECRETS);
	read_tree(&new, &c, "p: 1", LAYER_FILE);
	read_tree(&new, &d, "a: 1\nb: y\nlist: [2]", LAYER_SECRETS);
	buf_reset(&out);
	if (diff_trees(old.root, new.root, note_item, NULL, &err) != 0)
		bail_out(err.text);
	is_mem(out.data, out.len, want, sizeof(want) - 1, "what either side has from a secret layer is a secret, the same ones are told of");
	buf_reset(&out);
	ok(diff_trees(NULL, NULL, note_item, NULL, &err) == 0 && out.len == 0, "nothing is like nothing");
}

static int
refuse(void *context, const struct diff_item *item, struct error *err)
{
	(void)context;
	(void)item;
	return err_set(err, ERR_CANCELLED, "enough");
}

int
main(void)
{
	CLEANUP(merged_release) struct merged	tree = MERGED;
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	struct error				err = ERROR_INIT;

	out = BUF(MIB);
	test_trees();
	test_secrets();
	read_tree(&tree, &layer, "a: {b: 1}", LAYER_FILE);
	is_int(diff_trees(NULL, tree.root, refuse, NULL, &err), ERR_CANCELLED, "a visitor ends it");
	buf_release(&out);
	return done_testing();
}
