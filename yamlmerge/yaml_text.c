#include "yamlmerge/yaml_text.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

static uint32_t
unit_at(struct slice text, size_t at, bool big)
{
	return big ? (uint32_t)text.data[at] << 8 | text.data[at + 1] : (uint32_t)text.data[at + 1] << 8 | text.data[at];
}

/* The place is where the text read so far ends. */
static int
refuse(struct document *doc, const void *read, size_t len, const char *text, struct error *err)
{
	uint32_t line, column;

	doc->text = slice_of(read, len);
	document_position(doc, len, &line, &column);
	(void)err_set(err, ERR_SYNTAX, "%s", text);
	return err_at(err, line, column);
}

static int
from_utf16(struct document *doc, bool big, struct error *err)
{
	struct slice	 text = doc->text;
	void		*room;
	size_t		 used = 0;
	uint32_t	 c, low;

	/* Two bytes become three at most, four become four. */
	if (arena_alloc(&doc->arena, text.len / 2 * 3 + 4, &room, err) != 0)
		return (int)err->kind;
	for (size_t at = 2; at + 1 < text.len; at += 2) {
		c = unit_at(text, at, big);
		if (c >= 0xd800 && c < 0xe000) {
			low = c < 0xdc00 && at + 3 < text.len ? unit_at(text, at + 2, big) : 0;
			if (low < 0xdc00 || low >= 0xe000)
				return refuse(doc, room, used, "half of a UTF-16 surrogate pair", err);
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			at += 2;
		}
		used += utf8_encode(c, (uint8_t *)room + used);
	}
	if (text.len % 2 != 0)
		return refuse(doc, room, used, "UTF-16 text that ends inside a character", err);
	doc->text = slice_of(room, used);
	doc->facts.utf16 = true;
	return used > LIMIT_DOCUMENT ?
	    err_set(err, ERR_LIMIT, "document of %zu bytes, and the limit is %zu", used, LIMIT_DOCUMENT) : 0;
}

int
yaml_text_prepare(struct document *doc, struct error *err)
{
	bool	big = slice_starts(doc->text, SLICE("\xfe\xff"));
	size_t	feed;

	if ((big || slice_starts(doc->text, SLICE("\xff\xfe"))) && from_utf16(doc, big, err) != 0)
		return (int)err->kind;
	doc->facts.bom = slice_starts(doc->text, SLICE("\xef\xbb\xbf"));
	feed = slice_find(doc->text, '\n', 0);
	doc->facts.crlf = feed > 0 && feed < doc->text.len && doc->text.data[feed - 1] == '\r';
	return 0;
}
