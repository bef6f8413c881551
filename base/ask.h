#ifndef BASE_ASK_H
#define BASE_ASK_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

/*
 * Questions to a person: passphrases of keys, what a plugin wants to know.  Libraries ask through this page; a program that
 * can reach somebody says how, once, with ask_through() (cmd/prompt.c does it at the terminal).  Where nobody was named
 * there is nobody to ask.
 */
struct asker {
	/* What is typed is not shown, and never empty. */
	int	(*secret)(const char *prompt, struct secret **out, struct error *err);
	int	(*line)(const char *prompt, struct buf *out, struct error *err);
	/* Say something that needs no answer ("touch your key"). */
	int	(*tell)(const char *text, struct error *err);
};

void	ask_through(const struct asker *asker);		/* NULL: nobody */

/*
 * ${prompt} may hold foreign bytes; the asker makes them harmless.  ERR_UNSUPPORTED: there is nobody to ask; ERR_CANCELLED: no
 * answer was given.  ask_line() appends the answer to ${out}, without its line break.
 */
int	ask_secret(const char *prompt, struct secret **out, struct error *err) WARN_UNUSED;
int	ask_line(const char *prompt, struct buf *out, struct error *err) WARN_UNUSED;
int	ask_tell(const char *text, struct error *err) WARN_UNUSED;

#endif
