#include "crypto/rsa.h"

#include "base/file.h"
#include "base/limits.h"
#include "tests/tap.h"

int
main(void)
{
	CLEANUP(buf_release) struct buf		 pem = BUF_SECRET(MIB), sealed = BUF(10000), again = BUF(10000), out = BUF_SECRET(10000),
						 n = BUF(10000), e = BUF(10000);
	CLEANUP(rsa_key_freep) struct rsa_key	*key = NULL, *public = NULL, *none = NULL;
	struct error				 err = ERROR_INIT;
	struct rsa_numbers			 numbers = { .n = SLICE_NONE };
	unsigned				 opened = 0;

	if (file_read("testdata/ssh/rsa-pkcs1", &pem, &err) != 0)
		bail_out(err.text);
	if (!succeeds(rsa_private_parse(buf_slice(&pem), SLICE_NONE, &key, &err), err, "a private key is read"))
		return done_testing();
	succeeds(rsa_public_numbers(key, &n, &e, &err), err, "it gives its public numbers");
	is_int(n.len, 256, "a modulus of 2048 bits");
	is_slice(buf_slice(&e), SLICE("\x01\x00\x01"), "and the usual exponent");
	numbers.n = buf_slice(&n);
	numbers.e = buf_slice(&e);
	if (!succeeds(rsa_public_new(&numbers, &public, &err), err, "which make a public key"))
		return done_testing();

	succeeds(rsa_oaep_seal(public, SLICE("label"), SLICE("a file key"), &sealed, &err), err, "it seals");
	is_int(sealed.len, 256, "to the length of the modulus");
	succeeds(rsa_oaep_seal(public, SLICE("label"), SLICE("a file key"), &again, &err), err, "once more");
	ok(!slice_eq(buf_slice(&sealed), buf_slice(&again)), "to other bytes");
	succeeds(rsa_oaep_open(key, SLICE("label"), buf_slice(&sealed), &out, &err), err, "the private key opens it");
	is_slice(buf_slice(&out), SLICE("a file key"), "to the plaintext");
	buf_reset(&out);
	is_int(rsa_oaep_open(key, SLICE("other"), buf_slice(&sealed), &out, &err), ERR_TAMPERED, "not under another label");
	err_reset(&err);
	is_int(rsa_oaep_open(key, SLICE_NONE, buf_slice(&sealed), &out, &err), ERR_TAMPERED, "nor without one");
	for (size_t bit = 0; bit < sealed.len * 8; bit += 61) {
		sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err_reset(&err);
		opened += rsa_oaep_open(key, SLICE("label"), buf_slice(&sealed), &out, &err) != ERR_TAMPERED;
		sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	is_int(opened, 0, "nor with a flipped bit");
	for (size_t len = 0; len < 300; len += 50) {
		uint8_t bytes[300] = { 0 };

		err_reset(&err);
		if (rsa_oaep_open(key, SLICE("label"), slice_of(bytes, len), &out, &err) != ERR_TAMPERED)
			ok(false, "%zu bytes of zeros are refused", len);
	}
	is_int(out.len, 0, "nothing is released");
	err_reset(&err);
	is_int(rsa_oaep_seal(public, SLICE("label"), slice_of(n.data, 250), &again, &err), ERR_CRYPTO,
	    "too long a plaintext is refused");
	is_int(again.len, 256, "and adds nothing");

	err_reset(&err);
	numbers.n = slice_sub(buf_slice(&n), 0, 128);
	is_int(rsa_public_new(&numbers, &none, &err), ERR_RANGE, "a modulus of 1024 bits is refused");
	err_reset(&err);
	numbers.n = SLICE_NONE;
	is_int(rsa_public_new(&numbers, &none, &err), ERR_SYNTAX, "and none at all");
	err_reset(&err);
	is_int(rsa_private_parse(SLICE("junk"), SLICE_NONE, &none, &err), ERR_SYNTAX, "junk is no private key");
	return done_testing();
}
