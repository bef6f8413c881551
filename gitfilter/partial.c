#include "gitfilter/partial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/gitdir.h"

#define LISTING_MAX	(1024 * MIB)

/* A pack with a file ".promisor" beside it has come from a filtered fetch. */
static bool
is_partial(void)
{
	struct error	 ignored = ERROR_INIT;
	struct gitdir	 dir;
	char		 path[GITDIR_PATH_MAX + 32];
	struct dirent	*entry;
	bool		 found = false;
	DIR		*packs;

	if (gitdir_find(&dir, &ignored) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/objects/pack", dir.common);
	if ((packs = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(packs)) != NULL)
		found = slice_ends(slice_str(entry->d_name), SLICE(".promisor"));
	(void)closedir(packs);
	return found;
}

/* The remote that promised: "remote.NAME.promisor<LF>true<NUL>"; the first one will do.  Appends its name, NUL behind it. */
static int
promisor(struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(1 * MIB);
	struct slice			rest, entry, name;
	int				status, rc;

	rc = gitcmd_status((const char *const[]){ "config", "-z", "--get-regexp", "^remote\\..*\\.promisor$",
	    NULL }, SLICE_NONE, &answer,
	    &status, err);
	if (rc != 0)
		return rc;
	rest = buf_slice(&answer);
	while (out->len == 0 && slice_split(&rest, '\0', &entry)) {
		if (!slice_split(&entry, '\n', &name) || !slice_eq(entry, SLICE("true")))
			continue;
		name = slice_sub(name, strlen("remote."), name.len - strlen(".promisor"));
		/* Foreign text in front of options. */
		if (name.len > 0 && name.data[0] != '-' && (rc = buf_append(out, name, err)) != 0)
			return rc;
	}
	return buf_terminate(out, err);
}

static int
by_bytes(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* Which of the sorted ids are in the listing, a line each. */
static void
mark_here(struct slice *ids, size_t count, struct slice listing, bool *here)
{
	struct slice line, *found;

	while (slice_split(&listing, '\n', &line)) {
		if (line.len == 0 || (found = bsearch(&line, ids, count, sizeof(*ids), by_bytes)) == NULL)
			continue;
		here[found - ids] = true;
	}
}

/* The ids that are not here, a line each; asked in the one way that fetches nothing. */
static int
missing(struct slice *ids, size_t count, struct buf *out, struct error *err)
{
	static const char *const	ask[] = { "cat-file", "--batch-all-objects", "--unordered",
	    "--batch-check=%(objectname)", NULL };
	CLEANUP(buf_release) struct buf	listing = BUF(LISTING_MAX);
	bool				*here;
	size_t				unique = 0;
	int				rc;

	if ((rc = gitcmd_run(ask, SLICE_NONE, &listing, err)) != 0)
		return rc;
	if ((here = calloc(count, sizeof(*here))) == NULL)
		return err_memory(err);
	qsort(ids, count, sizeof(*ids), by_bytes);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !slice_eq(ids[i], ids[unique - 1]))
			ids[unique++] = ids[i];
	mark_here(ids, unique, buf_slice(&listing), here);
	for (size_t i = 0; i < unique && rc == 0; i++)
		if (!here[i] && (rc = buf_append(out, ids[i], err)) == 0)
			rc = buf_byte(out, '\n', err);
	free(here);
	return rc;
}

int
partial_fetch(const struct slice *ids, size_t count, struct error *err)
{
	CLEANUP(buf_release) struct buf	wanted = BUF(LISTING_MAX), remote = BUF(64 * KIB), none = BUF(1 * MIB);
	struct slice			*sorted;
	int				status, rc;

	if (count == 0 || !is_partial())
		return 0;
	if ((rc = promisor(&remote, err)) != 0 || remote.len == 0)
		return rc;
	if ((sorted = reallocarray(NULL, count, sizeof(*sorted))) == NULL)
		return err_memory(err);
	(void)memcpy(sorted, ids, count * sizeof(*sorted));
	rc = missing(sorted, count, &wanted, err);
	free(sorted);
	if (rc != 0 || wanted.len == 0)
		return rc;
	return gitcmd_status((const char *const[]){ "-c", "fetch.negotiationAlgorithm=noop", "fetch",
	    (const char *)remote.data, "--no-tags",
	    "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin", NULL },
	    buf_slice(&wanted), &none, &status,
	    err);
}
