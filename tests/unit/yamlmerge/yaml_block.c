#include "yamlmerge/yaml_block.h"

#include "tests/unit/yamlmerge/yaml_exact.h"
#include "tests/unit/yamlmerge/yaml_test.h"

/* --- what is taken, and what is left to libyaml --------------------------------------------------------------------------- */

static void
test_rows(void)
{
	static const struct {
		const char *text;
		bool taken;
	} rows[] = {
		{ "a: 1\n", true }, { "a: 1", true }, { "- a\n- b\n", true }, { "a:\n", true }, { "a:", true }, { "-\n", true }, { "-", true },
		{ "a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", true }, { "  a: 1\n  b: 2\n", true }, { "a:\n- b\n- c\nd: 1\n", true },
		{ "a:\n  - b\n  - c\nd: 1\n", true }, { "a:\n-\n-\nb:\n", true }, { "- a: 1\n  b: 2\n- c: 3\n", true },
		{ "- - a\n  - b\n- c\n", true }, { "- - - a: 1\n      b: 2\n", true }, { "-\n  a: 1\n-\n  - b\n", true },
		{ "a:\n  b\nc:\n    'd'\n", true }, { "a: 'it''s'\nb: \"x\\n\\x41\\u00e9\\U0001f600\\\"\"\n", true },
		{ "'a b': 1\n\"c\\td\": 2\n\"e\" : 3\nf : 4\n", true }, { "a: b:c#d -e\nf: -1\ng: --\nh: a - b\n", true },
		{ "a: x # c\n# d\nb: 'y' # e\n", true }, { "# c\n\n# d\na: 1\n# e\n", true }, { "a: # c\n  b: 1\n", true },
		{ "a: |\n  b\n\n  c\n", true }, { "a: >-\n  b\n  c\n\n   d\n  e\n\n\nf: 1\n", true }, { "a: |+\n  b\n\n\n", true },
		{ "a: |2\n    b\n   c\n", true }, { "a: |2-\n    b\n", true }, { "a: |-2 # c\n    b", true }, { "a: |\nb: >\n\n\nc: |+\n\n", true },
		{ "- |\n b\n- >\n  c\n", true }, { "a:\n  |\n  b\n", true }, { "a: |\n  b\n # c\nd: 1\n", true }, { "a: |\n  x\n  \tb\n   \n  c\n ", true },
		{ "a: |\n  \tb\n", false },
		{ "a: |\n    \n  b: 1\n", false }, { "a: |\n    \nb: 1\n", true }, { "a: |\n  b\n   ", true }, { "a: >\n  b\n  \tc\n  d\n", true },
		{ "a: {}\nb: []\nc: { } # d\n- e\n", false }, { "a: {}\nb: []\nc: { } # d\ne:\n- []\n", true },
		{ "---\na: 1\n---\n- b\n", true }, { "--- # c\na: 1\n# d\n---\n# e\nb: 1\n", true }, { "# c\n---\na: 1\n", true },
		{ "\xc3\xa9: \xc3\xa9 # \xc3\xa9\n'\xc3\xa9\xe2\x82\xac': \"\xf0\x9f\x98\x80\"\n- \n", false },
		{ "\xc3\xa9: \xc3\xa9 # \xc3\xa9\n'\xc3\xa9\xe2\x82\xac': \"\xf0\x9f\x98\x80\"\n", true },
		{ "a: 'b\tc' # d\te\nf: \"\t\"\n", true }, { "  # c\n   \na: 1\n   \n", true }, { "a: b  \nc:   d   # e\n", true },
		/* left to libyaml */
		{ "", false }, { "# c\n", false }, { "---\n", false }, { "---\n---\na: 1\n", false }, { "a: 1\n---\n", false }, { "a\n", false },
		{ "'a'\n", false }, { "{}\n", false }, { "|\n  a\n", false }, { "--- a\n", false }, { "--- |\n a\n", false }, { "a: 1\n...\n", false },
		{ "%YAML 1.1\n---\na: 1\n", false }, { "a: &x 1\n", false }, { "a: *x\n", false }, { "a: !!str 1\n", false }, { "? a\n: b\n", false },
		{ "a: [b]\n", false }, { "a: {b: c}\n", false }, { "a: {\n}\n", false }, { "{}: a\n", false }, { "a: b\n  c\n", false },
		{ "a: 'b\n  c'\n", false }, { "a: \"b\n  c\"\n", false }, { "a: \"b\\\n  c\"\n", false }, { "- a\n  b\n", false }, { "a:\n- b\n c\n", false },
		{ "a:\tb\n", false }, { "a: b\tc\n", false }, { "a: b\t\n", false }, { "-\ta\n", false }, { "\ta: 1\n", false }, { "a: |\n\tb\n", false },
		{ "a: 1\r\n", false }, { "\xef\xbb\xbf" "a: 1\n", false }, { "a: \xc2\x85\n", false }, { "a: \xe2\x80\xa8\n", false }, { "a: \x7f\n", false },
		{ "a: \xc3\n", false }, { "a: \x01\n", false }, { "a: \"\\q\"\n", false }, { "a: \"\\ud800\"\n", false }, { "a: 'b'c\n", false },
		{ "a: 'b'#c\n", false }, { "a: b: c\n", false }, { "a: - b\n", false }, { "a: 1\n  b: 2\n", false }, { "a:\n    b: 1\n  c: 2\n", false },
		{ "a: 1\n- b\n", false }, { "- a\nb: 1\n", false }, { "a:\n  - b\n- c\n", false }, { "a: 1\nb\n", false }, { ": a\n", false }, { "a: |0\n", false },
		{ "a: @b\n", false }, { "a: `b\n", false }, { "a: %b\n", false }, { "a: ,b\n", false }, { "a: ]\n", false }, { "a: |b\n", false },
		{ "a: |\n  b\n c\n", false }, { "a:\n  b\n  c: 1\n", false }, { "a: {} b\n", false }, { "a: {}: b\n", false }, { "a:\n  b: 1\n c: 2\n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum exact found = exact_read(slice_str(rows[i].text));

		if (!ok(found == (rows[i].taken ? EXACT_SAME : EXACT_NOT_TAKEN), "row %zu: %s", i,
		    rows[i].taken ? "the same tree" : "left to libyaml"))
			tap_show("text", rows[i].text, strlen(rows[i].text));
	}
}

static void
test_long_keys(void)
{
	CLEANUP(buf_release) struct buf	text = BUF(1 * MIB);
	struct error			err = ERROR_INIT;

	for (size_t length = 900; length < 1200; length += 20) {
		buf_reset(&text);
		if (buf_repeat(&text, 'k', length, &err) != 0 || buf_str(&text, ": 1\n", &err) != 0)
			bail_out("no memory");
		ok(exact_read(buf_slice(&text)) == (length <= 1000 ? EXACT_SAME : EXACT_NOT_TAKEN), "a key of %zu characters", length);
	}
}

/* Bytes that libyaml refuses, or that only it knows, are found wherever they stand. */
static void
test_every_place(void)
{
	static const uint8_t		bytes[] = { 0x01, 0x7f, 0x80, 0xff, '\r', '\0' };
	CLEANUP(buf_release) struct buf	text = BUF(1 * MIB);
	struct error			err = ERROR_INIT;
	unsigned			missed = 0;

	for (unsigned i = 0; i < 20; i++)
		if (buf_printf(&text, &err, "key%u: value\n", i) != 0)
			bail_out("no memory");
	ok(exact_read(buf_slice(&text)) == EXACT_SAME, "a text of several lines is taken");
	for (size_t at = 0; at < text.len; at++) {
		uint8_t there = text.data[at];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			text.data[at] = bytes[i];
			missed += exact_read(buf_slice(&text)) != EXACT_NOT_TAKEN;
		}
		text.data[at] = there;
	}
	ok(missed == 0, "but not with a foreign byte at any place of it");
}

