/*
 * The attributes of a commit are read through an index of our own: "git check-attr --source" needs git 2.40,
 * and an index gives the same answer everywhere, in bare repositories too.  Commits of a range mostly follow
 * each other, so the last listing is the next one's base; what a blob is, is asked once.
 */
#include "gitfilter/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/attributes.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/ownindex.h"
#include "gitfilter/tracked.h"
#include "gitfilter/users.h"

#define REVISIONS_MAX	(256 * MIB)
#define PUSHED_MAX	10000		/* references of one push */
#define ID_MAX		64

const char *
check_problem_name(enum check_problem problem)
{
	static const char *const names[CHECK_PROBLEMS] = { "plaintext", "unmarked", "unmarked-sealed", "git-file", "converted", "absent" };

	return names[problem];
}

const char *
check_problem_text(enum check_problem problem)
{
	static const char *const texts[CHECK_PROBLEMS] = {
		[CHECK_PLAINTEXT] = "is to be encrypted, and is not",
		[CHECK_UNMARKED] = "was encrypted before, and is not any more",
		[CHECK_UNMARKED_SEALED] = "has lost its attribute, so that its next version will not be encrypted",
		[CHECK_GIT_FILE] = "must not be encrypted: git reads it, or unlock does",
		[CHECK_CONVERTED] = "has an attribute with which git damages it: add '-text -ident !working-tree-encoding'",
		[CHECK_ABSENT] = "cannot be judged: its content is not in this clone",
	};

	return texts[problem];
}

/* --- what blobs are ------------------------------------------------------------------------------- */

enum verdict {
	UNKNOWN,
	SEALED,
	EMPTY,		/* no secret in it, and git never stops asking for it */
	PLAIN,
	ABSENT,
};

/* By id, open addressing. */
struct verdict_slot {
	struct slice	id;
	enum verdict	verdict;
};

struct verdicts {
	struct verdict_slot	*slots;
	size_t			 count, capacity;	/* a power of two */
	struct arena		 arena;
};

static struct verdict_slot *
slot_of(const struct verdicts *verdicts, struct slice id)
{
	size_t at = 0;

	/* Ids are digests: any of their digits will do. */
	for (size_t i = 0; i < 16 && i < id.len; i++)
		at = at << 4 ^ id.data[i] ^ at >> 56;
	for (at &= verdicts->capacity - 1; verdicts->slots[at].id.len > 0; at = (at + 1) & (verdicts->capacity - 1))
		if (slice_eq(verdicts->slots[at].id, id))
			break;
	return &verdicts->slots[at];
}

