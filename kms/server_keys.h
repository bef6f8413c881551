#ifndef KMS_SERVER_KEYS_H
#define KMS_SERVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"

/*
 * The keys of hubkms, the local stand-in for KMS: key material, its names and its aliases, kept in one
 * file of a data directory (FORMAT.md 4).  A stand-in: the material lies in the file as it is, mode 0600.
 *
 * A change returns only when it is on the disk; a failed one changes nothing.  One process at a time
 * holds a directory.  Nothing here locks: the server calls from one thread at a time.  Keys are never
 * removed, so pointers to them stay good until server_keys_free().
 */
#define SERVER_KEYS_MAX		1000
#define SERVER_ALIASES_MAX	1000
#define SERVER_KEY_BYTES	32
#define SERVER_DESCRIPTION_MAX	8192
#define SERVER_ACCOUNT		"123456789012"	/* owns what CreateKey makes */

struct server_keys;

struct server_key {
	struct slice	 arn;
	struct slice	 region, account, id;	/* parts of the ARN */
	struct slice	 name;			/* its tail, "ACCOUNT:key/ID": what its ciphertexts hold */
	struct slice	 description;
	int64_t		 created;		/* seconds since 1970 */
	bool		 enabled;
	struct secret	*material;		/* SERVER_KEY_BYTES */
};

struct server_alias {
	struct slice			 arn, name;	/* "alias/NAME", a part of the ARN */
	const struct server_key		*target;
};

/* "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"; slices point into the text. */
struct server_arn {
	struct slice	partition, service, region, account, resource;
};

/* False when ${text} is none: a part is missing, too long, or of other characters than AWS uses. */
bool	server_arn_parse(struct slice text, struct server_arn *out);

/*
 * server_keys_open(folder, out, err):
 * Take the folder (made with mode 0700 when absent) and load its keys.  ERR_CONFLICT: another process
 * holds it; ERR_SYNTAX with file and line: the file is damaged; ERR_LIMIT, ERR_SYSTEM, ERR_MEMORY.
 */
int	server_keys_open(const char *folder, struct server_keys **out, struct error *err) WARN_UNUSED;
/* The same from the text of such a file, tied to no folder: changes stay in memory. */
int	server_keys_parse(struct slice text, struct server_keys **out, struct error *err) WARN_UNUSED;
void	server_keys_free(struct server_keys *keys);
DEFINE_CLEANUP(struct server_keys, server_keys_free)

/* In the order of their making. */
size_t				 server_keys_count(const struct server_keys *keys);
const struct server_key		*server_keys_at(const struct server_keys *keys, size_t index);
size_t				 server_keys_alias_count(const struct server_keys *keys);
const struct server_alias	*server_keys_alias_at(const struct server_keys *keys, size_t index);

/*
 * The key that a request of ${region} calls ${name}: a key id, "alias/NAME" or the ARN of either.  NULL when
 * there is none there.
 */
const struct server_key	*server_keys_find(const struct server_keys *keys, struct slice name, struct slice region);
/* The same by the name that a ciphertext holds. */
const struct server_key	*server_keys_by_name(const struct server_keys *keys, struct slice name, struct slice region);

/*
 * server_keys_create(keys, region, description, now, out, err):
 * A new key with random id and material.  ERR_LIMIT above SERVER_KEYS_MAX or SERVER_DESCRIPTION_MAX.
 */
int	server_keys_create(struct server_keys *keys, struct slice region, struct slice description, int64_t now,
	    const struct server_key **out, struct error *err) WARN_UNUSED;
/*
 * server_keys_ensure(keys, arn, now, out, err):
 * The key with this ARN, or what this alias ARN names; made when unknown.  A multi-Region id ("mrk-...") gets the material
 * that it has in another region.  ERR_SYNTAX: not the ARN of a key or alias.
 */
int	server_keys_ensure(struct server_keys *keys, struct slice arn, int64_t now,
	    const struct server_key **out, struct error *err) WARN_UNUSED;
int	server_keys_set_enabled(struct server_keys *keys, const struct server_key *key, bool enabled,
	    struct error *err) WARN_UNUSED;
/* ${name} begins with "alias/".  ERR_EXISTS, ERR_SYNTAX, ERR_LIMIT. */
int	server_keys_alias(struct server_keys *keys, struct slice name, const struct server_key *target,
	    struct error *err) WARN_UNUSED;

/* A random UUID of version 4, and its NUL. */
void	server_keys_uuid(char out[static 37]);

/* Seals the session tokens that AssumeRole gives out: SERVER_KEY_BYTES, kept like a key. */
struct slice	server_keys_session_key(const struct server_keys *keys);

#endif
