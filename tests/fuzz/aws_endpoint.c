#include "kms/aws_endpoint.h"

#include "tests/fuzz/fuzz.h"

static bool
holds_any(struct slice text, const char *of)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(of, text.data[i]) != NULL)
			return true;
	return false;
}

/* Names of keys and roles out of files, and URLs out of settings: no part of one leads to another host than it seems to. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice	text = slice_of(data, size);
	struct aws_arn	arn;
	struct aws_url	url;
	struct error	err = ERROR_INIT;

	if (aws_arn_kms(text, &arn, &err) == 0)
		MUST(arn.region.len > 0 && !holds_any(arn.region, "./:@?#%\\ \t\r\n") && arn.resource.len > 0);
	else
		MUST(err.kind != ERR_NONE);
	err_reset(&err);
	if (aws_arn_role(text, &arn, &err) == 0)
		MUST(arn.account.len > 0 && !holds_any(arn.account, "/:@ \r\n"));
	else
		MUST(err.kind != ERR_NONE);
	if (aws_url_split(text, &url)) {
		MUST(url.host.len > 0 && !holds_any(url.host, "/@?#\\ \t\r\n") && !holds_any(url.origin, "@\\ \t\r\n"));
		MUST(!holds_any(url.target, "# \r\n") && (url.target.len == 0 || url.target.data[0] == '/' || url.target.data[0] == '?'));
	}
	return 0;
}
