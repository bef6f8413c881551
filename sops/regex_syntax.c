#include "sops/regex_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define REPEAT_MAX	1000		/* counts, and products of nested counts */
#define NESTING_MAX	1000

int
regex_refuse(const struct translator *t, const char *why, size_t from, struct error *err)
{
	return err_set(err, ERR_SYNTAX, "%s: '%.*s'", why, SLICE_ARG(slice_sub(t->text, from, t->at)));
}

/* Begin an atom: bring PCRE2 up to the flag that it must know, lazily, so that operators bind across "(?i)". */
int
regex_begin_atom(struct translator *t, struct error *err)
{
	int rc = 0;

	if (t->cost < t->atom_cost)
		t->cost = t->atom_cost;
	if (t->flags.fold != t->fold_written) {
		rc = buf_str(t->out, t->flags.fold ? "(?i)" : "(?-i)", err);
		t->fold_written = t->flags.fold;
	}
	t->atom = true;
	t->atom_repeated = false;
	t->atom_start = t->out->len;
	t->atom_cost = 0;
	return rc;
}

static int
write_atom(struct translator *t, const char *text, struct error *err)
{
	int rc;

	if ((rc = regex_begin_atom(t, err)) != 0)
		return rc;
	return buf_str(t->out, text, err);
}

static int
write_rune(struct translator *t, uint32_t rune, struct error *err)
{
	int rc;

	if (rune >= 0xd800 && rune <= 0xdfff)		/* can be written, and never occurs in text */
		return write_atom(t, NOTHING, err);
	if ((rc = regex_begin_atom(t, err)) != 0)
		return rc;
	return rune < 128 && is_alnum((int)rune) ? buf_byte(t->out, (uint8_t)rune, err)
	    : buf_printf(t->out, err, "\\x{%x}", (unsigned)rune);
}

/* --- groups ---------------------------------------------------------------------------------------------------- */

static int
open_group(struct translator *t, const struct flags *inside, struct error *err)
{
	struct level	*level;
	int		 rc;

	if (t->depth >= NESTING_MAX)
		return err_set(err, ERR_SYNTAX, "expression nests too deeply");
	if ((rc = regex_begin_atom(t, err)) != 0)
		return rc;
	level = &t->levels[t->depth++];
	*level = (struct level){ t->flags, t->fold_written, t->atom_start, t->cost };
	t->flags = *inside;
	t->cost = 0;
	t->atom = false;
	return buf_byte(t->out, '(', err);		/* it does not capture, being compiled so, and nests deeper than "(?:" */
}

static int
close_group(struct translator *t, struct error *err)
{
	const struct level	*level;
	unsigned		 cost = t->cost > t->atom_cost ? t->cost : t->atom_cost;

	if (t->depth == 0)
		return err_set(err, ERR_SYNTAX, "unexpected )");
	level = &t->levels[--t->depth];
	t->flags = level->flags;
	t->fold_written = level->fold_written;
	t->cost = level->cost;
	t->atom = true;
	t->atom_repeated = false;
	t->atom_start = level->start;
	t->atom_cost = cost;
	t->at++;
	return buf_byte(t->out, ')', err);
}

static int
read_named(struct translator *t, struct error *err)
{
	size_t		from = t->at, open = slice_find(t->text, '<', from), end = slice_find(t->text, '>', from);
	struct slice	name = slice_sub(t->text, open + 1, end);

	t->at = end < t->text.len ? end + 1 : end;
	if (end == t->text.len || name.len == 0)
		return regex_refuse(t, "invalid named capture", from, err);
	for (size_t i = 0; i < name.len; i++)
		if (!is_alnum(name.data[i]) && name.data[i] != '_')
			return regex_refuse(t, "invalid named capture", from, err);
	for (size_t i = 0; i < t->name_count; i++)
		if (slice_eq(t->names[i], name))
			return regex_refuse(t, "duplicate capture group name", from, err);
	t->names[t->name_count++] = name;
	return open_group(t, &t->flags, err);
}

