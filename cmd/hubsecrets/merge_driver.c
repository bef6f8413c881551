#include <fcntl.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/stream.h"
#include "cmd/hubsecrets/three.h"

/*
 * What git runs to merge an encrypted file, and to show one in a diff.  Neither ever opens an editor.
 *
 *	git config merge.hubsecrets.driver 'hubsecrets merge-driver %O %A %B %L %P'
 *	git config diff.hubsecrets.textconv 'hubsecrets textconv'
 *	echo '*.enc.yaml merge=hubsecrets diff=hubsecrets' >> .gitattributes
 */

/* After any failure %A is what it was: our version, valid and encrypted; and 1 tells git that there is a conflict. */
int
verb_merge_driver(const struct cli_args *args, struct error *err)
{
	CLEANUP(three_release) struct three three = THREE(args);
	CLEANUP(merge3_conflicts_release) struct merge3_conflicts conflicts = MERGE3_CONFLICTS;
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT), out = BUF(LIMIT_DOCUMENT);
	const char *ours = args->operands[VERSION_OURS];

	*args->status = 1;
	three.name = args->operands[args->count > 4 ? 4 : VERSION_OURS];
	for (size_t i = 0; i < VERSIONS; i++)
		if (file_read(args->operands[i], &three.version[i].stored, err) != 0)
			return err_wrap(err, "cannot read '%s'", args->operands[i]);
	if (three_open(&three, err) != 0 || three_merge(&three, &text, &conflicts, err) != 0)
		return (int)err->kind;
	if (conflicts.count > 0) {
		three_tell(&three, &conflicts);
		err_set(err, ERR_CONFLICT, "'%s' was left as it is on this side", three.name);
		return err_hint(err, "resolve it with 'hubsecrets mergetool %s'", three.name);
	}
	if (three_seal(&three, buf_slice(&text), &out, err) != 0)
		return err_wrap(err, "cannot encrypt what '%s' was merged to", three.name);
	if (file_replace(ours, buf_slice(&out), err) != 0)
		return err_wrap(err, "cannot write '%s'", ours);
	*args->status = 0;
	return 0;
}

/* git stops at the first file that it cannot have: one that is too large for us is shown to it as it is, piece by piece. */
static int
pass_through(const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF(STREAM_CHUNK);
	CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct source_fd source;
	uint8_t	*room;
	size_t	 got;

	if (fd < 0)
		return err_errno(err, "cannot read '%s'", path);
	if (buf_reserve(&bytes, STREAM_CHUNK, &room, err) != 0)
		return (int)err->kind;
	source_fd_init(&source, fd);
	do {
		if (source_read(&source.source, room, STREAM_CHUNK, &got, err) != 0 || cli_output(slice_of(room, got), err) != 0)
			return (int)err->kind;
	} while (got == STREAM_CHUNK);
	return 0;
}

/* The plaintext, or where there is none for us the file as it is: a diff of ciphertext is better than none. */
int
verb_textconv(const struct cli_args *args, struct error *err)
{
	CLEANUP(keyring_freep) struct keyring *ring = NULL;
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(unwrap_report_release) struct unwrap_report report = UNWRAP_REPORT;
	const struct store	*store = store_for_name(slice_str(args->operands[0]));
	struct decrypt_options	 options = { .ignore_mac = false };
	struct unwrap_options	 unwrap = { .ring = NULL };
	struct error		 why = ERROR_INIT;

	if (file_read(args->operands[0], &text, err) != 0) {
		if (err->kind != ERR_LIMIT)
			return err_wrap(err, "cannot read '%s'", args->operands[0]);
		err_reset(err);
		return pass_through(args->operands[0], err);
	}
	if (keyring_new(&ring, err) != 0)
		return (int)err->kind;
	unwrap.ring = ring;
	if (sealed_load(buf_slice(&text), store, &opened, &why) == 0 &&
	    sealed_open(&opened, store, &unwrap, &options, &report, &why) == 0)
		return cli_output(buf_slice(&opened.plain), err);
	return cli_output(buf_slice(&text), err);
}
