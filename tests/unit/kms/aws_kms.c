#include "kms/aws_kms.h"

#include "tests/tap.h"

#define ARN	"arn:aws:kms:eu-west-1:123456789012:key/k"

static const struct kms_pair pairs[] = { { SLICE("b"), SLICE("2") }, { SLICE("a"), SLICE("\"1\"") } };

static void
body_is(const struct kms_request *request, const char *want, const char *what)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(1 << 20);
	struct error err = ERROR_INIT;

	if (succeeds(aws_kms_body(request, &out, &err), err, what))
		is_slice(buf_slice(&out), slice_str(want), "... as it goes out");
}

static void
test_bodies(void)
{
	struct kms_request request = { .operation = KMS_WRAP, .key = SLICE(ARN), .payload = SLICE("\0\1\2") };

	body_is(&request, "{\"KeyId\":\"" ARN "\",\"Plaintext\":\"AAEC\",\"EncryptionContext\":{}}", "wrap");
	request.context = pairs;
	request.context_count = 2;
	body_is(&request, "{\"KeyId\":\"" ARN "\",\"Plaintext\":\"AAEC\",\"EncryptionContext\":{\"b\":\"2\",\"a\":\"\\\"1\\\"\"}}",
	    "wrap with a context");
	request.operation = KMS_UNWRAP;
	request.payload = SLICE(" AAEC\nAw==\n");
	body_is(&request, "{\"KeyId\":\"" ARN "\",\"CiphertextBlob\":\"AAECAw==\",\"EncryptionContext\":{\"b\":\"2\",\"a\":"
	    "\"\\\"1\\\"\"}}", "unwrap, of text broken over lines");
	request = (struct kms_request){ .operation = KMS_GENERATE, .key = SLICE(ARN) };
	body_is(&request, "{\"KeyId\":\"" ARN "\",\"NumberOfBytes\":32,\"EncryptionContext\":{}}", "generate");
	request.operation = KMS_DESCRIBE;
	body_is(&request, "{\"KeyId\":\"" ARN "\"}", "describe");
}

static void
body_fails(const struct kms_request *request, int kind, const char *what)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(1 << 20);
	struct error err = ERROR_INIT;

	is_int(aws_kms_body(request, &out, &err), kind, what);
}

static void
test_bad_requests(void)
{
	static uint8_t		large[8192];
	static const struct kms_pair twice[] = { { SLICE("a"), SLICE("1") }, { SLICE("a"), SLICE("2") } };
	static const struct kms_pair binary[] = { { SLICE("a"), SLICE("\xff") } };
	struct kms_pair		wide[] = { { SLICE("a"), slice_of(large, sizeof(large)) } };
	struct kms_request	request = { .operation = KMS_WRAP, .key = SLICE(ARN), .payload = slice_of(large, 4097) };

	body_fails(&request, ERR_LIMIT, "more than AWS wraps is refused");
	request.payload = SLICE_NONE;
	body_fails(&request, ERR_LIMIT, "so is nothing");
	request = (struct kms_request){ .operation = KMS_UNWRAP, .key = SLICE(ARN), .payload = SLICE("AA!A") };
	body_fails(&request, ERR_TAMPERED, "an 'enc' that is not base64 is damaged");
	request.payload = SLICE("");
	body_fails(&request, ERR_TAMPERED, "so is an empty one");
	request = (struct kms_request){ .operation = KMS_GENERATE, .key = SLICE(ARN), .context = twice, .context_count = 2 };
	body_fails(&request, ERR_CONTEXT, "a name twice in the context is refused");
	request.context = binary;
	request.context_count = 1;
	body_fails(&request, ERR_SYNTAX, "a context that is not text is refused");
	memset(large, 'x', sizeof(large));
	request.context = wide;
	body_fails(&request, ERR_LIMIT, "a context above AWS' limit is refused");
}

static struct kms_reply
answer(enum kms_operation operation, const char *body, struct error *err)
{
	struct kms_request	request = { .operation = operation };
	struct kms_reply	reply = { .asked = false };

	(void)!aws_kms_reply(&request, slice_str(body), &reply, err);
	return reply;
}

static void
test_answers(void)
{
	struct error		err = ERROR_INIT;
	struct kms_reply	reply = answer(KMS_UNWRAP, "{\"Plaintext\":\"AAEC\",\"KeyId\":\"x\"}", &err);

	ok(reply.datakey != NULL && slice_eq(secret_slice(reply.datakey), SLICE("\0\1\2")), "unwrap gives the data key");
	kms_reply_release(&reply);
	reply = answer(KMS_WRAP, "{\"CiphertextBlob\":\"AAECAw==\"}", &err);
	is_slice(buf_slice(&reply.text), SLICE("AAECAw=="), "wrap gives the text of 'enc'");
	kms_reply_release(&reply);
	reply = answer(KMS_GENERATE, "{\"CiphertextBlob\":\"AAECAw==\",\"Plaintext\":\"AAEC\"}", &err);
	ok(reply.datakey != NULL && reply.text.len == 8, "generate gives both");
	kms_reply_release(&reply);
	reply = answer(KMS_DESCRIBE, "{\"KeyMetadata\":{\"Arn\":\"A\",\"KeyState\":\"Enabled\",\"Description\":\"\","
	    "\"Enabled\":true}}", &err);
	is_slice(buf_slice(&reply.text), SLICE("arn: A\nstate: Enabled\n"), "describe gives lines");
	kms_reply_release(&reply);
	ok(err.kind == ERR_NONE, "all without an error");
}

static void
test_bad_answers(void)
{
	static const struct {
		enum kms_operation	 operation;
		const char		*body;
	} rows[] = {
		{ KMS_UNWRAP, "" }, { KMS_UNWRAP, "garbage" }, { KMS_UNWRAP, "{}" }, { KMS_UNWRAP, "{\"Plaintext\":5}" },
		{ KMS_UNWRAP, "{\"Plaintext\":\"\"}" }, { KMS_UNWRAP, "{\"Plaintext\":\"AAE\"}" },
		{ KMS_UNWRAP, "{\"Plaintext\":\"AAEC\",\"Plaintext\":\"AAEC\"}" }, { KMS_UNWRAP, "[\"Plaintext\"]" },
		{ KMS_WRAP, "{\"Plaintext\":\"AAEC\"}" }, { KMS_WRAP, "{\"CiphertextBlob\":\"\"}" },
		{ KMS_GENERATE, "{\"Plaintext\":\"AAEC\"}" }, { KMS_DESCRIBE, "{\"KeyMetadata\":[]}" }, { KMS_DESCRIBE, "{}" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error		err = ERROR_INIT;
		struct kms_reply	reply = answer(rows[i].operation, rows[i].body, &err);

		ok(err.kind == ERR_NETWORK && reply.datakey == NULL && reply.text.data == NULL, "'%s' is no answer", rows[i].body);
	}
}

int
main(void)
{
	test_bodies();
	test_bad_requests();
	test_answers();
	test_bad_answers();
	return done_testing();
}
