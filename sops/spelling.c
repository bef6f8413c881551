#include "sops/spelling_formats.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "yamlmerge/number.h"
#include "yamlmerge/yaml_around.h"
#include "yamlmerge/yaml_edit.h"
#include "yamlmerge/yaml_print.h"
#include "yamlmerge/yaml_text.h"

#define SIGN	SLICE("\\x5D\"")	/* how a signed container ends: a "]" that only we write so */

void
speller_release(struct speller *speller)
{
	arena_release(&speller->store);
	buf_release(&speller->canonical);
	buf_release(&speller->text);
}

static struct slice
source_of(const struct document *doc, const struct node *node)
{
	return slice_sub(doc->text, node->span.start, node->span.end);
}

static bool
in_flow(const struct node *node)
{
	return node->parent != NULL && node->parent->style == STYLE_FLOW;
}

/* --- what may stand plain -------------------------------------------------------------------------------------------- */

static bool
is_flow_indicator(uint32_t point)
{
	return point < 128 && strchr(",[]{}", (int)point) != NULL && point != 0;
}

/* Code points that a plain scalar of one line can hold: no line break of any kind, no control character, no BOM. */
static bool
is_plain_point(uint32_t point)
{
	return point == '\t' || (point >= 0x20 && point < 0x7f) || (point >= 0xa0 && point <= 0xfffd &&
	    point != 0x2028 && point != 0x2029 && point != 0xfeff) || point > 0xffff;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Would a YAML scanner take ${text}, put on a line after "key: " (or into a flow collection), as one plain scalar? */
static bool
scans_as_plain(struct slice text, bool flow)
{
	uint32_t	point;
	size_t		len;

	if (text.len == 0 || is_blank(text.data[0]) || is_blank(text.data[text.len - 1]) ||
	    strchr("#,[]{}&*!|>'\"%@`", text.data[0]) != NULL || text.data[text.len - 1] == ':' ||
	    slice_starts(text, SLICE("---")) || slice_starts(text, SLICE("...")))
		return false;
	if (strchr("-?:", text.data[0]) != NULL &&
	    (text.len == 1 || is_blank(text.data[1]) || (flow && is_flow_indicator(text.data[1]))))
		return false;
	for (size_t i = 0; i < text.len; i += len) {
		if ((len = utf8_decode(slice_from(text, i), &point)) == 0 || !is_plain_point(point))
			return false;
		if (flow && is_flow_indicator(point))
			return false;
		if (point == '#' && is_blank(text.data[i - 1]))
			return false;
		if (point == ':' && (is_blank(text.data[i + 1]) || (flow && is_flow_indicator(text.data[i + 1]))))
			return false;
	}
	return true;
}

static size_t
digits_at(struct slice text, size_t at, bool underscores)
{
	size_t n = 0;

	while (at + n < text.len && ((text.data[at + n] >= '0' && text.data[at + n] <= '9') ||
	    (underscores && text.data[at + n] == '_')))
		n++;
	return n;
}

/* Words that readers of YAML 1.1 take for a boolean or for a number to the base 60: sops quotes them, and so do we. */
static bool
is_old_type(struct slice text)
{
	static const struct slice words[] = { SLICE("y"), SLICE("yes"), SLICE("on"), SLICE("n"), SLICE("no"), SLICE("off") };
	size_t	at = 0, n;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq_nocase(text, words[i]))
			return true;
	if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
		at++;
	if (digits_at(text, at, false) == 0)
		return false;
	at += digits_at(text, at, true);
	for (n = 0; at < text.len && text.data[at] == ':' && digits_at(text, at + 1, false) > 0; n++)
		at += 1 + digits_at(text, at + 1, false);
	return n > 0 && (at == text.len || text.data[at] == '.');
}

/* May a string be spelled plain although sops would not?  Only where every reader of a hub takes it for that string. */
static bool
string_may_be_plain(struct slice text, bool flow)
{
	return scans_as_plain(text, flow) && !is_old_type(text) && scalar_plain_is_string(text, &scalar_table_sops) &&
	    scalar_plain_is_string(text, &scalar_table_helm);
}

bool
spelling_same_scalar(const struct scalar *a, const struct scalar *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case SCALAR_INT:
		return a->integer == b->integer;
	case SCALAR_FLOAT:	/* by their bits: -0 is not 0, NaN is NaN */
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0 || (a->real != a->real && b->real != b->real);
	case SCALAR_BOOL:
		return a->boolean == b->boolean;
	default:
		return slice_eq(a->text, b->text);
	}
}

