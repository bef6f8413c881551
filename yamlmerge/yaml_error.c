#include "yamlmerge/yaml_error.h"

#include <string.h>

#define TEMPLATE_HINT	"quote the value; template text such as {{ name }} must be quoted too"

#define BINARY_HINT	"it may be a binary or encrypted file"

/* Where a row differs from "problem and context begin so". */
enum when {
	ALWAYS,
	AT_TAB,			/* a tab is what stands there */
	AT_BRACE,		/* the context begins with '{' */
};

enum how {
	PLAIN,
	AT_CONTEXT,		/* point at the beginning of the context */
	WITH_LINE,		/* say in which line the context began */
};

/* The first row whose words fit; an empty context fits all. */
static const struct {
	const char	*problem, *context;	/* beginnings of libyaml's texts */
	enum when	 when;
	enum how	 how;
	const char	*text, *hint;		/* ours; NULL: no hint */
} rows[] = {
	{ "found character that cannot start any token", "", AT_TAB, PLAIN, "tab used as indentation", "use spaces" },
	{ "found character that cannot start any token", "", ALWAYS, PLAIN, "a character that cannot begin a value",
	    "quote the value" },
	{ "found a tab character", "", ALWAYS, PLAIN, "tab used as indentation", "use spaces" },
	{ "mapping values are not allowed", "", ALWAYS, PLAIN, "a second ': ' in one value, or a key in the wrong column",
	    "quote the value, or check the indentation" },
	{ "block sequence entries are not allowed", "", ALWAYS, PLAIN, "'- ' where no list element can stand",
	    "put the list on a line of its own, below its key" },
	{ "mapping keys are not allowed", "", ALWAYS, PLAIN, "'? ' where no key can stand", "quote the value" },
	{ "could not find expected ':'", "while scanning a simple key", AT_BRACE, AT_CONTEXT,
	    "a map where a key must stand", TEMPLATE_HINT },
	{ "could not find expected ':'", "while scanning a simple key", ALWAYS, AT_CONTEXT, "a key without ':' behind it",
	    "check the indentation; a text of several lines needs quotes or '|'" },
	{ "did not find expected key", "while parsing a block mapping", ALWAYS, PLAIN, "no key where one must stand",
	    "check the indentation, and the quotes of the line above" },
	{ "did not find expected '-' indicator", "", ALWAYS, PLAIN, "no '- ' where a list element must stand",
	    "check the indentation" },
	{ "did not find expected ',' or ']'", "", ALWAYS, WITH_LINE,
	    "no ',' or ']' in the list that begins with '[' in line", TEMPLATE_HINT },
	{ "did not find expected ',' or '}'", "", ALWAYS, WITH_LINE,
	    "no ',' or '}' in the map that begins with '{' in line", TEMPLATE_HINT },
	{ "did not find expected node content", "while parsing a flow node", ALWAYS, PLAIN,
	    "a value is missing inside '[' or '{'",
	    TEMPLATE_HINT },
	{ "did not find expected node content", "", ALWAYS, PLAIN, "a value is missing", NULL },
	{ "did not find expected <document start>", "", ALWAYS, PLAIN, "text behind the end of the document",
	    "check the indentation, or put '---' between" },
	{ "did not find expected alphabetic or numeric character", "while scanning an alias", ALWAYS, AT_CONTEXT,
	    "'*' without the name of an anchor",
	    "a value that begins with '*' must be quoted" },
	{ "did not find expected alphabetic or numeric character", "while scanning an anchor", ALWAYS, AT_CONTEXT,
	    "'&' without a name",
	    "a value that begins with '&' must be quoted" },
	{ "found unexpected end of stream", "while scanning a quoted scalar", ALWAYS, AT_CONTEXT,
	    "a quote that is never closed", NULL },
	{ "found unexpected document indicator", "", ALWAYS, PLAIN, "'---' or '...' inside a quoted text",
	    "close the quote, or indent the line" },
	{ "found unknown escape character", "", ALWAYS, PLAIN, "unknown escape in a double-quoted text",
	    "write '\\\\' for a backslash, or use single quotes" },
	{ "did not find expected hexdecimal number", "", ALWAYS, PLAIN, "an escape without its hexadecimal digits", NULL },
	{ "found invalid Unicode character escape code", "", ALWAYS, PLAIN, "an escape that is no Unicode character",
	    "write one \\U escape, not two halves" },
	{ "found undefined tag handle", "", ALWAYS, PLAIN, "a tag whose handle no %TAG line defines", NULL },
	{ "found incompatible YAML document", "", ALWAYS, PLAIN, "a %YAML version other than 1.1 or 1.2",
	    "remove the %YAML line" },
	{ "incompatible %YAML directive", "", ALWAYS, PLAIN, "a %YAML version other than 1.1 or 1.2", "remove the %YAML line" },
	{ "found an indentation indicator equal to 0", "", ALWAYS, PLAIN,
	    "an indentation of 0 in the header of a block text", NULL },
	{ "did not find expected comment or line break", "while scanning a block scalar", ALWAYS, PLAIN, "text behind '|' or '>'",
	    "begin the text on the next line" },
	{ "found unexpected ':'", "", ALWAYS, PLAIN, "':' in a plain text inside '[' or '{'", "quote the value" },
	{ "control characters are not allowed", "", ALWAYS, PLAIN, "a control character", BINARY_HINT },
	{ "invalid leading UTF-8 octet", "", ALWAYS, PLAIN, "text that is not UTF-8", BINARY_HINT },
	{ "invalid trailing UTF-8 octet", "", ALWAYS, PLAIN, "text that is not UTF-8", BINARY_HINT },
	{ "incomplete UTF-8 octet sequence", "", ALWAYS, PLAIN, "text that is not UTF-8", BINARY_HINT },
	{ "invalid length of a UTF-8 sequence", "", ALWAYS, PLAIN, "text that is not UTF-8", BINARY_HINT },
	{ "invalid Unicode character", "", ALWAYS, PLAIN, "text that is not UTF-8", BINARY_HINT },
};

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
applies(enum when when, const struct yaml_problem *problem)
{
	return when == ALWAYS || (when == AT_TAB ? problem->byte == '\t' : problem->context_byte == '{');
}

int
yaml_error_set(struct error *err, const struct yaml_problem *problem, bool *at_context)
{
	const char *context = problem->context != NULL ? problem->context : "";

	*at_context = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!begins(problem->problem, rows[i].problem) || !begins(context, rows[i].context) ||
		    !applies(rows[i].when, problem))
			continue;
		*at_context = rows[i].how == AT_CONTEXT;
		if (rows[i].how == WITH_LINE)
			(void)err_set(err, ERR_SYNTAX, "%s %u", rows[i].text, problem->line);
		else
			(void)err_set(err, ERR_SYNTAX, "%s", rows[i].text);
		return rows[i].hint != NULL ? err_hint(err, "%s", rows[i].hint) : ERR_SYNTAX;
	}
	return err_set(err, ERR_SYNTAX, "%s%s%s", problem->problem, *context != '\0' ? " " : "", context);
}
