#ifndef YAMLMERGE_YAML_BLOCK_H
#define YAMLMERGE_YAML_BLOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * A second source of libyaml's events, several times faster, for the YAML that most files are: block maps and lists, scalars on one
 * line (plain or quoted), block scalars, "{}" and "[]", comments, "---".  It knows no errors: at the first thing that is not of this
 * kind it gives up, and libyaml reads the text from the beginning.  For yaml_parse.c alone.
 */
struct yaml_event_s;	/* libyaml's yaml_event_t */

/* An event as libyaml would give it, but that the marks count bytes; valid during the call.  Not 0: the scan ends. */
typedef int yaml_block_handler(void *builder, const struct yaml_event_s *event);

/* Was all of the text read, and every event taken?  If not, forget what came of the events. */
bool	yaml_block_scan(struct slice text, yaml_block_handler *handler, void *builder);

#endif
