#include "yamlmerge/layer.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "yamlmerge/scalar.h"

#define PIECES_MAX	100		/* each costs a look at all the text above it */

/* "---" and "..." at the beginning of a line: the next from ${from} on, or text.len. */
static size_t
find_marker(struct slice text, const char *marker, size_t from)
{
	size_t		 start = slice_starts(text, SLICE("\xef\xbb\xbf")) ? 3 : 0;
	const uint8_t	*found;
	char		 line[4] = { '\n', marker[0], marker[0], marker[0] };

	if (from <= start && slice_starts(slice_from(text, start), slice_of(marker, 3)))
		return start;
	if (from > 0)
		from--;
	found = from < text.len ? memmem(text.data + from, text.len - from, line, 4) : NULL;
	return found != NULL ? (size_t)(found - text.data) + 1 : text.len;
}

/* What stands behind a marker on its line. */
static struct slice
rest_of_line(struct slice text, size_t at)
{
	return slice_sub(text, at, slice_find(text, '\n', at));
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Nothing, or blanks and perhaps a comment behind them. */
static bool
says_nothing(struct slice rest)
{
	size_t i = 0;

	while (i < rest.len && is_blank(rest.data[i]))
		i++;
	return i == rest.len || (i > 0 && rest.data[i] == '#');
}

static uint32_t
line_of(struct slice text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text.data[i] == '\n';
	return line;
}

static int
refuse(struct layer *layer, uint32_t line, struct error *err, const char *what, const char *hint)
{
	(void)err_set(err, ERR_REFUSED, "%s", what);
	(void)err_hint(err, "%s", hint);
	if (line > 0)
		(void)err_at(err, line, 1);
	return err_file(err, layer->path);
}

/* Helm 4 cuts a file at lines that begin with "---", before it looks at the YAML. */
static int
check_separators(struct layer *layer, struct slice text, struct error *err)
{
	for (size_t at = find_marker(text, "---", 0); at < text.len; at = find_marker(text, "---", at + 3))
		if (!says_nothing(rest_of_line(text, at + 3)))
			return refuse(layer, line_of(text, at), err,
			    "a line begins with '---' and goes on, which Helm 4 does not read as Helm 3 does",
			    "put what follows on a line of its own, or indent the line");
	return 0;
}

/*
 * Helm reads nothing behind a "..." line, not even for its syntax, unless a "---" line follows (which Helm 4 cuts at).
 * Returns how much of the text counts.
 */
static size_t
end_of_document(struct layer *layer, struct slice text)
{
	size_t at, end;

	for (at = find_marker(text, "...", 0); at < text.len; at = find_marker(text, "...", at + 3))
		if (at + 3 == text.len || is_blank(text.data[at + 3]) || text.data[at + 3] == '\n')
			break;
	if (at == text.len || find_marker(text, "---", at) != text.len)
		return text.len;
	end = slice_find(text, '\n', at);
	end += end < text.len;
	for (size_t line = end; line < text.len; line = slice_find(text, '\n', line) + 1) {
		struct slice rest = slice_trim(rest_of_line(text, line));

		if (rest.len > 0 && rest.data[0] != '#') {
			layer->ignored_line = line_of(text, line);
			break;
		}
	}
	return end;
}

/* null, ~ or nothing. */
static int
is_empty(struct layer *layer, const struct node *root, bool *out, struct error *err)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct scalar				scalar;

	*out = false;
	if (root->kind != NODE_SCALAR)
		return 0;
	if (scalar_resolve(root, &scalar_table_helm, &store, &scalar, err) != 0)
		return err_file(err, layer->path);
	*out = scalar.type == SCALAR_NULL;
	return 0;
}

/* Only the first document counts for Helm 3; Helm 4 merges them all, and gives each of its own here. */
static int
check_documents(struct layer *layer, enum layer_helm helm, struct error *err)
{
	bool empty = false;

	for (size_t i = 0; i < layer->doc->roots && (i == 0 || helm == HELM_BOTH); i++) {
		const struct node *root = layer->doc->root[i];

		if (is_empty(layer, root, &empty, err) != 0)
			return (int)err->kind;
		if (!empty && i > 0)
			return refuse(layer, root->line, err, "a second document in one file: Helm 3 ignores it and Helm 4 merges it",
			    "make it a file of its own, or remove the '---'; or say which version counts: --helm 3 or --helm 4");
		if (!empty && root->kind != NODE_MAP) {
			(void)err_set(err, ERR_TYPE, "the values are a %s, not a map", root->kind == NODE_LIST ? "list" : "scalar");
			(void)err_at(err, root->line, root->column);
			return err_file(err, layer->path);
		}
		if (!empty)
			layer->root = root;
	}
	return 0;
}

