#include "sops/spelling_formats.h"

#include <math.h>

#include "base/limits.h"
#include "base/secret.h"
#include "yamlmerge/dotenv.h"
#include "yamlmerge/flat.h"
#include "yamlmerge/ini.h"
#include "yamlmerge/json_parse.h"
#include "yamlmerge/json_print.h"
#include "yamlmerge/number.h"

/*
 * JSON strings have two usual spellings: that of sops, which escapes "<", ">" and "&", and that of everybody else.  A container
 * whose closing bracket is written \u005d stood for the second; every reader of JSON takes it for the same container.  In dotenv
 * there is one spelling, in INI the quotes say which.
 */
#define SIGN	SLICE("\\u005d\"")

static struct slice
source_of(const struct document *doc, const struct node *node)
{
	return slice_sub(doc->text, node->span.start, node->span.end);
}

/* A string in the place of ${node}. */
static int
print_string(const struct document *doc, const struct node *node, struct slice text, bool sign, struct buf *out, struct error *err)
{
	if (doc->syntax == &syntax_json)
		return sign ? json_print_bare(text, out, err) : json_print_string(text, out, err);
	if (doc->syntax == &syntax_dotenv)
		return dotenv_print_value(text, out, err);
	return ini_print_beside(doc, node, text, out, err);
}

/* --- before sealing -------------------------------------------------------------------------------------------------- */

static int
plan_string(const struct document *doc, const struct node *node, struct spelling *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (print_string(doc, node, node->text, false, &text, err) != 0)
		return (int)err->kind;
	out->exact = slice_eq(buf_slice(&text), source_of(doc, node));
	if (out->exact || doc->syntax != &syntax_json)
		return 0;
	buf_reset(&text);
	if (json_print_bare(node->text, &text, err) != 0)
		return (int)err->kind;
	out->sign = out->exact = slice_eq(buf_slice(&text), source_of(doc, node));
	return 0;
}

/* How sops prints a number in JSON. */
static size_t
print_number(const struct scalar *scalar, char text[static NUMBER_TEXT_MAX])
{
	return scalar->type == SCALAR_INT ? number_format_int(scalar->integer, text) :
	    number_format(scalar->real, NUMBER_JSON, text);
}

/* A number keeps its digits inside the container where sops reads the same value from them. */
static int
plan_number(struct speller *speller, const struct document *doc, const struct node *node, const struct scalar *scalar,
    struct spelling *out, struct error *err)
{
	WIPED(digits, NUMBER_TEXT_MAX);
	struct slice	source = source_of(doc, node);
	struct error	ignored = ERROR_INIT;
	struct scalar	carried;

	out->exact = slice_eq(slice_of(digits, print_number(scalar, (char *)digits)), source);
	if (out->exact || value_read(out->type, source, &speller->store, &carried, &ignored) != 0 ||
	    !spelling_same_scalar(scalar, &carried))
		return ignored.kind == ERR_MEMORY ? err_memory(err) : 0;
	out->sign = slice_eq(source, out->plain);
	out->plain = source;
	out->exact = true;
	return 0;
}

int
spelling_text_plan(const struct document *doc, const struct node *node, const struct scalar *scalar, struct speller *speller,
    struct spelling *out, struct error *err)
{
	if (scalar->type == SCALAR_INT || scalar->type == SCALAR_FLOAT)
		return plan_number(speller, doc, node, scalar, out, err);
	if (scalar->type == SCALAR_STRING)
		return plan_string(doc, node, out, err);
	out->exact = true;
	return 0;
}

int
spelling_text_seal(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed, bool sign,
    struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);

	if (doc->syntax != &syntax_json)
		return print_string(doc, node, sealed, false, &text, err) != 0 ? (int)err->kind :
		    edits_replace(edits, node, buf_slice(&text), err);
	/* A container holds nothing that must be escaped. */
	if (buf_byte(&text, '"', err) != 0 ||
	    buf_append(&text, sign ? slice_sub(sealed, 0, sealed.len - 1) : sealed, err) != 0 ||
	    buf_append(&text, sign ? SIGN : SLICE("\""), err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&text), err);
}

/* --- after opening --------------------------------------------------------------------------------------------------- */

bool
spelling_text_signed(const struct document *doc, const struct node *node)
{
	return doc->syntax == &syntax_json && slice_ends(source_of(doc, node), SIGN);
}

