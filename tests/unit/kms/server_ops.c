#include "kms/json.h"
#include "kms/server_ops.h"
#include "tests/tap.h"

/*
 * The operations below the signature: kms/server_auth.c has a test of its own.
 */
#define REGION	"eu-west-1"
#define NO_ARN	"arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000dead"

static struct server_faults	faults;
static struct server		server = { .faults = &faults };

/* One request by a user; the reply is the caller's to release. */
static void
ask(enum server_service service, const char *operation, const char *body, struct server_reply *reply)
{
	server_reply_init(reply, service);
	(void)snprintf(reply->caller.region, sizeof(reply->caller.region), REGION);
	(void)snprintf(reply->caller.arn, sizeof(reply->caller.arn), "arn:aws:iam::123456789012:user/me");
	server_perform(&server, slice_str(operation), slice_str(body), 1700000000, reply);
}

/* The string member of a JSON reply, "" when it is not there. */
static const char *
member(const struct server_reply *reply, const char *inner_opt, const char *name)
{
	static char		 text[4][16384];
	static unsigned		 turn;
	CLEANUP(json_freep) struct json *root = NULL;
	const struct json	*from;
	struct error		 err = ERROR_INIT;
	struct slice		 value = SLICE_NONE;

	turn = (turn + 1) % 4;
	text[turn][0] = '\0';
	if (json_parse(buf_slice(&reply->body), &root, &err) != 0)
		return text[turn];
	from = inner_opt != NULL ? json_find(root, inner_opt) : root;
	if (json_text(json_find(from, name), &value))
		(void)snprintf(text[turn], sizeof(text[turn]), "%.*s", SLICE_ARG(value));
	return text[turn];
}

/* Formats a request, asks, and claims success; gives a member of the reply. */
static const char *
get(const char *operation, const char *body, const char *inner_opt, const char *name)
{
	CLEANUP(server_reply_release) struct server_reply reply;

	ask(SERVER_KMS, operation, body, &reply);
	ok(reply.status == 200, "%s %.60s", operation, body);
	if (reply.status != 200)
		printf("#   %u %s %s\n", reply.status, reply.code, reply.message);
	return member(&reply, inner_opt, name);
}

PRINTF_LIKE(1, 2) static const char *
form(const char *format, ...)
{
	static char	text[4][32768];
	static unsigned	turn;
	va_list		arguments;

	turn = (turn + 1) % 4;
	va_start(arguments, format);
	(void)vsnprintf(text[turn], sizeof(text[turn]), format, arguments);
	va_end(arguments);
	return text[turn];
}

/* The request is refused with this status and code, in the shape of its protocol. */
static void
refused(enum server_service service, const char *operation, const char *body, unsigned status, const char *code,
    const char *claim)
{
	CLEANUP(server_reply_release) struct server_reply reply;
	const char *type;

	ask(service, operation, body, &reply);
	if (!ok(reply.status == status && strcmp(reply.code, code) == 0, "%s: %s", operation, claim))
		printf("#   %u %s %s, want %u %s\n", reply.status, reply.code, reply.message, status, code);
	if (service == SERVER_STS)
		return;
	type = member(&reply, NULL, "__type");
	if (strcmp(type, code) != 0)
		ok(false, "%s: the body says '%s'", operation, type);
}

static void
life_of_a_key(char key[static 64], char arn[static 128])
{
	(void)snprintf(key, 64, "%s", get("CreateKey", "{\"Description\":\"\\u00e9 \\\"quoted\\\"\",\"Tags\":[]}", "KeyMetadata", "KeyId"));
	ok(strlen(key) == 36, "a key id is a UUID");
	(void)snprintf(arn, 128, "%s", get("DescribeKey", form("{\"KeyId\":\"%s\"}", key), "KeyMetadata", "Arn"));
	is_str(arn, form("arn:aws:kms:" REGION ":123456789012:key/%s", key), "its ARN names region and account");
	is_str(get("DescribeKey", form("{\"KeyId\":\"%s\"}", arn), "KeyMetadata", "Description"), "\xc3\xa9 \"quoted\"",
	    "the description comes back");
	(void)get("CreateAlias", form("{\"AliasName\":\"alias/a/b\",\"TargetKeyId\":\"%s\"}", key), NULL, "");
	is_str(get("DescribeKey", "{\"KeyId\":\"alias/a/b\"}", "KeyMetadata", "Arn"), arn, "an alias names it");
	(void)get("DisableKey", form("{\"KeyId\":\"%s\"}", arn), NULL, "");
	is_str(get("DescribeKey", form("{\"KeyId\":\"%s\"}", key), "KeyMetadata", "KeyState"), "Disabled", "it can be disabled");
	refused(SERVER_KMS, "Encrypt", form("{\"KeyId\":\"%s\",\"Plaintext\":\"YQ==\"}", key), 400, "DisabledException",
	    "a disabled key does not encrypt");
	refused(SERVER_KMS, "GenerateDataKey", form("{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\"}", key), 400,
	    "DisabledException", "nor make data keys");
	(void)get("EnableKey", form("{\"KeyId\":\"%s\"}", key), NULL, "");
	is_str(get("DescribeKey", form("{\"KeyId\":\"%s\"}", key), "KeyMetadata", "KeyState"), "Enabled", "and enabled again");
}