/* Does ${text}, written plain, read as the number or boolean ${scalar}? */
static int
reads_as(struct speller *speller, struct slice text, const struct scalar *scalar, bool *out, struct error *err)
{
	struct scalar again;

	*out = false;
	if (!scans_as_plain(text, true))
		return 0;
	if (scalar_resolve_plain(text, &scalar_table_sops, &speller->store, &again, err) != 0)
		return (int)err->kind;
	*out = spelling_same_scalar(scalar, &again);
	return 0;
}

/* How sops prints a value that is no string (FORMAT.md 6.5). */
static int
print_canonical(const struct scalar *scalar, struct buf *out, struct error *err)
{
	char	text[NUMBER_TEXT_MAX];
	size_t	len;
	int	rc;

	buf_truncate(out, 0);
	switch (scalar->type) {
	case SCALAR_BOOL:
		return buf_append(out, scalar->boolean ? SLICE("true") : SLICE("false"), err);
	case SCALAR_INT:
		len = number_format_int(scalar->integer, text);
		break;
	case SCALAR_FLOAT:
		len = number_format(scalar->real, NUMBER_YAML, text);
		break;
	default:
		return buf_append(out, scalar->text, err);
	}
	rc = buf_append(out, slice_of(text, len), err);
	wipe(text, sizeof(text));
	return rc;
}

/* --- before sealing -------------------------------------------------------------------------------------------------- */

/* Does a scalar that is not plain come back from its sealed form with the same bytes?  Then putting its text in its place changes nothing. */
static int
quoted_is_exact(const struct document *doc, const struct node *node, bool *out, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;

	*out = true;
	if (yaml_edit_string(&edits, doc, node, node->text, node->style, YAML_FOR_SOPS, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < edits.count && *out; i++)
		*out = slice_eq(edits.list[i].text, slice_sub(doc->text, edits.list[i].at.start, edits.list[i].at.end));
	return 0;
}

/* A plain word that is a string. */
static void
plan_plain_string(const struct document *doc, const struct node *node, struct spelling *out)
{
	struct yaml_place	place = { .column = 0, .flow = in_flow(node) };

	if (!slice_eq(source_of(doc, node), node->text) || !slice_eq(out->plain, node->text))
		return;		/* over several lines */
	if (!place.flow && yaml_print_is_plain(node->text, &place, YAML_FOR_SOPS)) {
		out->exact = true;
		return;
	}
	out->sign = out->exact = string_may_be_plain(node->text, place.flow);
}

/*
 * A plain number or boolean.  Its own spelling goes into the container when sops reads the same value from it there.
 * A spelling that is the canonical one of the container, but not what sops prints for it, needs the sign.
 */
static int
plan_plain_value(struct speller *speller, const struct document *doc, const struct node *node,
    const struct scalar *scalar, struct spelling *out, struct error *err)
{
	struct slice	source = source_of(doc, node);
	struct scalar	carried;
	struct error	ignored = ERROR_INIT;

	if (print_canonical(scalar, &speller->text, err) != 0)
		return (int)err->kind;
	out->exact = slice_eq(buf_slice(&speller->text), source);
	if (out->exact || scalar->type == SCALAR_TIME)
		return 0;
	if (value_read(out->type, source, &speller->store, &carried, &ignored) != 0 || !spelling_same_scalar(scalar, &carried))
		return 0;
	out->sign = slice_eq(source, out->plain);
	out->plain = source;
	out->exact = true;
	return 0;
}

int
spelling_plan(struct speller *speller, const struct document *doc, const struct node *node, const struct scalar *scalar,
    struct slice canonical, enum value_type type, struct spelling *out, struct error *err)
{
	*out = (struct spelling){ .type = type, .plain = canonical };
	if (doc->syntax != &syntax_yaml)
		return spelling_text_plan(doc, node, scalar, speller, out, err);
	if (node->style != STYLE_PLAIN) {
		if (type != VALUE_STR)
			return 0;	/* by its tag, which goes */
		return quoted_is_exact(doc, node, &out->exact, err);
	}
	if (node_tag(node).len != 0)
		return 0;
	if (type == VALUE_STR)
		plan_plain_string(doc, node, out);
	else if (plan_plain_value(speller, doc, node, scalar, out, err) != 0)
		return (int)err->kind;
	/* The sign is in quotes, behind which no tabs can stay on the blank lines. */
	if (out->sign && around_tabbed_end(doc, node) != 0)
		out->exact = false;
	return 0;
}

/* FORMAT.md 6.6: sops cannot load "!!int ENC[...]"; "!!str", "!" and tags that it does not know may stay. */
static bool
tag_must_go(struct slice tag)
{
	static const struct slice core[] = {
		SLICE("tag:yaml.org,2002:int"), SLICE("tag:yaml.org,2002:float"), SLICE("tag:yaml.org,2002:bool"),
		SLICE("tag:yaml.org,2002:timestamp"), SLICE("tag:yaml.org,2002:binary"), SLICE("tag:yaml.org,2002:null"),
		SLICE("tag:yaml.org,2002:merge"),
	};

	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++)
		if (slice_eq(tag, core[i]))
			return true;
	return false;
}

