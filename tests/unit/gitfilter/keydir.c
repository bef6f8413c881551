#include "gitfilter/keydir.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static struct gitdir	dir, linked;

static struct keyfile *
make(const char *name)
{
	struct error	 err = ERROR_INIT;
	struct keyfile	*key;

	if (keyfile_generate(name, &key, &err) != 0)
		bail_out(err.text);
	return key;
}

static void
put(const char *path, struct slice bytes)
{
	struct error err = ERROR_INIT;

	if (file_replace(path, bytes, &err) != 0)
		bail_out(err.text);
}

static int
kind_of_load(const struct gitdir *at, const char *name)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct error				 err = ERROR_INIT;

	return keydir_load(at, name, &key, &err);
}

static bool
loads(const struct gitdir *at, const struct keyfile *want)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct error				 err = ERROR_INIT;

	return keydir_load(at, want->name, &key, &err) == 0 && keyfile_same(key, want);
}

static void
test_store(const struct keyfile *plain, const struct keyfile *named)
{
	struct error	err = ERROR_INIT;
	struct stat	st;
	char		path[GITDIR_PATH_MAX];

	is_int(kind_of_load(&dir, ""), ERR_NO_KEY, "a clone without keys has none");
	succeeds(keydir_store(&dir, plain, &err), err, "the default key is stored");
	succeeds(keydir_store(&dir, named, &err), err, "a named one, too");
	ok(keydir_path(&dir, "", path, &err) == 0 && strstr(path, "/git-crypt/keys/default") != NULL, "where git-crypt looks for it");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 148, "its owner's alone, 148 bytes");
	ok(loads(&dir, plain) && loads(&dir, named), "both load");
	is_int(kind_of_load(&dir, "other"), ERR_NO_KEY, "a third one does not");
	is_int(kind_of_load(&dir, "../default"), ERR_SYNTAX, "a name that is a path is refused");
	is_int(kind_of_load(&dir, "default"), ERR_SYNTAX, "and so is 'default'");
}

static void
test_list(void)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	struct error						err = ERROR_INIT;
	char							path[GITDIR_PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/git-crypt/keys/.swp", dir.common);
	put(path, SLICE("x"));
	succeeds(keydir_list(&dir, &names, &err), err, "the keys are listed");
	ok(names.count == 2 && strcmp(names.name[0], "") == 0 && strcmp(names.name[1], "team") == 0,
	    "by name, and nothing that cannot be one");
}

static void
test_linked(const struct keyfile *plain)
{
	CLEANUP(keyfile_freep) struct keyfile	*own = make("");
	CLEANUP(buf_release) struct buf		 bytes = BUF_SECRET(1000);
	struct error				 err = ERROR_INIT;
	char					 path[GITDIR_PATH_MAX + 32];

	ok(loads(&linked, plain), "a linked worktree shares the keys");
	(void)snprintf(path, sizeof(path), "%s/git-crypt", linked.git);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/git-crypt/keys", linked.git);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/git-crypt/keys/default", linked.git);
	if (keyfile_write(own, &bytes, &err) != 0)
		bail_out(err.text);
	put(path, buf_slice(&bytes));
	ok(loads(&linked, own) && loads(&dir, plain), "its own, which git-crypt put there, comes first");
	succeeds(keydir_store(&linked, own, &err), err, "storing there");
	ok(loads(&dir, own) && access(path, F_OK) != 0, "writes the common directory, and removes the copy that hides it");
}

static void
test_damage(const struct keyfile *named)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(1000);
	struct error			err = ERROR_INIT;
	char				path[GITDIR_PATH_MAX];

	if (keydir_path(&dir, "", path, &err) != 0 || keyfile_write(named, &bytes, &err) != 0)
		bail_out(err.text);
	put(path, buf_slice(&bytes));
	is_int(kind_of_load(&dir, ""), ERR_SYNTAX, "a file that holds a key of another name is refused");
	put(path, slice_sub(buf_slice(&bytes), 0, 100));
	is_int(kind_of_load(&dir, ""), ERR_SYNTAX, "so is a damaged one");
	put(path, SLICE("\0GITCRYPTKEY\0\0\0\3"));
	is_int(kind_of_load(&dir, ""), ERR_UNSUPPORTED, "and one of a later format");
}

static void
test_marks_and_removal(void)
{
	struct error err = ERROR_INIT;

	ok(!keydir_is_unexported(&dir, "team"), "a key is known elsewhere unless marked");
	ok(keydir_mark_unexported(&dir, "team", true, &err) == 0 && keydir_is_unexported(&linked, "team") &&
	    !keydir_is_unexported(&dir, ""), "the mark is a key's own, and all worktrees see it");
	succeeds(keydir_remove(&linked, "team", &err), err, "a key is removed");
	ok(kind_of_load(&dir, "team") == ERR_NO_KEY && !keydir_is_unexported(&dir, "team"), "with its mark");
	succeeds(keydir_remove(&dir, "team", &err), err, "removing what is not there is no failure");
	ok(keydir_mark_unexported(&dir, "team", false, &err) == 0, "nor is taking away a mark that is not there");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(keyfile_freep) struct keyfile	*plain = make(""), *named = make("team");
	struct error				 err = ERROR_INIT;

	if (tmpdir_new(&tmpdir, &err) != 0)
		bail_out(err.text);
	(void)snprintf(dir.git, sizeof(dir.git), "%s", tmpdir_path(tmpdir));
	(void)snprintf(dir.common, sizeof(dir.common), "%s", tmpdir_path(tmpdir));
	(void)snprintf(linked.git, sizeof(linked.git), "%s/linked", tmpdir_path(tmpdir));
	(void)snprintf(linked.common, sizeof(linked.common), "%s", tmpdir_path(tmpdir));
	if (mkdir(linked.git, 0755) != 0)
		bail_out("no folder");
	test_store(plain, named);
	test_list();
	test_linked(plain);
	test_damage(named);
	test_marks_and_removal();
	return done_testing();
}
