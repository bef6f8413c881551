#ifndef YAMLMERGE_SCHEMA_H
#define YAMLMERGE_SCHEMA_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/check_known.h"

/*
 * What a chart's values.schema.json says of names: which keys are known where, the kinds of their values, where other
 * names may stand.  It is no validator (Helm has one): of JSON Schema only properties, patternProperties, additionalProperties,
 * items, type, allOf, anyOf, oneOf, then, else and $ref within the file are read, and all branches of a choice count.
 *
 * schema_declare(known, text, path, out, err):
 * The place of the top of a schema.  ${path} is for messages.  ERR_SYNTAX with file, line and column; ERR_LIMIT for a schema whose
 * branches multiply.
 */
int	schema_declare(struct known *known, struct slice text, const char *path, struct known_place **out, struct error *err) WARN_UNUSED;

#endif