static int
seal_quoted(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed, bool sign,
    struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);

	if (buf_byte(&text, '"', err) != 0 ||
	    buf_append(&text, sign ? slice_sub(sealed, 0, sealed.len - 1) : sealed, err) != 0 ||
	    buf_append(&text, sign ? SIGN : SLICE("\""), err) != 0)
		return (int)err->kind;
	return yaml_edit_source(edits, doc, node, buf_slice(&text), err);
}

/* Does the header of a block scalar say to keep all line breaks at its end? */
static bool
keeps_breaks(const struct document *doc, const struct node *node)
{
	for (size_t i = node->span.start; i < node->body && doc->text.data[i] != '#' && doc->text.data[i] != '\n'; i++)
		if (doc->text.data[i] == '+')
			return true;
	return false;
}

/*
 * Nothing stands behind the container, not even a line break: sops does not mind, but other readers of its format do.  What header the
 * text needs is seen from its end when it is opened; but for a single line break that "+" keeps, so that one stays.
 */
static int
seal_block(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	size_t	end = node->text.len;

	while (end > 0 && node->text.data[end - 1] == '\n')
		end--;
	if (buf_append(&text, sealed, err) != 0 ||
	    (node->text.len - end == 1 && keeps_breaks(doc, node) && buf_byte(&text, '\n', err) != 0))
		return (int)err->kind;
	return yaml_edit_string(edits, doc, node, buf_slice(&text), node->style, YAML_FOR_SOPS, err);
}

int
spelling_seal(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed, bool sign,
    struct error *err)
{
	if (doc->syntax != &syntax_yaml)
		return spelling_text_seal(edits, doc, node, sealed, sign, err);
	if (tag_must_go(node_tag(node)) && yaml_edit_drop_tag(edits, doc, node, err) != 0)
		return (int)err->kind;
	if (sign || (node->style == STYLE_PLAIN && in_flow(node)))
		return seal_quoted(edits, doc, node, sealed, sign, err);
	if (node->style == STYLE_LITERAL || node->style == STYLE_FOLDED)
		return seal_block(edits, doc, node, sealed, err);
	if (node->style == STYLE_PLAIN)
		return yaml_edit_source(edits, doc, node, sealed, err);
	return yaml_edit_string(edits, doc, node, sealed, node->style, YAML_FOR_SOPS, err);
}

/* --- after opening --------------------------------------------------------------------------------------------------- */

bool
spelling_signed(const struct document *doc, const struct node *node)
{
	if (doc->syntax != &syntax_yaml)
		return spelling_text_signed(doc, node);
	return node->style == STYLE_DOUBLE && slice_ends(source_of(doc, node), SIGN);
}

static int
open_string(struct edits *edits, const struct document *doc, const struct node *node, struct slice plain, bool sign,
    struct error *err)
{
	if (sign && string_may_be_plain(plain, in_flow(node)))
		return yaml_edit_source(edits, doc, node, plain, err);
	return yaml_edit_string(edits, doc, node, plain, sign ? STYLE_PLAIN : node->style, YAML_FOR_SOPS, err);
}

int
spelling_open(struct speller *speller, struct edits *edits, const struct document *doc, const struct node *node,
    enum value_type type, struct slice plain, bool sign, struct error *err)
{
	struct scalar	scalar;
	bool		verbatim = false;

