#include "yamlmerge/yaml_print.h"

#include "base/utf8.h"
#include "tests/unit/yamlmerge/yaml_test.h"
#include "yamlmerge/scalar.h"

#define BOTH	(YAML_FOR_SOPS | YAML_FOR_HELM)

/* Head, a line break and body, as they would stand in a document. */
static struct slice
print(struct slice text, enum node_style style, struct yaml_place place, unsigned readers, struct buf *out)
{
	CLEANUP(buf_release) struct buf body = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (yaml_print_string(text, style, &place, readers, out, &body, &err) != 0 ||
	    (body.len != 0 && (buf_byte(out, '\n', &err) != 0 || buf_append(out, buf_slice(&body), &err) != 0)))
		printf("# %s\n", err.text);
	return buf_slice(out);
}

static void
test_by_content(void)
{
	/* What sops prints, and what is written for both readers where that is something else. */
	static const struct { const char *text, *sops, *both; } rows[] = {
		{ "word", "word", NULL }, { "two words", "two words", NULL }, { "http://x/y?a=b&c", "http://x/y?a=b&c", NULL },
		{ "", "\"\"", NULL }, { "~", "\"~\"", NULL }, { "null", "\"null\"", NULL }, { "true", "\"true\"", NULL }, { "123", "\"123\"", NULL },
		{ "0x1F", "\"0x1F\"", NULL }, { "1_000", "\"1_000\"", NULL }, { "1.", "\"1.\"", NULL }, { "2020-01-01", "\"2020-01-01\"", NULL },
		{ ".inf", "\".inf\"", NULL }, { "yes", "\"yes\"", NULL }, { "y", "\"y\"", NULL }, { "Off", "\"Off\"", NULL },
		{ "12:30", "\"12:30\"", NULL }, { "-1:00.5", "\"-1:00.5\"", NULL }, { "1:60", "1:60", NULL }, { "12:30:", "'12:30:'", NULL },
		{ "nul", "nul", NULL }, { "NaN", "NaN", NULL }, { "inf", "inf", NULL }, { "1,000", "1,000", NULL }, { "..", "..", NULL },
		{ "20-01-01", "20-01-01", NULL }, { "2020-13-01", "2020-13-01", NULL }, { "tRUE", "tRUE", NULL }, { "oN", "oN", NULL },
		{ "=", "=", "\"=\"" }, { "0b2", "0b2", "\"0b2\"" }, { "0x", "0x", "\"0x\"" }, { "0o", "0o", "\"0o\"" }, { "1e400", "1e400", NULL },
		{ "<<", "!!merge <<", "\"<<\"" },
		{ "#x", "'#x'", NULL }, { ",x", "',x'", NULL }, { "[x", "'[x'", NULL }, { "{{ x }}", "'{{ x }}'", NULL }, { "&x", "'&x'", NULL },
		{ "*x", "'*x'", NULL }, { "!x", "'!x'", NULL }, { "|x", "'|x'", NULL }, { ">x", "'>x'", NULL }, { "'x", "'''x'", NULL },
		{ "\"x", "'\"x'", NULL }, { "%x", "'%x'", NULL }, { "@x", "'@x'", NULL }, { "`x", "'`x'", NULL },
		{ "?", "'?'", NULL }, { "? x", "'? x'", NULL }, { "?x", "?x", NULL }, { "-", "'-'", NULL }, { "- x", "'- x'", NULL }, { "-x", "-x", NULL },
		{ ":", "':'", NULL }, { ": x", "': x'", NULL }, { ":x", ":x", NULL }, { "---", "'---'", NULL }, { "---x", "'---x'", NULL }, { "...", "'...'", NULL },
		{ "a: b", "'a: b'", NULL }, { "a:", "'a:'", NULL }, { "a:b", "a:b", NULL }, { "a #b", "'a #b'", NULL }, { "a#b", "a#b", NULL },
		{ " x", "' x'", NULL }, { "x ", "'x '", NULL }, { "it's", "it's", NULL }, { "a, [b] {c}", "a, [b] {c}", NULL },
		{ "a\tb", "\"a\\tb\"", NULL }, { "\tx", "\"\\tx\"", NULL }, { "a\rb", "\"a\\rb\"", NULL }, { "\x1b", "\"\\e\"", NULL }, { "\x01", "\"\\x01\"", NULL },
		{ "\x7f", "\"\\x7F\"", NULL }, { "\xc2\x85", "\"\\N\"", NULL }, { "\xc2\xa0", "\xc2\xa0", NULL }, { "\xef\xbb\xbf", "\"\\uFEFF\"", NULL },
		{ "\xe2\x80\xa8x", "'\xe2\x80\xa8    x'", "\"\\Lx\"" }, { "\xe2\x80\xa9", "'\xe2\x80\xa9'", "\"\\P\"" }, { "\xc3\xa9", "\xc3\xa9", NULL },
		{ "\xf0\x9f\x98\x80", "\"\\U0001F600\"", NULL }, { "\xff", "!!binary /w==", NULL },
		{ "a\nb", "|-\n    a\n    b\n", NULL }, { "a\nb\n", "|\n    a\n    b\n", NULL }, { "a\n\nb\n\n", "|+\n    a\n\n    b\n\n", NULL },
		{ "\n", "|4+\n\n", NULL }, { "\n\n", "|4+\n\n\n", NULL }, { "\na", "|4-\n\n    a\n", NULL }, { " a\nb", "|4-\n     a\n    b\n", NULL },
		{ "a\n  b\n", "|\n    a\n      b\n", NULL }, { "a\tb\nc", "|-\n    a\tb\n    c\n", NULL }, { "a\n\tb", "|-\n    a\n    \tb\n", "\"a\\n\\tb\"" },
		{ "\ta\nb", "\"\\ta\\nb\"", NULL }, { "a \nb", "\"a \\nb\"", NULL }, { "a\nb ", "\"a\\nb \"", NULL }, { "a\r\nb", "\"a\\r\\nb\"", NULL },
		{ "a\n\xf0\x9f\x98\x80", "\"a\\n\\U0001F600\"", NULL }, { "a\n\xe2\x80\xa8", "\"a\\n\\L\"", NULL }, { "a\n# b\n", "|\n    a\n    # b\n", NULL },
	};
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	char name[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = slice_str(rows[i].text);

		(void)snprintf(name, sizeof(name), "text %zu is printed as sops prints it", i);
		is_slice(print(text, STYLE_PLAIN, (struct yaml_place){ 0 }, YAML_FOR_SOPS, &out), slice_str(rows[i].sops), name);
		(void)snprintf(name, sizeof(name), "text %zu for both readers", i);
		is_slice(print(text, STYLE_PLAIN, (struct yaml_place){ 0 }, BOTH, &out), slice_str(rows[i].both != NULL ? rows[i].both : rows[i].sops), name);
	}
}