static void
test_depth(void)
{
	CLEANUP(buf_release) struct buf	text = BUF(1 * MIB);
	struct error			err = ERROR_INIT;

	for (unsigned i = 0; i < LIMIT_DEPTH; i++)
		if (buf_str(&text, "- ", &err) != 0)
			bail_out("no memory");
	ok(exact_read(buf_slice(&text)) == EXACT_SAME, "lists inside each other, as deep as a document may be");
	if (buf_str(&text, "- ", &err) != 0)
		bail_out("no memory");
	ok(exact_read(buf_slice(&text)) == EXACT_NOT_TAKEN, "one more is left to libyaml, which says what is wrong");
}

/* --- what others wrote, and what chance writes ------------------------------------------------------------------------------- */

static unsigned files, taken, different;

static void
compare(struct slice text, const char *what, unsigned number)
{
	enum exact found = exact_read(text);

	files++;
	taken += found == EXACT_SAME;
	if (found == EXACT_DIFFERENT && different++ < 5) {
		printf("# %s %u\n", what, number);
		tap_show("text", text.data, text.len < 2000 ? text.len : 2000);
	}
}

static void
compare_file(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF(64 * MIB);

	if (file_get(path, &text))
		compare(buf_slice(&text), path, 0);
}

static void
test_hubs(void)
{
	const char *folder = tap_folder("HUBS", "../shared/data/hubs");

	if (folder == NULL) {
		skip("no folder of hubs", 1);
		return;
	}
	files = taken = different = 0;
	each_yaml(folder, compare_file);
	ok(different == 0, "%u of %u files of hubs are taken, with the same trees", taken, files);
}

