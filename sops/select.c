#include "sops/select.h"

#include <stdlib.h>

#include "sops/regex.h"

struct level {			/* one open map or list: the comments in force in it */
	bool	earlier;	/* one before the last matches */
	bool	last;		/* the last one does */
};

/*
 * The verdicts, not the texts, are kept: for every key of the path whether it or one above it matches,
 * for every open container whether a comment in force matches, and how many levels do.
 */
struct select {
	enum select_rule	 rule;		/* SELECT_RULES: none is set, everything is encrypted */
	struct slice		 text;		/* our copy of its text */
	struct regex		*regex_opt;	/* NULL: it does not compile, or is no expression */
	bool			*keys;
	size_t			 key_count, key_capacity;
	struct level		*levels;
	size_t			 level_count, level_capacity;
	size_t			 matching;	/* levels with a match */
	void			*copy;
};

const char *
select_rule_name(enum select_rule rule)
{
	static const char *const names[SELECT_RULES] = {
		[SELECT_UNENCRYPTED_SUFFIX]		= "unencrypted_suffix",
		[SELECT_ENCRYPTED_SUFFIX]		= "encrypted_suffix",
		[SELECT_UNENCRYPTED_REGEX]		= "unencrypted_regex",
		[SELECT_ENCRYPTED_REGEX]		= "encrypted_regex",
		[SELECT_UNENCRYPTED_COMMENT_REGEX]	= "unencrypted_comment_regex",
		[SELECT_ENCRYPTED_COMMENT_REGEX]	= "encrypted_comment_regex",
	};

	return names[rule];
}

unsigned
select_rules_count(const struct select_rules *rules, enum select_rule *which_opt)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SELECT_RULES; i++)
		if (rules->text[i].len > 0) {
			count++;
			if (which_opt != NULL)
				*which_opt = (enum select_rule)i;
		}
	return count;
}

static int
at_most_one(const struct select_rules *rules, struct error *err)
{
	enum select_rule first = SELECT_RULES, last = SELECT_RULES;

	if (select_rules_count(rules, &last) < 2)
		return 0;
	for (first = 0; rules->text[first].len == 0;)
		first++;
	err_set(err, ERR_CONFLICT, "both '%s' and '%s' are set", select_rule_name(first), select_rule_name(last));
	err_hint(err, "keep one of the rules that choose what is encrypted");
	return ERR_CONFLICT;
}

static bool
is_expression(enum select_rule rule)
{
	return rule >= SELECT_UNENCRYPTED_REGEX && rule < SELECT_RULES;
}

bool
select_by_comment(const struct select *select)
{
	return select->rule == SELECT_UNENCRYPTED_COMMENT_REGEX || select->rule == SELECT_ENCRYPTED_COMMENT_REGEX;
}

int
select_rules_check(const struct select_rules *rules, struct error *err)
{
	CLEANUP(regex_freep) struct regex *regex = NULL;
	enum select_rule	rule = SELECT_RULES;
	int			rc;

	if ((rc = at_most_one(rules, err)) != 0)
		return rc;
	if (select_rules_count(rules, &rule) == 0 || !is_expression(rule) || regex_compile(rules->text[rule], &regex, err) == 0)
		return 0;
	err_hint(err, "write it in the dialect of RE2; sops would accept it in silence and never match it");
	return err_wrap(err, "%s '%.*s' does not compile", select_rule_name(rule), SLICE_ARG(slice_sub(rules->text[rule], 0, 200)));
}

int
select_new(const struct select_rules *rules, struct select **out, struct error *err)
{
	CLEANUP(select_freep) struct select *select = calloc(1, sizeof(*select));
	struct error	bad = ERROR_INIT;
	int		rc;

	if (select == NULL)
		return err_memory(err);
	select->rule = SELECT_RULES;
	if ((rc = at_most_one(rules, err)) != 0)
		return rc;
	if (select_rules_count(rules, &select->rule) > 0) {
		struct slice text = rules->text[select->rule];

		if ((select->copy = malloc(text.len)) == NULL)
			return err_memory(err);
		memcpy(select->copy, text.data, text.len);
		select->text = slice_of(select->copy, text.len);
		/* FORMAT.md 2.2: in a file, an expression that does not compile never matches. */
		if (is_expression(select->rule) && regex_compile(select->text, &select->regex_opt, &bad) == ERR_MEMORY)
			return err_memory(err);
	}
	*out = TAKE(select);
	return 0;
}

