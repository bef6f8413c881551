#include "gitfilter/attributes.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"
#include "gitfilter/gitcmd.h"

#define ANSWER_MAX	(256 * MIB)
#define NAMES_MAX	16
#define ASKED_MAX	(1 * MIB)	/* a path of 64 KiB is repeated for each attribute */
#define ASKER_PATIENCE_MS 30000
#define ASKER_END_MS	1000

const char *const attributes_conversions[] = { "text", "eol", "ident", "working-tree-encoding", NULL };

static bool
off(struct slice value)
{
	return slice_eq(value, SLICE("unspecified")) || slice_eq(value, SLICE("unset"));
}

bool
attributes_converts(struct slice attribute, struct slice value)
{
	/* "text=auto" sees the NUL in the magic and leaves the file alone. */
	if (slice_eq(attribute, SLICE("text")))
		return !off(value) && !slice_eq(value, SLICE("auto"));
	return !off(value);
}

/* The next of NUL-ended fields. */
static bool
field(struct slice *rest, struct slice *out)
{
	size_t end = slice_find(*rest, '\0', 0);

	if (end == rest->len)
		return false;
	*out = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, end + 1);
	return true;
}

int
attributes_query(bool cached, const char *const *names, struct slice paths, attributes_visit *visit, void *context,
    struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(ANSWER_MAX);
	const char			*argv[NAMES_MAX + 6] = { "check-attr", "-z", "--stdin" };
	struct slice			rest, path, name, value;
	size_t				n = 3;
	int				rc;

	if (paths.len == 0)
		return 0;
	if (cached)
		argv[n++] = "--cached";
	for (size_t i = 0; names[i] != NULL && i < NAMES_MAX; i++)
		argv[n++] = names[i];
	argv[n] = NULL;
	if ((rc = gitcmd_run(argv, paths, &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	while (rest.len > 0) {
		if (!field(&rest, &path) || !field(&rest, &name) || !field(&rest, &value))
			return err_set(err, ERR_CHILD, "'git check-attr' gave an answer that ends early");
		if ((rc = visit(context, path, name, value, err)) != 0)
			return rc;
	}
	return 0;
}

/* With "-text" an "eol" that remains does nothing, nor with "text=auto", which finds a NUL. */
struct conversion {
	bool		text_harmless;	/* of the path that is being told about; its "text" comes first */
	bool		counted;	/* this path has been */
	size_t		count;
	char		value[64];	/* of the first one */
	char		path[1024];
	const char	*attribute;
};

static void
found_conversion(struct conversion *found, struct slice path, struct slice attribute, struct slice value)
{
	found->counted = true;
	if (found->count++ > 0)
		return;
	for (size_t i = 0; attributes_conversions[i] != NULL; i++)
		if (slice_eq(attribute, slice_str(attributes_conversions[i])))
			found->attribute = attributes_conversions[i];
	(void)snprintf(found->value, sizeof(found->value), "%.*s", SLICE_ARG(value));
	(void)snprintf(found->path, sizeof(found->path), "%.*s", SLICE_ARG(path));
}

static int
conversion_visit(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err UNUSED)
{
	struct conversion *found = context;

	if (slice_eq(attribute, SLICE("text"))) {
		found->text_harmless = slice_eq(value, SLICE("unset")) || slice_eq(value, SLICE("auto"));
		found->counted = false;
	}
	if (slice_eq(attribute, SLICE("eol")) && found->text_harmless)
		return 0;
	if (!found->counted && attributes_converts(attribute, value))
		found_conversion(found, path, attribute, value);
	return 0;
}

static int
judge(const struct conversion *found, struct error *err)
{
	char more[64] = "";

	if (found->count == 0)
		return 0;
	if (found->count > 1)
		(void)snprintf(more, sizeof(more), " (and so have %zu more files)", found->count - 1);
	(void)err_set(err, ERR_REFUSED, "'%s' has the attribute '%s' (%s), which would damage its ciphertext%s",
	    found->path,
	    found->attribute, found->value, more);
	return err_hint(err, "add '-text -ident !working-tree-encoding' to its line in .gitattributes");
}

int
attributes_check_conversions(struct slice paths, struct error *err)
{
	struct conversion	found = { .attribute = NULL };
	int			rc;

	if (paths.len == 0)
		return 0;
	rc = attributes_query(false, attributes_conversions, paths, conversion_visit, &found, err);
	return rc != 0 ? rc : judge(&found, err);
}

/* --- one path after the other --------------------------------------------------------------------- */

struct attributes_asker {
	struct run_peer	git;
	struct buf	answer;
};

static int
asker_start(struct attributes_asker **out, struct error *err)
{
	CLEANUP(attributes_asker_freep) struct attributes_asker	*asker = calloc(1, sizeof(*asker));
	CLEANUP(buf_release) struct buf				 git = BUF(64 * KIB);
	const char						*argv[NAMES_MAX + 6] = { NULL, "check-attr", "-z",
	    "--stdin" };
	int							 rc;

	if (asker == NULL)
		return err_memory(err);
	asker->git = RUN_PEER_NONE;
	asker->answer = BUF(ASKED_MAX);
	if ((rc = run_find("git", &git, err)) != 0)
		return rc;
	argv[0] = (const char *)git.data;
	for (size_t i = 0; attributes_conversions[i] != NULL; i++)
		argv[i + 4] = attributes_conversions[i];
	if ((rc = run_peer_start(argv, &asker->git, err)) != 0)
		return err_wrap(err, "cannot run 'git check-attr'");
	*out = TAKE(asker);
	return 0;
}

void
attributes_asker_free(struct attributes_asker *asker)
{
	if (asker == NULL)
		return;
	run_peer_stop(&asker->git, ASKER_END_MS, NULL);
	buf_release(&asker->answer);
	free(asker);
}

/* One attribute's "PATH NAME VALUE", each ended by a NUL, of the answer that arrives. */
static int
asker_record(struct attributes_asker *asker, size_t *at, struct slice record[static 3], struct error *err)
{
	struct slice rest;

	for (;;) {
		uint8_t	*room;
		ssize_t	 n = -1;
		int	 rc;

		rest = slice_from(buf_slice(&asker->answer), *at);
		if (field(&rest, &record[0]) && field(&rest, &record[1]) && field(&rest, &record[2])) {
			*at = asker->answer.len - rest.len;
			return 0;
		}
		if ((rc = buf_reserve(&asker->answer, 4 * KIB, &room, err)) != 0)
			return rc;
		if (poll(&(struct pollfd){ .fd = asker->git.fd, .events = POLLIN }, 1, ASKER_PATIENCE_MS) > 0)
			n = read(asker->git.fd, room, 4 * KIB);
		if (n <= 0)
			return err_set(err, ERR_CHILD, "'git check-attr' did not answer");
		asker->answer.len += (size_t)n;
	}
}

static int
asker_ask(struct attributes_asker *asker, struct slice path, struct conversion *found, struct error *err)
{
	struct slice	record[3];
	size_t		at = 0;
	int		rc;

	buf_reset(&asker->answer);
	if (file_write_all(asker->git.fd, path, err) != 0 || file_write_all(asker->git.fd, slice_of("", 1), err) != 0)
		return err_wrap(err, "'git check-attr' does not listen");
	for (size_t i = 0; attributes_conversions[i] != NULL; i++)
		if ((rc = asker_record(asker, &at, record, err)) != 0 ||
		    (rc = conversion_visit(found, record[0], record[1], record[2], err)) != 0)
			return rc;
	return 0;
}

int
attributes_ask_conversion(struct attributes_asker **asker, struct slice path, struct error *err)
{
	struct conversion	found = { .attribute = NULL };
	int			rc;

	if (memchr(path.data, '\0', path.len) != NULL)
		return err_set(err, ERR_SYNTAX, "a path holds a NUL byte");
	if (*asker == NULL && (rc = asker_start(asker, err)) != 0)
		return rc;
	if ((rc = asker_ask(*asker, path, &found, err)) != 0) {
		/* What it says next would be about another path. */
		attributes_asker_free(TAKE(*asker));
		return rc;
	}
	return judge(&found, err);
}
