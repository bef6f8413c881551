/*
 * floor [FILE]
 *
 * The unavoidable work of decrypting an encrypted YAML file, and nothing else: read it, look for the end of each line, open every
 * "ENC[AES256_GCM," value with AES-256-GCM and hash what comes out.  The key is not the file's, so every tag is wrong: the
 * cost is the same.  Without a file: what starting with the libraries of hubsecrets costs.  `make bench` prints its time beside ours.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pcre2.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct floor {
	EVP_CIPHER_CTX	*gcm;
	EVP_MD_CTX	*mac;
	EVP_CIPHER	*cipher;
	uint8_t		*plain;
	size_t		 opened;
};

static int
base64_part(const char **at, const char *name, uint8_t *out)
{
	const char	*start = strstr(*at, name), *end;
	int		 len;

	if (start == NULL)
		return -1;
	start += strlen(name);
	end = start + strcspn(start, ",]");
	len = EVP_DecodeBlock(out, (const unsigned char *)start, (int)(end - start));
	while (end > start && end[-1] == '=') {
		end--;
		len--;
	}
	*at = end;
	return len;
}

static void
open_value(struct floor *f, const char *text, size_t len)
{
	static const uint8_t	key[32];
	uint8_t			iv[96], tag[48];
	int			data, iv_len, out;

	f->plain = realloc(f->plain, len + 64);
	if (f->plain == NULL)
		exit(1);
	if ((data = base64_part(&text, "data:", f->plain)) < 0 || (iv_len = base64_part(&text, "iv:", iv)) < 0 ||
	    base64_part(&text, "tag:", tag) < 0)
		return;
	if (f->opened++ == 0) {
		EVP_DecryptInit_ex(f->gcm, f->cipher, NULL, NULL, NULL);
		EVP_CIPHER_CTX_ctrl(f->gcm, EVP_CTRL_AEAD_SET_IVLEN, iv_len, NULL);
		EVP_DecryptInit_ex(f->gcm, NULL, NULL, key, iv);
	} else {
		EVP_DecryptInit_ex(f->gcm, NULL, NULL, NULL, iv);
	}
	EVP_CIPHER_CTX_ctrl(f->gcm, EVP_CTRL_AEAD_SET_TAG, 16, tag);
	EVP_DecryptUpdate(f->gcm, f->plain, &out, f->plain, data);
	EVP_DigestUpdate(f->mac, f->plain, (size_t)data);
	(void)EVP_DecryptFinal_ex(f->gcm, f->plain, &out);
}

int
main(int argc, char **argv)
{
	struct floor	f = { NULL, NULL, NULL, NULL, 0 };
	char		*line = NULL, *value;
	size_t		room = 0;
	ssize_t		len;
	FILE		*in;

	if (argc == 1)
		return printf("%s, %s, %s, PCRE2 %d\n", OpenSSL_version(OPENSSL_VERSION), sodium_version_string(),
		    yaml_get_version_string(), pcre2_config(PCRE2_CONFIG_VERSION, NULL)) < 0;
	if (argc != 2 || (in = fopen(argv[1], "rb")) == NULL)
		return 2;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT, NULL);
	f.cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	f.gcm = EVP_CIPHER_CTX_new();
	f.mac = EVP_MD_CTX_new();
	EVP_DigestInit_ex(f.mac, EVP_sha512(), NULL);
	while ((len = getline(&line, &room, in)) > 0)
		if ((value = strstr(line, "ENC[AES256_GCM,")) != NULL)
			open_value(&f, value, (size_t)len);
	printf("%zu values\n", f.opened);
	return 0;
}
