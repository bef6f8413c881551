#include "kms/server_blob.h"
#include "tests/tap.h"

static struct server_keys	*keys;
static const struct server_key	*key, *other;

static int
context(const char *text, struct buf *out)
{
	CLEANUP(json_freep) struct json *map = NULL;
	struct error err = ERROR_INIT;

	if (json_parse(slice_str(text), &map, &err) != 0)
		bail_out("a test's own JSON is malformed");
	return server_blob_context(map, out, &err);
}

static void
contexts(void)
{
	static const struct {
		const char	*a, *b, *claim;
		bool		 same;
	} rows[] = {
		{ "{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"2\",\"a\":\"1\"}", "order does not matter", true },
		{ "{\"a\":\"bc\"}", "{\"ab\":\"c\"}", "names and values do not run together", false },
		{ "{\"a\":\"b\"}", "{\"A\":\"b\"}", "case matters", false },
		{ "{\"a\":\"\xc3\xa9\"}", "{\"a\":\"e\xcc\x81\"}", "text is not normalised", false },
		{ "{}", "{\"\":\"\"}", "an empty pair is a pair", false },
		{ "{\"a\":\"\",\"b\":\"\"}", "{\"a\":\"\"}", "every pair counts", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(buf_release) struct buf a = BUF(1000);
		CLEANUP(buf_release) struct buf b = BUF(1000);

		ok(context(rows[i].a, &a) == 0 && context(rows[i].b, &b) == 0 &&
		    slice_eq(buf_slice(&a), buf_slice(&b)) == rows[i].same, "encryption context: %s", rows[i].claim);
	}
}

static void
context_limits(void)
{
	static char	text[2 * SERVER_CONTEXT_MAX];
	CLEANUP(buf_release) struct buf out = BUF(4 * SERVER_CONTEXT_MAX);
	struct error	err = ERROR_INIT;
	size_t		at = 0;

	is_int(server_blob_context(NULL, &out, &err), 0, "no context is fine");
	is_int(out.len, 0, "and empty");
	is_int(context("{\"a\":1}", &out), ERR_TYPE, "a number is refused");
	is_int(context("{\"a\":null}", &out), ERR_TYPE, "so is null");
	is_int(context("[\"a\"]", &out), ERR_TYPE, "so is a list");
	(void)snprintf(text, sizeof(text), "{\"a\":\"%0*d\"}", SERVER_CONTEXT_MAX - 1, 0);
	is_int(context(text, &out), 0, "8 KiB are permitted");
	buf_reset(&out);
	(void)snprintf(text, sizeof(text), "{\"a\":\"%0*d\"}", SERVER_CONTEXT_MAX, 0);
	is_int(context(text, &out), ERR_LIMIT, "a byte more is not");
	text[at++] = '{';
	for (int i = 0; i < 65; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\"%d\":\"\"", i > 0 ? "," : "", i);
	text[at++] = '}';
	text[at] = '\0';
	is_int(context(text, &out), ERR_LIMIT, "nor are 65 pairs");
	is_int(out.len, 0, "and a failure leaves nothing behind");
}

/* Every byte of a blob is under the tag. */
static void
flipped(struct slice sealed, struct slice bound)
{
	CLEANUP(buf_release) struct buf copy = BUF(SERVER_BLOB_MAX);
	struct error	err = ERROR_INIT;
	size_t		opened = 0, leaked = 0;

	if (buf_append(&copy, sealed, &err) != 0)
		bail_out("out of memory");
	for (size_t i = 0; i < copy.len; i++) {
		CLEANUP(buf_release) struct buf out = BUF_SECRET(SERVER_BLOB_MAX);

		err_reset(&err);
		copy.data[i] ^= 1;
		opened += server_blob_open(key, bound, buf_slice(&copy), &out, &err) == 0;
		leaked += out.len;
		copy.data[i] ^= 1;
	}
	is_int(opened, 0, "no flipped byte goes unnoticed");
	is_int(leaked, 0, "and none lets plaintext out");
	for (size_t i = 0; i < copy.len; i++) {
		CLEANUP(buf_release) struct buf out = BUF_SECRET(SERVER_BLOB_MAX);

		err_reset(&err);
		opened += server_blob_open(key, bound, slice_sub(buf_slice(&copy), 0, i), &out, &err) == 0;
	}
	is_int(opened, 0, "nor does a cut at any place");
}

static void
blobs(void)
{
	static const uint8_t	large[SERVER_PLAINTEXT_MAX + 1];
	CLEANUP(buf_release) struct buf one = BUF(SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf two = BUF(SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf bound = BUF(1000);
	CLEANUP(buf_release) struct buf out = BUF_SECRET(2 * SERVER_BLOB_MAX);
	struct error	err = ERROR_INIT;
	struct slice	name;

	if (context("{\"app\":\"hub\"}", &bound) != 0)
		bail_out("no context");
	succeeds(server_blob_seal(key, buf_slice(&bound), SLICE("plain"), &one, &err), err, "a plaintext is sealed");
	succeeds(server_blob_seal(key, buf_slice(&bound), SLICE("plain"), &two, &err), err, "and sealed again");
	ok(!slice_eq(buf_slice(&one), buf_slice(&two)), "to other bytes");
	ok(slice_starts(buf_slice(&one), SLICE("HKM1")), "FORMAT.md 5: the magic");
	succeeds(server_blob_key(buf_slice(&one), &name, &err), err, "the blob names its key");
	is_slice(name, key->name, "by account and id");
	succeeds(server_blob_open(key, buf_slice(&bound), buf_slice(&one), &out, &err), err, "it opens");
	is_slice(buf_slice(&out), SLICE("plain"), "to the plaintext");
	is_int(server_blob_open(key, SLICE_NONE, buf_slice(&one), &out, &err), ERR_TAMPERED, "not without the context");
	err_reset(&err);
	is_int(server_blob_open(other, buf_slice(&bound), buf_slice(&one), &out, &err), ERR_TAMPERED, "not by another key");
	err_reset(&err);
	is_int(out.len, 5, "and failures append nothing");
	flipped(buf_slice(&one), buf_slice(&bound));
	buf_reset(&one);
	buf_reset(&out);
	succeeds(server_blob_seal(key, SLICE_NONE, slice_of(large, SERVER_PLAINTEXT_MAX), &one, &err), err,
	    "4096 bytes fit");
	succeeds(server_blob_open(key, SLICE_NONE, buf_slice(&one), &out, &err), err, "and open");
	is_int(server_blob_seal(key, SLICE_NONE, slice_of(large, sizeof(large)), &one, &err), ERR_LIMIT,
	    "4097 do not");
}

int
main(void)
{
	struct error err = ERROR_INIT;

	if (server_keys_parse(SLICE("hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), &keys, &err) != 0 ||
	    server_keys_create(keys, SLICE("eu-west-1"), SLICE_NONE, 0, &key, &err) != 0 ||
	    server_keys_create(keys, SLICE("eu-west-1"), SLICE_NONE, 0, &other, &err) != 0)
		bail_out("no keys");
	contexts();
	context_limits();
	blobs();
	server_keys_free(keys);
	return done_testing();
}
