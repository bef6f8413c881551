/* The values of --set and its kin. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "yamlmerge/json_parse.h"
#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/strvals_parts.h"

#define SAFE_INTEGER	(INT64_C(1) << 53)
#define PLAIN_INTEGER	1000000		/* from here on a template prints a number of a file with an exponent */

static int
remark(struct setter *s, const char *text)
{
	return merge_remark(s->merged, &s->merged->warnings, s->layer, s->strvals->number, text, s->err);
}

/* --- typed words ------------------------------------------------------------------------------------------------------ */

static int
set_string(struct merge_value *value, struct slice text)
{
	value->kind = MERGE_STRING;
	value->text = text;
	return 0;
}

/*
 * Helm keeps an integer of --set as one, where every number of a file is a double: templates see a difference.  A file
 * cannot say what --set says.
 */
static int
set_integer(struct setter *s, int64_t integer, size_t at, struct merge_value *value)
{
	WIPED(text, NUMBER_TEXT_MAX);
	size_t len = number_format_int(integer, (char *)text);

	if (integer > SAFE_INTEGER || integer < -SAFE_INTEGER) {
		(void)setter_fail(s, ERR_RANGE, at, "an integer beyond 2^53, which no values file carries to Helm");
		return err_hint(s->err, "use --set-string if it is a name, or give it to helm itself");
	}
	if ((integer >= PLAIN_INTEGER || integer <= -PLAIN_INTEGER) && remark(s, "an integer that templates print with an exponent when it "
	    "comes from a file, and with all digits from helm's own --set: use --set-string if it is a name") != 0)
		return (int)s->err->kind;
	value->kind = MERGE_NUMBER;
	value->number = (double)integer;
	return arena_copy(&s->merged->arena, slice_of(text, len), &value->text, s->err);
}

static int
set_typed(struct setter *s, struct slice word, size_t at, struct merge_value *value)
{
	int64_t integer;

	if (slice_eq_nocase(word, SLICE("true")) || slice_eq_nocase(word, SLICE("false"))) {
		value->kind = MERGE_BOOL;
		value->boolean = word.len == 4;
		return 0;
	}
	if (slice_eq_nocase(word, SLICE("null")))
		return 0;
	if ((word.len == 1 || (word.len > 0 && word.data[0] != '0')) && number_parse_int(word, &integer) == NUMBER_OK)
		return set_integer(s, integer, at, value);
	return set_string(value, word);
}

static int
set_file(struct setter *s, struct slice word, size_t at, struct merge_value *value)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(LIMIT_DOCUMENT), path = BUF(MIB);
	struct slice			copy;

	if (buf_append(&path, word, s->err) != 0 || buf_terminate(&path, s->err) != 0)
		return (int)s->err->kind;
	if (slice_eq(word, SLICE("-")) ? file_read_fd(STDIN_FILENO, &bytes, s->err) != 0 :
	    file_read((const char *)path.data, &bytes, s->err) != 0) {
		(void)err_wrap(s->err, "cannot read '%.*s'", SLICE_ARG(word));
		return setter_place(s, at);
	}
	if (arena_copy(&s->merged->arena, buf_slice(&bytes), &copy, s->err) != 0)
		return (int)s->err->kind;
	value->kind = MERGE_STRING;
	return scalar_make_utf8(copy, &s->merged->arena, &value->text, s->err);
}

/* One word between commas, or inside of braces. */
static int
word_value(struct setter *s, const char *stops, char *stop, struct merge_value **out)
{
	struct slice	word;
	size_t		at = s->at;

	if (setter_word(s, stops, &word, stop) != 0 || setter_new(s, MERGE_NULL, at, out) != 0)
		return (int)s->err->kind;
	if (s->strvals->kind == STRVALS_FILE)
		return set_file(s, word, at, *out);
	return s->strvals->kind == STRVALS_TYPED ? set_typed(s, word, at, *out) : set_string(*out, word);
}