	if (doc->syntax != &syntax_yaml)
		return spelling_text_open(speller, edits, doc, node, type, plain, sign, err);
	if (type == VALUE_STR || type == VALUE_BYTES)
		return open_string(edits, doc, node, plain, sign, err);
	if (value_read(type, plain, &speller->store, &scalar, err) != 0)
		return (int)err->kind;
	/* "!!str" before a container that holds a number, which nobody writes: the type in the container counts. */
	if (node_tag(node).len != 0 && yaml_edit_drop_tag(edits, doc, node, err) != 0)
		return (int)err->kind;
	buf_truncate(&speller->canonical, 0);
	if (value_canonical(type, plain, &speller->canonical, err) != 0)
		return (int)err->kind;
	/* The canonical text is what sops writes into a container, whatever was in the file before it. */
	if ((sign || !slice_eq(plain, buf_slice(&speller->canonical))) && type != VALUE_TIME &&
	    reads_as(speller, plain, &scalar, &verbatim, err) != 0)
		return (int)err->kind;
	if (verbatim)
		return yaml_edit_source(edits, doc, node, plain, err);
	if (print_canonical(&scalar, &speller->text, err) != 0)
		return (int)err->kind;
	return yaml_edit_source(edits, doc, node, buf_slice(&speller->text), err);
}

/* --- comments -------------------------------------------------------------------------------------------------------- */

/* Is this the last element of a list that holds nothing but sealed comments?  Without them it would be no list any more. */
static bool
closes_empty_list(const struct node *node)
{
	const struct node *other;

	if (node->next != NULL)
		return false;
	for (other = node->parent->child; other != NULL; other = other->next)
		if (other->kind != NODE_COMMENT && !value_is_comment(node_resolve(other)->text))
			return false;
	return true;
}

/* A comment of an INI file may have several lines: each is one here, too, or it would be read as something else. */
static int
append_comment(const struct node *node, struct slice text, struct buf *out, struct error *err)
{
	size_t at = yaml_text_line(text, 0);

	if (buf_byte(out, '#', err) != 0 || buf_append(out, slice_sub(text, 0, at), err) != 0)
		return (int)err->kind;
	while (at < text.len) {
		size_t start = at + yaml_text_break(text, at);

		at = yaml_text_line(text, start);
		if (buf_byte(out, '\n', err) != 0 || buf_repeat(out, ' ', node->column - 1, err) != 0 ||
		    (!slice_starts(slice_from(text, start), SLICE("#")) && buf_append(out, SLICE("# "), err) != 0) ||
		    buf_append(out, slice_sub(text, start, at), err) != 0)
			return (int)err->kind;
	}
	return 0;
}

int
spelling_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_SECRET(LIMIT_DOCUMENT);

	if (doc->syntax != &syntax_yaml)
		return spelling_text_comment(edits, doc, node, text, err);
	if (node->kind != NODE_COMMENT && node->parent->style == STYLE_FLOW) {
		err_set(err, ERR_UNSUPPORTED, "an encrypted comment is an element of a flow list");
		err_hint(err, "write the list in block style");
		return err_at(err, node->line, node->column);
	}
	if (node->kind != NODE_COMMENT && closes_empty_list(node) && buf_append(&line, SLICE("[] "), err) != 0)
		return (int)err->kind;
	if (append_comment(node, text, &line, err) != 0)
		return (int)err->kind;
	return edits_splice(edits, node->kind == NODE_COMMENT ? node->span : node->item, buf_slice(&line), err);
}

bool
spelling_comment_needs_sign(const struct document *doc, const struct node *comment)
{
	return doc->syntax == &syntax_yaml && comment->kind == NODE_COMMENT && comment->style != STYLE_UNSEEN &&
	    comment->text.len == 0 && comment->parent->kind == NODE_LIST;
}

bool
spelling_comment_signed(const struct document *doc, const struct node *comment)
{
	return doc->syntax == &syntax_yaml && comment->kind == NODE_COMMENT && slice_ends(comment->text, SLICE("]#"));
}

int
spelling_comment_sign(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed,
    struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);

	if (buf_append(&text, sealed, err) != 0 || buf_byte(&text, '#', err) != 0)
		return (int)err->kind;
	return spelling_comment(edits, doc, node, buf_slice(&text), err);
}
