/*
 * What we make of ~/.aws and the AWS_* variables, for tests: awsconfig PROFILE QUESTION...
 *
 *	KEY			the value of a key of the profile
 *	keys			its static access key
 *	SERVICE@REGION		the endpoint (kms, sts, sso, sso-oidc) and the region that is signed for
 *
 * One line for each question; "error" when there is no answer.  Without a PROFILE ("") the one that the environment names.
 */
#include <stdio.h>

#include "kms/aws_config.h"
#include "kms/aws_endpoint.h"

static void
print_endpoint(const struct aws_config *config, struct slice profile, struct slice service, struct slice region)
{
	static const char *const names[AWS_SERVICES] = {
		[AWS_KMS] = "kms", [AWS_STS] = "sts", [AWS_SSO] = "sso", [AWS_OIDC] = "sso-oidc",
	};
	CLEANUP(buf_release) struct buf out = BUF(4096);
	struct error	err = ERROR_INIT;

	for (size_t i = 0; i < AWS_SERVICES; i++)
		if (slice_eq(service, slice_str(names[i]))) {
			if (aws_endpoint_find(config, profile, (enum aws_service)i, &region, &out, &err) != 0)
				printf("error\n");
			else
				printf("%.*s %.*s\n", SLICE_ARG(buf_slice(&out)), SLICE_ARG(region));
		}
}

int
main(int argc, char **argv)
{
	CLEANUP(aws_config_freep) struct aws_config *config = NULL;
	struct error	err = ERROR_INIT;
	struct slice	profile = slice_str(argc > 1 ? argv[1] : "");
	bool		named;

	if (aws_config_load(&config, &err) != 0) {
		printf("error %s\n", err.text);
		return 1;
	}
	if (profile.len == 0)
		profile = aws_config_profile(&named);
	for (int i = 2; i < argc; i++) {
		struct slice		question = slice_str(argv[i]);
		size_t			at = slice_find(question, '@', 0);
		struct aws_static_keys	keys = { .access_key = SLICE_NONE };

		if (at != question.len)
			print_endpoint(config, profile, slice_sub(question, 0, at), slice_from(question, at + 1));
		else if (slice_eq(question, SLICE("keys")))
			printf("%.*s\n", SLICE_ARG(aws_config_keys(config, profile, &keys) ? keys.access_key : SLICE("none")));
		else
			printf("%.*s\n", SLICE_ARG(aws_config_get(config, profile, argv[i])));
	}
	return 0;
}
