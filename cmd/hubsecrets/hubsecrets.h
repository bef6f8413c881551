#ifndef CMD_HUBSECRETS_HUBSECRETS_H
#define CMD_HUBSECRETS_HUBSECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/slice.h"
#include "cmd/cli.h"
#include "sops/config.h"
#include "sops/datakey.h"
#include "sops/decrypt.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"
#include "sops/store.h"

/* What the files of this program share.  main.c has the tables: options, verbs, exit statuses. */

struct key_options {
	struct cli_list	 list[KEY_TYPES];	/* --age, --pgp ...: comma lists */
};

struct options {
	const char		*config, *input_type, *output_type, *output, *filename_override;
	bool			 in_place, ignore_mac, verbose, no_version_check, version_check, local_keyservice;
	struct cli_list		 keyservice;
	int64_t			 indent;
	const char		*decryption_order;
	/* encrypt, and edit of a new file */
	struct key_options	 keys;
	const char		*aws_profile, *encryption_context, *rules[SELECT_RULES];
	int64_t			 shamir_threshold;
	bool			 mac_only_encrypted;
	/* the verbs' own */
	const char		*extract, *set_text;
	struct key_options	 add, remove;
	bool			 show_master_keys, value_file, value_stdin, idempotent, yes;
	const char		*user, *file_name, *group_file;
	bool			 pristine, same_process, background, no_fifo;
	bool			 recursive, json, dry_run, rotate_too;
	const char		*reuse, *older_than;
	const char		*unused;	/* of verbs that come later */
	bool			 unused_flag;
};

/*
 * What a verb is doing when something goes wrong: scripts of sops' users tell failures by the exit status, and that
 * depends on the stage.  The table is in main.c.
 */
enum stage {
	STAGE_OPTIONS,		/* options that exclude each other */
	STAGE_READ,		/* the input file */
	STAGE_PLAIN,		/* parsing a file that is to be encrypted */
	STAGE_SEALED,		/* parsing an encrypted file, its metadata */
	STAGE_CONFIG,		/* .sops.yaml, keys and rules of a new file */
	STAGE_WRAP,		/* the data key, for its recipients */
	STAGE_UNWRAP,		/* the data key, from the file */
	STAGE_OPEN,		/* values and MAC */
	STAGE_SEAL,		/* values and MAC of a new text */
	STAGE_PRINT,		/* plaintext in the form that was asked for */
	STAGE_WRITE,		/* the output file */
	STAGE_EXTRACT,		/* the path of --extract */
	STAGE_SET,		/* path and value of set and unset */
	STAGE_EDIT,		/* the editor */
	STAGE_OTHER,
};
/* Sets the exit status of a failure and, as sops, its words in front.  Returns err->kind. */
int	stage_failed(const struct cli_args *args, enum stage stage, struct error *err);
/*
 * A file that is not there: to decrypt, encrypt and the older form that is a status of its own; all other verbs of sops
 * find that they cannot read it, and ask here first.
 */
int	stage_absent(const struct cli_args *args, const char *path, struct error *err) WARN_UNUSED;

/* One file of a run. */
struct job {
	const struct cli_args	*args;
	const struct options	*options;
	const char		*path;		/* NULL: standard input */
	const char		*name;		/* what its type and rule go by */
	const char		*output;	/* NULL: standard output, unless it is in place */
	const struct store	*store, *out_store;
	struct buf		 text;
	bool			 in_place;	/* what is read will be replaced; --in-place sets it, or a verb before job_read() */
	bool			 alone;		/* from job_read() on, nobody else of us changes the file: a verb sets it */
	struct lock		 lock;
	/* What was read, to know it again: job_write() replaces nothing else. */
	struct file_identity	 read;
	bool			 is_known, is_fresh;	/* read is set; the file's times are too new to tell a change */
	bool			 is_dropped;		/* the text is no longer there... */
	uint8_t			 digest[32];		/* ...and this was it, when it is fresh */
	struct keyring		*ring;
	struct config		*config;	/* NULL when there is none, or it is broken and does not matter */
	char			 no_config[ERR_HINT_MAX];	/* where it was looked for in vain */
	bool			 is_guest;	/* these two are another job's */
	bool			 is_host;	/* its configuration is that of several files, wherever they are */
	struct opened		 opened;
};
#define JOB(arguments)											\
	((struct job){ .args = (arguments), .options = (arguments)->options, .text = BUF_SECRET(LIMIT_DOCUMENT),	\
	    .opened = OPENED, .lock = LOCK_NONE })
void	job_release(struct job *job);

/* All of these set the exit status when they fail. */
/*
 * The first operand (or standard input, where the verb may), its types, --in-place and --output; nothing is read yet.
 * ${operands}: how many the verb takes.
 */