/* "(?...": a named group, or flags for a group or for what follows. */
static int
read_perl_group(struct translator *t, struct error *err)
{
	size_t		from = t->at;
	struct flags	flags = t->flags;
	bool		value = true, seen = false;

	if (more(t, "(?P<") || more(t, "(?<"))
		return read_named(t, err);
	for (t->at += 2; t->at < t->text.len;) {
		switch (t->text.data[t->at++]) {
		case 'i': flags.fold = value; seen = true; continue;
		case 'm': flags.multi = value; seen = true; continue;
		case 's': flags.dot_all = value; seen = true; continue;
		case 'U': seen = true; continue;
		case '-':
			if (!value)
				break;
			value = seen = false;
			continue;
		case ':':
			if (!value && !seen)
				break;
			return open_group(t, &flags, err);
		case ')':
			if (!value && !seen)
				break;
			t->flags = flags;
			return 0;
		}
		return regex_refuse(t, "invalid or unsupported Perl syntax", from, err);
	}
	return err_set(err, ERR_SYNTAX, "missing closing )");
}

/* --- repetition ------------------------------------------------------------------------------------------------ */

/* A decimal number without leading zeros; numbers too large to matter become REPEAT_MAX + 1. */
static bool
read_number(struct translator *t, unsigned *out)
{
	size_t		from = t->at;
	unsigned	n = 0;

	for (; is_digit(peek(t)); t->at++)
		n = n > REPEAT_MAX ? REPEAT_MAX + 1 : n * 10 + (unsigned)(t->text.data[t->at] - '0');
	*out = n > REPEAT_MAX ? REPEAT_MAX + 1 : n;
	return t->at > from && (t->at == from + 1 || t->text.data[from] != '0');
}

/* "{n}", "{n,}" or "{n,m}"; anything else is text, and nothing is read then. */
static bool
read_count(struct translator *t, unsigned *min, unsigned *max, bool *open_end)
{
	size_t from = t->at++;

	*open_end = false;
	if (read_number(t, min)) {
		*max = *min;
		if (peek(t) == ',') {
			t->at++;
			if (peek(t) == '}')
				*open_end = true;
			else if (!read_number(t, max))
				goto text;
		}
		if (peek(t) == '}') {
			t->at++;
			return true;
		}
	}
text:
	t->at = from;
	return false;
}

/* An operator has been read from ${from} on: apply it to the last atom. */
static int
repeat(struct translator *t, size_t from, const char *operator, struct error *err)
{
	uint8_t	*room;
	int	 rc;

	if (peek(t) == '?')
		t->at++;			/* lazy: the same texts match */
	if (t->last_repeat)
		return regex_refuse(t, "invalid nested repetition operator", from, err);
	if (!t->atom)
		return regex_refuse(t, "missing argument to repetition operator", from, err);
	if (t->atom_repeated) {			/* "a*(?i)+": never let PCRE2 see "*+", which is possessive */
		if ((rc = buf_reserve(t->out, 3, &room, err)) != 0)
			return rc;
		memmove(t->out->data + t->atom_start + 3, t->out->data + t->atom_start, t->out->len - t->atom_start);
		memcpy(t->out->data + t->atom_start, "(?:", 3);
		t->out->len += 3;
		if ((rc = buf_byte(t->out, ')', err)) != 0)
			return rc;
	}
	t->atom_repeated = t->last_repeat = true;
	return buf_str(t->out, operator, err);
}

static int
read_repeat(struct translator *t, struct error *err)
{
	size_t		from = t->at;
	unsigned	min, max, times;
	bool		open_end;
	char		text[32];
	int		c = peek(t), rc;

	if (c != '{') {
		t->at++;
		return repeat(t, from, (char[]){ (char)c, '\0' }, err);
	}
	if (!read_count(t, &min, &max, &open_end)) {
		t->at++;
		t->last_repeat = false;
		return write_rune(t, '{', err);
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || max < min)
		return regex_refuse(t, "invalid repeat count", from, err);
	if (open_end)
		snprintf(text, sizeof(text), "{%u,}", min);
	else
		snprintf(text, sizeof(text), "{%u,%u}", min, max);
	if ((rc = repeat(t, from, text, err)) != 0)
		return rc;
	times = open_end ? min : max;
	t->atom_cost = times * (t->atom_cost > 1 ? t->atom_cost : 1);
	return t->atom_cost > REPEAT_MAX ? regex_refuse(t, "invalid repeat count", from, err) : 0;
}

