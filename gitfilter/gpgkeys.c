#include "gitfilter/gpgkeys.h"

#include <stdlib.h>
#include <string.h>

#include "base/run.h"
#include "gitfilter/gitcmd.h"

#define FINGERPRINT_MIN	40
#define FINGERPRINT_MAX	64
#define KEYS_MAX	100000
#define LISTING_MAX	(64 * MIB)
#define COLUMNS		12
#define LIST_TIMEOUT	120000		/* gpg may check a trust database first */

void
gpgkeys_release(struct gpgkeys *keys)
{
	free(keys->keys);
	keys->keys = NULL;
	keys->count = 0;
	arena_release(&keys->arena);
}

bool
gpgkeys_is_fingerprint(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.data[i] >= '0' && text.data[i] <= '9') && !(text.data[i] >= 'A' && text.data[i] <= 'F'))
			return false;
	return text.len >= FINGERPRINT_MIN && text.len <= FINGERPRINT_MAX;
}

/* --- the listing ---------------------------------------------------------------------------------- */

/* The columns that we read, counted from 1 in doc/DETAILS. */
enum column {
	TYPE		= 0,
	VALIDITY	= 1,
	EXPIRES		= 6,
	VALUE		= 9,	/* fpr: the fingerprint; uid: the user id */
	CAPABILITIES	= 11,
};

