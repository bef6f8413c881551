#ifndef SOPS_STORE_H
#define SOPS_STORE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/metadata.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"

/*
 * Where each text format keeps its metadata, and how it is put in, replaced and taken out: edits of the
 * text, so that everything else stays (FORMAT.md 4.5).  One row a format; a row without a function is a
 * format that is not supported yet.
 */
struct store {
	const char		*name;		/* "yaml", "json", "dotenv", "ini", "binary": what --input-type takes */
	const struct syntax	*syntax;	/* of the encrypted side; NULL: not supported yet */
	const struct syntax	*plain;		/* of the other */
	int			 default_indent;	/* columns; -1: one tab */
	bool			 binary;	/* the plain side is any bytes, in the one item "data" */

	/* Is this item of a root part of the metadata? */
	bool	(*owns)(const struct node *item);
	/* The metadata of a parsed document.  ERR_NO_METADATA. */
	int	(*load)(const struct document *doc, struct metadata **out, struct error *err);
	int	(*attach)(const struct document *doc, const struct metadata *meta, int indent, struct edits *out,
		    struct error *err);
	int	(*detach)(const struct document *doc, struct edits *out, struct error *err);
};

extern const struct store store_yaml, store_json, store_dotenv, store_ini, store_binary;

/* By the end of the file's name, case-sensitive: anything unknown is binary. */
const struct store	*store_for_name(struct slice file_name);
const struct store	*store_by_type(struct slice type);	/* "yaml"; NULL when unknown */

/* Is this item of a document's root (or, in dotenv, this line) part of the metadata?  The walk passes over those. */
bool	store_owns(const struct store *store, const struct node *item);

/*
 * store_load(store, doc, out, err):
 * The metadata of an encrypted document: from the first YAML document of the stream, where sops looks.  ERR_NO_METADATA,
 * ERR_UNSUPPORTED (the format), else as metadata_parse().
 */
int	store_load(const struct store *store, const struct document *doc, struct metadata **out, struct error *err) WARN_UNUSED;

/*
 * store_check_plain(store, doc, err):
 * May this document be encrypted?  ERR_EMPTY (no document at all), ERR_ENCRYPTED (a reserved entry is there; ERR_EXISTS in a later
 * document), ERR_TYPE (a root that is neither a map nor empty; with position), ERR_SYNTAX (comments alone, "%YAML 1.2": sops cannot read these).
 */
int	store_check_plain(const struct store *store, const struct document *doc, struct error *err) WARN_UNUSED;

/*
 * store_attach(store, doc, meta, indent, edits, err):
 * Put ${meta} into every document of the stream: in place of the block that is there, else behind the last item.  A
 * text without a final line break gets none behind the block.  ${indent}: as in store_indent().
 *
 * To encrypt: attach to the plain text first and parse again, since the block decides to which container the comments above it
 * belong (FORMAT.md 6.4); then replace leaves, and attach again with the finished MAC.
 */
int	store_attach(const struct store *store, const struct document *doc, const struct metadata *meta, int indent,
	    struct edits *out, struct error *err) WARN_UNUSED;
/* Take the block out of every document. */
/* A text without a final line break keeps the one before the block: see plain_cut_break() in decrypt.h. */
int	store_detach(const struct store *store, const struct document *doc, struct edits *out, struct error *err) WARN_UNUSED;

/* The indent to write with: ${wanted} (a flag or the configuration) unless 0, else the format's own. */
int	store_indent(const struct store *store, int wanted);

#endif
