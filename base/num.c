#include "base/num.h"

bool
num_parse(struct slice text, int64_t min, int64_t max, int64_t *out)
{
	bool	negative = text.len > 0 && text.data[0] == '-';
	size_t	i = negative ? 1 : 0;
	int64_t	value = 0;

	if (i == text.len)
		return false;
	for (; i < text.len; i++) {
		int64_t digit = text.data[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Towards the sign from the start, so that INT64_MIN parses. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return false;
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}
