#ifndef YAMLMERGE_YAML_ERROR_H
#define YAMLMERGE_YAML_ERROR_H

#include "base/error.h"

/*
 * Say in our words what libyaml says in its own: ${problem}, and ${context} ("while parsing a block mapping", may be NULL).
 * An unknown problem passes as it is.  Returns ERR_SYNTAX.
 */
int	yaml_error_set(struct error *err, const char *problem, const char *context);

#endif
