#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "cmd/hubsecrets/file_list.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "cmd/json_out.h"

/*
 * status: when a file was changed last, and since when each of its recipients is there.  An age recipient has no date in the file;
 * it is as old as the file at most.
 */
#define STATUS_OLD	1
#define STATUS_UNKNOWN	2		/* a file that cannot be read */
#define DAY		86400

struct ages {
	const struct cli_args	*args;
	const struct options	*options;
	struct file_list	 files;
	struct buf		 out;
	struct json_out		 json;
	struct timestamp	 now;
	int64_t			 limit;		/* days; 0: none */
	size_t			 old, failed, shown;
};

static void
ages_release(struct ages *a)
{
	file_list_release(&a->files);
	buf_release(&a->out);
}

/* "180d", "26w", "1y"; a bare number counts days. */
static int
parse_age(const char *text, int64_t *days, struct error *err)
{
	static const struct { char letter; int64_t days; } units[] = { { 'd', 1 }, { 'w', 7 }, { 'y', 365 } };
	struct slice	digits = slice_str(text);
	int64_t		unit = 1;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (digits.len != 0 && digits.data[digits.len - 1] == (uint8_t)units[i].letter) {
			unit = units[i].days;
			digits.len--;
			break;
		}
	if (!num_parse(digits, 1, 100000, days)) {
		err_set(err, ERR_USAGE, "'%s' is no age", text);
		return err_hint(err, "days, weeks or years: 180d, 26w, 1y");
	}
	*days *= unit;
	return 0;
}

/* Whole days since then; -1 when the text is no time. */
static int64_t
days_since(const struct ages *a, struct slice text)
{
	struct timestamp	when;
	struct error		unheard = ERROR_INIT;

	if (text.len == 0 || timestamp_parse(text, &when, &unheard) != 0)
		return -1;
	return when.seconds > a->now.seconds ? 0 : (a->now.seconds - when.seconds) / DAY;
}

static bool
is_old(struct ages *a, int64_t days)
{
	bool old = a->limit != 0 && days >= a->limit;

	a->old += old;
	return old;
}

/* --- text ------------------------------------------------------------------------------------------------------------- */

static int
tell_days(struct ages *a, struct slice when, const char *none, struct error *err)
{
	int64_t days = days_since(a, when);

	if (days < 0)
		return buf_printf(&a->out, err, "%s\n", none);
	return buf_printf(&a->out, err, "%.*s, %lld day%s ago%s\n", SLICE_ARG(slice_sub(when, 0, 10)), (long long)days, days == 1 ? "" : "s",
	    is_old(a, days) ? "  OLD" : "");
}

static int
tell_text(struct ages *a, const char *path, const struct metadata *meta, struct error *err)
{
	if (json_out_visible(&a->out, slice_str(path), err) != 0 || buf_str(&a->out, ": changed ", err) != 0 ||
	    tell_days(a, meta->lastmodified, "at an unknown time", err) != 0)
		return (int)err->kind;
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t k = 0; k < meta->groups[g].count; k++) {
			CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);
			const struct master_key *key = &meta->groups[g].keys[k];

			if (master_key_identity(key, &name, err) != 0 || buf_printf(&a->out, err, "    %s ", key->type->name) != 0 ||
			    json_out_visible(&a->out, buf_slice(&name), err) != 0 || buf_str(&a->out, key->created_at.len != 0 ? " since " : " ",
			    err) != 0 || tell_days(a, key->created_at, "(without a date)", err) != 0)
				return (int)err->kind;
		}
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

static int
put_time(struct ages *a, const char *name, struct slice when, struct error *err)
{
	int64_t days = days_since(a, when);

	if (when.len != 0 && json_out_text(&a->json, name, when, err) != 0)
		return (int)err->kind;
	if (days < 0)
		return 0;
	if (json_out_number(&a->json, "days", (uint64_t)days, err) != 0)
		return (int)err->kind;
	return a->limit != 0 ? json_out_bool(&a->json, "old", is_old(a, days), err) : 0;
}

static int
put_key(struct ages *a, const struct master_key *key, size_t group, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);

	if (master_key_identity(key, &name, err) != 0 || json_out_begin(&a->json, NULL, '{', err) != 0 ||
	    json_out_number(&a->json, "group", group, err) != 0 || json_out_text(&a->json, "type", slice_str(key->type->name), err) != 0 ||
	    json_out_text(&a->json, "key", buf_slice(&name), err) != 0 || put_time(a, "created_at", key->created_at, err) != 0)
		return (int)err->kind;
	return json_out_end(&a->json, '}', err);
}

static int
tell_json(struct ages *a, const char *path, const struct metadata *meta, struct error *err)
{
	if (json_out_begin(&a->json, NULL, '{', err) != 0 || json_out_text(&a->json, "path", slice_str(path), err) != 0 ||
	    put_time(a, "lastmodified", meta->lastmodified, err) != 0 || json_out_begin(&a->json, "recipients", '[', err) != 0)
		return (int)err->kind;
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t k = 0; k < meta->groups[g].count; k++)
			if (put_key(a, &meta->groups[g].keys[k], g, err) != 0)
				return (int)err->kind;
	return json_out_end(&a->json, ']', err) != 0 ? (int)err->kind : json_out_end(&a->json, '}', err);
}

/* --- files ------------------------------------------------------------------------------------------------------------ */

/* What is found in a folder and is not encrypted is passed by. */
static int
tell_file(struct ages *a, const struct file_list_entry *entry, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(a->args);

	if (entry->found && !files_may_be_sealed(entry->path))
		return 0;
	if (job_start_file(&job, entry->path, err) != 0 || job_read(&job, err) != 0)
		return (int)err->kind;
	if (sealed_load(buf_slice(&job.text), job.store, &job.opened, err) != 0) {
		if (!entry->found || err->kind != ERR_NO_METADATA)
			return err_file(err, entry->path);
		err_reset(err);
		return 0;
	}
	a->shown++;
	return a->options->json ? tell_json(a, entry->path, job.opened.meta, err) : tell_text(a, entry->path, job.opened.meta, err);
}

static int
tell_all(struct ages *a, struct error *err)
{
	if (a->options->json && json_out_begin(&a->json, NULL, '[', err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < a->files.count; i++) {
		struct error why = ERROR_INIT;

		if (tell_file(a, &a->files.list[i], &why) == 0)
			continue;
		if (why.kind == ERR_MEMORY)
			return err_memory(err);
		a->failed++;
		cli_error(&why);
	}
	if (a->options->json && (json_out_end(&a->json, ']', err) != 0 || buf_byte(&a->out, '\n', err) != 0))
		return (int)err->kind;
	return cli_output(buf_slice(&a->out), err);
}

int
verb_status(const struct cli_args *args, struct error *err)
{
	CLEANUP(ages_release) struct ages a = { .args = args, .options = args->options, .files = FILE_LIST, .out = BUF(LIMIT_DOCUMENT),
	    .now = timestamp_now() };

	a.json = JSON_OUT(&a.out);
	*args->status = STATUS_UNKNOWN;
	if (args->count == 0)
		return err_set(err, ERR_USAGE, "no file named");
	if ((a.options->older_than != NULL && parse_age(a.options->older_than, &a.limit, err) != 0) ||
	    file_list_fill(&a.files, args->operands, args->count, a.options->recursive, err) != 0 || tell_all(&a, err) != 0)
		return (int)err->kind;
	*args->status = a.failed != 0 ? STATUS_UNKNOWN : a.old != 0 ? STATUS_OLD : 0;
	return 0;
}