/* May the digits in the container stand in JSON as they are?  They may come from any writer. */
static int
keeps_digits(struct speller *speller, const struct scalar *scalar, enum value_type type, struct slice plain, bool sign, bool *out,
    struct error *err)
{
	struct scalar again;

	*out = false;
	buf_truncate(&speller->canonical, 0);
	if (value_canonical(type, plain, &speller->canonical, err) != 0)
		return (int)err->kind;
	if ((!sign && slice_eq(plain, buf_slice(&speller->canonical))) || !json_is_number(plain))
		return 0;
	if (scalar_resolve_plain(plain, &scalar_table_json, &speller->store, &again, err) != 0)
		return (int)err->kind;
	*out = spelling_same_scalar(scalar, &again);
	return 0;
}

static int
open_json(struct speller *speller, enum value_type type, struct slice plain, bool sign, const struct scalar *scalar, struct buf *out,
    struct error *err)
{
	WIPED(digits, NUMBER_TEXT_MAX);
	bool verbatim;

	if (scalar->type == SCALAR_BOOL)
		return buf_append(out, scalar->boolean ? SLICE("true") : SLICE("false"), err);
	if (scalar->type != SCALAR_INT && scalar->type != SCALAR_FLOAT)
		return json_print_string(scalar->text, out, err);
	if (scalar->type == SCALAR_FLOAT && !isfinite(scalar->real))
		return err_set(err, ERR_TYPE, "JSON cannot hold an infinity or NaN");
	if (keeps_digits(speller, scalar, type, plain, sign, &verbatim, err) != 0)
		return (int)err->kind;
	if (verbatim)
		return buf_append(out, plain, err);
	return buf_append(out, slice_of(digits, print_number(scalar, (char *)digits)), err);
}

int
spelling_text_open(struct speller *speller, struct edits *edits, const struct document *doc, const struct node *node,
    enum value_type type, struct slice plain, bool sign, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT), text = BUF_SECRET(LIMIT_DOCUMENT);
	struct scalar scalar;

	if (type == VALUE_STR || type == VALUE_BYTES) {
		if (print_string(doc, node, plain, sign, &out, err) != 0)
			return (int)err->kind;
		return edits_replace(edits, node, buf_slice(&out), err);
	}
	if (value_read(type, plain, &speller->store, &scalar, err) != 0)
		return (int)err->kind;
	if (doc->syntax == &syntax_json) {
		if (open_json(speller, type, plain, sign, &scalar, &out, err) != 0)
			return (int)err->kind;
	} else if (flat_text(&scalar, &text, err) != 0 || print_string(doc, node, buf_slice(&text), false, &out, err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&out), err);
}

/* --- comments -------------------------------------------------------------------------------------------------------- */

static size_t
blanks_before(struct slice text, size_t at)
{
	while (at > 0 && memchr(" \t\r\n", text.data[at - 1], 4) != NULL)
		at--;
	return at;
}

/*
 * JSON has none: what sops made of one in a list goes when it is opened, and the comma with it.  As long as nothing but
 * comments stands before it, that is the one behind, else the one before.  Elements come in order: the last edit says
 * what became of the one before.
 */
static int
remove_element(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct edit	*last = edits->count != 0 ? &edits->list[edits->count - 1] : NULL;
	size_t			 before = blanks_before(doc->text, node->item.start);
	bool			 leading = doc->text.data[before - 1] == '[' ||
	    (last != NULL && last->text.len == 0 && last->at.end == node->item.start && last->at.start < last->at.end);
	struct span		 at = { node->item.start, node->parent->span.end - 1 };

	if (!leading)
		at = (struct span){ (uint32_t)blanks_before(doc->text, before - 1), node->span.end };
	else if (node->next != NULL)
		at.end = node->next->item.start;
	return edits_splice(edits, at, SLICE_NONE, err);
}

int
spelling_text_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_SECRET(LIMIT_DOCUMENT);

	if (node->kind != NODE_COMMENT)
		return value_is_comment(text) ? edits_replace(edits, node, text, err) : remove_element(edits, doc, node, err);
	if (doc->syntax == &syntax_ini)
		return ini_edit_comment(edits, doc, node, text, err);
	if (buf_byte(&line, '#', err) != 0 || dotenv_print_value(text, &line, err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&line), err);
}
