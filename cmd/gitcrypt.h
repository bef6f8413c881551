#ifndef CMD_GITCRYPT_H
#define CMD_GITCRYPT_H

#include "cmd/cli.h"

/*
 * The manners of git-crypt: its grammar of options, its streams and its words, which hubcrypt and hubcrypt-admin keep
 * under that name.  A failure whose text begins with "Error: " or "git-crypt: " is a whole line of the original; in front
 * of every other stands "git-crypt: Error", or the kind of failure that git-crypt tells apart.
 *
 * Verbs say "Error: ..." through cli_retell(), so that under our own name they keep clearer words.
 */
extern const struct cli_manners gitcrypt_manners;

#endif
