#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/version.h"
#include "cmd/hubsecrets/hubsecrets.h"

/*
 * hubsecrets: the values of files encrypted, in the format of sops; under the name "sops" with that program's manners
 * (spec: callers.md names the differences, and cmd/cli.c and stage_failed() make them).
 */

/* --- options --------------------------------------------------------------------------------------------------------- */

#define AT(member)	offsetof(struct options, member)

static const struct cli_option common[] = {
	{ "config", 0, CLI_TEXT, AT(config), "FILE", "the configuration, in place of the nearest .sops.yaml", .environment = "SOPS_CONFIG" },
	{ "indent", 0, CLI_NUMBER, AT(indent), "N", "columns of indentation of what is printed anew", .min = -1000, .max = 1000 },
	{ "verbose", 0, CLI_FLAG, AT(verbose), .help = "say what is done" },
	{ "disable-version-check", 0, CLI_FLAG, AT(no_version_check) },
	{ "check-for-updates", 0, CLI_FLAG, AT(version_check) },
	CLI_END
};

static const struct cli_option types[] = {
	{ "input-type", 0, CLI_TEXT, AT(input_type), "TYPE", "yaml, json, dotenv, ini or binary; else by the file's name" },
	{ "output-type", 0, CLI_TEXT, AT(output_type), "TYPE", "the same for what is printed" },
	CLI_END
};

static const struct cli_option name[] = {
	{ "filename-override", 0, CLI_TEXT, AT(filename_override), "NAME", "choose type and rule as for a file of this name" },
	CLI_END
};

static const struct cli_option output[] = {
	{ "in-place", 'i', CLI_FLAG, AT(in_place), .help = "replace the file" },
	{ "output", 0, CLI_TEXT, AT(output), "FILE", "write there instead of standard output" },
	CLI_END
};

static const struct cli_option unwrap[] = {
	{ "decryption-order", 0, CLI_TEXT, AT(decryption_order), "LIST", "kinds of keys to try first", .environment = "SOPS_DECRYPTION_ORDER" },
	{ "ignore-mac", 0, CLI_FLAG, AT(ignore_mac), .help = "accept a file whose MAC is missing or different" },
	CLI_END
};

static const struct cli_option service[] = {
	{ "enable-local-keyservice", 0, CLI_FLAG, AT(local_keyservice), .help = "use keys of this machine", .standard = "true",
	    .environment = "SOPS_ENABLE_LOCAL_KEYSERVICE" },
	{ "keyservice", 0, CLI_LIST, AT(keyservice), "URI", "a remote key service", .environment = "SOPS_KEYSERVICE" },
	CLI_END
};

static const struct cli_option recipients[] = {
	{ "age", 'a', CLI_LIST, AT(keys.list[KEY_AGE]), "LIST", "age recipients", .environment = "SOPS_AGE_RECIPIENTS" },
	{ "pgp", 'p', CLI_LIST, AT(keys.list[KEY_PGP]), "LIST", "PGP fingerprints", .environment = "SOPS_PGP_FP" },
	{ "kms", 'k', CLI_LIST, AT(keys.list[KEY_KMS]), "LIST", "AWS KMS ARNs, each with +ROLE if one is to be assumed", .environment = "SOPS_KMS_ARN" },
	{ "gcp-kms", 0, CLI_LIST, AT(keys.list[KEY_GCP_KMS]), "LIST", "GCP KMS resources", .environment = "SOPS_GCP_KMS_IDS" },
	{ "hckms", 0, CLI_LIST, AT(keys.list[KEY_HCKMS]), "LIST", "HuaweiCloud KMS keys", .environment = "SOPS_HUAWEICLOUD_KMS_IDS" },
	{ "azure-kv", 0, CLI_LIST, AT(keys.list[KEY_AZURE_KV]), "LIST", "Azure Key Vault URLs", .environment = "SOPS_AZURE_KEYVAULT_URLS" },
	{ "hc-vault-transit", 0, CLI_LIST, AT(keys.list[KEY_HC_VAULT]), "LIST", "Vault transit URIs", .environment = "SOPS_VAULT_URIS" },
	{ "aws-profile", 0, CLI_TEXT, AT(aws_profile), "NAME", "the AWS profile of --kms keys" },
	{ "encryption-context", 0, CLI_TEXT, AT(encryption_context), "K:V,...", "the encryption context of --kms keys" },
	CLI_END
};

