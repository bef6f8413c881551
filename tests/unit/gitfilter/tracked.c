#include "gitfilter/tracked.h"

#include "tests/git.h"

static const struct tracked_file *
find(const struct tracked *files, const char *path, unsigned stage)
{
	for (size_t i = 0; i < files->count; i++)
		if (slice_eq(files->files[i].path, slice_str(path)) && files->files[i].stage == stage)
			return &files->files[i];
	return NULL;
}

static bool
is_prod(void *context, const struct tracked_file *file)
{
	(void)context;
	return strcmp(file->key_name, "prod") == 0;
}

int
main(void)
{
	CLEANUP(tracked_release) struct tracked	files = TRACKED, some = TRACKED;
	const struct tracked_file		*file;
	struct error				err = ERROR_INIT;

	git_begin();
	succeeds(tracked_list(true, &files, &err), err, "an empty repository");
	is_int(files.count, 0, "has no files");
	sh("printf '%s\\n' '*.s filter=git-crypt diff=git-crypt' '*.p filter=git-crypt-prod' '*.bad filter=git-crypt-default' >.gitattributes;"
	    "echo a >a.s; echo b >'b\nc.s'; echo p >x.p; chmod +x x.p; echo bad >x.bad; ln -s a.s l.s; echo w >w.s; echo v >v.s; git add . &&"
	    "git update-index --skip-worktree w.s && git update-index --assume-unchanged v.s && git commit -qm 1");
	succeeds(tracked_list(false, &files, &err), err, "encrypted files");
	is_int(files.count, 5, "are five: no link, no other driver");
	if ((file = find(&files, "a.s", 0)) == NULL || find(&files, "x.p", 0) == NULL ||
	    find(&files, "b\nc.s", 0) == NULL)
		bail_out("a file is not listed");
	ok(file->encrypted && file->key_name[0] == '\0' && file->mode == 0100644,
	    "a.s is encrypted with the default key");
	is_slice(file->diff, SLICE("git-crypt"), "and has its diff driver");
	is_int(file->id.len, 40, "and an id");
	file = find(&files, "x.p", 0);
	is_str(file->key_name, "prod", "x.p with the key 'prod'");
	is_int(file->mode, 0100755, "and can be run");
	is_slice(file->diff, SLICE("unspecified"), "and has no diff driver");
	ok(find(&files, "w.s", 0) != NULL && find(&files, "w.s", 0)->skip_worktree, "skip-worktree is seen");
	ok(find(&files, "v.s", 0) != NULL && find(&files, "v.s", 0)->assume_unchanged &&
	    !find(&files, "v.s", 0)->skip_worktree,
	    "and assume-unchanged");
	succeeds(tracked_select(&files, is_prod, NULL, &some, &err), err, "a choice");
	is_int(some.count, 1, "of one");
	tracked_release(&some);
	tracked_release(&files);
	succeeds(tracked_list(true, &files, &err), err, "all files");
	is_int(files.count, 7, "are seven: no link");
	ok(find(&files, "x.bad", 0) != NULL && !find(&files, "x.bad", 0)->encrypted,
	    "an impossible key name is no driver of ours");
	tracked_release(&files);

	sh("git checkout -q -b o && echo o >a.s && git commit -qam o && git checkout -q - && echo m >a.s && git commit -qam m &&"
	    "! git merge -q o >/dev/null 2>&1");
	succeeds(tracked_list(false, &files, &err), err, "a conflict");
	ok(find(&files, "a.s", 0) == NULL && find(&files, "a.s", 1) != NULL && find(&files, "a.s", 2) != NULL &&
	    find(&files, "a.s", 3) != NULL,
	    "has three stages");
	tracked_release(&files);
	sh("rm .git/index; echo garbage >.git/index");
	is_int(tracked_list(true, &files, &err), ERR_CHILD, "a broken index is a failure");
	ok(strstr(err.text, "ls-files") != NULL, "of git's: %s", err.text);
	return done_testing();
}
