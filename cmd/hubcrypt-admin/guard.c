/* guard: filters that stop plaintext in a clone without keys, for every driver that the tree uses. */
#include "gitfilter/guard.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/keydir.h"
#include "gitfilter/tracked.h"

struct name_list {
	char	(*name)[KEYFILE_NAME_MAX + 1];
	size_t	 count;
};

static void
name_list_release(struct name_list *names)
{
	free(names->name);
}

static int
add(struct name_list *names, const char *name, struct error *err)
{
	void *larger;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return 0;
	if ((larger = reallocarray(names->name, names->count + 1, sizeof(*names->name))) == NULL)
		return err_memory(err);
	names->name = larger;
	(void)memcpy(names->name[names->count++], name, strlen(name) + 1);
	return 0;
}

/* The default key always: a guard is set up before the first secret as well. */
static int
drivers_in_use(struct name_list *names, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	files = TRACKED;
	int					rc;

	if ((rc = add(names, "", err)) != 0 || (rc = tracked_list(false, &files, err)) != 0)
		return rc;
	for (size_t i = 0; i < files.count && rc == 0; i++)
		rc = add(names, files.files[i].key_name, err);
	return rc;
}

/* What has a key stays as it is. */
static int
has_key(const struct gitdir *dir, const char *name, bool *has, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	keys = { NULL, 0 };
	int							rc = keydir_list(dir, &keys, err);

	*has = false;
	for (size_t i = 0; i < keys.count; i++)
		*has = *has || strcmp(keys.name[i], name) == 0;
	return rc;
}

int
verb_guard(const struct cli_args *args, struct error *err)
{
	const struct admin_options			*options = args->options;
	CLEANUP(name_list_release) struct name_list	names = { NULL, 0 };
	struct driver_program				program;
	struct worktree					tree;
	char						prefix[GITDIR_PATH_MAX];
	bool						has;
	int						rc;

	if ((rc = admin_program(&program, err)) != 0 || (rc = admin_enter(&tree, prefix, err)) != 0 ||
	    (rc = drivers_in_use(&names, err)) != 0)
		return rc;
	/* The mark before the filters: one without it refuses ciphertext as well. */
	if (!options->off && (rc = guard_set(&tree.dir, true, err)) != 0)
		return rc;
	for (size_t i = 0; i < names.count; i++) {
		if ((rc = has_key(&tree.dir, names.name[i], &has, err)) != 0)
			return rc;
		if (has)
			continue;
		rc = options->off ? driver_remove(names.name[i], err) : driver_install(&program, names.name[i],
		    true, err);
		if (rc != 0)
			return rc;
	}
	return options->off ? guard_set(&tree.dir, false, err) : 0;
}
