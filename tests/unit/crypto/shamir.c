#include "crypto/shamir.h"
#include "tests/hex.h"

#define N	5

/* Made by sops: secret 01020304 in three shares of which two are needed. */
static void
check_vector(void)
{
	static const char *const	texts[] = { "d8bf04ba01", "a8630d6302", "71de0add03" };
	struct slice			share[3], pair[2];
	uint8_t				bytes[3][5];
	struct error			err = ERROR_INIT;

	for (int i = 0; i < 3; i++) {
		CLEANUP(buf_release) struct buf one = BUF(10);

		(void)memcpy(bytes[i], unhex(&one, texts[i]).data, 5);
		share[i] = slice_of(bytes[i], 5);
	}
	for (int left_out = -1; left_out < 3; left_out++) {
		CLEANUP(secret_freep) struct secret	*secret = NULL;
		const struct slice			*shares = share;
		size_t					 n = 3;

		if (left_out >= 0) {
			pair[0] = share[(left_out + 1) % 3];
			pair[1] = share[(left_out + 2) % 3];
			shares = pair;
			n = 2;
		}
		if (succeeds(shamir_combine(shares, n, &secret, &err), err, "the published shares, in any order, combine"))
			is_hex(secret_slice(secret), "01020304", "to the secret");
	}
}

static void
check_round_trip(unsigned n, unsigned threshold)
{
	struct error	 err = ERROR_INIT;
	struct secret	*shares[255] = { NULL };
	struct slice	 some[255], secret = SLICE("\x00\x01\x80\xff and thirty-two bytes or so");

	if (!succeeds(shamir_split(secret, n, threshold, shares, &err), err, "a secret is split"))
		return;
	/* Every share, and every run of exactly the threshold (backwards, so that order cannot matter). */
	for (unsigned start = 0; start + threshold <= n; start++) {
		CLEANUP(secret_freep) struct secret *whole = NULL;

		for (unsigned i = 0; i < threshold; i++)
			some[i] = secret_slice(shares[start + threshold - 1 - i]);
		if (shamir_combine(some, threshold, &whole, &err) != 0 || !slice_eq(secret_slice(whole), secret))
			ok(false, "shares %u to %u give the secret", start + 1, start + threshold);
	}
	for (unsigned i = 0; i < n; i++)
		some[i] = secret_slice(shares[i]);
	{
		CLEANUP(secret_freep) struct secret *whole = NULL;

		if (succeeds(shamir_combine(some, n, &whole, &err), err, "all shares combine"))
			is_slice(secret_slice(whole), secret, "to the secret");
	}
	if (threshold > 2) {
		CLEANUP(secret_freep) struct secret *whole = NULL;

		if (succeeds(shamir_combine(some, threshold - 1, &whole, &err), err, "one share too few combines"))
			ok(!slice_eq(secret_slice(whole), secret), "to something else");
	}
	for (unsigned i = 0; i < n; i++) {
		if (shares[i]->data[secret.len] != i + 1)
			ok(false, "share %u ends in its number", i + 1);
		secret_free(shares[i]);
	}
}

static void
check_refusals(void)
{
	struct error				 err = ERROR_INIT;
	CLEANUP(secret_freep) struct secret	*secret = NULL;
	struct secret				*shares[3] = { NULL };
	static const struct {
		unsigned	n, threshold;
		const char	*what;
	} splits[] = {
		{ 3, 1, "a threshold of one is refused" }, { 3, 0, "a threshold of none is refused" },
		{ 3, 4, "a threshold above the number of shares is refused" }, { 256, 2, "256 shares are refused" },
	};
	static const struct {
		struct slice	share[2];
		size_t		n;
		int		kind;
		const char	*what;
	} bad[] = {
		{ { SLICE("ab\1") }, 1, ERR_RANGE, "a single share is refused" },
		{ { SLICE("ab\1"), SLICE("ab\1") }, 2, ERR_SYNTAX, "a share that is there twice is refused" },
		{ { SLICE("ab\1"), SLICE("abc\2") }, 2, ERR_SYNTAX, "shares of different lengths are refused" },
		{ { SLICE("\1"), SLICE("\2") }, 2, ERR_SYNTAX, "shares of nothing are refused" },
		{ { SLICE("ab\1"), SLICE("ab\0") }, 2, ERR_SYNTAX, "a share with the number 0 is refused" },
	};

	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++) {
		err_reset(&err);
		is_int(shamir_split(SLICE("x"), splits[i].n, splits[i].threshold, shares, &err), ERR_RANGE, splits[i].what);
	}
	err_reset(&err);
	is_int(shamir_split(SLICE_NONE, 3, 2, shares, &err), ERR_RANGE, "an empty secret is refused");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_reset(&err);
		is_int(shamir_combine(bad[i].share, bad[i].n, &secret, &err), bad[i].kind, bad[i].what);
	}
}

int
main(void)
{
	check_vector();
	check_round_trip(2, 2);
	check_round_trip(N, 3);
	check_round_trip(N, N);
	check_round_trip(255, 2);
	check_refusals();
	return done_testing();
}
