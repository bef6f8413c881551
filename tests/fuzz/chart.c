#include "yamlmerge/chart.h"

#include "base/limits.h"
#include "base/tmpdir.h"
#include "tests/fuzz/fuzz.h"

/* A chart's files, cut at a NUL byte: its dependencies have names, and are found by them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	CLEANUP(tmpdir_freep) struct tmpdir	*folder = NULL;
	struct slice				rest = slice_of(data, size), part;
	const char				*path;
	struct chart				*chart;
	struct error				err = ERROR_INIT;

	MUST(tmpdir_new(&folder, &err) == 0);
	if (slice_split(&rest, '\0', &part))
		MUST(tmpdir_file(folder, "Chart.yaml", part, &path, &err) == 0);
	if (slice_split(&rest, '\0', &part))
		MUST(tmpdir_file(folder, "requirements.yaml", part, &path, &err) == 0);
	if (chart_read(tmpdir_path(folder), &arena, &chart, &err) != 0) {
		MUST(err.kind != ERR_NONE && err.kind != ERR_INTERNAL);
		return 0;
	}
	for (const struct chart *sub = chart->subcharts; sub != NULL; sub = sub->next)
		MUST(chart_find(chart, sub->name) != NULL);
	return 0;
}
