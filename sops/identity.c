#include "sops/identity.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"
#include "base/words.h"

#ifdef __APPLE__
#define CONFIG_BELOW_HOME	"/Library/Application Support"
#else
#define CONFIG_BELOW_HOME	"/.config"
#endif
#define COMMAND_PATIENCE_MS	(5 * 60 * 1000)	/* SOPS_AGE_KEY_CMD may ask a person */

enum source_kind {
	SOURCE_TEXT,		/* a variable holds the keys */
	SOURCE_FILE,		/* a variable names a file */
	SOURCE_COMMAND,		/* a variable holds a command that prints them */
	SOURCE_HOME,		/* a file below the home folder */
	SOURCE_CONFIG,		/* a file below the user's configuration folder */
};

/* In the order in which sops lists them; all are pooled. */
static const struct source {
	const char		*name;		/* variable, or path below the folder */
	enum source_kind	 kind;
	bool			 ssh;		/* an SSH private key */
} sources[] = {
	{ "SOPS_AGE_SSH_PRIVATE_KEY_FILE", SOURCE_FILE, true },
	{ "SOPS_AGE_SSH_PRIVATE_KEY_CMD", SOURCE_COMMAND, true },
	{ ".ssh/id_ed25519", SOURCE_HOME, true },
	{ ".ssh/id_rsa", SOURCE_HOME, true },
	{ "SOPS_AGE_KEY", SOURCE_TEXT, false },
	{ "SOPS_AGE_KEY_FILE", SOURCE_FILE, false },
	{ "SOPS_AGE_KEY_CMD", SOURCE_COMMAND, false },
	{ "sops/age/keys.txt", SOURCE_CONFIG, false },
};
#define SOURCES	(sizeof(sources) / sizeof(sources[0]))

struct identities {
	struct age_identities	*pooled;
	bool			 loaded;
	bool			 given;		/* keys were named and could be read: the standard file may be absent */
	struct buf		 asked;		/* recipients that commands were told of, each ended by a NUL */
	struct buf		 printed[SOURCES];	/* what the command of each source printed last */
	struct buf		 absent;	/* names of places without a key, each ended by a NUL */
	size_t			 absent_count;
	struct buf		 problems;	/* what was wrong with others, joined by "; " */
};

int
identities_new(struct identities **out, struct error *err)
{
	CLEANUP(identities_freep) struct identities *identities = calloc(1, sizeof(*identities));
	int rc;

	if (identities == NULL)
		return err_memory(err);
	identities->absent = BUF(64 * KIB);
	identities->problems = BUF(64 * KIB);
	identities->asked = BUF(MIB);
	for (size_t i = 0; i < SOURCES; i++)
		identities->printed[i] = BUF_SECRET(LIMIT_KEY_FILE);
	if ((rc = age_identities_new(&identities->pooled, err)) != 0)
		return rc;
	*out = TAKE(identities);
	return 0;
}

void
identities_free(struct identities *identities)
{
	if (identities == NULL)
		return;
	age_identities_free(identities->pooled);
	buf_release(&identities->absent);
	buf_release(&identities->problems);
	buf_release(&identities->asked);
	for (size_t i = 0; i < SOURCES; i++)
		buf_release(&identities->printed[i]);
	free(identities);
}

static int
note_absent(struct identities *identities, const char *place, struct error *err)
{
	int rc;

	if ((rc = buf_str(&identities->absent, place, err)) != 0 || (rc = buf_byte(&identities->absent, '\0', err)) != 0)
		return rc;
	identities->absent_count++;
	return 0;
}

/* Once, however often a command fails in the same way. */
static int
note_problem(struct identities *identities, const char *place, const struct error *why, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(8 * KIB);
	struct buf			*problems = &identities->problems;
	int				 rc;

	if (why->kind == ERR_MEMORY)
		return err_memory(err);
	if ((rc = buf_printf(&text, err, "'%s': ", place)) != 0 ||
	    (why->line != 0 && why->path[0] != '\0' && (rc = buf_printf(&text, err, "%s:", why->path)) != 0) ||
	    (why->line != 0 && (rc = buf_printf(&text, err, "%u:%u: ", (unsigned)why->line, (unsigned)why->column)) != 0) ||
	    (rc = buf_str(&text, why->text, err)) != 0 ||
	    (why->hint[0] != '\0' && (rc = buf_printf(&text, err, " (%s)", why->hint)) != 0))
		return rc;
	if (problems->len > 0 && memmem(problems->data, problems->len, text.data, text.len) != NULL)
		return 0;
	if (problems->len > 0 && (rc = buf_str(problems, "; ", err)) != 0)
		return rc;
	return buf_append(problems, buf_slice(&text), err);
}

