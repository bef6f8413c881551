#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"

/*
 * Under the name of sops the last of several --age counts, as there, but for "groups"; otherwise they add up.
 */
static int
parse_list(const struct job *job, const struct cli_list *list, const struct key_type *type,
    const struct key_defaults *defaults, struct arena *arena, struct key_group *out, struct error *err)
{
	bool	last_wins = job->args->drop_in && strcmp(job->args->verb->name, "groups") != 0;
	size_t	first = last_wins && list->count > 1 ? list->count - 1 : 0;

	for (size_t i = first; i < list->count; i++)
		if (key_group_parse(out, type, slice_str(list->items[i]), defaults, arena, err) != 0)
			return (int)err->kind;
	return 0;
}

/* The order in which sops puts keys that come from flags. */
static const enum key_type_id flag_order[] = {
	KEY_KMS, KEY_GCP_KMS, KEY_HCKMS, KEY_AZURE_KV, KEY_PGP, KEY_HC_VAULT, KEY_AGE,
};

int
keys_from_options(const struct job *job, const struct key_options *from, struct arena *arena, struct key_group *out,
    struct error *err)
{
	struct key_defaults	 defaults = { .profile = slice_str(job->options->aws_profile) };
	struct kms_pair		*context = NULL;

	if (job->options->encryption_context != NULL && key_context_parse(slice_str(job->options->encryption_context), arena,
	    &context, &defaults.context_count, err) != 0)
		return (int)err->kind;
	defaults.context = context;
	for (size_t i = 0; i < sizeof(flag_order) / sizeof(flag_order[0]); i++)
		if (parse_list(job, &from->list[flag_order[i]], &key_types[flag_order[i]], &defaults, arena, out, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
offer_keys(struct error *err)
{
	char hint[ERR_HINT_MAX];

	(void)snprintf(hint, sizeof(hint), "%s", err->hint);
	err->hint[0] = '\0';
	return err_hint(err, "%s%sadd one, or name recipients (--age age1...), who need no rule", hint, hint[0] != '\0' ? "; " : "");
}

/* Who names keys needs no rule; sops wants one all the same. */
static int
find_rule(struct job *job, bool keys_given, const struct config_rule **out, struct error *err)
{
	*out = NULL;
	if (job->config == NULL || !job->config->has_rules)
		return 0;
	if (config_match(job->config, job->name, out, err) == 0)
		return 0;
	if (err->kind != ERR_NO_CONFIG && (err->kind != ERR_NO_RULE || !keys_given || job->args->drop_in))
		return err->kind == ERR_NO_RULE ? offer_keys(err) : (int)err->kind;
	err_reset(err);
	return 0;
}

static int
no_keys(const struct job *job, struct error *err)
{
	err_set(err, ERR_NO_KEY, "config file not found, or has no creation rules, and no keys provided through command line options");
	return err_hint(err, "name a recipient (--age age1...), or write a .sops.yaml with creation_rules%s%s",
	    job->no_config[0] != '\0' ? "; " : "", job->no_config);
}

/*
 * An expression that does not compile never matches.  Where it chooses what is encrypted nothing would be; where it chooses what
 * is left in clear everything is, which is safe, and what sops does.
 */
static int
check_rules(const struct select_rules *rules, struct error *err)
{
	enum select_rule which;

	if (select_rules_check(rules, err) == 0)
		return 0;
	if (err->kind == ERR_CONFLICT || select_rules_count(rules, &which) != 1 ||
	    (which != SELECT_UNENCRYPTED_REGEX && which != SELECT_UNENCRYPTED_COMMENT_REGEX))
		return (int)err->kind;
	cli_warn("%s; everything is encrypted", err->text);
	err_reset(err);
	return 0;
}

/* A binary file is one value, and that is encrypted.  sops says so, too. */
static void
ignore_rules(const struct job *job, struct metadata *meta)
{
	bool given = meta->rules.text[SELECT_UNENCRYPTED_SUFFIX].len != 0 &&
	    !slice_eq(meta->rules.text[SELECT_UNENCRYPTED_SUFFIX], SLICE(SELECT_DEFAULT_SUFFIX));

	for (int i = SELECT_UNENCRYPTED_SUFFIX + 1; i < SELECT_RULES; i++)
		given = given || meta->rules.text[i].len != 0;
	for (int i = 0; i < SELECT_RULES; i++)
		meta->rules.text[i] = SLICE_NONE;
	meta->mac_only_encrypted = false;
	if (given && job->args->drop_in)
		cli_report(SLICE("Rules that choose values do not make sense with the binary store and will be ignored.\n"));
	else if (given)
		cli_warn("rules that choose values make no sense for a binary file, and will be ignored");
}

static int
add_rules(const struct job *job, struct metadata *meta, struct error *err)
{
	for (int i = 0; i < SELECT_RULES; i++) {
		const char *flag = job->options->rules[i];

		if (flag != NULL && metadata_text(meta, slice_str(flag), &meta->rules.text[i], err) != 0)
			return (int)err->kind;
	}
	if (job->store->binary) {
		ignore_rules(job, meta);
		return 0;
	}
	if (select_rules_count(&meta->rules, NULL) == 0)
		meta->rules.text[SELECT_UNENCRYPTED_SUFFIX] = SLICE(SELECT_DEFAULT_SUFFIX);
	meta->mac_only_encrypted = meta->mac_only_encrypted || job->options->mac_only_encrypted;
	if (job->options->shamir_threshold != 0)
		meta->shamir_threshold = (uint32_t)job->options->shamir_threshold;
	return check_rules(&meta->rules, err);
}

static int
make_metadata(struct job *job, struct metadata **out, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	const struct config_rule	*rule;
	struct key_group		 keys = { .count = 0 };

	if (keys_from_options(job, &job->options->keys, &arena, &keys, err) != 0 || find_rule(job, keys.count != 0, &rule, err) != 0)
		return (int)err->kind;
	if (rule == NULL && keys.count == 0)
		return no_keys(job, err);
	if (config_metadata(rule, keys.count != 0 ? &keys : NULL, &meta, err) != 0 || add_rules(job, meta, err) != 0)
		return (int)err->kind;
	*out = TAKE(meta);
	return 0;
}

int
keys_metadata(struct job *job, struct metadata **out, struct error *err)
{
	if (job_config(job, true, err) != 0)
		return (int)err->kind;
	return make_metadata(job, out, err) != 0 ? stage_failed(job->args, STAGE_CONFIG, err) : 0;
}
