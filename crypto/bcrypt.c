#include "crypto/bcrypt.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/secret.h"
#include "crypto/bcrypt_pi.h"
#include "crypto/digest.h"

/*
 * Each block of output is the sum (by xor) of ${rounds} hashes; a hash encrypts a fixed text 64 times with Blowfish, keyed 64 times
 * over with the SHA-512 of the passphrase and that of the salt.  The blocks are interleaved in the key, so that no
 * part of it can be had for less than the whole.
 */
#define SUBKEYS		18
#define HASH_WORDS	8
#define HASH_LEN	(HASH_WORDS * 4)
#define SALT_MAX	1024

struct blowfish {
	uint32_t	subkey[SUBKEYS];
	uint32_t	table[4][256];
};

/* Bytes that are read as big-endian words, over and over. */
struct stream {
	const uint8_t	*bytes;
	size_t		 at;
};

static uint32_t
next_word(struct stream *stream)
{
	uint32_t word = be32_load(stream->bytes + stream->at);

	stream->at = (stream->at + 4) % DIGEST_SHA512_LEN;
	return word;
}

static uint32_t
mix(const struct blowfish *state, uint32_t half)
{
	return ((state->table[0][half >> 24] + state->table[1][half >> 16 & 0xff]) ^ state->table[2][half >> 8 & 0xff]) +
	    state->table[3][half & 0xff];
}

static void
encipher(const struct blowfish *state, uint32_t *left, uint32_t *right)
{
	uint32_t l = *left ^ state->subkey[0], r = *right;

	for (int i = 1; i <= 16; i += 2) {
		r ^= mix(state, l) ^ state->subkey[i];
		l ^= mix(state, r) ^ state->subkey[i + 1];
	}
	*left = r ^ state->subkey[17];
	*right = l;
}

/* Blowfish's key schedule, with a salt mixed into what it encrypts; NULL: without. */
static void
expand(struct blowfish *state, const uint8_t *salt_opt, const uint8_t key[static DIGEST_SHA512_LEN])
{
	struct stream	 keys = { key, 0 }, salts = { salt_opt, 0 };
	uint32_t	 left = 0, right = 0;

	for (int i = 0; i < SUBKEYS; i++)
		state->subkey[i] ^= next_word(&keys);
	for (int i = 0; i < SUBKEYS + 4 * 256; i += 2) {
		uint32_t *to = i < SUBKEYS ? &state->subkey[i] : &state->table[(i - SUBKEYS) / 256][(i - SUBKEYS) % 256];

		if (salt_opt != NULL) {
			left ^= next_word(&salts);
			right ^= next_word(&salts);
		}
		encipher(state, &left, &right);
		to[0] = left;
		to[1] = right;
	}
}

static void
hash(struct blowfish *state, const uint8_t passphrase[static DIGEST_SHA512_LEN], const uint8_t salt[static DIGEST_SHA512_LEN],
    uint8_t out[static HASH_LEN])
{
	static const char	text[] = "OxychromaticBlowfishSwatDynamite";
	uint32_t		word[HASH_WORDS];

	(void)memcpy(state->subkey, bcrypt_pi, sizeof(state->subkey));
	(void)memcpy(state->table, bcrypt_pi + SUBKEYS, sizeof(state->table));
	expand(state, salt, passphrase);
	for (int i = 0; i < 64; i++) {
		expand(state, NULL, salt);
		expand(state, NULL, passphrase);
	}
	for (int i = 0; i < HASH_WORDS; i++)
		word[i] = be32_load((const uint8_t *)text + 4 * (size_t)i);
	for (int i = 0; i < 64; i++)
		for (int k = 0; k < HASH_WORDS; k += 2)
			encipher(state, &word[k], &word[k + 1]);
	for (int i = 0; i < HASH_LEN; i++)
		out[i] = (uint8_t)(word[i / 4] >> (8 * (i % 4)));
	wipe(word, sizeof(word));
}

/* One block of output. */
static int
block(struct blowfish *state, const uint8_t passphrase[static DIGEST_SHA512_LEN], struct slice salt, uint32_t number,
    uint32_t rounds, uint8_t out[static HASH_LEN], struct error *err)
{
	CLEANUP(buf_release) struct buf	numbered = BUF(SALT_MAX + 4);
	WIPED(one, HASH_LEN);
	uint8_t	salted[DIGEST_SHA512_LEN], digits[4];
	int	rc;

	be32_store(digits, number);
	if ((rc = buf_append(&numbered, salt, err)) != 0 ||
	    (rc = buf_append(&numbered, slice_of(digits, sizeof(digits)), err)) != 0 ||
	    (rc = digest_sha512(buf_slice(&numbered), salted, err)) != 0)
		return rc;
	hash(state, passphrase, salted, one);
	(void)memcpy(out, one, HASH_LEN);
	for (uint32_t i = 1; i < rounds; i++) {
		if ((rc = digest_sha512(slice_of(one, HASH_LEN), salted, err)) != 0)
			return rc;
		hash(state, passphrase, salted, one);
		for (int k = 0; k < HASH_LEN; k++)
			out[k] ^= one[k];
	}
	return 0;
}

int
bcrypt_pbkdf(struct slice passphrase, struct slice salt, uint32_t rounds, uint8_t *key, size_t len, struct error *err)
{
	CLEANUP(secret_freep) struct secret	*state = NULL;
	WIPED(hashed, DIGEST_SHA512_LEN);
	WIPED(out, HASH_LEN);
	size_t	blocks = (len + HASH_LEN - 1) / HASH_LEN;
	int	rc;

	if (passphrase.len == 0 || salt.len == 0 || salt.len > SALT_MAX || rounds == 0 || len == 0 || len > BCRYPT_KEY_MAX)
		return err_set(err, ERR_RANGE, "a parameter of bcrypt_pbkdf is empty or too large");
	if (rounds > BCRYPT_ROUNDS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d rounds of bcrypt_pbkdf", BCRYPT_ROUNDS_MAX);
	if ((rc = secret_new(sizeof(struct blowfish), &state, err)) != 0 || (rc = digest_sha512(passphrase, hashed, err)) != 0)
		return rc;
	for (size_t number = 0; number < blocks; number++) {
		if ((rc = block((struct blowfish *)(void *)state->data, hashed, salt, (uint32_t)number + 1, rounds, out, err)) != 0)
			return rc;
		for (size_t i = 0; i < HASH_LEN && i * blocks + number < len; i++)
			key[i * blocks + number] = out[i];
	}
	return 0;
}