/* Every string of the recorded cases: files before and after, among others. */
static void
test_vectors(void)
{
	CLEANUP(buf_release) struct buf	 text = BUF(64 * MIB);
	const char			*folder = tap_folder("SOPS_VECTORS", "../shared/data/sops-vectors");
	struct error			 err = ERROR_INIT;
	struct slice			 rest, line;
	char				 path[4096];

	(void)snprintf(path, sizeof(path), "%s/vectors.jsonl", folder != NULL ? folder : "");
	if (folder == NULL || !file_get(path, &text)) {
		skip("no recorded cases", 1);
		return;
	}
	files = taken = different = 0;
	rest = buf_slice(&text);
	while (slice_split(&rest, '\n', &line)) {
		CLEANUP(document_freep) struct document *doc = NULL;

		if (line.len == 0 || document_parse(line, &syntax_json, &doc, &err) != 0)
			continue;
		for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0]))
			if (node->style == STYLE_DOUBLE)
				compare(node->text, path, files);
	}
	ok(different == 0 && taken > 0, "%u of %u texts of recorded cases are taken, with the same trees", taken, files);
}

/* A change of one byte, or of one line's place. */
static void
change(struct generator *g)
{
	static const char	bytes[] = "  \n\n:-#'\"|>{}[]&*!?,%\t\\xa1";
	size_t			n = 1 + draw(g, 2), at;

	while (n-- > 0 && g->text.len > 1) {
		at = draw(g, (unsigned)g->text.len);
		if (draw(g, 3) == 0) {
			(void)memmove(g->text.data + at, g->text.data + at + 1, g->text.len - at - 1);
			buf_truncate(&g->text, g->text.len - 1);
		} else
			g->text.data[at] = (uint8_t)bytes[draw(g, sizeof(bytes) - 1)];
	}
}

/* Documents of the plain kind alone. */
static void
plain_item(struct generator *g, unsigned column, unsigned depth)
{
	static const char *const words[] = {
		" w%u", " 'it''s %u'", " \"a\\tb%u\"", " -%u", "", " {}", " [ ]", " a  b: ", " a#%u", " \xc3\xa9%u \xf0\x9f\x98\x80", " ''", " a:%u", " x%u   ",
	};
	bool list = draw(g, 3) == 0;

	for (unsigned i = 0, n = 1 + draw(g, 4); i < n; i++) {
		put_comments(g, column, 15);
		put(g, list ? "%*s-" : draw(g, 4) == 0 ? "%*s'k %u':" : "%*sk%u:", (int)column, "", g->count++);
		switch (draw(g, depth < 4 ? 6 : 3)) {
		case 0:
			put(g, " %s%s", draw(g, 2) != 0 ? "|" : ">", draw(g, 3) == 0 ? "-" : draw(g, 3) == 0 ? "+" : "");
			put_beside(g);
			for (unsigned k = draw(g, 4); k > 0; k--)
				put(g, draw(g, 5) == 0 ? "%*s\n" : "%*sline # %u\n", (int)(column + 2 + draw(g, 6) / 5), "", g->count++);
			break;
		case 1:
		case 2:
			put_word(g, words[draw(g, sizeof(words) / sizeof(*words))]);
			put_beside(g);
			break;
		default:
			put_beside(g);
			plain_item(g, column + 2 * draw(g, 4) / 2, depth + 1);
		}
	}
}

static void
test_generated(void)
{
	struct generator g;

	files = taken = different = 0;
	for (unsigned seed = 0; seed < 40000; seed++) {
		if (seed % 2 == 0) {
			(void)generate(&g, seed);
		} else {
			g = (struct generator){ .state = seed * UINT64_C(2654435761), .text = BUF(1 * MIB) };
			(void)draw(&g, 2);
			plain_item(&g, 0, 0);
			put_comments(&g, 0, 30);
		}
		compare(buf_slice(&g.text), "seed", seed);
		if (g.text.len > 0)
			change(&g);
		compare(buf_slice(&g.text), "changed seed", seed);
		buf_release(&g.text);
	}
	ok(different == 0, "%u of %u generated documents are taken, with the same trees", taken, files);
	ok(taken > files / 10, "enough of them");
}

int
main(void)
{
	test_rows();
	test_long_keys();
	test_every_place();
	test_depth();
	test_hubs();
	test_vectors();
	test_generated();
	return done_testing();
}
