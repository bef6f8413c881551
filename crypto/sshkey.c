#include "crypto/sshkey.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/num.h"
#include "crypto/sshkey_cipher.h"

#define BEGIN_OPENSSH	"-----BEGIN OPENSSH PRIVATE KEY-----"
#define END_OPENSSH	"-----END OPENSSH PRIVATE KEY-----"
#define MAGIC		"openssh-key-v1\0"
#define WIRE_MAX	((size_t)16 * 1024)

/* --- the wire form ----------------------------------------------------------------------------------------------- */

static bool
take_number(struct slice *rest, uint32_t *out)
{
	if (rest->len < 4)
		return false;
	*out = be32_load(rest->data);
	*rest = slice_from(*rest, 4);
	return true;
}

static bool
take_string(struct slice *rest, struct slice *out)
{
	uint32_t len;

	if (!take_number(rest, &len) || len > rest->len)
		return false;
	*out = slice_sub(*rest, 0, len);
	*rest = slice_from(*rest, len);
	return true;
}

/* A positive number, without the zero byte that keeps its first bit from being a sign. */
static bool
take_mpint(struct slice *rest, struct slice *out)
{
	if (!take_string(rest, out) || out->len == 0 || (out->data[0] & 0x80))
		return false;
	if (out->data[0] == 0) {
		*out = slice_from(*out, 1);
		if (out->len == 0 || !(out->data[0] & 0x80))
			return false;
	}
	return true;
}

static int
put_string(struct buf *wire, struct slice bytes, struct error *err)
{
	uint8_t	len[4];
	int	rc;

	be32_store(len, (uint32_t)bytes.len);
	if ((rc = buf_append(wire, slice_of(len, sizeof(len)), err)) != 0)
		return rc;
	return buf_append(wire, bytes, err);
}

static int
put_mpint(struct buf *wire, struct slice bytes, struct error *err)
{
	CLEANUP(buf_release) struct buf	padded = BUF(WIRE_MAX);
	int				rc;

	if (bytes.len > 0 && (bytes.data[0] & 0x80) && (rc = buf_byte(&padded, 0, err)) != 0)
		return rc;
	if ((rc = buf_append(&padded, bytes, err)) != 0)
		return rc;
	return put_string(wire, buf_slice(&padded), err);
}

static int
malformed(struct error *err)
{
	return err_set(err, ERR_SYNTAX, "malformed SSH key");
}

static int
unknown_type(struct slice type, struct error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, "SSH keys of type '%.*s' are not supported", SLICE_ARG(type));
	return err_hint(err, "keys of the types ssh-ed25519 and ssh-rsa are");
}

static int
key_new(struct sshkey **out, struct error *err)
{
	struct sshkey *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return err_memory(err);
	key->wire = BUF(WIRE_MAX);
	key->locked = BUF(SSHKEY_FILE_MAX);
	*out = key;
	return 0;
}

void
sshkey_free(struct sshkey *key)
{
	if (key == NULL)
		return;
	buf_release(&key->wire);
	buf_release(&key->locked);
	secret_free(key->seed);
	rsa_key_free(key->rsa);
	free(key);
}

/* The public half; ${wire} is kept as it came, for it is hashed. */
static int
read_wire(struct sshkey *key, struct slice wire, struct error *err)
{
	struct slice		rest = wire, type, bytes;
	struct rsa_numbers	numbers = { .n = SLICE_NONE };
	int			rc;

	if (!take_string(&rest, &type))
		return malformed(err);
	if (slice_eq(type, SLICE("ssh-ed25519"))) {
		key->kind = SSHKEY_ED25519;
		if (!take_string(&rest, &bytes) || bytes.len != SSHKEY_ED25519_LEN || rest.len > 0)
			return malformed(err);
		(void)memcpy(key->ed25519, bytes.data, SSHKEY_ED25519_LEN);
	} else if (slice_eq(type, SLICE("ssh-rsa"))) {
		key->kind = SSHKEY_RSA;
		if (!take_mpint(&rest, &numbers.e) || !take_mpint(&rest, &numbers.n) || rest.len > 0)
			return malformed(err);
		if ((rc = rsa_public_new(&numbers, &key->rsa, err)) != 0)
			return rc;
	} else
		return unknown_type(type, err);
	return buf_append(&key->wire, wire, err);
}