/*
 * In a variable several keys may stand on a line: blanks between them become line breaks, except in
 * comments.  ${text} is changed in place.
 */
static void
break_lines(struct buf *text)
{
	bool start = true, comment = false;

	for (size_t i = 0; i < text->len; i++) {
		uint8_t *c = &text->data[i];

		if (start)
			comment = *c == '#';
		start = *c == '\n';
		if (!comment && (*c == ' ' || *c == '\t')) {
			*c = '\n';
			start = true;
		}
	}
}

/* Where the old forms of SSH keys under a passphrase have their public half. */
static int
read_public_half(const char *path, struct buf *out, struct error *why)
{
	CLEANUP(buf_release) struct buf	name = BUF(64 * KIB);
	struct error			absent = ERROR_INIT;
	int				rc = buf_printf(&name, why, "%s.pub", path);

	if (rc == 0 && (rc = buf_terminate(&name, why)) == 0 && file_read((const char *)name.data, out, &absent) == ERR_MEMORY)
		rc = err_memory(why);
	return rc;
}

/* ${path_opt}: the file that the text is from. */
static int
parse_ssh(struct identities *identities, struct slice text, const char *place, const char *path_opt, struct error *why)
{
	CLEANUP(buf_release) struct buf	public = BUF(LIMIT_KEY_FILE);
	int				rc;

	if (path_opt != NULL && (rc = read_public_half(path_opt, &public, why)) != 0)
		return rc;
	return age_identities_add_ssh(identities->pooled, text, buf_slice(&public), path_opt != NULL ? path_opt : place, why);
}

static int
parse(struct identities *identities, struct buf *text, const char *place, const char *path_opt, bool variable, struct error *why)
{
	size_t	before = age_identities_count(identities->pooled);
	int	rc;

	if (age_recognised(buf_slice(text)))
		return age_identities_add_locked(identities->pooled, buf_slice(text), place, why);
	if (variable)
		break_lines(text);
	rc = age_identities_parse(identities->pooled, buf_slice(text), variable ? AGE_IDENTITY_TRIM : AGE_IDENTITY_FILE, why);
	if (rc != 0 && path_opt != NULL)
		(void)err_file(why, path_opt);
	if (rc == 0 && age_identities_count(identities->pooled) == before)
		return err_set(why, ERR_NOT_FOUND, "it holds no key");
	return rc;
}

/* Only its standard output counts; what it says on standard error is not for this report (sops drops it too). */
static int
run(const char *command, struct slice recipient, struct buf *out, struct error *why)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
	CLEANUP(buf_release) struct buf		recipient_text = BUF(64 * KIB);
	const char				**argv;
	int					status = 0, rc;

	if ((rc = words_split(slice_str(command), &arena, &argv, why)) != 0 ||
	    (rc = buf_printf(&recipient_text, why, "SOPS_AGE_RECIPIENT=%.*s", SLICE_ARG(recipient))) != 0 ||
	    (rc = buf_terminate(&recipient_text, why)) != 0)
		return rc;
	const char *const	added[] = { (const char *)recipient_text.data, NULL };
	struct run		child = {
		.argv = argv, .env_add_opt = added, .out_opt = out, .err_discard = true, .timeout_ms = COMMAND_PATIENCE_MS,
	};

	if ((rc = run_command(&child, &status, why)) != 0)
		return rc;
	return status == 0 ? 0 : err_set(why, ERR_CHILD, "the command failed with status %d", status);
}

static int
append_path(struct buf *path, const char *folder, const char *below, const char *name, struct error *err)
{
	int rc = buf_printf(path, err, "%s%s/%s", folder, below, name);

	return rc != 0 ? rc : buf_terminate(path, err);
}

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

/* Where a file source is: appends the path; nothing when there is no home folder. */
static int
locate(const struct source *source, struct buf *path, struct error *err)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");

	if (source->kind == SOURCE_CONFIG && is_set(config))
		return append_path(path, config, "", source->name, err);
	if (!is_set(home))
		return 0;
	return append_path(path, home, source->kind == SOURCE_CONFIG ? CONFIG_BELOW_HOME : "", source->name, err);
}