void
select_free(struct select *select)
{
	if (select == NULL)
		return;
	regex_free(select->regex_opt);
	free(select->keys);
	free(select->levels);
	free(select->copy);
	free(select);
}

/* Room for one more element of ${size} bytes. */
static int
grow(void **list, size_t count, size_t *capacity, size_t size, struct error *err)
{
	size_t	 more = *capacity > 0 ? *capacity * 2 : 32;
	void	*larger;

	if (count < *capacity)
		return 0;
	if (more > SIZE_MAX / 2 / size || (larger = realloc(*list, more * size)) == NULL)
		return err_memory(err);
	*list = larger;
	*capacity = more;
	return 0;
}

static int
expression_matches(struct select *select, struct slice text, bool *out, struct error *err)
{
	*out = false;
	if (select->regex_opt == NULL || regex_match(select->regex_opt, text, out, err) == 0)
		return 0;
	return err_wrap(err, "%s '%.*s'", select_rule_name(select->rule), SLICE_ARG(slice_sub(select->text, 0, 200)));
}

int
select_enter(struct select *select, struct slice key, struct error *err)
{
	bool	matches = select->key_count > 0 && select->keys[select->key_count - 1];
	void	*keys = select->keys;
	int	rc;

	if (!matches && (select->rule == SELECT_UNENCRYPTED_SUFFIX || select->rule == SELECT_ENCRYPTED_SUFFIX))
		matches = slice_ends(key, select->text);
	else if (!matches && (select->rule == SELECT_UNENCRYPTED_REGEX || select->rule == SELECT_ENCRYPTED_REGEX) &&
	    (rc = expression_matches(select, key, &matches, err)) != 0)
		return rc;
	if ((rc = grow(&keys, select->key_count, &select->key_capacity, sizeof(*select->keys), err)) != 0)
		return rc;
	select->keys = keys;
	select->keys[select->key_count++] = matches;
	return 0;
}

void
select_leave(struct select *select)
{
	select->key_count--;
}

int
select_open(struct select *select, struct error *err)
{
	void	*levels = select->levels;
	int	 rc;

	if ((rc = grow(&levels, select->level_count, &select->level_capacity, sizeof(*select->levels), err)) != 0)
		return rc;
	select->levels = levels;
	select->levels[select->level_count++] = (struct level){ false, false };
	return 0;
}

static struct level *
innermost(struct select *select)
{
	return &select->levels[select->level_count - 1];
}

static void
set_level(struct select *select, bool earlier, bool last)
{
	struct level *level = innermost(select);

	select->matching -= level->earlier || level->last;
	*level = (struct level){ earlier, last };
	select->matching += earlier || last;
}

void
select_close(struct select *select)
{
	set_level(select, false, false);
	select->level_count--;
}

int
select_matches_comment(struct select *select, struct slice text, bool *out, struct error *err)
{
	*out = false;
	return select_by_comment(select) ? expression_matches(select, text, out, err) : 0;
}

int
select_comment(struct select *select, struct slice text, struct error *err)
{
	const struct level	*level = innermost(select);
	bool			 matches;
	int			 rc;

	if ((rc = select_matches_comment(select, text, &matches, err)) != 0)
		return rc;
	set_level(select, level->earlier || level->last, matches);
	return 0;
}

void
select_item_done(struct select *select)
{
	set_level(select, false, false);
}

static bool
judge(const struct select *select, bool key_matches, bool comment_matches)
{
	switch (select->rule) {
	case SELECT_UNENCRYPTED_SUFFIX:
	case SELECT_UNENCRYPTED_REGEX:
		return !key_matches;
	case SELECT_ENCRYPTED_SUFFIX:
	case SELECT_ENCRYPTED_REGEX:
		return key_matches;
	case SELECT_UNENCRYPTED_COMMENT_REGEX:
		return !comment_matches;
	case SELECT_ENCRYPTED_COMMENT_REGEX:
		return comment_matches;
	default:
		return true;
	}
}

bool
select_judge(const struct select *select)
{
	return judge(select, select->key_count > 0 && select->keys[select->key_count - 1], select->matching > 0);
}

/* FORMAT.md 2.3: for encrypted_comment_regex the comment itself does not count, so the one that matches stays readable. */
bool
select_judge_comment(const struct select *select)
{
	const struct level	*level = &select->levels[select->level_count - 1];
	size_t			 matching = select->matching;

	if (select->rule == SELECT_ENCRYPTED_COMMENT_REGEX && level->last && !level->earlier)
		matching--;
	return judge(select, select->key_count > 0 && select->keys[select->key_count - 1], matching > 0);
}
