#include "sops/mac.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/timestamp.h"
#include "crypto/digest.h"

#define GATHER	4096	/* one update of libcrypto costs as much as hashing a hundred bytes */

struct mac {
	struct digest	*digest;
	struct buf	 gathered;
};

/* FORMAT.md 3.1: SHA-256 of the text "sops" comes first when only encrypted leaves count. */
static const uint8_t only_encrypted_seed[32] = {
	0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
	0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
};

int
mac_new(bool only_encrypted, struct mac **out, struct error *err)
{
	CLEANUP(mac_freep) struct mac *mac = calloc(1, sizeof(*mac));
	int rc;

	if (mac == NULL)
		return err_memory(err);
	mac->gathered = BUF_SECRET(GATHER);
	if ((rc = digest_new(DIGEST_SHA512, &mac->digest, err)) != 0)
		return rc;
	if (only_encrypted && (rc = mac_add(mac, slice_of(only_encrypted_seed, sizeof(only_encrypted_seed)), err)) != 0)
		return rc;
	*out = TAKE(mac);
	return 0;
}

void
mac_free(struct mac *mac)
{
	if (mac == NULL)
		return;
	digest_free(mac->digest);
	buf_release(&mac->gathered);
	free(mac);
}

static int
flush(struct mac *mac, struct error *err)
{
	int rc = digest_update(mac->digest, buf_slice(&mac->gathered), err);

	mac->gathered.len = 0;		/* no wiping between portions: it is wiped once, when released */
	return rc;
}

int
mac_add(struct mac *mac, struct slice bytes, struct error *err)
{
	int rc;

	if (bytes.len > GATHER - mac->gathered.len && (rc = flush(mac, err)) != 0)
		return rc;
	if (bytes.len > GATHER)
		return digest_update(mac->digest, bytes, err);
	return buf_append(&mac->gathered, bytes, err);
}

int
mac_final(struct mac *mac, struct buf *out, struct error *err)
{
	uint8_t	sum[DIGEST_SHA512_LEN];
	int	rc;

	if ((rc = flush(mac, err)) != 0 || (rc = digest_final(mac->digest, sum, err)) != 0)
		return rc;
	return hex_encode_upper(slice_of(sum, sizeof(sum)), out, err);
}

int
mac_seal(struct value_cipher *cipher, struct slice text, struct slice lastmodified, struct buf *out, struct error *err)
{
	return value_seal(cipher, VALUE_STR, text, lastmodified, out, err);
}

/* FORMAT.md 3.2: the associated data is the parsed time, printed again in whole seconds with its own zone. */
static int
open_mac(struct value_cipher *cipher, struct slice sealed, struct slice lastmodified, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf aad = BUF(64);
	struct timestamp	when;
	enum value_type		type;
	int			rc;

	if (sealed.len == 0)
		return 0;
	if ((rc = timestamp_parse(lastmodified, &when, err)) != 0 ||
	    (rc = timestamp_format_seconds(&when, &aad, err)) != 0 ||
	    (rc = value_open(cipher, sealed, buf_slice(&aad), &type, out, err)) != 0)
		return rc;
	if (type != VALUE_STR)
		return err_set(err, ERR_TYPE, "it is of type '%s'", value_type_name(type));
	return 0;
}

int
mac_check(struct value_cipher *cipher, struct slice sealed, struct slice lastmodified, struct slice computed,
    struct error *err)
{
	CLEANUP(buf_release) struct buf stored = BUF_SECRET(sealed.len + 1);
	struct error	cause = ERROR_INIT;
	int		rc = open_mac(cipher, sealed, lastmodified, &stored, &cause);

	if (rc == ERR_MEMORY)
		return err_memory(err);
	/* The texts are those of sops: scripts look for them. */
	if (rc != 0)
		err_set(err, ERR_MAC, "Cannot decrypt MAC: %s", cause.text);
	else if (secret_equal(buf_slice(&stored), computed))
		return 0;
	else if (stored.len == 0)
		err_set(err, ERR_MAC, "MAC mismatch. File has no MAC, computed %.*s", SLICE_ARG(computed));
	else
		err_set(err, ERR_MAC, "MAC mismatch. File has %.*s, computed %.*s", SLICE_ARG(buf_slice(&stored)),
		    SLICE_ARG(computed));
	err_hint(err, "the file was changed after it was encrypted; restore it, or pass --ignore-mac and look at every value");
	return ERR_MAC;
}
