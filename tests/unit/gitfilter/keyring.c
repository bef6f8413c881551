#include "gitfilter/keyring.h"

#include "base/limits.h"
#include "gitfilter/keydir.h"
#include "tests/git.h"

static struct keyfile *
make(const char *name)
{
	struct error	err = ERROR_INIT;
	struct keyfile	*key;

	if (keyfile_generate(name, &key, &err) != 0)
		bail_out(err.text);
	return key;
}

static void
seal(struct blob_cipher *cipher, const char *text, struct buf *out)
{
	struct error		err = ERROR_INIT;
	struct source_memory	in;
	struct sink_buf		sink;

	source_memory_init(&in, slice_str(text));
	sink_buf_init(&sink, out);
	if (blob_seal(cipher, &in.source, &sink.sink, &err) != 0)
		bail_out(err.text);
}

int
main(void)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING, loaded = KEYRING, stranger = KEYRING;
	CLEANUP(buf_release) struct buf		blob = BUF(KIB), other = BUF(KIB), foreign = BUF(KIB);
	struct error				err = ERROR_INIT;
	const struct keyfile			*which;
	struct gitdir				dir;

	git_begin();
	if (keyring_add(&ring, make(""), &err) != 0 || keyring_add(&ring, make("prod"), &err) != 0 ||
	    keyring_add(&stranger, make(""), &err) != 0 || gitdir_find(&dir, &err) != 0)
		bail_out(err.text);
	seal(ring.keys[0].cipher, "default", &blob);
	seal(ring.keys[1].cipher, "production", &other);
	seal(stranger.keys[0].cipher, "stranger", &foreign);

	succeeds(keyring_open(&ring, "", buf_slice(&blob), &which, &err), err, "a blob of the key that is asked for");
	ok(which == ring.keys[0].key, "is that key's");
	is_slice(buf_slice(&ring.plain), SLICE("default"), "and opens");
	succeeds(keyring_open(&ring, "", buf_slice(&other), &which, &err), err, "one of another key");
	ok(which == ring.keys[1].key, "is found");
	is_slice(buf_slice(&ring.plain), SLICE("production"), "and opens");
	succeeds(keyring_open(&ring, "", buf_slice(&foreign), &which, &err), err, "one of no key");
	ok(which == NULL, "is no failure");
	is_int(ring.plain.len, 0, "and leaves no plaintext");
	blob.data[blob.len - 1] ^= 1;
	succeeds(keyring_open(&ring, "", buf_slice(&blob), &which, &err), err, "a flipped bit");
	ok(which == NULL && ring.plain.len == 0, "opens with none");
	ok(keyring_find(&ring, "prod") == ring.keys[1].key && keyring_find(&ring, "none") == NULL,
	    "keys are found by name");
	if (keyring_add(&ring, make("prod"), &err) != 0)
		bail_out(err.text);
	ok(keyring_find(&ring, "prod") == ring.keys[2].key, "the last of a name wins");

	succeeds(keyring_load(&loaded, &dir, &err), err, "a clone without keys");
	is_int(loaded.count, 0, "gives none");
	succeeds(keydir_store(&dir, ring.keys[0].key, &err), err, "one is stored");
	succeeds(keyring_load(&loaded, &dir, &err), err, "and loaded");
	ok(loaded.count == 1 && keyfile_same(loaded.keys[0].key, ring.keys[0].key), "the same");
	sh("echo garbage >.git/git-crypt/keys/prod");
	is_int(keyring_load(&stranger, &dir, &err), ERR_SYNTAX, "a damaged key file is a failure");
	return done_testing();
}
