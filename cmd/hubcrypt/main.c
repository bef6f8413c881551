/*
 * hubcrypt: git's clean and smudge filter, compatible with git-crypt, and its administration.
 *
 * This program is what git starts, so it links nothing but libcrypto and libsodium and looks into no repository.  The
 * verbs that do live in the helper hubcrypt-admin, which takes over by exec: their rows here are for --help only.
 */
#include <stdio.h>
#include <string.h>

#include "base/run.h"
#include "base/version.h"
#include "cmd/gitcrypt.h"
#include "cmd/hubcrypt/hubcrypt.h"

/* Never reached: main() hands the verb over before options are read. */
static int
verb_admin(const struct cli_args *args UNUSED, struct error *err)
{
	return err_set(err, ERR_INTERNAL, "an administration verb was not handed over");
}

static void	version(bool drop_in);

static int
verb_version(const struct cli_args *args, struct error *err UNUSED)
{
	version(args->drop_in);
	return 0;
}

#define OPTION(field)	offsetof(struct hubcrypt_options, field)

static const struct cli_option key_name[] = {
	{ "key-name", 'k', CLI_TEXT, OPTION(key_name), .argument = "NAME", .help = "the key of that name, not the default one" },
	CLI_END
};
static const struct cli_option key_file[] = {
	{ "key-file", 0, CLI_TEXT, OPTION(key_file), .argument = "FILE", .help = "this key file; needs no repository" },
	CLI_END
};

#define FILTER_OPTIONS	.options = { key_name, key_file }
#define ADMIN(name, operands, help) \
	{ name, verb_admin, operands, 0, CLI_ANY, help, .options = { NULL } }

static const struct cli_verb verbs[] = {
	ADMIN("init", "[-k NAME]", "make a key for this repository and set up its filters"),
	ADMIN("unlock", "[KEYFILE...]", "decrypt this clone with a key file, or with GPG or age"),
	ADMIN("lock", "[-k NAME | -a] [-f]", "encrypt the files of this clone again and remove its key"),
	ADMIN("guard", "", "stop plaintext in a clone that has no key"),
	ADMIN("status", "[FILE...]", "which files are, or should be, encrypted"),
	ADMIN("check", "[REVISION]", "is everything encrypted that must be? needs no key"),
	ADMIN("doctor", "", "what is in effect here, what is wrong, how to fix it"),
	ADMIN("add-gpg-user", "USER...", "let a GPG user unlock"),
	ADMIN("rm-gpg-user", "USER...", "take a GPG user's copy of the key away"),
	ADMIN("ls-gpg-users", "", "who can unlock"),
	ADMIN("add-age-user", "RECIPIENT...", "let an age identity unlock"),
	ADMIN("rotate", "NAME", "a new key, and every file encrypted under it"),
	ADMIN("cat", "REVISION:PATH", "print a file of a revision, decrypted"),
	ADMIN("install-hooks", "", "have 'check' run before each commit and push"),
	{ "keygen", verb_keygen, "FILE", 1, 1, "make a key file", .options = { NULL } },
	{ "export-key", verb_export_key, "FILE", 1, 1, "write this clone's key to a file", .options = { key_name } },
	{ "migrate-key", verb_migrate_key, "OLD NEW", 2, 2, "convert a key file from before git-crypt 0.4", .options = { NULL } },
	{ "clean", verb_clean, "", 0, 1, "filter for git: encrypt", FILTER_OPTIONS },
	{ "smudge", verb_smudge, "", 0, 1, "filter for git: decrypt", FILTER_OPTIONS },
	{ "diff", verb_diff, "FILE", 1, 2, "filter for git: show", FILTER_OPTIONS },
	{ "process", verb_process, "", 0, 0, "filter for git: all files of a command", FILTER_OPTIONS },
	{ "version", verb_version, "", 0, CLI_ANY, NULL, .options = { NULL } },
	ADMIN("refresh", "", NULL),
	ADMIN("rm-age-user", "RECIPIENT...", "take an age identity's copy of the key away"),
	{ "merge", verb_merge, "BASE OURS THEIRS [MARKER-SIZE [PATH]]", 3, 5, "merge driver for git", .options = { key_name } },
	{ .name = NULL }
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 }
};

/* git-crypt's first line is what callers test; both names say what they are. */
static void
version(bool drop_in)
{
	if (drop_in)
		(void)printf("git-crypt " GIT_CRYPT_VERSION "\n");
	else
		(void)printf("hubcrypt " HUB_VERSION " (git-crypt " GIT_CRYPT_VERSION ")\n");
}

static const struct cli_program program = {
	.name = "hubcrypt", .drop_in = "git-crypt", .help = "transparent encryption of files in git",
	.options_size = sizeof(struct hubcrypt_options), .verbs = verbs, .statuses = statuses, .version = version,
	.manners = &gitcrypt_manners,
};

static const struct cli_verb *
find_verb(const char *name)
{
	for (const struct cli_verb *verb = verbs; verb->name != NULL; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

/*
 * Is this a command line for the helper?  Its verb is the first word, the one after "help", or, behind options whose
 * values only the helper's tables tell from verbs, the first word that is a verb at all.
 */
static bool
is_for_admin(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "help") == 0)
		return find_verb(argv[2]) != NULL && find_verb(argv[2])->run == verb_admin;
	for (int i = 1; i < argc; i++) {
		const struct cli_verb *verb = find_verb(argv[i]);

		if (verb != NULL)
			return verb->run == verb_admin;
		if (argv[1][0] != '-' || (i > 1 && strcmp(argv[i], "--") == 0))
			return false;
	}
	return false;
}

/* Become the helper, under the name that we were called by. */
static int
hand_over(char **argv, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(4096);
	int				rc;

	if ((rc = run_helper_path("hubcrypt-admin", &path, err)) != 0)
		return rc;
	return run_replace_path((const char *)path.data, (const char *const *)argv, err);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;

	if (!is_for_admin(argc, argv))
		return cli_main(&program, argc, argv);
	(void)hand_over(argv, &err);
	cli_speak_as(program.name, false, NULL);
	cli_error(&err);
	return 1;
}
