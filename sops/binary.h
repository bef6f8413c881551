#ifndef SOPS_BINARY_H
#define SOPS_BINARY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "sops/encrypt.h"
#include "sops/mac.h"
#include "sops/metadata.h"
#include "sops/value.h"
#include "yamlmerge/document.h"

/*
 * Files of any bytes: the plain side is all of them, the encrypted side JSON with the one item "data" (FORMAT.md 7.2).  There is
 * nothing to choose, so selection rules and mac_only_encrypted do not occur.
 */

/* As sops_encrypt(), of a document of syntax_bytes.  Rules in ${meta} are taken out. */
int	binary_encrypt(const struct document *plain, struct metadata *meta, const struct secret *datakey,
	    const struct encrypt_options *options, struct buf *out, struct error *err) WARN_UNUSED;
/* Has this encrypted document the item that a binary file has?  ERR_TYPE. */
int	binary_check(const struct document *doc, struct error *err) WARN_UNUSED;

/* For bulk.c, which does the same in pieces. */
/* What stands before the data, of metadata that is made ready: no rules, the time of now. */
int	binary_begin(struct metadata *meta, int indent, struct buf *out, struct error *err) WARN_UNUSED;
/* Put the MAC of what was added into ${meta}. */
int	binary_seal_mac(struct value_cipher *cipher, struct mac *mac, struct metadata *meta, struct error *err) WARN_UNUSED;
/* What stands behind the data. */
int	binary_end(const struct metadata *meta, int indent, struct buf *out, struct error *err) WARN_UNUSED;
/* Does ${text}, whose data is the ${len} bytes at ${start}, read as what was meant?  ERR_INTERNAL, ERR_SYNTAX. */
int	binary_reread(struct slice text, size_t start, size_t len, const struct metadata *meta, struct error *err) WARN_UNUSED;

#endif
