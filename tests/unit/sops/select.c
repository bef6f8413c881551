#include "sops/select.h"

#include "tests/tap.h"

static struct select *
select_of(enum select_rule rule, const char *text)
{
	struct select_rules	 rules = { .text = { SLICE_NONE } };
	struct select		*select = NULL;
	struct error		 err = ERROR_INIT;

	if (rule < SELECT_RULES)
		rules.text[rule] = slice_str(text);
	if (select_new(&rules, &select, &err) != 0)
		bail_out(err.text);
	return select;
}

/*
 * A walk in one line: "k" enters key k until its value is done, "{" and "}" open and close, "#text" is a comment,
 * "=" a leaf.  The verdicts are gathered: E and p for leaves, e and - for comments.
 */
static void
walk(enum select_rule rule, const char *text, const char *const *steps, const char *want)
{
	CLEANUP(select_freep) struct select *select = select_of(rule, text);
	struct error	err = ERROR_INIT;
	char		got[64] = "";
	size_t		n = 0;
	bool		in_key[32] = { false };
	size_t		depth = 0;
	int		rc = 0;

	for (const char *const *step = steps; *step != NULL && rc == 0; step++)
		switch (**step) {
		case '{':
			rc = select_open(select, &err);
			in_key[++depth] = false;
			break;
		case '#':
			rc = select_comment(select, slice_str(*step + 1), &err);
			got[n++] = select_judge_comment(select) ? 'e' : '-';
			break;
		case '}':
		case '=':
			if (**step == '}') {
				select_close(select);
				if (--depth == 0)
					break;
			} else
				got[n++] = select_judge(select) ? 'E' : 'p';
			if (in_key[depth])
				select_leave(select);
			in_key[depth] = false;
			select_item_done(select);
			break;
		default:
			rc = select_enter(select, slice_str(*step), &err);
			in_key[depth] = true;
		}
	got[n] = '\0';
	is_int(rc, 0, rule < SELECT_RULES ? select_rule_name(rule) : "no rule");
	is_str(got, want, text);
}
#define WALK(...)	((const char *const[]){ __VA_ARGS__, NULL })

static void
test_keys(void)
{
	const char *const *tree = WALK("{", "#c", "a", "=", "b_x", "{", "#c", "c", "=", "d", "{", "=", "=", "}", "}", "e", "=", "}");

	walk(SELECT_RULES, "", tree, "eEeEEEE");
	walk(SELECT_UNENCRYPTED_SUFFIX, "_x", tree, "eE-pppE");
	walk(SELECT_UNENCRYPTED_SUFFIX, "d", tree, "eEeEppE");
	walk(SELECT_ENCRYPTED_SUFFIX, "_x", tree, "-peEEEp");
	walk(SELECT_UNENCRYPTED_REGEX, "^b", tree, "eE-pppE");
	walk(SELECT_ENCRYPTED_REGEX, "^(b_x|e)$", tree, "-peEEEE");
	walk(SELECT_ENCRYPTED_REGEX, "d", tree, "-p-pEEp");
	walk(SELECT_ENCRYPTED_REGEX, "b_x.d", tree, "-p-pppp");		/* a component, not the joined path */
	walk(SELECT_ENCRYPTED_REGEX, "(", tree, "-p-pppp");		/* never matches */
	walk(SELECT_UNENCRYPTED_REGEX, "(", tree, "eEeEEEE");
}

static void
test_comments(void)
{
	/* the example of FORMAT.md 2.3: comments count for the next sibling and all below it */
	const char *const *tree = WALK("{", "a", "=", "#x mark", "#y", "b", "{", "c", "=", "#z", "d", "=", "}", "e", "=", "#y", "f", "=", "#x mark", "}");

	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", tree, "p-eEeEp-p-");
	walk(SELECT_UNENCRYPTED_COMMENT_REGEX, "mark", tree, "E--p-pEeE-");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "#mark", "#mark", "a", "=", "}"), "-eE");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "a", "{", "#mark", "b", "=", "c", "=", "}", "d", "=", "}"), "-Epp");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "a", "{", "b", "=", "#mark", "}", "d", "=", "}"), "p-p");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "l", "{", "#mark", "=", "=", "}", "}"), "-Ep");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "#mark", "a", "{", "#x", "b", "=", "}", "}"), "-eE");
	walk(SELECT_ENCRYPTED_COMMENT_REGEX, "(", WALK("{", "#(", "a", "=", "}"), "-p");
	walk(SELECT_UNENCRYPTED_COMMENT_REGEX, "mark", WALK("{", "#mark", "a", "=", "}", "{", "b", "=", "}"), "-pE");
}

static int
check(enum select_rule a, const char *text_a, enum select_rule b, const char *text_b, struct error *err)
{
	struct select_rules rules = { .text = { SLICE_NONE } };

	rules.text[b] = slice_str(text_b);
	rules.text[a] = slice_str(text_a);
	*err = ERROR_INIT;
	return select_rules_check(&rules, err);
}

int
main(void)
{
	struct error		 err;
	struct select		*none = NULL;
	struct select_rules	 two = { .text = { [SELECT_ENCRYPTED_REGEX] = SLICE("a"), [SELECT_UNENCRYPTED_SUFFIX] = SLICE("b") } };
	bool			 matches;

	test_keys();
	test_comments();
	is_int(check(SELECT_ENCRYPTED_REGEX, "^a$", 0, "", &err), 0, "a sound expression may be used to encrypt");
	is_int(check(SELECT_ENCRYPTED_SUFFIX, "(", 0, "", &err), 0, "a suffix is no expression");
	is_int(check(SELECT_ENCRYPTED_REGEX, "(?=a)", 0, "", &err), ERR_SYNTAX, "one that sops would not compile may not");
	is_str(err.text, "encrypted_regex '(?=a)' does not compile: invalid or unsupported Perl syntax: '(?='", "and is named");
	is_int(check(SELECT_ENCRYPTED_COMMENT_REGEX, "[", 0, "", &err), ERR_SYNTAX, "comment expressions are checked too");
	is_int(check(SELECT_ENCRYPTED_REGEX, "a", SELECT_UNENCRYPTED_SUFFIX, "b", &err), ERR_CONFLICT, "two rules exclude each other");
	is_str(err.text, "both 'unencrypted_suffix' and 'encrypted_regex' are set", "and are named");
	err_reset(&err);
	is_int(select_new(&two, &none, &err), ERR_CONFLICT, "a file with two rules is refused");

	CLEANUP(select_freep) struct select *select = select_of(SELECT_UNENCRYPTED_COMMENT_REGEX, "AES");
	ok(select_by_comment(select), "the walk learns that comments decide");
	is_int(select_matches_comment(select, SLICE("ENC[AES256_GCM"), &matches, &err), 0, "a ciphertext can be tried");
	ok(matches, "and seen to match");
	return done_testing();
}