/* --- the pattern ----------------------------------------------------------------------------------------------- */

static int
read_quoted(struct translator *t, struct error *err)
{
	int rc = 0;

	for (t->at += 2; rc == 0 && t->at < t->text.len;) {
		if (more(t, "\\E")) {
			t->at += 2;
			return 0;
		}
		rc = write_rune(t, next_rune(t), err);
	}
	return rc;
}

static int
read_backslash(struct translator *t, struct error *err)
{
	static const char *const assertions[] = { "\\A", "\\b", "\\B", "\\z" };
	char		wrapped[8];
	uint32_t	rune = 0;
	bool		done = false;
	int		rc;

	for (size_t i = 0; i < sizeof(assertions) / sizeof(assertions[0]); i++)
		if (more(t, assertions[i])) {
			t->at += 2;
			snprintf(wrapped, sizeof(wrapped), "(?:%s)", assertions[i]);
			return write_atom(t, wrapped, err);
		}
	if (more(t, "\\Q"))
		return read_quoted(t, err);
	if (t->at + 1 < t->text.len && is_alnum(t->text.data[t->at + 1]) && strchr("dDsSwWpP", t->text.data[t->at + 1]) != NULL) {
		if ((rc = write_atom(t, "[", err)) != 0 ||
		    (rc = (t->text.data[t->at + 1] | 0x20) == 'p' ? regex_read_unicode(t, err) : regex_read_perl(t, &done, err)) != 0)
			return rc;
		return buf_byte(t->out, ']', err);
	}
	if ((rc = regex_read_escape(t, &rune, err)) != 0)
		return rc;
	return write_rune(t, rune, err);
}

static int
read_token(struct translator *t, struct error *err)
{
	switch (peek(t)) {
	case '(':
		if (more(t, "(?"))
			return read_perl_group(t, err);
		t->at++;
		return open_group(t, &t->flags, err);
	case ')':
		return close_group(t, err);
	case '|':
		t->at++;
		if (t->cost < t->atom_cost)
			t->cost = t->atom_cost;
		t->atom_cost = 0;
		t->atom = false;
		return buf_byte(t->out, '|', err);
	case '[':
		return regex_read_brackets(t, err);
	case '\\':
		return read_backslash(t, err);
	case '.':
		t->at++;
		return write_atom(t, t->flags.dot_all ? "(?s:.)" : "[^\\x{a}]", err);
	case '^':
		t->at++;
		return write_atom(t, t->flags.multi ? "(?:\\A|(?<=\\x{a}))" : "(?:\\A)", err);
	case '$':
		t->at++;
		return write_atom(t, t->flags.multi ? "(?:\\z|(?=\\x{a}))" : "(?:\\z)", err);
	default:
		return write_rune(t, next_rune(t), err);
	}
}

int
regex_translate(struct slice pattern, struct buf *out, struct error *err)
{
	struct translator	t = { .text = pattern, .out = out };
	int			c, rc = 0;

	if (!utf8_valid(pattern))
		return err_set(err, ERR_SYNTAX, "invalid UTF-8");
	t.levels = calloc(NESTING_MAX, sizeof(*t.levels));
	t.names = calloc(pattern.len / 5 + 1, sizeof(*t.names));	/* "(?<n>" is the shortest */
	if (t.levels == NULL || t.names == NULL)
		rc = err_memory(err);
	while (rc == 0 && (c = peek(&t)) >= 0)
		if (c == '*' || c == '+' || c == '?' || c == '{')
			rc = read_repeat(&t, err);
		else {
			t.last_repeat = false;
			rc = read_token(&t, err);
		}
	if (rc == 0 && t.depth > 0)
		rc = err_set(err, ERR_SYNTAX, "missing closing )");
	free(t.levels);
	free(t.names);
	return rc;
}
