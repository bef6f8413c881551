#include "sops/regex.h"

#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void
test_matches(void)
{
	static const struct {
		const char *pattern;
		struct slice subject;
		bool match;
	} cases[] = {
		/* the search is not anchored */
		{ "", SLICE(""), true }, { "b", SLICE("abc"), true }, { "^b", SLICE("abc"), false }, { "b$", SLICE("ab"), true },
		{ "^(data|stringData)$", SLICE("data"), true }, { "^(data|stringData)$", SLICE("metadata"), false },
		{ "a|", SLICE("x"), true }, { "()", SLICE(""), true }, { "(|a)b", SLICE("b"), true },
		/* $ and . and the flags */
		{ "a$", SLICE("a\n"), false }, { "a\\z", SLICE("a"), true }, { "a.b", SLICE("a\nb"), false }, { "(?s)a.b", SLICE("a\nb"), true },
		{ "(?m)^b$", SLICE("a\nb\nc"), true }, { "^b$", SLICE("a\nb\nc"), false }, { "(?m)^$", SLICE("a\n"), true },
		{ "(?m)a$", SLICE("a\n"), true }, { "(?-m)(?m-m)a$", SLICE("a\n"), false }, { "\\Ab", SLICE("a\nb"), false },
		{ "(?i)ABC", SLICE("xabcx"), true }, { "(?i:a)B", SLICE("AB"), true }, { "(?i:a)B", SLICE("Ab"), false },
		{ "a(?i)b|c", SLICE("C"), true }, { "(a(?i)b)c", SLICE("aBC"), false }, { "(?i)a(?-i)b", SLICE("AB"), false },
		{ "(?i)a(?-i)b", SLICE("Ab"), true }, { "(?U)a+?", SLICE("a"), true }, { "(?)a", SLICE("a"), true },
		{ "(?i)\xc3\xa9", SLICE("\xc3\x89"), true }, { "(?i)k", SLICE("\xe2\x84\xaa"), true }, { "x(?i)y", SLICE("XY"), false },
		/* classes: ASCII only, \s without the vertical tab */
		{ "^\\d$", SLICE("7"), true }, { "^\\d$", SLICE("\xd9\xa3"), false }, { "^\\w+$", SLICE("a_9"), true }, { "^\\w$", SLICE("\xc3\xa9"), false },
		{ "^\\s$", SLICE("\v"), false }, { "^\\s$", SLICE("\f"), true }, { "^[[:space:]]$", SLICE("\v"), true }, { "^\\v$", SLICE("\v"), true },
		{ "^\\v$", SLICE("\n"), false }, { "^\\S$", SLICE("\v"), true }, { "^[\\d\\-z]$", SLICE("-"), true }, { "^[\\d-z]$", SLICE("-"), true },
		{ "^[\\d-z]$", SLICE("m"), false }, { "^[a-]$", SLICE("-"), true }, { "^[a-b-c]+$", SLICE("-abc"), true }, { "^[]a]$", SLICE("]"), true },
		{ "^[^]a]$", SLICE("b"), true }, { "^[^]a]$", SLICE("]"), false }, { "^[^a]$", SLICE("\n"), true }, { "^[[]$", SLICE("["), true },
		{ "^[[:]+$", SLICE("[:"), true }, { "^[[:alpha:]_]+$", SLICE("a_"), true }, { "^[[:^alpha:]]$", SLICE("1"), true },
		{ "^[[:^alpha:]]$", SLICE("a"), false }, { "^[[:word:]]$", SLICE("_"), true }, { "^[[:punct:]]$", SLICE("@"), true },
		{ "^[[:punct:]]$", SLICE("a"), false }, { "(?i)^[[:upper:]]$", SLICE("a"), true }, { "(?i)^[[:^upper:]]$", SLICE("a"), false },
		{ "(?i)^\\W$", SLICE("\xe2\x84\xaa"), false }, { "^\\W$", SLICE("\xe2\x84\xaa"), true }, { "^[\\x41-\\x43]$", SLICE("B"), true },
		{ "^[\\x{1F600}]$", SLICE("\xf0\x9f\x98\x80"), true }, { "^[a\\]]$", SLICE("]"), true }, { "^[#-%]$", SLICE("$"), true },
		{ "^\\pL$", SLICE("\xc3\xa9"), true }, { "^\\p{Greek}$", SLICE("\xce\xb1"), true }, { "^\\p{^Greek}$", SLICE("a"), true },
		{ "^\\PL$", SLICE("1"), true }, { "^[\\pN_]+$", SLICE("1_"), true }, { "(?i)^\\p{Lu}$", SLICE("a"), true },
		{ "^\\p{Letter}$", SLICE("a"), true }, { "^[^\\x00-\\x{10FFFF}]$", SLICE("a"), false }, { "^[\\x{d800}]$", SLICE("a"), false },
		{ "^[^\\x{d800}]$", SLICE("a"), true }, { "\\x{d800}", SLICE("a"), false },
		/* escapes */
		{ "^\\.$", SLICE("."), true }, { "^\\.$", SLICE("a"), false }, { "^\\_$", SLICE("_"), true }, { "^\\x41$", SLICE("A"), true },
		{ "^\\x{41}$", SLICE("A"), true }, { "^\\101$", SLICE("A"), true }, { "^\\0$", SLICE("\0"), true }, { "^\\a\\f\\t\\n\\r$", SLICE("\a\f\t\n\r"), true },
		{ "^\\Qa.b*\\E$", SLICE("a.b*"), true }, { "^\\Qa.b", SLICE("a.b"), true }, { "^\\Qa.b", SLICE("axb"), false }, { "^\\Qab\\E+$", SLICE("abb"), true },
		{ "\\bfoo\\b", SLICE("a foo."), true }, { "\\bfoo\\b", SLICE("afoo"), false }, { "a\\Bb", SLICE("ab"), true }, { "^ #x$", SLICE(" #x"), true },
		/* repetition */
		{ "^a{2}$", SLICE("aa"), true }, { "^a{2,}$", SLICE("aaa"), true }, { "^a{2,3}$", SLICE("aaaa"), false }, { "^a{,2}$", SLICE("a{,2}"), true },
		{ "^a{,2}$", SLICE("a"), false }, { "^a{x}$", SLICE("a{x}"), true }, { "^a{02}$", SLICE("a{02}"), true }, { "^{$", SLICE("{"), true },
		{ "^a{$", SLICE("a{"), true }, { "^}$", SLICE("}"), true }, { "^]$", SLICE("]"), true }, { "^a{0}b$", SLICE("b"), true },
		{ "^(?:a{30}){30}$", SLICE("a"), false }, { "^*a", SLICE("a"), true }, { "(?:^)+a", SLICE("a"), true }, { "\\b*a", SLICE("a"), true },
		{ "^a??b+?c*?$", SLICE("bb"), true }, { "^a(?i)*$", SLICE("aaa"), true }, { "^a*(?i)+b$", SLICE("aaB"), true }, { "^(a*)*$", SLICE("aa"), true },
		{ "^(?P<n>a)(?<m>b)$", SLICE("ab"), true }, { "^\xc3\xa9+$", SLICE("\xc3\xa9\xc3\xa9"), true },
		/* bytes that are no UTF-8 count as U+FFFD each */
		{ "^a.b$", SLICE("a\xff" "b"), true }, { "^a..b$", SLICE("a\xe2\x82" "b"), true }, { "^a.b$", SLICE("a\xe2\x82" "b"), false },
		{ "^\\x{fffd}$", SLICE("\xff"), true }, { "b", SLICE("\xff" "b"), true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(regex_freep) struct regex *regex = NULL;
		struct error	err = ERROR_INIT;
		bool		match = !cases[i].match;

		if (!ok(regex_compile(slice_str(cases[i].pattern), &regex, &err) == 0, "'%s' compiles", cases[i].pattern)) {
			printf("# %s\n", err.text);
			continue;
		}
		is_int(regex_match(regex, cases[i].subject, &match, &err), 0, "and answers");
		is_int(match, cases[i].match, cases[i].match ? "with a match" : "without a match");
	}
}

static void
test_refused(void)
{
	static const char *const patterns[] = {
		/* what Go has not */
		"(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(?>a)", "(?|a)", "(?#c)", "(?R)", "(?1)", "(?&n)", "(?P=n)", "(?P>n)", "(?(1)a)", "(?C1)",
		"(*ACCEPT)", "(*UTF)", "(a)\\1", "\\8", "\\9", "\\K", "\\G", "\\R", "\\X", "\\N", "\\h", "\\H", "\\V", "\\e", "\\cA", "\\g1", "\\k<n>", "\\o{1}",
		"\\Z", "\\C", "\\E", "\\q", "\\u0041", "\\\xc3\xa9", "(?x)a", "(?J)a", "(?^)a", "(?i", "(?", "(?-)", "(?i-)a", "(?i-s-m)", "(?P<n", "(?P<>a)",
		"(?P<n-1>a)", "(?P<n>a)(?P<n>b)", "(?P'n'a)", "(?'n'a)",
		/* what nobody has */
		"(", ")", "a)", "(a", "[", "[a", "[]", "[^]", "[b-a]", "[a-\\d]", "[[:foo:]]", "[[:alpha:]", "[\\b]", "\\", "a\\", "[\\", "\\x", "\\x4", "\\x{",
		"\\x{}", "\\x{110000}", "\\p", "\\p{", "\\p{}", "\\p{Nonsense}", "\\p{L=u}", "\xff",
		/* repetition */
		"*", "+a", "?", "a|*", "(*a)", "(?i)*", "a**", "a*+", "a++", "a?+", "a*??", "a{2}{3}", "a{2}*", "a{1001}", "a{2,1}", "a{1,1001}", "a{1001,}",
		"(a{500}){3}", "((a{11}){10}){10}", "(?:a{2}b{600}){2}", "a{99999999999}",
	};

	for (size_t i = 0; i < COUNT(patterns); i++) {
		CLEANUP(regex_freep) struct regex *regex = NULL;
		struct error err = ERROR_INIT;

		ok(regex_compile(slice_str(patterns[i]), &regex, &err) == ERR_SYNTAX && err.text[0] != '\0', "'%s' is refused: %s", patterns[i],
		    err.text);
	}
}

static double
seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void
test_hostile(void)
{
	static const char *const patterns[] = {
		"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}b", "^(?:a?){30}a{30}b",
	};
	CLEANUP(buf_release) struct buf	subject = BUF(MIB), deep = BUF(MIB);
	struct error	err = ERROR_INIT;

	if (buf_repeat(&subject, 'a', 5000, &err) != 0 || buf_byte(&subject, '!', &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < COUNT(patterns); i++) {
		CLEANUP(regex_freep) struct regex *regex = NULL;
		double	start = seconds();
		bool	match = true;
		int	rc;

		err_reset(&err);
		if (regex_compile(slice_str(patterns[i]), &regex, &err) != 0)
			bail_out(err.text);
		rc = regex_match(regex, slice_sub(buf_slice(&subject), 4950, 5001), &match, &err);
		ok(rc == 0 && !match, "'%s' answers where backtracking gives up", patterns[i]);
		rc = regex_match(regex, SLICE("aaa!"), &match, &err);
		ok(rc == 0 && !match, "and goes on to answer");
		rc = regex_match(regex, buf_slice(&subject), &match, &err);
		ok((rc == 0 && !match) || rc == ERR_LIMIT, "a long subject has an answer, or an end");
		ok(seconds() - start < 10, "soon (%.2f s)", seconds() - start);
	}
	CLEANUP(regex_freep) struct regex *regex = NULL;
	err_reset(&err);
	if (buf_repeat(&deep, '(', 1001, &err) != 0 || buf_repeat(&deep, ')', 1001, &err) != 0)
		bail_out(err.text);
	is_int(regex_compile(slice_sub(buf_slice(&deep), 1, 2001), &regex, &err), 0, "1000 groups in each other are accepted");
	is_int(regex_compile(buf_slice(&deep), &regex, &err), ERR_SYNTAX, "1001 are not");
	err_reset(&err);
	if (buf_repeat(&deep, 'a', 4000, &err) != 0)
		bail_out(err.text);
	is_int(regex_compile(buf_slice(&deep), &regex, &err), ERR_LIMIT, "a pattern longer than the limit is not");
}

int
main(void)
{
	test_matches();
	test_refused();
	test_hostile();
	return done_testing();
}