int
sshkey_public_parse(struct slice line, struct sshkey **out, struct error *err)
{
	CLEANUP(sshkey_freep) struct sshkey	*key = NULL;
	CLEANUP(buf_release) struct buf		 wire = BUF(WIRE_MAX);
	struct error				 reason = ERROR_INIT;
	struct slice				 rest = line, type, text, named;
	int					 rc;

	if (!slice_split(&rest, ' ', &type) || !slice_split(&rest, ' ', &text) || text.len == 0)
		return malformed(err);
	if (!slice_eq(type, SLICE("ssh-ed25519")) && !slice_eq(type, SLICE("ssh-rsa")))
		return unknown_type(type, err);
	if (base64_decode_as(text, BASE64_LOOSE_BITS, &wire, &reason) != 0)
		return malformed(err);
	if ((rc = key_new(&key, err)) != 0)
		return rc;
	/* What the line says and what its blob says must agree. */
	rest = buf_slice(&wire);
	if (!take_string(&rest, &named) || !slice_eq(named, type))
		return malformed(err);
	if ((rc = read_wire(key, buf_slice(&wire), err)) != 0)
		return rc;
	*out = TAKE(key);
	return 0;
}

/* --- private keys ------------------------------------------------------------------------------------------------ */

/* Behind the comment come the bytes 1, 2, 3 ... up to the next multiple of the block size. */
static bool
ends_well(struct slice rest)
{
	struct slice comment;

	if (!take_string(&rest, &comment) || rest.len > 255)
		return false;
	for (size_t i = 0; i < rest.len; i++)
		if (rest.data[i] != i + 1)
			return false;
	return true;
}

static int
read_ed25519(struct sshkey *key, struct slice rest, struct error *err)
{
	struct slice public, both;

	if (!take_string(&rest, &public) || !take_string(&rest, &both) ||
	    !slice_eq(public, slice_of(key->ed25519, SSHKEY_ED25519_LEN)) || both.len != 2 * SSHKEY_ED25519_LEN ||
	    !slice_eq(slice_from(both, SSHKEY_ED25519_LEN), public) || !ends_well(rest))
		return malformed(err);
	return secret_copy(slice_sub(both, 0, SSHKEY_ED25519_LEN), &key->seed, err);
}

static int
read_rsa(struct sshkey *key, struct slice rest, struct error *err)
{
	CLEANUP(buf_release) struct buf	n = BUF(WIRE_MAX), e = BUF(WIRE_MAX);
	struct rsa_numbers		numbers;
	int				rc;

	if (!take_mpint(&rest, &numbers.n) || !take_mpint(&rest, &numbers.e) || !take_mpint(&rest, &numbers.d) ||
	    !take_mpint(&rest, &numbers.iqmp) || !take_mpint(&rest, &numbers.p) || !take_mpint(&rest, &numbers.q) ||
	    !ends_well(rest))
		return malformed(err);
	if ((rc = rsa_public_numbers(key->rsa, &n, &e, err)) != 0)
		return rc;
	if (!slice_eq(buf_slice(&n), numbers.n) || !slice_eq(buf_slice(&e), numbers.e))
		return malformed(err);
	rsa_key_free(TAKE(key->rsa));
	return rsa_private_new(&numbers, &key->rsa, err);
}

static int
read_private(struct sshkey *key, struct slice private, struct error *err)
{
	struct slice	rest = private, type;
	uint32_t	check, again;

	if (!take_number(&rest, &check) || !take_number(&rest, &again) || check != again || !take_string(&rest, &type))
		return malformed(err);
	key->is_private = true;
	if (key->kind == SSHKEY_ED25519)
		return slice_eq(type, SLICE("ssh-ed25519")) ? read_ed25519(key, rest, err) : malformed(err);
	return slice_eq(type, SLICE("ssh-rsa")) ? read_rsa(key, rest, err) : malformed(err);
}