static void
ciphertexts(const char *key, const char *arn)
{
	static char	blob[9000], second[9000];
	const char	*plain;

	(void)snprintf(blob, sizeof(blob), "%s", get("Encrypt",
	    form("{\"KeyId\":\"alias/a/b\",\"Plaintext\":\"c2VjcmV0\",\"EncryptionContext\":{\"a\":\"1\",\"b\":\"2\"}}"), NULL,
	    "CiphertextBlob"));
	is_str(get("Decrypt", form("{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"b\":\"2\",\"a\":\"1\"}}", blob), NULL, "Plaintext"),
	    "c2VjcmV0", "what was encrypted decrypts, in whatever order the context comes");
	is_str(get("Decrypt", form("{\"KeyId\":\"%s\",\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"a\":\"1\",\"b\":\"2\"},"
	    "\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}", arn, blob), NULL, "KeyId"), arn, "the reply names the key by ARN");
	refused(SERVER_KMS, "Decrypt", form("{\"CiphertextBlob\":\"%s\"}", blob), 400, "InvalidCiphertextException",
	    "without the context it is refused");
	refused(SERVER_KMS, "Decrypt", form("{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"a\":\"1\",\"b\":\"3\"}}", blob), 400,
	    "InvalidCiphertextException", "in another context too");
	refused(SERVER_KMS, "Decrypt", form("{\"CiphertextBlob\":\"AAAA\"}"), 400, "InvalidCiphertextException",
	    "noise is no ciphertext");
	refused(SERVER_KMS, "Decrypt", form("{\"KeyId\":\"" NO_ARN "\",\"CiphertextBlob\":\"%s\"}", blob), 400, "NotFoundException",
	    "the key named has to exist");
	refused(SERVER_KMS, "Decrypt", form("{\"CiphertextBlob\":\"%s\",\"DryRun\":true,\"EncryptionContext\":{\"a\":\"1\",\"b\":\"2\"}}", blob),
	    412, "DryRunOperationException", "a dry run does everything but that");
	(void)snprintf(second, sizeof(second), "%s", get("CreateKey", "{}", "KeyMetadata", "KeyId"));
	refused(SERVER_KMS, "Decrypt", form("{\"KeyId\":\"%s\",\"CiphertextBlob\":\"%s\"}", second, blob), 400,
	    "IncorrectKeyException", "and to be the one that sealed it");
	(void)snprintf(blob, sizeof(blob), "%s", get("ReEncrypt", form("{\"CiphertextBlob\":\"%s\",\"SourceKeyId\":\"%s\","
	    "\"SourceEncryptionContext\":{\"a\":\"1\",\"b\":\"2\"},\"DestinationKeyId\":\"%s\",\"DestinationEncryptionContext\":{\"c\":\"3\"}}",
	    blob, key, second), NULL, "CiphertextBlob"));
	is_str(get("Decrypt", form("{\"KeyId\":\"%s\",\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"c\":\"3\"}}", second, blob), NULL,
	    "Plaintext"), "c2VjcmV0", "ReEncrypt changes key and context");
	(void)get("DisableKey", form("{\"KeyId\":\"%s\"}", second), NULL, "");
	refused(SERVER_KMS, "Decrypt", form("{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"c\":\"3\"}}", blob), 400,
	    "DisabledException", "a disabled key does not decrypt");

	(void)snprintf(blob, sizeof(blob), "%s", get("GenerateDataKeyWithoutPlaintext",
	    form("{\"KeyId\":\"%s\",\"NumberOfBytes\":33}", key), NULL, "CiphertextBlob"));
	plain = get("Decrypt", form("{\"CiphertextBlob\":\"%s\"}", blob), NULL, "Plaintext");
	is_int(strlen(plain), 44, "a data key of 33 bytes");
	is_int(strlen(get("GenerateDataKey", form("{\"KeyId\":\"%s\",\"KeySpec\":\"AES_128\"}", key), NULL, "Plaintext")), 24,
	    "and one of 16");
}