static void
test_places(void)
{
	static const struct { const char *text; enum node_style style; struct yaml_place place; const char *want, *claim; } rows[] = {
		{ "a\nb", STYLE_PLAIN, { .column = 4 }, "|-\n        a\n        b\n", "lines begin one step further" },
		{ "a\nb", STYLE_PLAIN, { .column = 2 }, "|-\n    a\n    b\n", "lines begin at the next multiple" },
		{ "a\nb", STYLE_PLAIN, { .column = 2, .step = 2 }, "|-\n    a\n    b\n", "the step of the text counts" },
		{ "a\nb", STYLE_PLAIN, { .column = 4, .element = true }, "|-\n      a\n      b\n", "an element's lines begin two behind the dash" },
		{ " a\nb", STYLE_PLAIN, { .column = 4, .element = true }, "\" a\\nb\"", "no digit in an element, where sops gets it wrong" },
		{ " a\nb", STYLE_PLAIN, { .column = 6, .beside_dash = true }, "\" a\\nb\"", "nor in a map beside a dash" },
		{ " a\nb", STYLE_LITERAL, { .column = 6, .element = true }, "|2-\n         a\n        b\n", "but to keep a literal, with the right digit" },
		{ "a\nb", STYLE_PLAIN, { .key = true }, "\"a\\nb\"", "a key is one line" },
		{ "a\nb", STYLE_LITERAL, { .flow = true }, "\"a\\nb\"", "so is a value in a flow collection" },
		{ "a,b", STYLE_PLAIN, { .flow = true }, "'a,b'", "',' needs quotes in a flow collection" },
		{ "a:b", STYLE_PLAIN, { .flow = true }, "'a:b'", "so does ':'" },
		{ "ab", STYLE_PLAIN, { .flow = true }, "ab", "a word does not" },
		{ "<<", STYLE_PLAIN, { .flow = true }, "\"<<\"", "no tag in a flow collection" },
		{ "x", STYLE_SINGLE, { 0 }, "'x'", "single quotes are kept" },
		{ "a\tb \xf0\x9f\x98\x80", STYLE_SINGLE, { 0 }, "'a\tb \xf0\x9f\x98\x80'", "also around a tab and an emoji" },
		{ "a\nb", STYLE_SINGLE, { 0 }, "\"a\\nb\"", "but not around two lines" },
		{ "x", STYLE_DOUBLE, { 0 }, "\"x\"", "double quotes are kept" },
		{ "\xf0\x9f\x98\x80\\\"\t", STYLE_DOUBLE, { 0 }, "\"\xf0\x9f\x98\x80\\\\\\\"\\t\"", "with an emoji as it is" },
		{ "x", STYLE_LITERAL, { 0 }, "|-\n    x\n", "a literal of one line is kept" },
		{ "x \n y\n", STYLE_LITERAL, { 0 }, "|\n    x \n     y\n", "with blanks at the ends of its lines" },
		{ "", STYLE_LITERAL, { 0 }, "\"\"", "nothing is not a literal" },
		{ "x\x01", STYLE_LITERAL, { 0 }, "\"x\\x01\"", "nor is a control character" },
		{ "x", STYLE_FOLDED, { 0 }, ">-\n    x\n", "a folded scalar is kept" },
		{ "x\ny\n\nz\n\n", STYLE_FOLDED, { 0 }, ">+\n    x\n\n    y\n\n\n    z\n\n", "its lines apart" },
		{ "x\n y", STYLE_FOLDED, { 0 }, "|-\n    x\n     y\n", "an indented line needs a literal" },
	};
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_slice(print(slice_str(rows[i].text), rows[i].style, rows[i].place, YAML_FOR_SOPS, &out), slice_str(rows[i].want), rows[i].claim);
}

