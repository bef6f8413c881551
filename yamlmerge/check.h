#ifndef YAMLMERGE_CHECK_H
#define YAMLMERGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/check_known.h"
#include "yamlmerge/layer.h"
#include "yamlmerge/merge.h"

/*
 * What is probably wrong with the layers of a repository: Helm accepts nearly every mistake in silence.  No key is needed: layers
 * may be masked (layer.h), their key names can be read.  No finding quotes a value of a secret layer.
 *
 *	CLEANUP(check_release) struct check check = CHECK;
 *	check_init(&check, err);
 *	check_chart(&check, "hub", values_layer, err);		what is known of the chart
 *	for each layer of the repository: check_learn(&check, layer, err);
 *	check_learned(&check, err);
 *	for each layer to be checked: check_layer(&check, layer, err);
 *	for each hub and environment: check_fold(&check, &merged, err);
 *	check.first: the findings
 *
 * What is known: keys of the chart's values and of its subcharts', of values.schema.json, of JupyterHub's and dask-gateway's
 * charts (built in, since a repository seldom has its subcharts in it), and of all other layers.
 */
enum check_level { CHECK_NOTE, CHECK_WARNING, CHECK_ERROR };

enum check_rule_id {
	CHECK_UNKNOWN_KEY, CHECK_MISPLACED_KEY, CHECK_REFUSED_KEY, CHECK_UNDECLARED_KEY, CHECK_DUPLICATE_KEY,
	CHECK_SECRETS_MISSING, CHECK_SECRETS_PLAINTEXT, CHECK_SECRETS_PARTIAL, CHECK_SECRETS_LOCKED, CHECK_SECRETS_EQUAL,
	CHECK_ENCRYPTED_VALUE, CHECK_TEMPLATE,
	CHECK_NULL_WIPES, CHECK_LIST_REPLACED, CHECK_REPEATED, CHECK_KIND_CHANGED, CHECK_WRONG_KIND,
	CHECK_NUMBER_ROUNDED, CHECK_BOOLEAN_WORD, CHECK_IMAGE_UNTAGGED,
	CHECK_LAYER_UNUSED, CHECK_LAYER_BROKEN,
	CHECK_RULES,
};

struct check_rule {
	const char		*id;		/* "unknown-key", as "# hubmerge: allow unknown-key" accepts it */
	enum check_level	 level;		/* most often; a finding has its own */
	const char		*title, *help;	/* a sentence each: what it is, why it matters */
};
extern const struct check_rule check_rules[CHECK_RULES];
extern const char *const check_levels[];	/* "note", "warning", "error" */

struct check_finding {
	struct check_finding	*next;
	enum check_rule_id	 rule;
	enum check_level	 level;
	const char		*path;
	uint32_t		 line, column;	/* 0: the file as a whole */
	struct slice		 place;		/* the dotted path of the value, or empty */
	struct slice		 text, hint;	/* what is wrong; what to do, or empty */
};

enum { CHECK_SHAPES = 3 };			/* sources of declared places */

struct check {
	struct known		 known;
	struct known_place	*shape[CHECK_SHAPES];	/* declared: by us, by the chart's schema, by those of its subcharts */
	size_t			 charts;
	struct check_finding	*first, **end;
	size_t			 count[CHECK_ERROR + 1];
	size_t			 accepted;	/* findings that a comment in their place allows */
	struct key_index	 reported, allowed, tokens;
	struct arena		 arena, secrets;
};
#define CHECK		((struct check){ .known = KNOWN, .arena = ARENA(LIMIT_CHECK), .secrets = ARENA_SECRET(LIMIT_CHECK) })

int	check_init(struct check *check, struct error *err) WARN_UNUSED;
void	check_release(struct check *check);

/*
 * check_chart(check, folder, values_opt, err):
 * What a chart knows: ${values_opt} is its values.yaml; its values.schema.json, and both of each unpacked subchart are read from ${folder}.
 * ERR_SYNTAX, ERR_LIMIT, with the file.  When hubs have different charts the schemas of these count no more: they would refuse each other's keys.
 */
int	check_chart(struct check *check, const char *folder, const struct layer *values_opt, struct error *err) WARN_UNUSED;
/* Know the keys of a layer; with times -1, forget them again. */
int	check_learn(struct check *check, const struct layer *layer, int times, struct error *err) WARN_UNUSED;
/* All is learned: find the places of the charts that we know. */
int	check_learned(struct check *check, struct error *err) WARN_UNUSED;

/* The findings of one layer by itself, as far as it is known what is known.  Each layer once. */
int	check_layer(struct check *check, const struct layer *layer, struct error *err) WARN_UNUSED;
/* Its keys alone. */
int	check_keys(struct check *check, const struct layer *layer, struct error *err) WARN_UNUSED;
/*
 * check_fold(check, hub, env, merged, complete, err):
 * The findings about layers that lie on each other: the fold of a hub's, merged over its chart.  What was found before
 * (a common layer lies under many others) is not found again.  ${complete}: every layer could be looked into.
 */
int	check_fold(struct check *check, const char *hub, const char *env, const struct merged *merged, bool complete,
	    struct error *err) WARN_UNUSED;

/*
 * check_report(check, finding, err, format, ...):
 * Add a finding, a copy; the format gives its text.  One that is there already, or that a comment "# hubmerge: allow RULE" on its line
 * or on a line of its own above it allows, is not added.
 */
int	check_report(struct check *check, const struct check_finding *finding, struct error *err, const char *format, ...)
	    PRINTF_LIKE(4, 5) WARN_UNUSED;
/* The same at a node of a layer: file, position and path are set here; ${hint} may be NULL. */
int	check_report_at(struct check *check, enum check_rule_id rule, enum check_level level, const struct layer *layer,
	    const struct node *node, const char *hint_opt, struct error *err, const char *format, ...) PRINTF_LIKE(8, 9) WARN_UNUSED;
/* By file, line and column; call it when all is found. */
void	check_sort(struct check *check);

#endif
