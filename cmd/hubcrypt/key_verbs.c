/* keygen, export-key and migrate-key: key files in and out, without a look into the repository. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubcrypt/hubcrypt.h"
#include "gitfilter/keydir.h"

/* To a file that only its owner may read, or to standard output for "-". */
static int
write_key(const struct keyfile *key, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(LIMIT_KEY_FILE);
	int				rc;

	if ((rc = keyfile_write(key, &bytes, err)) != 0)
		return rc;
	if (strcmp(path, "-") == 0)
		return cli_output(buf_slice(&bytes), err);
	if ((rc = file_replace_private(path, buf_slice(&bytes), err)) != 0)
		return err_wrap(err, "cannot write key file '%s'", path);
	return 0;
}

int
key_name_check(const struct hubcrypt_options *options, struct error *err)
{
	return options->key_name != NULL ? keyfile_check_name(slice_str(options->key_name), err) : 0;
}

int
load_failed(const struct cli_args *args, struct error *err)
{
	if (err->kind == ERR_SYNTAX)
		return cli_retell(args, err, "git-crypt: This repository contains a malformed key file.  It may be corrupted.");
	if (err->kind == ERR_UNSUPPORTED)
		return cli_retell(args, err,
		    "git-crypt: This repository contains a incompatible key file.  Please upgrade git-crypt.");
	return err->kind;
}

int
verb_keygen(const struct cli_args *args, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	const char				*path = args->operands[0];
	int					 rc;

	/* git-crypt calls any operand here a file name, and never replaces a file. */
	if (strcmp(path, "-") != 0 && access(path, F_OK) == 0) {
		(void)err_set(err, ERR_EXISTS, "'%s' exists already, and may be somebody's only key", path);
		return cli_retell(args, err, "%s: File already exists", path);
	}
	cli_report(SLICE("Generating key...\n"));
	if ((rc = keyfile_generate("", &key, err)) != 0)
		return rc;
	return write_key(key, path, err);
}

int
verb_export_key(const struct cli_args *args, struct error *err)
{
	const struct hubcrypt_options		*options = args->options;
	const char				*name = options->key_name != NULL ? options->key_name : "";
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct gitdir				 dir;
	int					 rc;

	if ((rc = gitdir_find(&dir, err)) != 0)
		return rc;
	if ((rc = key_name_check(options, err)) != 0)
		return rc;
	if (keydir_load(&dir, name, &key, err) != 0)
		return load_failed(args, err);
	if ((rc = write_key(key, args->operands[0], err)) != 0)
		return rc;
	return keydir_mark_unexported(&dir, name, false, err);
}

int
verb_migrate_key(const struct cli_args *args, struct error *err)
{
	CLEANUP(buf_release) struct buf		 bytes = BUF_SECRET(LIMIT_KEY_FILE);
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	const char				*old = args->operands[0];

	if (file_read(strcmp(old, "-") == 0 ? "/dev/stdin" : old, &bytes, err) != 0) {
		(void)err_wrap(err, "cannot read '%s'", old);
		return cli_retell(args, err, "Error: %s: unable to open for reading", old);
	}
	if (keyfile_parse_legacy(buf_slice(&bytes), &key, err) != 0) {
		(void)err_wrap(err, "'%s'", old);
		return cli_retell(args, err, "Error: %s: not a valid legacy git-crypt key file", old);
	}
	return write_key(key, args->operands[1], err);
}
