#ifndef YAMLMERGE_STRVALS_H
#define YAMLMERGE_STRVALS_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/merge.h"

/*
 * --set and its kin: Helm's little language of "path=value" (FORMAT.md, set arguments; hubmerge 2), applied to a merged tree.
 * The kinds are in the order in which Helm applies them, whatever the order on the command line.
 */
enum strvals_kind {
	STRVALS_JSON,		/* --set-json: the value is JSON */
	STRVALS_TYPED,		/* --set: the value's spelling gives its type */
	STRVALS_STRING,		/* --set-string */
	STRVALS_FILE,		/* --set-file: the value is the path of a file whose content counts */
	STRVALS_LITERAL,	/* --set-literal: one path, one string, nothing is special in it */
};
#define STRVALS_KINDS	(STRVALS_LITERAL + 1)

/* The option's name, without dashes. */
extern const char *const strvals_option[STRVALS_KINDS];

struct strvals {
	enum strvals_kind	 kind;
	struct slice		 text;		/* the argument */
	uint32_t		 number;	/* which argument of that option it is, from 1: the line of its values */
	enum layer_helm		 helm;		/* --set-json of a whole object is for Helm 4 alone */
};

/*
 * strvals_apply(into, layer, strvals, err):
 * Change ${into} as the argument says; ${layer}, a LAYER_SET, is the origin of what it sets.  ERR_SYNTAX (the argument), ERR_TYPE (a path
 * through what is no map or list), ERR_RANGE (an integer of --set beyond 2^53, which a file cannot carry), ERR_LIMIT, ERR_REFUSED (the
 * versions of Helm disagree), ERR_NOT_FOUND (--set-file); no message holds a value.  After a failure the tree is unusable.
 * A warning is added for an integer that a template will print in another way than Helm's own --set would.
 */
int	strvals_apply(struct merged *into, const struct layer *layer, const struct strvals *strvals, struct error *err) WARN_UNUSED;

#endif
