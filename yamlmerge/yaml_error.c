#include "yamlmerge/yaml_error.h"

#include <string.h>

#define TEMPLATE_HINT	"quote the value; template text such as {{ name }} must be quoted too"

/* The first row whose words fit; an empty context fits all. */
static const struct {
	const char	*problem, *context;	/* beginnings of libyaml's texts */
	const char	*text, *hint;		/* ours; NULL: no hint */
} rows[] = {
	{ "found character that cannot start any token", "", "a character that cannot begin a value: a tab, '@', '`' or '%'",
	    "indent with spaces, not tabs, and quote the value" },
	{ "found a tab character", "", "tab used as indentation", "use spaces" },
	{ "mapping values are not allowed", "", "a second ': ' in one value, or a key in the wrong column",
	    "quote the value, or check the indentation" },
	{ "block sequence entries are not allowed", "", "'- ' where no list element can stand",
	    "put the list on a line of its own, below its key" },
	{ "mapping keys are not allowed", "", "'? ' where no key can stand", "quote the value" },
	{ "could not find expected ':'", "while scanning a simple key", "a key without ':' behind it",
	    "check the indentation; a text of several lines needs quotes or '|'" },
	{ "did not find expected key", "while parsing a block mapping", "no key where one must stand",
	    "check the indentation, and the quotes of the line above" },
	{ "did not find expected '-' indicator", "", "no '- ' where a list element must stand", "check the indentation" },
	{ "did not find expected ',' or ']'", "", "no ',' or ']' in a list that began with '['", TEMPLATE_HINT },
	{ "did not find expected ',' or '}'", "", "no ',' or '}' in a map that began with '{'", TEMPLATE_HINT },
	{ "did not find expected node content", "while parsing a flow node", "a value is missing inside '[' or '{'", TEMPLATE_HINT },
	{ "did not find expected node content", "", "a value is missing", NULL },
	{ "did not find expected <document start>", "", "text behind the end of the document", "check the indentation, or put '---' between" },
	{ "found unexpected end of stream", "while scanning a quoted scalar", "a quote that is never closed", NULL },
	{ "found unexpected document indicator", "", "'---' or '...' inside a quoted text", "close the quote, or indent the line" },
	{ "found unknown escape character", "", "unknown escape in a double-quoted text", "write '\\\\' for a backslash, or use single quotes" },
	{ "did not find expected hexdecimal number", "", "an escape without its hexadecimal digits", NULL },
	{ "found invalid Unicode character escape code", "", "an escape that is no Unicode character", "write one \\U escape, not two halves" },
	{ "found undefined tag handle", "", "a tag whose handle no %TAG line defines", NULL },
	{ "found incompatible YAML document", "", "a %YAML version other than 1.1 or 1.2", "remove the %YAML line" },
	{ "incompatible %YAML directive", "", "a %YAML version other than 1.1 or 1.2", "remove the %YAML line" },
	{ "found an indentation indicator equal to 0", "", "an indentation of 0 in the header of a block text", NULL },
	{ "did not find expected comment or line break", "while scanning a block scalar", "text behind '|' or '>'",
	    "begin the text on the next line" },
	{ "found unexpected ':'", "", "':' in a plain text inside '[' or '{'", "quote the value" },
	{ "control characters are not allowed", "", "a control character", "it may be a binary or encrypted file" },
	{ "invalid leading UTF-8 octet", "", "text that is not UTF-8", "it may be a binary or encrypted file" },
	{ "invalid trailing UTF-8 octet", "", "text that is not UTF-8", "it may be a binary or encrypted file" },
	{ "incomplete UTF-8 octet sequence", "", "text that is not UTF-8", "it may be a binary or encrypted file" },
	{ "invalid length of a UTF-8 sequence", "", "text that is not UTF-8", "it may be a binary or encrypted file" },
	{ "invalid Unicode character", "", "text that is not UTF-8", "it may be a binary or encrypted file" },
};

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int
yaml_error_set(struct error *err, const char *problem, const char *context)
{
	const char *where = context != NULL ? context : "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!begins(problem, rows[i].problem) || !begins(where, rows[i].context))
			continue;
		(void)err_set(err, ERR_SYNTAX, "%s", rows[i].text);
		return rows[i].hint != NULL ? err_hint(err, "%s", rows[i].hint) : ERR_SYNTAX;
	}
	return err_set(err, ERR_SYNTAX, "%s%s%s", problem, *where != '\0' ? " " : "", where);
}
