#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/secret.h"
#include "cmd/hubrotate/hubrotate.h"
#include "gitfilter/gitcmd.h"
#include "yamlmerge/path.h"

/*
 * When a secret became what it is: the newest commit of its file before which the file had another value there, or none.  Every version is
 * opened in memory; what no key at hand opens counts as another value.
 */
#define COMMITS_MAX	1000

struct history {
	const struct found	*found;
	struct layer_io		*io;
	struct buf		 folder;
	const char		*name;
	struct path		 path;
	struct arena		 arena;
};

static void
history_release(struct history *h)
{
	buf_release(&h->folder);
	arena_release(&h->arena);
}

static int
history_start(struct history *h, struct error *err)
{
	const char *path = h->found->value->layer->path, *slash = strrchr(path, '/');

	h->name = slash != NULL ? slash + 1 : path;
	if (buf_append(&h->folder, slice_of(path, (size_t)(h->name - path)), err) != 0 || buf_str(&h->folder, ".", err) != 0 ||
	    buf_terminate(&h->folder, err) != 0)
		return (int)err->kind;
	return path_of(h->found->value->node, &h->arena, &h->path, err);
}

static const struct node *
first_element(const struct node *node)
{
	for (node = node->kind == NODE_LIST ? node->child : node; node != NULL && node->kind == NODE_COMMENT;)
		node = node->next;
	return node;
}

/* Has the file of that commit the same value there? */
static bool
same_then(struct history *h, const char *commit)
{
	CLEANUP(buf_release) struct buf bytes = BUF_SECRET(LIMIT_DOCUMENT), name = BUF(LIMIT_CONFIG);
	CLEANUP(layer_freep) struct layer *layer = NULL;
	const struct layer_reader reader = { layer_io_open, h->io, HELM_4 };
	const struct layer	*now = h->found->value->layer;
	const struct node	*node;
	struct error		 unheard = ERROR_INIT;
	bool			 same = false;

	if (buf_printf(&name, &unheard, "%s:./%s", commit, h->name) == 0 && buf_terminate(&name, &unheard) == 0 &&
	    gitcmd_run((const char *const[]){ "-C", (const char *)h->folder.data, "cat-file", "blob", (const char *)name.data, NULL },
	    SLICE_NONE, &bytes, &unheard) == 0 &&
	    layer_read(now->path, buf_slice(&bytes), now->role, &reader, &layer, &unheard) == 0 && layer->root != NULL &&
	    path_find(layer->root, &h->path, NULL, &node, &unheard) == 0 && (node = first_element(node_resolve(node))) != NULL)
		same = node->kind == NODE_SCALAR && secret_equal(node->text, secrets_text(h->found->value));
	buf_reset(&h->io->report.text);
	return same;
}

/* A line of "HASH SECONDS". */
static bool
read_line(struct slice line, char commit[static 41], int64_t *when)
{
	struct slice hash;

	if (!slice_split(&line, ' ', &hash) || hash.len < 8 || !num_parse(line, 0, INT64_MAX, when))
		return false;
	hash = slice_sub(hash, 0, 40);
	(void)memcpy(commit, hash.data, hash.len);
	commit[hash.len] = '\0';
	return true;
}

int
age_of(const struct found *found, struct layer_io *io, int64_t *when, char commit[static 41], struct error *err)
{
	CLEANUP(history_release) struct history h = { .found = found, .io = io, .folder = BUF(LIMIT_CONFIG), .arena = ARENA(LIMIT_CONFIG) };
	CLEANUP(buf_release) struct buf log = BUF(LIMIT_MESSAGE);
	struct slice	rest, line;
	int		status;

	*when = 0;
	commit[0] = '\0';
	if (found->value->node == NULL || history_start(&h, err) != 0)
		return (int)err->kind;
	if (gitcmd_status((const char *const[]){ "-C", (const char *)h.folder.data, "log", "--format=%H %ct", "-n", "1000", "--",
	    h.name, NULL }, SLICE_NONE, &log, &status, err) != 0)
		return (int)err->kind;
	if (status != 0)
		return 0;
	rest = buf_slice(&log);
	while (rest.len > 0 && slice_split(&rest, '\n', &line)) {
		char	this_commit[41];
		int64_t	this_time;

		if (!read_line(line, this_commit, &this_time) || !same_then(&h, this_commit))
			break;
		*when = this_time;
		(void)memcpy(commit, this_commit, sizeof(this_commit));
	}
	return 0;
}
