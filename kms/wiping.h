#ifndef KMS_WIPING_H
#define KMS_WIPING_H

#include <stddef.h>

/*
 * malloc() and its kin for libraries that free without telling the size (libcurl, jansson): each block
 * begins with its size and is wiped when it is freed, because freed memory keeps secrets.  Growing
 * allocates, copies and wipes.
 */
void	*wiping_malloc(size_t size);
void	*wiping_calloc(size_t count, size_t size);
void	*wiping_realloc(void *data, size_t size);
char	*wiping_strdup(const char *text);
void	 wiping_free(void *data);

#endif
