#include "yamlmerge/path.h"

#include "base/limits.h"
#include "tests/tap.h"

/* Paths are parsed and printed again, in both spellings; NULL: refused, and ${said} is part of the message. */
static const struct {
	bool		 dotted;
	const char	*text, *brackets, *dots, *said;
} paths[] = {
	{ false, "", "", "", NULL },
	{ false, "[\"a\"]", "[\"a\"]", "a", NULL },
	{ false, "['a'][\"b\"][0]", "[\"a\"][\"b\"][0]", "a.b[0]", NULL },
	{ false, "[\"a.b\"]", "[\"a.b\"]", "[\"a.b\"]", NULL },
	{ false, "[\"\"]", "[\"\"]", "[\"\"]", NULL },
	{ false, "[\"a\\n\"]", "[\"a\\n\"]", "[\"a\\n\"]", NULL },
	{ false, "[\"a]b\"]", "[\"a]b\"]", "[\"a]b\"]", NULL },
	{ false, "['say \"x\"']", "['say \"x\"']", "['say \"x\"']", NULL },
	{ false, "[12][0]", "[12][0]", "[12][0]", NULL },
	{ false, "a", NULL, NULL, "begin with '['" },
	{ false, "[\"a\"", NULL, NULL, "end in ']'" },
	{ false, "[\"a\"] [\"b\"]", NULL, NULL, "end in ']'" },
	{ false, "[\"a[b\"]", NULL, NULL, "end in ']'" },
	{ false, "[\"a]", NULL, NULL, "closing quote" },
	{ false, "[\"a']", NULL, NULL, "closing quote" },
	{ false, "[\"]", NULL, NULL, "closing quote" },
	{ false, "[a]", NULL, NULL, "in quotes" },
	{ false, "[]", NULL, NULL, "empty" },
	{ false, "[-1]", NULL, NULL, "counts from 0" },
	{ false, "[99999999999999999999]", NULL, NULL, "in quotes" },
	{ false, "[1 ]", NULL, NULL, "in quotes" },
	{ true, "", "", "", NULL },
	{ true, "a", "[\"a\"]", "a", NULL },
	{ true, "a.b[0][1].c", "[\"a\"][\"b\"][0][1][\"c\"]", "a.b[0][1].c", NULL },
	{ true, "[3].x", "[3][\"x\"]", "[3].x", NULL },
	{ true, "a\\.b.c", "[\"a.b\"][\"c\"]", "[\"a.b\"].c", NULL },
	{ true, "a[\"x.y[1]\"].z", "[\"a\"][\"x.y[1]\"][\"z\"]", "a[\"x.y[1]\"].z", NULL },
	{ true, "hub.services[\"my svc\"]", "[\"hub\"][\"services\"][\"my svc\"]", "hub.services[\"my svc\"]", NULL },
	{ true, "a..b", NULL, NULL, "empty" },
	{ true, ".a", NULL, NULL, "empty" },
	{ true, "a.", NULL, NULL, "empty" },
	{ true, "a[0]b", NULL, NULL, "must follow ']'" },
	{ true, "a[0", NULL, NULL, "closing ']'" },
	{ true, "a[x]", NULL, NULL, "in quotes" },
};

static void
test_spellings(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
		CLEANUP(buf_release) struct buf		printed = BUF(1000);
		struct error	err = ERROR_INIT;
		struct path	path;
		int		rc = (paths[i].dotted ? path_parse_dotted : path_parse)(slice_str(paths[i].text), &arena, &path, &err);

		if (paths[i].brackets == NULL) {
			ok(rc == (strstr(paths[i].text, "[-") != NULL ? ERR_RANGE : ERR_PATH) && strstr(err.text, paths[i].said) != NULL, "'%s' is refused: %s", paths[i].text, err.text);
			continue;
		}
		if (!ok(rc == 0, "'%s' is a path", paths[i].text))
			continue;
		ok(path_print(&path, &printed, &err) == 0, "it prints");
		is_slice(buf_slice(&printed), slice_str(paths[i].brackets), "in brackets");
		buf_reset(&printed);
		ok(path_print_dotted(&path, &printed, &err) == 0, "it prints");
		is_slice(buf_slice(&printed), slice_str(paths[i].dots), "with dots");
	}
}

static const char document[] = "{\"a\": {\"b\": [10, {\"c\": null}, [20]]}, \"s\": \"x\"}";

