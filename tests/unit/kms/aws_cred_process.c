#include "kms/aws_cred_parts.h"
#include "tests/tap.h"

/* What a program does beside printing is in tests/cli/hubkeys/sources.t. */
static void
reads(const char *text, int kind, const char *what)
{
	struct aws_credentials	got = { .secret = NULL };
	struct error		err = ERROR_INIT;

	is_int(aws_cred_process_read(slice_str(text), &got, &err), kind, what);
	ok((got.secret != NULL) == (kind == 0) && strstr(err.text, "s3cr") == NULL, "%s: filled on success alone", what);
	aws_credentials_release(&got);
}

int
main(void)
{
	reads("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\"}\n", 0, "long-lived keys");
	reads("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\",\"SessionToken\":\"t\",\"Expiration\":"
	    "\"2026-01-02T03:04:05+00:00\",\"AccountId\":\"1\"}", 0, "a session");
	reads("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\"}", ERR_SYNTAX, "no version");
	reads("{\"Version\":1.0,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\"}", ERR_SYNTAX, "a version that is no integer");
	reads("{\"Version\":1,\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\"}", ERR_SYNTAX, "a name twice");
	reads("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\"} more", ERR_SYNTAX, "more than one object");
	reads("", ERR_SYNTAX, "nothing");
	return done_testing();
}
