#ifndef CRYPTO_BCRYPT_PI_H
#define CRYPTO_BCRYPT_PI_H

#include <stdint.h>

/* The fraction of pi in binary, from which Blowfish takes its 18 subkeys and then its four tables of 256 words. */
#define BCRYPT_PI_WORDS		(18 + 4 * 256)

extern const uint32_t bcrypt_pi[BCRYPT_PI_WORDS];

#endif