/* The standard file is missed only by somebody who has named no other keys. */
static int
note_missing(struct identities *identities, const struct source *source, const char *place, struct error *err)
{
	if (source->kind == SOURCE_CONFIG && (identities->given || age_identities_count(identities->pooled) > 0))
		return 0;
	return note_absent(identities, place, err);
}

/* What the source holds goes to ${text}.  ERR_NOT_FOUND of a standard file is an answer. */
static int
read_source(struct identities *identities, const struct source *source, const char *value, struct slice recipient, struct buf *text,
    struct error *why)
{
	struct buf	*printed = &identities->printed[source - sources];
	int		 rc;

	switch (source->kind) {
	case SOURCE_TEXT:
		return buf_str(text, value, why);
	case SOURCE_COMMAND:
		if ((rc = run(value, recipient, text, why)) != 0)
			return rc;
		/* The same keys for another recipient are known. */
		if (text->len > 0 && slice_eq(buf_slice(text), buf_slice(printed)))
			return ERR_EXISTS;
		buf_reset(printed);
		return buf_append(printed, buf_slice(text), why);
	default:
		return file_read(value, text, why);
	}
}

static int
load_source(struct identities *identities, const struct source *source, struct slice recipient, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(LIMIT_KEY_FILE), path = BUF(64 * KIB);
	bool		 standard = source->kind == SOURCE_HOME || source->kind == SOURCE_CONFIG;
	const char	*value = standard ? NULL : getenv(source->name), *place = source->name, *path_opt = NULL;
	struct error	 why = ERROR_INIT;
	int		 rc;

	if (standard) {
		if ((rc = locate(source, &path, err)) != 0)
			return rc;
		value = path.len > 0 ? (const char *)path.data : NULL;
		place = value != NULL ? value : place;
	}
	if (!is_set(value))
		return identities->loaded ? 0 : note_missing(identities, source, place, err);
	if (standard || source->kind == SOURCE_FILE)
		path_opt = value;
	rc = read_source(identities, source, value, recipient, &text, &why);
	if (rc == ERR_EXISTS)
		return 0;
	if (rc == ERR_NOT_FOUND && standard)
		return note_missing(identities, source, place, err);
	if (rc != 0 && source->kind == SOURCE_FILE)
		(void)err_wrap(&why, "cannot read '%s'", value);
	identities->given = identities->given || (rc == 0 && !source->ssh && !standard);
	if (rc == 0)
		rc = source->ssh ? parse_ssh(identities, buf_slice(&text), place, path_opt, &why) :
		    parse(identities, &text, place, path_opt, source->kind == SOURCE_TEXT, &why);
	return rc != 0 ? note_problem(identities, place, &why, err) : 0;
}

/* Has a command been told of this recipient? */
static bool
is_asked(const struct identities *identities, struct slice recipient)
{
	struct slice rest = buf_slice(&identities->asked), one;

	while (rest.len > 0 && slice_split(&rest, '\0', &one))
		if (slice_eq(one, recipient))
			return true;
	return false;
}

int
identities_load(struct identities *identities, struct slice recipient, const struct age_identities **out, struct error *err)
{
	int rc;

	*out = identities->pooled;
	if (identities->loaded && is_asked(identities, recipient))
		return 0;
	if ((rc = buf_append(&identities->asked, recipient, err)) != 0 || (rc = buf_byte(&identities->asked, '\0', err)) != 0)
		return rc;
	for (size_t i = 0; i < SOURCES; i++)
		if ((!identities->loaded || sources[i].kind == SOURCE_COMMAND) &&
		    (rc = load_source(identities, &sources[i], recipient, err)) != 0)
			return rc;
	identities->loaded = true;
	return 0;
}

int
identities_report(const struct identities *identities, struct buf *out, struct error *err)
{
	const char	*place = (const char *)identities->absent.data;
	size_t		 n = identities->absent_count;
	int		 rc = 0;

	if (identities->problems.len > 0)
		rc = buf_printf(out, err, "Errors while loading age identities: %.*s.%s", SLICE_ARG(buf_slice(&identities->problems)), n > 0 ? " " : "");
	if (n == 0 || rc != 0)
		return rc;
	rc = buf_printf(out, err, "Did not find keys in location%s ", n > 1 ? "s" : "");
	for (size_t i = 0; i < n && rc == 0; i++, place += strlen(place) + 1)
		rc = buf_printf(out, err, "%s'%s'", i == 0 ? "" : n == 2 ? " and " : i + 1 == n ? ", and " : ", ", place);
	return rc != 0 ? rc : buf_byte(out, '.', err);
}
