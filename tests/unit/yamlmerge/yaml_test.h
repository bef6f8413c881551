#ifndef TESTS_UNIT_YAMLMERGE_YAML_TEST_H
#define TESTS_UNIT_YAMLMERGE_YAML_TEST_H

/*
 * What the tests of the YAML files share: parsing, comparing trees, generated documents, the files of the sample hubs.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"

static UNUSED struct document *
yaml_of(struct slice text)
{
	struct error	 err = ERROR_INIT;
	struct document	*doc = NULL;

	if (document_parse(text, &syntax_yaml, &doc, &err) != 0) {
		printf("# %u:%u %s\n", err.line, err.column, err.text);
		tap_show("text", text.data, text.len);
		return NULL;
	}
	return doc;
}

static UNUSED bool
same_node(const struct node *a, const struct node *b)
{
	return a->kind == b->kind && a->style == b->style && slice_eq(a->text, b->text) &&
	    slice_eq(node_tag(a), node_tag(b)) && slice_eq(node_anchor(a), node_anchor(b)) && (a->key == NULL) == (b->key == NULL);
}

/* The same kinds, styles, texts, keys, tags, anchors and comments; ${but_a} may differ from its partner in style and text. */
static UNUSED bool
same_tree(const struct node *a, const struct node *b, const struct node *but_a)
{
	const struct node *x, *y;

	if (a == but_a ? a->kind != b->kind : !same_node(a, b))
		return false;
	if (a->key != NULL && a->key != but_a && !same_node(a->key, b->key))
		return false;
	for (x = a->child, y = b->child; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!same_tree(x, y, but_a))
			return false;
	return x == NULL && y == NULL;
}

static UNUSED bool
same_document(const struct document *a, const struct document *b, const struct node *but_a)
{
	if (a->roots != b->roots)
		return false;
	for (size_t i = 0; i < a->roots; i++)
		if (!same_tree(a->root[i], b->root[i], but_a))
			return false;
	return true;
}

/* --- generated documents ----------------------------------------------------------------------------------------------- */

struct generator {
	uint64_t	 state;
	struct buf	 text;
	unsigned	 count;
};

static UNUSED unsigned
draw(struct generator *g, unsigned below)
{
	g->state = g->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(g->state >> 33) % below;
}

/* The generator's words are formats from tables. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
put(struct generator *g, const char *format, ...)
{
	struct error	err = ERROR_INIT;
	char		line[256];
	va_list		arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (buf_str(&g->text, line, &err) != 0)
		bail_out("no memory");
}

/* A word whose "%u", if it has one, becomes the next number. */
static void
put_word(struct generator *g, const char *word)
{
	const char *mark = strstr(word, "%u");

	if (mark != NULL)
		put(g, "%.*s%u%s", (int)(mark - word), word, g->count, mark + 2);
	else
		put(g, "%s", word);
	g->count++;
}

static void
put_comments(struct generator *g, unsigned column, unsigned percent)
{
	while (draw(g, 100) < percent) {
		if (draw(g, 3) == 0)
			put(g, "\n");
		else
			put(g, "%*s# c%u\n", (int)(draw(g, 2) != 0 ? column : draw(g, 8)), "", g->count++);
	}
}

static void
put_beside(struct generator *g)
{
	if (draw(g, 6) == 0)
		put(g, "%s# c%u", draw(g, 4) == 0 && g->text.data[g->text.len - 1] != '-' ? "\t" : " ", g->count++);
	put(g, "\n");
}

static void
put_flow(struct generator *g, unsigned depth)
{
	unsigned n = draw(g, 4), map = draw(g, 2);

	if (depth > 2 || draw(g, 2) == 0) {
		static const char *const words[] = { "plain%u", "'single %u'", "\"dou\\tble\\u00e9 %u\"", "%u", "\xc3\xa9t\xc3\xa9%u", "!!str %u" };

		put_word(g, words[draw(g, 6)]);
		return;
	}
	put(g, map ? "{" : "[");
	for (unsigned i = 0; i < n; i++) {
		if (map)
			put(g, "f%u: ", g->count++);
		put_flow(g, depth + 1);
		put(g, i + 1 < n ? draw(g, 5) == 0 ? ", # c\n            " : ", " : "");
	}
	put(g, map ? "}" : "]");
}

