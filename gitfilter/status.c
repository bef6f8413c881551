#include "gitfilter/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/attributes.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/gitcmd.h"

#define LISTING_MAX	(512 * MIB)
#define FIXED_ARGUMENTS	16

void
status_release(struct status *status)
{
	free(status->files);
	status->files = NULL;
	status->count = status->capacity = 0;
	arena_release(&status->arena);
}

static int
add(struct status *status, const struct status_file *file, struct error *err)
{
	size_t			capacity = status->capacity == 0 ? 256 : status->capacity * 2;
	struct status_file	*larger;

	if (status->count == status->capacity) {
		if ((larger = reallocarray(status->files, capacity, sizeof(*larger))) == NULL)
			return err_memory(err);
		status->files = larger;
		status->capacity = capacity;
	}
	status->files[status->count++] = *file;
	return 0;
}

/* "? PATH", or "TAG MODE ID STAGE<TAB>PATH"; false: cannot be read.  ${regular}: no link and no submodule. */
static bool
parse_line(struct slice line, struct status_file *file, bool *regular)
{
	struct slice tag, mode, stage;

	*file = (struct status_file){ .diff_unset = false };
	*regular = true;
	if (!slice_split(&line, ' ', &tag) || line.data == NULL)
		return false;
	if (slice_eq(tag, SLICE("?"))) {
		file->path = line;
		return line.len > 0;
	}
	if (!slice_split(&line, ' ', &mode) || !slice_split(&line, ' ', &file->id) ||
	    !slice_split(&line, '\t', &stage) ||
	    line.data == NULL)
		return false;
	file->path = line;
	*regular = slice_starts(mode, SLICE("100"));
	return line.len > 0;
}

static int
parse_listing(struct status *status, struct slice listing, struct error *err)
{
	size_t	end;
	int	rc;

	for (; listing.len > 0; listing = slice_from(listing, end + 1)) {
		struct status_file	file;
		bool			regular;

		end = slice_find(listing, '\0', 0);
		if (end == listing.len || !parse_line(slice_sub(listing, 0, end), &file, &regular))
			return err_set(err, ERR_CHILD, "'git ls-files' gave an answer that cannot be read");
		/* An untracked folder with a repository of its own is listed with a slash behind it. */
		if (!regular || slice_ends(file.path, SLICE("/")))
			continue;
		if ((rc = arena_copy(&status->arena, file.path, &file.path, err)) != 0 ||
		    (rc = arena_copy(&status->arena, file.id, &file.id, err)) != 0 ||
		    (rc = add(status, &file, err)) != 0)
			return rc;
	}
	return 0;
}

static int
list(const char *prefix, const char *const *patterns, size_t count, struct buf *out, struct error *err)
{
	/* The user's patterns are git's, with all that they can do, and are seen from where the user is. */
	const char *const	fixed[] = { "-C", *prefix != '\0' ? prefix : ".", "--no-literal-pathspecs",
	    "ls-files", "--full-name",
				    "-c", "-o", "-t", "-s", "-z", "--exclude-standard", "--", NULL };
	const char		**argv = calloc(FIXED_ARGUMENTS + count + 1, sizeof(*argv));
	size_t			n;
	int			rc;

	if (argv == NULL)
		return err_memory(err);
	for (n = 0; fixed[n] != NULL; n++)
		argv[n] = fixed[n];
	for (size_t i = 0; i < count; i++)
		argv[n++] = patterns[i];
	if (count == 0)
		argv[n++] = ":/";
	rc = gitcmd_run(argv, SLICE_NONE, out, err);
	free(argv);
	return rc;
}

/* --- attributes ------------------------------------------------------------------------------------------ */

/* The answers come in the order of the question, two for each file. */
struct judging {
	struct status	*status;
	size_t		 answers;
};

static bool
is_ours(struct slice driver)
{
	return slice_eq(driver, SLICE("git-crypt")) || slice_starts(driver, SLICE("git-crypt-"));
}

