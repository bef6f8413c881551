/*
 * hubcrypt-admin: the verbs of hubcrypt that look into a repository.
 *
 * hubcrypt hands over by exec, with its own name and arguments, so this program answers to "hubcrypt" and "git-crypt".  It
 * lives apart so that the filter, which git starts all the time, needs no library for this.
 */
#include "cmd/hubcrypt-admin/admin.h"

#include "cmd/gitcrypt.h"
#include "crypto/openssl.h"

#define OPTION(field)	offsetof(struct admin_options, field)

static const struct cli_option key_name[] = {
	{ "key-name", 'k', CLI_TEXT, OPTION(key_name), .argument = "NAME",
	    .help = "the key of that name, not the default one" },
	CLI_END
};
static const struct cli_option key_source[] = {
	{ "key-env", 0, CLI_TEXT, OPTION(key_env), .argument = "VARIABLE",
	    .help = "take the key from the environment, raw or in base64" },
	{ "key-fd", 0, CLI_NUMBER, OPTION(key_fd), .argument = "N",
	    .help = "take the key from a descriptor, raw or in base64",
	    .min = 0, .max = 1023 },
	{ "identity", 'i', CLI_LIST, OPTION(identities), .argument = "FILE",
	    .help = "age identities that may open a copy of the key" },
	CLI_END
};
static const struct cli_option lock_options[] = {
	{ "all", 'a', CLI_FLAG, OPTION(all), .help = "every key of this clone" },
	{ "force", 'f', CLI_FLAG, OPTION(force), .help = "lose edits that are not committed" },
	{ "lose-key", 0, CLI_FLAG, OPTION(lose_key), .help = "also when there is no other copy of the key" },
	CLI_END
};
static const struct cli_option status_options[] = {
	{ "encrypted", 'e', CLI_FLAG, OPTION(encrypted_only), .help = "only files that are to be encrypted" },
	{ "unencrypted", 'u', CLI_FLAG, OPTION(unencrypted_only), .help = "only the other ones" },
	{ "fix", 'f', CLI_FLAG, OPTION(fix), .help = "stage what is not encrypted yet" },
	{ "repository", 'r', CLI_FLAG, OPTION(show_repo),
	    .help = "the keys: which are here, how many files they have" },
	{ "null", 'z', CLI_FLAG, OPTION(nul), .help = "for programs: STATE, a tab, PATH and a NUL byte each" },
	{ "json", 0, CLI_FLAG, OPTION(json), .help = "for programs: all of it as JSON" },
	{ "exit-code", 0, CLI_FLAG, OPTION(exit_code), .help = "exit status 3 when a key is missing here" },
	CLI_END
};
static const struct cli_option guard_options[] = {
	{ "off", 0, CLI_FLAG, OPTION(off), .help = "let plaintext pass again" },
	CLI_END
};
static const struct cli_option user_options[] = {
	{ "no-commit", 'n', CLI_FLAG, OPTION(no_commit), .help = "stage only" },
	CLI_END
};
static const struct cli_option trusted[] = {
	{ "trusted", 0, CLI_FLAG, OPTION(trusted),
	    .help = "the key is known to be the user's, whatever gpg thinks of it" },
	CLI_END
};
static const struct cli_option json_option[] = {
	{ "json", 0, CLI_FLAG, OPTION(json), .help = "for programs: all of it as JSON" },
	CLI_END
};
static const struct cli_option check_options[] = {
	{ "json", 0, CLI_FLAG, OPTION(json), .help = "for programs: all of it as JSON" },
	{ "allow-decrypted", 0, CLI_FLAG, OPTION(allow_decrypted),
	    .help = "taking a file's attribute away is no problem" },
	{ "pre-push", 0, CLI_FLAG, OPTION(pre_push), .help = "what git tells its pre-push hook on standard input" },
	CLI_END
};

static const struct cli_verb verbs[] = {
	{ "init", verb_init, "", 0, 1, "make a key for this repository and set up its filters",
	    .options = { key_name } },
	{ "unlock", verb_unlock, "[KEYFILE...]", 0, CLI_ANY, "decrypt this clone with a key file, or with GPG or age",
	    .options = { key_source } },
	{ "lock", verb_lock, "", 0, 0, "encrypt the files of this clone again and remove its key",
	    .options = { key_name, lock_options } },
	{ "refresh", verb_refresh, "", 0, 0, "set up the filters again and decrypt what is still encrypted",
	    .options = { NULL } },
	{ "guard", verb_guard, "", 0, 0, "stop plaintext in a clone that has no key", .options = { guard_options } },
	{ "status", verb_status, "[FILE...]", 0, CLI_ANY, "which files are, or should be, encrypted",
	    .options = { status_options } },
	{ "add-gpg-user", verb_add_gpg_user, "USER...", 1, CLI_ANY, "let a GPG user unlock",
	    .options = { key_name, user_options, trusted } },
	{ "rm-gpg-user", verb_remove_user, "USER...", 1, CLI_ANY, "take a user's copy of the key away",
	    .options = { key_name, user_options } },
	{ "ls-gpg-users", verb_list_users, "", 0, 0, "who can unlock, for each key", .options = { json_option } },
	{ "add-age-user", verb_add_age_user, "RECIPIENT...", 1, CLI_ANY, "let an age identity unlock",
	    .options = { key_name, user_options } },
	{ "rm-age-user", verb_remove_user, "RECIPIENT...", 1, CLI_ANY, "take an age identity's copy of the key away",
	    .options = { key_name, user_options } },
	{ "rotate", verb_rotate, "NAME", 1, 1, "a new key of that name, and every file encrypted with it",
	    .options = { key_name } },
	{ "check", verb_check, "[REVISION | FROM..TO]...", 0, CLI_ANY,
	    "is everything encrypted that must be? needs no key",
	    .options = { check_options } },
	{ "doctor", verb_doctor, "", 0, 0, "what is in effect here, what is wrong, how to fix it",
	    .options = { json_option } },
	{ "cat", verb_cat, "REVISION:PATH", 1, 1, "print a file of a revision, decrypted", .options = { NULL } },
	{ "install-hooks", verb_install_hooks, "", 0, 0, "have 'check' run before each commit and push",
	    .options = { NULL } },
	{ .name = NULL }
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 }
};

static const struct cli_program program = {
	.name = "hubcrypt", .drop_in = "git-crypt", .help = "transparent encryption of files in git",
	.options_size = sizeof(struct admin_options), .verbs = verbs, .statuses = statuses,
	    .manners = &gitcrypt_manners,
};

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;

	if (openssl_start_shared(&err) != 0) {
		cli_error(&err);
		return 1;
	}
	admin_called_as(argc > 0 ? argv[0] : program.name);
	return cli_main(&program, argc, argv);
}