static void
put_scalar(struct generator *g, unsigned column)
{
	static const char *const words[] = {
		" word%u", " 'it''s %u'", " \"tab\\t%u\"", " %u", " word \xf0\x9f\x98\x80 %u", " -%u.5", " true", " ~", "", " &a%u value", " !!str %u", " !x y%u",
		" a b  c%u", " \"\\x5D %u\"", " ''",
	};
	unsigned n;

	if (draw(g, 8) == 0) {
		put(g, " %s%s", draw(g, 2) != 0 ? "|" : ">", draw(g, 3) == 0 ? "-" : draw(g, 3) == 0 ? "+" : "");
		put_beside(g);
		n = 1 + draw(g, 3);
		while (n-- > 0)
			put(g, "%*sline %u\n%s", (int)column + 2, "", g->count++, n > 0 && draw(g, 4) == 0 ? "\n" : "");
		put(g, draw(g, 4) == 0 ? "\n" : "");
		return;
	}
	if (draw(g, 8) == 0) {
		put(g, " ");
		put_flow(g, 0);
	} else if (draw(g, 20) == 0)
		put(g, " first %u\n%*ssecond", g->count++, (int)column + 2, "");
	else
		put_word(g, words[draw(g, sizeof(words) / sizeof(words[0]))]);
	put_beside(g);
}

static void put_map(struct generator *g, unsigned column, unsigned depth, bool begun);

static void
put_list(struct generator *g, unsigned column, unsigned depth, bool begun)
{
	for (unsigned i = 0, n = 1 + draw(g, 3); i < n; i++) {
		if (!begun || i > 0) {
			put_comments(g, column, i > 0 ? 25 : 15);
			put(g, "%*s", (int)column, "");
		}
		put(g, "-");
		if (depth > 3 || draw(g, 2) == 0) {
			put_scalar(g, column);
		} else if (draw(g, 2) == 0) {
			put(g, " ");
			(draw(g, 3) != 0 ? put_map : put_list)(g, column + 2, depth + 1, true);
		} else {
			put_beside(g);
			(draw(g, 3) != 0 ? put_map : put_list)(g, column + 2, depth + 1, false);
		}
	}
}

static void
put_map(struct generator *g, unsigned column, unsigned depth, bool begun)
{
	for (unsigned i = 0, n = 1 + draw(g, 4); i < n; i++) {
		static const char *const keys[] = { "key%u:", "'k %u':", "\"k\\x41%u\":", "%u:", "cl\xc3\xa9%u:" };

		if (!begun || i > 0) {
			put_comments(g, column, i > 0 ? 25 : 15);
			put(g, "%*s", (int)column, "");
		}
		put_word(g, keys[draw(g, 5)]);
		if (depth > 3 || draw(g, 2) == 0) {
			put_scalar(g, column);
			continue;
		}
		if (draw(g, 6) == 0)
			put(g, " &m%u", g->count++);
		put_beside(g);
		if (draw(g, 3) != 0)
			put_map(g, column + 2 + 2 * draw(g, 2), depth + 1, false);
		else
			put_list(g, column + 2 * draw(g, 2), depth + 1, false);
	}
}

/* A document that depends on ${seed} alone; release with buf_release(&g->text). */
static UNUSED struct slice
generate(struct generator *g, uint64_t seed)
{
	g->state = seed * 2654435761u + 12345;
	g->count = 0;
	g->text = BUF(1 * MIB);
	(void)draw(g, 2);
	if (draw(g, 10) == 0)
		put(g, "\xef\xbb\xbf");
	put_comments(g, 0, 20);
	if (draw(g, 6) == 0)
		put(g, "--- # c\n");
	put_map(g, 0, 0, false);
	put_comments(g, 0, 40);
	if (draw(g, 6) == 0) {
		put(g, draw(g, 2) == 0 ? "---\n" : "...\n# c\n---\n");
		put_map(g, 0, 1, false);
	}
	if (draw(g, 6) == 0 && g->text.len > 0)		/* without a line break at the end */
		buf_truncate(&g->text, g->text.len - 1);
	return buf_slice(&g->text);
}

/* --- files ------------------------------------------------------------------------------------------------------------- */

static UNUSED bool
file_get(const char *path, struct buf *out)
{
	struct error	 err = ERROR_INIT;
	FILE		*file = fopen(path, "rb");
	uint8_t		 block[65536];
	size_t		 n;

	buf_reset(out);
	if (file == NULL)
		return false;
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		if (buf_append(out, slice_of(block, n), &err) != 0)
			bail_out("no memory");
	(void)fclose(file);
	return true;
}

/* Call ${each} for every YAML file below ${folder}. */
static UNUSED void
each_yaml(const char *folder, void (*each)(const char *path))
{
	struct dirent	**names;
	int		  n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct slice	name = slice_str(names[i]->d_name);
		char		path[4096];
		struct stat	st;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && lstat(path, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				each_yaml(path, each);
			else if (slice_ends(name, SLICE(".yaml")) || slice_ends(name, SLICE(".yml")))
				each(path);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

#endif
