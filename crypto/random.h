#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Random bytes from the operating system.  There is no failure to handle: a system that cannot give
 * random bytes ends the process.
 */

/* For keys: straight from the kernel. */
void	random_bytes(void *out, size_t len);
/*
 * For IVs, nonces and salts, which will be public: from a stock that is drawn from the kernel in larger
 * portions, as one document needs tens of thousands.  Each thread has its own stock, and a child made
 * by fork() does not inherit it.
 */
void	random_nonce(void *out, size_t len);

#endif
