#ifndef CRYPTO_SSHKEY_CIPHER_H
#define CRYPTO_SSHKEY_CIPHER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * sshkey_cipher_open(cipher, kdf, options, passphrase, sealed, out, err):
 * Decrypt the private part of an OpenSSH key file, with the names that the file gives: aes256-ctr or aes256-cbc, under a key made
 * by bcrypt_pbkdf() with ${options} (string salt, uint32 rounds).  Nothing is authenticated: the caller sees by
 * the content whether the passphrase was right.  ${out} is a BUF_SECRET.  ERR_UNSUPPORTED, ERR_SYNTAX, ERR_LIMIT, ERR_CRYPTO.
 */
int	sshkey_cipher_open(struct slice cipher, struct slice kdf, struct slice options, struct slice passphrase,
	    struct slice sealed, struct buf *out, struct error *err) WARN_UNUSED;

#endif
