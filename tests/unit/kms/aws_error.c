#include "kms/aws_error.h"

#include "tests/tap.h"

static struct aws_fault
read_fault(const char *body, const char *header)
{
	struct error		none = ERROR_INIT;
	struct http_reply	reply = { .error = &none, .status = 400, .body = slice_str(body),
		.error_type = slice_str(header) };
	struct aws_fault	fault;

	aws_fault_read(&reply, &fault);
	return fault;
}

static void
test_reading(void)
{
	static const struct {
		const char	*body, *header, *code, *message, *what;
	} rows[] = {
		{ "{\"__type\":\"NotFoundException\",\"message\":\"no\"}", NULL, "NotFoundException", "no", "plain JSON" },
		{ "{\"__type\":\"com.amazonaws#AccessDeniedException:http://x\",\"Message\":\"M\"}", NULL, "AccessDeniedException",
		    "M", "a name space, an address and a capital M" },
		{ "{\"code\":\"ThrottlingException\"}", NULL, "ThrottlingException", "", "another member, no message" },
		{ "{\"__type\":\"A\"}", "B:http://y", "B", "", "the header goes first" },
		{ "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &lt; b</Message></Error>"
		    "</ErrorResponse>", NULL, "AccessDenied", "a < b", "XML" },
		{ "<R><Errors><Error><Code>SignatureDoesNotMatch</Code></Error></Errors></R>", NULL, "SignatureDoesNotMatch", "",
		    "XML with one more element around" },
		{ "<html><body>403 Forbidden</body></html>", NULL, "", "<html><body>403 Forbidden</body></html>",
		    "a proxy's page" },
		{ "", NULL, "", "", "nothing" },
		{ "{\"__type\":7,\"message\":[]}", NULL, "", "", "JSON of other types" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aws_fault fault = read_fault(rows[i].body, rows[i].header);

		ok(strcmp(fault.code, rows[i].code) == 0 && strcmp(fault.message, rows[i].message) == 0, "%s: '%s', '%s'",
		    rows[i].what, fault.code, fault.message);
	}
}

static void
reports(const char *code, unsigned status, int kind, const char *words)
{
	struct aws_fault	fault = { .message = "because" };
	struct error		err = ERROR_INIT;

	(void)snprintf(fault.code, sizeof(fault.code), "%s", code);
	if (!ok(aws_fault_report(&fault, AWS_KMS, SLICE("eu-west-1"), status, &err) == kind &&
	    strstr(err.text, words) != NULL && strstr(err.text, "eu-west-1") != NULL, "'%s' with status %u: %s", code, status,
	    words))
		printf("# %d: %s\n", (int)err.kind, err.text);
}

static void
test_reporting(void)
{
	reports("AccessDeniedException", 400, ERR_DENIED, "access denied (AccessDeniedException: because)");
	reports("NotFoundException", 400, ERR_NOT_FOUND, "no such key");
	reports("DisabledException", 400, ERR_DENIED, "disabled");
	reports("InvalidCiphertextException", 400, ERR_TAMPERED, "context was changed");
	reports("IncorrectKeyException", 400, ERR_TAMPERED, "another key");
	reports("UnrecognizedClientException", 400, ERR_NO_KEY, "does not accept");
	reports("ExpiredTokenException", 400, ERR_NO_KEY, "expired");
	reports("InvalidSignatureException", 400, ERR_NO_KEY, "signature");
	reports("RequestTimeTooSkewed", 403, ERR_DENIED, "clock");
	reports("ThrottlingException", 400, ERR_NETWORK, "too many requests");
	reports("KMSInternalException", 500, ERR_NETWORK, "status 500 KMSInternalException: because");
	reports("SomethingNew", 400, ERR_DENIED, "refused (SomethingNew: because)");
	reports("", 403, ERR_NETWORK, "no usable answer (status 403: because)");
	reports("", 301, ERR_REFUSED, "redirect");
}

static void
test_long_words(void)
{
	static char		body[2000] = "{\"__type\":\"";
	struct aws_fault	fault;
	struct error		err = ERROR_INIT;

	memset(body + 11, 'x', sizeof(body) - 20);
	memcpy(body + sizeof(body) - 9, "\"}", 3);
	fault = read_fault(body, NULL);
	is_int(strlen(fault.code), AWS_CODE_MAX - 1, "an endless code is cut");
	is_int(aws_fault_report(&fault, AWS_STS, SLICE("r"), 400, &err), ERR_DENIED, "and can be reported");
}

int
main(void)
{
	test_reading();
	test_reporting();
	test_long_words();
	return done_testing();
}
