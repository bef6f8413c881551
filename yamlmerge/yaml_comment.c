#include "yamlmerge/yaml_comment.h"

#include <stdlib.h>

#include "yamlmerge/yaml_text.h"

static bool
blank_at(const struct gap *gap, size_t at)
{
	return at >= gap->text.len || gap->text.data[at] == ' ' || gap->text.data[at] == '\t' || yaml_text_break(gap->text, at) != 0;
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

		if (verbatim ? c == '>' : anchor && !(c == '_' || c == '-' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')))
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

/* --- comments behind a block (FORMAT.md, comments) ------------------------------------------------------------------------- */

#define NO_HOME	UINT32_MAX

/* A list counts as the map around it. */
static uint32_t
home_of(const struct after_block *scene, size_t ended)
{
	while (ended < scene->count && scene->ended[ended].node->kind == NODE_LIST)
		ended++;
	return (uint32_t)ended;
}

/* The ended container that stands in exactly this column, or ${next}. */
static uint32_t
home_at(const struct after_block *scene, uint32_t column)
{
	for (size_t i = 0; i < scene->count; i++)
		if (scene->ended[i].node->column == column)
			return home_of(scene, i);
	return (uint32_t)scene->count;
}

/*
 * Step 1.  A line left of the innermost container begins a new chunk unless it stands below the first line of its own; so does
 * the line behind the first empty line, if none stands above them all.  Returns the number of chunks.
 */
static uint32_t
chunks_cut(const struct after_block *scene, const struct node *inner)
{
	struct gap_comment	*c = scene->comments;
	uint32_t		 chunk = 0, column = c[0].column;
	bool			 cut = c[0].blank_above;
	bool			 open_key = scene->after_empty && inner->kind == NODE_MAP && c[0].column >= inner->column;

	for (size_t i = 1; i < scene->n; i++) {
		bool left = c[i].column < inner->column && c[i].column != column;

		if (left || (c[i].blank_above && !cut && !(open_key && chunk == 0))) {
			chunk++;
			column = c[i].column;
		}
		cut = cut || c[i].blank_above;
		c[i].chunk = chunk;
	}
	return chunk + 1;
}

/* The lines of chunks [from, to] that have no place yet. */
static void
settle(const struct after_block *scene, uint32_t from, uint32_t to, uint32_t home)
{
	struct gap_comment *c = scene->comments;

	for (size_t i = 0; i < scene->n && c[i].chunk <= to; i++)
		if (c[i].chunk >= from && c[i].home == NO_HOME)
			c[i].home = home;
}

/* The innermost container; not a list whose last element is empty. */
static uint32_t
home_first(const struct after_block *scene)
{
	return scene->after_empty ? home_of(scene, 0) : 0;
}

/* Step 5. */
static void
several_chunks(const struct after_block *scene, uint32_t chunks, bool foot)
{
	struct gap_comment	*c = scene->comments;
	bool			 blank = c[0].blank_above;
	size_t			 i;

	if (!foot || c[0].column >= scene->ended[0].node->column)
		settle(scene, 0, 0, home_first(scene));
	for (size_t e = 0; e < scene->count; e++) {
		for (i = 0; i < scene->n; i++)
			if ((i == 0 || c[i].chunk != c[i - 1].chunk) && c[i].column == scene->ended[e].node->column)
				break;
		if (i == scene->n || c[i].home != NO_HOME)
			continue;
		/* sops has one place for both and keeps the second. */
		for (size_t k = 0; !scene->after_empty && k < scene->n && c[k].chunk == 0 && home_of(scene, e) == 0; k++)
			c[k].lost = c[k].home == 0;
		settle(scene, 0, c[i].chunk, home_of(scene, e));
	}
	for (i = 1; i < scene->n; i++)
		blank = blank || c[i].blank_above;
	for (i = 0; i < scene->n; i++)
		if (c[i].home == NO_HOME || (scene->at_end && blank && c[i].chunk == chunks - 1))
			c[i].home = (uint32_t)scene->count;
}

/*
 * Late: behind the end of an element sops has no place before the next one for any lines but those that stand in its column
 * just above it: the others come behind the first thing that the next element says.
 */
static void
mark_late(const struct after_block *scene, uint32_t chunks, bool foot)
{
	struct gap_comment	*c = scene->comments;
	uint32_t		 column = 0;
	bool			 ended = scene->blank_after && !c[0].blank_above;	/* the last chunk by the first empty line */

	if (scene->next->kind != NODE_LIST || scene->next->style == STYLE_FLOW || scene->at_end)
		return;
	for (size_t i = 1; i < scene->n; i++)
		ended = ended && !c[i].blank_above;
	for (size_t i = 0; i < scene->n; i++) {
		if (i == 0 || c[i].chunk != c[i - 1].chunk)
			column = c[i].column;
		if (scene->count == 0)
			c[i].late = foot && c[i].chunk == 0 && column < scene->next->column;
		else if (c[i].home == scene->count)
			c[i].late = c[i].chunk != chunks - 1 || ended || column != scene->column;
	}
}

/*
 * Between two members of one map sops keeps of several chunks above the first empty line only the last, as the foot of the
 * member before.
 */
static void
mark_lost(const struct after_block *scene)
{
	struct gap_comment	*c = scene->comments;
	size_t			 i, k;

	if (scene->count != 0 || scene->next->kind != NODE_MAP || scene->at_end || c[0].blank_above)
		return;
	for (i = 1; i < scene->n && !c[i].blank_above; i++)
		;
	if (i < scene->n || scene->blank_after)
		for (k = 0; k < i && c[k].chunk != c[i - 1].chunk; k++)
			c[k].lost = true;
}

void
comments_after_block(const struct after_block *scene)
{
	struct gap_comment	*c = scene->comments;
	const struct node	*inner = scene->count != 0 ? scene->ended[0].node : scene->next;
	uint32_t		 chunks, home;
	bool			 foot, blank;
	size_t			 i;

	if (scene->n == 0)
		return;
	for (i = 0; i < scene->n; i++) {
		c[i].home = NO_HOME;
		c[i].chunk = 0;
		c[i].lost = c[i].late = false;
	}
	chunks = chunks_cut(scene, inner);
	/* Step 2: no empty line above, one below. */
	for (i = 1; i < scene->n && c[i].chunk == 0; i++)
		;
	blank = i < scene->n ? c[i].blank_above && !c[i - 1].carried : scene->blank_after || scene->at_end;
	foot = !c[0].blank_above && blank;
	if (scene->count == 0)
		home = 0;
	else if (!foot && chunks == 1 && scene->count == 1 && inner->kind == NODE_LIST && inner->key != NULL &&
	    inner->column == scene->next->column)
		home = 1;
	else if (scene->at_end && (scene->after_empty || (chunks == 1 && c[0].blank_above)))
		home = (uint32_t)scene->count;
	else if (chunks > 1) {
		several_chunks(scene, chunks, foot);
		home = (uint32_t)scene->count;
	} else if (foot)	/* step 4 */
		home = c[0].column >= inner->column ? home_first(scene) : home_at(scene, c[0].column);
	else
		home = c[0].column == scene->column ? (uint32_t)scene->count : home_first(scene);
	settle(scene, 0, chunks - 1, home);
	mark_late(scene, chunks, foot);
	mark_lost(scene);
}
