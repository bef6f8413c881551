#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/secret.h"

static bool
own_mapping(size_t size, bool secret)
{
	return secret && size >= PAGES_OWN_MAPPING;
}

uint8_t *
pages_alloc(size_t size, bool secret)
{
	void *block;

	if (!own_mapping(size, secret))
		return malloc(size != 0 ? size : 1);
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
#ifdef MADV_DONTDUMP
	(void)madvise(block, size, MADV_DONTDUMP);
#endif
	/*
	 * Best effort: a document is often larger than the limit.  Locking on fault keeps a reservation
	 * that is never filled from costing memory.
	 */
#ifdef MLOCK_ONFAULT
	(void)mlock2(block, size, MLOCK_ONFAULT);
#else
	(void)mlock(block, size);
#endif
	return block;
}

void
pages_prepare(uint8_t *block, size_t size, bool secret)
{
#ifdef MADV_POPULATE_WRITE
	/* Older kernels know nothing of it; then each page comes when it is touched. */
	if (own_mapping(size, secret))
		(void)madvise(block, size, MADV_POPULATE_WRITE);
#else
	(void)block, (void)size, (void)secret;
#endif
}

void
pages_free(uint8_t *block, size_t size, size_t used, bool secret)
{
	if (block == NULL)
		return;
	/* No more than that: wiping a page that was never touched would fetch it first. */
	if (secret)
		wipe(block, used);
	if (!own_mapping(size, secret))
		free(block);
	else
		(void)munmap(block, size);
}
