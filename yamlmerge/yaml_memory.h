#ifndef YAMLMERGE_YAML_MEMORY_H
#define YAMLMERGE_YAML_MEMORY_H

#include <stddef.h>

/*
 * libyaml's allocator, replaced by one that wipes what it frees.  The names are libyaml's own.
 */
void		*yaml_malloc(size_t size);
void		*yaml_realloc(void *block, size_t size);
void		 yaml_free(void *block);
unsigned char	*yaml_strdup(const unsigned char *string);

#endif
