#ifndef SOPS_MAC_H
#define SOPS_MAC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/value.h"

/*
 * The MAC over a whole stream of documents: SHA-512 over the bytes of its leaves in order, without any
 * separator, keys or types (FORMAT.md 3), kept sealed in the metadata under the time of the last
 * change.  Comments, nulls and empty containers are never part of it.
 */
#define MAC_TEXT_LEN	128		/* upper-case hexadecimal */

struct mac;

/* ${only_encrypted}: the variant of mac_only_encrypted; the caller then feeds only the leaves that the rules encrypt. */
int	mac_new(bool only_encrypted, struct mac **out, struct error *err) WARN_UNUSED;
/* One leaf's bytes, as value_write() and value_canonical() make them.  Small ones are gathered. */
int	mac_add(struct mac *mac, struct slice bytes, struct error *err) WARN_UNUSED;
/* Append the MAC's text to ${out}; nothing may be added afterwards. */
int	mac_final(struct mac *mac, struct buf *out, struct error *err) WARN_UNUSED;
void	mac_free(struct mac *mac);
DEFINE_CLEANUP(struct mac, mac_free)

/*
 * mac_seal(cipher, text, lastmodified, out, err):
 * Append the container of the MAC ${text}.  ${lastmodified} is RFC 3339 in whole seconds.
 */
int	mac_seal(struct value_cipher *cipher, struct slice text, struct slice lastmodified, struct buf *out,
	    struct error *err) WARN_UNUSED;
/*
 * mac_check(cipher, sealed, lastmodified, computed, err):
 * Does the file's ${sealed} MAC hold exactly ${computed}?  ${lastmodified} is the file's text; its fraction is dropped and
 * its zone kept, as sops does.  ERR_MAC with sops' words: missing, undecryptable, not a string, or different.
 */
int	mac_check(struct value_cipher *cipher, struct slice sealed, struct slice lastmodified, struct slice computed,
	    struct error *err) WARN_UNUSED;

#endif
