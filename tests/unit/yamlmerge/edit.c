#include "yamlmerge/edit.h"

#include "tests/unit/yamlmerge/yaml_test.h"

static const struct { struct span at; const char *text; } sample[] = {
	{ { 0, 1 }, "AA" }, { { 3, 3 }, "x" }, { { 3, 3 }, "y" }, { { 3, 5 }, "" }, { { 9, 9 }, "end" },
};

/* The edits of ${order}, digits, applied to "012345678". */
static int
apply(const char *order, struct buf *out, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct document	doc = { .text = SLICE("012345678") };

	buf_reset(out);
	for (; *order != '\0'; order++) {
		size_t i = (size_t)(*order - '0');

		if (edits_splice(&edits, sample[i].at, slice_str(sample[i].text), err) != 0)
			return (int)err->kind;
	}
	return edits_apply(&edits, &doc, out, err);
}

int
main(void)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT), small = BUF_SECRET(10);
	CLEANUP(edits_release) struct edits edits = EDITS, bad = EDITS, none = EDITS;
	struct error	err = ERROR_INIT;
	struct document	doc = { .text = SLICE("012345678") };

	ok(edits_apply(&none, &doc, &out, &err) == 0 && slice_eq(buf_slice(&out), doc.text), "no edits give the same bytes");
	succeeds(apply("01234", &out, &err), err, "edits in order are applied");
	is_slice(buf_slice(&out), SLICE("AA12xy5678end"), "with the right bytes");
	succeeds(apply("43120", &out, &err), err, "edits in any order are applied");
	is_slice(buf_slice(&out), SLICE("AA12xy5678end"), "with the same bytes: insertions come before what is replaced there");
	succeeds(apply("43210", &out, &err), err, "insertions at one place");
	is_slice(buf_slice(&out), SLICE("AA12yx5678end"), "keep the order in which they were asked for");

	ok(edits_splice(&edits, (struct span){ 2, 4 }, SLICE("a"), &err) == 0 && edits_splice(&edits, (struct span){ 3,
	    5 }, SLICE("b"), &err) == 0,
	    "two edits of the same bytes can be asked for");
	buf_reset(&out);
	if (buf_str(&out, "kept", &err) != 0)
		bail_out("no memory");
	is_int(edits_apply(&edits, &doc, &out, &err), ERR_INTERNAL, "and are refused when they are applied");
	is_slice(buf_slice(&out), SLICE("kept"), "the output is as it was");
	err_reset(&err);
	is_int(edits_splice(&bad, (struct span){ 4, 2 }, SLICE_NONE, &err), ERR_INTERNAL,
	    "a range that ends before it begins is refused");
	err_reset(&err);
	is_int(edits_splice(&bad, (struct span){ 4, 20 }, SLICE_NONE, &err), 0, "a range beyond the text can be asked for");
	is_int(edits_apply(&bad, &doc, &out, &err), ERR_INTERNAL, "and is refused when it is applied");
	err_reset(&err);
	is_int(apply("0", &small, &err), 0, "a text as long as its buffer allows");
	is_int(apply("04", &small, &err), ERR_LIMIT, "one that is longer");
	return done_testing();
}
