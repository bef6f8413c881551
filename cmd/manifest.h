#ifndef CMD_MANIFEST_H
#define CMD_MANIFEST_H

#include <stdbool.h>

#include "yamlmerge/layout.h"

/*
 * Manifests for kubectl lie beside the values in some repositories, and look like an environment by their names.  True when the
 * layer that is this environment's own is one: a file with "apiVersion" and "kind" at its top.
 */
bool	manifest_is_environment(const struct layout *layout, const char **path_opt);

#endif
