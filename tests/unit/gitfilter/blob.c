#include "gitfilter/blob.h"
#include "base/encode.h"
#include "tests/tap.h"

/*
 * The blob of "hello\n" below was made by git-crypt 0.7.0 ("migrate-key", then "clean --key-file") with this legacy key:
 * AES key 00 01 02 .., HMAC key 80 81 82 ..
 */
static struct keyfile *
fixed_key(void)
{
	uint8_t		 bytes[96];
	struct keyfile	*key = NULL;
	struct error	 err = ERROR_INIT;

	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	for (int i = 0; i < 64; i++)
		bytes[32 + i] = (uint8_t)(0x80 + i);
	if (keyfile_parse_legacy(slice_of(bytes, sizeof(bytes)), &key, &err) != 0)
		bail_out(err.text);
	return key;
}

static int
seal(struct blob_cipher *cipher, struct slice plain, struct buf *out)
{
	struct source_memory	in;
	struct sink_buf		to;
	struct error		err = ERROR_INIT;

	buf_reset(out);
	source_memory_init(&in, plain);
	sink_buf_init(&to, out);
	return blob_seal(cipher, &in.source, &to.sink, &err);
}

static int
open_blob(struct blob_cipher *cipher, struct slice blob, struct buf *out)
{
	struct source_memory	in;
	struct sink_buf		to;
	struct error		err = ERROR_INIT;

	buf_reset(out);
	source_memory_init(&in, blob);
	sink_buf_init(&to, out);
	return blob_open(cipher, &in.source, &to.sink, &err);
}

int
main(void)
{
	static uint8_t				 large[300000];
	static const size_t			 sizes[] = { 0, 1, 15, 16, 17, 1023, 1024, 1025, 131072, 131073, 300000 };
	CLEANUP(keyfile_freep) struct keyfile	*key = fixed_key(), *other = NULL;
	CLEANUP(blob_cipher_freep) struct blob_cipher *cipher = NULL, *wrong = NULL;
	CLEANUP(buf_release) struct buf		 blob = BUF(400000), plain = BUF_SECRET(400000), hex = BUF(1000);
	struct error				 err = ERROR_INIT;
	size_t					 accepted = 0;

	succeeds(blob_cipher_new(key, &cipher, &err), err, "a cipher is made");
	is_int(seal(cipher, SLICE("hello\n"), &blob), 0, "a text is sealed");
	succeeds(hex_encode(buf_slice(&blob), &hex, &err), err, "and shown");
	is_slice(buf_slice(&hex), SLICE("00474954435259505400e625bbe09ad9fe177e2443d3be1f94141f76"), "as git-crypt's blob");

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		is_int(seal(cipher, slice_of(large, sizes[i]), &blob), 0, "a size is sealed");
		is_int(blob.len, sizes[i] + BLOB_HEADER_LEN, "22 bytes longer");
		ok(blob_is(buf_slice(&blob)), "as a blob");
		is_int(open_blob(cipher, buf_slice(&blob), &plain), 0, "it opens");
		ok(slice_eq(buf_slice(&plain), slice_of(large, sizes[i])), "to the same bytes");
	}

	is_int(seal(cipher, SLICE("a secret"), &blob), 0, "another text is sealed");
	for (size_t i = BLOB_MAGIC_LEN; i < blob.len; i++) {
		blob.data[i] ^= 4;
		accepted += open_blob(cipher, buf_slice(&blob), &plain) != ERR_TAMPERED;
		blob.data[i] ^= 4;
	}
	is_int(accepted, 0, "a flipped bit anywhere behind the magic is found");
	is_int(open_blob(cipher, slice_sub(buf_slice(&blob), 0, blob.len - 1), &plain), ERR_TAMPERED, "so is a missing byte");
	is_int(open_blob(cipher, SLICE("hello"), &plain), ERR_SYNTAX, "plaintext is no blob");
	is_int(open_blob(cipher, slice_sub(buf_slice(&blob), 0, 21), &plain), ERR_SYNTAX, "nor are 21 bytes of one");

	succeeds(keyfile_generate("", &other, &err), err, "another key is made");
	succeeds(blob_cipher_new(other, &wrong, &err), err, "and a cipher of it");
	is_int(open_blob(wrong, buf_slice(&blob), &plain), ERR_TAMPERED, "which does not open the blob");
	return done_testing();
}
