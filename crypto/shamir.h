#ifndef CRYPTO_SHAMIR_H
#define CRYPTO_SHAMIR_H

#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"

/*
 * Shamir's secret sharing as sops does it (sops/FORMAT.md, "groups"): byte by byte over GF(2^8) with the
 * polynomial of AES, x^8 + x^4 + x^3 + x + 1.  A share is the y of every byte followed by its x, which
 * is 1, 2, 3 ... in the order of the shares.  No tables and no branches on secret bytes.
 *
 * Nothing tells whether shares belong together: a wrong one gives a wrong secret, which whoever uses
 * it notices (a GCM tag fails).
 */

/*
 * shamir_split(secret, n, threshold, shares, err):
 * Make ${n} shares of which any ${threshold} give the secret; shares[0..n) are the caller's to free.
 * 2 <= threshold <= n <= 255, or ERR_RANGE; an empty secret is ERR_RANGE too.
 */
int	shamir_split(struct slice secret, unsigned n, unsigned threshold, struct secret **shares,
	    struct error *err) WARN_UNUSED;

/*
 * shamir_combine(shares, n, out, err):
 * The secret from all ${n} shares (more than the threshold do no harm).  ERR_RANGE for fewer than two or more
 * than 255; ERR_SYNTAX when they differ in length, are shorter than two bytes, or two have the same x.
 */
int	shamir_combine(const struct slice *shares, size_t n, struct secret **out, struct error *err) WARN_UNUSED;

#endif
