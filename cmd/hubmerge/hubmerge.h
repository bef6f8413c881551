#ifndef CMD_HUBMERGE_HUBMERGE_H
#define CMD_HUBMERGE_HUBMERGE_H

#include <stdbool.h>

#include "base/error.h"
#include "cmd/cli.h"
#include "cmd/hub.h"

/* What the files of this program share.  main.c has the tables: options, verbs, exit statuses. */

struct options {
	/* which layers: every verb that resolves a hub has these */
	struct cli_list	 files, sets[STRVALS_KINDS];
	const char	*chart;
	int64_t		 helm;
	bool		 user_only, no_secrets, allow_plaintext, public, image_tags;
	/* merge alone */
	const char	*output, *format;
	bool		 all, strict, verbose, annotate;
	/* check, explain, diff */
	bool		 json, sarif, notes;
	const char	*revisions;
};

/* What the options ask for; ${hub} and ${env} may be NULL. */
struct hub_request options_request(const struct options *options, const char *hub, const char *env);

/* merge.c */
int	verb_merge(const struct cli_args *args, struct error *err);
/* Resolve one hub, warn, and (where ${write} says so) print it to a file for its owner alone, or to standard output. */
int	merge_one(const struct options *options, const struct hub_request *request, struct layer_io *io, const char *path_opt,
	    bool write, struct error *err) WARN_UNUSED;
int	merge_write(const struct options *options, const struct hub *hub, const char *path_opt, struct error *err) WARN_UNUSED;
/* all.c: --all */
int	merge_all(const struct cli_args *args, struct error *err) WARN_UNUSED;
/* check.c */
int	verb_check(const struct cli_args *args, struct error *err);
/* explain.c */
int	verb_explain(const struct cli_args *args, struct error *err);
/* diff.c */
int	verb_diff(const struct cli_args *args, struct error *err);

#endif
