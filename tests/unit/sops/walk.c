#include "sops/walk.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/document.h"

static const char *const kind_letter[] = {
	[WALK_OPEN] = "(", [WALK_CLOSE] = ")", [WALK_LEAF] = "", [WALK_COMMENT] = "#", [WALK_DONE] = ".",
};

/* The whole walk on one line: "(" and ")" for containers, "path=text" for leaves, "!" before what is selected. */
static const char *
trace(const char *yaml, const struct select_rules *rules, unsigned flags, struct error *err)
{
	static struct buf	 out = BUF(64 * KIB);
	struct document		*doc = NULL;
	struct select		*select = NULL;
	struct walk_item	 item;
	struct error		 ignored = ERROR_INIT;

	*err = ERROR_INIT;
	buf_reset(&out);
	if (document_parse(slice_str(yaml), &syntax_yaml, &doc, err) != 0)
		return err->text;
	if (rules != NULL && select_new(rules, &select, err) != 0)
		return err->text;
	{
		CLEANUP(walk_release) struct walk walk = WALK(doc, &store_yaml, select, flags);

		do {
			if (walk_next(&walk, &item, err) != 0)
				break;
			if (item.kind == WALK_LEAF || item.kind == WALK_COMMENT)
				(void)!buf_printf(&out, &ignored, "%s%s%.*s=%.*s ", item.selected ? "!" : "", kind_letter[item.kind],
				    SLICE_ARG(item.path), SLICE_ARG(item.node->text));
			else
				(void)!buf_printf(&out, &ignored, "%s ", kind_letter[item.kind]);
		} while (item.kind != WALK_DONE);
	}
	select_free(select);
	document_free(doc);
	(void)!buf_terminate(&out, &ignored);
	return err->kind == ERR_NONE ? (const char *)out.data : err->text;
}

static const struct select_rules no_rules, suffix = { .text[SELECT_UNENCRYPTED_SUFFIX] = SLICE("_x") },
    by_comment = { .text[SELECT_ENCRYPTED_COMMENT_REGEX] = SLICE("enc") };

static const struct {
	const char			*claim, *yaml;
	const struct select_rules	*rules;
	unsigned			 flags;
	const char			*want;
} walks[] = {
	{ "a leaf's path is its keys, each with a colon", "a: 1\n", NULL, 0, "( a:=1 ) . " },
	{ "keys add up", "a:\n  b: {c: 1}\n", NULL, 0, "( ( ( a:b:c:=1 ) ) ) . " },
	{ "list indices are no part of the path", "a: [[x], {b: y}]\n", NULL, 0, "( ( ( a:=x ) ( a:b:=y ) ) ) . " },
	{ "a comment has the path of its container", "# h\na:\n  # c\n  b: 1\n", NULL, 0, "( #:= h ( #a:= c a:b:=1 ) ) . " },
	{ "a comment beside a value comes before it", "a: 1 # c\n", NULL, 0, "( #:= c a:=1 ) . " },
	{ "an alias is walked as what it stands for", "a: &x {b: 1}\nc: *x\n", NULL, 0, "( ( a:b:=1 ) ( c:b:=1 ) ) . " },
	{ "a merge key is a key", "a: &x {b: 1}\nc:\n  <<: *x\n", NULL, 0, "( ( a:b:=1 ) ( ( c:<<:b:=1 ) ) ) . " },
	{ "documents follow each other", "a: 1\n---\na: 2\n", NULL, 0, "( a:=1 ) ( a:=2 ) . " },
	{ "an empty document is an empty map", "a: 1\n---\n---\nb: 2\n", NULL, 0, "( a:=1 ) ( ) ( b:=2 ) . " },
	{ "nulls and empty containers come by", "a: null\nb: {}\nc: []\n", NULL, 0, "( a:=null ( ) ( ) ) . " },
	{ "metadata is passed over, in every document", "sops: {x: 1}\na: 1\n---\nb: 1\nsops: {}\n", NULL, 0, "( a:=1 ) ( b:=1 ) . " },
	{ "metadata deeper down is data", "a: {sops: 1}\n", NULL, 0, "( ( a:sops:=1 ) ) . " },
	{ "a key is its text, not its spelling", "\"a\\u0062\": 1\n'c': 2\n", NULL, 0, "( ab:=1 c:=2 ) . " },
	{ "without a rule everything is selected", "a: 1\n# c\nb: 2\n", &no_rules, 0, "( !a:=1 !#:= c !b:=2 ) . " },
	{ "the rules see all keys above", "a_x:\n  b: 1\nc: 2\n", &suffix, 0, "( ( a_x:b:=1 ) !c:=2 ) . " },
	{ "a comment rule applies to the next item alone", "a: 1\n# enc\nb: {c: 2}\nd: 3\n", &by_comment, 0,
	    "( a:=1 #:= enc ( !b:c:=2 ) d:=3 ) . " },
	{ "a sealed comment in a list is a comment, and does not end what the one before it began",
	    "a:\n  # enc\n  - ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment]\n  - x\n  - z\n", &by_comment, WALK_SEALED,
	    "( ( #a:= enc !#a:=ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment] !a:=x a:=z ) ) . " },
	{ "in plain text the same element is data", "a:\n  - ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment]\n", &no_rules, 0,
	    "( ( !a:=ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment] ) ) . " },
};

