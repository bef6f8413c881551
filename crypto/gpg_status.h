#ifndef CRYPTO_GPG_STATUS_H
#define CRYPTO_GPG_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * What gpg's status lines say (its doc/DETAILS), which arrive on a descriptor of their own.  They alone tell what happened: whether
 * a message was protected, and that nothing was put around it.
 */
struct gpg_status {
	unsigned	begun, plaintexts, okay, ended;	/* lines of each kind */
	bool		protected;		/* by an MDC or an AEAD mode that was verified */
	bool		bad_mdc, failed, no_data;
	int64_t		failure;		/* its error number for the key that it had; 0: none */
	struct slice	no_seckey;		/* the key of the last NO_SECKEY */
	bool		encrypted;		/* END_ENCRYPTION */
	struct slice	refused;		/* the recipient of INV_RECP; data NULL: there was none */
	int		refusal;		/* and its reason */
};

/* The slices are parts of ${text}.  Other lines are passed over. */
struct gpg_status	gpg_status_parse(struct slice text);

#endif
