#ifndef CRYPTO_BCRYPT_H
#define CRYPTO_BCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * bcrypt_pbkdf(), OpenBSD's function that makes a key of a passphrase: OpenSSH protects private keys with it.  It is not the
 * bcrypt of password files.  None of the libraries that we use has it.  A round takes some milliseconds.
 */
#define BCRYPT_ROUNDS_MAX	10000	/* ssh-keygen writes 16 or 24 unless told another number */
#define BCRYPT_KEY_MAX		1024

/*
 * bcrypt_pbkdf(passphrase, salt, rounds, key, len, err):
 * Fill ${key}.  ERR_RANGE for a passphrase or salt that is empty, a number of rounds that is 0, or a length that is 0 or above
 * BCRYPT_KEY_MAX; ERR_LIMIT above BCRYPT_ROUNDS_MAX.
 */
int	bcrypt_pbkdf(struct slice passphrase, struct slice salt, uint32_t rounds, uint8_t *key, size_t len,
	    struct error *err) WARN_UNUSED;

#endif
