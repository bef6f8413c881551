#include "yamlmerge/ini.h"

#include "base/limits.h"
#include "yamlmerge/flat.h"
#include "yamlmerge/scalar.h"

/* --- values and keys ------------------------------------------------------------------------------------------------- */

/*
 * sops prints some values so that they read back as something else: "x\" swallows the next line.  So each spelling is tried: the
 * first ${len} bytes of the line must read as what they stand for, and what is behind them as a comment that sops sees.
 */
static bool
value_reads_as(struct slice line, size_t len, struct slice text)
{
	struct error		ignored = ERROR_INIT;
	struct ini_value	value;

	return ini_read_value(line, 0, &value, &ignored) == 0 && !value.joined && (value.comment_end != 0) == (len < line.len - 1) &&
	    !value.unseen && value.start == 0 && value.end == len && value.next == line.len && slice_eq(value.text, text);
}

static bool
key_reads_as(struct slice line, struct slice text)
{
	struct error	ignored = ERROR_INIT;
	struct ini_key	key;

	return slice_find(text, '\n', 0) == text.len && ini_read_key(line, 0, line.len - 1, &key, &ignored) == 0 &&
	    slice_eq(key.name, text) && key.value == line.len - 1;
}

/* Append ${text} between two quotes if it can be read back from there, with ${tail} behind it on the line. */
static int
try_quote(struct slice text, const char *quote, bool is_key, struct slice tail, struct buf *out, bool *done, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_SECRET(LIMIT_DOCUMENT);
	size_t len;

	if (buf_str(&line, quote, err) != 0 || buf_append(&line, text, err) != 0 || buf_str(&line, quote, err) != 0)
		return (int)err->kind;
	len = line.len;
	if (buf_append(&line, tail, err) != 0 || buf_byte(&line, '\n', err) != 0)
		return (int)err->kind;
	*done = is_key ? key_reads_as(buf_slice(&line), text) : value_reads_as(buf_slice(&line), len, text);
	return *done ? buf_append(out, slice_sub(buf_slice(&line), 0, len), err) : 0;
}

static bool
has_any(struct slice text, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		if (slice_find(text, (uint8_t)*bytes, 0) < text.len)
			return true;
	return false;
}

/* The quotes that sops would choose. */
static const char *
sops_quote(struct slice text)
{
	if (has_any(text, "\n`"))
		return "\"\"\"";
	if (has_any(text, "#;"))
		return "`";
	return slice_trim(text).len != text.len ? "\"" : "";
}

