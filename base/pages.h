#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Raw memory for buf and arena.  Secret memory is wiped when freed; blocks of PAGES_OWN_MAPPING bytes
 * and more are mappings of their own, locked where the limit allows and left out of core dumps
 * (smaller ones share the heap; no core is ever written, see harden.h).
 */
#define PAGES_OWN_MAPPING	((size_t)256 * 1024)

uint8_t	*pages_alloc(size_t size, bool secret);			/* NULL when there is no memory; contents undefined */
/* The whole block will be written soon: give it its pages at once, which costs less than a fault for each. */
void	 pages_prepare(uint8_t *block, size_t size, bool secret);
/* With the size it was asked for, of which the first ${used} bytes may have been written; NULL is fine. */
void	 pages_free(uint8_t *block, size_t size, size_t used, bool secret);

#endif