static int
judge(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err)
{
	struct judging		*judging = context;
	size_t			 at = judging->answers++ / 2;
	struct status_file	*file;

	if (at >= judging->status->count || !slice_eq(path, judging->status->files[at].path))
		return err_set(err, ERR_CHILD, "'git check-attr' answered for another path than was asked");
	file = &judging->status->files[at];
	if (slice_eq(attribute, SLICE("diff"))) {
		file->diff_unset = !slice_eq(value, file->driver);
		return 0;
	}
	return is_ours(value) ? arena_copy(&judging->status->arena, value, &file->driver, err) : 0;
}

static int
ask_attributes(struct status *status, struct error *err)
{
	static const char *const	names[] = { "filter", "diff", NULL };
	CLEANUP(buf_release) struct buf	paths = BUF(LISTING_MAX);
	struct judging			judging = { status, 0 };
	int				rc;

	if (status->count == 0)
		return 0;
	for (size_t i = 0; i < status->count; i++)
		if ((rc = buf_append(&paths, status->files[i].path, err)) != 0 ||
		    (rc = buf_byte(&paths, '\0', err)) != 0)
			return rc;
	if ((rc = attributes_query(false, names, buf_slice(&paths), judge, &judging, err)) != 0)
		return rc;
	if (judging.answers != 2 * status->count)
		return err_set(err, ERR_CHILD, "'git check-attr' did not answer for every path");
	return 0;
}

/* --- blobs ----------------------------------------------------------------------------------------------- */

struct looking {
	struct status	*status;
	const size_t	*index;
};

/* The first bytes of a blob that is too large to hold: git is stopped when there are enough. */
static int
peek(struct slice id, struct buf *head, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(1 * KIB);
	struct error			failure = ERROR_INIT;
	int				rc;

	if ((rc = buf_append(&name, id, err)) != 0 || (rc = buf_terminate(&name, err)) != 0)
		return rc;
	rc = gitcmd_run((const char *const[]){ "cat-file", "blob", (const char *)name.data, NULL }, SLICE_NONE,
	    head, &failure);
	if (rc == 0 || rc == ERR_LIMIT)
		return 0;
	*err = failure;
	return rc;
}

static int
look(void *context, size_t at, struct slice bytes, uint64_t size, struct error *err)
{
	CLEANUP(buf_release) struct buf	head = BUF(4 * KIB);
	struct looking			*looking = context;
	struct status_file		*file = &looking->status->files[looking->index[at]];
	int				rc;

	if (bytes.data == NULL && size != UINT64_MAX) {
		if ((rc = peek(file->id, &head, err)) != 0)
			return rc;
		bytes = buf_slice(&head);
	}
	/* git-crypt's test: the magic alone, since even an empty file has a whole header. */
	file->plaintext = bytes.data != NULL && !blob_is(bytes);
	return 0;
}

static int
look_at_blobs_of(struct status *status, struct error *err)
{
	struct slice	*ids = reallocarray(NULL, status->count + 1, sizeof(*ids));
	size_t		*index = reallocarray(NULL, status->count + 1, sizeof(*index)), n = 0;
	struct looking	 looking = { status, index };
	int		 rc;

	if (ids == NULL || index == NULL) {
		free(ids);
		free(index);
		return err_memory(err);
	}
	for (size_t i = 0; i < status->count; i++)
		if (status->files[i].driver.len > 0 && status->files[i].id.len > 0) {
			index[n] = i;
			ids[n++] = status->files[i].id;
		}
	rc = blobs_each(ids, n, look, &looking, err);
	free(ids);
	free(index);
	return rc;
}

int
status_list(const char *prefix, const char *const *patterns, size_t count, bool look_at_blobs, struct status *out,
    struct error *err)
{
	CLEANUP(status_release) struct status	status = STATUS;
	CLEANUP(buf_release) struct buf		listing = BUF(LISTING_MAX);
	int					rc;

	if ((rc = list(prefix, patterns, count, &listing, err)) != 0 ||
	    (rc = parse_listing(&status, buf_slice(&listing), err)) != 0 || (rc = ask_attributes(&status, err)) != 0)
		return rc;
	if (look_at_blobs && (rc = look_at_blobs_of(&status, err)) != 0)
		return rc;
	*out = status;
	status = STATUS;
	return 0;
}
