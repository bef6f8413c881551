#ifndef SOPS_MASTERKEY_H
#define SOPS_MASTERKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "kms/request.h"

/*
 * One recipient entry of a file: some key outside the file under which its data key (or one share of
 * it) is wrapped.  The table of types, key_types[], says for each kind which fields an entry has, how
 * it is written and compared, and who wraps: ourselves (age, pgp) or a service over the network.
 *
 * Entries borrow their texts from an arena of whoever holds them (struct metadata, struct config).
 */
enum key_type_id {
	KEY_AGE,
	KEY_PGP,
	KEY_KMS,
	KEY_GCP_KMS,
	KEY_HCKMS,
	KEY_AZURE_KV,
	KEY_HC_VAULT,
	KEY_TYPES,
};

#define KEY_FIELDS	3		/* texts that name a key, beside created_at, enc and context */

/* The fields by type: the index into master_key.field. */
enum { KEY_AGE_RECIPIENT };
enum { KEY_PGP_FP };
enum { KEY_KMS_ARN, KEY_KMS_ROLE, KEY_KMS_PROFILE };
enum { KEY_GCP_RESOURCE };
enum { KEY_HCKMS_ID };
enum { KEY_AZURE_URL, KEY_AZURE_NAME, KEY_AZURE_VERSION };
enum { KEY_VAULT_ADDRESS, KEY_VAULT_ENGINE, KEY_VAULT_NAME };

struct keyring;
struct key_type;

struct master_key {
	const struct key_type	*type;
	struct slice		 field[KEY_FIELDS];	/* named by type->field_name */
	const struct kms_pair	*context;		/* kms only, sorted by name */
	size_t			 context_count;
	struct slice		 created_at;		/* RFC 3339, seconds; empty for age */
	struct slice		 enc;			/* the wrapped data key, as the file spells it; empty before it is wrapped */
	bool			 kept;			/* it is of the data key that is about to be wrapped: leave it as it is */
};

struct key_type {
	enum key_type_id	 id;
	const char		*name;			/* in metadata and --decryption-order: "hc_vault" */
	const char		*config_name;		/* in a creation rule: "hc_vault_transit_uri" */
	const char		*group_name;		/* in a rule's key_groups: "hc_vault" */
	const char		*field_name[KEY_FIELDS];	/* in metadata; NULL behind the last */
	bool			 dated;			/* entries have created_at */
	bool			 network;		/* wrapped by a service; a local type has wrap and unwrap */
	bool			 foreign;		/* that service we cannot ask yet: entries are read, shown and kept */
	enum kms_service	 service;		/* which, when network */

	/* Fill the fields from one element of a comma list; texts go to ${arena}.  ERR_SYNTAX. */
	int	(*parse)(struct slice text, struct arena *arena, struct master_key *out, struct error *err);
	/* Append ${plain}, wrapped, to ${enc}. */
	int	(*wrap)(struct keyring *ring, const struct master_key *key, struct slice plain, struct buf *enc,
		    struct error *err);
	/* Append the bytes that key->enc holds to ${plain}, a BUF_SECRET. */
	int	(*unwrap)(struct keyring *ring, const struct master_key *key, struct buf *plain, struct error *err);
};

extern const struct key_type key_types[KEY_TYPES];	/* by id */

const struct key_type	*key_type_find(struct slice name);	/* by its name in metadata; NULL */

/* What unwrapping for age says when there is no identity at all: sops' words. */
#define MASTERKEY_NO_IDENTITY	"failed to load age identities"

/* The string that tells keys apart (FORMAT.md 4.4) and that people see. */
int	master_key_identity(const struct master_key *key, struct buf *out, struct error *err) WARN_UNUSED;
int	master_key_same(const struct master_key *a, const struct master_key *b, bool *out, struct error *err) WARN_UNUSED;
/* A copy whose texts are in ${arena}. */
int	master_key_copy(const struct master_key *key, struct arena *arena, struct master_key *out,
	    struct error *err) WARN_UNUSED;

/* Some keys, any one of which suffices.  The array is the arena's too. */
struct key_group {
	struct master_key	*keys;
	size_t			 count, capacity;
};

/* Put a key (as it is: nothing is copied) at the end.  ERR_LIMIT above LIMIT_MASTER_KEYS. */
int	key_group_add(struct key_group *group, const struct master_key *key, struct arena *arena,
	    struct error *err) WARN_UNUSED;

/* What a comma list cannot say of a kms key. */
struct key_defaults {
	struct slice		 role, profile;
	const struct kms_pair	*context;
	size_t			 context_count;
};

/*
 * key_group_parse(group, type, list, defaults_opt, arena, err):
 * Add each element of a comma list, as --kms, --age, SOPS_PGP_FP or a flat rule spell it (FORMAT.md 8.3): trimmed,
 * empty ones dropped.  New keys get created_at = now.  A role behind "+arn:" beats the default one.  ERR_SYNTAX.
 */
int	key_group_parse(struct key_group *group, const struct key_type *type, struct slice list,
	    const struct key_defaults *defaults_opt, struct arena *arena, struct error *err) WARN_UNUSED;

/* "name:value,name:value" of --encryption-context, sorted by name.  ERR_CONTEXT. */
int	key_context_parse(struct slice text, struct arena *arena, struct kms_pair **out, size_t *count,
	    struct error *err) WARN_UNUSED;
/* Sort by name, which every struct master_key has done to its context. */
void	key_context_sort(struct kms_pair *context, size_t count);

#endif
