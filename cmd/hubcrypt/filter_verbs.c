/* clean, smudge, diff and process: what git asks for, between descriptors and gitfilter/. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/pktline.h"
#include "cmd/hubcrypt/hubcrypt.h"
#include "gitfilter/blob.h"
#include "gitfilter/process.h"

/*
 * The driver that the command line asks for: a legacy key as the operand ${legacy_opt}, --key-file, or the clone's key of
 * that name.
 */
static int
open_filter(const struct cli_args *args, const char *legacy_opt, struct filter **out, struct error *err)
{
	const struct hubcrypt_options	*options = args->options;
	const char			*name = options->key_name != NULL ? options->key_name : "";
	const char			*file = legacy_opt != NULL ? legacy_opt : options->key_file;
	struct gitdir			 dir;
	struct keyfile			*key;
	int				 rc;

	if ((rc = key_name_check(options, err)) != 0)
		return rc;
	if (file != NULL) {
		if ((rc = keyfile_load(file, legacy_opt != NULL, &key, err)) == 0)
			return filter_new_key(key, out, err);
		(void)err_wrap(err, "cannot use key file '%s'", file);
		if (rc == ERR_NOT_FOUND || rc == ERR_SYSTEM)
			return cli_retell(args, err, "git-crypt: Error: Unable to open key file: %s", file);
		return load_failed(args, err);
	}
	if ((rc = gitdir_find(&dir, err)) != 0)
		return rc;
	return filter_new(&dir, name, out, err) != 0 ? load_failed(args, err) : 0;
}

/* git-crypt's first line, which scripts look for; then what to do. */
static void
warn_plaintext(struct slice path)
{
	char line[4096];

	(void)snprintf(line, sizeof(line),
	    "git-crypt: Warning: file not encrypted%s%.*s\n"
	    "It has the git-crypt attribute, but was committed before the attribute was set, or by somebody without the key.\n"
	    "The command 'status' tells which files these are, and 'status -f' encrypts them from now on.\n"
	    "What was pushed in the clear stays in the history: change the secrets in it.\n",
	    path.len > 0 ? ": " : "", SLICE_ARG(path));
	cli_report(slice_str(line));
}

int
verb_clean(const struct cli_args *args, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	struct stat				 before, after;
	enum filter_result			 result;
	struct source_fd			 in;
	struct sink_fd				 out;
	int					 rc;

	if ((rc = open_filter(args, args->operands[0], &filter, err)) != 0)
		return rc;
	if (fstat(STDIN_FILENO, &before) != 0)
		return err_errno(err, "cannot look at the input");
	/* Before reading all of it twice. */
	if (S_ISREG(before.st_mode) && (uint64_t)before.st_size > (uint64_t)BLOB_PLAIN_MAX + BLOB_HEADER_LEN)
		return blob_too_long(err);
	source_fd_init(&in, STDIN_FILENO);
	sink_fd_init(&out, STDOUT_FILENO);
	if ((rc = filter_clean(filter, SLICE_NONE, &in.source, &out.sink, &result, err)) != 0 || in.source.rewind == NULL)
		return rc;
	/* A file is read twice; what changed in between would be a blob whose tag is wrong. */
	if (fstat(STDIN_FILENO, &after) != 0 || before.st_size != after.st_size ||
	    before.st_mtim.tv_sec != after.st_mtim.tv_sec || before.st_mtim.tv_nsec != after.st_mtim.tv_nsec)
		return err_set(err, ERR_CONFLICT, "the file changed while it was being read");
	return 0;
}

int
verb_smudge(const struct cli_args *args, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	enum filter_result			 result = FILTER_PASSED;
	struct source_fd			 in;
	struct sink_fd				 out;
	int					 rc;

	if ((rc = open_filter(args, args->operands[0], &filter, err)) != 0)
		return rc;
	source_fd_init(&in, STDIN_FILENO);
	sink_fd_init(&out, STDOUT_FILENO);
	rc = filter_smudge(filter, &in.source, &out.sink, &result, err);
	if (rc == 0 && result == FILTER_PLAINTEXT)
		warn_plaintext(SLICE_NONE);
	return rc;
}

/* "diff FILE", or "diff LEGACYKEY FILE". */
int
verb_diff(const struct cli_args *args, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	CLEANUP(file_closep) int		 fd = -1;
	const char				*legacy = args->count == 2 ? args->operands[0] : NULL;
	const char				*path = args->operands[args->count - 1];
	enum filter_result			 result;
	struct source_fd			 in;
	struct sink_fd				 out;
	int					 rc;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_set(err, ERR_NOT_FOUND, "%s%s: unable to open for reading", args->drop_in ? "git-crypt: " : "", path);
	if ((rc = open_filter(args, legacy, &filter, err)) != 0)
		return rc;
	source_fd_init(&in, fd);
	sink_fd_init(&out, STDOUT_FILENO);
	return filter_smudge(filter, &in.source, &out.sink, &result, err);
}

static void
report(struct slice path, const struct error *err_opt)
{
	struct error err;

	if (err_opt == NULL) {
		warn_plaintext(path);
		return;
	}
	/* It was told when the filter was opened. */
	if (err_opt->text[0] == '\0')
		return;
	err = *err_opt;
	(void)err_wrap(&err, "'%.*s'", SLICE_ARG(path));
	cli_error(&err);
}

int
verb_process(const struct cli_args *args, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	struct error				 broken = ERROR_INIT;
	int					 rc;

	if (open_filter(args, NULL, &filter, &broken) == 0)
		filter_drain_first(filter);
	if ((rc = pktline_new(STDIN_FILENO, STDOUT_FILENO, &line, err)) != 0)
		return rc;
	return process_serve(line, filter, filter == NULL ? &broken : NULL, report, err);
}
