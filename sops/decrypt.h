#ifndef SOPS_DECRYPT_H
#define SOPS_DECRYPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "sops/datakey.h"
#include "sops/mac.h"
#include "sops/metadata.h"
#include "sops/reread.h"
#include "sops/reuse.h"
#include "sops/store.h"
#include "sops/value.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"

/*
 * From ciphertext to plaintext, everything verified before anything is released: each leaf's tag, then
 * the MAC over all of them.  The plain text keeps the layout of the encrypted one; where that is sops' own,
 * the result is what sops prints (but for a comment beside a value, which stays there).
 */
struct decrypt_options {
	bool			 ignore_mac;	/* a missing, undecryptable or different MAC; never a value's tag */
	struct reuse		*reuse_opt;	/* takes note of every container */
	bool			 typed;		/* for conversion: in JSON, 1.0 and 1 are told apart, where sops prints both as 1 */
};

/* Encrypted comments that no path opens stay as they are, as in sops. */
struct decrypt_report {
	size_t		comments_kept;
	uint32_t	comment_line;		/* of the first */
};

/*
 * sops_decrypt(doc, store, meta, datakey, options, out, report, err):
 * The edits that make the plain text of ${doc}: every leaf opened, the metadata taken out.  ERR_TAMPERED or ERR_SYNTAX
 * with the position of the value (wrong key, moved, altered, not encrypted where the rules say so), ERR_MAC, ERR_TYPE
 * (a key that is no string), ERR_LIMIT.  On failure ${out} must be thrown away.
 */
int	sops_decrypt(const struct document *doc, const struct store *store, const struct metadata *meta,
	    const struct secret *datakey, const struct decrypt_options *options, struct edits *out,
	    struct decrypt_report *report, struct error *err) WARN_UNUSED;

/*
 * sops_reseal(doc, store, meta, datakey, options, reseal, out, report, err):
 * The same walk with the same checks, but the edits make every container anew, under the key of ${reseal->cipher}; the metadata
 * stays.  ${reseal} gets the containers and the text of the MAC.  For rotate.c.
 */
struct reseal {
	struct value_cipher	*cipher;
	struct sealed_texts	 sealed;
	struct buf		 mac;
};
#define RESEAL	((struct reseal){ .sealed = SEALED_TEXTS, .mac = BUF_SECRET(MAC_TEXT_LEN) })
void	reseal_release(struct reseal *reseal);

int	sops_reseal(const struct document *doc, const struct store *store, const struct metadata *meta,
	    const struct secret *datakey, const struct decrypt_options *options, struct reseal *reseal, struct edits *out,
	    struct decrypt_report *report, struct error *err) WARN_UNUSED;

/* What was read from an encrypted file: all that is needed to show it, or to change it and seal it again. */
struct opened {
	struct document		*doc;		/* the encrypted text */
	struct metadata		*meta;
	struct secret		*datakey;
	struct buf		 plain;		/* the plain text */
	struct decrypt_report	 report;
};
#define OPENED	((struct opened){ .plain = BUF_SECRET(LIMIT_DOCUMENT) })
void	opened_release(struct opened *opened);

/*
 * plain_cut_break(sealed, store, plain, err):
 * A YAML text that ends without a line break behind its metadata ended so before it was encrypted: cut the one that is left at the
 * end of ${plain}, unless a value would be another without it.
 */
int	plain_cut_break(const struct document *sealed, const struct store *store, struct buf *plain, struct error *err) WARN_UNUSED;

/*
 * sealed_load(text, store, out, err):
 * The first half: parse an encrypted text, which must stay as it is until ${out} is released, and read its metadata.  ERR_SYNTAX (also what sops refuses to load),
 * ERR_NO_METADATA, or as store_load().
 */
int	sealed_load(struct slice text, const struct store *store, struct opened *out, struct error *err) WARN_UNUSED;
/*
 * sealed_decrypt(opened, store, options, err):
 * The second half, when ${opened->datakey} has been recovered: decrypt to ${opened->plain}.  Errors as sops_decrypt().
 */
int	sealed_decrypt(struct opened *opened, const struct store *store, const struct decrypt_options *options,
	    struct error *err) WARN_UNUSED;
/* Both: recover the data key (ERR_NO_KEY with a ${report}), then decrypt. */
int	sealed_open(struct opened *opened, const struct store *store, const struct unwrap_options *unwrap,
	    const struct decrypt_options *options, struct unwrap_report *report, struct error *err) WARN_UNUSED;

#endif