static const struct cli_option rules[] = {
	{ "unencrypted-suffix", 0, CLI_TEXT, AT(rules[SELECT_UNENCRYPTED_SUFFIX]), "TEXT", "leave keys that end so in clear" },
	{ "encrypted-suffix", 0, CLI_TEXT, AT(rules[SELECT_ENCRYPTED_SUFFIX]), "TEXT", "encrypt only keys that end so" },
	{ "unencrypted-regex", 0, CLI_TEXT, AT(rules[SELECT_UNENCRYPTED_REGEX]), "RE", "leave keys that match in clear" },
	{ "encrypted-regex", 0, CLI_TEXT, AT(rules[SELECT_ENCRYPTED_REGEX]), "RE", "encrypt only keys that match" },
	{ "unencrypted-comment-regex", 0, CLI_TEXT, AT(rules[SELECT_UNENCRYPTED_COMMENT_REGEX]), "RE",
	    "leave what stands below a comment that matches in clear" },
	{ "encrypted-comment-regex", 0, CLI_TEXT, AT(rules[SELECT_ENCRYPTED_COMMENT_REGEX]), "RE",
	    "encrypt only what stands below a comment that matches" },
	{ "shamir-secret-sharing-threshold", 0, CLI_NUMBER, AT(shamir_threshold), "N", "how many key groups are needed",
	    .min = 0, .max = 255 },
	{ "mac-only-encrypted", 0, CLI_FLAG, AT(mac_only_encrypted), .help = "leave values in clear out of the MAC" },
	CLI_END
};

static const struct cli_option extract[] = {
	{ "extract", 0, CLI_TEXT, AT(extract), "PATH", "print one value: '[\"a\"][\"b\"][0]'" },
	CLI_END
};

static const struct cli_option show_keys[] = {
	{ "show-master-keys", 's', CLI_FLAG, AT(show_master_keys), .help = "show the metadata in the editor, too" },
	CLI_END
};

static const struct cli_option change_keys[] = {
	{ "add-age", 0, CLI_LIST, AT(add.list[KEY_AGE]), "LIST", "add age recipients" },
	{ "rm-age", 0, CLI_LIST, AT(remove.list[KEY_AGE]), "LIST", "remove age recipients" },
	{ "add-pgp", 0, CLI_LIST, AT(add.list[KEY_PGP]), "LIST", "add PGP fingerprints" },
	{ "rm-pgp", 0, CLI_LIST, AT(remove.list[KEY_PGP]), "LIST", "remove PGP fingerprints" },
	{ "add-kms", 0, CLI_LIST, AT(add.list[KEY_KMS]), "LIST", "add AWS KMS ARNs" },
	{ "rm-kms", 0, CLI_LIST, AT(remove.list[KEY_KMS]), "LIST", "remove AWS KMS ARNs" },
	{ "add-gcp-kms", 0, CLI_LIST, AT(add.list[KEY_GCP_KMS]), "LIST", "add GCP KMS resources" },
	{ "rm-gcp-kms", 0, CLI_LIST, AT(remove.list[KEY_GCP_KMS]), "LIST", "remove GCP KMS resources" },
	{ "add-hckms", 0, CLI_LIST, AT(add.list[KEY_HCKMS]), "LIST", "add HuaweiCloud KMS keys" },
	{ "rm-hckms", 0, CLI_LIST, AT(remove.list[KEY_HCKMS]), "LIST", "remove HuaweiCloud KMS keys" },
	{ "add-azure-kv", 0, CLI_LIST, AT(add.list[KEY_AZURE_KV]), "LIST", "add Azure Key Vault URLs" },
	{ "rm-azure-kv", 0, CLI_LIST, AT(remove.list[KEY_AZURE_KV]), "LIST", "remove Azure Key Vault URLs" },
	{ "add-hc-vault-transit", 0, CLI_LIST, AT(add.list[KEY_HC_VAULT]), "LIST", "add Vault transit URIs" },
	{ "rm-hc-vault-transit", 0, CLI_LIST, AT(remove.list[KEY_HC_VAULT]), "LIST", "remove Vault transit URIs" },
	{ "encryption-context", 0, CLI_TEXT, AT(encryption_context), "K:V,...", "the encryption context of --add-kms and --rm-kms keys" },
	{ "aws-profile", 0, CLI_TEXT, AT(aws_profile), "NAME", "the AWS profile of --add-kms and --rm-kms keys" },
	CLI_END
};