static const struct {
	const char	*path;
	int		 rc;
	size_t		 found;
	const char	*text;		/* of the scalar found, or part of the message */
} finds[] = {
	{ "a.b[0]", 0, 3, "10" },
	{ "a.b[1].c", 0, 4, "null" },
	{ "a.b[2][0]", 0, 4, "20" },
	{ "s", 0, 1, "x" },
	{ "a.x", ERR_NOT_FOUND, 1, "no key 'x'" },
	{ "a.x.y", ERR_NOT_FOUND, 1, "no key 'x'" },
	{ "a.b[3]", ERR_NOT_FOUND, 2, "no element [3]" },
	{ "s.t", ERR_PATH, 1, "scalar" },
	{ "a[0]", ERR_PATH, 1, "a map" },
	{ "a.b.c", ERR_PATH, 2, "a list" },
	{ "[0]", ERR_PATH, 0, "a map" },
};

static void
test_finding(void)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(arena_release) struct arena	 arena = ARENA(MIB);
	struct error				 err = ERROR_INIT;
	struct path				 path, back;
	const struct node			*node;
	size_t					 found;

	if (!succeeds(document_parse(slice_str(document), &syntax_json, &doc, &err), err, "a document to look into"))
		return;
	for (size_t i = 0; i < sizeof(finds) / sizeof(*finds); i++) {
		CLEANUP(buf_release) struct buf printed = BUF(1000);
		int rc;

		err_reset(&err);
		if (path_parse_dotted(slice_str(finds[i].path), &arena, &path, &err) != 0)
			bail_out("a path of the test");
		rc = path_find(doc->root[0], &path, &found, &node, &err);
		ok(rc == finds[i].rc && found == finds[i].found, "%s leads %zu steps far", finds[i].path, found);
		if (rc != 0) {
			ok(strstr(err.text, finds[i].text) != NULL, "and says: %s", err.text);
			continue;
		}
		is_slice(node->text, slice_str(finds[i].text), "to the right value");
		ok(path_of(node, &arena, &back, &err) == 0 && path_print_dotted(&back, &printed, &err) == 0, "whose path is known");
		is_slice(buf_slice(&printed), slice_str(finds[i].path), "the same one");
	}
	ok(path_parse(SLICE(""), &arena, &path, &err) == 0 && path_find(doc->root[0], &path, NULL, &node, &err) == 0 &&
	    node == doc->root[0], "the empty path is the root");
}

/* What a text of YAML would give: a comment before the elements, and an alias on the way. */
static void
test_comments_and_aliases(void)
{
	struct node		 list = { .kind = NODE_LIST }, map = { .kind = NODE_MAP };
	struct node		 comment = { .kind = NODE_COMMENT }, first = { .kind = NODE_SCALAR, .text = SLICE("1") };
	struct node		 key = { .kind = NODE_SCALAR, .text = SLICE("l") }, alias_key = { .kind = NODE_ALIAS };
	struct node		 other = { .kind = NODE_SCALAR, .text = SLICE("k") };
	struct node		 alias = { .kind = NODE_ALIAS };
	struct path_step	 steps[] = { { .key = SLICE("k") }, { .is_index = true, .index = 0 } };
	struct path		 path = { steps, 2 };
	const struct node	*found;
	struct error		 err = ERROR_INIT;

	comment.parent = first.parent = &list;
	list.child = &comment;
	comment.next = &first;
	list.key = &key;
	list.parent = alias.parent = &map;
	map.child = &list;
	list.next = &alias;
	alias_key.target = &other;
	alias.key = &alias_key;
	alias.target = &list;
	ok(path_find(&map, &path, NULL, &found, &err) == 0 && found == &first,
	    "an index counts no comments, an alias is followed as value and as key");

	CLEANUP(arena_release) struct arena arena = ARENA(MIB);
	ok(path_of(&first, &arena, &path, &err) == 0 && path.count == 2 && path.steps[1].index == 0, "nor does a path that is made");
	ok(path_of(&comment, &arena, &path, &err) == 0 && path.count == 1, "a comment has the path of its container");
}

static void
test_limit(void)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
	CLEANUP(buf_release) struct buf		text = BUF(MIB);
	struct error				err = ERROR_INIT;
	struct path				path;

	for (int i = 0; i <= LIMIT_DEPTH; i++)
		if (buf_str(&text, "[0]", &err) != 0)
			bail_out("memory");
	is_int(path_parse(buf_slice(&text), &arena, &path, &err), ERR_LIMIT, "a path has a limit");
}

int
main(void)
{
	test_spellings();
	test_finding();
	test_comments_and_aliases();
	test_limit();
	return done_testing();
}
