/* add-gpg-user, add-age-user: a copy of the key for each person, and one commit. */
#include <stdlib.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "crypto/age.h"
#include "gitfilter/gpgkeys.h"
#include "gitfilter/keydir.h"
#include "gitfilter/users.h"

/* What both verbs collect. */
struct adding {
	struct worktree	 tree;
	const char	*name;		/* of the key */
	struct keyfile	*key;
	struct buf	 paths;		/* written files, each ended by a NUL byte */
	struct buf	 names;		/* lines of the commit message */
};
#define ADDING	((struct adding){ .paths = BUF(16 * MIB), .names = BUF(16 * MIB) })

static void
adding_release(struct adding *adding)
{
	keyfile_free(adding->key);
	buf_release(&adding->paths);
	buf_release(&adding->names);
}

static int
begin(const struct cli_args *args, struct adding *adding, struct error *err)
{
	char		 prefix[GITDIR_PATH_MAX];
	int		 rc;

	if ((rc = admin_key_name(args, &adding->name, err)) != 0)
		return rc;
	return admin_enter(&adding->tree, prefix, err);
}

static int
load_key(struct adding *adding, struct error *err)
{
	return keydir_load(&adding->tree.dir, adding->name, &adding->key, err);
}

/* ${what}: "git-crypt collaborator", "age recipient". */
static int
finish(const struct cli_args *args, struct adding *adding, const char *what, const char *heading, struct error *err)
{
	const struct admin_options	*options = args->options;
	CLEANUP(buf_release) struct buf	message = BUF(16 * MIB);
	int				rc;

	/* Who can get at the key can give it back: it is no longer this clone's alone. */
	if ((rc = keydir_mark_unexported(&adding->tree.dir, adding->key->name, false, err)) != 0)
		return rc;
	if (adding->paths.len == 0)
		return 0;
	if ((rc = buf_printf(&message, err, "Add %zu %s%s\n\n%s:\n\n", args->count, what, args->count == 1 ? "" : "s",
	    heading)) != 0 ||
	    (rc = buf_append(&message, buf_slice(&adding->names), err)) != 0 || (rc = buf_terminate(&message, err)) != 0)
		return rc;
	return users_commit(buf_slice(&adding->paths), (const char *)message.data, !options->no_commit, err);
}

/* The whole fingerprint on the command line is a decision; git-crypt wants "0x" before it. */
static bool
names_fingerprint(const char *who, struct slice fingerprint)
{
	struct slice text = slice_str(who);

	if (slice_starts(text, SLICE("0x")) || slice_starts(text, SLICE("0X")))
		text = slice_from(text, 2);
	return slice_eq_nocase(text, fingerprint);
}

static int
add_gpg(const struct admin_options *options, struct adding *adding, const struct gpgkey *key, const char *who,
    struct error *err)
{
	bool	trusted = options->trusted || names_fingerprint(who, key->fingerprint);
	int	rc = users_add_gpg(adding->key, key, trusted, &adding->paths, err);

	if (rc != 0)
		return err_wrap(err, "cannot add '%s'", who);
	return buf_printf(&adding->names, err, "    %s\n        %s\n", (const char *)key->fingerprint.data,
	    key->name.len > 0 ? (const char *)key->name.data : "");
}

static int
find_all(const struct cli_args *args, struct gpgkeys *found, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->count; i++) {
		found[i] = GPGKEYS;
		rc = gpgkeys_find_one(args->operands[i], &found[i], err);
	}
	return rc;
}

static void
free_found(struct gpgkeys **found)
{
	for (size_t i = 0; *found != NULL && (*found)[i].arena.max != 0; i++)
		gpgkeys_release(&(*found)[i]);
	free(*found);
}

int
verb_add_gpg_user(const struct cli_args *args, struct error *err)
{
	CLEANUP(adding_release) struct adding	 adding = ADDING;
	CLEANUP(free_found) struct gpgkeys	*found = calloc(args->count + 1, sizeof(*found));
	int					 rc;

	if (found == NULL)
		return err_memory(err);
	/* All of them before the first file. */
	if ((rc = begin(args, &adding, err)) != 0)
		return rc;
	if ((rc = find_all(args, found, err)) != 0)
		return rc == ERR_NOT_FOUND || rc == ERR_CONFLICT ? cli_retell(args, err, "Error: %s", err->text) : rc;
	if ((rc = load_key(&adding, err)) != 0)
		return rc;
	for (size_t i = 0; i < args->count; i++)
		if ((rc = add_gpg(args->options, &adding, &found[i].keys[0], args->operands[i], err)) != 0)
			return rc;
	return finish(args, &adding, "git-crypt collaborator", "New collaborators", err);
}

int
verb_add_age_user(const struct cli_args *args, struct error *err)
{
	CLEANUP(adding_release) struct adding			 adding = ADDING;
	CLEANUP(age_recipients_freep) struct age_recipients	*check = NULL;
	int							 rc;

	if ((rc = begin(args, &adding, err)) != 0 || (rc = load_key(&adding, err)) != 0 || (rc = age_recipients_new(&check, err)) != 0)
		return rc;
	for (size_t i = 0; i < args->count; i++)
		if ((rc = age_recipients_add(check, slice_str(args->operands[i]), err)) != 0)
			return rc;
	for (size_t i = 0; i < args->count; i++) {
		if ((rc = users_add_age(adding.key, slice_str(args->operands[i]), &adding.paths, err)) != 0)
			return err_wrap(err, "cannot add '%s'", args->operands[i]);
		if ((rc = buf_printf(&adding.names, err, "    %s\n", args->operands[i])) != 0)
			return rc;
	}
	return finish(args, &adding, "age recipient", "New recipients", err);
}