static const struct cli_option value[] = {
	{ "value-file", 0, CLI_FLAG, AT(value_file), .help = "the last operand names a file that holds the value" },
	{ "value-stdin", 0, CLI_FLAG, AT(value_stdin), .help = "the value comes from standard input" },
	CLI_END
};

static const struct cli_option idempotent[] = {
	{ "idempotent", 0, CLI_FLAG, AT(idempotent), .help = "leave the file alone when nothing would change" },
	CLI_END
};

static const struct cli_option yes[] = {
	{ "yes", 'y', CLI_FLAG, AT(yes), .help = "do it without asking" },
	CLI_END
};

static const struct cli_option several[] = {
	{ "recursive", 'R', CLI_FLAG, AT(recursive), .help = "the files in folders and below, where they are ours" },
	CLI_END
};

static const struct cli_option as_json[] = {
	{ "json", 0, CLI_FLAG, AT(json), .help = "for programs" },
	CLI_END
};

static const struct cli_option age[] = {
	{ "older-than", 0, CLI_TEXT, AT(older_than), "AGE", "status 1 when something is older: 180d, 26w, 1y" },
	CLI_END
};

static const struct cli_option reuse[] = {
	{ "reuse", 0, CLI_TEXT, AT(reuse), "OLD", "keep the ciphertext of values that are as in this older version" },
	CLI_END
};

static const struct cli_option sync[] = {
	{ "dry-run", 0, CLI_FLAG, AT(dry_run), .help = "change nothing; status 1 when something would change" },
	{ "rotate", 0, CLI_FLAG, AT(rotate_too), .help = "where recipients change, make a new data key as well" },
	CLI_END
};

static const struct cli_option command[] = {
	{ "user", 0, CLI_TEXT, AT(user), "NAME", "run the command as this user" },
	{ "background", 0, CLI_FLAG, AT(background), .help = "do not wait for the command" },
	CLI_END
};

static const struct cli_option env_command[] = {
	{ "pristine", 0, CLI_FLAG, AT(pristine), .help = "give the command the values of the files and nothing else" },
	{ "same-process", 0, CLI_FLAG, AT(same_process), .help = "become the command instead of waiting for it" },
	CLI_END
};

static const struct cli_option file_command[] = {
	{ "no-fifo", 0, CLI_FLAG, AT(no_fifo), .help = "a file in place of a FIFO, for a command that must seek" },
	{ "filename", 0, CLI_TEXT, AT(file_name), "NAME", "its name, tmp-file if nothing is said" },
	CLI_END
};

static const struct cli_option group[] = {
	{ "file", 'f', CLI_TEXT, AT(group_file), "FILE", "the file whose key groups change" },
	{ "in-place", 'i', CLI_FLAG, AT(in_place), .help = "replace the file" },
	{ "shamir-secret-sharing-threshold", 0, CLI_NUMBER, AT(shamir_threshold), "N", "how many key groups are needed",
	    .min = 0, .max = 255 },
	CLI_END
};

