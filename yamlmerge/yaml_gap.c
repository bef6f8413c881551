#include "yamlmerge/yaml_gap.h"

#include <stdlib.h>

#include "yamlmerge/yaml_text.h"

static bool
blank_at(const struct gap *gap, size_t at)
{
	return at >= gap->text.len || gap->text.data[at] == ' ' || gap->text.data[at] == '\t' ||
	    yaml_text_break(gap->text, at) != 0;
}

static void
newline(struct gap *gap, size_t width)
{
	gap->blank = gap->fresh;
	gap->fresh = true;
	gap->line++;
	gap->column = 1;
	gap->at += width;
}

/* Over bytes of one line. */
static void
advance(struct gap *gap, size_t to)
{
	for (; gap->at < to; gap->at++)
		gap->column += (gap->text.data[gap->at] & 0xc0) != 0x80;
}

static int
comment_add(struct gap *gap, struct error *err)
{
	struct gap_comment	*more;
	size_t			 start = gap->at, end = start;

	if (gap->count == gap->capacity) {
		gap->capacity = gap->capacity == 0 ? 16 : gap->capacity * 2;
		more = realloc(gap->waiting, gap->capacity * sizeof(*more));
		if (more == NULL)
			return err_memory(err);
		gap->waiting = more;
	}
	while (end < gap->text.len && yaml_text_break(gap->text, end) == 0)
		end++;
	gap->waiting[gap->count++] = (struct gap_comment){
		.span = { (uint32_t)start, (uint32_t)end }, .line = gap->line, .column = gap->column,
		.after = gap->after, .beside = !gap->fresh, .blank_above = gap->blank && gap->fresh,
	};
	gap->fresh = false;
	advance(gap, end);
	return 0;
}

/* Over blanks, line breaks and comments: nothing else in a gap holds a '#', and libyaml asks for no blank before it. */
static int
skip_blank(struct gap *gap, size_t upto, struct error *err)
{
	size_t width;

	while (gap->at < upto) {
		const uint8_t *p = gap->text.data + gap->at;

		if (*p == ' ' || *p == '\t') {
			gap->at++;
			gap->column++;
		} else if ((width = yaml_text_break(gap->text, gap->at)) != 0) {
			newline(gap, width);
		} else if (*p == '#') {
			if (comment_add(gap, err) != 0)
				return (int)err->kind;
		} else if (*p == 0xef && gap->column == 1 && gap->text.len - gap->at >= 3 && p[1] == 0xbb && p[2] == 0xbf) {
			advance(gap, gap->at + 3);		/* libyaml lets a byte order mark begin a line */
		} else
			break;
	}
	return 0;
}

static void
token_set(struct gap *gap, enum gap_token kind, size_t end)
{
	gap->token = (struct span){ (uint32_t)gap->at, (uint32_t)end };
	gap->token_line = gap->line;
	gap->token_column = gap->column;
	gap->token_blank = gap->blank && gap->fresh;
	advance(gap, end);
	gap->fresh = gap->blank = false;
	gap->after = kind;
	gap->end = end;
	gap->end_line = gap->line;
	gap->end_column = gap->column;
}

/* The end of a tag or anchor: libyaml has checked its characters. */
static size_t
property_end(const struct gap *gap, size_t upto)
{
	size_t	at = gap->at + 1;
	bool	verbatim = gap->text.data[gap->at] == '!' && at < upto && gap->text.data[at] == '<';
	bool	anchor = gap->text.data[gap->at] == '&';

	for (; at < upto; at++) {
		uint8_t c = gap->text.data[at];

		if (verbatim ? c == '>' : anchor && !(c == '_' || c == '-' || (c >= '0' && c <= '9') ||
		    ((c | 32) >= 'a' && (c | 32) <= 'z')))
			return at + verbatim;
		if (blank_at(gap, at) || (!verbatim && c == ','))
			break;
	}
	return at;
}

int
gap_property(struct gap *gap, size_t upto, enum gap_token *out, struct error *err)
{
	*out = GAP_END;
	if (skip_blank(gap, upto, err) != 0)
		return (int)err->kind;
	if (gap->at < upto && (gap->text.data[gap->at] == '&' || gap->text.data[gap->at] == '!')) {
		*out = gap->text.data[gap->at] == '&' ? GAP_ANCHOR : GAP_TAG;
		token_set(gap, *out, property_end(gap, upto));
	}
	return 0;
}

int
gap_next(struct gap *gap, size_t upto, enum gap_token *out, struct error *err)
{
	size_t end;

	if (gap_property(gap, upto, out, err) != 0 || *out != GAP_END)
		return (int)err->kind;
	if (gap->at >= upto)
		return 0;
	switch (gap->text.data[gap->at]) {
	case '%':
		for (end = gap->at; end < upto && yaml_text_break(gap->text, end) == 0; end++)
			if (gap->text.data[end] == '#' && blank_at(gap, end - 1))
				break;
		*out = GAP_DIRECTIVE;
		break;
	case '-':
		end = gap->at + 1;
		*out = GAP_ENTRY;
		if (!blank_at(gap, end)) {
			end = gap->at + 3 <= upto ? gap->at + 3 : upto;
			*out = GAP_START;
		}
		break;
	default:
		end = gap->at + 1;
		*out = (enum gap_token)gap->text.data[gap->at];
	}
	token_set(gap, *out, end);
	return 0;
}

int
gap_header(struct gap *gap, uint32_t *body, struct error *err)
{
	const uint8_t	*p = gap->text.data;
	size_t		 end = gap->at + 1;

	while (end < gap->text.len && (p[end] == '+' || p[end] == '-' || (p[end] >= '0' && p[end] <= '9')))
		end++;
	token_set(gap, GAP_HEADER, end);
	while (gap->at < gap->text.len && (p[gap->at] == ' ' || p[gap->at] == '\t'))
		advance(gap, gap->at + 1);
	if (gap->at < gap->text.len && p[gap->at] == '#' && comment_add(gap, err) != 0)
		return (int)err->kind;
	*body = (uint32_t)(gap->at + yaml_text_break(gap->text, gap->at));
	return 0;
}

void
gap_skip(struct gap *gap, size_t at, uint32_t line, uint32_t column, enum gap_token what)
{
	gap->at = gap->end = at;
	gap->line = gap->end_line = line;
	gap->column = gap->end_column = column;
	gap->after = what;
	gap->fresh = gap->blank = false;
}

void
gap_release(struct gap *gap)
{
	free(gap->waiting);
	gap->waiting = NULL;
	gap->count = gap->capacity = 0;
}
