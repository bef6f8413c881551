#ifndef SOPS_METADATA_H
#define SOPS_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/masterkey.h"
#include "sops/select.h"
#include "yamlmerge/document.h"

/*
 * What the "sops" entry of a file says, whatever the format keeps it in (store.h knows where): recipients
 * in groups, the rules that chose the leaves, the time of the last change and the MAC bound to it
 * (FORMAT.md 4).  Readers are as tolerant as sops; unknown fields are dropped, as sops drops them.
 *
 * All texts live in the metadata's own arena; put new ones there with metadata_text().
 */
struct metadata {
	struct key_group	*groups;
	size_t			 group_count;
	uint32_t		 shamir_threshold;
	struct select_rules	 rules;
	bool			 mac_only_encrypted;
	struct slice		 lastmodified;		/* as written: RFC 3339 */
	struct slice		 mac;			/* a container, or empty */
	struct slice		 version;
	struct arena		 arena;
};

/* Without groups or rules; version and lastmodified are set by metadata_touch(). */
int	metadata_new(struct metadata **out, struct error *err) WARN_UNUSED;
void	metadata_free(struct metadata *meta);
DEFINE_CLEANUP(struct metadata, metadata_free)

/*
 * metadata_parse(tree, out, err):
 * Read the nested form: a map node, from whichever text format (aliases are followed).  Errors carry the position of
 * the field: ERR_SYNTAX (also when no key is named), ERR_TYPE, ERR_CONFLICT (two rules at once), ERR_LIMIT.
 * Without any rule, unencrypted_suffix is "_unencrypted", as sops has it.
 */
int	metadata_parse(const struct node *tree, struct metadata **out, struct error *err) WARN_UNUSED;

/* A deep copy. */
int	metadata_copy(const struct metadata *meta, struct metadata **out, struct error *err) WARN_UNUSED;
/* A copy of ${bytes} that lives as long as the metadata. */
int	metadata_text(struct metadata *meta, struct slice bytes, struct slice *out, struct error *err) WARN_UNUSED;
/* Add an empty group and return it; pointers to earlier groups become invalid. */
int	metadata_group_add(struct metadata *meta, struct key_group **out, struct error *err) WARN_UNUSED;

/* lastmodified = now, in UTC and whole seconds; a version that is missing becomes ours. */
int	metadata_touch(struct metadata *meta, struct error *err) WARN_UNUSED;
/* The version of an edited file: ours when the file's is older, never lowered. */
int	metadata_raise_version(struct metadata *meta, struct error *err) WARN_UNUSED;
/* Is meta->version one that sops accepts (strict SemVer, a leading 'v', anything beginning with "1.")?  ERR_SYNTAX. */
int	metadata_check_version(const struct metadata *meta, struct error *err) WARN_UNUSED;

/*
 * The nested form as a series of events, in the order in which sops writes it (alphabetical at every level):
 * each printer of store.c is a sink.  ${key} is empty for an element of a list.
 */
struct metadata_sink {
	int	(*open)(struct metadata_sink *sink, struct slice key, bool list, size_t count, struct error *err);
	int	(*close)(struct metadata_sink *sink, bool list, struct error *err);
	int	(*text)(struct metadata_sink *sink, struct slice key, struct slice text, struct error *err);
	int	(*boolean)(struct metadata_sink *sink, struct slice key, bool value, struct error *err);
	int	(*integer)(struct metadata_sink *sink, struct slice key, int64_t value, struct error *err);
};

/* The members of the "sops" map; the map itself is the sink's. */
int	metadata_print(const struct metadata *meta, struct metadata_sink *sink, struct error *err) WARN_UNUSED;

#endif