static void
test_binary(void)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	uint8_t bytes[60];

	(void)memset(bytes, 0xff, sizeof(bytes));
	is_slice(print(slice_of(bytes, 53), STYLE_PLAIN, (struct yaml_place){ 0 }, YAML_FOR_SOPS, &out),
	    SLICE("!!binary |\n    //////////////////////////////////////////////////////////////////////\n    8=\n"),
	    "bytes that are no text become base64 lines of 70 characters");
}

/* --- what is printed reads back ---------------------------------------------------------------------------------------- */

static void
draw_text(struct generator *g, struct buf *out)
{
	static const char *const parts[] = {
		"a", "b", " ", " ", "\n", "\n", "\t", ":", "#", "- ", "'", "\"", "\\", ",", "[", "}", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xe2\x80\xa8", "\xc2\x85",
		"\xef\xbb\xbf", "\r", "\x01", "1", "0x", "true", "~", "---", "!", "%", "@", "? ", "*", "&", "|", "{{ x }}",
	};
	struct error err = ERROR_INIT;

	buf_reset(out);
	for (unsigned n = draw(g, 7); n > 0; n--)
		if (buf_str(out, parts[draw(g, sizeof(parts) / sizeof(parts[0]))], &err) != 0)
			bail_out("no memory");
}

/* The same string, or what stands for it (the merge key's own form), for this reader. */
static bool
reads_as(const struct node *node, struct slice text, const struct scalar_table *table)
{
	CLEANUP(arena_release) struct arena store = ARENA(1 * MIB);
	struct scalar	scalar;
	struct error	err = ERROR_INIT;

	return scalar_resolve(node, table, &store, &scalar, &err) == 0 && scalar.type == SCALAR_STRING && slice_eq(scalar.text, text);
}

static void
test_round_trip(void)
{
	static const struct { const char *before, *after; struct yaml_place place; const char *name; } places[] = {
		{ "k: ", "\nz: 1\n", { .column = 0 }, "in a map" },
		{ "k:\n  - ", "\n  - z\n", { .column = 2, .element = true }, "in a list" },
		{ "k:\n  - l: ", "\n    z: 1\n", { .column = 4, .beside_dash = true }, "in a map beside a dash" },
		{ "k: [", "]\n", { .flow = true }, "in a flow list" },
		{ "", ": 1\n", { .key = true }, "as a key" },
	};
	struct generator g = { .state = 7 };
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT), out = BUF(LIMIT_DOCUMENT), whole = BUF(LIMIT_DOCUMENT);
	struct error	err = ERROR_INIT;

	for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
		unsigned bad = 0;

		for (unsigned i = 0; i < 4000; i++) {
			CLEANUP(document_freep) struct document *doc = NULL;
			const struct node	*node;
			enum node_style		 style = (enum node_style)draw(&g, 5);
			unsigned		 readers = i % 2 != 0 ? BOTH : YAML_FOR_SOPS;
			bool			 block;

			draw_text(&g, &text);
			(void)print(buf_slice(&text), style, places[p].place, readers, &out);
			buf_reset(&whole);
			block = out.len != 0 && (out.data[0] == '|' || out.data[0] == '>');
			if (buf_str(&whole, places[p].before, &err) != 0 || buf_append(&whole, buf_slice(&out), &err) != 0 ||
			    buf_str(&whole, places[p].after + (block ? 1 : 0), &err) != 0)
				bail_out("no memory");
			doc = yaml_of(buf_slice(&whole));
			node = doc != NULL && doc->roots == 1 ? doc->root[0]->child : NULL;
			if (node != NULL && places[p].place.key)
				node = node->key;
			while (node != NULL && node->child != NULL)
				node = node->child;
			if (node != NULL && reads_as(node, buf_slice(&text), &scalar_table_sops) &&
			    (readers == YAML_FOR_SOPS || reads_as(node, buf_slice(&text), &scalar_table_helm)))
				continue;
			if (node != NULL && slice_eq(buf_slice(&text), SLICE("<<")))
				continue;
			if (bad++ == 0)
				tap_show("printed", whole.data, whole.len);
		}
		is_int(bad, 0, places[p].name);
	}
}

int
main(void)
{
	test_by_content();
	test_places();
	test_binary();
	test_round_trip();
	return done_testing();
}
