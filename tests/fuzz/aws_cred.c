#include "kms/aws_cred_parts.h"

#include "tests/fuzz/fuzz.h"

/*
 * What programs, agents and the AWS CLI leave for us.  The first byte says whose it is: a program's output, a cached
 * login, the JSON of an agent or of the portal, the XML of STS.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct aws_cred_names names[] = {
		{ "AccessKeyId", "SecretAccessKey", "Token", "Expiration", .token_needed = true },
		{ "accessKeyId", "secretAccessKey", "sessionToken", "expiration", .token_needed = true, .milliseconds = true },
	};
	unsigned		 whose = size > 0 ? data[0] % 5 : 0;
	struct slice		 text = slice_of(data + (size > 0), size > 0 ? size - 1 : 0);
	struct aws_credentials	 got = { .secret = NULL };
	struct secret		*token = NULL;
	struct json		*root = NULL;
	struct error		 err = ERROR_INIT;
	int64_t			 expires;
	int			 rc;

	if (whose == 0)
		rc = aws_cred_process_read(text, &got, &err);
	else if (whose == 1)
		rc = aws_cred_sso_token(text, &root, &token, &expires, &err);
	else if (whose == 2)
		rc = aws_sts_credentials_read(text, &got, &err);
	else
		rc = json_parse(text, &root, &err) != 0 ? (int)err.kind : aws_cred_json(root, &names[whose - 3], &got, &err);
	MUST((rc == 0) == (err.kind == ERR_NONE));
	MUST(((whose == 1 ? token != NULL : got.secret != NULL)) == (rc == 0));
	MUST(strlen(got.access_key) < sizeof(got.access_key));
	aws_credentials_release(&got);
	secret_free(token);
	json_free(root);
	return 0;
}
