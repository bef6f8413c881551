#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/secret.h"

uint8_t *
pages_alloc(size_t size, bool secret)
{
	void *block;

	if (!secret || size < PAGES_OWN_MAPPING)
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
pages_free(uint8_t *block, size_t size, bool secret)
{
	if (block == NULL)
		return;
	if (secret)
		wipe(block, size);
	if (!secret || size < PAGES_OWN_MAPPING)
		free(block);
	else
		(void)munmap(block, size);
}
