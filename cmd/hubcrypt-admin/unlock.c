/* unlock and refresh: where the key comes from, then gitfilter/unlock.h. */
#include "gitfilter/unlock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/users_open.h"

/* --- keys ------------------------------------------------------------------------------------------------ */

/* A key file as it is, or in base64 with or without line breaks: nothing else begins with those bytes. */
static int
add_bytes(struct keyring *keys, struct slice bytes, const char *from, struct error *err)
{
	CLEANUP(buf_release) struct buf	raw = BUF_SECRET(LIMIT_KEY_FILE);
	struct error			ignored = ERROR_INIT;
	struct keyfile			*key;

	if (bytes.len > 0 && bytes.data[0] != '\0' &&
	    base64_decode_as(slice_trim(bytes), BASE64_SKIP_BREAKS, &raw, &ignored) == 0)
		bytes = buf_slice(&raw);
	if (keyfile_parse(bytes, &key, err) != 0)
		return err_wrap(err, "cannot use the key in '%s'", from);
	return keyring_add(keys, key, err);
}

static int
add_file(const struct cli_args *args, struct keyring *keys, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(LIMIT_KEY_FILE);
	struct keyfile			*key;
	int				rc;

	rc = strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, &bytes, err) : file_read(path, &bytes, err);
	if (rc != 0) {
		(void)err_wrap(err, "cannot read key file '%s'", path);
		return cli_retell(args, err, "Error: %s: unable to read key file", path);
	}
	rc = keyfile_parse(buf_slice(&bytes), &key, err);
	if (rc == 0)
		return keyring_add(keys, key, err);
	(void)err_wrap(err, "cannot use key file '%s'", path);
	if (rc == ERR_UNSUPPORTED) {
		(void)cli_retell(args, err, "Error: %s is in an incompatible format", path);
		return cli_retell(args, err, "Please upgrade to a newer version of git-crypt.");
	}
	if (bytes.len == KEYFILE_AES_LEN + KEYFILE_HMAC_LEN)
		(void)err_hint(err,
		    "it may be a key of git-crypt 0.3 or older: convert it with 'hubcrypt migrate-key'");
	(void)cli_retell(args, err, "Error: %s: not a valid git-crypt key file", path);
	(void)cli_retell(args, err, "If this key was created prior to git-crypt 0.4, you need to migrate it");
	return cli_retell(args, err, "by running 'git-crypt migrate-key /path/to/old_key /path/to/migrated_key'.");
}

static int
add_environment(struct keyring *keys, const char *name, struct error *err)
{
	const char *value = getenv(name);

	if (value == NULL || *value == '\0')
		return err_set(err, ERR_NOT_FOUND, "the environment variable '%s' is not set", name);
	return add_bytes(keys, slice_str(value), name, err);
}

static int
add_descriptor(struct keyring *keys, int fd, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(LIMIT_KEY_FILE);

	if (file_read_fd(fd, &bytes, err) != 0)
		return err_wrap(err, "cannot read the key from descriptor %d", fd);
	return add_bytes(keys, buf_slice(&bytes), "descriptor", err);
}

/* All that were named on the command line, before anything changes and while relative names still lead there. */
static int
named_keys(const struct cli_args *args, struct keyring *keys, struct error *err)
{
	const struct admin_options	*options = args->options;
	int				 rc = 0;

	if (options->key_env != NULL)
		rc = add_environment(keys, options->key_env, err);
	if (rc == 0 && cli_given(args, "key-fd"))
		rc = add_descriptor(keys, (int)options->key_fd, err);
	for (size_t i = 0; i < args->count && rc == 0; i++)
		rc = add_file(args, keys, args->operands[i], err);
	return rc;
}

static int
open_copies(const struct cli_args *args, struct age_identities *identities, struct keyring *keys, struct error *err)
{
	int rc = identities != NULL ? users_open_age(identities, keys, err) : users_open_gpg(keys, err);

	if (rc != ERR_NO_KEY || identities != NULL)
		return rc;
	(void)cli_retell(args, err, "Error: no GPG secret key available to unlock this repository.");
	return cli_retell(args, err,
	    "To unlock with a shared symmetric key instead, specify the path to the symmetric key as an "
	    "argument to 'git-crypt unlock'.");
}

