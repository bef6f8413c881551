#include "base/encode.h"

/*
 * Branch-free character arithmetic: (x - y) >> 8 of small non-negative ints is all ones when x < y
 * and zero otherwise, so a range test becomes a mask.
 */
static int
mask_lt(int x, int y)
{
	return (x - y) >> 8;
}

static int
mask_range(int c, int low, int high)
{
	return ~mask_lt(c, low) & mask_lt(c, high + 1);
}

static uint8_t
base64_char(int v, int c62, int c63)
{
	int c = 0;

	c |= mask_lt(v, 26) & ('A' + v);
	c |= mask_range(v, 26, 51) & ('a' + v - 26);
	c |= mask_range(v, 52, 61) & ('0' + v - 52);
	c |= mask_range(v, 62, 62) & c62;
	c |= mask_range(v, 63, 63) & c63;
	return (uint8_t)c;
}

/* The value of a character, or -1. */
static int
base64_value(int c, int c62, int c63)
{
	int v = -1;

	v += mask_range(c, 'A', 'Z') & (c - 'A' + 1);
	v += mask_range(c, 'a', 'z') & (c - 'a' + 26 + 1);
	v += mask_range(c, '0', '9') & (c - '0' + 52 + 1);
	v += mask_range(c, c62, c62) & (62 + 1);
	v += mask_range(c, c63, c63) & (63 + 1);
	return v;
}

int
base64_encode_as(struct slice bytes, unsigned flags, struct buf *out, struct error *err)
{
	int	 c62 = flags & BASE64_URL ? '-' : '+', c63 = flags & BASE64_URL ? '_' : '/', rc;
	size_t	 i = 0, n = 0;
	uint8_t	*to;

	if (bytes.len > SIZE_MAX / 2)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", SIZE_MAX / 2);
	if ((rc = buf_reserve(out, base64_length(bytes.len), &to, err)) != 0)
		return rc;
	for (; i < bytes.len; i += 3) {
		size_t		left = bytes.len - i;
		uint32_t	group = (uint32_t)bytes.data[i] << 16;

		group |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
		group |= left > 2 ? bytes.data[i + 2] : 0;
		to[n++] = base64_char(group >> 18 & 63, c62, c63);
		to[n++] = base64_char(group >> 12 & 63, c62, c63);
		if (left > 1)
			to[n++] = base64_char(group >> 6 & 63, c62, c63);
		else if (!(flags & BASE64_NO_PADDING))
			to[n++] = '=';
		if (left > 2)
			to[n++] = base64_char(group & 63, c62, c63);
		else if (!(flags & BASE64_NO_PADDING))
			to[n++] = '=';
	}
	out->len += n;
	return 0;
}

int
base64_encode(struct slice bytes, struct buf *out, struct error *err)
{
	return base64_encode_as(bytes, BASE64_CANONICAL, out, err);
}

int
base64_decode_as(struct slice text, unsigned flags, struct buf *out, struct error *err)
{
	int		 c62 = flags & BASE64_URL ? '-' : '+', c63 = flags & BASE64_URL ? '_' : '/';
	int		 rc, bad = 0;
	uint32_t	 group = 0;
	size_t		 digits = 0, pads = 0, n = 0;
	uint8_t		*to;

	if ((rc = buf_reserve(out, text.len / 4 * 3 + 3, &to, err)) != 0)
		return rc;
	for (size_t i = 0; i < text.len; i++) {
		int c = text.data[i], v;

		if ((flags & BASE64_SKIP_BREAKS) && (c == '\r' || c == '\n'))
			continue;
		if (c == '=') {
			pads++;
			continue;
		}
		v = base64_value(c, c62, c63);
		bad |= v < 0 || pads > 0;
		group = group << 6 | (uint32_t)(v & 63);
		if (++digits % 4 == 0) {
			to[n++] = (uint8_t)(group >> 16);
			to[n++] = (uint8_t)(group >> 8);
			to[n++] = (uint8_t)group;
		}
	}
	if (flags & BASE64_NO_PADDING)
		bad |= pads != 0;
	else
		bad |= (digits + pads) % 4 != 0 || pads > 2;
	switch (digits % 4) {
	case 0:
		bad |= pads != 0;
		break;
	case 1:
		bad = 1;
		break;
	case 2:
		bad |= !(flags & BASE64_LOOSE_BITS) && (group & 0xf) != 0;
		to[n++] = (uint8_t)(group >> 4);
		break;
	case 3:
		bad |= !(flags & BASE64_LOOSE_BITS) && (group & 0x3) != 0;
		to[n++] = (uint8_t)(group >> 10);
		to[n++] = (uint8_t)(group >> 2);
		break;
	}
	if (bad)
		return err_set(err, ERR_SYNTAX, "malformed base64");
	out->len += n;
	return 0;
}

int
base64_decode(struct slice text, struct buf *out, struct error *err)
{
	return base64_decode_as(text, BASE64_CANONICAL, out, err);
}

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Values of the characters; all others, NO.  By rows of 16. */
#define NO	0x80
#define NO_ROW	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO
static const uint8_t base64_table[256] = {
	NO_ROW, NO_ROW,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
	NO_ROW, NO_ROW, NO_ROW, NO_ROW, NO_ROW, NO_ROW, NO_ROW, NO_ROW,
};

