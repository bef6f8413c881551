#ifndef YAMLMERGE_YAML_TEXT_H
#define YAMLMERGE_YAML_TEXT_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/* Bytes of the line break at ${at}, 0 when there is none: YAML 1.1 knows NEL, LS and PS too. */
static inline size_t
yaml_text_break(struct slice text, size_t at)
{
	const uint8_t	*p = text.data + at;
	size_t		 left = text.len - at;

	if (left == 0)
		return 0;
	if (*p == '\n')
		return 1;
	if (*p == '\r')
		return left > 1 && p[1] == '\n' ? 2 : 1;
	if (*p == 0xc2 && left > 1 && p[1] == 0x85)
		return 2;
	return *p == 0xe2 && left > 2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9) ? 3 : 0;
}

/* Where the line at ${at} ends: at its line break, or with the text. */
static inline size_t
yaml_text_line(struct slice text, size_t at)
{
	while (at < text.len && yaml_text_break(text, at) == 0)
		at++;
	return at;
}

/*
 * What YAML says of encodings: a byte order mark tells.  UTF-16 is made UTF-8 in doc->text; sets facts.utf16 and
 * facts.bom.  ERR_SYNTAX.
 */
int	yaml_text_prepare(struct document *doc, struct error *err) WARN_UNUSED;

#endif
