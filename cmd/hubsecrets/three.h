#ifndef CMD_HUBSECRETS_THREE_H
#define CMD_HUBSECRETS_THREE_H

#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/merge3.h"

/*
 * Three versions of one encrypted file, opened in memory, on their way to a fourth.  For the merge driver and the merge tool.
 */
struct version {
	struct buf	stored, text;		/* as git keeps it; decrypted */
	bool		sealed;
	struct opened	opened;			/* when it is */
};
#define VERSION	((struct version){ .stored = BUF(LIMIT_DOCUMENT), .text = BUF_SECRET(LIMIT_DOCUMENT), .opened = OPENED })

enum { VERSION_BASE, VERSION_OURS, VERSION_THEIRS, VERSIONS };

struct three {
	const struct cli_args	*args;
	const char		*name;		/* of the file: its type goes by it */
	const struct store	*store;
	struct keyring		*ring;
	struct version		 version[VERSIONS];
	const struct version	*recipients;	/* whose recipients and rules the result has; NULL: it is not encrypted */
	const struct version	*datakey;
	bool			 keys_conflict;	/* both sides changed recipients or rules; ours are taken */
};
#define THREE(arguments)	((struct three){ .args = (arguments), .version = { VERSION, VERSION, VERSION } })
void	three_release(struct three *three);

/*
 * The type by the name, then each version (its ${stored} filled; an empty base is none) decrypted, then whose keys are to be used.  Sets the
 * exit status when it fails.  ERR_CONFLICT: one side has decrypted the file.
 */
int	three_open(struct three *three, struct error *err) WARN_UNUSED;
/* Merge the texts: as merge3_run(). */
int	three_merge(const struct three *three, struct buf *out, struct merge3_conflicts *conflicts, struct error *err) WARN_UNUSED;
/* Both sides' lines, with markers where they conflict. */
int	three_lines(const struct three *three, struct buf *out, bool *conflict, struct error *err) WARN_UNUSED;
/*
 * Append the encrypted form of a plaintext that came of the merge to ${out}; values that either side had keep their ciphertext where
 * the data key is the same.
 */
int	three_seal(const struct three *three, struct slice text, struct buf *out, struct error *err) WARN_UNUSED;
/* Say on standard error what conflicts. */
void	three_tell(const struct three *three, const struct merge3_conflicts *conflicts);

#endif
