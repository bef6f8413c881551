#include "crypto/shamir.h"

#include <stdint.h>

#include "crypto/random.h"

#define SHARES_MAX	255

/* a * b modulo x^8 + x^4 + x^3 + x + 1, without a branch or an index that depends on either. */
static uint8_t
gf_mul(uint8_t a, uint8_t b)
{
	unsigned product = 0, shifted = a;

	for (unsigned bit = 0; bit < 8; bit++) {
		product ^= shifted & (0U - ((b >> bit) & 1U));
		shifted = shifted << 1 ^ (0x11BU & (0U - (shifted >> 7 & 1U)));
	}
	return (uint8_t)product;
}

/* 1 / a = a^254, as a^255 = 1; 254 is 11111110 in binary.  0 gives 0. */
static uint8_t
gf_inverse(uint8_t a)
{
	uint8_t power = a, result = 1;

	for (unsigned bit = 1; bit < 8; bit++) {
		power = gf_mul(power, power);
		result = gf_mul(result, power);
	}
	return result;
}

static void
free_shares(struct secret **shares, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		secret_free(shares[i]);
		shares[i] = NULL;
	}
}

int
shamir_split(struct slice secret, unsigned n, unsigned threshold, struct secret **shares, struct error *err)
{
	WIPED(coefficients, SHARES_MAX);
	int rc;

	if (threshold < 2 || threshold > n || n > SHARES_MAX)
		return err_set(err, ERR_RANGE, "a secret cannot be split in %u shares of which %u are needed "
		    "(2 to the number of shares, at most %d)", n, threshold, SHARES_MAX);
	if (secret.len == 0)
		return err_set(err, ERR_RANGE, "an empty secret cannot be split");
	for (unsigned i = 0; i < n; i++)
		if ((rc = secret_new(secret.len + 1, &shares[i], err)) != 0) {
			free_shares(shares, i);
			return rc;
		}
	for (unsigned i = 0; i < n; i++)
		shares[i]->data[secret.len] = (uint8_t)(i + 1);
	for (size_t at = 0; at < secret.len; at++) {
		/* A polynomial of degree threshold - 1 whose value at 0 is the byte ... */
		coefficients[0] = secret.data[at];
		random_bytes(coefficients + 1, threshold - 1);
		/* ... evaluated at each x by Horner's rule. */
		for (unsigned i = 0; i < n; i++) {
			uint8_t y = 0;

			for (unsigned k = threshold; k-- > 0;)
				y = gf_mul(y, (uint8_t)(i + 1)) ^ coefficients[k];
			shares[i]->data[at] = y;
		}
	}
	return 0;
}

static int
check_shares(const struct slice *shares, size_t n, struct error *err)
{
	bool seen[256] = { false };

	if (n < 2 || n > SHARES_MAX)
		return err_set(err, ERR_RANGE, "a secret cannot be put together from %zu shares (2 to %d)", n, SHARES_MAX);
	for (size_t i = 0; i < n; i++) {
		uint8_t x;

		if (shares[i].len < 2)
			return err_set(err, ERR_SYNTAX, "share %zu of a secret is too short", i + 1);
		if (shares[i].len != shares[0].len)
			return err_set(err, ERR_SYNTAX, "share %zu of a secret has %zu bytes where the first has %zu", i + 1,
			    shares[i].len, shares[0].len);
		x = shares[i].data[shares[i].len - 1];
		/* At x = 0 lies the secret itself: no splitter makes such a share. */
		if (x == 0)
			return err_set(err, ERR_SYNTAX, "share %zu of a secret has no valid number", i + 1);
		if (seen[x])
			return err_set(err, ERR_SYNTAX, "share %zu of a secret is there twice", i + 1);
		seen[x] = true;
	}
	return 0;
}

int
shamir_combine(const struct slice *shares, size_t n, struct secret **out, struct error *err)
{
	CLEANUP(secret_freep) struct secret	*secret = NULL;
	size_t					 len;
	int					 rc;

	if ((rc = check_shares(shares, n, err)) != 0)
		return rc;
	len = shares[0].len - 1;
	if ((rc = secret_new(len, &secret, err)) != 0)
		return rc;
	/* Lagrange at 0: the sum of y_i times the product of x_j / (x_j - x_i) over the others; minus is XOR. */
	for (size_t i = 0; i < n; i++) {
		uint8_t above = 1, below = 1, factor;

		for (size_t j = 0; j < n; j++) {
			if (j == i)
				continue;
			above = gf_mul(above, shares[j].data[len]);
			below = gf_mul(below, shares[j].data[len] ^ shares[i].data[len]);
		}
		factor = gf_mul(above, gf_inverse(below));
		for (size_t at = 0; at < len; at++)
			secret->data[at] ^= gf_mul(factor, shares[i].data[at]);
	}
	*out = TAKE(secret);
	return 0;
}
