#include "kms/wiping.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/secret.h"

#define PREFIX	((size_t)16)		/* the strictest alignment */

void *
wiping_malloc(size_t size)
{
	uint8_t	*block;
	size_t	 whole;

	if (size_add_overflows(size, PREFIX, &whole) || (block = malloc(whole)) == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + PREFIX;
}

void *
wiping_calloc(size_t count, size_t size)
{
	size_t	 whole;
	void	*data;

	if (size_mul_overflows(count, size, &whole) || (data = wiping_malloc(whole)) == NULL)
		return NULL;
	return memset(data, 0, whole);
}

void
wiping_free(void *data)
{
	uint8_t	*block;
	size_t	 size;

	if (data == NULL)
		return;
	block = (uint8_t *)data - PREFIX;
	memcpy(&size, block, sizeof(size));
	wipe(data, size);
	free(block);
}

void *
wiping_realloc(void *data, size_t size)
{
	void	*moved;
	size_t	 old;

	if ((moved = wiping_malloc(size)) == NULL || data == NULL)
		return moved;
	memcpy(&old, (uint8_t *)data - PREFIX, sizeof(old));
	memcpy(moved, data, old < size ? old : size);
	wiping_free(data);
	return moved;
}

char *
wiping_strdup(const char *text)
{
	size_t	 size = strlen(text) + 1;
	char	*copy = wiping_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}
