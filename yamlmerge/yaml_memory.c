#include "yamlmerge/yaml_memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/*
 * libyaml keeps copies of every value that it reads.  It allocates through these four functions, which a shared libyaml looks up
 * by name, so that ours take their place (a static one is built with them, see the Makefile).  The memory is malloc()'s own,
 * without a header, so that a block may be freed by either side should a compiler have bound some calls inside the library.
 */
void *
yaml_malloc(size_t size)
{
	return malloc(size != 0 ? size : 1);
}

void
yaml_free(void *block)
{
	if (block == NULL)
		return;
	wipe(block, malloc_usable_size(block));
	free(block);
}

/* Allocate, copy, wipe, free: realloc() itself may leave a copy behind. */
void *
yaml_realloc(void *block, size_t size)
{
	void	*moved;
	size_t	 old = block != NULL ? malloc_usable_size(block) : 0;

	if (size != 0 && size <= old)
		return block;
	if ((moved = yaml_malloc(size)) == NULL)
		return NULL;
	if (old != 0)
		(void)memcpy(moved, block, old < size ? old : size);
	yaml_free(block);
	return moved;
}

unsigned char *
yaml_strdup(const unsigned char *string)
{
	size_t	 size;
	void	*copy;

	if (string == NULL)
		return NULL;
	size = strlen((const char *)string) + 1;
	copy = yaml_malloc(size);
	return copy != NULL ? memcpy(copy, string, size) : NULL;
}
