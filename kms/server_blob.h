#ifndef KMS_SERVER_BLOB_H
#define KMS_SERVER_BLOB_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/json.h"
#include "kms/server_keys.h"

/*
 * The stand-in's ciphertext blob (FORMAT.md 5): AES-256-GCM under the material of one key, the key's name
 * in front, the encryption context bound.  Clients treat it as opaque.
 */
#define SERVER_PLAINTEXT_MAX	4096
#define SERVER_BLOB_MAX		6144
#define SERVER_CONTEXT_MAX	8192		/* bytes of names and values */

/*
 * server_blob_context(map_opt, out, err):
 * Append the canonical form of an "EncryptionContext" object; absent and empty give the same.
 * ERR_TYPE: not an object of strings; ERR_LIMIT: above SERVER_CONTEXT_MAX or KMS_CONTEXT_MAX pairs.
 */
int	server_blob_context(const struct json *map_opt, struct buf *out, struct error *err) WARN_UNUSED;

/* ${context} is canonical, ${plain} has at most SERVER_PLAINTEXT_MAX bytes. */
int	server_blob_seal(const struct server_key *key, struct slice context, struct slice plain, struct buf *out,
	    struct error *err) WARN_UNUSED;
/* The name (server_key.name) of the key that sealed it, as the blob claims.  ERR_SYNTAX: not a blob of ours. */
int	server_blob_key(struct slice blob, struct slice *name, struct error *err) WARN_UNUSED;
/* ERR_TAMPERED: damaged, of another key, or bound to another context; ${out} is untouched then. */
int	server_blob_open(const struct server_key *key, struct slice context, struct slice blob, struct buf *out,
	    struct error *err) WARN_UNUSED;

#endif
