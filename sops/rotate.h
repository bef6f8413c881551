#ifndef SOPS_ROTATE_H
#define SOPS_ROTATE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/datakey.h"
#include "sops/decrypt.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"
#include "sops/store.h"
#include "yamlmerge/edit.h"

/*
 * A new data key for a file: every value opened, checked and sealed again where it stands, so that nothing but
 * ciphertext and metadata changes.  Who had the old data key cannot read the new file with it.
 */
struct rotate_options {
	const struct key_group	*add_opt;	/* go to the end of the first group, even when they are there already */
	const struct key_group	*remove_opt;	/* by identity, from every group */
	int			 indent;	/* of the metadata, as in store_indent() */
	bool			 ignore_mac;
	/*
	 * Where a recipient is of a type that we cannot wrap for, and none is to be removed: seal the values anew under the data
	 * key that is there, and leave the entries as they are.
	 */
	bool			 may_keep_key;
};

/* What happened that the user might want to know. */
struct rotate_report {
	struct decrypt_report	decrypt;
	bool			opened;		/* every value and the MAC were right: what failed came later */
	size_t			removed;	/* entries that went */
	const struct master_key	*kept_for;	/* the data key stayed: the entry is why (an entry of ${opened}); or NULL */
};

/*
 * sops_rotate(opened, store, ring, options, out, report, err):
 * ${opened} comes from sealed_load(), with its data key recovered.  Appends the new text, read again and compared, to ${out}.
 * Creation times and version stay.  Errors as sops_decrypt() and datakey_wrap().
 */
int	sops_rotate(struct opened *opened, const struct store *store, struct keyring *ring, const struct rotate_options *options,
	    struct buf *out, struct rotate_report *report, struct error *err) WARN_UNUSED;

/*
 * The same in two steps, for many files: between them ${datakey} is to be wrapped for the recipients of ${meta}.
 */
struct rotation {
	struct metadata		*meta;
	struct secret		*datakey;
	struct reseal		 reseal;
	struct edits		 edits;
};
#define ROTATION	((struct rotation){ .reseal = RESEAL, .edits = EDITS })
void	rotation_release(struct rotation *rotation);
int	rotate_start(const struct opened *opened, const struct store *store, const struct rotate_options *options,
	    struct rotation *rotation, struct rotate_report *report, struct error *err) WARN_UNUSED;
int	rotate_finish(const struct opened *opened, const struct store *store, const struct rotate_options *options,
	    struct rotation *rotation, struct buf *out, struct error *err) WARN_UNUSED;

#endif
