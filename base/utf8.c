#include "base/utf8.h"

static bool
is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t
utf8_decode(struct slice s, uint32_t *out)
{
	/* The smallest code point that needs a form of so many bytes: less is an overlong form. */
	static const uint32_t	smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t		point;
	size_t			len;

	if (s.len == 0)
		return 0;
	if (s.data[0] < 0x80) {
		*out = s.data[0];
		return 1;
	}
	if ((s.data[0] & 0xe0) == 0xc0)
		len = 2;
	else if ((s.data[0] & 0xf0) == 0xe0)
		len = 3;
	else if ((s.data[0] & 0xf8) == 0xf0)
		len = 4;
	else
		return 0;
	if (s.len < len)
		return 0;
	point = s.data[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (!is_continuation(s.data[i]))
			return 0;
		point = point << 6 | (s.data[i] & 0x3f);
	}
	if (point < smallest[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*out = point;
	return len;
}

size_t
utf8_encode(uint32_t point, uint8_t out[static 4])
{
	size_t len;

	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	out[0] = (uint8_t)(0xf00 >> len | point);
	return len;
}

size_t
utf8_check(struct slice s)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t	point;
		size_t		len = 1;

		/* Most text is ASCII. */
		if (s.data[i] >= 0x80 && (len = utf8_decode(slice_from(s, i), &point)) == 0)
			break;
		i += len;
	}
	return i;
}

size_t
utf8_count(struct slice s)
{
	size_t count = 0, i = 0;

	while (i < s.len) {
		uint32_t	point;
		size_t		len = 1;

		if (s.data[i] >= 0x80 && (len = utf8_decode(slice_from(s, i), &point)) == 0)
			len = 1;
		i += len;
		count++;
	}
	return count;
}

bool
utf8_is_printable(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f },			/* control characters */
		{ 0x61c, 0x61c }, { 0x200b, 0x200f },		/* invisible, or turns the direction of writing */
		{ 0x2028, 0x202e }, { 0x2060, 0x206f },		/* separators, embeddings, isolates */
		{ 0xd800, 0xdfff }, { 0xfeff, 0xfeff },		/* surrogates, BOM */
		{ 0xfdd0, 0xfdef }, { 0xfff9, 0xfffb },		/* noncharacters, interlinear marks */
		{ 0xe0000, 0xe0fff },				/* tags */
	};

	if (point > 0x10ffff || (point & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (point >= hidden[i].first && point <= hidden[i].last)
			return false;
	return true;
}
