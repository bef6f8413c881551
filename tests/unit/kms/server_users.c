#include <sys/stat.h>
#include <unistd.h>

#include "kms/server_users.h"
#include "tests/tap.h"

static void
reads(void)
{
	static const char text[] =
	    "# who may call\r\n\n[alice]\r\naws_access_key_id = AKIAALICE\r\naws_secret_access_key=s/e+c=ret\r\nregion = eu-west-1\r\n"
	    "; another\n[ bob ]\nAWS_ACCESS_KEY_ID=AKIABOB\naws_secret_access_key =  two \n";
	CLEANUP(server_users_freep) struct server_users *users = NULL;
	const struct server_user *user;
	struct error err = ERROR_INIT;

	if (!succeeds(server_users_parse(slice_str(text), "credentials", &users, &err), err, "a credentials file is read"))
		return;
	is_slice(server_users_first(users)->name, SLICE("alice"), "the first user is the first section's");
	if (ok((user = server_users_find(users, SLICE("AKIABOB"))) != NULL, "a user is found by access key")) {
		is_slice(user->name, SLICE("bob"), "the section names it");
		is_slice(secret_slice(user->secret), SLICE("two"), "blanks around a value do not count");
	}
	if ((user = server_users_find(users, SLICE("AKIAALICE"))) != NULL)
		is_slice(secret_slice(user->secret), SLICE("s/e+c=ret"), "a value is all that follows the first '='");
	ok(server_users_find(users, SLICE("AKIA")) == NULL, "an unknown access key is none");
}

static void
refuses(void)
{
	static const struct {
		const char	*text, *claim;
		unsigned	 line;
	} rows[] = {
		{ "", "an empty file", 1 },
		{ "# nothing\n", "a file of comments", 2 },
		{ "aws_access_key_id = A\n", "a setting before any section", 1 },
		{ "[a]\naws_access_key_id = A\n", "a user without a secret", 3 },
		{ "[a]\naws_secret_access_key = A\n[b]\n", "a user without an access key", 3 },
		{ "[a]\naws_access_key_id = A\naws_secret_access_key =\n", "an empty secret", 3 },
		{ "[a]\nwords\n", "a line of words", 2 },
		{ "[]\n", "a section without a name", 1 },
		{ "[", "a lone bracket", 1 },
		{ "[a b]\n", "a name with a blank", 1 },
		{ "[a\n]", "a section over two lines", 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(server_users_freep) struct server_users *users = NULL;
		struct error err = ERROR_INIT;

		ok(server_users_parse(slice_str(rows[i].text), "f", &users, &err) == ERR_SYNTAX &&
		    err.line == rows[i].line && strcmp(err.path, "f") == 0, "%s is refused, line %u", rows[i].claim,
		    rows[i].line);
		if (err.line != rows[i].line)
			printf("#   line %u: %s\n", err.line, err.text);
	}
}

static void
makes(void)
{
	char path[] = "/tmp/hubkms.XXXXXX";
	CLEANUP(server_users_freep) struct server_users *users = NULL;
	CLEANUP(server_users_freep) struct server_users *again = NULL;
	const struct server_user *user, *same;
	struct error	err = ERROR_INIT;
	struct stat	st;
	int		fd = mkstemp(path);

	if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
		bail_out("no temporary file");
	if (!succeeds(server_users_make(path, &err), err, "credentials are made") ||
	    !succeeds(server_users_load(path, &users, &err), err, "and can be read"))
		return;
	user = server_users_first(users);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "readable by their owner only");
	ok(user->access_key.len == 20 && slice_starts(user->access_key, SLICE("AKIA")), "the access key looks like one");
	is_int(user->secret->len, 40, "the secret has 40 characters");
	if (!succeeds(server_users_make(path, &err), err, "making them again is fine") ||
	    !succeeds(server_users_load(path, &again, &err), err, "and the file is there"))
		return;
	same = server_users_first(again);
	ok(secret_equal(secret_slice(user->secret), secret_slice(same->secret)), "but keeps what was there");
	(void)unlink(path);
}

int
main(void)
{
	reads();
	refuses();
	makes();
	return done_testing();
}
