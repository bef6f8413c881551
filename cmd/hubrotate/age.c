#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/secret.h"
#include "cmd/hubrotate/hubrotate.h"
#include "gitfilter/gitcmd.h"
#include "yamlmerge/path.h"

/*
 * When a secret became what it is: the oldest commit that leads to ours with the same value all the way, through merges and renames of its
 * file.  Every version is opened in memory; what no key at hand opens counts as another value.
 */
#define COMMITS_MAX	1000
#define RENAMES_MAX	50
#define HASH_MAX	64	/* digits of a SHA-256 */

/* A commit of the file's history, and where its value came from. */
struct step {
	char	commit[HASH_MAX + 1];
	int64_t	when;
	bool	is_root;	/* nothing of the file's history is before it */
};

struct history {
	const struct found	*found;
	struct layer_io		*io;
	struct buf		 top, file;	/* the repository, and the file in it */
	struct path		 path;
	struct arena		 arena;
	struct step		 oldest;	/* so far, with the same value */
	bool			 cut;		/* there may be more */
};

static void
history_release(struct history *h)
{
	buf_release(&h->top);
	buf_release(&h->file);
	arena_release(&h->arena);
}

static int
ask(const struct history *h, const char *const *argv, struct buf *out, struct error *err)
{
	const char	*full[16] = { "-C", (const char *)h->top.data };
	size_t		 n = 2;

	while (*argv != NULL && n + 1 < sizeof(full) / sizeof(*full))
		full[n++] = *argv++;
	return gitcmd_run(full, SLICE_NONE, out, err);
}

static int
put(struct buf *out, struct slice text, struct error *err)
{
	buf_reset(out);
	return buf_append(out, text, err) != 0 ? (int)err->kind : buf_terminate(out, err);
}

/* Where the file really is. */
static int
history_start(struct history *h, struct error *err)
{
	CLEANUP(buf_release) struct buf answer = BUF(LIMIT_CONFIG), file = BUF(LIMIT_CONFIG);
	char		*real = realpath(h->found->value->layer->path, NULL);
	const char	*path = real != NULL ? real : h->found->value->layer->path, *slash = strrchr(path, '/');
	struct slice	 name = slice_str(slash != NULL ? slash + 1 : path), rest, top, prefix;
	int		 rc;

	rc = put(&h->top, slash != NULL ? slice_of(path, (size_t)(slash - path) + 1) : SLICE("."), err);
	if (rc == 0 && (rc = ask(h, (const char *const[]){ "rev-parse", "--is-shallow-repository", "--show-toplevel", "--show-prefix", NULL },
	    &answer, err)) == 0) {
		rest = buf_slice(&answer);
		h->cut = slice_split(&rest, '\n', &top) && slice_eq(top, SLICE("true"));
		if (!slice_split(&rest, '\n', &top) || !slice_split(&rest, '\n', &prefix))
			prefix = top = SLICE_NONE;
		if ((rc = buf_append(&file, prefix, err)) == 0 && (rc = buf_append(&file, name, err)) == 0 &&
		    (rc = put(&h->top, top, err)) == 0)
			rc = put(&h->file, buf_slice(&file), err);
	}
	free(real);
	return rc != 0 ? rc : path_of(h->found->value->node, &h->arena, &h->path, err);
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

	if (buf_printf(&name, &unheard, "%s:%s", commit, (const char *)h->file.data) == 0 && buf_terminate(&name, &unheard) == 0 &&
	    ask(h, (const char *const[]){ "cat-file", "blob", (const char *)name.data, NULL }, &bytes, &unheard) == 0 &&
	    layer_read(now->path, buf_slice(&bytes), now->role, &reader, &layer, &unheard) == 0 && layer->root != NULL &&
	    path_find(layer->root, &h->path, NULL, &node, &unheard) == 0 && (node = first_element(node_resolve(node))) != NULL)
		same = node->kind == NODE_SCALAR && secret_equal(node->text, secrets_text(h->found->value));
	buf_reset(&h->io->report.text);
	return same;
}

/* --- one name of the file ------------------------------------------------------------------------------------------------ */

