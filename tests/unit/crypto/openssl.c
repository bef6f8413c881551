#include "crypto/openssl.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/aesgcm.h"
#include "crypto/digest.h"
#include "tests/tap.h"

#define THREADS	8

struct fetched {
	struct evp_cipher_st	*cipher[OPENSSL_CIPHERS];
	struct evp_md_st	*digest[OPENSSL_DIGESTS];
	int			 failures;
};

static void *
fetch_all(void *into)
{
	struct fetched	*fetched = into;
	struct error	 err = ERROR_INIT;

	for (int id = 0; id < OPENSSL_CIPHERS; id++)
		fetched->failures += openssl_cipher((enum openssl_cipher_id)id, &fetched->cipher[id], &err) != 0;
	for (int id = 0; id < OPENSSL_DIGESTS; id++)
		fetched->failures += openssl_digest((enum openssl_digest_id)id, &fetched->digest[id], &err) != 0;
	return NULL;
}

/* One value through the cipher and one message through the digest: 0 when both are right. */
static int
use(struct error *err)
{
	static const uint8_t			key[32], iv[12], tag[] = {
		0x53, 0x0f, 0x8a, 0xfb, 0xc7, 0x45, 0x36, 0xb9, 0xa9, 0x63, 0xb4, 0xf1, 0xc4, 0xcb, 0x73, 0x8b };
	static const uint8_t			empty[] = { 0xda, 0x39, 0xa3, 0xee };
	CLEANUP(aesgcm_freep) struct aesgcm	*gcm = NULL;
	uint8_t					 out[DIGEST_SHA1_LEN];

	if (aesgcm_new(slice_of(key, sizeof(key)), &gcm, err) != 0 ||
	    aesgcm_seal(gcm, slice_of(iv, sizeof(iv)), SLICE_NONE, SLICE_NONE, out, out, err) != 0 ||
	    memcmp(out, tag, sizeof(tag)) != 0 || digest_sha1(SLICE_NONE, out, err) != 0 || memcmp(out, empty, sizeof(empty)) != 0)
		return 1;
	return 0;
}

/* In a child, as the library starts once a process. */
static int
in_child(int (*start)(struct error *), const char *conf)
{
	int	status = -1;
	pid_t	child = fork();

	if (child == 0) {
		struct error err = ERROR_INIT;

		if (conf != NULL && setenv("OPENSSL_CONF", conf, 1) != 0)
			_exit(9);
		_exit(start(&err) != 0 || use(&err) != 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		bail_out("no child");
	return status;
}

int
main(void)
{
	static struct fetched	fetched[THREADS];
	pthread_t		thread[THREADS];
	struct error		err = ERROR_INIT;
	int			failures = 0, different = 0;

	is_int(in_child(openssl_start, NULL), 0, "started lean, it encrypts and hashes");
	is_int(in_child(openssl_start, "/dev/null"), 0, "started by an administrator's configuration, too");
	is_int(in_child(openssl_start_shared, NULL), 0, "and started for other libraries as well");

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, fetch_all, &fetched[i]) != 0)
			bail_out("no thread");
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_join(thread[i], NULL) != 0)
			bail_out("a thread is lost");
	for (size_t i = 0; i < THREADS; i++) {
		failures += fetched[i].failures;
		different += memcmp(&fetched[i], &fetched[0], sizeof(fetched[i])) != 0;
	}
	is_int(failures, 0, "threads that begin at once fetch every algorithm");
	is_int(different, 0, "and all get the same ones");
	succeeds(openssl_start(&err), err, "starting again is nothing");
	is_int(use(&err), 0, "and all works");

	is_int(openssl_fail(&err, "a test"), ERR_CRYPTO, "a refusal is an error of its kind");
	ok(strstr(err.text, "refuses a test") != NULL, "that says what was refused");
	return done_testing();
}
