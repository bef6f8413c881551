#ifndef CMD_HUBROTATE_HUBROTATE_H
#define CMD_HUBROTATE_HUBROTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "cmd/cli.h"
#include "cmd/hub.h"
#include "cmd/layer_save.h"

/* What the files of this program share.  main.c has the options; the facts of JupyterHub's chart are in secrets.c (hubmerge 5). */

struct options {
	bool		 all, dry_run, json, age, prune, force, copies, allow_plaintext;
	const char	*prefix, *chart;
	int64_t		 helm;
};

enum kind { PROXY_TOKEN, COOKIE_SECRET, CRYPT_KEEPER, SERVICE_TOKEN, KINDS };

#define PLACE_STEPS	4

/* One kind of secret: where JupyterHub's chart looks for it, and what a new one leads to. */
struct kind_facts {
	const char	*name;			/* on the command line */
	const char	*place[2][PLACE_STEPS + 1];	/* below the wrapper prefix, first match wins; "*": the service's name */
	const char	*restarts, *people;	/* what restarts, and what the users of the hub notice */
};
extern const struct kind_facts kinds[KINDS];

/* A secret that is in effect. */
struct found {
	enum kind			 kind;
	const char			*service;	/* of a service token */
	const char			*path;		/* dotted, with the prefix */
	const struct merge_value	*value;
	const char			*left_alone;	/* why it is not changed, or NULL */
	bool				 filtered;	/* git encrypts the file */
};

struct findings {
	struct found	*list;
	size_t		 count, capacity;
};
void	findings_release(struct findings *findings);

/*
 * secrets_prefix(hub, name_opt, options, arena, out, err):
 * Where JupyterHub's values are in the merged ones: "", "jupyterhub", "daskhub.jupyterhub" ...: as told, as the chart or hubmerge.yaml says, or
 * where the secrets are.  ERR_CONFLICT: at several places; ERR_NOT_FOUND: nowhere.
 */
int	secrets_prefix(const struct hub *hub, const char *name_opt, const struct options *options, struct arena *arena,
	    const char **out, struct error *err) WARN_UNUSED;
/* The names of the services that have a token, in the order of the values. */
int	secrets_services(const struct hub *hub, const char *prefix, struct arena *arena, const char ***out, size_t *count,
	    struct error *err) WARN_UNUSED;
/* Does a Secret of the cluster that this chart did not make take part (hub.existingSecret)? */
bool	secrets_are_outside(const struct hub *hub, const char *prefix);
/* The effective value of one kind (and service); nothing is added when there is none. */
int	secrets_find(const struct hub *hub, const char *prefix, enum kind kind, const char *service_opt, struct arena *arena,
	    struct findings *out, struct error *err) WARN_UNUSED;
/* Other values of the merged tree that are the same text, not counting its aliases: the other ends of a service token. */
int	secrets_copies(const struct hub *hub, const struct found *of, struct arena *arena, struct findings *out,
	    struct error *err) WARN_UNUSED;
/* Is it in a layer that can be changed?  ERR_REFUSED with the reason and what to do. */
int	secrets_check(const struct found *found, const char *hub, const char *env, struct error *err) WARN_UNUSED;

/* The text of a scalar, or of a list's first element. */
struct slice	secrets_text(const struct merge_value *value);

/* 64 hex digits in ${arena}; of a proxy token, with another four-digit checksum than the old one's (hubmerge 5). */
int	secrets_draw(enum kind kind, struct slice old, struct arena *arena, struct slice *out, struct error *err) WARN_UNUSED;

/* What is done to one hub in one environment. */
struct rotation {
	const struct options	*options;
	const char		*hub, *env;	/* NULL where the layout needs none */
	enum kind		 kind;		/* KINDS: all that there are */
	const char		*service;
	struct layer_io		*io;		/* these are shared by all hubs of a run */
	struct report		*report;
	struct sharing		*sharing;
};
/* How the values are asked for. */
struct hub_request rotation_request(const struct rotation *rotation);
int	rotation_run(const struct rotation *rotation, struct error *err) WARN_UNUSED;

/* sharing.c: what of this run is in files that several hubs or environments read. */
struct sharing {
	struct rotated	*first;
	struct arena	 arena;
};
#define SHARING	((struct sharing){ .first = NULL, .arena = ARENA(LIMIT_DOCUMENT) })
bool	sharing_has_file(const struct sharing *sharing, const struct layer *layer);
/* The hub with which this value was rotated before, or NULL. */
const char *sharing_rotated(const struct sharing *sharing, const struct found *found);
int	sharing_add(struct sharing *sharing, const struct found *found, const char *hub_opt, struct error *err) WARN_UNUSED;
/* ERR_REFUSED: another environment would be given the same value. */
int	sharing_check(const struct rotation *rotation, const struct found *found, struct error *err) WARN_UNUSED;
/* Tell of other hubs that have the file as a layer. */
int	sharing_warn(const struct rotation *rotation, const struct layer *layer, struct error *err) WARN_UNUSED;
/* Tell of other environments of the hub that have one of these values, as it was before; those that cannot be opened are passed over. */
void	sharing_warn_equal(const struct rotation *rotation, const char *prefix, const struct findings *found);
void	sharing_release(struct sharing *sharing);

/* Since when a value is what it is. */
struct age {
	int64_t	when;		/* 0: not known, or not committed */
	bool	at_least;	/* the history that is here ends there */
	char	commit[65];
};

/* report.c: lines for people as they come, or one JSON list at the end.  Never a value. */
struct report {
	struct buf	text;
	bool		json, started;
};
#define REPORT(is_json)	((struct report){ .text = BUF(LIMIT_MESSAGE), .json = (is_json) })

struct report_item {
	const struct rotation	*rotation;
	const struct found	*found;
	const struct findings	*copies;
	struct age		 age;			/* of --age */
};
int	report_change(struct report *report, const struct report_item *item, struct error *err) WARN_UNUSED;
int	report_age(struct report *report, const struct report_item *item, struct error *err) WARN_UNUSED;
/* A line about a secret that no layer has. */
int	report_absent(struct report *report, const struct rotation *rotation, enum kind kind, struct error *err) WARN_UNUSED;
/* Print the lines that there are; JSON waits for its end. */
int	report_flush(struct report *report, struct error *err) WARN_UNUSED;
int	report_print(struct report *report, struct error *err) WARN_UNUSED;

/* age.c: when did the value become what it is?  ERR_CHILD: git fails, not counting a folder that has no history. */
int	age_of(const struct found *found, struct layer_io *io, struct age *out, struct error *err) WARN_UNUSED;

#endif