static const struct {
	const char	*claim, *yaml;
	enum err_kind	 kind;
	unsigned	 line, column;
} failures[] = {
	{ "an integer is no key", "a: 1\nb:\n  1: x\n", ERR_TYPE, 3, 3 },
	{ "a boolean is no key", "true: x\n", ERR_TYPE, 1, 1 },
	{ "null is no key", "~: x\n", ERR_TYPE, 1, 1 },
	{ "a time is no key", "2020-01-01: x\n", ERR_TYPE, 1, 1 },
	{ "a list is no document", "- 1\n", ERR_TYPE, 1, 1 },
	{ "a string is no document", "a: 1\n--- word\n", ERR_TYPE, 2, 5 },
	{ "an anchor cannot contain itself", "a: &x [1, *x]\n", ERR_SYNTAX, 1, 11 },
};

/* Ten aliases a level: a short text that stands for 10^9 leaves. */
static void
test_bomb(void)
{
	struct buf	text = BUF(64 * KIB);
	struct error	err = ERROR_INIT;
	int		rc = buf_str(&text, "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n", &err);

	for (int i = 1; i < 9 && rc == 0; i++)
		rc = buf_printf(&text, &err, "b%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	if (rc != 0 || buf_terminate(&text, &err) != 0)
		bail_out("no memory");
	(void)trace((const char *)text.data, NULL, 0, &err);
	is_int(err.kind, ERR_LIMIT, "aliases that multiply end in a limit");
	buf_release(&text);
}

/* As deep as a text may be, and one level more through an alias. */
static void
test_depth(void)
{
	struct buf	text = BUF(64 * KIB);
	struct error	err = ERROR_INIT;
	int		rc = buf_str(&text, "a: &x ", &err);

	rc = rc != 0 ? rc : buf_repeat(&text, '[', LIMIT_DEPTH - 1, &err);
	rc = rc != 0 ? rc : buf_repeat(&text, ']', LIMIT_DEPTH - 1, &err);
	rc = rc != 0 ? rc : buf_str(&text, "\nb: {c: *x}\n", &err);
	if (rc != 0 || buf_terminate(&text, &err) != 0)
		bail_out("no memory");
	(void)trace((const char *)text.data, NULL, 0, &err);
	is_int(err.kind, ERR_LIMIT, "aliases do not make the tree deeper than a text may be");
	buf_release(&text);
}

static void
test_above(void)
{
	struct error		 err = ERROR_INIT;
	struct document		*doc = NULL;
	struct walk_item	 item;
	struct slice		 path;

	if (!succeeds(document_parse(SLICE("a:\n  b:\n    - x\n"), &syntax_yaml, &doc, &err), err, "a document"))
		return;
	CLEANUP(walk_release) struct walk walk = WALK(doc, &store_yaml, NULL, 0);
	do
		if (walk_next(&walk, &item, &err) != 0)
			bail_out(err.text);
	while (item.kind != WALK_LEAF);
	ok(walk_path_above(&walk, 0, &path) && slice_eq(path, SLICE("a:b:")), "the innermost container's path");
	ok(walk_path_above(&walk, 2, &path) && slice_eq(path, SLICE(":")), "the root's path is a colon");
	ok(!walk_path_above(&walk, 3, &path), "nothing is above the root");
	document_free(doc);
}

int
main(void)
{
	struct error err;

	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		is_str(trace(walks[i].yaml, walks[i].rules, walks[i].flags, &err), walks[i].want, walks[i].claim);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		(void)trace(failures[i].yaml, NULL, 0, &err);
		ok(err.kind == failures[i].kind && err.line == failures[i].line && err.column == failures[i].column,
		    "%s (got %d at %u:%u: %s)", failures[i].claim, (int)err.kind, (unsigned)err.line, (unsigned)err.column, err.text);
	}
	test_bomb();
	test_depth();
	test_above();
	return done_testing();
}
