/*
 * hubmerge: the layers of a hub as one values file.
 *
 * The user layers are folded first and then laid over the chart's values (yamlmerge/FORMAT.md, merging).  Nothing is printed
 * before everything has been read, opened and checked.
 */
#include <string.h>

#include "cmd/hubmerge/hubmerge.h"

/* Which layers there are and how they are read. */
static const struct cli_option layer_options[] = {
	{ "file", 'f', CLI_LIST, offsetof(struct options, files), .argument = "FILE",
	    .help = "one more layer, on top ('-': standard input); repeatable" },
	{ "values", 0, CLI_LIST, offsetof(struct options, files), .argument = "FILE", .help = "the same, by Helm's name" },
	{ "set", 0, CLI_LIST, offsetof(struct options, sets[STRVALS_TYPED]), .argument = "PATH=VALUE",
	    .help = "set a value, as Helm does; so do the next four" },
	{ "set-string", 0, CLI_LIST, offsetof(struct options, sets[STRVALS_STRING]), .argument = "PATH=TEXT", .help = "a string, whatever it looks like" },
	{ "set-json", 0, CLI_LIST, offsetof(struct options, sets[STRVALS_JSON]), .argument = "PATH=JSON", .help = "a value in JSON" },
	{ "set-file", 0, CLI_LIST, offsetof(struct options, sets[STRVALS_FILE]), .argument = "PATH=FILE", .help = "the text of a file" },
	{ "set-literal", 0, CLI_LIST, offsetof(struct options, sets[STRVALS_LITERAL]), .argument = "PATH=TEXT",
	    .help = "one string in which nothing is special" },
	{ "chart", 0, CLI_TEXT, offsetof(struct options, chart), .argument = "DIR",
	    .help = "the chart whose values lie below (default with HUB ENV: hub)" },
	{ "helm", 0, CLI_NUMBER, offsetof(struct options, helm), .argument = "3|4", .min = 3, .max = 4,
	    .help = "read as this major version of Helm what the two read differently; without it that is refused" },
	{ "no-secrets", 0, CLI_FLAG, offsetof(struct options, no_secrets), .help = "leave the secrets layers out" },
	{ "allow-plaintext", 0, CLI_FLAG, offsetof(struct options, allow_plaintext), .help = "take secrets layers that are in clear" },
	{ "image-tags", 0, CLI_FLAG, offsetof(struct options, image_tags),
	    .help = "set the tags of hubploy.yaml's images: the last commit that touched each one's folder" },
	{ "public", 0, CLI_FLAG, offsetof(struct options, public),
	    .help = "open nothing: a stand-in for each secret, for checks without keys" },
	CLI_END
};

static const struct cli_option merge_options[] = {
	{ "user-only", 'u', CLI_FLAG, offsetof(struct options, user_only), .help = "leave the chart's values out" },
	{ "all", 'a', CLI_FLAG, offsetof(struct options, all),
	    .help = "every hub (or HUB alone) in every environment; with -o DIR to DIR/HUB/ENV.yaml, without it nothing is written" },
	{ "output", 'o', CLI_TEXT, offsetof(struct options, output), .argument = "FILE",
	    .help = "write there, readable by you alone, instead of to standard output" },
	{ "format", 0, CLI_TEXT, offsetof(struct options, format), .argument = "yaml|json", .help = "what to print (default: yaml)" },
	{ "annotate", 0, CLI_FLAG, offsetof(struct options, annotate), .help = "say beside each value which line of which layer set it" },
	{ "strict", 0, CLI_FLAG, offsetof(struct options, strict), .help = "take every warning for an error" },
	{ "verbose", 'v', CLI_FLAG, offsetof(struct options, verbose),
	    .help = "say which layers were read and which keys of the chart are left to Helm" },
	CLI_END
};

static const struct cli_option json_options[] = {
	{ "json", 0, CLI_FLAG, offsetof(struct options, json), .help = "print JSON" },
	CLI_END
};

static const struct cli_option diff_options[] = {
	{ "rev", 0, CLI_TEXT, offsetof(struct options, revisions), .argument = "A..B",
	    .help = "compare two commits ('A': with the files as they are)" },
	CLI_END
};

static const struct cli_option check_options[] = {
	{ "sarif", 0, CLI_FLAG, offsetof(struct options, sarif), .help = "print SARIF 2.1.0, for code-review pages" },
	{ "notes", 0, CLI_FLAG, offsetof(struct options, notes), .help = "show notes, too: what is unusual, but seldom wrong" },
	CLI_END
};

struct hub_request
options_request(const struct options *options, const char *hub, const char *env)
{
	struct hub_request request = {
		.hub = hub, .env = env, .files = options->files, .chart = options->chart, .user_only = options->user_only,
		.no_secrets = options->no_secrets, .allow_plaintext = options->allow_plaintext, .public = options->public,
		.helm = (enum layer_helm)options->helm, .image_tags = options->image_tags,
	};

	(void)memcpy(request.sets, options->sets, sizeof(request.sets));
	return request;
}

static const struct cli_verb verbs[] = {
	{ "", verb_merge, "[HUB ENV]", 0, 2, .help = "merge", .options = { layer_options, merge_options } },
	{ "check", verb_check, "[HUB [ENV]]", 0, 2, .help = "find what is probably wrong with the layers; needs no key",
	    .options = { json_options, check_options } },
	{ "explain", verb_explain, "[HUB ENV] [PATH]", 0, 3, .help = "say which layer sets each value, and what it replaces",
	    .options = { layer_options, json_options } },
	{ "diff", verb_diff, "HUB ENV1 ENV2", 0, 3, .help = "compare the values of two environments, or (--rev) of two commits: [HUB [ENV]]",
	    .options = { layer_options, diff_options, json_options } },
	{ .name = NULL }
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 }
};

static const struct cli_program program = {
	.name = "hubmerge", .help = "the layers of a hub as one values file for Helm",
	.options_size = sizeof(struct options), .verbs = verbs, .default_verb = "", .default_takes_names = true,
	.statuses = statuses,
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
