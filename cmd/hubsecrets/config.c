#include "sops/config.h"

#include <string.h>

#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "cmd/json_out.h"

/*
 * config show: what a new file of that name would get.  Keys and rules that are given as options count as they do for encrypt.
 */
struct shown {
	const struct cli_args		*args;
	const struct options		*options;
	struct buf			 out;
	struct json_out			 json;
};

static void
shown_release(struct shown *s)
{
	buf_release(&s->out);
}

/* The one selection rule that is in force; NULL: every value is encrypted. */
static const char *
selection(const struct metadata *meta, struct slice *text)
{
	enum select_rule which;

	if (select_rules_count(&meta->rules, &which) != 1)
		return NULL;
	*text = meta->rules.text[which];
	return select_rule_name(which);
}

/* --- text ------------------------------------------------------------------------------------------------------------- */

static int
tell_key(struct shown *s, const struct master_key *key, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);

	if (master_key_identity(key, &name, err) != 0 || buf_printf(&s->out, err, "        %s ", key->type->name) != 0 ||
	    json_out_visible(&s->out, buf_slice(&name), err) != 0)
		return (int)err->kind;
	return buf_byte(&s->out, '\n', err);
}

static int
tell_groups(struct shown *s, const struct metadata *meta, struct error *err)
{
	unsigned needed = meta->shamir_threshold != 0 ? (unsigned)meta->shamir_threshold : (unsigned)meta->group_count;

	if (meta->group_count > 1 ? buf_printf(&s->out, err, "    recipients: %u of %zu groups\n", needed, meta->group_count) != 0 :
	    buf_str(&s->out, "    recipients: any one\n", err) != 0)
		return (int)err->kind;
	for (size_t g = 0; g < meta->group_count; g++) {
		if (meta->group_count > 1 && buf_printf(&s->out, err, "      group %zu: any one\n", g + 1) != 0)
			return (int)err->kind;
		for (size_t k = 0; k < meta->groups[g].count; k++)
			if (tell_key(s, &meta->groups[g].keys[k], err) != 0)
				return (int)err->kind;
	}
	return 0;
}

static int
tell_text(struct shown *s, const struct job *job, const struct config_rule *rule, const struct metadata *meta, struct error *err)
{
	struct slice	 text = SLICE_NONE;
	const char	*which = selection(meta, &text);

	if (json_out_visible(&s->out, slice_str(job->path), err) != 0 || buf_printf(&s->out, err, "\n    type: %s\n", job->out_store->name) != 0)
		return (int)err->kind;
	if (rule == NULL ? buf_str(&s->out, "    rule: none\n", err) != 0 : buf_printf(&s->out, err, "    rule: %zu of %.*s, line %u", rule->index + 1,
	    SLICE_ARG(job->config->path), (unsigned)rule->line) != 0)
		return (int)err->kind;
	if (rule != NULL && ((rule->path_regex.len != 0 ? buf_str(&s->out, ", path_regex ", err) != 0 ||
	    json_out_visible(&s->out, rule->path_regex, err) != 0 : buf_str(&s->out, ", for every path", err) != 0) ||
	    buf_byte(&s->out, '\n', err) != 0))
		return (int)err->kind;
	if (tell_groups(s, meta, err) != 0)
		return (int)err->kind;
	if (which == NULL)
		return buf_str(&s->out, "    selection: everything\n", err);
	if (buf_printf(&s->out, err, "    selection: %s ", which) != 0 || json_out_visible(&s->out, text, err) != 0)
		return (int)err->kind;
	return buf_printf(&s->out, err, "\n    MAC: over %s\n", meta->mac_only_encrypted ? "encrypted values" : "all values");
}

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

static int
put_key(struct shown *s, const struct master_key *key, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);

	if (master_key_identity(key, &name, err) != 0 || json_out_begin(&s->json, NULL, '{', err) != 0 ||
	    json_out_text(&s->json, "type", slice_str(key->type->name), err) != 0 ||
	    json_out_text(&s->json, "key", buf_slice(&name), err) != 0)
		return (int)err->kind;
	return json_out_end(&s->json, '}', err);
}

