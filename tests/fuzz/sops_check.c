#include "sops/check.h"

#include "tests/fuzz/fuzz.h"

/* Any text, as each format, beside a rule: findings or none, in bounded time. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct store *const stores[] = { &store_yaml, &store_json, &store_dotenv, &store_ini, &store_binary };
	static const struct slice rules = SLICE("creation_rules:\n  - encrypted_regex: ^(a|pw)\n    age: age1x\n");
	CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
	CLEANUP(config_freep) struct config *config = NULL;
	struct error	err = ERROR_INIT;
	bool		sealed;

	if (size == 0 || config_parse(rules, "/.sops.yaml", &config, &err) != 0)
		return 0;
	(void)!check_text(slice_of(data + 1, size - 1), stores[data[0] % 5], "/x", config, &findings, &sealed, &err);
	return 0;
}
