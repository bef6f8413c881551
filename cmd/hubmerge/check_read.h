#ifndef CMD_HUBMERGE_CHECK_READ_H
#define CMD_HUBMERGE_CHECK_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "cmd/layer_io.h"
#include "yamlmerge/check.h"
#include "yamlmerge/layout.h"

/*
 * The layers of a whole repository for 'check': each file is opened once and without a key.  What cannot be read is a finding
 * and no failure: one run tells of all.
 */
struct check_file {
	struct layer		*layer;		/* NULL: it cannot be read */
	struct check_file	*next;		/* in the order of reading */
	bool			 selected;	/* its findings were asked for */
	bool			 locked;	/* nothing can be seen of what is in it */
};

/* One hub in one environment. */
struct check_env {
	const char		*hub, *env;
	struct layout		 layout;
	struct check_file	**files;	/* those of the layout */
	struct layer		*chart;		/* or NULL */
	bool			 selected;
	struct check_env	*next;
};

struct check_repository {
	struct check		*check;
	struct layer_io		 io;
	struct key_index	 by_path;	/* files, and charts */
	struct key_index	 blobs;		/* ciphertext of git-crypt, beside the folder that it is in */
	struct check_file	*files, **files_end;
	struct check_env	*envs, **envs_end;
	struct arena		 arena;
	bool			 all;		/* no hub was named: the chart's own values are looked at, too */
};

/*
 * check_read(repository, check, hub_opt, env_opt, err):
 * All hubs and environments of the current directory; ${hub_opt} and ${env_opt} say which are selected (ERR_NOT_FOUND).  All
 * that is read is learned.
 */
int	check_read(struct check_repository *repository, struct check *check, const char *hub_opt, const char *env_opt,
	    struct error *err) WARN_UNUSED;
void	check_repository_release(struct check_repository *repository);

#endif
