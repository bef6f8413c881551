#include "gitfilter/tracked.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/attributes.h"
#include "gitfilter/driver.h"
#include "gitfilter/gitcmd.h"

#define LISTING_MAX	(512 * MIB)
#define MODE_TYPE	0170000u
#define MODE_REGULAR	0100000u

void
tracked_release(struct tracked *tracked)
{
	free(tracked->files);
	tracked->files = NULL;
	tracked->count = tracked->capacity = 0;
	arena_release(&tracked->arena);
}

static bool
parse_octal(struct slice text, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '7' || i > 8)
			return false;
		*out = *out * 8 + (uint32_t)(text.data[i] - '0');
	}
	return text.len > 0;
}

/* "TAG MODE ID STAGE<TAB>PATH": TAG is S for skip-worktree, in lower case for assume-unchanged. */
static bool
parse_line(struct slice line, struct tracked_file *file)
{
	struct slice tag, mode, stage;

	*file = (struct tracked_file){ .stage = 0 };
	if (!slice_split(&line, ' ', &tag) || tag.len != 1 || !slice_split(&line, ' ', &mode) ||
	    !slice_split(&line, ' ', &file->id) || !slice_split(&line, '\t', &stage) || stage.len != 1 ||
	    line.data == NULL)
		return false;
	file->path = line;
	file->skip_worktree = tag.data[0] == 'S' || tag.data[0] == 's';
	file->assume_unchanged = tag.data[0] >= 'a' && tag.data[0] <= 'z';
	file->stage = (unsigned)(stage.data[0] - '0');
	return parse_octal(mode, &file->mode) && file->stage <= 3 && file->path.len > 0;
}

/* Grown by doubling; the listing says nothing of how many there are. */
int
tracked_add(struct tracked *to, const struct tracked_file *file, struct error *err)
{
	size_t			capacity = to->capacity == 0 ? 256 : to->capacity * 2;
	struct tracked_file	*larger;

	if (to->count == to->capacity) {
		if ((larger = reallocarray(to->files, capacity, sizeof(*larger))) == NULL)
			return err_memory(err);
		to->files = larger;
		to->capacity = capacity;
	}
	to->files[to->count++] = *file;
	return 0;
}

int
tracked_select(const struct tracked *from, tracked_wanted *wanted, void *context, struct tracked *out,
    struct error *err)
{
	CLEANUP(tracked_release) struct tracked	some = TRACKED;
	int					rc;

	for (size_t i = 0; i < from->count; i++)
		if (wanted(context, &from->files[i]) && (rc = tracked_add(&some, &from->files[i], err)) != 0)
			return rc;
	*out = some;
	some = TRACKED;
	return 0;
}

static int
parse_listing(struct tracked *tracked, struct slice listing, struct error *err)
{
	size_t	end;
	int	rc;

	for (; listing.len > 0; listing = slice_from(listing, end + 1)) {
		struct tracked_file file;

		end = slice_find(listing, '\0', 0);
		if (end == listing.len || !parse_line(slice_sub(listing, 0, end), &file))
			return err_set(err, ERR_CHILD, "'git ls-files' gave an answer that cannot be read");
		/* Symbolic links and submodules have no content of their own to encrypt. */
		if ((file.mode & MODE_TYPE) != MODE_REGULAR)
			continue;
		if ((rc = arena_copy(&tracked->arena, file.path, &file.path, err)) != 0 ||
		    (rc = arena_copy(&tracked->arena, file.id, &file.id, err)) != 0 ||
		    (rc = tracked_add(tracked, &file, err)) != 0)
			return rc;
	}
	return 0;
}

/* The answers come in the order of the question, two for each file. */
struct judging {
	struct tracked	*tracked;
	size_t		 answers;
};

static int
judge(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err)
{
	struct judging		*judging = context;
	size_t			 at = judging->answers++ / 2;
	struct tracked_file	*file;

	if (at >= judging->tracked->count || !slice_eq(path, judging->tracked->files[at].path))
		return err_set(err, ERR_CHILD, "'git check-attr' answered for another path than was asked");
	file = &judging->tracked->files[at];
	if (slice_eq(attribute, SLICE("diff")))
		return arena_copy(&judging->tracked->arena, value, &file->diff, err);
	file->encrypted = driver_key_name(value, file->key_name);
	return arena_copy(&judging->tracked->arena, value, &file->driver, err);
}

static int
ask_attributes(struct tracked *tracked, bool cached, struct error *err)
{
	static const char *const	names[] = { "filter", "diff", NULL };
	CLEANUP(buf_release) struct buf	paths = BUF(LISTING_MAX);
	struct judging			judging = { tracked, 0 };
	int				rc;

	for (size_t i = 0; i < tracked->count; i++)
		if ((rc = buf_append(&paths, tracked->files[i].path, err)) != 0 ||
		    (rc = buf_byte(&paths, '\0', err)) != 0)
			return rc;
	if ((rc = attributes_query(cached, names, buf_slice(&paths), judge, &judging, err)) != 0)
		return rc;
	if (judging.answers != 2 * tracked->count)
		return err_set(err, ERR_CHILD, "'git check-attr' did not answer for every path");
	return 0;
}

static int
list(bool all, bool cached, struct tracked *out, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	tracked = TRACKED;
	CLEANUP(buf_release) struct buf		listing = BUF(LISTING_MAX);
	size_t					kept = 0;
	int					rc;

	if ((rc = gitcmd_run((const char *const[]){ "ls-files", "-v", "-s", "-z", NULL }, SLICE_NONE, &listing,
	    err)) != 0 ||
	    (rc = parse_listing(&tracked, buf_slice(&listing), err)) != 0 ||
	    (rc = ask_attributes(&tracked, cached, err)) != 0)
		return rc;
	for (size_t i = 0; i < tracked.count; i++)
		if (all || tracked.files[i].encrypted)
			tracked.files[kept++] = tracked.files[i];
	*out = tracked;
	out->count = kept;
	tracked = TRACKED;
	return 0;
}

int
tracked_list(bool all, struct tracked *out, struct error *err)
{
	return list(all, false, out, err);
}

int
tracked_list_index(bool all, struct tracked *out, struct error *err)
{
	return list(all, true, out, err);
}