/* Behind a "{". */
static int
list_value(struct setter *s, struct merge_value **out)
{
	struct merge_value	*element;
	size_t			 start = s->at - 1;
	char			 stop = ',';

	if (setter_new(s, MERGE_LIST, start, out) != 0)
		return (int)s->err->kind;
	while (stop == ',')
		if (word_value(s, ",}", &stop, &element) != 0 || merge_tree_append(s->merged, *out, element, s->err) != 0)
			return (int)s->err->kind;
	if (stop != '}')
		return setter_fail(s, ERR_SYNTAX, start, "a list without a '}'");
	if (s->at < s->text.len && s->text.data[s->at] == ',')
		s->at++;
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

/* What separates values: white space as Unicode has it. */
static size_t
blank_at(struct slice text, size_t at)
{
	uint32_t	point;
	size_t		n = utf8_decode(slice_from(text, at), &point);

	if (n == 0)
		return 0;
	return (point >= '\t' && point <= '\r') || point == ' ' || point == 0x85 || point == 0xa0 || point == 0x1680 ||
	    (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f ||
	    point == 0x3000 ? n : 0;
}

static void
skip_blanks(struct setter *s)
{
	size_t n;

	while (s->at < s->text.len && (n = blank_at(s->text, s->at)) > 0)
		s->at += n;
}

static size_t
digits(struct slice text, size_t at)
{
	while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
		at++;
	return at;
}

static bool
is_at(struct slice text, size_t at, const char *set)
{
	return at < text.len && text.data[at] != '\0' && strchr(set, text.data[at]) != NULL;
}

static size_t
end_of_number(struct slice text, size_t at)
{
	at += is_at(text, at, "-");
	at = is_at(text, at, "0") ? at + 1 : digits(text, at);
	if (is_at(text, at, "."))
		at = digits(text, at + 1);
	if (is_at(text, at, "eE")) {
		at += 1 + is_at(text, at + 1, "+-");
		at = digits(text, at);
	}
	return at;
}

static size_t
end_of_string(struct slice text, size_t at)
{
	for (at++; at < text.len && text.data[at] != '"'; at++)
		at += text.data[at] == '\\';
	return at < text.len ? at + 1 : text.len;
}

/* Where the JSON value at ${at} ends, if it is one: the parser judges that. */
static size_t
end_of_json(struct slice text, size_t at)
{
	size_t depth = 0;

	if (is_at(text, at, "-0123456789"))
		return end_of_number(text, at);
	if (is_at(text, at, "tfn"))
		return at + (text.data[at] == 'f' ? 5 : 4) < text.len ? at + (text.data[at] == 'f' ? 5 : 4) : text.len;
	do {
		if (is_at(text, at, "\"")) {
			at = end_of_string(text, at);
			continue;
		}
		depth += is_at(text, at, "[{");
		depth -= depth > 0 && is_at(text, at, "]}");
		at++;
	} while (depth > 0 && at < text.len);
	return at < text.len ? at : text.len;
}

static int	convert(struct setter *s, const struct node *node, size_t at, struct merge_value **out);

static int
convert_items(struct setter *s, const struct node *node, size_t at, struct merge_value *into)
{
	struct merge_value	*value, *there;
	struct slice		 key;
	const struct node	*child;

	for (child = node->child; child != NULL; child = child->next) {
		if (convert(s, child, at, &value) != 0)
			return (int)s->err->kind;
		if (node->kind == NODE_MAP) {
			if (arena_copy(&s->merged->arena, child->key->text, &key, s->err) != 0)
				return (int)s->err->kind;
			value->key = key;
			if ((there = merge_member(into, key)) != NULL) {
				if (merge_tree_assign(s->merged, there, value, s->err) != 0)
					return (int)s->err->kind;
				continue;
			}
		}
		if (merge_tree_append(s->merged, into, value, s->err) != 0)
			return (int)s->err->kind;
	}
	return 0;
}

static int
convert_number(struct setter *s, struct slice text, size_t at, struct merge_value *value)
{
	int64_t integer;

	value->kind = MERGE_NUMBER;
	if (number_parse_float(text, &value->number) != NUMBER_OK)
		return setter_fail(s, ERR_RANGE, at, "a number beyond the range of a double");
	/* An integer keeps its digits; a negative zero is none. */
	if (number_parse_int(text, &integer) != NUMBER_OK || (value->number == 0 && signbit(value->number)))
		return merge_tree_float(s->merged, value->number, &value->text, s->err);
	if ((integer > SAFE_INTEGER || integer < -SAFE_INTEGER) &&
	    remark(s, "an integer that Helm rounds to a double: quote it if it is a name") != 0)
		return (int)s->err->kind;
	return arena_copy(&s->merged->arena, text, &value->text, s->err);
}

/* Depth is bounded by the parser. */
static int
convert(struct setter *s, const struct node *node, size_t at, struct merge_value **out)
{
	if (setter_new(s, node->kind == NODE_MAP ? MERGE_MAP : node->kind == NODE_LIST ? MERGE_LIST : MERGE_NULL, at, out) != 0)
		return (int)s->err->kind;
	if (node->kind != NODE_SCALAR)
		return convert_items(s, node, at, *out);
	if (node->style == STYLE_DOUBLE) {
		(*out)->kind = MERGE_STRING;
		return arena_copy(&s->merged->arena, node->text, &(*out)->text, s->err);
	}
	if (slice_eq(node->text, SLICE("null")))
		return 0;
	if (!slice_eq(node->text, SLICE("true")) && !slice_eq(node->text, SLICE("false")))
		return convert_number(s, node->text, at, *out);
	(*out)->kind = MERGE_BOOL;
	(*out)->boolean = node->text.len == 4;
	return 0;
}

/* The value at s->at. */
static int
read_json(struct setter *s, struct merge_value **out)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 why = ERROR_INIT;
	size_t					 start = s->at, end = end_of_json(s->text, s->at);

	/* The parser's message could quote a value. */
	if (document_parse(slice_sub(s->text, start, end), &syntax_json, &doc, &why) != 0 || doc->roots != 1 ||
	    doc->facts.trailing_line != 0)
		return setter_fail(s, why.kind == ERR_MEMORY || why.kind == ERR_LIMIT || why.kind == ERR_RANGE ? why.kind : ERR_SYNTAX, start,
		    "this is no JSON that Helm takes");
	s->at = end;
	return convert(s, doc->root[0], start, out);
}

static int
json_value(struct setter *s, struct merge_value **out)
{
	size_t start = s->at;

	skip_blanks(s);
	if (s->at == s->text.len || s->text.data[s->at] == ',') {
		if (setter_new(s, MERGE_NULL, start, out) != 0)
			return (int)s->err->kind;
	} else if (read_json(s, out) != 0)
		return (int)s->err->kind;
	skip_blanks(s);
	if (s->at < s->text.len && s->text.data[s->at] == ',')
		s->at++;
	return 0;
}

int
setter_object(struct setter *s, struct merge_value **out)
{
	if (read_json(s, out) != 0)
		return (int)s->err->kind;
	skip_blanks(s);
	if (s->at < s->text.len)
		return setter_fail(s, ERR_SYNTAX, s->at, "text behind the object");
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------------- */

int
setter_value(struct setter *s, struct merge_value **out)
{
	char		stop;
	struct slice	word;

	if (s->strvals->kind == STRVALS_JSON)
		return json_value(s, out);
	/* Nothing behind the "=" is an empty string, and for --set-file no file either. */
	if (s->at == s->text.len || s->strvals->kind == STRVALS_LITERAL) {
		if (setter_new(s, MERGE_STRING, s->at, out) != 0)
			return (int)s->err->kind;
		word = slice_from(s->text, s->at);
		s->at = s->text.len;
		return arena_copy(&s->merged->arena, word, &word, s->err) != 0 ? (int)s->err->kind :
		    scalar_make_utf8(word, &s->merged->arena, &(*out)->text, s->err);
	}
	if (s->text.data[s->at] != '{')
		return word_value(s, ",", &stop, out);
	s->at++;
	return list_value(s, out);
}
