#include "crypto/random.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <sodium.h>

#include "base/secret.h"

void
random_bytes(void *out, size_t len)
{
	randombytes_buf(out, len);
}

/* Counts the forks that led to this process: a stock of another generation is the parent's. */
static atomic_uint generation = 1;

static void
next_generation(void)
{
	(void)atomic_fetch_add(&generation, 1);
}

static void
watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, next_generation);
}

void
random_nonce(void *out, size_t len)
{
	static pthread_once_t		once = PTHREAD_ONCE_INIT;
	static _Thread_local uint8_t	stock[2048];
	static _Thread_local size_t	left;
	static _Thread_local unsigned	drawn_in;
	WIPED(seed, randombytes_SEEDBYTES);
	unsigned			now;

	(void)pthread_once(&once, watch_forks);
	now = atomic_load(&generation);
	if (len > sizeof(stock)) {
		random_bytes(out, len);
		return;
	}
	if (left < len || drawn_in != now) {
		/* Expanded by ChaCha20: the kernel gives 256 bytes a call, and tens of thousands of values want 32 each. */
		random_bytes(seed, sizeof(seed));
		randombytes_buf_deterministic(stock, sizeof(stock), seed);
		left = sizeof(stock);
		drawn_in = now;
	}
	left -= len;
	(void)memcpy(out, stock + left, len);
	/* What was given out must not be given out again, whatever happens to the counter. */
	wipe(stock + left, len);
}
