#include "sops/config.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(config_freep) struct config	*config = NULL;
	CLEANUP(metadata_freep) struct metadata	*meta = NULL;
	const struct config_rule		*rule;
	struct error				 err = ERROR_INIT;

	if (config_parse(slice_of(data, size), "/folder/.sops.yaml", &config, &err) != 0)
		return 0;
	if (config_match(config, "/folder/secrets/staging.yaml", &rule, &err) == 0 && config_metadata(rule, NULL, &meta, &err) == 0)
		MUST(meta->group_count > 0);
	return 0;
}
