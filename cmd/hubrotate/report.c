#include <inttypes.h>

#include "base/timestamp.h"
#include "cmd/hubrotate/hubrotate.h"
#include "cmd/json_out.h"

#define DAY_SECONDS	86400

static const char *
guarded_by(const struct report_item *item)
{
	return item->found->value->layer->encrypted ? "sops" : item->found->filtered ? "git-crypt" : "none";
}

/* "data100 staging", as far as there are names. */
static int
put_target(struct buf *out, const struct rotation *rotation, struct error *err)
{
	return buf_printf(out, err, "%s%s%s%s", rotation->hub != NULL ? rotation->hub : "", rotation->hub != NULL && rotation->env != NULL ?
	    " " : "", rotation->env != NULL ? rotation->env : "", rotation->hub != NULL || rotation->env != NULL ? ": " : "");
}

static int
put_secret(struct buf *out, const struct found *found, struct error *err)
{
	return buf_printf(out, err, "%s%s%s", kinds[found->kind].name, found->service != NULL ? " " : "",
	    found->service != NULL ? found->service : "");
}

/* The members that both kinds of report have; the object stays open. */
static int
begin_json(struct report *report, struct json_out *json, const struct report_item *item, struct error *err)
{
	const struct rotation	*r = item->rotation;
	const struct found	*found = item->found;

	if (!report->started && buf_byte(&report->text, '[', err) != 0)
		return (int)err->kind;
	json->comma = report->started;
	report->started = true;
	if (json_out_begin(json, NULL, '{', err) != 0 || (r->hub != NULL && json_out_text(json, "hub", slice_str(r->hub), err) != 0) ||
	    (r->env != NULL && json_out_text(json, "environment", slice_str(r->env), err) != 0) ||
	    json_out_text(json, "secret", slice_str(kinds[found->kind].name), err) != 0 ||
	    (found->service != NULL && json_out_text(json, "service", slice_str(found->service), err) != 0) ||
	    json_out_text(json, "path", slice_str(found->path), err) != 0 ||
	    json_out_text(json, "file", slice_str(found->value->layer->path), err) != 0 ||
	    json_out_number(json, "line", found->value->line, err) != 0)
		return (int)err->kind;
	return json_out_text(json, "encryption", slice_str(guarded_by(item)), err);
}

/* What the users of the hub notice. */
static const char *
people(const struct report_item *item)
{
	return item->rotation->options->prune ? "auth state that only an old key opens is gone until its user logs in again" :
	    kinds[item->found->kind].people;
}

static int
change_json(struct report *report, const struct report_item *item, struct error *err)
{
	const struct options	*options = item->rotation->options;
	struct json_out		 json = JSON_OUT(&report->text);

	if (begin_json(report, &json, item, err) != 0 ||
	    json_out_bool(&json, "changed", !options->dry_run && item->found->left_alone == NULL, err) != 0)
		return (int)err->kind;
	if (item->found->left_alone != NULL)
		return json_out_text(&json, "why", slice_str(item->found->left_alone), err) != 0 ? (int)err->kind : json_out_end(&json, '}', err);
	if (json_out_text(&json, "restarts", slice_str(kinds[item->found->kind].restarts), err) != 0 ||
	    json_out_text(&json, "users", slice_str(people(item)), err) != 0 ||
	    json_out_begin(&json, "copies", '[', err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < item->copies->count; i++)
		if (json_out_text(&json, NULL, slice_str(item->copies->list[i].path), err) != 0)
			return (int)err->kind;
	return json_out_end(&json, ']', err) != 0 ? (int)err->kind : json_out_end(&json, '}', err);
}

static const char *
deed(const struct report_item *item)
{
	bool dry = item->rotation->options->dry_run;

	if (item->found->kind == CRYPT_KEEPER)
		return item->rotation->options->prune ? (dry ? "would lose its old keys" : "lost its old keys") :
		    dry ? "would get a new first key" : "has a new first key";
	return dry ? "would get a new value" : "has a new value";
}

int
report_change(struct report *report, const struct report_item *item, struct error *err)
{
	struct buf			*out = &report->text;
	const struct merge_value	*value = item->found->value;

	if (report->json)
		return change_json(report, item, err);
	if (put_target(out, item->rotation, err) != 0 || put_secret(out, item->found, err) != 0)
		return (int)err->kind;
	if (item->found->left_alone != NULL)
		return buf_printf(out, err, " stays as it is: %s\n", item->found->left_alone);
	if (buf_printf(out, err, " %s\n  %s, %s:%u\n", deed(item), item->found->path, value->layer->path, (unsigned)value->line) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < item->copies->count; i++)
		if (buf_printf(out, err, "  and its copy %s, %s:%u\n", item->copies->list[i].path, item->copies->list[i].value->layer->path,
		    (unsigned)item->copies->list[i].value->line) != 0)
			return (int)err->kind;
	return buf_printf(out, err, "  with the next deployment %s; %s\n", kinds[item->found->kind].restarts, people(item));
}

static int
when_text(int64_t when, struct buf *out, struct error *err)
{
	struct timestamp time = { .seconds = when };

	return timestamp_format_seconds(&time, out, err);
}

int
report_age(struct report *report, const struct report_item *item, struct error *err)
{
	CLEANUP(buf_release) struct buf when = BUF(64);
	int64_t		days = (timestamp_now().seconds - item->age.when) / DAY_SECONDS;
	struct json_out	json = JSON_OUT(&report->text);

	if (item->age.when != 0 && when_text(item->age.when, &when, err) != 0)
		return (int)err->kind;
	if (!report->json) {
		if (put_target(&report->text, item->rotation, err) != 0 || put_secret(&report->text, item->found, err) != 0)
			return (int)err->kind;
		if (item->age.when == 0)
			return buf_printf(&report->text, err, " is not committed as it is (%s)\n", item->found->value->layer->path);
		return buf_printf(&report->text, err, " is %s%" PRId64 " day%s old: since %.10s%s, commit %.10s\n", item->age.at_least ? "at least " : "",
		    days, days == 1 ? "" : "s", (const char *)when.data, item->age.at_least ? " or before (this clone has no more history)" : "",
		    item->age.commit);
	}
	if (begin_json(report, &json, item, err) != 0 || (item->age.when != 0 && (json_out_text(&json, "since", buf_slice(&when), err) != 0 ||
	    json_out_number(&json, "days", (uint64_t)(days > 0 ? days : 0), err) != 0 ||
	    json_out_text(&json, "commit", slice_str(item->age.commit), err) != 0 || (item->age.at_least && json_out_bool(&json, "atLeast", true, err) != 0))))
		return (int)err->kind;
	return json_out_end(&json, '}', err);
}

int
report_absent(struct report *report, const struct rotation *rotation, enum kind kind, struct error *err)
{
	if (report->json)
		return 0;
	if (put_target(&report->text, rotation, err) != 0)
		return (int)err->kind;
	return buf_printf(&report->text, err, "%s is in no layer: the cluster keeps one of its own\n", kinds[kind].name);
}

int
report_flush(struct report *report, struct error *err)
{
	int rc = report->json || report->text.len == 0 ? 0 : cli_output(buf_slice(&report->text), err);

	if (!report->json)
		buf_reset(&report->text);
	return rc;
}

int
report_print(struct report *report, struct error *err)
{
	if (report->json && buf_str(&report->text, report->started ? "]\n" : "[]\n", err) != 0)
		return (int)err->kind;
	return report->text.len > 0 ? cli_output(buf_slice(&report->text), err) : 0;
}
