/* merge: git's merge driver for encrypted files.  1 means a conflict, with or without markers; git goes on. */
#include "gitfilter/merge.h"

#include "base/num.h"
#include "cmd/hubcrypt/hubcrypt.h"

#define MARKER_MAX	1000

int
verb_merge(const struct cli_args *args, struct error *err)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING;
	struct merge_files			files = { args->operands[0], args->operands[1], args->operands[2], 7 };
	const struct hubcrypt_options		*options = args->options;
	const char				*name = options->key_name != NULL ? options->key_name : "";
	struct gitdir				dir;
	bool					conflict = false;
	int					rc;

	if (args->count > 3 && !num_parse(slice_str(args->operands[3]), 1, MARKER_MAX, &files.marker_size))
		return err_set(err, ERR_USAGE, "'%s' is no size of conflict markers", args->operands[3]);
	/* Whatever goes wrong, our version stays as git wrote it. */
	if ((rc = key_name_check(options, err)) != 0 || (rc = gitdir_find(&dir, err)) != 0 ||
	    (rc = keyring_load(&ring, &dir, err)) != 0 || (rc = merge_run(&files, &ring, name, &conflict, err)) != 0)
		return args->count > 4 ? err_wrap(err, "cannot merge '%s'", args->operands[4]) : rc;
	if (conflict)
		*args->status = 1;
	return 0;
}
