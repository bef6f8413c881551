/*
 * hubrotate: new tokens and keys of a JupyterHub, in the layer that really supplies them.
 */
#include <string.h>

#include "base/limits.h"
#include "cmd/hubrotate/hubrotate.h"

static const struct cli_option options[] = {
	{ "all", 'a', CLI_FLAG, offsetof(struct options, all), .help = "every hub of the repository that has the environment ENV" },
	{ "dry-run", 'n', CLI_FLAG, offsetof(struct options, dry_run), .help = "say what would be done, and do nothing" },
	{ "age", 0, CLI_FLAG, offsetof(struct options, age), .help = "say since when each value is what it is, from git's history; changes nothing" },
	{ "prune", 0, CLI_FLAG, offsetof(struct options, prune), .help = "crypt-keeper: drop all keys but the first, and make no new one" },
	{ "copies", 0, CLI_FLAG, offsetof(struct options, copies), .help = "service-token: change the same value at other places, too" },
	{ "force", 0, CLI_FLAG, offsetof(struct options, force), .help = "also in files with changes that are not committed" },
	{ "allow-plaintext", 0, CLI_FLAG, offsetof(struct options, allow_plaintext), .help = "also in secrets layers that are in clear" },
	{ "helm", 0, CLI_NUMBER, offsetof(struct options, helm), .argument = "3|4", .min = 3, .max = 4,
	    .help = "read as this major version of Helm what the two read differently; without it that is refused" },
	{ "prefix", 0, CLI_TEXT, offsetof(struct options, prefix), .argument = "PATH",
	    .help = "where JupyterHub's values are (default: as the chart says, or where its secrets are)" },
	{ "chart", 0, CLI_TEXT, offsetof(struct options, chart), .argument = "DIR", .help = "the chart (default: hub)" },
	{ "json", 0, CLI_FLAG, offsetof(struct options, json), .help = "print JSON" },
	CLI_END
};

/* The words of the command line. */
struct words {
	const char	*hub, *env, *service;
	enum kind	 kind;
};

static bool
is_kind(const char *word, enum kind *out)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(word, kinds[i].name) == 0) {
			*out = (enum kind)i;
			return true;
		}
	*out = KINDS;
	return strcmp(word, "all") == 0;
}

static int
fail_words(struct error *err)
{
	err_set(err, ERR_USAGE, "say what is to be rotated: proxy-token, cookie-secret, crypt-keeper, service-token NAME or all");
	return err_hint(err, "usage: hubrotate HUB ENV SECRET; hubrotate --all ENV SECRET");
}

/* A hub may have the name of a secret: the last place where one can stand counts. */
static int
read_words(const struct cli_args *args, const struct options *given, struct words *out, struct error *err)
{
	const char *const	*word = args->operands;
	size_t			 at = given->all ? 1 : 2, left;

	*out = (struct words){ .kind = KINDS };
	while (at >= args->count || !is_kind(word[at], &out->kind))
		if (at-- == 0)
			return fail_words(err);
	if (at > 0 && given->all)
		out->env = word[0];
	else if (at > 0) {
		out->hub = word[0];
		out->env = at > 1 ? word[1] : NULL;
	}
	left = args->count - at - 1;
	if (out->kind == SERVICE_TOKEN && left == 1)
		out->service = word[at + 1];
	else if (out->kind == SERVICE_TOKEN && left == 0)
		return err_set(err, ERR_USAGE, "of which service?  service-token NAME");
	else if (left > 0)
		return err_set(err, ERR_USAGE, "one word too many: '%s'", word[at + 1]);
	if (given->prune && out->kind != CRYPT_KEEPER)
		return err_set(err, ERR_USAGE, "--prune is for crypt-keeper");
	if (given->all && out->env == NULL)
		return err_set(err, ERR_USAGE, "--all needs an environment: hubrotate --all ENV %s", word[at]);
	return 0;
}

/* Each hub for itself; those that fail are told at once, and the others go on. */
static int
rotate_all(struct rotation *rotation, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_LAYOUT);
	const char	**hubs, **envs;
	size_t		  count, env_count, done = 0, failed = 0;

	if (layout_hubs(&arena, &hubs, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++) {
		struct error	why = ERROR_INIT;
		bool		has = false;

		if (layout_environments(hubs[i], &arena, &envs, &env_count, err) != 0)
			return (int)err->kind;
		for (size_t j = 0; j < env_count; j++)
			has = has || strcmp(envs[j], rotation->env) == 0;
		if (!has)
			continue;
		done++;
		rotation->hub = hubs[i];
		if (rotation_run(rotation, &why) != 0) {
			(void)err_wrap(&why, "%s %s", hubs[i], rotation->env);
			cli_error(&why);
			failed++;
		}
		if (report_flush(rotation->report, err) != 0)
			return (int)err->kind;
	}
	if (done == 0)
		return err_set(err, ERR_NOT_FOUND, "no hub has the environment '%s'", rotation->env);
	return failed == 0 ? 0 : err_set(err, ERR_REFUSED, "%zu of %zu hubs failed", failed, done);
}

static int
rotate(const struct cli_args *args, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io io = LAYER_IO;
	CLEANUP(sharing_release) struct sharing sharing = SHARING;
	const struct options	*given = args->options;
	struct report		 report = REPORT(given->json);
	struct words		 words;
	struct rotation		 rotation = { .options = given, .io = &io, .report = &report, .sharing = &sharing };
	struct error		 unheard = ERROR_INIT;
	int			 rc;

	if (read_words(args, given, &words, err) != 0)
		return (int)err->kind;
	io.secrets_needed = true;
	rotation.hub = words.hub;
	rotation.env = words.env;
	rotation.kind = words.kind;
	rotation.service = words.service;
	rc = given->all ? rotate_all(&rotation, err) : rotation_run(&rotation, err);
	/* What was done is told, also when something failed after it. */
	if (report_print(&report, rc == 0 ? err : &unheard) != 0 && rc == 0)
		rc = (int)err->kind;
	buf_release(&report.text);
	return rc;
}

static const struct cli_verb verbs[] = {
	{ "", rotate, "[HUB] ENV proxy-token|cookie-secret|crypt-keeper|service-token NAME|all", 0, 4, .help = "rotate", .options = { options } },
	{ .name = NULL }
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 }
};

static const struct cli_program program = {
	.name = "hubrotate", .help = "new tokens and keys of a JupyterHub, in the layer that really supplies them",
	.options_size = sizeof(struct options), .verbs = verbs, .default_verb = "", .default_takes_names = true,
	.statuses = statuses,
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
