#ifndef YAMLMERGE_LAYOUT_RULES_H
#define YAMLMERGE_LAYOUT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * hubmerge.yaml, for repositories that are laid out in a way of their own (FORMAT.md, hubmerge.yaml): patterns of file names with {hub} and
 * {env} in them, and what is set besides.  Every text below is NUL-terminated and lives in the arena.
 */
#define LAYOUT_FILE	"hubmerge.yaml"

/* A text with its place in the file. */
struct layout_text {
	const char	*text;
	uint32_t	 line, column;
	const char	*file;		/* NULL: hubmerge.yaml */
	bool		 secret;	/* a layer with secrets among the others */
};

struct layout_texts {
	struct layout_text	*list;
	size_t			 count;
	bool			 given;		/* it stands in the file, be it empty */
};

/* A path into the values, and what is set there. */
struct layout_pair {
	struct layout_text	path, value;
};

struct layout_pairs {
	struct layout_pair	*list;
	size_t			 count;
	bool			 given;
};

/* The keys that stand at the top and, for one environment of one hub, below "hubs". */
struct layout_entry {
	struct layout_text	chart, prefix;		/* text NULL: not given */
	struct layout_texts	layers, secrets;
	struct layout_pairs	set_string, set_file, images;
};

struct layout_hub {
	struct layout_text	 hub, env;
	struct layout_entry	 entry;
};

struct layout_rules {
	struct layout_entry	 common;
	struct layout_text	 clusters;		/* the pattern of files that list hubs, or text NULL */
	struct layout_hub	*hubs;			/* one an environment, in the order of the file */
	size_t			 hub_count;
	bool			 hubs_given;
};

/*
 * layout_rules_read(text, arena, out, err):
 * ${text} is that of the file.  ERR_SYNTAX, ERR_TYPE and ERR_CONFIG (a key or placeholder that there is none of, with a near one) carry
 * the position and the file's name.
 */
int	layout_rules_read(struct slice text, struct arena *arena, struct layout_rules *out, struct error *err) WARN_UNUSED;
/* What counts for one environment of one hub: its own keys, and those at the top for what it does not say. */
struct layout_entry layout_rules_entry(const struct layout_rules *rules, const char *hub_opt, const char *env_opt);
/* Append ${text} with its placeholders filled in. */
struct buf;
int	layout_rules_fill(const char *text, const char *hub_opt, const char *env_opt, struct buf *out, struct error *err) WARN_UNUSED;

#endif
