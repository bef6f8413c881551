#include <stdlib.h>
#include <string.h>

#include "base/ask.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/age_type.h"

/*
 * An identity file that is itself an age file under a passphrase.  It is opened when nothing else has fitted and a stanza could be
 * for a key in it; the passphrase is asked for once, whatever comes of it.
 */
struct locked {
	struct buf		 file;
	char			*name;		/* in the question */
	struct age_identities	*inside;	/* NULL: not opened yet */
	struct error		 refused;	/* why it will not be opened */
};

static void
locked_free(void *state)
{
	struct locked *locked = state;

	buf_release(&locked->file);
	free(locked->name);
	age_identities_free(locked->inside);
	free(locked);
}

/* What is in it are lines of text: no SSH keys, no passphrases. */
static bool
could_fit(const struct age_stanza *stanza)
{
	return !slice_starts(stanza->argument[0], SLICE("ssh-")) && !slice_eq(stanza->argument[0], SLICE("scrypt"));
}

static int
ask_for(const struct locked *locked, struct age_identities *with, struct error *err)
{
	CLEANUP(secret_freep) struct secret	*passphrase = NULL;
	CLEANUP(buf_release) struct buf		 prompt = BUF(8 * KIB);
	int					 rc;

	if ((rc = buf_printf(&prompt, err, "Enter passphrase for identity '%s': ", locked->name)) != 0 ||
	    (rc = buf_terminate(&prompt, err)) != 0 || (rc = ask_secret((const char *)prompt.data, &passphrase, err)) != 0)
		return rc;
	return age_identities_add_passphrase(with, secret_slice(passphrase), err);
}

static int
open_inside(const struct locked *locked, struct age_identities **out, struct error *err)
{
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL, *inside = NULL;
	CLEANUP(buf_release) struct buf				 text = BUF_SECRET(LIMIT_KEY_FILE);
	int							 rc;

	if ((rc = age_identities_new(&with, err)) != 0 || (rc = age_identities_new(&inside, err)) != 0 ||
	    (rc = ask_for(locked, with, err)) != 0)
		return rc;
	if ((rc = age_open(with, buf_slice(&locked->file), &text, err)) == ERR_NO_KEY) {
		err_reset(err);
		return err_set(err, ERR_DENIED, "the passphrase is wrong");
	}
	if (rc != 0 || (rc = age_identities_parse(inside, buf_slice(&text), AGE_IDENTITY_FILE, err)) != 0)
		return rc;
	if (age_identities_count(inside) == 0)
		return err_set(err, ERR_NOT_FOUND, "it holds no key");
	*out = TAKE(inside);
	return 0;
}

static int
unlock(struct locked *locked, struct error *err)
{
	if (locked->inside != NULL)
		return 0;
	if (locked->refused.kind == ERR_NONE) {
		if (open_inside(locked, &locked->inside, &locked->refused) == 0)
			return 0;
		(void)err_wrap(&locked->refused, "cannot open the identity file of '%s'", locked->name);
		if (locked->refused.kind == ERR_UNSUPPORTED)
			(void)err_hint(&locked->refused, "type its passphrase at a terminal, or name an identity file without one");
		/* What is wrong with it says nothing of the file that is to be opened. */
		if (locked->refused.kind != ERR_DENIED && locked->refused.kind != ERR_CANCELLED)
			locked->refused.kind = ERR_UNSUPPORTED;
	}
	*err = locked->refused;
	return (int)err->kind;
}

static int
unwrap_any(void *state, const struct age_stanza *stanzas, size_t n, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	struct locked	*locked = state;
	bool		 fits = false;
	int		 rc;

	for (size_t i = 0; i < n; i++)
		fits = fits || could_fit(&stanzas[i]);
	if (!fits)
		return err_set(err, ERR_NO_KEY, "of another type");
	if ((rc = unlock(locked, err)) != 0)
		return rc;
	return age_identities_unwrap(locked->inside, stanzas, n, file_key, err);
}

static bool
waits(const void *state UNUSED)
{
	return true;
}

int
age_locked_identity_new(struct slice file, const char *name, void **state, struct error *err)
{
	struct locked	*locked;
	int		 rc;

	if (!age_wants_passphrase(file)) {
		(void)err_set(err, ERR_UNSUPPORTED, "an encrypted identity file that no passphrase opens");
		return err_hint(err, "age files of identities are read when they are encrypted with 'age -p'");
	}
	if ((locked = calloc(1, sizeof(*locked))) == NULL)
		return err_memory(err);
	locked->file = BUF(2 * LIMIT_KEY_FILE);
	if ((rc = buf_append(&locked->file, file, err)) == 0 && (locked->name = strdup(name)) == NULL)
		rc = err_memory(err);
	if (rc != 0) {
		locked_free(locked);
		return rc;
	}
	*state = locked;
	return 0;
}

const struct age_type age_locked = {
	.name = "an encrypted identity file",
	.identity_free = locked_free,
	.unwrap_any = unwrap_any,
	.waits = waits,
};
