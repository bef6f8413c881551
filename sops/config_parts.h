#ifndef SOPS_CONFIG_PARTS_H
#define SOPS_CONFIG_PARTS_H

#include "sops/config.h"
#include "yamlmerge/document.h"

/*
 * Between config.c and its parts; nobody else needs this.
 */

/* A member of a map by name, through aliases and "<<" as a YAML decoder sees it; NULL when absent or null. */
const struct node	*config_member(const struct node *map, const char *name);
/* ERR_CONFIG at a node: "setting 'NAME' is not WANT". */
int			 config_wrong(const struct node *node, const char *name, const char *want, struct error *err);
bool			 config_is_null(const struct node *node);

/* One creation rule, all of it but path_regex, which is read before it is known whether the rule is wanted. */
int	config_rule_parse(struct config *config, const struct node *map, struct config_rule *rule, struct error *err) WARN_UNUSED;
/* A text setting: any scalar, as it is written. */
int	config_text(const struct node *map, const char *name, struct slice *out, struct error *err) WARN_UNUSED;
int	config_number(const struct node *map, const char *name, int64_t min, int64_t max, int64_t *out, struct error *err) WARN_UNUSED;

/* Collect a warning for every name that means nothing where it stands. */
int	config_check_names(struct config *config, const struct node *root, struct error *err) WARN_UNUSED;

#endif
