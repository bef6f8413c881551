#include "gitfilter/attrfile.h"

#include <string.h>

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static size_t
skip_blanks(struct slice line, size_t at)
{
	while (at < line.len && is_blank(line.data[at]))
		at++;
	return at;
}

static size_t
skip_word(struct slice line, size_t at)
{
	while (at < line.len && !is_blank(line.data[at]))
		at++;
	return at;
}

/* Behind the pattern: a C string in quotes when it begins with one, else a word.  A quote left open ends with the line. */
static size_t
skip_pattern(struct slice line, size_t at)
{
	if (at == line.len || line.data[at] != '"')
		return skip_word(line, at);
	for (at++; at < line.len && line.data[at] != '"'; at++)
		at += line.data[at] == '\\' && at + 1 < line.len;
	return at < line.len ? at + 1 : at;
}

/* Is this word "NAME=DRIVER" of one of the three attributes?  The length of "NAME=" then, else 0. */
static size_t
names_driver(struct slice word, const char *driver)
{
	static const char *const names[] = { "filter=", "diff=", "merge=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_starts(word, slice_str(names[i])) && slice_eq(slice_from(word, strlen(names[i])), slice_str(driver)))
			return strlen(names[i]);
	return 0;
}

static int
rename_in_line(struct slice line, const char *old, const char *new, struct buf *out, size_t *changed, struct error *err)
{
	size_t	at = skip_blanks(line, 0), copied = 0, end, prefix;
	int	rc;

	if (at < line.len && line.data[at] != '#')
		for (at = skip_pattern(line, at); (at = skip_blanks(line, at)) < line.len; at = end) {
			end = skip_word(line, at);
			if ((prefix = names_driver(slice_sub(line, at, end), old)) == 0)
				continue;
			if ((rc = buf_append(out, slice_sub(line, copied, at + prefix), err)) != 0 || (rc = buf_str(out, new, err)) != 0)
				return rc;
			copied = end;
			++*changed;
		}
	return buf_append(out, slice_from(line, copied), err);
}

int
attrfile_rename_driver(struct slice text, const char *old, const char *new, struct buf *out, size_t *changed, struct error *err)
{
	size_t	end;
	int	rc;

	*changed = 0;
	for (; text.len > 0; text = slice_from(text, end)) {
		end = slice_find(text, '\n', 0);
		end += end < text.len;
		/* The line break is a blank as far as words go, and stays where it is. */
		if ((rc = rename_in_line(slice_sub(text, 0, end - (text.data[end - 1] == '\n')), old, new, out, changed, err)) != 0)
			return rc;
		if (text.data[end - 1] == '\n' && (rc = buf_byte(out, '\n', err)) != 0)
			return rc;
	}
	return 0;
}
