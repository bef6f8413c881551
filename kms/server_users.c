#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "crypto/random.h"
#include "kms/server_users.h"

#define ACCESS_KEY_MAX	128
#define SECRET_MAX	256

struct server_users {
	struct arena		 texts;
	struct server_user	 user[SERVER_USERS_MAX];
	size_t			 count;
};

/* IAM's rule for the names of users. */
static bool
name_valid(struct slice name)
{
	static const char others[] = "_+=,.@-";

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    memchr(others, c, sizeof(others) - 1) == NULL)
			return false;
	}
	return name.len >= 1 && name.len <= 64;
}

/* The user of the section that is being read; complete when it has both. */
static int
read_setting(struct server_users *users, struct slice name, struct slice value, struct error *err)
{
	struct server_user *user = &users->user[users->count - 1];

	if (slice_eq_nocase(name, SLICE("aws_access_key_id"))) {
		if (value.len == 0 || value.len > ACCESS_KEY_MAX)
			return err_set(err, ERR_SYNTAX, "an access key has 1 to %d characters", ACCESS_KEY_MAX);
		return arena_copy(&users->texts, value, &user->access_key, err);
	}
	if (slice_eq_nocase(name, SLICE("aws_secret_access_key"))) {
		if (value.len == 0 || value.len > SECRET_MAX)
			return err_set(err, ERR_SYNTAX, "a secret key has 1 to %d characters", SECRET_MAX);
		secret_free(TAKE(user->secret));
		return secret_copy(value, &user->secret, err);
	}
	return 0;	/* a client's own setting: region, output, ... */
}

static int
section_end(const struct server_users *users, struct error *err)
{
	const struct server_user *user;

	if (users->count == 0)
		return 0;
	user = &users->user[users->count - 1];
	if (user->access_key.len == 0 || user->secret == NULL)
		return err_set(err, ERR_SYNTAX, "section '%.*s' lacks aws_access_key_id or aws_secret_access_key",
		    SLICE_ARG(user->name));
	return 0;
}

static int
read_line(struct server_users *users, struct slice line, struct error *err)
{
	struct slice	text = slice_trim(line);
	size_t		equals = slice_find(text, '=', 0);

	if (text.len == 0 || text.data[0] == '#' || text.data[0] == ';')
		return 0;
	if (text.data[0] == '[') {
		if (section_end(users, err) != 0)
			return err->kind;
		text = slice_trim(slice_sub(text, 1, text.len - 1 + (text.data[text.len - 1] != ']')));
		if (!name_valid(text))
			return err_set(err, ERR_SYNTAX, "'%.*s' is not the name of a user", SLICE_ARG(text));
		if (users->count == SERVER_USERS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d users", SERVER_USERS_MAX);
		users->count++;
		return arena_copy(&users->texts, text, &users->user[users->count - 1].name, err);
	}
	if (equals == text.len || users->count == 0)
		return err_set(err, ERR_SYNTAX, "neither a [section] nor 'name = value' in one");
	return read_setting(users, slice_trim(slice_sub(text, 0, equals)), slice_trim(slice_from(text, equals + 1)), err);
}

int
server_users_parse(struct slice text, const char *path, struct server_users **out, struct error *err)
{
	CLEANUP(server_users_freep) struct server_users *users = calloc(1, sizeof(*users));
	struct slice	line;
	uint32_t	number = 0;

	if (users == NULL)
		return err_memory(err);
	users->texts = ARENA(LIMIT_KEY_FILE);
	while (slice_split(&text, '\n', &line)) {
		number++;
		if (read_line(users, line, err) != 0) {
			(void)err_at(err, number, 1);
			return err_file(err, path);
		}
	}
	if (users->count == 0)
		(void)err_set(err, ERR_SYNTAX, "there is no user in it");
	if (users->count == 0 || section_end(users, err) != 0) {
		(void)err_at(err, number, 1);
		return err_file(err, path);
	}
	*out = TAKE(users);
	return 0;
}

int
server_users_load(const char *path, struct server_users **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_KEY_FILE);

	if (file_read(path, &text, err) != 0 || server_users_parse(buf_slice(&text), path, out, err) != 0)
		return err_wrap(err, "cannot use the credentials in '%s'", path);
	return 0;
}

int
server_users_make(const char *path, struct error *err)
{
	static const char	base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	CLEANUP(buf_release) struct buf text = BUF_SECRET(256);
	struct file_identity	there;
	char			access_key[] = "AKIA" "0000000000000000";
	WIPED(secret, 30);	/* 40 characters of base64 */

	if (file_identify(path, &there, err) != 0 || there.exists)
		return err->kind;
	random_bytes(secret, 16);
	for (size_t i = 0; i < 16; i++)
		access_key[4 + i] = base32[secret[i] & 31];
	random_bytes(secret, sizeof(secret));
	if (buf_printf(&text, err, "[default]\naws_access_key_id = %s\naws_secret_access_key = ", access_key) != 0 ||
	    base64_encode(slice_of(secret, sizeof(secret)), &text, err) != 0 || buf_byte(&text, '\n', err) != 0)
		return err->kind;
	if (file_replace_mode(path, buf_slice(&text), 0600, err) != 0)
		return err_wrap(err, "cannot make the credentials '%s'", path);
	return 0;
}

void
server_users_free(struct server_users *users)
{
	if (users == NULL)
		return;
	for (size_t i = 0; i < users->count; i++)
		secret_free(users->user[i].secret);
	arena_release(&users->texts);
	free(users);
}

const struct server_user *
server_users_find(const struct server_users *users, struct slice access_key)
{
	for (size_t i = 0; i < users->count; i++)
		if (slice_eq(users->user[i].access_key, access_key))
			return &users->user[i];
	return NULL;
}

const struct server_user *
server_users_first(const struct server_users *users)
{
	return &users->user[0];
}