/* What else the two major versions of Helm read differently; a layer that sops prints anew has none of it. */
static int
check_facts(struct layer *layer, struct error *err)
{
	const struct document_facts *facts = &layer->doc->facts;

	if (facts->utf16)
		return refuse(layer, 0, err, "the file is UTF-16, which Helm 4 does not read", "save it as UTF-8");
	if (facts->directive_line != 0)
		return refuse(layer, facts->directive_line, err, "a YAML directive, which Helm 4 does not read", "remove the line");
	if (facts->cut_block_line != 0)
		return refuse(layer, facts->cut_block_line, err,
		    "the file ends inside this text without a line break: Helm 4 adds one to it and Helm 3 does not",
		    "end the file with a line break, or write '|-' or '>-'");
	return 0;
}

static int
read_both(struct layer *layer, struct slice bytes, struct error *err)
{
	struct slice text = slice_sub(bytes, 0, end_of_document(layer, bytes));

	if (document_parse(text, &syntax_yaml, &layer->doc, err) != 0)
		return err_file(err, layer->path);
	if (check_facts(layer, err) != 0 || check_separators(layer, text, err) != 0)
		return (int)err->kind;
	return check_documents(layer, HELM_BOTH, err);
}

/* --- as one version reads it ------------------------------------------------------------------------------------------ */

static bool
is_marker(struct slice line, const char *marker)
{
	return slice_starts(line, slice_of(marker, 3)) && (line.len == 3 || is_blank(line.data[3]));
}

/* Where the first document of the text ends; what is behind it may be anything, for it is not even parsed. */
static size_t
end_of_first(struct slice text)
{
	bool	begun = false;
	size_t	end;

	for (size_t at = 0; at < text.len; at = end + 1) {
		struct slice line, words;

		end = slice_find(text, '\n', at);
		line = slice_sub(text, at, end);
		words = slice_trim(line);
		if (begun && (is_marker(line, "---") || is_marker(line, "...")))
			return at;
		/* Comments and directives are before the document. */
		begun |= words.len > 0 && words.data[0] != '#' && line.data[0] != '%';
	}
	return text.len;
}

/* ${text} as one document, which ${layer} then is. */
static int
read_first(struct layer *layer, struct slice text, enum layer_helm helm, struct error *err)
{
	size_t end = end_of_first(text);

	if (document_parse(slice_sub(text, 0, end), &syntax_yaml, &layer->doc, err) != 0)
		return err_file(err, layer->path);
	if (end < text.len)
		layer->ignored_line = line_of(text, end);
	if (layer->doc->facts.version_line != 0)
		return refuse(layer, layer->doc->facts.version_line, err, "Helm knows no YAML but 1.1", "remove the line");
	return check_documents(layer, helm, err);
}

/* The text from ${at} on up to the next separator, which Helm 4 takes for a file; ${next} is behind that. */
static int
cut_piece(struct layer *layer, struct slice text, size_t at, struct slice *out, size_t *next, struct error *err)
{
	size_t end = find_marker(text, "---", at);

	*out = slice_sub(text, at, end);
	*next = text.len;
	if (end == text.len)
		return 0;
	if (!says_nothing(rest_of_line(text, end + 3)))
		return refuse(layer, line_of(text, end), err, "a line begins with '---' and goes on, which Helm 4 does not take",
		    "put what follows on a line of its own, or indent the line");
	*next = slice_find(text, '\n', end);
	*next += *next < text.len;
	return 0;
}

