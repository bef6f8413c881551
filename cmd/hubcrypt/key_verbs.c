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
	if ((rc = file_replace_mode(path, buf_slice(&bytes), 0600, err)) != 0)
		return err_wrap(err, "cannot write key file '%s'", path);
	return 0;
}

int
verb_keygen(const struct cli_args *args, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	const char				*path = args->operands[0];
	int					 rc;

	if (strcmp(path, "-") != 0 && access(path, F_OK) == 0)
		return err_set(err, ERR_EXISTS, "%s: File already exists", path);
	cli_report(SLICE("Generating key...\n"));
	if ((rc = keyfile_generate("", &key, err)) != 0)
		return rc;
	return write_key(key, path, err);
}

int
verb_export_key(const struct cli_args *args, struct error *err)
{
	const struct hubcrypt_options		*options = args->options;
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct gitdir				 dir;
	int					 rc;

	if ((rc = gitdir_find(&dir, err)) != 0 ||
	    (rc = keydir_load(&dir, options->key_name != NULL ? options->key_name : "", &key, err)) != 0)
		return rc;
	return write_key(key, args->operands[0], err);
}

int
verb_migrate_key(const struct cli_args *args, struct error *err)
{
	CLEANUP(buf_release) struct buf		 bytes = BUF_SECRET(LIMIT_KEY_FILE);
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	const char				*old = args->operands[0];
	int					 rc;

	if ((rc = file_read(strcmp(old, "-") == 0 ? "/dev/stdin" : old, &bytes, err)) != 0)
		return err_wrap(err, "%s: unable to open for reading", old);
	if ((rc = keyfile_parse_legacy(buf_slice(&bytes), &key, err)) != 0)
		return err_wrap(err, "%s", old);
	return write_key(key, args->operands[1], err);
}