/* magic, cipher, kdf, its options, the number of keys, the public key, the private one (perhaps encrypted) */
struct container {
	struct slice	cipher, kdf, options, wire, private, rest;
};

static int
read_container(struct slice file, struct container *out, struct error *err)
{
	struct slice	*rest = &out->rest;
	uint32_t	 keys;

	if (!slice_starts(file, SLICE(MAGIC)))
		return malformed(err);
	*rest = slice_from(file, sizeof(MAGIC) - 1);
	if (!take_string(rest, &out->cipher) || !take_string(rest, &out->kdf) || !take_string(rest, &out->options) ||
	    !take_number(rest, &keys) || keys != 1 || !take_string(rest, &out->wire) || !take_string(rest, &out->private))
		return malformed(err);
	return 0;
}

static int
parse_openssh(struct slice text, struct sshkey *key, struct error *err)
{
	CLEANUP(buf_release) struct buf	file = BUF_SECRET(SSHKEY_FILE_MAX);
	struct error			reason = ERROR_INIT;
	struct container		container;
	int				rc;

	text = slice_trim(text);
	if (text.len < sizeof(BEGIN_OPENSSH) + sizeof(END_OPENSSH) || !slice_ends(text, SLICE(END_OPENSSH)) ||
	    base64_decode_as(slice_sub(text, sizeof(BEGIN_OPENSSH) - 1, text.len - (sizeof(END_OPENSSH) - 1)),
	    BASE64_SKIP_BREAKS, &file, &reason) != 0)
		return malformed(err);
	if ((rc = read_container(buf_slice(&file), &container, err)) != 0 || (rc = read_wire(key, container.wire, err)) != 0)
		return rc;
	if (slice_eq(container.cipher, SLICE("none")))
		return slice_eq(container.kdf, SLICE("none")) && container.rest.len == 0 ?
		    read_private(key, container.private, err) : malformed(err);
	key->is_locked = true;
	return buf_append(&key->locked, buf_slice(&file), err);
}

static int
unlock_openssh(struct sshkey *key, struct slice passphrase, struct error *err)
{
	CLEANUP(buf_release) struct buf	plain = BUF_SECRET(SSHKEY_FILE_MAX);
	struct container		container;
	struct slice			rest;
	uint32_t			check, again;
	int				rc;

	if ((rc = read_container(buf_slice(&key->locked), &container, err)) != 0 ||
	    (rc = sshkey_cipher_open(container.cipher, container.kdf, container.options, passphrase, container.private,
	    &plain, err)) != 0)
		return rc;
	rest = buf_slice(&plain);
	/* Two equal numbers are what tells the right passphrase. */
	if (!take_number(&rest, &check) || !take_number(&rest, &again) || check != again)
		return err_set(err, ERR_DENIED, "the passphrase is wrong");
	return read_private(key, buf_slice(&plain), err);
}

static bool
holds(struct slice text, struct slice words)
{
	return memmem(text.data, text.len, words.data, words.len) != NULL;
}

/* The public half of an RSA key in wire form, as its fingerprint needs it. */
static int
put_wire(struct sshkey *key, struct error *err)
{
	CLEANUP(buf_release) struct buf	n = BUF(WIRE_MAX), e = BUF(WIRE_MAX);
	int				rc;

	if ((rc = rsa_public_numbers(key->rsa, &n, &e, err)) != 0 || (rc = put_string(&key->wire, SLICE("ssh-rsa"), err)) != 0 ||
	    (rc = put_mpint(&key->wire, buf_slice(&e), err)) != 0)
		return rc;
	return put_mpint(&key->wire, buf_slice(&n), err);
}