/* One piece, with line breaks in place of the lines above it and the line break that Helm 4 adds. */
static int
read_piece(struct layer *layer, struct slice text, struct slice piece, struct error *err)
{
	CLEANUP(buf_release) struct buf	copy = BUF_SECRET(LIMIT_DOCUMENT);
	uint32_t			lines = line_of(text, (size_t)(piece.data - text.data)) - 1;

	if (buf_repeat(&copy, '\n', lines, err) != 0 || buf_append(&copy, piece, err) != 0 ||
	    (!slice_ends(piece, SLICE("\n")) && buf_byte(&copy, '\n', err) != 0))
		return err_file(err, layer->path);
	if (read_first(layer, buf_slice(&copy), HELM_4, err) != 0)
		return (int)err->kind;
	if (layer->doc->facts.utf16)
		return refuse(layer, 0, err, "the file is UTF-16, which Helm 4 does not read", "save it as UTF-8");
	if (layer->doc->facts.directive_line != 0)
		return refuse(layer, layer->doc->facts.directive_line, err, "a YAML directive, which Helm 4 does not read", "remove the line");
	return 0;
}

static int
read_pieces(struct layer *layer, struct slice text, struct error *err)
{
	struct slice	piece;
	size_t		at = 0, pieces = 0;

	do {
		if (cut_piece(layer, text, at, &piece, &at, err) != 0)
			return (int)err->kind;
		if (++pieces > PIECES_MAX)
			return err_set(err, ERR_LIMIT, "more than %d documents", PIECES_MAX);
		if (pieces > 1) {
			if (layer_new(layer->path, layer->role, &layer->above, err) != 0)
				return (int)err->kind;
			layer->above->secret = layer->secret;
			layer->above->encrypted = layer->encrypted;
			layer = layer->above;
		}
		if (read_piece(layer, text, piece, err) != 0)
			return (int)err->kind;
	} while (at < text.len);
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------------------------------- */

static void
opened_release(struct layer_opened *opened)
{
	document_free(opened->doc);
	buf_release(&opened->text);
}

static int
read_plain(struct layer *layer, struct slice bytes, enum layer_helm helm, struct error *err)
{
	if (helm == HELM_BOTH)
		return read_both(layer, bytes, err);
	return helm == HELM_3 ? read_first(layer, bytes, helm, err) : read_pieces(layer, bytes, err);
}

int
layer_new(const char *path, enum layer_role role, struct layer **out, struct error *err)
{
	CLEANUP(layer_freep) struct layer *layer = calloc(1, sizeof(*layer));

	if (layer == NULL || (layer->path = strdup(path)) == NULL)
		return err_memory(err);
	layer->role = role;
	layer->secret = role == LAYER_SECRETS;
	*out = TAKE(layer);
	return 0;
}

int
layer_read(const char *path, struct slice bytes, enum layer_role role, const struct layer_reader *reader_opt,
    struct layer **out, struct error *err)
{
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	CLEANUP(opened_release) struct layer_opened opened = LAYER_OPENED;

	if (layer_new(path, role, &layer, err) != 0)
		return (int)err->kind;
	if (reader_opt != NULL && reader_opt->opener != NULL &&
	    reader_opt->opener(reader_opt->context, path, role, bytes, &opened, err) != 0)
		return err_file(err, path);
	layer->doc = TAKE(opened.doc);
	layer->encrypted = opened.encrypted;
	layer->masked = opened.masked;
	layer->secret |= opened.encrypted;
	layer->typed_by_sops = opened.typed_by_sops;
	/* A document was printed by sops, so to say: it has nothing that versions of Helm read differently. */
	if (layer->doc != NULL ? check_documents(layer, HELM_BOTH, err) != 0 :
	    read_plain(layer, opened.encrypted ? buf_slice(&opened.text) : bytes, reader_opt != NULL ? reader_opt->helm : HELM_BOTH, err) != 0)
		return (int)err->kind;
	*out = TAKE(layer);
	return 0;
}

int
layer_open(const char *path, enum layer_role role, const struct layer_reader *reader_opt, struct layer **out, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_SECRET(LIMIT_DOCUMENT);

	if (strcmp(path, "-") == 0) {
		if (file_read_fd(STDIN_FILENO, &bytes, err) != 0)
			return err_wrap(err, "cannot read standard input");
		return layer_read("standard input", buf_slice(&bytes), role, reader_opt, out, err);
	}
	if (file_read(path, &bytes, err) != 0)
		return err_wrap(err, "cannot read layer '%s'", path);
	return layer_read(path, buf_slice(&bytes), role, reader_opt, out, err);
}

void
layer_free(struct layer *layer)
{
	struct layer *above;

	for (; layer != NULL; layer = above) {
		above = layer->above;
		document_free(layer->doc);
		free(layer->path);
		free(layer);
	}
}