static int
try_quotes(struct slice text, const char *const *quotes, struct slice tail, struct buf *out, bool *done, struct error *err)
{
	for (*done = false; *quotes != NULL && !*done; quotes++)
		if (try_quote(text, *quotes, false, tail, out, done, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
print_value(struct slice text, const char *const *quotes, struct buf *out, struct error *err)
{
	bool done;

	if (try_quotes(text, quotes, SLICE_NONE, out, &done, err) != 0)
		return (int)err->kind;
	if (done)
		return 0;
	err_set(err, ERR_TYPE, "INI has no spelling for this value");
	return err_hint(err, "use another format, with --output-type");
}

int
ini_print_value(struct slice text, struct buf *out, struct error *err)
{
	const char *const quotes[] = { sops_quote(text), "", "\"", "'", "`", "\"\"\"", NULL };

	return print_value(text, quotes, out, err);
}

/* The quotes that stand around the value of a node; "" when there are none. */
static const char *
quote_of(const struct document *doc, const struct node *node)
{
	struct slice source = slice_sub(doc->text, node->span.start, node->span.end);

	if (slice_starts(source, SLICE("\"\"\"")))
		return "\"\"\"";
	if (slice_starts(source, SLICE("`")))
		return "`";
	if (source.len == node->text.len + 2 && (source.data[0] == '"' || source.data[0] == '\''))
		return source.data[0] == '"' ? "\"" : "'";
	return "";
}

/* The comment beside a value, with the blanks in front of it. */
static struct slice
comment_beside(const struct document *doc, const struct node *node)
{
	const struct node *next = node->next;

	if (next == NULL || next->kind != NODE_COMMENT || next->style == STYLE_UNSEEN || next->item.start == next->item.end)
		return SLICE_NONE;
	return slice_sub(doc->text, node->span.end, next->item.end);
}

int
ini_print_beside(const struct document *doc, const struct node *node, struct slice text, struct buf *out, struct error *err)
{
	const char		*quote = quote_of(doc, node);
	const char *const	 kept[] = { quote, "", "\"", "'", sops_quote(text), "`", "\"\"\"", NULL };
	struct slice		 beside = comment_beside(doc, node);
	bool			 done = false;

	if (*quote == '\0' && beside.len == 0)
		return ini_print_value(text, out, err);
	/* Behind backticks and three quotes, a comment is one no more; in front of one, a "\" at the end is text. */
	if (beside.len != 0 && try_quotes(text, kept, beside, out, &done, err) != 0)
		return (int)err->kind;
	if (done)
		return 0;
	return print_value(text, kept, out, err);
}

int
ini_print_key(struct slice key, struct buf *out, struct error *err)
{
	static const char *const	quotes[] = { "", "`", "\"", "\"\"\"" };
	bool				done = false, marked = key.len != 0 && memchr("#;[", key.data[0], 3) != NULL;

	for (size_t i = has_any(key, "\"=:") || marked; i < sizeof(quotes) / sizeof(quotes[0]) && !done; i++)
		if (try_quote(key, quotes[i], true, SLICE("="), out, &done, err) != 0)
			return (int)err->kind;
	return done ? 0 : err_set(err, ERR_TYPE, "'%.*s' cannot be a key of an INI file", SLICE_ARG(key));
}

int
ini_print_section(struct slice name, struct buf *out, struct error *err)
{
	if (name.len == 0 || slice_find(name, '\n', 0) < name.len)
		return err_set(err, ERR_TYPE, "'%.*s' cannot be a section of an INI file", SLICE_ARG(name));
	return buf_byte(out, '[', err) != 0 || buf_append(out, name, err) != 0 ? (int)err->kind : buf_byte(out, ']', err);
}

/* --- comments -------------------------------------------------------------------------------------------------------- */

int
ini_print_comment(struct slice text, bool section, struct buf *out, struct error *err)
{
	struct slice line;

	for (bool first = true; slice_split(&text, '\n', &line); first = false) {
		bool marked = line.len != 0 && (line.data[0] == ';' || line.data[0] == '#');

		if ((!first && buf_byte(out, '\n', err) != 0) || buf_byte(out, marked ? line.data[0] : ';', err) != 0 ||
		    buf_byte(out, ' ', err) != 0 ||
		    buf_append(out, section && !marked ? line : slice_trim(slice_from(line, marked)), err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* The places of a comment's lines: those above, then the one beside.  From its mark to the end of the line. */
struct slots {
	struct slice	text;
	struct span	above, beside;
};

static bool
next_slot(struct slots *slots, struct span *out)
{
	while (slots->above.start < slots->above.end) {
		size_t line_end = slice_find(slots->text, '\n', slots->above.start), start = slots->above.start;

		while (start < line_end && slots->text.data[start] != ';' && slots->text.data[start] != '#')
			start++;
		*out = (struct span){ (uint32_t)start, (uint32_t)line_end };
		slots->above.start = (uint32_t)line_end + 1;
		if (start < line_end)
			return true;
	}
	*out = slots->beside;
	slots->beside = (struct span){ 0, 0 };
	return out->start < out->end;
}

static size_t
count_slots(struct slots slots)
{
	struct span	slot;
	size_t		count = 0;

	while (next_slot(&slots, &slot))
		count++;
	return count;
}

static size_t
count_lines(struct slice text)
{
	size_t count = 1;

	for (size_t at = slice_find(text, '\n', 0); at < text.len; at = slice_find(text, '\n', at + 1))
		count++;
	return count;
}

/* Do the lines behind the first begin with the marks that stand there? */
static bool
marks_fit(struct slots slots, struct slice text)
{
	struct span	slot;
	struct slice	line;

	for (bool first = true; slice_split(&text, '\n', &line) && next_slot(&slots, &slot); first = false)
		if (!first && (line.len == 0 || line.data[0] != slots.text.data[slot.start]))
			return false;
	return true;
}

/* Line by line; ${text} has as many as there are places, or one: then the places behind it keep their marks alone. */
static int
fill(struct edits *edits, struct slots slots, size_t count, struct slice text, struct error *err)
{
	struct span	slot;
	struct slice	line = SLICE_NONE, whole = slots.text;

	for (size_t i = 0; next_slot(&slots, &slot); i++) {
		size_t start = slot.start + 1, end = slot.end;

		if (!slice_split(&text, '\n', &line))
			line = SLICE_NONE;
		if (i == 0)	/* what belongs to the mark: the same again, and blanks */
			while (start < end && (whole.data[start] == whole.data[slot.start] || whole.data[start] == ' '))
				start++;
		else
			line = slice_from(line, 1);
		if (i + 1 == count)
			end = start + slice_trim(slice_sub(whole, start, end)).len +
			    (size_t)(slice_trim(slice_sub(whole, start, end)).data - (whole.data + start));
		if (edits_splice(edits, (struct span){ (uint32_t)start, (uint32_t)end }, line, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* What the comment belongs to: where the lines above it go. */
static size_t
owner_start(const struct document *doc, const struct node *comment)
{
	const struct node	*owner = comment->parent;
	size_t			 at;

	for (const struct node *item = comment->parent->child; item != comment; item = item->next)
		if (item->kind != NODE_COMMENT)
			owner = item;
	for (at = owner->item.start; at > 0 && doc->text.data[at - 1] != '\n';)
		at--;
	return at == 0 && doc->facts.bom ? 3 : at;
}

/* A section's comment is its first child; no key's is. */
static bool
is_header_comment(const struct node *comment)
{
	return comment->parent->parent != NULL && comment->parent->child == comment;
}

/* All lines above, the place beside is given up. */
static int
put_above(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF_SECRET(LIMIT_DOCUMENT);
	struct span	at = node->span, beside = node->item;
	bool		above = at.start < at.end;

	if (ini_print_comment(text, is_header_comment(node), &lines, err) != 0)
		return (int)err->kind;
	if (!above) {
		at.start = at.end = (uint32_t)owner_start(doc, node);
		if (buf_byte(&lines, '\n', err) != 0)
			return (int)err->kind;
	}
	if (beside.start < beside.end) {
		while (beside.start > 0 && (doc->text.data[beside.start - 1] == ' ' || doc->text.data[beside.start - 1] == '\t'))
			beside.start--;
		if (edits_splice(edits, beside, SLICE_NONE, err) != 0)
			return (int)err->kind;
	}
	return edits_splice(edits, at, buf_slice(&lines), err);
}

/*
 * A header ends at the last "]" of its line, so a container cannot stand beside it: it goes above, and the mark alone stays.  That
 * is how opening it knows the way back.
 */
static int
seal_beside_header(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_SECRET(LIMIT_DOCUMENT);
	struct slots	beside = { .text = doc->text, .beside = node->item };
	uint32_t	at = (uint32_t)owner_start(doc, node);

	if (fill(edits, beside, 1, SLICE_NONE, err) != 0 || buf_append(&line, SLICE("; "), err) != 0 ||
	    buf_append(&line, text, err) != 0 || buf_byte(&line, '\n', err) != 0)
		return (int)err->kind;
	return edits_splice(edits, (struct span){ at, at }, buf_slice(&line), err);
}

static int
open_beside_header(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	size_t	start = node->span.start, end = node->span.end, at = node->item.start + 1;

	while (start > 0 && doc->text.data[start - 1] != '\n')
		start--;
	while (at < doc->text.len && (doc->text.data[at] == ' ' || doc->text.data[at] == doc->text.data[node->item.start]))
		at++;
	if (edits_splice(edits, (struct span){ (uint32_t)start, (uint32_t)end + 1 }, SLICE_NONE, err) != 0)
		return (int)err->kind;
	return edits_splice(edits, (struct span){ (uint32_t)at, (uint32_t)at }, text, err);
}

int
ini_edit_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	struct slots	slots = { .text = doc->text, .above = node->span, .beside = node->item };
	size_t		count = count_slots(slots), lines = count_lines(text);
	bool		header = is_header_comment(node) && node->item.start < node->item.end && lines == 1;
	bool		bracket = slice_find(text, ']', 0) < text.len;

	if (header && count == 1 && bracket)
		return seal_beside_header(edits, doc, node, text, err);
	if (header && count == 2 && !bracket)
		return open_beside_header(edits, doc, node, text, err);
	if (lines == 1 || (lines == count && marks_fit(slots, text)))
		return fill(edits, slots, count, text, err);
	return put_above(edits, doc, node, text, err);
}

/* --- edits ----------------------------------------------------------------------------------------------------------- */

static int
must_be_section(const struct node *value, struct error *err)
{
	if (value->kind == NODE_MAP)
		return 0;
	err_set(err, ERR_TYPE, "the top level of an INI file holds sections, and values are in these");
	return err_hint(err, "use a path of two keys: '[\"section\"][\"key\"]'");
}

static int
print_scalar(const struct document *doc, const struct node *beside_opt, const struct node *value, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (flat_node_text(value, doc->syntax->scalars, &text, err) != 0)
		return (int)err->kind;
	return beside_opt != NULL ? ini_print_beside(doc, beside_opt, buf_slice(&text), out, err) :
	    ini_print_value(buf_slice(&text), out, err);
}

/* Key and value as one line, with the blanks around "=" that the last key of the section has. */
static int
print_line(const struct document *doc, const struct node *section_opt, struct slice key, const struct node *value, struct buf *out,
    struct error *err)
{
	const struct node	*last = NULL;
	struct slice		 between = SLICE(" = ");
	size_t			 before = out->len, width, blanks = 0;

	for (const struct node *item = section_opt != NULL ? section_opt->child : NULL; item != NULL; item = item->next)
		if (item->kind == NODE_SCALAR)
			last = item;
	if (last != NULL && last->key->span.end < last->span.start)
		between = slice_sub(doc->text, last->key->span.end, last->span.start);
	if (ini_print_key(key, out, err) != 0)
		return (int)err->kind;
	while (blanks < between.len && between.data[blanks] == ' ')
		blanks++;
	/* Aligned keys stay so. */
	width = last != NULL ? last->key->span.end - last->key->span.start + blanks : 0;
	between = slice_from(between, blanks);
	if (last != NULL && blanks != 0)
		blanks = width > out->len - before ? width - (out->len - before) : 1;
	if (buf_repeat(out, ' ', blanks, err) != 0 || buf_append(out, between, err) != 0)
		return (int)err->kind;
	return print_scalar(doc, NULL, value, out, err);
}

/* The keys of a map, each on a line of its own behind a line break. */
static int
print_body(const struct document *doc, const struct node *map, struct buf *out, struct error *err)
{
	for (const struct node *item = map->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT &&
		    (buf_byte(out, '\n', err) != 0 || print_line(doc, NULL, node_key(item), node_resolve(item), out, err) != 0))
			return (int)err->kind;
	return 0;
}

static size_t
header_end(const struct document *doc, const struct node *section)
{
	size_t line_end = slice_find(doc->text, '\n', section->item.start);

	return line_end < section->span.end ? line_end : section->span.end;
}

static int
ini_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct span at = node->span;

	value = node_resolve(value);
	if (node->kind != NODE_MAP)
		return print_scalar(doc, node, value, &text, err) != 0 ? (int)err->kind : edits_splice(edits, at, buf_slice(&text), err);
	if (must_be_section(value, err) != 0 || print_body(doc, value, &text, err) != 0)
		return (int)err->kind;
	if (node->key->span.end != 0)	/* it has a header */
		at.start = (uint32_t)header_end(doc, node);
	return edits_splice(edits, at, buf_slice(&text), err);
}

static const struct node *
last_section(const struct node *root)
{
	const struct node *last = root->child;

	for (const struct node *item = root->child; item != NULL; item = item->next)
		if (item->kind == NODE_MAP)
			last = item;
	return last;
}

/* Lines behind everything that the document says, or at its very beginning when that is nothing. */
static int
splice_behind(struct edits *edits, const struct document *doc, size_t at, size_t blank_lines, struct slice lines, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	bool first = at == 0 || (at == 3 && doc->facts.bom);

	if ((!first && buf_repeat(&text, '\n', 1 + blank_lines, err) != 0) || buf_append(&text, lines, err) != 0 ||
	    (first && buf_byte(&text, '\n', err) != 0))
		return (int)err->kind;
	return edits_splice(edits, (struct span){ (uint32_t)at, (uint32_t)at }, buf_slice(&text), err);
}

static int
ini_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
    const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF_SECRET(LIMIT_DOCUMENT);

	value = node_resolve(value);
	if (map->parent != NULL) {
		if (print_line(doc, map, key, value, &lines, err) != 0)
			return (int)err->kind;
		return splice_behind(edits, doc, map->span.end, 0, buf_slice(&lines), err);
	}
	if (must_be_section(value, err) != 0 || ini_print_section(key, &lines, err) != 0 ||
	    print_body(doc, value, &lines, err) != 0)
		return (int)err->kind;
	return splice_behind(edits, doc, last_section(map)->span.end, 1, buf_slice(&lines), err);
}

/* Whole lines; the comments above stay. */
static int
ini_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	size_t	start = node->item.start, end = node->kind == NODE_MAP ? node->span.end : node->item.end;

	while (start > 0 && doc->text.data[start - 1] != '\n')
		start--;
	end = slice_find(doc->text, '\n', end);
	if (end < doc->text.len)
		end++;
	else if (start > 0)
		start--;
	return edits_splice(edits, (struct span){ (uint32_t)start, (uint32_t)end }, SLICE_NONE, err);
}

const struct syntax_edits ini_node_edits = { .value = ini_value, .add_member = ini_add_member, .remove = ini_remove };