int	job_start(struct job *job, bool may_be_stdin, size_t operands, struct error *err) WARN_UNUSED;
/* The same for a file of several; a keyring that is there already is used. */
int	job_start_file(struct job *job, const char *path, struct error *err) WARN_UNUSED;
/* Was --filename-override given?  An empty name is none. */
bool	job_has_override(const struct job *job);
/* Use the keyring and the configuration of ${host}, which stays longer. */
void	job_share(struct job *job, const struct job *host);
int	job_read(struct job *job, struct error *err) WARN_UNUSED;
/* The text is not needed any more; what it was can still be told. */
int	job_drop_text(struct job *job, struct error *err) WARN_UNUSED;
/* Is the file still the one that job_read() read?  Of a file that was not there: is it still not there? */
bool	job_unchanged(const struct job *job);
/* .sops.yaml: a broken one is a failure where ${needed}, else a warning. */
int	job_config(struct job *job, bool needed, struct error *err) WARN_UNUSED;
/* Parse job->text as an encrypted file; then recover its data key and decrypt it. */
int	job_load(struct job *job, struct error *err) WARN_UNUSED;
int	job_datakey(struct job *job, struct error *err) WARN_UNUSED;		/* recover it, and no more */
int	job_decrypt(struct job *job, const struct decrypt_options *options, struct error *err) WARN_UNUSED;	/* what follows */
int	job_open(struct job *job, const struct decrypt_options *options, struct error *err) WARN_UNUSED;
/* Why a data key was not found: printed here, so that ${err} is empty afterwards. */
int	job_unwrap_failed(struct job *job, struct unwrap_report *report, struct error *err);
/* Comments that stay encrypted, "Data key recovered successfully". */
void	job_tell_opened(const struct job *job, const struct decrypt_report *report);
struct unwrap_options job_unwrap(const struct job *job);
/* The indentation asked for: the flag, else the configuration, else 0. */
int	job_indent(const struct job *job, const struct store *store);
/*
 * To the file itself, to --output or to standard output.  ERR_CONFLICT: the file is not the one that was read, and was left alone.
 */
int	job_write(struct job *job, struct slice bytes, bool always_in_place, struct error *err) WARN_UNUSED;
/* The file itself, to be replaced in pieces; committing it refuses as job_write() does. */
int	job_replacement(struct job *job, struct file_replacement **out, struct error *err) WARN_UNUSED;

/* large.c: binary files in constant memory.  ${done}: false when the file is not of that kind, and nothing was done. */
int	encrypt_large(struct job *job, bool *done, struct error *err) WARN_UNUSED;
int	decrypt_large(struct job *job, bool *done, struct error *err) WARN_UNUSED;

/* keys.c */
/* The metadata of a new file: rule of the configuration, flags and environment.  ${err} has its stage set. */
int	keys_metadata(struct job *job, struct metadata **out, struct error *err) WARN_UNUSED;
/* The keys of options such as --add-age; ${context_opt} is --encryption-context. */
int	keys_from_options(const struct job *job, const struct key_options *from, struct arena *arena, struct key_group *out,
	    struct error *err) WARN_UNUSED;

/* decrypt.c: append what was opened, in the type that was asked for. */
int	decrypt_text(struct job *job, struct buf *out, struct error *err) WARN_UNUSED;

/* reuse.c: what --reuse keeps of an older version. */
struct old_version;
struct work;
/*
 * Open the older version that --reuse names; ${work} has document and metadata of the new one.  Where recipients are the same, the
 * metadata takes over how the data key is wrapped, and ${work->wrap} is NULL.  A missing file is none, which is no failure.
 */
int	old_version_open(struct work *work, struct error *err) WARN_UNUSED;
void	old_version_free(struct old_version *old);
struct reuse *old_version_reuse(struct old_version *old_opt);
/* The whole text, when the new version says nothing else; else nothing. */
struct slice old_version_same(const struct old_version *old_opt, const struct work *work);

/* encrypt.c: lines that will come back in another spelling, for people. */
struct notes;
void	tell_notes(const struct job *job, const struct notes *notes);
/* A binary file whose name or beginning says that it was not meant as one. */
void	tell_binary(const struct job *job, struct slice text);

/* editor.c */
/*
 * editor_run(path, err):
 * Run the user's editor on a file and wait for it.  ERR_EDITOR.
 */
int	editor_run(const char *path, struct error *err) WARN_UNUSED;
/* A line break from the user; false at the end of input, where asking again would never end. */
bool	editor_wait_for_enter(void);
/* Say why what came out of the editor will not do, and wait for the user to go back to it.  ERR_CANCELLED. */
int	editor_ask_again(const struct cli_args *args, const char *named, struct error *why, struct error *err) WARN_UNUSED;

int	verb_encrypt(const struct cli_args *args, struct error *err);
int	verb_decrypt(const struct cli_args *args, struct error *err);
int	verb_edit(const struct cli_args *args, struct error *err);
int	verb_rotate(const struct cli_args *args, struct error *err);
int	verb_set(const struct cli_args *args, struct error *err);
int	verb_unset(const struct cli_args *args, struct error *err);
int	verb_legacy_set(const struct cli_args *args, struct error *err);
int	verb_updatekeys(const struct cli_args *args, struct error *err);
int	verb_merge_driver(const struct cli_args *args, struct error *err);
int	verb_mergetool(const struct cli_args *args, struct error *err);
int	verb_textconv(const struct cli_args *args, struct error *err);
int	verb_filestatus(const struct cli_args *args, struct error *err);
int	verb_check(const struct cli_args *args, struct error *err);
int	verb_config(const struct cli_args *args, struct error *err);
int	verb_status(const struct cli_args *args, struct error *err);
int	verb_exec_env(const struct cli_args *args, struct error *err);
int	verb_exec_file(const struct cli_args *args, struct error *err);
int	verb_groups(const struct cli_args *args, struct error *err);

#endif