static int
grow(struct verdicts *verdicts, struct error *err)
{
	struct verdicts	larger = *verdicts;

	larger.capacity = verdicts->capacity == 0 ? 1024 : verdicts->capacity * 2;
	if ((larger.slots = calloc(larger.capacity, sizeof(*larger.slots))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < verdicts->capacity; i++)
		if (verdicts->slots[i].id.len > 0)
			*slot_of(&larger, verdicts->slots[i].id) = verdicts->slots[i];
	free(verdicts->slots);
	*verdicts = larger;
	return 0;
}

/* The slot of an id, made when it is new. */
static int
find(struct verdicts *verdicts, struct slice id, struct verdict_slot **out, struct error *err)
{
	int rc;

	if (verdicts->count >= verdicts->capacity / 2 && (rc = grow(verdicts, err)) != 0)
		return rc;
	*out = slot_of(verdicts, id);
	if ((*out)->id.len > 0)
		return 0;
	if ((rc = arena_copy(&verdicts->arena, id, &(*out)->id, err)) == 0)
		verdicts->count++;
	return rc;
}

/* --- the run -------------------------------------------------------------------------------------- */

struct check {
	const struct check_options	*options;
	struct check_report		*report;
	struct verdicts			 verdicts;
	struct tracked			 now, base;
	struct slice			 revision;		/* of now; empty: the index */
	char				 now_is[ID_MAX + 1];	/* the commit that .now was read from, "" for none */
	struct buf			 state_folder;		/* where users' copies lie */
	struct ownindex			 index;
};

static void
check_release(struct check *check)
{
	free(check->verdicts.slots);
	arena_release(&check->verdicts.arena);
	tracked_release(&check->now);
	tracked_release(&check->base);
	buf_release(&check->state_folder);
	ownindex_release(&check->index);
}

static int
check_init(struct check *check, const struct check_options *options, struct check_report *report, struct error *err)
{
	*report = (struct check_report){ .files = 0 };
	*check = (struct check){ .options = options, .report = report, .verdicts.arena = ARENA(1024 * MIB), .now = TRACKED,
	    .base = TRACKED,
	    .state_folder = BUF(64 * KIB), .index = OWNINDEX };
	return users_folder(&check->state_folder, err);
}

/* The files of a commit, by its own attributes. */
static int
read_commit(struct check *check, const char *commit, struct tracked *out, struct error *err)
{
	int rc;

	if ((rc = ownindex_enter(&check->index, err)) == 0 && (rc = ownindex_read(&check->index, commit, err)) == 0)
		rc = tracked_list_index(true, out, err);
	ownindex_leave(&check->index);
	return rc;
}

/* The first bytes of a blob that is too large to be read whole: git is stopped when it has given more than enough. */
static int
judge_large(struct verdict_slot *slot, struct error *err)
{
	CLEANUP(buf_release) struct buf	head = BUF(64 * KIB);
	struct error			failure = ERROR_INIT;
	char				id[ID_MAX + 1];
	int				status, rc;

	(void)snprintf(id, sizeof(id), "%.*s", SLICE_ARG(slot->id));
	rc = gitcmd_status((const char *const[]){ "cat-file", "blob", id, NULL }, SLICE_NONE, &head, &status, &failure);
	if (rc != 0 && rc != ERR_LIMIT) {
		*err = failure;
		return rc;
	}
	if (head.len >= BLOB_HEADER_LEN)
		slot->verdict = blob_is(buf_slice(&head)) ? SEALED : PLAIN;
	return 0;
}

static int
judge_blob(void *context, size_t index UNUSED, struct slice bytes, uint64_t size, struct error *err)
{
	struct verdict_slot ***next = context, *slot = *(*next)++;

	slot->verdict = ABSENT;
	if (bytes.data == NULL)
		return size == UINT64_MAX ? 0 : judge_large(slot, err);
	if (bytes.len == 0)
		slot->verdict = EMPTY;
	else
		slot->verdict = blob_is(bytes) ? SEALED : PLAIN;
	return 0;
}

static void
free_ids(struct slice **ids)
{
	free(*ids);
}

static void
free_slots(struct verdict_slot ***slots)
{
	free(*slots);
}

/* Is this a file whose content matters: marked, or once marked? */
static const struct tracked_file *
marked_before(const struct check *check, const struct tracked_file *file)
{
	size_t low = 0, high = check->base.count;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		int	order = slice_cmp(check->base.files[middle].path, file->path);

		if (order == 0)
			return check->base.files[middle].encrypted ? &check->base.files[middle] : NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Encrypted, these work no longer for those without the key, or for anybody. */
static bool
must_be_readable(const struct check *check, struct slice path)
{
	static const char *const	names[] = { ".gitattributes", ".gitignore", ".gitmodules", ".mailmap" };
	struct slice			folder = buf_slice(&check->state_folder), name;

	if (slice_starts(path, folder) && path.len > folder.len && path.data[folder.len] == '/')
		return true;
	while (slice_split(&path, '/', &name))
		;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_eq(name, slice_str(names[i])))
			return true;
	return false;
}

/* Ask for all blobs that are new to us, in one go. */
static int
judge_blobs(struct check *check, struct error *err)
{
	CLEANUP(free_ids) struct slice			*ids = calloc(check->now.count + 1, sizeof(*ids));
	CLEANUP(free_slots) struct verdict_slot		**slots = calloc(check->now.count + 1, sizeof(*slots));
	struct verdict_slot				**next = slots, *slot;
	size_t						 count = 0;
	int						 rc;

	if (ids == NULL || slots == NULL)
		return err_memory(err);
	/* Twice, for the table moves as it grows. */
	for (size_t i = 0; i < check->now.count; i++) {
		const struct tracked_file *file = &check->now.files[i];

		if (!file->encrypted && marked_before(check, file) == NULL && !must_be_readable(check, file->path))
			continue;
		if ((rc = find(&check->verdicts, file->id, &slot, err)) != 0)
			return rc;
		if (slot->verdict == UNKNOWN) {
			slot->verdict = ABSENT;
			ids[count++] = slot->id;
		}
	}
	for (size_t i = 0; i < count; i++)
		slots[i] = slot_of(&check->verdicts, ids[i]);
	return blobs_each(ids, count, judge_blob, &next, err);
}

static int
report(struct check *check, const struct tracked_file *file, struct slice driver, enum check_problem problem, struct error *err)
{
	check->report->problems++;
	return check->options->visit(check->options->context, &(struct check_finding){ check->revision, file->path, driver,
	    problem }, err);
}

/* Judged by content, too: once encrypted, .gitattributes says nothing any more, not even that it is. */
static int
judge_git_file(struct check *check, const struct tracked_file *file, const struct verdict_slot *slot, struct error *err)
{
	return file->encrypted || slot->verdict == SEALED ? report(check, file, file->driver, CHECK_GIT_FILE, err) : 0;
}

static int
judge_file(struct check *check, const struct tracked_file *file, struct error *err)
{
	const struct tracked_file	*before = file->encrypted || check->options->allow_decrypted ? NULL : marked_before(check, file);
	bool				 readable = must_be_readable(check, file->path);
	struct verdict_slot		*slot;
	int				 rc;

	check->report->files += file->encrypted;
	if (!file->encrypted && before == NULL && !readable)
		return 0;
	if ((rc = find(&check->verdicts, file->id, &slot, err)) != 0)
		return rc;
	if (readable)
		return judge_git_file(check, file, slot, err);
	if (slot->verdict == EMPTY)
		return 0;
	if (slot->verdict == ABSENT)
		return report(check, file, file->driver, CHECK_ABSENT, err);
	if (before != NULL)
		return report(check, file, before->driver, slot->verdict == SEALED ? CHECK_UNMARKED_SEALED : CHECK_UNMARKED, err);
	return slot->verdict == SEALED ? 0 : report(check, file, file->driver, CHECK_PLAINTEXT, err);
}

/* git's answers about one path follow each other, "text" first; a path is told once. */
struct conversions {
	struct check	*check;
	bool		 text_harmless, told;
};

static int
visit_conversion(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err)
{
	struct conversions		*state = context;
	const struct tracked_file	 file = { .path = path };

	if (slice_eq(attribute, SLICE("text"))) {
		state->text_harmless = slice_eq(value, SLICE("unset")) || slice_eq(value, SLICE("auto"));
		state->told = false;
	}
	if (state->told || (slice_eq(attribute, SLICE("eol")) && state->text_harmless) || !attributes_converts(attribute, value))
		return 0;
	state->told = true;
	return report(state->check, &file, SLICE_NONE, CHECK_CONVERTED, err);
}

/* With the index that .now was read from in place. */
static int
judge_conversions(struct check *check, struct error *err)
{
	CLEANUP(buf_release) struct buf	paths = BUF(512 * MIB);
	int				rc;

	for (size_t i = 0; i < check->now.count; i++)
		if (check->now.files[i].encrypted && ((rc = buf_append(&paths, check->now.files[i].path, err)) != 0 ||
		    (rc = buf_byte(&paths, '\0', err)) != 0))
			return rc;
	return attributes_query(true, attributes_conversions, buf_slice(&paths), visit_conversion,
	    &(struct conversions){ .check = check }, err);
}

/* Judge .now against .base. */
static int
judge(struct check *check, struct error *err)
{
	int rc = judge_blobs(check, err);

	check->report->revisions++;
	for (size_t i = 0; rc == 0 && i < check->now.count; i++)
		if (check->now.files[i].stage == 0)
			rc = judge_file(check, &check->now.files[i], err);
	return rc != 0 ? rc : judge_conversions(check, err);
}

int
check_index(const struct check_options *options, struct check_report *out, struct error *err)
{
	CLEANUP(check_release) struct check	check;
	CLEANUP(buf_release) struct buf		head = BUF(KIB);
	int					status, rc;

	if ((rc = check_init(&check, options, out, err)) != 0 ||
	    (rc = gitcmd_status((const char *const[]){ "rev-parse", "--verify", "--quiet", "HEAD^{commit}", NULL }, SLICE_NONE, &head,
	    &status, err)) != 0)
		return rc;
	/* A repository without a commit has nothing to be compared with. */
	if (status == 0 && (rc = read_commit(&check, "HEAD", &check.base, err)) != 0)
		return rc;
	if ((rc = tracked_list_index(true, &check.now, err)) != 0)
		return rc;
	return judge(&check, err);
}

/* --- commits -------------------------------------------------------------------------------------- */

static void
take(struct tracked *to, struct tracked *from)
{
	tracked_release(to);
	*to = *from;
	*from = TRACKED;
}

/* "COMMIT PARENT..." */
static int
check_commit(struct check *check, struct slice line, struct error *err)
{
	struct slice	commit, parent = SLICE_NONE;
	char		text[ID_MAX + 1];
	int		rc;

	if (!slice_split(&line, ' ', &commit) || commit.len == 0 || commit.len > ID_MAX ||
	    (line.data != NULL && (!slice_split(&line, ' ', &parent) || parent.len > ID_MAX)))
		return err_set(err, ERR_CHILD, "'git rev-list' gave an answer that cannot be read");
	(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(parent));
	if (parent.len > 0 && strcmp(check->now_is, text) == 0) {
		take(&check->base, &check->now);
	} else {
		tracked_release(&check->base);
		check->base = TRACKED;
		if (parent.len > 0 && (rc = read_commit(check, text, &check->base, err)) != 0)
			return rc;
	}
	tracked_release(&check->now);
	check->now = TRACKED;
	(void)snprintf(check->now_is, sizeof(check->now_is), "%.*s", SLICE_ARG(commit));
	check->revision = commit;
	if ((rc = read_commit(check, check->now_is, &check->now, err)) != 0 || (rc = ownindex_enter(&check->index, err)) != 0)
		return rc;
	rc = judge(check, err);
	ownindex_leave(&check->index);
	return rc;
}

static size_t
count_lines(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

int
check_revisions(const char *const *arguments, const struct check_options *options, struct check_report *out, struct error *err)
{
	static const char *const		fixed[] = { "rev-list", "--reverse", "--topo-order", "--parents" };
	CLEANUP(check_release) struct check	check;
	CLEANUP(buf_release) struct buf		answer = BUF(REVISIONS_MAX), vector = BUF(4 * MIB);
	struct slice				rest, line;
	const char				*end = NULL;
	size_t					total, done = 0;
	int					rc;

	if ((rc = check_init(&check, options, out, err)) != 0 || (rc = buf_append(&vector, slice_of(fixed, sizeof(fixed)), err)) != 0)
		return rc;
	for (; *arguments != NULL; arguments++)
		if ((rc = buf_append(&vector, slice_of(arguments, sizeof(*arguments)), err)) != 0)
			return rc;
	if ((rc = buf_append(&vector, slice_of(&end, sizeof(end)), err)) != 0 ||
	    (rc = gitcmd_run((const char *const *)(const void *)vector.data, SLICE_NONE, &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	total = count_lines(rest);
	while (slice_split(&rest, '\n', &line) && line.len > 0) {
		if (options->progress != NULL && total > 1)
			options->progress(done++, total);
		if ((rc = check_commit(&check, line, err)) != 0)
			return rc;
	}
	return 0;
}

/* --- a push --------------------------------------------------------------------------------------- */

static bool
is_id(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.data[i] >= '0' && text.data[i] <= '9') && !(text.data[i] >= 'a' && text.data[i] <= 'f'))
			return false;
	return text.len >= 40 && text.len <= ID_MAX;
}

static bool
is_zero(struct slice id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.data[i] != '0')
			return false;
	return true;
}

/* What the other side has need not be here. */
static int
has_commit(const char *id, bool *has, struct error *err)
{
	CLEANUP(buf_release) struct buf	ignored = BUF(64 * KIB);
	int				status, rc;

	rc = gitcmd_status((const char *const[]){ "cat-file", "-e", id, NULL }, SLICE_NONE, &ignored, &status, err);
	*has = rc == 0 && status == 0;
	return rc;
}

static int
push_line(struct slice line, struct arena *arena, const char **arguments, size_t *n, bool *any, struct error *err)
{
	struct slice	local_ref, local, remote_ref, remote, copy;
	char		exclude[ID_MAX + 2];
	bool		has = false;
	int		rc;

	if (!slice_split(&line, ' ', &local_ref) || !slice_split(&line, ' ', &local) || !slice_split(&line, ' ', &remote_ref) ||
	    !slice_split(&line, ' ', &remote) || line.data != NULL || !is_id(local) || !is_id(remote))
		return err_set(err, ERR_SYNTAX, "a line of the pre-push hook's input is not 'REF ID REF ID'");
	if (is_zero(local))
		return 0;	/* a reference is deleted: nothing is published */
	if ((rc = arena_copy(arena, local, &copy, err)) != 0)
		return rc;
	arguments[(*n)++] = (const char *)copy.data;
	*any = true;
	(void)snprintf(exclude, sizeof(exclude), "^%.*s", SLICE_ARG(remote));
	if (is_zero(remote) || (rc = has_commit(exclude + 1, &has, err)) != 0 || !has)
		return rc;
	if ((rc = arena_copy(arena, slice_str(exclude), &copy, err)) != 0)
		return rc;
	arguments[(*n)++] = (const char *)copy.data;
	return 0;
}

int
check_push(const char *remote, struct slice lines, const struct check_options *options, struct check_report *out,
    struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(16 * MIB);
	CLEANUP(buf_release) struct buf		known = BUF(64 * KIB);
	void					*vector;
	const char				**arguments;
	struct slice				line;
	size_t					n = 0;
	bool					any = false;
	int					rc;

	*out = (struct check_report){ .files = 0 };
	if (count_lines(lines) > PUSHED_MAX)
		return err_set(err, ERR_LIMIT, "more than %d references in one push", PUSHED_MAX);
	if ((rc = arena_alloc(&arena, (2 * count_lines(lines) + 6) * sizeof(*arguments), &vector, err)) != 0 ||
	    (rc = buf_printf(&known, err, "--remotes=%s", remote)) != 0 || (rc = buf_terminate(&known, err)) != 0)
		return rc;
	arguments = vector;
	while (slice_split(&lines, '\n', &line))
		if (line.len > 0 && (rc = push_line(line, &arena, arguments, &n, &any, err)) != 0)
			return rc;
	if (!any)
		return 0;
	arguments[n++] = "--not";
	arguments[n++] = (const char *)known.data;
	arguments[n] = NULL;
	return check_revisions(arguments, options, out, err);
}
