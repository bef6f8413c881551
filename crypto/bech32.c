#include "crypto/bech32.h"

#include <string.h>

#include "base/secret.h"

#define CHECKSUM	6			/* characters */

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* All ones when a == b, else 0, for small a and b, without a branch. */
static unsigned
equal_mask(unsigned a, unsigned b)
{
	return 0U - (((a ^ b) - 1U) >> 31);
}

/* The character of five bits, and the five bits of a lower-case character (32 for any other). */
static char
character(unsigned value)
{
	unsigned found = 0;

	for (unsigned i = 0; i < 32; i++)
		found |= (unsigned char)alphabet[i] & equal_mask(i, value);
	return (char)found;
}

static unsigned
five_bits(unsigned char character)
{
	unsigned found = 0, known = 0;

	for (unsigned i = 0; i < 32; i++) {
		unsigned mask = equal_mask(character, (unsigned char)alphabet[i]);

		found |= i & mask;
		known |= mask;
	}
	return found | (32U & ~known);
}

/* One step of BIP 173's checksum: a cyclic code over GF(32). */
static uint32_t
polymod(uint32_t sum, unsigned value)
{
	static const uint32_t	generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t		top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		sum ^= generator[i] & (0U - (top >> i & 1U));
	return sum;
}

static unsigned char
lower(unsigned char character)
{
	return character >= 'A' && character <= 'Z' ? character | 0x20 : character;
}

/* The prefix goes in as the high bits of its characters, a zero, and their low bits. */
static uint32_t
polymod_prefix(struct slice prefix)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < prefix.len; i++)
		sum = polymod(sum, lower(prefix.data[i]) >> 5);
	sum = polymod(sum, 0);
	for (size_t i = 0; i < prefix.len; i++)
		sum = polymod(sum, lower(prefix.data[i]) & 31);
	return sum;
}

/* Printable, and not of both cases; ${upper_opt}: whether there are upper-case letters. */
static bool
spelled_well(struct slice text, bool *upper_opt)
{
	unsigned big = 0, small = 0, odd = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned c = text.data[i];

		big |= c - 'A' < 26;
		small |= c - 'a' < 26;
		odd |= c - 33 > 126 - 33;
	}
	if (upper_opt != NULL)
		*upper_opt = big;
	return !odd && !(big && small);
}

/* The ${i}th five bits, zeros beyond the end. */
static unsigned
group(struct slice bytes, size_t i)
{
	size_t		at = i * 5 / 8;
	unsigned	two = (unsigned)bytes.data[at] << 8 | (at + 1 < bytes.len ? bytes.data[at + 1] : 0U);

	return two >> (11 - i * 5 % 8) & 31;
}

int
bech32_encode(struct slice prefix, struct slice bytes, struct buf *out, struct error *err)
{
	size_t		groups = (bytes.len * 8 + 4) / 5, start = out->len;
	uint32_t	sum = polymod_prefix(prefix);
	bool		upper;
	uint8_t		*room;
	int		rc;

	if (prefix.len == 0 || !spelled_well(prefix, &upper))
		return err_set(err, ERR_SYNTAX, "bech32 prefix '%.*s' is not printable text of one case", SLICE_ARG(prefix));
	if (bytes.len > BECH32_MAX / 2 || prefix.len > BECH32_MAX / 4)
		return err_set(err, ERR_LIMIT, "bech32 text is longer than %d characters", BECH32_MAX);
	if ((rc = buf_reserve(out, prefix.len + 1 + groups + CHECKSUM, &room, err)) != 0)
		return rc;
	(void)memcpy(room, prefix.data, prefix.len);
	room += prefix.len;
	*room++ = '1';
	for (size_t i = 0; i < groups; i++) {
		unsigned value = group(bytes, i);

		sum = polymod(sum, value);
		*room++ = (uint8_t)character(value);
	}
	for (unsigned i = 0; i < CHECKSUM; i++)
		sum = polymod(sum, 0);
	sum ^= 1;
	for (unsigned i = 0; i < CHECKSUM; i++)
		*room++ = (uint8_t)character(sum >> 5 * (CHECKSUM - 1 - i) & 31);
	out->len = (size_t)(room - out->data);
	for (size_t i = start + prefix.len; upper && i < out->len; i++)
		out->data[i] -= (uint8_t)(0x20 & (0U - (out->data[i] >= 'a')));
	return 0;
}

int
bech32_decode(struct slice text, struct slice *prefix, struct buf *out, struct error *err)
{
	size_t		start = out->len, separator = text.len;
	unsigned	bits = 0, pending = 0, unknown = 0;
	uint32_t	sum;
	uint8_t		*room;
	int		rc;

	if (text.len > BECH32_MAX)
		return err_set(err, ERR_LIMIT, "bech32 text is longer than %d characters", BECH32_MAX);
	if (!spelled_well(text, NULL))
		return err_set(err, ERR_SYNTAX, "bech32 text mixes upper and lower case, or is not plain text");
	while (separator > 0 && text.data[separator - 1] != '1')
		separator--;
	if (separator < 2 || text.len - separator < CHECKSUM)
		return err_set(err, ERR_SYNTAX, "bech32 text is cut short");
	if ((rc = buf_reserve(out, (text.len - separator) * 5 / 8 + 1, &room, err)) != 0)
		return rc;
	sum = polymod_prefix(slice_sub(text, 0, separator - 1));
	for (size_t i = separator; i < text.len; i++) {
		unsigned value = five_bits(lower(text.data[i]));

		unknown |= value >> 5;
		sum = polymod(sum, value & 31);
		if (i + CHECKSUM >= text.len)
			continue;
		pending = (pending << 5 | (value & 31)) & 0xfff;
		if ((bits += 5) >= 8)
			*room++ = (uint8_t)(pending >> (bits -= 8));
	}
	if (unknown != 0 || sum != 1) {
		wipe(out->data + start, (size_t)(room - out->data) - start);
		return err_set(err, ERR_SYNTAX, unknown != 0 ? "bech32 text has a character outside its alphabet" :
		    "bech32 checksum does not match");
	}
	if (bits >= 5 || (pending & ((1U << bits) - 1)) != 0) {
		wipe(out->data + start, (size_t)(room - out->data) - start);
		return err_set(err, ERR_SYNTAX, "bech32 text does not end on a byte");
	}
	out->len = (size_t)(room - out->data);
	*prefix = slice_sub(text, 0, separator - 1);
	return 0;
}
