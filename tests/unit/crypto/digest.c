#include "crypto/digest.h"
#include "tests/hex.h"

/* FIPS 180-4 examples and the empty message. */
static const struct {
	enum digest_kind kind;
	const char *message, *digest;
} vectors[] = {
	{ DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ DIGEST_SHA512, "", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
	{ DIGEST_SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static int
in_one_go(enum digest_kind kind, struct slice bytes, uint8_t *out, struct error *err)
{
	switch (kind) {
	case DIGEST_SHA1:
		return digest_sha1(bytes, out, err);
	case DIGEST_SHA256:
		return digest_sha256(bytes, out, err);
	case DIGEST_SHA512:
		break;
	}
	return digest_sha512(bytes, out, err);
}

/* FIPS 180-4's long example, a million times 'a'. */
static void
check_long(enum digest_kind kind, const char *million)
{
	CLEANUP(digest_freep) struct digest	*digest = NULL, *copy = NULL;
	CLEANUP(buf_release) struct buf		 message = BUF(1000000);
	struct error				 err = ERROR_INIT;
	uint8_t					 out[DIGEST_MAX_LEN], other[DIGEST_MAX_LEN];
	size_t					 len = digest_len(kind);

	if (buf_repeat(&message, 'a', 1000000, &err) != 0 || digest_new(kind, &digest, &err) != 0)
		bail_out("out of memory");
	succeeds(in_one_go(kind, buf_slice(&message), out, &err), err, "a million bytes are hashed in one go");
	is_hex(slice_of(out, len), million, "to the published digest");
	for (size_t part = 1; part <= 1000000; part *= 10) {
		for (size_t at = 0; at < message.len; at += part)
			if (digest_update(digest, slice_sub(buf_slice(&message), at, at + part), &err) != 0)
				ok(false, "a part is fed");
		succeeds(digest_final(digest, out, &err), err, "in parts");
		is_hex(slice_of(out, len), million, "the digest is the same");
	}
	succeeds(digest_new(kind, &copy, &err), err, "another object");
	succeeds(digest_update(digest, slice_of(message.data, 1000), &err), err, "a beginning is fed");
	succeeds(digest_copy(copy, digest, &err), err, "and copied");
	succeeds(digest_update(digest, SLICE("something else"), &err), err, "the first goes its way");
	succeeds(digest_update(copy, slice_from(buf_slice(&message), 1000), &err), err, "the copy gets the rest");
	succeeds(digest_final(copy, out, &err), err, "and ends");
	is_hex(slice_of(out, len), million, "with the digest of the whole");
	digest_reset(digest);
	succeeds(digest_copy(copy, digest, &err), err, "the copy of a fresh one");
	succeeds(digest_update(copy, buf_slice(&message), &err), err, "is fed");
	succeeds(digest_final(copy, out, &err), err, "and ends");
	is_hex(slice_of(out, len), million, "with the right digest");
	/* One object, a long message forgotten, then a short one. */
	succeeds(digest_update(digest, buf_slice(&message), &err), err, "a long message is fed");
	digest_reset(digest);
	succeeds(digest_final(digest, out, &err), err, "and forgotten");
	succeeds(in_one_go(kind, SLICE_NONE, other, &err), err, "what ends is the empty message");
	is_mem(out, len, other, len, "with its digest");
}

int
main(void)
{
	struct error	err = ERROR_INIT;
	uint8_t		out[DIGEST_MAX_LEN];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		CLEANUP(digest_freep) struct digest	*digest = NULL;
		struct slice				 message = slice_str(vectors[i].message);
		size_t					 len = digest_len(vectors[i].kind);

		succeeds(in_one_go(vectors[i].kind, message, out, &err), err, "a vector is hashed in one go");
		is_hex(slice_of(out, len), vectors[i].digest, "to the published digest");
		if (!succeeds(digest_new(vectors[i].kind, &digest, &err), err, "a stream begins"))
			continue;
		succeeds(digest_update(digest, SLICE("forgotten"), &err), err, "something is fed");
		digest_reset(digest);
		for (size_t at = 0; at < message.len; at++)
			if (digest_update(digest, slice_sub(message, at, at + 1), &err) != 0)
				ok(false, "a byte is fed");
		succeeds(digest_final(digest, out, &err), err, "a stream fed byte by byte after a reset ends");
		is_hex(slice_of(out, len), vectors[i].digest, "with the same digest");
		succeeds(digest_update(digest, message, &err), err, "the object serves a second message");
		succeeds(digest_final(digest, out, &err), err, "which ends too");
		is_hex(slice_of(out, len), vectors[i].digest, "and knows nothing of the first");
		succeeds(digest_final(digest, out, &err), err, "a message without any update ends");
		is_hex(slice_of(out, len), vectors[i - i % 2].digest, "with the digest of the empty message");
	}
	check_long(DIGEST_SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	check_long(DIGEST_SHA256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	check_long(DIGEST_SHA512, "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
	    "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
	return done_testing();
}
