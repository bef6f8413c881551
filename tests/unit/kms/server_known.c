#include "base/encode.h"
#include "kms/server_blob.h"
#include "kms/server_known.h"
#include "tests/tap.h"

#define ARN	"arn:aws:kms:eu-west-1:123456789012:key/a"

static const char table[] =
    "{\"blobs\":[{\"arn\":\"" ARN "\",\"context\":{},\"ciphertext\":\"b25l\",\"plaintext\":\"MQ==\"},"
    "{\"arn\":\"" ARN "\",\"context\":{\"app\":\"x\"},\"ciphertext\":\"dHdv\",\"plaintext\":\"Mg==\"}]}";

static void
rows(void)
{
	CLEANUP(server_known_freep) struct server_known *known = NULL;
	CLEANUP(json_freep) struct json *map = NULL;
	CLEANUP(buf_release) struct buf bound = BUF(100);
	CLEANUP(buf_release) struct buf out = BUF_SECRET(100);
	struct error	err = ERROR_INIT;
	struct slice	arn;

	if (!succeeds(server_known_parse(slice_str(table), &known, &err), err, "a table is read") ||
	    json_parse(SLICE("{\"app\":\"x\"}"), &map, &err) != 0 || server_blob_context(map, &bound, &err) != 0)
		return;
	succeeds(server_known_open(known, SLICE("one"), SLICE(ARN), SLICE_NONE, &arn, &out, &err), err, "a row opens");
	is_slice(buf_slice(&out), SLICE("1"), "to its plaintext");
	succeeds(server_known_open(known, SLICE("two"), SLICE_NONE, buf_slice(&bound), &arn, &out, &err), err,
	    "one with a context too, by no name");
	is_slice(buf_slice(&out), SLICE("12"), "appended");
	is_slice(arn, SLICE(ARN), "and tells its key");
	is_int(server_known_open(known, SLICE("two"), SLICE(ARN), SLICE_NONE, &arn, &out, &err), ERR_TAMPERED,
	    "not in another context");
	err_reset(&err);
	is_int(server_known_open(known, SLICE("one"), SLICE(ARN "b"), SLICE_NONE, &arn, &out, &err), ERR_NO_KEY,
	    "not for another key");
	err_reset(&err);
	is_int(server_known_open(known, SLICE("three"), SLICE(ARN), SLICE_NONE, &arn, &out, &err), ERR_NOT_FOUND,
	    "what is not in it is not known");
	err_reset(&err);
	is_int(server_known_open(NULL, SLICE("one"), SLICE(ARN), SLICE_NONE, &arn, &out, &err), ERR_NOT_FOUND,
	    "and without a table nothing is");
	is_int(out.len, 2, "failures append nothing");
}

static void
refuses(void)
{
	static const char *const texts[] = {
		"", "{}", "{\"blobs\":{}}", "{\"blobs\":[1]}",
		"{\"blobs\":[{\"arn\":\"a\",\"ciphertext\":\"b25l\"}]}",
		"{\"blobs\":[{\"arn\":\"a\",\"ciphertext\":\"b25l\",\"plaintext\":\"?\"}]}",
		"{\"blobs\":[{\"arn\":\"a\",\"ciphertext\":\"?\",\"plaintext\":\"MQ==\"}]}",
		"{\"blobs\":[{\"arn\":\"a\",\"ciphertext\":\"b25l\",\"plaintext\":\"MQ==\",\"context\":{\"a\":1}}]}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP(server_known_freep) struct server_known *known = NULL;
		struct error err = ERROR_INIT;

		ok(server_known_parse(slice_str(texts[i]), &known, &err) != 0 && known == NULL, "'%s' is refused", texts[i]);
	}
}

int
main(void)
{
	rows();
	refuses();
	return done_testing();
}