/* "HASH SECONDS", and the hashes of its parents behind it. */
static bool
read_line(struct slice line, struct step *out, struct slice *parents)
{
	struct slice hash, seconds;

	if (!slice_split(&line, ' ', &hash) || hash.len > HASH_MAX || !slice_split(&line, ' ', &seconds) ||
	    !num_parse(seconds, 0, INT64_MAX, &out->when))
		return false;
	(void)memcpy(out->commit, hash.data, hash.len);
	out->commit[hash.len] = '\0';
	out->is_root = line.len == 0;
	*parents = line;
	return true;
}

/* From a commit back, children before parents, along all lines on which the value is the same. */
static int
follow(struct history *h, const char *from, struct error *err)
{
	CLEANUP(buf_release) struct buf log = BUF(LIMIT_MESSAGE), wanted = BUF(LIMIT_MESSAGE);
	struct slice	rest, line, parents;
	struct step	step;
	size_t		count = 0;
	bool		last = false;

	if (ask(h, (const char *const[]){ "log", "--topo-order", "--parents", "--format=%H %ct %P", "-n", "1000", from, "--",
	    (const char *)h->file.data, NULL }, &log, err) != 0)
		return (int)err->kind;
	rest = buf_slice(&log);
	for (; rest.len > 0 && slice_split(&rest, '\n', &line) && read_line(line, &step, &parents); count++) {
		last = false;
		if ((wanted.len > 0 && memmem(wanted.data, wanted.len, step.commit, strlen(step.commit)) == NULL) || !same_then(h, step.commit))
			continue;
		last = true;
		h->oldest = step;
		if (buf_append(&wanted, parents, err) != 0 || buf_byte(&wanted, ' ', err) != 0)
			return (int)err->kind;
	}
	h->cut = h->cut || (last && count == COMMITS_MAX);
	return 0;
}

/* Did the file get its name in that commit?  Then ${h} has the one that it had before. */
static bool
was_renamed(struct history *h)
{
	CLEANUP(buf_release) struct buf changes = BUF(LIMIT_MESSAGE);
	struct error	unheard = ERROR_INIT;
	struct slice	rest, kind, old, new;

	if (ask(h, (const char *const[]){ "diff-tree", "-r", "-z", "-M", "--no-commit-id", "--name-status", "--diff-filter=R", h->oldest.commit,
	    NULL }, &changes, &unheard) != 0)
		return false;
	rest = buf_slice(&changes);
	while (slice_split(&rest, '\0', &kind) && slice_split(&rest, '\0', &old) && slice_split(&rest, '\0', &new))
		if (slice_eq(new, slice_str((const char *)h->file.data)))
			return put(&h->file, old, &unheard) == 0;
	return false;
}

static bool
is_no_history(const struct error *err)
{
	return strstr(err->text, "not a git repository") != NULL || strstr(err->text, "does not have any commits") != NULL ||
	    strstr(err->text, "bad revision 'HEAD'") != NULL;
}

int
age_of(const struct found *found, struct layer_io *io, struct age *out, struct error *err)
{
	CLEANUP(history_release) struct history h = { .found = found, .io = io, .top = BUF(LIMIT_CONFIG), .file = BUF(LIMIT_CONFIG),
	    .arena = ARENA(LIMIT_CONFIG) };
	char	from[HASH_MAX + 2] = "HEAD";
	bool	older = true;

	*out = (struct age){ .when = 0 };
	if (found->value->node == NULL)
		return 0;
	if (history_start(&h, err) != 0)
		older = false;
	for (unsigned i = 0; older && i < RENAMES_MAX; i++) {
		char before[HASH_MAX + 1];

		(void)memcpy(before, h.oldest.commit, sizeof(before));
		if (follow(&h, from, err) != 0)
			break;
		older = strcmp(before, h.oldest.commit) != 0 && h.oldest.is_root && was_renamed(&h);
		(void)snprintf(from, sizeof(from), "%s^", h.oldest.commit);
	}
	if (err->kind != ERR_NONE && err->kind != ERR_NOT_FOUND && !is_no_history(err))
		return err_wrap(err, "cannot read the history of '%s'", found->value->layer->path);
	err_reset(err);
	out->when = h.oldest.when;
	out->at_least = h.cut && h.oldest.is_root;
	(void)snprintf(out->commit, sizeof(out->commit), "%s", h.oldest.commit);
	return 0;
}
