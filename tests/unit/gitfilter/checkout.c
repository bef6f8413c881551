#include "gitfilter/checkout.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "gitfilter/keydir.h"
#include "tests/git.h"

static struct gitdir	dir;
static struct keyring	ring;
static struct tracked	files;

static const char *const verdicts[] = { "convert", "done", "edited", "missing", "unencrypted", "no key", "large",
    "twice", "absent" };

static int
note_verdict(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	return buf_printf(context, err, "%.*s:%s ", SLICE_ARG(file->path), verdicts[verdict]);
}

static void
gives(enum checkout_form form, bool change, bool overwrite, const char *want, const char *claim)
{
	CLEANUP(buf_release) struct buf	said = BUF(64 * KIB);
	const struct checkout		checkout = { .form = form, .ring = &ring, .dir = &dir, .change = change,
	    .overwrite = overwrite };
	struct error			err = ERROR_INIT;

	if (succeeds(checkout_run(&checkout, &files, note_verdict, &said, &err), err, claim))
		is_slice(slice_trim(buf_slice(&said)), slice_str(want), "  says so of each file");
}

static void
is_file(const char *path, const char *want, const char *claim)
{
	CLEANUP(buf_release) struct buf	text = BUF(64 * KIB);
	struct error			err = ERROR_INIT;

	if (file_read(path, &text, &err) != 0)
		bail_out(err.text);
	is_slice(buf_slice(&text), slice_str(want), claim);
}

