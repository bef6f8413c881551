#include "yamlmerge/document.h"
#include "yamlmerge/json_parse.h"
#include "yamlmerge/yaml_parse.h"

/* The text formats that are read into the one tree. */
const struct syntax syntax_yaml = { .name = "yaml", .parse = yaml_parse };
const struct syntax syntax_json = { .name = "json", .parse = json_parse_document };
