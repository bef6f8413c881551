#include "kms/aws_config.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(aws_config_freep) struct aws_config *config = NULL;
	struct error		err = ERROR_INIT;
	struct aws_static_keys	keys;

	if (aws_config_new(&config, &err) != 0 || aws_config_parse(config, AWS_CONFIG, slice_of(data, size), &err) != 0 ||
	    aws_config_parse(config, AWS_CREDENTIALS, slice_of(data, size), &err) != 0)
		return 0;
	(void)aws_config_get(config, SLICE("default"), "region");
	(void)aws_config_service(config, SLICE("local"), "kms", "endpoint_url");
	if (aws_config_keys(config, SLICE("lab"), &keys))
		MUST(keys.access_key.len != 0 && keys.secret.len != 0 && aws_config_has_profile(config, SLICE("lab")));
	return 0;
}
