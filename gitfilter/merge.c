#include "gitfilter/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/stream.h"
#include "gitfilter/blob.h"
#include "gitfilter/keydir.h"

#define MERGE_MAX	((size_t)256 * 1024 * 1024)	/* of one version */
#define BINARY_LOOK	8000				/* git's own test: a NUL in so many bytes */

/* --- the three versions --------------------------------------------------------------------------- */

static int
read_version(const char *path, const char *what, struct keyring *ring, const char *name, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	stored = BUF_SECRET(MERGE_MAX + BLOB_HEADER_LEN);
	const struct keyfile		*which;
	int				 rc;

	if ((rc = file_read(path, &stored, err)) != 0)
		return err_wrap(err, "cannot read %s ('%s')", what, path);
	if (!blob_is(buf_slice(&stored)))
		return buf_append(out, buf_slice(&stored), err);
	if ((rc = keyring_open(ring, name, buf_slice(&stored), &which, err)) != 0)
		return rc;
	if (which == NULL)
		return err_set(err, ERR_NO_KEY, "no key of this clone opens %s", what);
	return buf_append(out, buf_slice(&ring->plain), err);
}

static bool
is_binary(const struct buf *text)
{
	struct slice head = slice_sub(buf_slice(text), 0, BINARY_LOOK);

	return slice_find(head, '\0', 0) < head.len;
}

/* --- libgit2's part ------------------------------------------------------------------------------- */

static int
fail(struct error *err, const char *what)
{
	const git_error *error = git_error_last();

	return err_set(err, ERR_CHILD, "cannot %s: %s", what, error != NULL && error->message != NULL ? error->message : "no reason given");
}

static void
config_free(git_config **config)
{
	git_config_free(*config);
}

/* merge.conflictStyle as git would find it in its files; without an answer, git's usual form. */
static uint32_t
conflict_style(const struct gitdir *dir)
{
	CLEANUP(config_free) git_config	*config = NULL;
	git_buf				 value = GIT_BUF_INIT;
	char				 path[GITDIR_PATH_MAX + 16];
	uint32_t			 style = GIT_MERGE_FILE_STYLE_MERGE;

	(void)snprintf(path, sizeof(path), "%s/config", dir->common);
	if (git_config_open_default(&config) != 0 || git_config_add_file_ondisk(config, path, GIT_CONFIG_LEVEL_LOCAL, NULL, 0) != 0 ||
	    git_config_get_string_buf(&value, config, "merge.conflictstyle") != 0)
		return style;
	if (strcmp(value.ptr, "diff3") == 0)
		style = GIT_MERGE_FILE_STYLE_DIFF3;
	else if (strcmp(value.ptr, "zdiff3") == 0)
		style = GIT_MERGE_FILE_STYLE_ZDIFF3;
	git_buf_dispose(&value);
	return style;
}

static git_merge_file_input
input_of(const struct buf *text)
{
	git_merge_file_input input = GIT_MERGE_FILE_INPUT_INIT;

	input.ptr = text->data != NULL ? (const char *)text->data : "";
	input.size = text->len;
	return input;
}

static int
merge_texts(const struct buf version[static 3], uint32_t style, int64_t marker_size, struct buf *out, bool *conflict, struct error *err)
{
	const git_merge_file_input	base = input_of(&version[0]), ours = input_of(&version[1]), theirs = input_of(&version[2]);
	git_merge_file_options		options = GIT_MERGE_FILE_OPTIONS_INIT;
	git_merge_file_result		result = { .ptr = NULL };
	int				rc;

	options.ancestor_label = "base";
	options.our_label = "ours";
	options.their_label = "theirs";
	options.flags = style;
	options.marker_size = (unsigned short)marker_size;
	if (git_merge_file(&result, &base, &ours, &theirs, &options) != 0)
		return fail(err, "merge");
	*conflict = !result.automergeable;
	rc = buf_append(out, slice_of(result.ptr, result.len), err);
	/* It was made on libgit2's heap. */
	if (result.ptr != NULL)
		wipe((void *)(uintptr_t)result.ptr, result.len);
	git_merge_file_result_free(&result);
	return rc;
}

/* --- all of it ------------------------------------------------------------------------------------ */

static int
write_sealed(struct keyring *ring, const char *name, const struct buf *text, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	sealed = BUF(4 * MERGE_MAX);
	struct source_memory		in;
	struct sink_buf			out;
	int				rc;

	for (size_t i = ring->count; i > 0; i--) {
		if (strcmp(ring->keys[i - 1].key->name, name) != 0)
			continue;
		source_memory_init(&in, buf_slice(text));
		sink_buf_init(&out, &sealed);
		if (!(ring->keys[i - 1].key->skip_empty && text->len == 0) &&
		    (rc = blob_seal(ring->keys[i - 1].cipher, &in.source, &out.sink, err)) != 0)
			return rc;
		return (rc = file_replace(path, buf_slice(&sealed), err)) != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
	}
	return err_set(err, ERR_NO_KEY, "this clone has no key '%s' to encrypt the result with", keydir_entry(name));
}

static void
release_three(struct buf (*version)[3])
{
	for (size_t i = 0; i < 3; i++)
		buf_release(&(*version)[i]);
}

int
merge_run(const struct merge_files *files, const struct gitdir *dir, struct keyring *ring, const char *name, bool *conflict,
    struct error *err)
{
	CLEANUP(release_three) struct buf	version[3] = { BUF_SECRET(MERGE_MAX), BUF_SECRET(MERGE_MAX), BUF_SECRET(MERGE_MAX) };
	CLEANUP(buf_release) struct buf		merged = BUF_SECRET(3 * MERGE_MAX);
	int					rc;

	if ((rc = read_version(files->base, "the common ancestor", ring, name, &version[0], err)) != 0 ||
	    (rc = read_version(files->ours, "our version", ring, name, &version[1], err)) != 0 ||
	    (rc = read_version(files->theirs, "their version", ring, name, &version[2], err)) != 0)
		return rc;
	for (size_t i = 0; i < 3; i++)
		if (is_binary(&version[i]))
			return err_set(err, ERR_TYPE, "a version is binary, and there are no lines to merge");
	if (git_libgit2_init() < 0)
		return fail(err, "start libgit2");
	rc = merge_texts(version, conflict_style(dir), files->marker_size, &merged, conflict, err);
	(void)git_libgit2_shutdown();
	return rc != 0 ? rc : write_sealed(ring, name, &merged, files->ours, err);
}
