#include "yamlmerge/yaml_parse.h"

#include "tests/unit/yamlmerge/yaml_test.h"
#include "yamlmerge/yaml_edit.h"

/* --- what the nodes say ------------------------------------------------------------------------------------------------ */

static const struct node *
at(const struct node *node, const char *path)
{
	struct slice rest = slice_str(path), step;

	while (node != NULL && slice_split(&rest, '/', &step)) {
		if (node->kind == NODE_LIST) {
			unsigned n = (unsigned)(step.data[0] - '0');

			for (node = node->child; node != NULL && (node->kind == NODE_COMMENT || n-- > 0); node = node->next)
				;
		} else
			node = node_member(node, step);
	}
	return node;
}

static void
test_positions(void)
{
	static const struct {
		const char *text, *path;
		enum node_kind kind;
		enum node_style style;
		const char *value, *source, *item;
		uint32_t line, column;
	} rows[] = {
		{ "a: 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "1", "1", "a: 1", 1, 4 },
		{ "a:\tx y \n", "a", NODE_SCALAR, STYLE_PLAIN, "x y", "x y", "a:\tx y", 1, 4 },
		{ "\xc3\xa9: \"\xc3\xa9\\n\"\n", "\xc3\xa9", NODE_SCALAR, STYLE_DOUBLE, "\xc3\xa9\n", "\"\xc3\xa9\\n\"",
		    "\xc3\xa9: \"\xc3\xa9\\n\"", 1, 4 },
		{ "\xef\xbb\xbf" "b: 'it''s'\n", "b", NODE_SCALAR, STYLE_SINGLE, "it's", "'it''s'", "b: 'it''s'", 1, 4 },
		{ "a: b\n   c\n", "a", NODE_SCALAR, STYLE_PLAIN, "b c", "b\n   c", "a: b\n   c", 1, 4 },
		{ "a: &x !!str 5\n", "a", NODE_SCALAR, STYLE_PLAIN, "5", "5", "a: &x !!str 5", 1, 13 },
		{ "a: &x # c\n  !t\n  5\n", "a", NODE_SCALAR, STYLE_PLAIN, "5", "5", "a: &x # c\n  !t\n  5", 3, 3 },
		{ "a:\nb: 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "", "", "a:", 1, 3 },
		{ "a: &x\nb: 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "", "", "a: &x", 1, 6 },
		{ "a: # c\nb: 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "", "", "a:", 1, 3 },
		{ "a: {b: , c}\n", "a/b", NODE_SCALAR, STYLE_PLAIN, "", "", "b:", 1, 7 },
		{ "a: {b: # c\n }\n", "a/b", NODE_SCALAR, STYLE_PLAIN, "", "", "b:", 1, 7 },
		{ "a: {b: , c}\n", "a/c", NODE_SCALAR, STYLE_PLAIN, "", "", "c", 1, 11 },
		{ "- \n- x\n", "0", NODE_SCALAR, STYLE_PLAIN, "", "", "-", 1, 2 },
		{ "- \n-  x\n", "1", NODE_SCALAR, STYLE_PLAIN, "x", "x", "-  x", 2, 4 },
		{ "- - a\n  - b\n", "0/1", NODE_SCALAR, STYLE_PLAIN, "b", "b", "- b", 2, 5 },
		{ "- - a\n  - b\n", "0", NODE_LIST, STYLE_BLOCK, "", "- a\n  - b", "- - a\n  - b", 1, 3 },
		{ "r:\n- a\n# c\n- b\n", "r", NODE_LIST, STYLE_BLOCK, "", "- a\n# c\n- b", "r:\n- a\n# c\n- b", 2, 1 },
		{ "r: &x\n- a\n", "r", NODE_LIST, STYLE_BLOCK, "", "- a", "r: &x\n- a", 2, 1 },
		{ "r:\n  k: 1\n  # foot\nz: 1\n", "r", NODE_MAP, STYLE_BLOCK, "", "k: 1", "r:\n  k: 1", 2, 3 },
		{ "? a\n: 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "1", "1", "? a\n: 1", 2, 3 },
		{ "? a\n", "a", NODE_SCALAR, STYLE_PLAIN, "", "", "? a", 1, 4 },
		{ "a: [x, {b: 1}]\n", "a/1", NODE_MAP, STYLE_FLOW, "", "{b: 1}", "{b: 1}", 1, 8 },
		{ "a: [x, b: 1]\n", "a/1", NODE_MAP, STYLE_FLOW, "", "b: 1", "b: 1", 1, 8 },
		{ "a: [? b : 1]\n", "a/0", NODE_MAP, STYLE_FLOW, "", "? b : 1", "? b : 1", 1, 5 },
		{ "a: [? b : 1]\n", "a/0/b", NODE_SCALAR, STYLE_PLAIN, "1", "1", "? b : 1", 1, 11 },
		{ "a: | # c\n  x\n   y\n\nb: 1\n", "a", NODE_SCALAR, STYLE_LITERAL, "x\n y\n", "| # c\n  x\n   y\n\n",
		    "a: | # c\n  x\n   y\n\n", 1, 4 },
		{ "a: >-\n  x\n  y\n", "a", NODE_SCALAR, STYLE_FOLDED, "x y", ">-\n  x\n  y\n", "a: >-\n  x\n  y\n", 1, 4 },
		{ "a: |\n  x", "a", NODE_SCALAR, STYLE_LITERAL, "x", "|\n  x", "a: |\n  x", 1, 4 },
		{ "a: |\nb: 1\n", "a", NODE_SCALAR, STYLE_LITERAL, "", "|\n", "a: |\n", 1, 4 },
		{ "a: &x 1\nb: *x\n", "b", NODE_ALIAS, 0, "x", "*x", "b: *x", 2, 4 },
		{ "a: 1\r\nb:  2\r\n", "b", NODE_SCALAR, STYLE_PLAIN, "2", "2", "b:  2", 2, 5 },
		{ "a: 1\xe2\x80\xa8" "b: 2\xc2\x85" "c: 3\n", "c", NODE_SCALAR, STYLE_PLAIN, "3", "3", "c: 3", 3, 4 },
		{ "%TAG !e! tag:example.org,2000:\n--- # c\na: !e!t 1\n", "a", NODE_SCALAR, STYLE_PLAIN, "1", "1",
		    "a: !e!t 1", 3, 9 },
		{ "\"a\": !<tag:x,y> [1]\n", "a", NODE_LIST, STYLE_FLOW, "", "[1]", "\"a\": !<tag:x,y> [1]", 1, 17 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(document_freep) struct document *doc = yaml_of(slice_str(rows[i].text));
		const struct node	*node = doc != NULL && doc->roots == 1 ? at(doc->root[0], rows[i].path) : NULL;
		char			 name[300];

		(void)snprintf(name, sizeof(name), "row %zu: '%s' has kind, style, text, spans and position", i, rows[i].path);
		if (!ok(node != NULL && node->kind == rows[i].kind && (node->kind == NODE_ALIAS ||
		    node->style == rows[i].style), "%s", name)) {
			tap_show("text", rows[i].text, strlen(rows[i].text));
			continue;
		}
		is_slice(node->text, slice_str(rows[i].value), "  its text");
		is_slice(slice_sub(doc->text, node->span.start, node->span.end), slice_str(rows[i].source), "  its span");
		is_slice(slice_sub(doc->text, node->item.start, node->item.end), slice_str(rows[i].item), "  its item");
		ok(node->line == rows[i].line && node->column == rows[i].column, "  its position: %u:%u, want %u:%u",
		    node->line, node->column, rows[i].line, rows[i].column);
	}
}

static void
test_properties(void)
{
	CLEANUP(document_freep) struct document *doc = yaml_of(SLICE("a: !!int &x 1\nb: &y ! z\nc: &z\n  k: *x\nd: *z\n"));
	const struct node *a = at(doc->root[0], "a"), *b = at(doc->root[0], "b"), *d = at(doc->root[0], "d");

	is_slice(node_tag(a), SLICE("tag:yaml.org,2002:int"), "a tag is resolved");
	is_slice(node_anchor(a), SLICE("x"), "an anchor is named without its mark");
	is_slice(slice_sub(doc->text, a->properties->tag_span.start, a->properties->tag_span.end), SLICE("!!int"),
	    "the tag's place");
	is_slice(slice_sub(doc->text, a->properties->anchor_span.start, a->properties->anchor_span.end), SLICE("&x"),
	    "the anchor's place");
	is_slice(node_tag(b), SLICE("!"), "the lone '!' is kept");
	ok(d->kind == NODE_ALIAS && d->target == at(doc->root[0], "c") && node_resolve(d)->kind == NODE_MAP,
	    "an alias knows its target");
	ok(at(doc->root[0], "c")->child->target == a, "an alias inside an anchored map too");
	ok(node_tag(d).len == 0 && d->properties == NULL, "a node without properties has none");
}

static void
test_documents(void)
{
	static const struct { const char *text; size_t roots; const char *extent[3]; } rows[] = {
		{ "", 0, { NULL } },
		{ "# only\n", 0, { NULL } },
		{ "a: 1\n", 1, { "a: 1\n" } },
		{ "---\na: 1\n", 1, { "\na: 1\n" } },
		{ "# h\na: 1\n...\n", 1, { "# h\na: 1\n" } },
		{ "a: 1\n---\nb: 2\n", 2, { "a: 1\n", "\nb: 2\n" } },
		{ "a: 1\n...\n%YAML 1.1\n--- # x\nb: 2\n---", 3, { "a: 1\n", " # x\nb: 2\n", "" } },
		{ "--- |\n x\n--- [1]\n--- {a: 1}\n", 3, { " |\n x\n", " [1]\n", " {a: 1}\n" } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(document_freep) struct document *doc = yaml_of(slice_str(rows[i].text));

		if (!ok(doc != NULL && doc->roots == rows[i].roots, "stream %zu has %zu documents", i, rows[i].roots))
			continue;
		for (size_t k = 0; k < doc->roots; k++)
			is_slice(slice_sub(doc->text, doc->extent[k].start, doc->extent[k].end),
			    slice_str(rows[i].extent[k]), "  its extent");
	}
}

static void
test_facts(void)
{
	static const uint8_t utf16le[] = "\xff\xfe" "a\0:\0 \0=\xd8\0\xde\n";		/* the last zero is the literal's own */
	static const uint8_t utf16be[] = "\xfe\xff" "\0a\0:\0 \0\xe9\0\n";
	CLEANUP(document_freep) struct document *little = yaml_of(slice_of(utf16le, sizeof(utf16le)));
	CLEANUP(document_freep) struct document *big = yaml_of(slice_of(utf16be, sizeof(utf16be) - 1));
	CLEANUP(document_freep) struct document *bom = yaml_of(SLICE("\xef\xbb\xbf" "a: 1\r\n"));
	CLEANUP(document_freep) struct document *old = yaml_of(SLICE("%YAML 1.1\n---\na: 1\n"));
	CLEANUP(document_freep) struct document *version = yaml_of(SLICE("# c\n%YAML 1.2\n%TAG !a! b\n---\na: 1\n"));
	CLEANUP(document_freep) struct document *cut = yaml_of(SLICE("b: 1\na: |+\n  x"));
	CLEANUP(document_freep) struct document *stripped = yaml_of(SLICE("a: |-\n  x"));
	CLEANUP(document_freep) struct document *step = yaml_of(SLICE("l:\n- a:\n     b: 1\n"));

	is_slice(little->text, SLICE("a: \xf0\x9f\x98\x80\n"), "UTF-16, little end first, becomes UTF-8");
	is_slice(big->text, SLICE("a: \xc3\xa9\n"), "UTF-16, big end first, becomes UTF-8");
	ok(little->facts.utf16 && big->facts.utf16 && !bom->facts.utf16, "UTF-16 is told");
	ok(bom->facts.bom && bom->facts.crlf && !old->facts.crlf, "a byte order mark and CR LF are told");
	ok(old->facts.directive_line == 1 && old->facts.version_line == 0, "%%YAML 1.1 is a directive");
	ok(version->facts.directive_line == 2 && version->facts.version_line == 2, "%%YAML 1.2 is another version");
	ok(cut->facts.cut_block_line == 2 && stripped->facts.cut_block_line == 0,
	    "a block scalar cut off by the end of the text is told");
	is_int(step->step, 3, "the indentation of the text is told");
}

static void
test_lookup(void)
{
	struct error		 err = ERROR_INIT;
	const struct node	*twice = NULL;
	uint32_t		 line, column;
	CLEANUP(document_freep) struct document *doc = yaml_of(SLICE("a: 1\n&k b: {x: 1, \"y\": 2, y: 3}\n*k : 4\n"));
	CLEANUP(document_freep) struct document *fine = yaml_of(SLICE("a: {a: 1}\nb: [{a: 1}, {a: 2}]\n"));

	is_slice(node_member(doc->root[0], SLICE("b"))->child->text, SLICE("1"), "a member is found by its key");
	ok(node_member(doc->root[0], SLICE("c")) == NULL, "a missing member is none");
	ok(node_duplicate_key(doc->root[0], &twice, &err) == 0 && twice != NULL && slice_eq(twice->text, SLICE("4")),
	    "a key and an alias of it are the same key");
	ok(node_duplicate_key(node_member(doc->root[0], SLICE("b")), &twice, &err) == 0 && twice != NULL &&
	    twice->key->column == 22,
	    "a quoted key and a plain one are the same key");
	ok(node_duplicate_key(fine->root[0], &twice, &err) == 0 && twice == NULL, "keys of different maps are different");
	document_position(doc, 10, &line, &column);
	ok(line == 2 && column == 6, "a byte has line and column");
}

/* --- limits and errors ------------------------------------------------------------------------------------------------- */

static void
test_limits(void)
{
	struct error	err = ERROR_INIT;
	CLEANUP(buf_release) struct buf text = BUF(8 * MIB);
	struct document	*doc = NULL;
	size_t		kinds[] = { '[', '-', '{' };

	for (size_t k = 0; k < 3; k++) {
		for (size_t depth = LIMIT_DEPTH; depth <= LIMIT_DEPTH + 1; depth++) {
			buf_reset(&text);
			for (size_t i = 0; i < depth; i++)
				if (buf_str(&text, kinds[k] == '[' ? "[" : kinds[k] == '-' ? "- " : "{a: ", &err) != 0)
					bail_out("no memory");
			for (size_t i = 0; i < depth && kinds[k] != '-'; i++)
				if (buf_str(&text, kinds[k] == '[' ? "]" : "}", &err) != 0)
					bail_out("no memory");
			doc = NULL;
			is_int(document_parse(buf_slice(&text), &syntax_yaml, &doc, &err), depth > LIMIT_DEPTH ? ERR_LIMIT : 0,
			    depth > LIMIT_DEPTH ? "one level more than the limit is refused" :
			    "as many levels as the limit are read");
			if (depth > LIMIT_DEPTH)
				ok(err.line == 1 && err.column > LIMIT_DEPTH, "  with its place");
			err_reset(&err);
			document_free(doc);
		}
	}
	buf_reset(&text);
	if (buf_repeat(&text, '[', 4 * MIB, &err) != 0)
		bail_out("no memory");
	doc = NULL;
	is_int(document_parse(buf_slice(&text), &syntax_yaml, &doc, &err), ERR_LIMIT,
	    "four million brackets are refused, and soon");
	err_reset(&err);
	buf_reset(&text);
	for (size_t i = 0; i <= LIMIT_DOCUMENTS; i++)
		if (buf_str(&text, "---\n", &err) != 0)
			bail_out("no memory");
	is_int(document_parse(buf_slice(&text), &syntax_yaml, &doc, &err), ERR_LIMIT, "too many documents are refused");
}

/* Every file testdata/yaml/invalid/NAME/input is refused with the words of NAME/error: "line:column text". */
static void
test_invalid(void)
{
	const char	 *folder = "testdata/yaml/invalid";
	struct dirent	**names;
	int		  n = scandir(folder, &names, NULL, alphasort);

	ok(n > 2, "%s has cases", folder);
	for (int i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf input = BUF(LIMIT_DOCUMENT), want = BUF(LIMIT_DOCUMENT),
		    got = BUF(LIMIT_DOCUMENT);
		struct error	 err = ERROR_INIT, other = ERROR_INIT;
		struct document	*doc = NULL;
		char		 path[600];

		if (names[i]->d_name[0] != '.') {
			(void)snprintf(path, sizeof(path), "%s/%s/input", folder, names[i]->d_name);
			(void)file_get(path, &input);
			(void)snprintf(path, sizeof(path), "%s/%s/error", folder, names[i]->d_name);
			(void)file_get(path, &want);
			if (document_parse(buf_slice(&input), &syntax_yaml, &doc, &err) == 0)
				(void)err_set(&err, ERR_NONE, "nothing");
			if (buf_printf(&got, &other, "%u:%u %s\n%s%s%s", err.line, err.column, err.text,
			    err.hint[0] != '\0' ? "hint: " : "", err.hint, err.hint[0] != '\0' ? "\n" : "") != 0)
				bail_out("no memory");
			(void)snprintf(path, sizeof(path), "%s is refused where and why it must be", names[i]->d_name);
			is_slice(buf_slice(&got), buf_slice(&want), path);
			document_free(doc);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* --- losing nothing ---------------------------------------------------------------------------------------------------- */

/* Each byte is in a scalar, comment or alias, or is a blank, an indicator or part of a property, directive or marker. */
static bool
covered(const struct document *doc)
{
	CLEANUP(buf_release) struct buf rest = BUF(LIMIT_DOCUMENT);
	struct error	err = ERROR_INIT;
	bool		fine = true;

	if (buf_append(&rest, doc->text, &err) != 0)
		bail_out("no memory");
	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i])) {
			const struct node *both[] = { node, node->key };

			for (size_t k = 0; k < 2; k++) {
				if (both[k] == NULL)
					continue;
				if (both[k]->kind != NODE_MAP && both[k]->kind != NODE_LIST)
					(void)memset(rest.data + both[k]->span.start, ' ',
					    both[k]->span.end - both[k]->span.start);
				if (both[k]->properties != NULL) {
					const struct node_properties *p = both[k]->properties;

					(void)memset(rest.data + p->tag_span.start, ' ', p->tag_span.end - p->tag_span.start);
					(void)memset(rest.data + p->anchor_span.start, ' ',
					    p->anchor_span.end - p->anchor_span.start);
				}
			}
		}
	for (size_t i = doc->facts.bom ? 3 : 0; i < rest.len && fine; i++) {
		fine = memchr(" \t\r\n-?:,[]{}.", rest.data[i], 14) != NULL;
		if (!fine)
			tap_show("not covered", rest.data + i, rest.len - i < 60 ? rest.len - i : 60);
	}
	return fine;
}

static bool
applies(const struct edits *edits, const struct document *doc, struct buf *out)
{
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (edits_apply(edits, doc, out, &err) == 0)
		return true;
	printf("# %s\n", err.text);
	return false;
}

/* Every scalar replaced by its own source gives the same bytes, by another scalar the same document but for that one. */
static bool
replaceable(const struct document *doc, size_t every)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	struct error	err = ERROR_INIT;
	size_t		n = 0;

	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i])) {
			CLEANUP(edits_release) struct edits edits = EDITS;
			CLEANUP(document_freep) struct document *after = NULL;
			bool block = node->style == STYLE_LITERAL || node->style == STYLE_FOLDED, same;

			if (node->kind != NODE_SCALAR || node->span.start == node->span.end || n++ % every != 0)
				continue;
			if ((block ? yaml_edit_source(&edits, doc, node, SLICE("\"other\""), &err) :
			    edits_replace(&edits, node, SLICE("\"other\""), &err)) != 0 || !applies(&edits, doc, &out))
				return false;
			after = yaml_of(buf_slice(&out));
			same = after != NULL && same_document(doc, after, node);
			if (!same) {
				printf("# the scalar at %u:%u\n", node->line, node->column);
				return false;
			}
		}
	return true;
}

static bool
unchanged(const struct document *doc)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(edits_release) struct edits none = EDITS, selves = EDITS;
	struct error err = ERROR_INIT;

	if (!applies(&none, doc, &out) || !slice_eq(buf_slice(&out), doc->text))
		return false;
	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i]))
			if (node->kind == NODE_SCALAR || node->kind == NODE_ALIAS)
				if (edits_replace(&selves, node, slice_sub(doc->text, node->span.start, node->span.end),
				    &err) != 0)
					return false;
	return applies(&selves, doc, &out) && slice_eq(buf_slice(&out), doc->text);
}

