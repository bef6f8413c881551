#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/layout_parts.h"

/* A cluster.yaml: the hubs that it lists have names, and their layers lie beside it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	CLEANUP(file_closep) int		file = memfd_create("cluster", MFD_CLOEXEC);
	struct layout_rules			rules = { 0 };
	struct error				err = ERROR_INIT;
	char					path[64];

	MUST(file >= 0 && file_write_all(file, slice_of(data, size), &err) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (layout_clusters_add("c", path, &arena, &rules, &err) != 0) {
		MUST(err.kind != ERR_NONE && err.kind != ERR_INTERNAL);
		return 0;
	}
	for (size_t i = 0; i < rules.hub_count; i++)
		MUST(rules.hubs[i].hub.text != NULL && rules.hubs[i].env.text != NULL);
	return 0;
}
