#include "yamlmerge/yaml_comment.h"

#include "tests/unit/yamlmerge/yaml_test.h"

/*
 * Where comments go is what sops makes of them, so the cases are recordings: testdata/yaml/comments.jsonl (the order of comments
 * and values) and the vectors of sops (the container of each comment).
 */
static struct document *
json_of(struct slice line)
{
	struct error	 err = ERROR_INIT;
	struct document	*doc = NULL;

	if (document_parse(line, &syntax_json, &doc, &err) != 0)
		printf("# %s\n", err.text);
	return doc;
}

static void
append(struct buf *out, struct slice text)
{
	struct error err = ERROR_INIT;

	if (buf_append(out, text, &err) != 0)
		bail_out("no memory");
}

/* "/key/key" of the map members around a node; docN first in a stream of several documents. */
static void
append_path(struct buf *out, const struct node *node)
{
	if (node == NULL)
		return;
	append_path(out, node->parent);
	if (node->key != NULL) {
		append(out, SLICE("/"));
		append(out, node_key(node));
	}
}

/* The recorded path: keys; indices, which sops does not authenticate, are numbers and left out. */
static void
append_recorded(struct buf *out, const struct node *path)
{
	for (const struct node *step = path->child; step != NULL; step = step->next)
		if (step->style != STYLE_PLAIN) {
			append(out, SLICE("/"));
			append(out, step->text);
		}
}

static bool
is_null(const struct node *node)
{
	return node->text.len == 0 || (node->style == STYLE_PLAIN && slice_eq(node->text, SLICE("null")));
}

/* One line each: kind, path, text. */
static void
append_order(struct buf *out, const struct node *top)
{
	for (const struct node *node = top; node != NULL; node = node_after(node, top)) {
		const struct node *value = node_resolve(node);

		if (node->kind == NODE_COMMENT ? node->style == STYLE_UNSEEN || node->text.len == 0 :
		    value->kind != NODE_SCALAR || is_null(value))
			continue;
		append(out, node->kind == NODE_COMMENT ? SLICE("c ") : SLICE("v "));
		append_path(out, node);
		append(out, SLICE(": "));
		append(out, value->text);
		append(out, SLICE("\n"));
	}
}

static void
test_recorded_order(void)
{
	CLEANUP(buf_release) struct buf cases = BUF(LIMIT_DOCUMENT);
	struct slice	rest, line;
	unsigned	n = 0;

	ok(file_get("testdata/yaml/comments.jsonl", &cases) && cases.len > 0, "the recorded layouts are there");
	rest = buf_slice(&cases);
	while (slice_split(&rest, '\n', &line) && line.len > 0) {
		CLEANUP(buf_release) struct buf want = BUF(LIMIT_DOCUMENT), got = BUF(LIMIT_DOCUMENT);
		CLEANUP(document_freep) struct document *row = json_of(line), *doc = NULL;
		char name[60];

		doc = yaml_of(node_member(row->root[0], SLICE("text"))->text);
		for (const struct node *item = node_member(row->root[0],
		    SLICE("order"))->child; item != NULL; item = item->next) {
			append(&want, item->child->text);
			append(&want, SLICE(" "));
			append_recorded(&want, item->child->next);
			append(&want, SLICE(": "));
			append(&want, item->child->next->next->text);
			append(&want, SLICE("\n"));
		}
		for (size_t i = 0; doc != NULL && i < doc->roots; i++)
			append_order(&got, doc->root[i]);
		(void)snprintf(name, sizeof(name), "layout %u: comments and values in sops' order", ++n);
		if (!is_slice(buf_slice(&got), buf_slice(&want), name))
			tap_show("text", node_member(row->root[0], SLICE("text"))->text.data, node_member(row->root[0],
			    SLICE("text"))->text.len);
	}
}

/* --- the vectors of sops ---------------------------------------------------------------------------------------------- */

/* The comments that sops encrypts or keeps, with their containers; ${enc}: what the recording says of an encrypted one. */
static void
append_comments(struct buf *out, const struct document *doc)
{
	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i])) {
			char number[30] = "";

			if (node->kind != NODE_COMMENT || node->style == STYLE_UNSEEN || node->text.len == 0)
				continue;
			if (doc->roots > 1)
				(void)snprintf(number, sizeof(number), "/doc%zu", i);
			append(out, slice_str(number));
			append_path(out, node);
			append(out, SLICE(": "));
			append(out, node->text);
			append(out, SLICE("\n"));
		}
}

