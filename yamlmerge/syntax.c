#include "yamlmerge/document.h"

#include "yamlmerge/bytes.h"
#include "yamlmerge/dotenv.h"
#include "yamlmerge/ini.h"
#include "yamlmerge/json_edit.h"
#include "yamlmerge/json_parse.h"
#include "yamlmerge/node_edit.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_parse.h"

/* The text formats that are read into the one tree. */
const struct syntax syntax_yaml = { .name = "yaml", .parse = yaml_parse, .scalars = &scalar_table_sops, .edits = &yaml_node_edits };
const struct syntax syntax_json = { .name = "json", .parse = json_parse_document, .scalars = &scalar_table_json,
    .edits = &json_node_edits };
const struct syntax syntax_dotenv = { .name = "dotenv", .parse = dotenv_parse_document, .scalars = &scalar_table_json,
    .edits = &dotenv_node_edits };
const struct syntax syntax_ini = { .name = "ini", .parse = ini_parse_document, .scalars = &scalar_table_json, .edits = &ini_node_edits };
/* Not a text format, but a file of any bytes: the plain side of a binary file. */
const struct syntax syntax_bytes = { .name = "binary", .parse = bytes_parse_document, .scalars = &scalar_table_json,
    .edits = &bytes_node_edits };