/* Blobs a.s and d/b.s sealed under our key, c.s in plaintext, e.s under another key; all in the index. */
static void
set_up(void)
{
	static const char *const	sealed[] = { "a.s", "d/b.s", "e.s" };
	struct error			err = ERROR_INIT;
	struct keyfile			*key, *stranger;
	CLEANUP(keyring_release) struct keyring	others = KEYRING;

	git_begin();
	ring = KEYRING;
	files = TRACKED;
	sh("mkdir d && echo '*.s filter=git-crypt' >.gitattributes");
	if (keyfile_generate("", &key, &err) != 0 || keyring_add(&ring, key, &err) != 0 ||
	    keyfile_generate("", &stranger, &err) != 0 ||
	    keyring_add(&others, stranger, &err) != 0 || gitdir_find(&dir, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(buf_release) struct buf	blob = BUF(KIB);
		struct source_memory		in;
		struct sink_buf			sink;

		source_memory_init(&in, slice_str(sealed[i]));
		sink_buf_init(&sink, &blob);
		if (blob_seal(i == 2 ? others.keys[0].cipher : ring.keys[0].cipher, &in.source, &sink.sink,
		    &err) != 0 ||
		    file_replace(sealed[i], buf_slice(&blob), &err) != 0)
			bail_out(err.text);
	}
	sh("printf clear >c.s && chmod 750 d/b.s && git add . && git commit -qm 1");
	if (tracked_list(false, &files, &err) != 0)
		bail_out(err.text);
}

static void
test_locked_tree(void)
{
	struct error	err = ERROR_INIT;
	bool		clean = false;

	gives(CHECKOUT_PLAIN, false, false, "a.s:convert c.s:unencrypted d/b.s:convert e.s:no key",
	    "a look at a locked tree");
	ok(system("git diff --quiet") == 0, "changes nothing");
	gives(CHECKOUT_PLAIN, true, false, "a.s:convert c.s:unencrypted d/b.s:convert e.s:no key", "decrypting it");
	is_file("a.s", "a.s", "gives plaintext");
	is_file("d/b.s", "d/b.s", "everywhere");
	ok(access(".git/git-crypt/tmp/new", F_OK) != 0, "no temporary file stays");
	{
		struct stat st;

		ok(stat("d/b.s", &st) == 0 && (st.st_mode & 0777) == 0750, "the mode is the file's");
	}
	gives(CHECKOUT_PLAIN, true, false, "a.s:done c.s:unencrypted d/b.s:done e.s:no key",
	    "a second time there is nothing to do");
	gives(CHECKOUT_SEALED, false, false, "a.s:convert c.s:unencrypted d/b.s:convert e.s:done", "the way back");
	succeeds(checkout_is_clean(&clean, &err), err, "git, without filters,");
	ok(!clean, "calls the tree changed");
	gives(CHECKOUT_SEALED, true, false, "a.s:convert c.s:unencrypted d/b.s:convert e.s:done", "encrypting it");
	succeeds(checkout_forget(&files, &err), err, "forget");
	succeeds(checkout_refresh(&err), err, "refresh");
	ok(system("test -z \"$(git status --porcelain)\"") == 0, "the tree is what it was");
}

static void
test_odd_files(void)
{
	sh("printf edit >a.s; rm d/b.s");
	gives(CHECKOUT_PLAIN, true, false, "a.s:edited c.s:unencrypted d/b.s:missing e.s:no key",
	    "edited and missing files");
	is_file("a.s", "edit", "are left alone");
	gives(CHECKOUT_SEALED, true, false, "a.s:edited c.s:unencrypted d/b.s:missing e.s:done", "the other way too");
	is_file("a.s", "edit", "without permission");
	gives(CHECKOUT_SEALED, true, true, "a.s:edited c.s:unencrypted d/b.s:missing e.s:done", "with permission");
	ok(system("git diff --quiet -- a.s") == 0, "an edit is overwritten");
	sh("rm a.s && ln -s c.s a.s && mkdir d/b.s");
	gives(CHECKOUT_SEALED, true, true, "a.s:missing c.s:unencrypted d/b.s:missing e.s:done",
	    "a link and a folder in the place of files");
	ok(system("test -L a.s && test -d d/b.s") == 0, "are not touched");
	sh("rm a.s && mkfifo a.s && rmdir d/b.s");
	gives(CHECKOUT_SEALED, true, true, "a.s:missing c.s:unencrypted d/b.s:missing e.s:done",
	    "a pipe does not block");
	sh("rm a.s && mv d elsewhere && ln -s elsewhere d && git show HEAD:d/b.s >elsewhere/b.s && git checkout -q a.s");
	gives(CHECKOUT_PLAIN, true, false, "a.s:convert c.s:unencrypted d/b.s:missing e.s:no key",
	    "a link in the place of a folder");
	ok(system("test \"$(head -c 9 elsewhere/b.s | tr '\\0' .)\" = .GITCRYPT") == 0, "is not followed");
	sh("rm d && mv elsewhere d && git checkout -q . ");
}

static void
test_alone(void)
{
	CLEANUP(buf_release) struct buf	said = BUF(KIB);
	const struct checkout		wet = { .form = CHECKOUT_PLAIN, .ring = &ring, .dir = &dir, .change = true };
	struct error			err = ERROR_INIT;
	int				fd;

	sh("mkdir -p .git/git-crypt/tmp && echo 'left by a killed run' >.git/git-crypt/tmp/new");
	if ((fd = open(".git/git-crypt/tmp", O_RDONLY | O_DIRECTORY)) < 0 || flock(fd, LOCK_EX) != 0)
		bail_out("no lock");
	is_int(checkout_run(&wet, &files, note_verdict, &said, &err), ERR_REFUSED, "two runs at once are refused");
	(void)close(fd);
	err_reset(&err);
	buf_reset(&said);
	succeeds(checkout_run(&wet, &files, note_verdict, &said, &err), err, "what a killed run left");
	ok(access(".git/git-crypt/tmp/new", F_OK) != 0, "is gone");
}

/* What one run has read, the next need not ask git for: it has no objects to ask for. */
static void
test_kept(void)
{
	CLEANUP(buf_release) struct buf				said = BUF(KIB);
	CLEANUP(checkout_kept_release) struct checkout_kept	kept = CHECKOUT_KEPT;
	CLEANUP(tracked_release) struct tracked			todo = TRACKED;
	struct checkout						run = { .form = CHECKOUT_PLAIN, .ring = &ring, .dir = &dir, .keep_opt = &kept };
	struct error						err = ERROR_INIT;

	succeeds(checkout_run(&run, &files, note_verdict, &said, &err), err, "a look that keeps");
	is_int(kept.count, 2, "what is to be converted, and no more");
	for (size_t i = 0; i < files.count; i++)
		if (slice_eq(files.files[i].path, SLICE("d/b.s")) && tracked_add(&todo, &files.files[i], &err) != 0)
			bail_out(err.text);
	sh("mv .git/objects .git/away && mkdir .git/objects");
	run = (struct checkout){ .form = CHECKOUT_PLAIN, .ring = &ring, .dir = &dir, .change = true, .kept_opt = &kept };
	buf_reset(&said);
	succeeds(checkout_run(&run, &files, note_verdict, &said, &err), err, "the change");
	is_slice(slice_trim(buf_slice(&said)), SLICE("a.s:convert d/b.s:convert c.s:absent e.s:absent"), "asks for the others alone");
	is_file("d/b.s", "d/b.s", "and converts");
	run.form = CHECKOUT_SEALED;
	buf_reset(&said);
	succeeds(checkout_run(&run, &todo, note_verdict, &said, &err), err, "some of the list, the other way");
	is_slice(slice_trim(buf_slice(&said)), SLICE("d/b.s:absent"), "a file that is not next among the kept ones is asked for");
	sh("rmdir .git/objects && mv .git/away .git/objects");
	run.kept_opt = NULL;
	succeeds(checkout_run(&run, &files, note_verdict, &said, &err), err, "and back");
	kept.arena.max = kept.arena.used + 1;
	run = (struct checkout){ .form = CHECKOUT_PLAIN, .ring = &ring, .dir = &dir, .keep_opt = &kept };
	succeeds(checkout_run(&run, &files, note_verdict, &said, &err), err, "more than there is room for");
	ok(kept.full && kept.count == 2, "is not kept, and that is no failure");
}

/* Ciphertext within ciphertext is neither form of anything, and is told apart from content that only looks like it. */
static void
test_twice(void)
{
	CLEANUP(buf_release) struct buf	inner = BUF(KIB), outer = BUF(KIB), fake = BUF(KIB);
	struct error			err = ERROR_INIT;
	struct source_memory		in;
	struct sink_buf			sink;

	sh("git cat-file blob :a.s >inner");
	if (file_read("inner", &inner, &err) != 0)
		bail_out(err.text);
	sh("rm inner");
	source_memory_init(&in, buf_slice(&inner));
	sink_buf_init(&sink, &outer);
	if (blob_seal(ring.keys[0].cipher, &in.source, &sink.sink, &err) != 0 || file_replace("a.s", buf_slice(&outer), &err) != 0)
		bail_out(err.text);
	source_memory_init(&in, SLICE("\0GITCRYPT\0 and more than twelve bytes"));
	sink_buf_init(&sink, &fake);
	if (blob_seal(ring.keys[0].cipher, &in.source, &sink.sink, &err) != 0 || file_replace("d/b.s", buf_slice(&fake), &err) != 0)
		bail_out(err.text);
	sh("git commit -qam twice");
	tracked_release(&files);
	files = TRACKED;
	if (tracked_list(false, &files, &err) != 0)
		bail_out(err.text);
	gives(CHECKOUT_PLAIN, true, false, "a.s:twice c.s:unencrypted d/b.s:convert e.s:no key", "a file that was encrypted twice");
	{
		CLEANUP(buf_release) struct buf left = BUF(KIB);

		ok(file_read("a.s", &left, &err) == 0 && slice_eq(buf_slice(&left), buf_slice(&outer)), "is left as it is");
	}
	gives(CHECKOUT_SEALED, true, false, "a.s:done c.s:unencrypted d/b.s:convert e.s:done", "the way back");
}

int
main(void)
{
	set_up();
	test_locked_tree();
	test_kept();
	test_odd_files();
	test_alone();
	test_twice();
	tracked_release(&files);
	keyring_release(&ring);
	return done_testing();
}
