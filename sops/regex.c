#include "sops/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "sops/regex_syntax.h"

#define NESTS		4000	/* what the translation adds to the 1000 of Go */
#define WORKSPACE	3000	/* of the search without backtracking: some 500 states at once */
#define HEAP_KIB	20000

/*
 * Two programs for one pattern.  The first backtracks, which is quick for all patterns that people
 * write, under a limit.  When a subject exhausts that limit the pattern is one of those that RE2 takes
 * in its stride and backtracking does not, "(a+)+$": from then on the second, which advances all
 * alternatives together, answers.  It begins with ".*?" and is anchored, so that one pass does; its
 * steps are counted over all subjects, so that a hostile pattern has an end.
 */
struct regex {
	pcre2_code		*quick, *steady;
	pcre2_match_data	*match;
	pcre2_match_context	*context;
	struct buf		 words;		/* the pattern in PCRE2's words */
	struct buf		 subject;	/* one that was not UTF-8, repaired */
	int			*workspace;
	size_t			 steps;		/* of the steady program so far */
};

static int
count_step(pcre2_callout_block *block UNUSED, void *data)
{
	struct regex *regex = data;

	return ++regex->steps > (size_t)LIMIT_REGEX_STEPS * 16 ? PCRE2_ERROR_CALLOUT : 0;
}

static int
compile(struct slice words, uint32_t options, pcre2_code **out, struct error *err)
{
	pcre2_compile_context	*context = pcre2_compile_context_create(NULL);
	PCRE2_SIZE		 where;
	PCRE2_UCHAR		 why[128];
	int			 code;

	if (context == NULL)
		return err_memory(err);
	(void)pcre2_set_parens_nest_limit(context, NESTS);
	*out = pcre2_compile(words.len > 0 ? words.data : (const uint8_t *)"", words.len, PCRE2_UTF | PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C | options,
	    &code, &where, context);
	pcre2_compile_context_free(context);
	if (*out != NULL)
		return 0;
	/* Its syntax is in order: it is too large, or names a class of characters that does not exist. */
	if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
		why[0] = '\0';
	return err_set(err, code == PCRE2_ERROR_HEAP_FAILED ? ERR_MEMORY : ERR_SYNTAX, "%s", (const char *)why);
}

int
regex_compile(struct slice pattern, struct regex **out, struct error *err)
{
	CLEANUP(regex_freep) struct regex *regex = calloc(1, sizeof(*regex));
	int rc;

	if (regex == NULL)
		return err_memory(err);
	regex->words = BUF(MIB);
	regex->subject = BUF_SECRET(LIMIT_DOCUMENT);
	if (pattern.len > LIMIT_REGEX_TEXT)
		return err_set(err, ERR_LIMIT, "expression longer than %zu bytes", LIMIT_REGEX_TEXT);
	if ((rc = regex_translate(pattern, &regex->words, err)) != 0 ||
	    (rc = compile(buf_slice(&regex->words), 0, &regex->quick, err)) != 0)
		return rc;
	regex->match = pcre2_match_data_create(1, NULL);
	regex->context = pcre2_match_context_create(NULL);
	if (regex->match == NULL || regex->context == NULL)
		return err_memory(err);
	(void)pcre2_set_match_limit(regex->context, LIMIT_REGEX_STEPS);
	(void)pcre2_set_heap_limit(regex->context, HEAP_KIB);
	(void)pcre2_set_callout(regex->context, count_step, regex);
	*out = TAKE(regex);
	return 0;
}

void
regex_free(struct regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_code_free(regex->quick);
	pcre2_code_free(regex->steady);
	pcre2_match_data_free(regex->match);
	pcre2_match_context_free(regex->context);
	buf_release(&regex->words);
	buf_release(&regex->subject);
	free(regex->workspace);
	free(regex);
}

/* Each byte that belongs to no character becomes U+FFFD, which "." and negated classes match. */
static int
repair(struct regex *regex, struct slice *subject, struct error *err)
{
	struct slice	rest = *subject;
	uint32_t	point;
	int		rc = 0;

	buf_reset(&regex->subject);
	while (rest.len > 0 && rc == 0) {
		size_t good = utf8_check(rest);

		rc = buf_append(&regex->subject, slice_sub(rest, 0, good), err);
		rest = slice_from(rest, good);
		if (rc == 0 && rest.len > 0 && utf8_decode(rest, &point) == 0) {
			rc = buf_append(&regex->subject, SLICE("\xef\xbf\xbd"), err);
			rest = slice_from(rest, 1);
		}
	}
	*subject = buf_slice(&regex->subject);
	return rc;
}

static int
too_expensive(struct error *err)
{
	err_set(err, ERR_LIMIT, "the regular expression takes too long");
	err_hint(err, "write it without repetitions inside repetitions");
	return ERR_LIMIT;
}

static int
make_steady(struct regex *regex, struct error *err)
{
	CLEANUP(buf_release) struct buf words = BUF(2 * MIB);
	int rc;

	if ((rc = buf_str(&words, "(?s:.*?)(?:", err)) != 0 || (rc = buf_append(&words, buf_slice(&regex->words), err)) != 0 ||
	    (rc = buf_byte(&words, ')', err)) != 0 ||
	    (rc = compile(buf_slice(&words), PCRE2_ANCHORED | PCRE2_AUTO_CALLOUT, &regex->steady, err)) != 0)
		return rc;
	regex->workspace = malloc(WORKSPACE * sizeof(*regex->workspace));
	return regex->workspace == NULL ? err_memory(err) : 0;
}

int
regex_match(struct regex *regex, struct slice subject, bool *out, struct error *err)
{
	const uint8_t	*text;
	int		 rc, found = PCRE2_ERROR_MATCHLIMIT;

	if (!utf8_valid(subject) && (rc = repair(regex, &subject, err)) != 0)
		return rc;
	text = subject.len > 0 ? subject.data : (const uint8_t *)"";
	if (regex->steady == NULL)
		found = pcre2_match(regex->quick, text, subject.len, 0, PCRE2_NO_UTF_CHECK, regex->match, regex->context);
	if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_HEAPLIMIT || found == PCRE2_ERROR_DEPTHLIMIT) {
		if (regex->steady == NULL && (rc = make_steady(regex, err)) != 0)
			return rc;
		found = pcre2_dfa_match(regex->steady, text, subject.len, 0, PCRE2_NO_UTF_CHECK | PCRE2_DFA_SHORTEST, regex->match,
		    regex->context, regex->workspace, WORKSPACE);
	}
	if (found == PCRE2_ERROR_NOMEMORY)
		return err_memory(err);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		return too_expensive(err);
	*out = found >= 0;
	return 0;
}