static int
put_groups(struct shown *s, const struct metadata *meta, struct error *err)
{
	if (json_out_begin(&s->json, "groups", '[', err) != 0)
		return (int)err->kind;
	for (size_t g = 0; g < meta->group_count; g++) {
		if (json_out_begin(&s->json, NULL, '[', err) != 0)
			return (int)err->kind;
		for (size_t k = 0; k < meta->groups[g].count; k++)
			if (put_key(s, &meta->groups[g].keys[k], err) != 0)
				return (int)err->kind;
		if (json_out_end(&s->json, ']', err) != 0)
			return (int)err->kind;
	}
	return json_out_end(&s->json, ']', err);
}

static int
put_rule(struct shown *s, const struct job *job, const struct config_rule *rule, struct error *err)
{
	if (json_out_text(&s->json, "config", job->config->path, err) != 0 || json_out_begin(&s->json, "rule", '{', err) != 0 ||
	    json_out_number(&s->json, "index", rule->index, err) != 0 || json_out_number(&s->json, "line", rule->line, err) != 0 ||
	    (rule->path_regex.len != 0 && json_out_text(&s->json, "path_regex", rule->path_regex, err) != 0))
		return (int)err->kind;
	return json_out_end(&s->json, '}', err);
}

static int
tell_json(struct shown *s, const struct job *job, const struct config_rule *rule, const struct metadata *meta, struct error *err)
{
	struct slice	 text = SLICE_NONE;
	const char	*which = selection(meta, &text);

	if (json_out_begin(&s->json, NULL, '{', err) != 0 || json_out_text(&s->json, "path", slice_str(job->path), err) != 0 ||
	    json_out_text(&s->json, "type", slice_str(job->out_store->name), err) != 0 ||
	    (rule != NULL && put_rule(s, job, rule, err) != 0) || put_groups(s, meta, err) != 0 ||
	    json_out_number(&s->json, "shamir_threshold", meta->shamir_threshold, err) != 0)
		return (int)err->kind;
	if (which != NULL && (json_out_begin(&s->json, "selection", '{', err) != 0 ||
	    json_out_text(&s->json, which, text, err) != 0 || json_out_end(&s->json, '}', err) != 0))
		return (int)err->kind;
	if (json_out_bool(&s->json, "mac_only_encrypted", meta->mac_only_encrypted, err) != 0)
		return (int)err->kind;
	return json_out_end(&s->json, '}', err);
}

/* --- the verb --------------------------------------------------------------------------------------------------------- */

static int
show(struct shown *s, const char *path, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(s->args);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	const struct config_rule	*rule = NULL;
	struct error			 unheard = ERROR_INIT;

	/* As encrypt does it; what it says of a missing rule is what there is to know. */
	if (job_start_file(&job, path, err) != 0 || keys_metadata(&job, &meta, err) != 0)
		return (int)err->kind;
	if (job.config != NULL && config_match(job.config, job.name, &rule, &unheard) != 0)
		rule = NULL;
	return s->options->json ? tell_json(s, &job, rule, meta, err) : tell_text(s, &job, rule, meta, err);
}

int
verb_config(const struct cli_args *args, struct error *err)
{
	CLEANUP(shown_release) struct shown s = { .args = args, .options = args->options, .out = BUF(LIMIT_MESSAGE) };

	s.json = JSON_OUT(&s.out);
	if (args->count < 2 || strcmp(args->operands[0], "show") != 0) {
		err_set(err, ERR_USAGE, "'config' needs 'show' and a file");
		err_hint(err, "usage: hubsecrets config show FILE ...");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	if (s.options->json && json_out_begin(&s.json, NULL, '[', err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	for (size_t i = 1; i < args->count; i++)
		if (show(&s, args->operands[i], err) != 0)
			return (int)err->kind;
	if (s.options->json && (json_out_end(&s.json, ']', err) != 0 || buf_byte(&s.out, '\n', err) != 0))
		return stage_failed(args, STAGE_OTHER, err);
	return cli_output(buf_slice(&s.out), err) != 0 ? stage_failed(args, STAGE_WRITE, err) : 0;
}
