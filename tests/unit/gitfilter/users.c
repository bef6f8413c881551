#include "gitfilter/users.h"
#include "gitfilter/users_open.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static struct keyfile		*plain_key, *named_key;
static struct age_identities	*identity;
static struct buf		 recipient = BUF(KIB);

static void
put(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	if (file_replace(path, slice_str(text), &err) != 0)
		bail_out(err.text);
}

static void
prepare(struct tmpdir **folder)
{
	CLEANUP(buf_release) struct buf	secret = BUF_SECRET(KIB);
	struct error			err = ERROR_INIT;

	if (tmpdir_new(folder, &err) != 0 || chdir(tmpdir_path(*folder)) != 0 || system("git init -q .") != 0 ||
	    keyfile_generate("", &plain_key, &err) != 0 || keyfile_generate("prod", &named_key, &err) != 0 ||
	    age_identity_generate(&secret, &err) != 0 || age_identities_new(&identity, &err) != 0 ||
	    age_identities_parse(identity, buf_slice(&secret), AGE_IDENTITY_FILE, &err) != 0 ||
	    age_identities_recipient(identity, 0, &recipient, &err) != 0)
		bail_out(err.text);
}

static int
open_all(struct keyring *ring)
{
	struct error err = ERROR_INIT;

	return users_open_age(identity, ring, &err);
}

static void
test_adding(void)
{
	CLEANUP(buf_release) struct buf		paths = BUF(MIB), again = BUF(MIB), list = BUF(MIB);
	CLEANUP(users_release) struct users	users = USERS;
	CLEANUP(keyring_release) struct keyring	none = KEYRING, ring = KEYRING;
	struct error				err = ERROR_INIT;

	is_int(open_all(&none), ERR_NO_KEY, "without copies nothing opens");
	is_int(users_add_age(plain_key, buf_slice(&recipient), &paths, &err), 0, "a copy of the default key");
	is_int(users_add_age(named_key, buf_slice(&recipient), &paths, &err), 0, "a copy of a named key");
	is_int(access(".git-crypt/.gitattributes", F_OK), 0, "the folder has its attributes");
	is_int(users_add_age(plain_key, buf_slice(&recipient), &again, &err), 0, "a second time");
	is_int(file_read(".git-crypt/age/default/0/recipients", &list, &err), 0, "the list");
	is_int((int)list.len, (int)recipient.len + 1, "has one line");
	ok(again.len > 0 && again.len < paths.len, "files that were there are told as well, for the commit");
	is_int(users_list(&users, &err), 0, "both are listed");
	if (is_int((int)users.count, 2, "just these"))
		ok(users.users[0].key_name[0] == '\0' && strcmp(users.users[1].key_name, "prod") == 0 &&
		    slice_eq(users.users[0].id, buf_slice(&recipient)), "by key, with the recipient");
	is_int(open_all(&ring), 0, "the identity opens them");
	ok(ring.count == 2 && keyfile_same(keyring_find(&ring, ""), plain_key) && keyfile_same(keyring_find(&ring, "prod"), named_key),
	    "and they are the keys");
	is_int(users_add_age(plain_key, SLICE("age1bogus"), &paths, &err), ERR_SYNTAX, "what is no recipient is refused");
}

/* A member of the repository can write anything there. */
static void
test_hostile_tree(void)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING;
	CLEANUP(users_release) struct users	users = USERS;
	struct error				err = ERROR_INIT;

	ok(system("mv .git-crypt/age/prod .git-crypt/age/stage") == 0, "a copy under another key's name");
	is_int(open_all(&ring), ERR_SYNTAX, "is refused");
	ok(system("rm -r .git-crypt/age/stage && mkdir -p .git-crypt/age/..x/0 .git-crypt/keys/default/0 .git-crypt/keys/default/1") == 0,
	    "folders with impossible names");
	put(".git-crypt/age/..x/0/recipients", "age1x\n");
	put(".git-crypt/keys/default/0/0123.gpg", "");
	put(".git-crypt/keys/default/0/0123456789ABCDEF0123456789ABCDEF01234567.txt", "");
	put(".git-crypt/keys/default/0/0123456789ABCDEF0123456789ABCDEF01234567.gpg", "");
	put(".git-crypt/keys/default/1/89ABCDEF0123456789ABCDEF0123456789ABCDEF.gpg", "");
	is_int(users_list(&users, &err), 0, "are read over");
	is_int((int)users.count, 2, "and so are names that are no fingerprints, and other versions");
	users_release(&users);
	users = USERS;
	put(".git-crypt/age/default/0/recipients", "\n# a comment\n  age1abc  \r\nssh-ed25519 AAAA me@home\nssh-ed25519\n");
	is_int(users_list(&users, &err), 0, "a list with comments, blanks and an SSH key");
	is_int((int)users.count, 4, "has three recipients");
	ok(slice_eq(users.users[2].id, SLICE("ssh-ed25519")) || slice_eq(users.users[3].id, SLICE("ssh-ed25519 AAAA")) ||
	    slice_eq(users.users[2].id, SLICE("ssh-ed25519 AAAA")), "the comment of the SSH key is none of it");
	ok(unlink(".git-crypt/age/default/0/recipients") == 0 && symlink("/dev/zero", ".git-crypt/age/default/0/recipients") == 0,
	    "a link to a device in the place of the list");
	users_release(&users);
	users = USERS;
	ok(users_list(&users, &err) != 0, "is not followed");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir *folder = NULL;

	prepare(&folder);
	test_adding();
	test_hostile_tree();
	(void)!chdir("/");
	age_identities_free(identity);
	keyfile_free(plain_key);
	keyfile_free(named_key);
	buf_release(&recipient);
	return done_testing();
}