static void
append_shape(struct buf *out, const struct node *comments, const struct document *doc)
{
	const struct node	*comment = comments->child;
	CLEANUP(buf_release) struct buf texts = BUF(LIMIT_DOCUMENT);
	struct slice		 rest, line;

	/* An encrypted text is told as "enc": take the one that we have in its place, so that order and container count. */
	append_comments(&texts, doc);
	rest = buf_slice(&texts);
	for (; comment != NULL; comment = comment->next) {
		bool	more = slice_split(&rest, '\n', &line);
		size_t	text = 0;

		for (size_t i = 0; more && i + 1 < line.len; i++)
			if (line.data[i] == ':' && line.data[i + 1] == ' ') {
				text = i + 2;
				break;
			}
		append_recorded(out, comment->child);
		append(out, SLICE(": "));
		if (slice_eq(comment->child->next->text, SLICE("enc")))
			append(out, more ? slice_from(line, text) : SLICE("?"));
		else
			append(out, comment->child->next->text);
		append(out, SLICE("\n"));
	}
}

static void
vector(const struct node *row)
{
	CLEANUP(buf_release) struct buf want = BUF(LIMIT_DOCUMENT), got = BUF(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document *doc = NULL;
	const struct node	*expect = node_member(row, SLICE("expect")), *shape, *comments, *files;
	char			 name[200];

	shape = expect != NULL ? node_member(expect, SLICE("shape")) : NULL;
	comments = shape != NULL && shape->kind == NODE_MAP ? node_member(shape, SLICE("comments")) : NULL;
	files = node_member(row, SLICE("files"));
	if (comments == NULL || files == NULL || files->child == NULL || files->child->kind != NODE_SCALAR ||
	    !slice_ends(node_key(files->child), SLICE(".yaml")))
		return;
	(void)snprintf(name, sizeof(name), "%.*s: each comment in its container", SLICE_ARG(node_member(row, SLICE("id"))->text));
	doc = yaml_of(files->child->text);
	if (!ok(doc != NULL, "%.*s: is read", SLICE_ARG(node_member(row, SLICE("id"))->text)))
		return;
	append_comments(&got, doc);
	append_shape(&want, comments, doc);
	if (!is_slice(buf_slice(&got), buf_slice(&want), name))
		tap_show("text", files->child->text.data, files->child->text.len);
}

static void
test_vectors(void)
{
	CLEANUP(buf_release) struct buf cases = BUF(LIMIT_DOCUMENT);
	const char	*folder = tap_folder("SOPS_VECTORS", "../shared/data/sops-vectors");
	struct slice	 rest, line;
	char		 path[4096];

	if (folder == NULL) {
		skip("the vectors of sops are absent", 1);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/vectors.jsonl", folder);
	ok(file_get(path, &cases), "the vectors are read");
	rest = buf_slice(&cases);
	while (slice_split(&rest, '\n', &line) && line.len > 0) {
		CLEANUP(document_freep) struct document *row = json_of(line);

		if (row != NULL)
			vector(row->root[0]);
	}
}

/* Lines before a root: + when sops 3.13.2 sees them (by what encrypted_comment_regex chose), - when it does not. */
static void
test_before_root(void)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{ "# c\n\nb: 2\n", "+" },
		{ "---\n# c\n\nb: 2\n", "+" },
		{ "--- !!map\n# c\n\nb: 2\n", "+" },
		{ "\n---\n# c\n\nb: 2\n", "-" },
		{ "# c\n---\n# d\n\nb: 2\n", "+-" },
		{ "%YAML 1.1\n# c\n\n---\nb: 2\n", "-" },
		{ "%YAML 1.1\n---\n# c\n\nb: 2\n", "-" },
		{ "a: 1\n---\n# c\nb: 2\n", "+" },
		{ "a: 1\n---\n# c\n\nb: 2\n", "-" },
		{ "a: 1\n---\n# c\n# d\n  \n# e\n\nb: 2\n", "--+" },
		{ "a: 1\n---\n\n# c\n\nb: 2\n", "+" },
		{ "a: 1\n--- # c\n# d\n\nb: 2\n", "++" },
		{ "a: 1\n--- &x\n# c\n\n{b: 2}\n", "-" },
		{ "a: 1\n...\n# c\n\n---\nb: 2\n", "-" },
		{ "a: 1\n...\n# c\n---\n# d\n\nb: 2\n", "+-" },
		{ "a: 1\r\n---\r\n# c\r\n\r\nb: 2\r\n", "-" },
		/* behind the last root: none gets lost */
		{ "a: 1\n# c\n... # d\n", "+-" },
		{ "a:\n  b:\n  # c\n# d\n... # e\n# f\n", "++-+" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		CLEANUP(buf_release) struct buf	seen = BUF(KIB);
		struct error			err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].text), &syntax_yaml, &doc, &err) != 0)
			bail_out(err.text);
		for (size_t k = 0; k < doc->roots; k++)
			for (const struct node *node = doc->root[k]; node != NULL; node = node_after(node, doc->root[k]))
				if (node->kind == NODE_COMMENT)
					append(&seen, node->style == STYLE_UNSEEN ? SLICE("-") : SLICE("+"));
		is_slice(buf_slice(&seen), slice_str(cases[i].seen), "comments before a root");
	}
}

int
main(void)
{
	test_recorded_order();
	test_before_root();
	test_vectors();
	return done_testing();
}
