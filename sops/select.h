#ifndef SOPS_SELECT_H
#define SOPS_SELECT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Which leaves and comments are encrypted (FORMAT.md 2): at most one of six settings, judged leaf by
 * leaf from the keys above it and the comments in force, in the same way when encrypting and when
 * decrypting.  The walk tells where it is:
 *
 *	a map or list is entered, left		select_open(), select_close()
 *	a key of a map				select_enter(), select_leave() around its value
 *	a comment				select_comment(), then select_judge_comment()
 *	a leaf					select_judge()
 *	any item but a comment is done		select_item_done()
 *
 * The root of each YAML document is opened and closed like any container.
 */
enum select_rule {			/* in the order of FORMAT.md 2.1 */
	SELECT_UNENCRYPTED_SUFFIX,
	SELECT_ENCRYPTED_SUFFIX,
	SELECT_UNENCRYPTED_REGEX,
	SELECT_ENCRYPTED_REGEX,
	SELECT_UNENCRYPTED_COMMENT_REGEX,
	SELECT_ENCRYPTED_COMMENT_REGEX,
	SELECT_RULES,
};

#define SELECT_DEFAULT_SUFFIX	"_unencrypted"

/* An empty text means that the rule is not set. */
struct select_rules {
	struct slice	text[SELECT_RULES];
};

const char	*select_rule_name(enum select_rule rule);	/* "encrypted_regex" */
/* How many are set, and (when exactly one is) which. */
unsigned	 select_rules_count(const struct select_rules *rules, enum select_rule *which_opt);

/*
 * select_rules_check(rules, err):
 * What must hold before a file is encrypted by these rules: at most one is set (ERR_CONFLICT), and an
 * expression is one that sops compiles (ERR_SYNTAX): in a file it would silently never match.
 */
int	select_rules_check(const struct select_rules *rules, struct error *err) WARN_UNUSED;

struct select;

/* ERR_CONFLICT when more than one rule is set.  An expression that does not compile never matches. */
int	select_new(const struct select_rules *rules, struct select **out, struct error *err) WARN_UNUSED;
void	select_free(struct select *select);
DEFINE_CLEANUP(struct select, select_free)

/* Entering can fail for memory, and with ERR_LIMIT for an expression that takes too long. */
int	select_enter(struct select *select, struct slice key, struct error *err) WARN_UNUSED;
void	select_leave(struct select *select);
int	select_open(struct select *select, struct error *err) WARN_UNUSED;
void	select_close(struct select *select);

/* A comment's text without its mark, as the file has it (ciphertext when it is encrypted). */
int	select_comment(struct select *select, struct slice text, struct error *err) WARN_UNUSED;
void	select_item_done(struct select *select);

/* Is the leaf at this place encrypted? */
bool	select_judge(const struct select *select);
/* Is the comment that select_comment() was just told of? */
bool	select_judge_comment(const struct select *select);
/*
 * Does a comment rule's expression match this text (false without such a rule)?  A ciphertext that does
 * would be judged otherwise when the file is read: it must not be written.
 */
int	select_matches_comment(struct select *select, struct slice text, bool *out, struct error *err) WARN_UNUSED;
/* Do comments decide at all?  (When not, the walk need not tell of them.) */
bool	select_by_comment(const struct select *select);

#endif
