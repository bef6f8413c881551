/*
 * gitfloor copy | seal KEYFILE		the shortest process filters: one that hands every file on, one that does git-crypt's sealing
 * gitfloor clean KEYFILE | smudge KEYFILE	one file from standard input to standard output
 *
 * The unavoidable work of a filter and nothing else: no check of what comes in, no message, no second key.  `make bench` prints its time
 * beside ours.  KEYFILE is a default key of 148 bytes.
 */
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKET	65516
#define PIECE	131072

static unsigned char	*content, *answer, key[148], in[PIECE];
static size_t		 content_len, content_room, answer_len, answer_room, in_at, in_len;
static HMAC_CTX		*mac;
static EVP_CIPHER_CTX	*ctr;

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"	/* HMAC_CTX, the least that libcrypto offers */

static void
room(unsigned char **buf, size_t *have, size_t need)
{
	if (need > *have && (*buf = realloc(*buf, *have = need * 2)) == NULL)
		exit(1);
}

static void
send_answer(void)
{
	for (size_t at = 0; at < answer_len;) {
		ssize_t n = write(1, answer + at, answer_len - at);

		if (n <= 0)
			exit(1);
		at += (size_t)n;
	}
	answer_len = 0;
}

static void
take(unsigned char *into, size_t len)
{
	while (len > 0) {
		size_t part = in_len - in_at < len ? in_len - in_at : len;

		if (part == 0) {
			ssize_t n;

			send_answer();
			if ((n = read(0, in, sizeof(in))) <= 0)
				exit(n != 0);
			in_at = 0;
			in_len = (size_t)n;
			continue;
		}
		memcpy(into, in + in_at, part);
		in_at += part;
		into += part;
		len -= part;
	}
}

/* A packet behind ${content_len}; false at a flush. */
static int
packet(void)
{
	char	digits[5] = "";
	size_t	len;

	take((unsigned char *)digits, 4);
	if ((len = strtoul(digits, NULL, 16)) < 4)
		return 0;
	room(&content, &content_room, content_len + len);
	take(content + content_len, len - 4);
	content_len += len - 4;
	return 1;
}

static void
put(const void *data, size_t len)
{
	for (const unsigned char *at = data; len > 0;) {
		size_t part = len < PACKET ? len : PACKET;

		room(&answer, &answer_room, answer_len + part + 5);
		answer_len += (size_t)sprintf((char *)answer + answer_len, "%04zx", part + 4);
		memcpy(answer + answer_len, at, part);
		answer_len += part;
		at += part;
		len -= part;
	}
}

static void
flush(void)
{
	room(&answer, &answer_room, answer_len + 5);
	memcpy(answer + answer_len, "0000", 4);
	answer_len += 4;
}

static void
xor_stream(const unsigned char *nonce, unsigned char *data, size_t len)
{
	unsigned char	iv[16] = "";
	int		done;

	memcpy(iv, nonce, 12);
	EVP_EncryptInit_ex(ctr, NULL, NULL, NULL, iv);
	EVP_EncryptUpdate(ctr, data, &done, data, (int)len);
}

static void
sign(unsigned char *digest, const unsigned char *data, size_t len)
{
	HMAC_Init_ex(mac, NULL, 0, NULL, NULL);
	HMAC_Update(mac, data, len);
	HMAC_Final(mac, digest, NULL);
}

static void
start_crypto(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, key, sizeof(key)) != (ssize_t)sizeof(key))
		exit(2);
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT, NULL);
	mac = HMAC_CTX_new();
	HMAC_Init_ex(mac, key + 80, 64, EVP_sha1(), NULL);
	ctr = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(ctr, EVP_aes_256_ctr(), NULL, key + 40, NULL);
}

static void
serve(int seal)
{
	while (packet())
		;
	put("git-filter-server\n", 18);
	put("version=2\n", 10);
	flush();
	while (packet())
		;
	put("capability=clean\n", 17);
	put("capability=smudge\n", 18);
	flush();
	for (;;) {
		unsigned char	head[22] = "\0GITCRYPT", digest[20];
		int		clean;

		content_len = 0;
		while (packet())
			;
		clean = content_len > 9 && content[8] == 'c';
		content_len = 0;
		while (packet())
			;
		put("status=success\n", 15);
		flush();
		if (seal && clean) {
			sign(digest, content, content_len);
			memcpy(head + 10, digest, 12);
			put(head, sizeof(head));
			xor_stream(digest, content, content_len);
			put(content, content_len);
		} else if (seal && content_len >= 22) {
			xor_stream(content + 10, content + 22, content_len - 22);
			sign(digest, content + 22, content_len - 22);
			if (memcmp(digest, content + 10, 12) != 0)
				exit(1);
			put(content + 22, content_len - 22);
		} else {
			put(content, content_len);
		}
		flush();
		flush();
	}
}

static void
stream(int clean)
{
	unsigned char	head[22] = "\0GITCRYPT", digest[20], iv[16] = "";
	ssize_t		n;
	int		done;

	HMAC_Init_ex(mac, NULL, 0, NULL, NULL);
	if (clean) {
		while ((n = read(0, in, sizeof(in))) > 0)
			HMAC_Update(mac, in, (size_t)n);
		HMAC_Final(mac, digest, NULL);
		memcpy(head + 10, digest, 12);
		if (lseek(0, 0, SEEK_SET) != 0 || write(1, head, sizeof(head)) != (ssize_t)sizeof(head))
			exit(1);
	} else if (read(0, head, sizeof(head)) != (ssize_t)sizeof(head)) {
		exit(1);
	}
	memcpy(iv, head + 10, 12);
	EVP_EncryptInit_ex(ctr, NULL, NULL, NULL, iv);
	while ((n = read(0, in, sizeof(in))) > 0) {
		EVP_EncryptUpdate(ctr, in, &done, in, (int)n);
		if (!clean)
			HMAC_Update(mac, in, (size_t)n);
		if (write(1, in, (size_t)n) != n)
			exit(1);
	}
	if (!clean)
		HMAC_Final(mac, digest, NULL);
	if (memcmp(digest, head + 10, 12) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	if (argc < 2 || (strcmp(argv[1], "copy") != 0 && argc != 3))
		return 2;
	if (argc == 3)
		start_crypto(argv[2]);
	if (strcmp(argv[1], "copy") == 0 || strcmp(argv[1], "seal") == 0)
		serve(argc == 3);
	else
		stream(strcmp(argv[1], "clean") == 0);
	return 0;
}
