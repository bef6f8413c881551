#ifndef GITFILTER_ATTRIBUTES_H
#define GITFILTER_ATTRIBUTES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * What git itself says about the attributes of paths: one process for any number of them.  A wrong answer here would
 * leak a secret, so no other reading of .gitattributes is trusted.
 */

/* Called for each path and attribute, in git's order; a result other than 0 ends the query with it. */
typedef int attributes_visit(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err);

/*
 * attributes_query(cached, names, paths, visit, context, err):
 * Ask for the attributes ${names} (ended by NULL) of ${paths}, each ended by a NUL byte.  ${cached}: those of the index and
 * not of the working tree.  Values are as git prints them: "unspecified", "set", "unset" or a word.
 */
int	attributes_query(bool cached, const char *const *names, struct slice paths, attributes_visit *visit, void *context,
	    struct error *err) WARN_UNUSED;

/*
 * attributes_check_conversions(paths, err):
 * Would git convert the bytes of these encrypted files (text, eol, ident, working-tree-encoding)?  Each path is ended by a NUL
 * byte.  ERR_REFUSED, with the first one, its attribute and the line to add, and how many there are.
 */
int	attributes_check_conversions(struct slice paths, struct error *err) WARN_UNUSED;
/* The same judgement about one attribute and its value: does it convert? */
bool	attributes_converts(struct slice attribute, struct slice value);
/* The names to ask for. */
extern const char *const attributes_conversions[];

/*
 * The same for one path after the other: a "git check-attr" that stays, for a filter process that asks about one file in thirty.
 * It is started by the first question; NULL before that.
 */
struct attributes_asker;

int	attributes_ask_conversion(struct attributes_asker **asker, struct slice path, struct error *err) WARN_UNUSED;
void	attributes_asker_free(struct attributes_asker *asker);
DEFINE_CLEANUP(struct attributes_asker, attributes_asker_free)

#endif