/* As 'recipients', but for what the environment says: that is meant for new files. */
static const struct cli_option group_keys[] = {
	{ "age", 'a', CLI_LIST, AT(keys.list[KEY_AGE]), "LIST", "age recipients" },
	{ "pgp", 'p', CLI_LIST, AT(keys.list[KEY_PGP]), "LIST", "PGP fingerprints" },
	{ "kms", 'k', CLI_LIST, AT(keys.list[KEY_KMS]), "LIST", "AWS KMS ARNs, each with +ROLE if one is to be assumed" },
	{ "gcp-kms", 0, CLI_LIST, AT(keys.list[KEY_GCP_KMS]), "LIST", "GCP KMS resources" },
	{ "hckms", 0, CLI_LIST, AT(keys.list[KEY_HCKMS]), "LIST", "HuaweiCloud KMS keys" },
	{ "azure-kv", 0, CLI_LIST, AT(keys.list[KEY_AZURE_KV]), "LIST", "Azure Key Vault URLs" },
	{ "hc-vault-transit", 0, CLI_LIST, AT(keys.list[KEY_HC_VAULT]), "LIST", "Vault transit URIs" },
	{ "aws-profile", 0, CLI_TEXT, AT(aws_profile), "NAME", "the AWS profile of --kms keys" },
	{ "encryption-context", 0, CLI_TEXT, AT(encryption_context), "K:V,...", "the encryption context of --kms keys" },
	CLI_END
};

/* Those of verbs that come later, so that their lack is what is told. */
static const struct cli_option later[] = {
	{ "network", 0, CLI_TEXT, AT(unused) }, { "net", 0, CLI_TEXT, AT(unused) }, { "address", 0, CLI_TEXT, AT(unused) },
	{ "addr", 0, CLI_TEXT, AT(unused) }, { "prompt", 0, CLI_FLAG, AT(unused_flag) }, { "recursive", 0, CLI_FLAG, AT(unused_flag) },
	{ "omit-extensions", 0, CLI_FLAG, AT(unused_flag) },
	CLI_END
};

/* What sops takes where it means nothing, or forgot to take. */
static const struct cli_option silent[] = {
	{ "aws-profile", 0, CLI_TEXT, AT(aws_profile) },
	{ "shamir-secret-sharing-threshold", 0, CLI_NUMBER, AT(shamir_threshold), .min = 0, .max = 255 },
	CLI_END
};

/* sops' older form: the verb as an option. */
static const struct cli_option legacy[] = {
	{ "decrypt", 'd', CLI_VERB, 0, .help = "as 'decrypt'", .verb = "decrypt" },
	{ "encrypt", 'e', CLI_VERB, 0, .help = "as 'encrypt'", .verb = "encrypt" },
	{ "rotate", 'r', CLI_VERB, 0, .help = "as 'rotate'", .verb = "rotate" },
	{ "set", 0, CLI_VERB, AT(set_text), "'PATH VALUE'", "as 'set', in place", .verb = "set " },
	CLI_END
};

/* --- verbs ----------------------------------------------------------------------------------------------------------- */

/* A verb of sops that must not be taken for the name of a file to edit. */
static int
verb_absent(const struct cli_args *args, struct error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, "'%s' is not supported yet: it comes in a later version", args->verb->name);
	return err_hint(err, "sops itself does this with the same files");
}

