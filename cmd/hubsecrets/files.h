#ifndef CMD_HUBSECRETS_FILES_H
#define CMD_HUBSECRETS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/config.h"
#include "sops/rotate.h"
#include "yamlmerge/document.h"

/*
 * A verb in steps, for one file or for many.  Between the steps the data keys of all files at hand are recovered, or wrapped, at
 * once (design D5).  Each file ends changed or as it was; that one fails stops no other.
 */
enum work_state {
	WORK_GOES_ON,
	WORK_DONE,
	WORK_UNCHANGED,		/* there was nothing to do */
	WORK_PASSED_BY,		/* found in a folder, and none of ours */
	WORK_FAILED,
};

struct work {
	struct job			 job;
	const struct file_list_entry	*entry;		/* NULL: the only file */
	enum work_state			 state;
	bool				 needs_key;	/* set by load(): recover the data key of job.opened */
	struct metadata			*wrap;		/* set before wrapping: to be wrapped ... */
	const struct secret		*wrapped;	/* ... of this data key */
	/* what a verb keeps from one step to the next */
	struct document			*doc;
	struct metadata			*meta;
	struct secret			*datakey;
	struct old_version		*old;
	const struct config_rule	*rule;
	struct key_group		 add, remove;	/* in the arena */
	struct arena			 arena;
	struct rotation			 rotation;
	struct rotate_report		 report;
};

struct file_verb {
	const char	*done;			/* of a file: "decrypted" */
	bool		 in_place;		/* in any case */
	bool		 needs_config;		/* a broken .sops.yaml is a failure */
	bool		 by_rule;		/* files in folders: those that a creation rule names, else those that are encrypted */
	bool		 private_output;	/* folders made for --output are for their owner alone */
	/* Each sets the exit status when it fails; a step may set ${state} and so end the work. */
	int		(*load)(struct work *work, struct error *err);
	int		(*prepare)(struct work *work, struct error *err);	/* or NULL */
	int		(*finish)(struct work *work, struct error *err);
};

void	work_release(struct work *work);
/* All steps for a file that was started with job_start(). */
int	work_alone(struct work *work, const struct file_verb *verb, struct error *err) WARN_UNUSED;
#define WORK(arguments)	((struct work){ .job = JOB(arguments), .rotation = ROTATION, .arena = ARENA(LIMIT_CONFIG) })

/* Are several files meant?  By the name of sops, only when --recursive says so. */
bool	files_several(const struct cli_args *args);

/* Cheaply: could this file be an encrypted one?  True as well for what cannot be read: that is for the verb to say. */
bool	files_may_be_sealed(const char *path);

struct files_summary {
	size_t	done, unchanged, failed;
};

/*
 * files_run(args, verb, summary, err):
 * All files that are named.  Failures are printed as they come; the last one, in ${err}, counts them, and the exit status is 1.
 */
int	files_run(const struct cli_args *args, const struct file_verb *verb, struct files_summary *summary, struct error *err) WARN_UNUSED;

#endif
