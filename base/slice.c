#include "base/slice.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	return s;
}

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

bool
slice_split(struct slice *rest, uint8_t separator, struct slice *part)
{
	size_t end;

	if (rest->data == NULL)
		return false;
	end = slice_find(*rest, separator, 0);
	*part = slice_sub(*rest, 0, end);
	*rest = end < rest->len ? slice_from(*rest, end + 1) : SLICE_NONE;
	return true;
}
