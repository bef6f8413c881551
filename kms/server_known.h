#ifndef KMS_SERVER_KNOWN_H
#define KMS_SERVER_KNOWN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * A table of ciphertexts made elsewhere and their plaintexts, for tests over recorded files
 * ("hubkms --known FILE"): {"blobs": [{"arn", "context", "ciphertext", "plaintext"}, ...]}.
 */
struct server_known;

/* ERR_SYNTAX with the index of the wrong row, ERR_LIMIT above LIMIT_REPLY bytes, ERR_SYSTEM. */
int	server_known_load(const char *path, struct server_known **out, struct error *err) WARN_UNUSED;
int	server_known_parse(struct slice text, struct server_known **out, struct error *err) WARN_UNUSED;
void	server_known_free(struct server_known *known);
DEFINE_CLEANUP(struct server_known, server_known_free)

/*
 * server_known_open(known_opt, blob, arn, context, found, out, err):
 * ${blob} is bytes; ${context} canonical (kms/server_blob.h); ${arn} the key that the request names, empty when it names
 * none.  Appends the plaintext to ${out} and sets ${found} to the ARN of the row.  ERR_NOT_FOUND: no row with this
 * blob; ERR_NO_KEY: another key's; ERR_TAMPERED: another context.
 */
int	server_known_open(const struct server_known *known_opt, struct slice blob, struct slice arn,
	    struct slice context, struct slice *found, struct buf *out, struct error *err) WARN_UNUSED;

#endif