static int
parse_locked_pem(struct slice text, struct slice public_opt, struct sshkey *key, struct error *err)
{
	CLEANUP(sshkey_freep) struct sshkey	*public = NULL;
	int					 rc;

	if (slice_trim(public_opt).len == 0) {
		(void)err_set(err, ERR_UNSUPPORTED, "the private key is protected by a passphrase, and its public half is not "
		    "beside it");
		return err_hint(err, "put it there ('ssh-keygen -y'), or give the key OpenSSH's form ('ssh-keygen -p')");
	}
	if ((rc = sshkey_public_parse(slice_trim(public_opt), &public, err)) != 0)
		return err_wrap(err, "the public half beside the private key");
	if (public->kind != SSHKEY_RSA)
		return err_set(err, ERR_UNSUPPORTED, "a private key of this type is supported in OpenSSH's form alone");
	key->kind = SSHKEY_RSA;
	key->rsa = TAKE(public->rsa);
	key->is_locked = true;
	if ((rc = buf_append(&key->wire, buf_slice(&public->wire), err)) != 0)
		return rc;
	return buf_append(&key->locked, text, err);
}

static int
parse_pem(struct slice text, struct slice public_opt, struct sshkey *key, struct error *err)
{
	int rc;

	if (holds(text, SLICE("ENCRYPTED")))
		return parse_locked_pem(text, public_opt, key, err);
	if ((rc = rsa_private_parse(text, SLICE_NONE, &key->rsa, err)) == ERR_TYPE)
		return err_hint(err, "keys of the types ssh-ed25519 and ssh-rsa, in OpenSSH's form, are supported");
	if (rc != 0)
		return rc;
	key->kind = SSHKEY_RSA;
	key->is_private = true;
	return put_wire(key, err);
}

static int
unlock_pem(struct sshkey *key, struct slice passphrase, struct error *err)
{
	CLEANUP(sshkey_freep) struct sshkey	*opened = NULL;
	int					 rc;

	if ((rc = key_new(&opened, err)) != 0 ||
	    (rc = rsa_private_parse(buf_slice(&key->locked), passphrase, &opened->rsa, err)) != 0 ||
	    (rc = put_wire(opened, err)) != 0)
		return rc;
	if (!slice_eq(buf_slice(&opened->wire), buf_slice(&key->wire)))
		return err_set(err, ERR_SYNTAX, "the private key and the public half beside it are not of one key");
	rsa_key_free(key->rsa);
	key->rsa = TAKE(opened->rsa);
	return 0;
}

int
sshkey_unlock(struct sshkey *key, struct slice passphrase, struct error *err)
{
	int rc = slice_starts(buf_slice(&key->locked), SLICE("-----BEGIN ")) ? unlock_pem(key, passphrase, err) :
	    unlock_openssh(key, passphrase, err);

	key->is_private = rc == 0;
	key->is_locked = rc != 0;
	return rc;
}

bool
sshkey_private_recognised(struct slice text)
{
	return slice_starts(text, SLICE("-----BEGIN ")) &&
	    slice_ends(slice_trim(slice_sub(text, 0, slice_find(text, '\n', 0))), SLICE(" PRIVATE KEY-----"));
}

int
sshkey_private_parse(struct slice text, struct slice public_opt, struct sshkey **out, struct error *err)
{
	CLEANUP(sshkey_freep) struct sshkey	*key = NULL;
	int					 rc;

	if (text.len > SSHKEY_FILE_MAX)
		return err_set(err, ERR_LIMIT, "private key file is longer than %zu bytes", SSHKEY_FILE_MAX);
	if (!sshkey_private_recognised(text))
		return err_set(err, ERR_SYNTAX, "not a private key file");
	if ((rc = key_new(&key, err)) != 0)
		return rc;
	rc = slice_starts(text, SLICE(BEGIN_OPENSSH)) ? parse_openssh(text, key, err) : parse_pem(text, public_opt, key, err);
	if (rc != 0)
		return rc;
	*out = TAKE(key);
	return 0;
}