static const struct cli_verb verbs[] = {
	{ "encrypt", verb_encrypt, "[FILE ...]", 0, CLI_ANY, "encrypt the values of files",
	    { types, name, output, several, reuse, recipients, rules, service } },
	{ "decrypt", verb_decrypt, "[FILE ...]", 0, CLI_ANY, "print the plaintext of a file, or decrypt several",
	    { types, name, output, several, extract, unwrap, service } },
	{ "edit", verb_edit, "FILE", 0, CLI_ANY, "open the plaintext of a file in an editor",
	    { types, show_keys, unwrap, recipients, rules, service } },
	{ "rotate", verb_rotate, "FILE ...", 0, CLI_ANY, "give files new data keys",
	    { types, name, output, several, change_keys, unwrap, service } },
	{ "set", verb_set, "FILE PATH VALUE", 0, CLI_ANY, "change one value: FILE '[\"a\"][0]' JSON",
	    { types, value, idempotent, unwrap, service } },
	{ "unset", verb_unset, "FILE PATH", 0, CLI_ANY, "remove one value", { types, idempotent, unwrap, service } },
	{ "updatekeys", verb_updatekeys, "FILE ...", 0, CLI_ANY, "wrap the data key of files for the recipients of their rule",
	    { types, yes, several, sync, service } },
	{ "filestatus", verb_filestatus, "FILE ...", 0, CLI_ANY, "say whether a file is encrypted", { types, several } },
	{ "check", verb_check, "FILE ...", 0, CLI_ANY, "without a key: is everything encrypted that should be",
	    { types, several, as_json }, "  0 nothing found, 1 findings, 2 a file that cannot be read", .own = true },
	{ "config", verb_config, "show FILE ...", 0, CLI_ANY, "which rule, recipients and selection a file gets",
	    { types, name, as_json, recipients, rules }, .own = true },
	{ "status", verb_status, "FILE ...", 0, CLI_ANY, "when files were changed, and their keys made",
	    { types, several, age, as_json }, .own = true },
	{ "exec-env", verb_exec_env, "FILE... -- PROGRAM...", 0, CLI_ANY, "run a command with the values in its environment",
	    { types, command, env_command, unwrap, service },
	    "  exec-env FILE COMMAND               a line for /bin/sh\n"
	    "  exec-env FILE... -- PROGRAM [ARG]   a program, without a shell; of one name, the last file's value wins" },
	{ "exec-file", verb_exec_file, "FILE -- PROGRAM...", 0, CLI_ANY, "run a command on the plaintext, as a file that is gone afterwards",
	    { types, command, file_command, unwrap, service },
	    "  exec-file FILE COMMAND              a line for /bin/sh, in which {} is the path\n"
	    "  exec-file FILE -- PROGRAM [ARG]     a program, without a shell; {} in its arguments is the path" },
	{ "groups", verb_groups, "add|delete [INDEX]", 0, CLI_ANY, "add or delete a key group of a file",
	    { types, group, group_keys, unwrap, service },
	    "  groups add --file FILE --age ...    a new group, behind the others\n"
	    "  groups delete --file FILE INDEX     without that group, counted from 0" },
	{ "merge-driver", verb_merge_driver, "BASE OURS THEIRS [SIZE [NAME]]", 3, 5, "merge three versions, for git: %O %A %B %L %P",
	    { NULL }, .own = true },
	{ "mergetool", verb_mergetool, "FILE", 1, 1, "resolve a file that git's merge left in conflict, in the editor", { NULL }, .own = true },
	{ "textconv", verb_textconv, "FILE", 1, 1, "print the plaintext of a file if it can be had, for git's diff", { NULL }, .own = true },
	{ "publish", verb_absent, "FILE", 0, CLI_ANY, NULL, { later, yes, unwrap, service } },
	{ "keyservice", verb_absent, "", 0, CLI_ANY, NULL, { later } },
	/* sops' --set takes path and value in one word: a verb that cannot be typed. */
	{ "set ", verb_legacy_set, "FILE", 0, CLI_ANY, NULL, { types, output, idempotent, unwrap, recipients, rules, service } },
	{ NULL }
};

/* --- exit statuses --------------------------------------------------------------------------------------------------- */

/* Of failures before a verb has begun; sops knows only one. */
static const struct cli_status statuses[] = { { ERR_USAGE, 1 }, { ERR_NONE, 0 } };

