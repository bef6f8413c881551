/*
 * floor FILE
 *
 * The unavoidable work of decrypting an encrypted YAML file, and nothing else: read it, scan it once with libyaml,
 * open every "ENC[AES256_GCM," scalar with AES-256-GCM and hash what comes out.  The key is not the file's, so every tag is
 * wrong: the cost is the same.  `make bench` prints its time beside ours.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
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
	yaml_parser_t	parser;
	yaml_token_t	token;
	FILE		*in;
	int		more = 1;

	if (argc != 2 || (in = fopen(argv[1], "rb")) == NULL)
		return 2;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT, NULL);
	f.cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	f.gcm = EVP_CIPHER_CTX_new();
	f.mac = EVP_MD_CTX_new();
	EVP_DigestInit_ex(f.mac, EVP_sha512(), NULL);
	if (!yaml_parser_initialize(&parser))
		return 1;
	yaml_parser_set_input_file(&parser, in);
	while (more && yaml_parser_scan(&parser, &token)) {
		more = token.type != YAML_STREAM_END_TOKEN;
		if (token.type == YAML_SCALAR_TOKEN && token.data.scalar.length > 64 &&
		    memcmp(token.data.scalar.value, "ENC[AES256_GCM,", 15) == 0)
			open_value(&f, (const char *)token.data.scalar.value, token.data.scalar.length);
		yaml_token_delete(&token);
	}
	printf("%zu values\n", f.opened);
	return 0;
}
