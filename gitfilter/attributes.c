#include "gitfilter/attributes.h"

#include <stdio.h>

#include "base/limits.h"
#include "gitfilter/gitcmd.h"

#define ANSWER_MAX	(256 * MIB)
#define NAMES_MAX	16

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

int
attributes_check_conversions(struct slice paths, struct error *err)
{
	struct conversion	found = { .attribute = NULL };
	char			more[64] = "";
	int			rc;

	if (paths.len == 0)
		return 0;
	if ((rc = attributes_query(false, attributes_conversions, paths, conversion_visit, &found, err)) != 0)
		return rc;
	if (found.count == 0)
		return 0;
	if (found.count > 1)
		(void)snprintf(more, sizeof(more), " (and so have %zu more files)", found.count - 1);
	(void)err_set(err, ERR_REFUSED, "'%s' has the attribute '%s' (%s), which would damage its ciphertext%s", found.path,
	    found.attribute, found.value, more);
	return err_hint(err, "add '-text -ident !working-tree-encoding' to its line in .gitattributes");
}

int
attributes_check_conversion(struct slice path, struct error *err)
{
	CLEANUP(buf_release) struct buf	paths = BUF(64 * KIB);
	int				rc;

	if ((rc = buf_append(&paths, path, err)) != 0 || (rc = buf_byte(&paths, '\0', err)) != 0)
		return rc;
	return attributes_check_conversions(buf_slice(&paths), err);
}
