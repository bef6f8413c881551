#ifndef KMS_SERVER_KMS_H
#define KMS_SERVER_KMS_H

#include "base/error.h"
#include "base/slice.h"
#include "kms/server_keys.h"
#include "kms/server_ops.h"

/*
 * The KMS side of hubkms: the keys that requests name, in server_kms.c with its table of operations, and the
 * operations of server_crypt.c, which that table lists.
 */
#define SERVER_ALGORITHM	"SYMMETRIC_DEFAULT"

/* Say that there is no such key, as AWS words it for this kind of name. */
int	server_kms_no_such_key(struct server_call *call, struct slice name);
/* The key that a request names, enabled or not; or the refusal. */
int	server_kms_find_key(struct server_call *call, struct slice name, const struct server_key **out) WARN_UNUSED;
int	server_kms_need_enabled(struct server_call *call, const struct server_key *key) WARN_UNUSED;
/* A key to encrypt with: enabled, and made when the server is told to make any (--any-key). */
int	server_kms_find_sealing_key(struct server_call *call, struct slice name, const struct server_key **out,
	    struct error *err) WARN_UNUSED;

int	server_encrypt(struct server_call *call, struct error *err);
int	server_decrypt(struct server_call *call, struct error *err);
int	server_re_encrypt(struct server_call *call, struct error *err);
int	server_generate_data_key(struct server_call *call, struct error *err);
int	server_generate_data_key_without_plaintext(struct server_call *call, struct error *err);

#endif