static void
split_columns(struct slice line, struct slice column[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (!slice_split(&line, ':', &column[i]))
			column[i] = SLICE_NONE;
}

static int
add(struct gpgkeys *keys, size_t *capacity, const struct gpgkey *key, struct error *err)
{
	struct gpgkey *larger;

	if (keys->count == KEYS_MAX)
		return err_set(err, ERR_LIMIT, "gpg lists more than %d keys", KEYS_MAX);
	if (keys->count >= *capacity) {
		*capacity = keys->count == 0 ? 16 : keys->count * 2;
		if ((larger = reallocarray(keys->keys, *capacity, sizeof(*larger))) == NULL)
			return err_memory(err);
		keys->keys = larger;
	}
	keys->keys[keys->count++] = *key;
	return 0;
}

/* Where we are in a listing: inside which key, and whether its lines still count. */
struct reading {
	struct gpgkeys	*keys;
	size_t		 capacity;
	bool		 every;
	bool		 primary;	/* after "pub", before "sub": the next fingerprint is the primary one */
	bool		 known;		/* that fingerprint has come: the key is the last one of the list */
	struct gpgkey	 pending;	/* what its "pub" line said */
};

static int
begin_key(struct reading *reading, const struct slice column[static COLUMNS], struct error *err)
{
	struct gpgkey *key = &reading->pending;

	*key = (struct gpgkey){ .validity = '-' };
	reading->primary = true;
	reading->known = false;
	if (column[VALIDITY].len > 0)
		key->validity = (char)column[VALIDITY].data[0];
	/* Capital letters speak of the key as a whole; D is one that the user has disabled. */
	key->can_encrypt = slice_find(column[CAPABILITIES], 'E', 0) < column[CAPABILITIES].len &&
	    slice_find(column[CAPABILITIES], 'D', 0) == column[CAPABILITIES].len;
	return arena_copy(&reading->keys->arena, column[EXPIRES], &key->expires, err);
}

static int
take_line(struct reading *reading, struct slice line, struct error *err)
{
	struct slice	column[COLUMNS];
	struct gpgkey	*last;
	int		rc;

	split_columns(line, column);
	if (slice_eq(column[TYPE], SLICE("pub")))
		return begin_key(reading, column, err);
	if (slice_eq(column[TYPE], SLICE("sub"))) {
		reading->primary = false;
		return 0;
	}
	if (slice_eq(column[TYPE], SLICE("fpr")) && gpgkeys_is_fingerprint(column[VALUE]) &&
	    (reading->every || (reading->primary && !reading->known))) {
		rc = arena_copy(&reading->keys->arena, column[VALUE], &reading->pending.fingerprint, err);
		reading->known = true;
		return rc != 0 ? rc : add(reading->keys, &reading->capacity, &reading->pending, err);
	}
	if (slice_eq(column[TYPE], SLICE("uid")) && reading->primary && reading->known) {
		last = &reading->keys->keys[reading->keys->count - 1];
		if (last->name.len == 0)
			return arena_copy(&reading->keys->arena, column[VALUE], &last->name, err);
	}
	return 0;
}

int
gpgkeys_parse(struct slice listing, bool every, struct gpgkeys *out, struct error *err)
{
	struct reading	reading = { .keys = out, .capacity = out->count, .every = every };
	struct slice	line;
	int		rc;

	while (slice_split(&listing, '\n', &line))
		if ((rc = take_line(&reading, line, err)) != 0)
			return rc;
	return 0;
}

/* --- asking gpg ----------------------------------------------------------------------------------- */

int
gpgkeys_program(struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	value = BUF(64 * KIB);
	struct slice			program;
	int				status, rc;

	if ((rc = gitcmd_status((const char *const[]){ "config", "--type=path", "--get", "gpg.program", NULL }, SLICE_NONE, &value,
	    &status, err)) != 0)
		return rc;
	program = slice_trim(buf_slice(&value));
	if (status != 0 || program.len == 0)
		program = SLICE("gpg");
	if ((rc = buf_append(out, program, err)) != 0)
		return rc;
	return buf_terminate(out, err);
}

/* gpg's status is not looked at: it is not 0 when one of several names finds nothing. */
static int
list(const char **argv, bool every, struct gpgkeys *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	program = BUF(64 * KIB), listing = BUF(LISTING_MAX);
	int				status, rc;

	if ((rc = gpgkeys_program(&program, err)) != 0)
		return rc;
	argv[0] = (const char *)program.data;
	rc = run_command(&(struct run){ .argv = argv, .env_add_opt = (const char *const[]){ "LC_ALL=C", NULL }, .out_opt = &listing,
	    .err_discard = true, .timeout_ms = LIST_TIMEOUT }, &status, err);
	if (rc == ERR_NOT_FOUND) {
		(void)err_wrap(err, "gpg cannot be run");
		err->kind = ERR_CHILD;
		return err_hint(err, "install GnuPG, or name the program with 'git config gpg.program'");
	}
	if (rc != 0)
		return err_wrap(err, "gpg cannot list keys");
	if (status < 0)
		return err_set(err, ERR_CHILD, "gpg was killed by signal %d", -status);
	return gpgkeys_parse(buf_slice(&listing), every, out, err);
}

static void
free_words(const char ***words)
{
	free(*words);
}

int
gpgkeys_find(const char *const *who, size_t count, struct gpgkeys *out, struct error *err)
{
	static const char *const	fixed[] = { "gpg", "--batch", "--no-tty", "--with-colons", "--fixed-list-mode", "--fingerprint",
		"--list-keys", "--" };	/* a name that begins with '-' is no option */
	size_t				n = sizeof(fixed) / sizeof(*fixed);
	CLEANUP(free_words) const char	**argv = calloc(n + count + 1, sizeof(*argv));

	if (argv == NULL)
		return err_memory(err);
	if (count == 0)
		return 0;
	(void)memcpy(argv, fixed, sizeof(fixed));
	(void)memcpy(argv + n, who, count * sizeof(*who));
	return list(argv, false, out, err);
}

int
gpgkeys_find_one(const char *who, struct gpgkeys *out, struct error *err)
{
	int rc;

	/* An empty name would match every key. */
	if (*who != '\0' && (rc = gpgkeys_find(&who, 1, out, err)) != 0)
		return rc;
	if (out->count == 0) {
		(void)err_set(err, ERR_NOT_FOUND, "public key for '%s' not found in your GPG keyring", who);
		return err_hint(err, "import it with 'gpg --import', or fetch it with 'gpg --recv-keys'");
	}
	if (out->count > 1)
		return err_set(err, ERR_CONFLICT, "more than one public key matches '%s' - please be more specific", who);
	return 0;
}

int
gpgkeys_own(struct gpgkeys *out, struct error *err)
{
	const char *argv[] = { "gpg", "--batch", "--no-tty", "--with-colons", "--list-secret-keys", "--fingerprint", NULL };

	return list(argv, true, out, err);
}