static int
load_identities(const struct cli_list *files, struct age_identities **out, struct error *err)
{
	CLEANUP(age_identities_freep) struct age_identities	*identities = NULL;
	int							 rc;

	if (files->count == 0)
		return 0;
	if ((rc = age_identities_new(&identities, err)) != 0)
		return rc;
	for (size_t i = 0; i < files->count; i++) {
		CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_KEY_FILE);

		if ((rc = file_read(files->items[i], &text, err)) == 0)
			rc = age_recognised(buf_slice(&text)) ?
			    age_identities_add_locked(identities, buf_slice(&text), files->items[i], err) :
			    slice_starts(buf_slice(&text), SLICE("-----BEGIN")) ?
			    age_identities_add_ssh(identities, buf_slice(&text), SLICE_NONE, files->items[i], err) :
			    age_identities_parse(identities, buf_slice(&text), 0, err);
		if (rc != 0)
			return err_wrap(err, "cannot use the age identities in '%s'", files->items[i]);
	}
	*out = TAKE(identities);
	return 0;
}

/* --- the verbs ------------------------------------------------------------------------------------------- */

static void
tell(const struct unlock_report *report)
{
	if (report->unencrypted > 0)
		cli_warn("%zu file%s should be encrypted and %s stored in plaintext; 'hubcrypt status -e' lists them",
		    report->unencrypted,
		    report->unencrypted == 1 ? "" : "s", report->unencrypted == 1 ? "is" : "are");
	if (report->twice > 0)
		cli_warn("%zu file%s encrypted twice and left as %s: '%s'%s; 'hubcrypt doctor' says how to repair that", report->twice,
		    report->twice == 1 ? " was" : "s were", report->twice == 1 ? "it is" : "they are", report->first_twice,
		    report->twice == 1 ? "" : ", ...");
	if (report->edited > 0)
		cli_warn("%zu edited file%s marked assume-unchanged %s left alone", report->edited,
		    report->edited == 1 ? "" : "s",
		    report->edited == 1 ? "was" : "were");
	if (report->missing > 0)
		cli_warn("%zu file%s %s not open with a key of this clone", report->missing,
		    report->missing == 1 ? "" : "s",
		    report->missing == 1 ? "does" : "do");
}

int
verb_unlock(const struct cli_args *args, struct error *err)
{
	const struct admin_options				*options = args->options;
	CLEANUP(keyring_release) struct keyring			 keys = KEYRING;
	CLEANUP(age_identities_freep) struct age_identities	*identities = NULL;
	struct driver_program					 program;
	struct unlock_report					 report;
	struct worktree						 tree;
	char							 prefix[GITDIR_PATH_MAX];
	int							 rc;

	if ((rc = named_keys(args, &keys, err)) != 0 ||
	    (rc = load_identities(&options->identities, &identities, err)) != 0 ||
	    (rc = admin_program(&program, err)) != 0)
		return rc;
	if ((rc = admin_enter(&tree, prefix, err)) != 0)
		return admin_no_repository(args, "git-crypt: Error: 'git status' failed - is this a Git repository?", err);
	if (keys.count == 0 && (rc = open_copies(args, identities, &keys, err)) != 0)
		return rc;
	if (unlock_run(&tree, &keys, &program, admin_progress(), &report, err) != 0)
		return admin_not_clean(args, "unlock", err);
	tell(&report);
	return 0;
}

int
verb_refresh(const struct cli_args *args UNUSED, struct error *err)
{
	struct driver_program	program;
	struct unlock_report	report;
	struct worktree		tree;
	char			prefix[GITDIR_PATH_MAX];
	int			rc;

	if ((rc = admin_program(&program, err)) != 0 || (rc = admin_enter(&tree, prefix, err)) != 0 ||
	    (rc = unlock_refresh(&tree, &program, admin_progress(), &report, err)) != 0)
		return rc;
	tell(&report);
	return 0;
}
