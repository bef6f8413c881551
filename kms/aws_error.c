#include "kms/aws_error.h"

#include <stdio.h>

#include "base/limits.h"
#include "kms/json.h"
#include "kms/xml.h"

static void
keep(char *into, size_t size, struct slice text)
{
	(void)snprintf(into, size, "%.*s", SLICE_ARG(text));
}

/* "com.amazonaws.kms#NotFoundException:http://..." -> "NotFoundException" */
static void
keep_code(struct aws_fault *fault, struct slice text)
{
	size_t hash;

	text = slice_trim(slice_sub(text, 0, slice_find(text, ':', 0)));
	hash = slice_find(text, '#', 0);
	keep(fault->code, sizeof(fault->code), hash == text.len ? text : slice_from(text, hash + 1));
}

static bool
read_json(struct slice body, struct aws_fault *fault)
{
	CLEANUP(json_freep) struct json *root = NULL;
	struct error	problem = ERROR_INIT;
	struct slice	text;

	if (json_parse(body, &root, &problem) != 0)
		return false;
	if (json_text(json_find(root, "__type"), &text) || json_text(json_find(root, "code"), &text))
		keep_code(fault, text);
	if (json_text(json_find(root, "message"), &text) || json_text(json_find(root, "Message"), &text))
		keep(fault->message, sizeof(fault->message), text);
	return true;
}

static bool
read_xml(struct slice body, struct aws_fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_REPLY);
	struct error problem = ERROR_INIT;

	if (xml_find(body, "Code", &text, &problem) != 0)
		return false;
	keep_code(fault, buf_slice(&text));
	buf_reset(&text);
	err_reset(&problem);
	if (xml_find(body, "Message", &text, &problem) == 0)
		keep(fault->message, sizeof(fault->message), buf_slice(&text));
	return true;
}

void
aws_fault_read(const struct http_reply *reply, struct aws_fault *out)
{
	*out = (struct aws_fault){ .code = "" };
	if (!read_json(reply->body, out) && !read_xml(reply->body, out))
		keep(out->message, 100, slice_trim(reply->body));	/* a proxy's page, for instance */
	if (reply->error_type.len != 0)
		keep_code(out, reply->error_type);
}

static const struct meaning {
	const char	*code;
	enum err_kind	 kind;
	const char	*words;
	const char	*hint;
} meanings[] = {
	{ "AccessDeniedException", ERR_DENIED, "access denied",
	    "AWS says the same of a key that does not exist or is in another account or region; check the key's policy, "
	    "and which credentials are in use" },
	{ "AccessDenied", ERR_DENIED, "access denied",
	    "check the role's trust policy, and which credentials are in use" },
	{ "NotAuthorized", ERR_DENIED, "access denied", "check the key's policy, and which credentials are in use" },
	{ "NotFoundException", ERR_NOT_FOUND, "there is no such key in this region and account",
	    "check the region and the account in the key's ARN" },
	{ "DisabledException", ERR_DENIED, "the key is disabled", "enable it in AWS KMS" },
	{ "KMSInvalidStateException", ERR_DENIED, "the key is not usable in its present state",
	    "it may be waiting for deletion or for imported key material; see its state in AWS KMS" },
	{ "InvalidKeyUsageException", ERR_DENIED, "the key is not for encryption", "use a symmetric encryption key" },
	{ "InvalidGrantTokenException", ERR_DENIED, "the grant token is not valid", NULL },
	{ "InvalidCiphertextException", ERR_TAMPERED,
	    "the wrapped data key does not open: it is damaged, or the encryption context was changed",
	    "restore the key's 'enc' and 'context' entries from an earlier version of the file" },
	{ "IncorrectKeyException", ERR_TAMPERED, "the data key was wrapped with another key",
	    "restore the key's 'arn' and 'enc' entries from an earlier version of the file" },
	{ "InvalidArnException", ERR_SYNTAX, "the key's ARN is not valid", NULL },
	{ "ValidationException", ERR_SYNTAX, "the request is not valid", NULL },
	{ "SerializationException", ERR_SYNTAX, "the request is not valid", NULL },
	{ "UnrecognizedClientException", ERR_NO_KEY, "AWS does not accept the credentials",
	    "check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or the profile" },
	{ "InvalidClientTokenId", ERR_NO_KEY, "AWS does not know the access key",
	    "check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or the profile" },
	{ "MissingAuthenticationTokenException", ERR_NO_KEY, "the request arrived without a signature",
	    "a proxy may have removed it" },
	{ "IncompleteSignature", ERR_NO_KEY, "the request arrived with an incomplete signature",
	    "a proxy may have changed it" },
	{ "ExpiredTokenException", ERR_NO_KEY, "the session of the credentials has expired", "log in to AWS again" },
	{ "ExpiredToken", ERR_NO_KEY, "the session of the credentials has expired", "log in to AWS again" },
	{ "InvalidSignatureException", ERR_NO_KEY, "the signature does not match",
	    "check that the secret access key belongs to the access key, and this machine's clock" },
	{ "SignatureDoesNotMatch", ERR_NO_KEY, "the signature does not match",
	    "check that the secret access key belongs to the access key, and this machine's clock" },
	{ "AuthFailure", ERR_NO_KEY, "AWS does not accept the credentials", NULL },
	{ "RequestTimeTooSkewed", ERR_DENIED, "this machine's clock is too far from the time of AWS", "set the clock" },
	{ "RequestExpired", ERR_DENIED, "this machine's clock is too far from the time of AWS", "set the clock" },
	{ "RequestInTheFuture", ERR_DENIED, "this machine's clock is too far from the time of AWS", "set the clock" },
	{ "RegionDisabledException", ERR_DENIED, "the region is not enabled for this account", NULL },
	{ "ThrottlingException", ERR_NETWORK, "too many requests", "try again in a while" },
	{ "Throttling", ERR_NETWORK, "too many requests", "try again in a while" },
	{ "LimitExceededException", ERR_NETWORK, "too many requests", "try again in a while" },
	{ "TooManyRequestsException", ERR_NETWORK, "too many requests", "try again in a while" },
};

int
aws_fault_report(const struct aws_fault *fault, enum aws_service service, struct slice region, unsigned status,
    struct error *err)
{
	const struct meaning	*meaning = NULL;
	const char		*name = aws_service_title(service);
	const char		*separator = fault->message[0] != '\0' ? ": " : "";

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && meaning == NULL; i++)
		if (strcmp(meanings[i].code, fault->code) == 0)
			meaning = &meanings[i];
	if (meaning != NULL) {
		err_set(err, meaning->kind, "%s in %.*s: %s (%s%s%s)", name, SLICE_ARG(region), meaning->words, fault->code,
		    separator, fault->message);
		if (meaning->hint != NULL)
			err_hint(err, "%s", meaning->hint);
	} else if (status >= 300 && status < 400) {
		err_set(err, ERR_REFUSED, "%s in %.*s: a redirect, which is not followed", name, SLICE_ARG(region));
	} else if (status >= 500 || fault->code[0] == '\0') {
		err_set(err, ERR_NETWORK, "%s in %.*s: no usable answer (status %u%s%s%s%s)", name, SLICE_ARG(region), status,
		    fault->code[0] != '\0' ? " " : "", fault->code, separator, fault->message);
	} else {
		err_set(err, ERR_DENIED, "%s in %.*s: refused (%s%s%s)", name, SLICE_ARG(region), fault->code, separator,
		    fault->message);
	}
	return err->kind;
}