static unsigned hub_files, hub_refused;

static void
hub_file(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document *doc = NULL;
	struct error err = ERROR_INIT;

	hub_files++;
	if (!file_get(path, &text) || document_parse(buf_slice(&text), &syntax_yaml, &doc, &err) != 0) {
		hub_refused++;		/* templates */
		return;
	}
	ok(unchanged(doc) && covered(doc) && replaceable(doc, text.len / 4000 + 1), "%s loses nothing", path);
}

static void
test_lossless(void)
{
	const char *hubs = tap_folder("HUBS", "../shared/data/hubs");

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct generator	 g;
		struct slice		 text = generate(&g, seed);
		struct document		*doc = yaml_of(text);

		ok(doc != NULL && unchanged(doc) && covered(doc) && replaceable(doc, 1),
		    "generated document %u loses nothing", (unsigned)seed);
		if (tap_failed != 0 && doc == NULL)
			tap_show("text", text.data, text.len);
		document_free(doc);
		buf_release(&g.text);
	}
	if (hubs == NULL) {
		skip("the sample hubs are absent", 1);
		return;
	}
	each_yaml(hubs, hub_file);
	ok(hub_files > 0 && hub_refused * 10 <= hub_files, "%u of %u files are YAML", hub_files - hub_refused, hub_files);
}

int
main(void)
{
	test_positions();
	test_properties();
	test_documents();
	test_facts();
	test_lookup();
	test_limits();
	test_invalid();
	test_lossless();
	return done_testing();
}