int
base64_encode_public(struct slice bytes, struct buf *out, struct error *err)
{
	size_t	 i, n = 0;
	uint8_t	*to;
	int	 rc;

	if (bytes.len > SIZE_MAX / 2)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", SIZE_MAX / 2);
	if ((rc = buf_reserve(out, base64_length(bytes.len), &to, err)) != 0)
		return rc;
	for (i = 0; i + 3 <= bytes.len; i += 3, n += 4) {
		uint32_t	group = (uint32_t)bytes.data[i] << 16 | (uint32_t)bytes.data[i + 1] << 8 | bytes.data[i + 2];
		const char	four[] = { base64_alphabet[group >> 18], base64_alphabet[group >> 12 & 63],
				    base64_alphabet[group >> 6 & 63], base64_alphabet[group & 63] };

		(void)memcpy(to + n, four, sizeof(four));
	}
	if (i < bytes.len) {			/* one or two bytes are left */
		uint32_t group = (uint32_t)bytes.data[i] << 16 | (i + 1 < bytes.len ? (uint32_t)bytes.data[i + 1] << 8 : 0);

		to[n] = (uint8_t)base64_alphabet[group >> 18];
		to[n + 1] = (uint8_t)base64_alphabet[group >> 12 & 63];
		to[n + 2] = i + 1 < bytes.len ? (uint8_t)base64_alphabet[group >> 6 & 63] : '=';
		to[n + 3] = '=';
		n += 4;
	}
	out->len += n;
	return 0;
}

/* A last group of four that ends in padding gives one or two bytes; 0 when it is anything else. */
static size_t
decode_tail(struct slice text, uint8_t *to)
{
	const uint8_t	*c = text.data;
	uint32_t	 v0, v1, v2;

	if (c[3] != '=')
		return 0;
	v0 = base64_table[c[0]];
	v1 = base64_table[c[1]];
	v2 = c[2] == '=' ? 0 : base64_table[c[2]];
	if ((v0 | v1 | v2) & NO)
		return 0;
	to[0] = (uint8_t)(v0 << 2 | v1 >> 4);
	to[1] = (uint8_t)(v1 << 4 | v2 >> 2);
	return c[2] == '=' ? 1 : 2;
}

int
base64_decode_public(struct slice text, struct buf *out, struct error *err)
{
	size_t	 i, n = 0, tail, before = out->len;
	uint8_t	*to;
	int	 rc;

	if ((rc = buf_reserve(out, text.len / 4 * 3, &to, err)) != 0)
		return rc;
	for (i = 0; i + 4 <= text.len; i += 4, n += 3) {
		const uint8_t	*c = text.data + i;
		uint32_t	 v0 = base64_table[c[0]], v1 = base64_table[c[1]];
		uint32_t	 v2 = base64_table[c[2]], v3 = base64_table[c[3]];
		uint32_t	 group = v0 << 18 | v1 << 12 | v2 << 6 | v3;

		if ((v0 | v1 | v2 | v3) & NO)
			break;
		to[n] = (uint8_t)(group >> 16);
		to[n + 1] = (uint8_t)(group >> 8);
		to[n + 2] = (uint8_t)group;
	}
	tail = text.len - i == 4 ? decode_tail(slice_from(text, i), to + n) : 0;
	out->len += n + tail;
	if (i == text.len || tail > 0)
		return 0;
	/* From the first group that holds a line break or a mistake, the careful way. */
	if ((rc = base64_decode_as(slice_from(text, i), BASE64_LOOSE_BITS | BASE64_SKIP_BREAKS, out, err)) != 0)
		buf_truncate(out, before);
	return rc;
}

static int
hex_encode_from(struct slice bytes, int letter, struct buf *out, struct error *err)
{
	uint8_t	*to;
	int	 rc;

	if (bytes.len > SIZE_MAX / 2)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", SIZE_MAX / 2);
	if ((rc = buf_reserve(out, bytes.len * 2, &to, err)) != 0)
		return rc;
	for (size_t i = 0; i < bytes.len; i++) {
		int high = bytes.data[i] >> 4, low = bytes.data[i] & 15;

		*to++ = (uint8_t)('0' + high + (~mask_lt(high, 10) & (letter - '0' - 10)));
		*to++ = (uint8_t)('0' + low + (~mask_lt(low, 10) & (letter - '0' - 10)));
	}
	out->len += bytes.len * 2;
	return 0;
}

int
hex_encode(struct slice bytes, struct buf *out, struct error *err)
{
	return hex_encode_from(bytes, 'a', out, err);
}

int
hex_encode_upper(struct slice bytes, struct buf *out, struct error *err)
{
	return hex_encode_from(bytes, 'A', out, err);
}

static int
hex_value(int c)
{
	int v = -1;

	v += mask_range(c, '0', '9') & (c - '0' + 1);
	v += mask_range(c, 'a', 'f') & (c - 'a' + 10 + 1);
	v += mask_range(c, 'A', 'F') & (c - 'A' + 10 + 1);
	return v;
}

int
hex_decode(struct slice text, struct buf *out, struct error *err)
{
	uint8_t	*to;
	int	 rc, bad = text.len % 2;

	if ((rc = buf_reserve(out, text.len / 2, &to, err)) != 0)
		return rc;
	for (size_t i = 0; i + 1 < text.len; i += 2) {
		int high = hex_value(text.data[i]), low = hex_value(text.data[i + 1]);

		bad |= (high | low) < 0;
		*to++ = (uint8_t)((high & 15) << 4 | (low & 15));
	}
	if (bad)
		return err_set(err, ERR_SYNTAX, "malformed hexadecimal text");
	out->len += text.len / 2;
	return 0;
}
