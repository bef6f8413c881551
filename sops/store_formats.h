#ifndef SOPS_STORE_FORMATS_H
#define SOPS_STORE_FORMATS_H

#include "sops/store.h"
#include "yamlmerge/yaml_print.h"

/*
 * Between store.c and its formats; nobody else needs this.
 */
#define STORE_KEY	"sops"

/* YAML, JSON and binary keep the metadata under one top-level key. */
bool			 store_owns_named(const struct node *item);
const struct node	*store_named(const struct node *root);		/* its value, or NULL */
int			 store_load_named(const struct document *doc, struct metadata **out, struct error *err) WARN_UNUSED;

/*
 * Does this block say the same as ${meta} but for the time, the MAC and the version, each of which it holds as a scalar?
 * Then only these are replaced, and the block keeps its layout.
 */
/* The same of two that have been read.  They lose these three. */
int	store_same(struct metadata *old, const struct metadata *meta, bool *same, struct error *err) WARN_UNUSED;
int	store_same_but_mac(const struct node *block, const struct metadata *meta, bool *same, struct error *err) WARN_UNUSED;

int	store_yaml_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err) WARN_UNUSED;
int	store_yaml_detach(const struct document *doc, struct edits *out, struct error *err) WARN_UNUSED;
int	store_json_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err) WARN_UNUSED;
int	store_json_detach(const struct document *doc, struct edits *out, struct error *err) WARN_UNUSED;

bool	store_dotenv_owns(const struct node *item);
int	store_dotenv_load(const struct document *doc, struct metadata **out, struct error *err) WARN_UNUSED;
int	store_dotenv_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err) WARN_UNUSED;
int	store_dotenv_detach(const struct document *doc, struct edits *out, struct error *err) WARN_UNUSED;
int	store_ini_load(const struct document *doc, struct metadata **out, struct error *err) WARN_UNUSED;
int	store_ini_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err) WARN_UNUSED;
int	store_ini_detach(const struct document *doc, struct edits *out, struct error *err) WARN_UNUSED;

/* The metadata as one JSON object, by itself or as it stands one level deep. */
int	store_print_json(const struct metadata *meta, int indent, struct buf *out, struct error *err) WARN_UNUSED;
int	store_print_json_member(const struct metadata *meta, int indent, struct buf *out, struct error *err) WARN_UNUSED;

#endif
