#ifndef CRYPTO_SSHKEY_H
#define CRYPTO_SSHKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "crypto/rsa.h"

/*
 * SSH keys as their files hold them, for the recipient types of age that are made of them: ssh-ed25519 and
 * ssh-rsa.  Nothing here speaks SSH.
 *
 * The wire form is RFC 4253's: a string is its length (32 bits, big-endian) and its bytes; a public key is
 * string "ssh-ed25519", string key, or string "ssh-rsa", mpint e, mpint n.
 */
#define SSHKEY_ED25519_LEN	32

enum sshkey_kind {
	SSHKEY_ED25519,
	SSHKEY_RSA,
};

struct sshkey {
	enum sshkey_kind	 kind;
	struct buf		 wire;		/* the public key in wire form */
	uint8_t			 ed25519[SSHKEY_ED25519_LEN];	/* public */
	struct secret		*seed;		/* Ed25519, private; else NULL */
	struct rsa_key		*rsa;		/* public or private, as the key is */
	bool			 is_private;
	bool			 is_locked;	/* private, but under a passphrase: only the public half is here */
	struct buf		 locked;	/* then: the file without its armor (OpenSSH), or the PEM text */
};

/*
 * sshkey_public_parse(line, out, err):
 * One line "ssh-ed25519 BASE64 comment" or "ssh-rsa BASE64 comment", as in a .pub file.  ERR_SYNTAX;
 * ERR_UNSUPPORTED for other types of SSH keys; ERR_RANGE for RSA keys outside rsa.h's bounds.
 */
int	sshkey_public_parse(struct slice line, struct sshkey **out, struct error *err) WARN_UNUSED;

/*
 * sshkey_private_parse(text, public_opt, out, err):
 * A private key file: "OPENSSH PRIVATE KEY" (what ssh-keygen writes), or RSA in PKCS #1 or PKCS #8.
 * One under a passphrase is no error, is_locked is set; but its public half must be known: OpenSSH's form holds it, for
 * the others ${public_opt} is the text of the .pub file beside it (empty: there is none, and it is ERR_UNSUPPORTED).
 * ERR_SYNTAX, ERR_UNSUPPORTED, ERR_RANGE; ERR_LIMIT beyond SSHKEY_FILE_MAX.
 */
#define SSHKEY_FILE_MAX		((size_t)64 * 1024)
int	sshkey_private_parse(struct slice text, struct slice public_opt, struct sshkey **out,
	    struct error *err) WARN_UNUSED;
/*
 * sshkey_unlock(key, passphrase, err):
 * Complete a locked key.  ERR_DENIED: the passphrase is wrong; ERR_UNSUPPORTED: a cipher that we do not have; ERR_LIMIT: a work factor
 * without measure; ERR_SYNTAX.  The key stays locked then.
 */
int	sshkey_unlock(struct sshkey *key, struct slice passphrase, struct error *err) WARN_UNUSED;
/* Does ${text} begin like such a file? */
bool	sshkey_private_recognised(struct slice text);

void	sshkey_free(struct sshkey *key);
DEFINE_CLEANUP(struct sshkey, sshkey_free)

#endif