/* ERR_NONE: every other kind of that stage. */
static const struct {
	enum stage	 stage;
	enum err_kind	 kind;
	int		 status;
	const char	*words;		/* in front of the message, under the name of sops: scripts look for them */
} stages[] = {
	{ STAGE_OPTIONS, ERR_NOT_FOUND,	100, NULL },
	{ STAGE_OPTIONS, ERR_USAGE,	1, NULL },
	{ STAGE_OPTIONS, ERR_NONE,	8, NULL },
	{ STAGE_READ,	 ERR_NOT_FOUND,	100, NULL },
	{ STAGE_READ,	 ERR_NONE,	2, "Error reading file" },
	{ STAGE_PLAIN,	 ERR_EMPTY,	92, "File cannot be completely empty" },
	{ STAGE_PLAIN,	 ERR_ENCRYPTED,	203, NULL },
	{ STAGE_PLAIN,	 ERR_EXISTS,	4, "Could not marshal tree" },
	{ STAGE_PLAIN,	 ERR_REFUSED,	23, "Error encrypting tree" },
	{ STAGE_PLAIN,	 ERR_NONE,	2, "Error unmarshalling file" },
	{ STAGE_SEALED,	 ERR_NONE,	1, NULL },
	{ STAGE_CONFIG,	 ERR_CONTEXT,	6, "Invalid KMS encryption context format" },
	{ STAGE_CONFIG,	 ERR_CONFLICT,	8, NULL },
	{ STAGE_CONFIG,	 ERR_NONE,	1, NULL },
	{ STAGE_WRAP,	 ERR_NONE,	1, "Could not generate data key" },
	{ STAGE_UNWRAP,	 ERR_CONFLICT,	112, NULL },
	{ STAGE_UNWRAP,	 ERR_NONE,	128, NULL },
	{ STAGE_OPEN,	 ERR_MAC,	51, NULL },
	{ STAGE_OPEN,	 ERR_NONE,	25, "Error decrypting tree" },
	{ STAGE_SEAL,	 ERR_NONE,	23, "Error encrypting tree" },
	{ STAGE_PRINT,	 ERR_NONE,	4, "Error dumping file" },
	{ STAGE_WRITE,	 ERR_NONE,	3, NULL },
	{ STAGE_EXTRACT, ERR_RANGE,	1, NULL },
	{ STAGE_EXTRACT, ERR_NONE,	91, "error parsing --extract path" },
	{ STAGE_SET,	 ERR_NOT_FOUND,	1, NULL },
	{ STAGE_SET,	 ERR_ENCRYPTED,	203, NULL },
	{ STAGE_SET,	 ERR_NONE,	7, NULL },
	{ STAGE_EDIT,	 ERR_UNCHANGED,	200, NULL },
	{ STAGE_EDIT,	 ERR_EDITOR,	201, "Could not run editor" },
	{ STAGE_EDIT,	 ERR_SYSTEM,	3, NULL },
	{ STAGE_EDIT,	 ERR_NONE,	1, NULL },
	{ STAGE_OTHER,	 ERR_NONE,	1, NULL },
};

/* sops says "Error: ..." where we say "hubsecrets: ...". */
static void
speak_for_ourselves(struct error *err)
{
	static const struct slice prefix = SLICE("Error: ");

	if (slice_starts(slice_str(err->text), prefix))
		(void)memmove(err->text, err->text + prefix.len, strlen(err->text) - prefix.len + 1);
}

int
stage_failed(const struct cli_args *args, enum stage stage, struct error *err)
{
	if (!args->drop_in)
		speak_for_ourselves(err);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (stages[i].stage != stage || (stages[i].kind != err->kind && stages[i].kind != ERR_NONE))
			continue;
		if (*args->status < 0)
			*args->status = stages[i].status;
		if (stages[i].words != NULL && args->drop_in)
			err_wrap(err, "%s", stages[i].words);
		break;
	}
	return (int)err->kind;
}

int
stage_absent(const struct cli_args *args, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 || errno != ENOENT)
		return 0;
	err_set(err, ERR_SYSTEM, "open %s: no such file or directory", path);
	return stage_failed(args, STAGE_READ, err);
}

/* Programs that call sops parse the first line: a name, a blank, three numbers. */
static void
print_version(bool drop_in)
{
	if (drop_in)
		(void)printf("sops %s\n", SOPS_VERSION);
	else
		(void)printf("hubsecrets %s (files and manners of sops %s)\n", HUB_VERSION, SOPS_VERSION);
}

static const struct cli_program program = {
	.name = "hubsecrets", .drop_in = "sops",
	.help = "encrypt the values of YAML, JSON, dotenv, INI and other files, in the format of sops",
	.details = "A FILE alone is edited.  Keys and rules of new files come from the nearest .sops.yaml.\n",
	.options_size = sizeof(struct options), .verbs = verbs, .default_verb = "edit",
	.options = { common, silent, legacy },
	.unnamed = { types, name, output, extract, show_keys, change_keys, unwrap, recipients, rules, service },
	.statuses = statuses, .usage_status = 1, .one_dash = true,
	.version_letter = 'v', .version = print_version,
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
