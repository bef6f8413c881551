#include "base/buf.h"
#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/layout_rules.h"

/* hubmerge.yaml: whatever is accepted can be filled in. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	struct layout_rules			rules;
	struct error				err = ERROR_INIT;

	if (layout_rules_read(slice_of(data, size), &arena, &rules, &err) != 0)
		return 0;
	for (size_t i = 0; i <= rules.hub_count && i < 100; i++) {
		const char			*hub = i < rules.hub_count ? rules.hubs[i].hub.text : "h";
		const char			*env = i < rules.hub_count ? rules.hubs[i].env.text : "e";
		struct layout_entry		 entry = layout_rules_entry(&rules, hub, env);

		for (size_t k = 0; k < entry.layers.count; k++) {
			CLEANUP(buf_release) struct buf out = BUF(64 * MIB);

			MUST(layout_rules_fill(entry.layers.list[k].text, hub, env, &out, &err) == 0);
		}
	}
	return 0;
}