/* ${body} with the key's id for each '@'; NULL: a plaintext that is too long. */
static const char *
with_key(const char *body_opt, const char *key)
{
	static char	text[8192];
	size_t		at = 0;

	if (body_opt == NULL) {
		(void)snprintf(text, sizeof(text), "{\"KeyId\":\"%s\",\"Plaintext\":\"%05464d\"}", key, 0);
		return text;
	}
	text[0] = '\0';
	for (const char *c = body_opt; *c != '\0'; c++)
		at += (size_t)(*c == '@' ? snprintf(text + at, sizeof(text) - at, "%s", key) :
		    snprintf(text + at, sizeof(text) - at, "%c", *c));
	return text;
}

static void
mistakes(const char *key)
{
	static const struct {
		const char	*operation, *body, *code, *claim;
	} rows[] = {
		{ "Sign", "{}", "UnknownOperationException", "an operation that is none" },
		{ "Encrypt", "", "SerializationException", "no body" },
		{ "Encrypt", "[]", "SerializationException", "a list" },
		{ "Encrypt", "{\"KeyId\":", "SerializationException", "half a body" },
		{ "Encrypt", "{\"KeyId\":\"a\",\"KeyId\":\"b\"}", "SerializationException", "a member twice" },
		{ "Encrypt", "{\"Plaintext\":\"YQ==\"}", "ValidationException", "no key" },
		{ "Encrypt", "{\"KeyId\":1,\"Plaintext\":\"YQ==\"}", "SerializationException", "a number as key" },
		{ "Encrypt", "{\"KeyId\":\"\",\"Plaintext\":\"YQ==\"}", "ValidationException", "an empty key" },
		{ "Encrypt", "{\"KeyId\":\"" NO_ARN "\",\"Plaintext\":\"YQ==\"}", "NotFoundException", "an unknown ARN" },
		{ "Encrypt", "{\"KeyId\":\"arn:aws:kms:us-east-1:123456789012:key/x\",\"Plaintext\":\"YQ==\"}", "NotFoundException",
		    "an ARN of another region" },
		{ "Encrypt", "{\"KeyId\":\"arn:aws\",\"Plaintext\":\"YQ==\"}", "InvalidArnException", "an ARN that is none" },
		{ "Encrypt", "{\"KeyId\":\"alias/none\",\"Plaintext\":\"YQ==\"}", "NotFoundException", "an unknown alias" },
		{ "Encrypt", "{\"KeyId\":\"@\"}", "ValidationException", "no plaintext" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"\"}", "ValidationException", "an empty plaintext" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"?\"}", "SerializationException", "no base64" },
		{ "Encrypt", NULL, "ValidationException", "a plaintext of 4098 bytes" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"YQ==\",\"EncryptionContext\":{\"a\":1}}", "SerializationException",
		    "a number in the context" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"YQ==\",\"EncryptionAlgorithm\":\"RSAES_OAEP_SHA_256\"}",
		    "InvalidKeyUsageException", "another algorithm" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"YQ==\",\"GrantTokens\":\"x\"}", "SerializationException",
		    "grants that are no list" },
		{ "Encrypt", "{\"KeyId\":\"@\",\"Plaintext\":\"YQ==\",\"DryRun\":\"yes\"}", "SerializationException", "DryRun as text" },
		{ "GenerateDataKey", "{\"KeyId\":\"@\"}", "ValidationException", "no length" },
		{ "GenerateDataKey", "{\"KeyId\":\"@\",\"KeySpec\":\"AES_256\",\"NumberOfBytes\":32}", "ValidationException",
		    "two lengths" },
		{ "GenerateDataKey", "{\"KeyId\":\"@\",\"KeySpec\":\"AES_512\"}", "ValidationException", "an unknown spec" },
		{ "GenerateDataKey", "{\"KeyId\":\"@\",\"NumberOfBytes\":1025}", "ValidationException", "a length too great" },
		{ "CreateAlias", "{\"AliasName\":\"a\",\"TargetKeyId\":\"@\"}", "ValidationException", "no prefix" },
		{ "CreateAlias", "{\"AliasName\":\"alias/aws/x\",\"TargetKeyId\":\"@\"}", "ValidationException", "a reserved prefix" },
		{ "CreateAlias", "{\"AliasName\":\"alias/a b\",\"TargetKeyId\":\"@\"}", "InvalidAliasNameException", "a blank" },
		{ "CreateAlias", "{\"AliasName\":\"alias/a/b\",\"TargetKeyId\":\"@\"}", "AlreadyExistsException", "a second time" },
		{ "CreateAlias", "{\"AliasName\":\"alias/c\",\"TargetKeyId\":\"alias/a/b\"}", "ValidationException", "an alias of an alias" },
		{ "CreateKey", "{\"KeySpec\":\"RSA_2048\"}", "UnsupportedOperationException", "another kind of key" },
		{ "CreateKey", "{\"MultiRegion\":true}", "UnsupportedOperationException", "a multi-Region key" },
		{ "CreateKey", "{\"Description\":1}", "SerializationException", "a description that is no text" },
		{ "DisableKey", "{\"KeyId\":\"alias/a/b\"}", "InvalidArnException", "an alias does not do" },
		{ "ListKeys", "{\"Limit\":0}", "ValidationException", "a limit of 0" },
		{ "ListKeys", "{\"Limit\":1001}", "ValidationException", "a limit of 1001" },
		{ "ListKeys", "{\"Marker\":\"x\"}", "InvalidMarkerException", "a marker that is none" },
		{ "Decrypt", "{\"CiphertextBlob\":\"AAAA\",\"Recipient\":{}}", "UnsupportedOperationException", "an enclave" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(SERVER_KMS, rows[i].operation, with_key(rows[i].body, key), 400, rows[i].code, rows[i].claim);
}

static void
lists(void)
{
	CLEANUP(json_freep) struct json *page = NULL;
	CLEANUP(server_reply_release) struct server_reply reply;
	struct error	err = ERROR_INIT;
	bool		truncated = false;
	size_t		seen = 0;
	char		marker[64] = "";

	/* Pages of three, until there are no more: each key once. */
	for (int turn = 0; turn < 100; turn++) {
		CLEANUP(json_freep) struct json *keys = NULL;
		CLEANUP(server_reply_release) struct server_reply got;

		ask(SERVER_KMS, "ListKeys", marker[0] == '\0' ? "{\"Limit\":3}" : form("{\"Limit\":3,\"Marker\":\"%s\"}", marker), &got);
		if (json_parse(buf_slice(&got.body), &keys, &err) != 0)
			break;
		seen += json_count(json_find(keys, "Keys"));
		if (!json_bool(json_find(keys, "Truncated"), &truncated) || !truncated)
			break;
		(void)snprintf(marker, sizeof(marker), "%s", member(&got, NULL, "NextMarker"));
	}
	is_int(seen, server_keys_count(server.keys), "pages of keys hold each key once");
	ask(SERVER_KMS, "ListAliases", "{\"KeyId\":\"alias/a/b\"}", &reply);
	ok(json_parse(buf_slice(&reply.body), &page, &err) == 0 && json_count(json_find(page, "Aliases")) == 1,
	    "aliases of one key are listed");
}

static void
any_key(void)
{
	refused(SERVER_KMS, "Encrypt", "{\"KeyId\":\"" NO_ARN "\",\"Plaintext\":\"YQ==\"}", 400, "NotFoundException",
	    "an unknown key is unknown");
	server.any_key = true;
	(void)get("Encrypt", "{\"KeyId\":\"" NO_ARN "\",\"Plaintext\":\"YQ==\"}", NULL, "");
	is_str(get("DescribeKey", "{\"KeyId\":\"" NO_ARN "\"}", "KeyMetadata", "Arn"), NO_ARN, "with --any-key it is made");
	(void)get("Encrypt", "{\"KeyId\":\"arn:aws:kms:" REGION ":999999999999:alias/new\",\"Plaintext\":\"YQ==\"}", NULL, "");
	refused(SERVER_KMS, "Encrypt", "{\"KeyId\":\"arn:aws:kms:us-east-1:123456789012:key/x\",\"Plaintext\":\"YQ==\"}", 400,
	    "NotFoundException", "but not in another region");
	refused(SERVER_KMS, "Encrypt", "{\"KeyId\":\"nonsense\",\"Plaintext\":\"YQ==\"}", 400, "NotFoundException",
	    "nor from a bare name");
	server.any_key = false;
}

static void
injected(const char *key)
{
	CLEANUP(server_reply_release) struct server_reply garbage;
	const char	*body = form("{\"KeyId\":\"%s\",\"Plaintext\":\"YQ==\"}", key);
	struct error	 err = ERROR_INIT;

	if (server_faults_add(&faults, SLICE("throttle:1,op=Encrypt"), &err) != 0 ||
	    server_faults_add(&faults, SLICE("500:1,op=Encrypt"), &err) != 0 ||
	    server_faults_add(&faults, SLICE("deny:1,op=Encrypt"), &err) != 0 ||
	    server_faults_add(&faults, SLICE("garbage:1,op=Encrypt"), &err) != 0)
		bail_out(err.text);
	refused(SERVER_KMS, "Encrypt", body, 400, "ThrottlingException", "throttled once");
	refused(SERVER_KMS, "Encrypt", body, 500, "KMSInternalException", "then broken");
	refused(SERVER_KMS, "Encrypt", body, 400, "AccessDeniedException", "then denied");
	ask(SERVER_KMS, "Encrypt", body, &garbage);
	ok(garbage.status == 200 && garbage.body.len != 0 && garbage.body.data[0] == 0, "then answered with noise");
	(void)get("Encrypt", body, NULL, "");
}

static void
sts(void)
{
	static const char role[] = "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fops";
	static const struct slice only[] = { SLICE("arn:aws:iam::123456789012:role/team/ops") };
	CLEANUP(server_reply_release) struct server_reply reply;
	CLEANUP(server_reply_release) struct server_reply identity;

	ask(SERVER_STS, "AssumeRole", form("Action=AssumeRole&Version=2011-06-15&%s&RoleSessionName=a%%40b", role), &reply);
	is_int(reply.status, 200, "a role is assumed");
	ok(memmem(reply.body.data, reply.body.len, "<Arn>arn:aws:sts::123456789012:assumed-role/ops/a@b</Arn>", 57) != NULL,
	    "the session's ARN has no path of the role");
	ok(memmem(reply.body.data, reply.body.len, "<Expiration>2023-11-14T23:13:20Z</Expiration>", 45) != NULL,
	    "it ends after an hour");
	ask(SERVER_STS, "GetCallerIdentity", "Action=GetCallerIdentity", &identity);
	ok(memmem(identity.body.data, identity.body.len, "<Arn>arn:aws:iam::123456789012:user/me</Arn>", 44) != NULL,
	    "a caller learns who it is");
	refused(SERVER_STS, "GetUser", "", 400, "InvalidAction", "an action that is none");
	refused(SERVER_STS, "AssumeRole", "RoleSessionName=ab", 400, "ValidationError", "no role");
	refused(SERVER_STS, "AssumeRole", "RoleArn=x&RoleSessionName=ab", 400, "ValidationError", "a role that is none");
	refused(SERVER_STS, "AssumeRole", role, 400, "ValidationError", "no session name");
	refused(SERVER_STS, "AssumeRole", form("%s&RoleSessionName=a", role), 400, "ValidationError", "a name too short");
	refused(SERVER_STS, "AssumeRole", form("%s&RoleSessionName=a%%20b", role), 400, "ValidationError", "a name with a blank");
	refused(SERVER_STS, "AssumeRole", form("%s&RoleSessionName=a%%0Ab", role), 400, "ValidationError", "a name with a line break");
	refused(SERVER_STS, "AssumeRole", form("%s&RoleSessionName=ab&DurationSeconds=899", role), 400, "ValidationError",
	    "a session too short");
	refused(SERVER_STS, "AssumeRole", form("%s&RoleSessionName=ab&DurationSeconds=43201", role), 400, "ValidationError",
	    "a session too long");
	refused(SERVER_STS, "AssumeRole", form("%s&%s&RoleSessionName=ab", role, role), 400, "ValidationError", "a field twice");
	refused(SERVER_STS, "AssumeRole", "RoleArn=%4", 400, "ValidationError", "half an escape");
	server.roles = only;
	server.role_count = 1;
	refused(SERVER_STS, "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/other&RoleSessionName=ab", 403, "AccessDenied",
	    "a role that is not granted");
	server.role_count = 0;
}

int
main(void)
{
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	struct error	err = ERROR_INIT;
	char		key[64], arn[128];

	if (server_keys_parse(SLICE("hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), &keys, &err) != 0)
		bail_out(err.text);
	server.keys = keys;
	life_of_a_key(key, arn);
	ciphertexts(key, arn);
	mistakes(key);
	any_key();
	lists();
	injected(key);
	sts();
	return done_testing();
}
