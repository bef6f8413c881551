/* ls-gpg-users: who can unlock, key by key; with --json for programs. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "cmd/json_out.h"
#include "gitfilter/gpgkeys.h"
#include "gitfilter/keydir.h"
#include "gitfilter/users.h"

static void
free_words(const char ***words)
{
	free(*words);
}

/* One question to gpg for all of them.  A listing without names is better than none. */
static int
look_up(const struct users *users, struct gpgkeys *found, struct error *err)
{
	CLEANUP(free_words) const char	**who = calloc(users->count + 1, sizeof(*who));
	struct error			  failure = ERROR_INIT;
	size_t				  n = 0;

	if (who == NULL)
		return err_memory(err);
	for (size_t i = 0; i < users->count; i++)
		if (users->users[i].kind == USER_GPG)
			who[n++] = (const char *)users->users[i].id.data;
	if (n > 0 && gpgkeys_find(who, n, found, &failure) != 0)
		cli_warn("%s", failure.text);
	return 0;
}

static const struct gpgkey *
key_of(const struct user *user, const struct gpgkeys *found)
{
	for (size_t i = 0; i < found->count && user->kind == USER_GPG; i++)
		if (slice_eq(found->keys[i].fingerprint, user->id))
			return &found->keys[i];
	return NULL;
}

/* "expires 2027-01-31", "expired", "revoked", or nothing to say. */
static int
append_state(const struct gpgkey *key, struct buf *out, struct error *err)
{
	struct timestamp	when = { .seconds = 0 };
	struct timestamp_fields	date;

	if (key->validity == 'r')
		return buf_str(out, "revoked", err);
	if (key->validity == 'e')
		return buf_str(out, "expired", err);
	if (!num_parse(key->expires, 0, UINT32_MAX, &when.seconds))
		return 0;
	timestamp_split(&when, &date);
	return buf_printf(out, err, "expires %04d-%02d-%02d", date.year, date.month, date.day);
}

static int
append_line(const struct user *user, const struct gpgkey *key_opt, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	state = BUF(KIB);
	int				rc;

	if ((rc = buf_printf(out, err, "    %.*s\n", SLICE_ARG(user->id))) != 0 || user->kind == USER_AGE)
		return rc;
	if (key_opt == NULL)
		return buf_str(out, "        (not in your GPG keyring)\n", err);
	if ((rc = append_state(key_opt, &state, err)) != 0 || (rc = buf_str(out, "        ", err)) != 0 ||
	    (rc = json_out_visible(out, key_opt->name, err)) != 0)
		return rc;
	return buf_printf(out, err, "%s%.*s%s\n", state.len > 0 ? " (" : "", SLICE_ARG(buf_slice(&state)), state.len > 0 ? ")" : "");
}

static int
append_text(const struct users *users, const struct gpgkeys *found, struct buf *out, struct error *err)
{
	const char	*key = NULL;
	int		 rc = 0;

	for (size_t i = 0; rc == 0 && i < users->count; i++) {
		const struct user *user = &users->users[i];

		if (key == NULL || strcmp(key, user->key_name) != 0) {
			key = user->key_name;
			if ((rc = buf_printf(out, err, "%s\n", keydir_entry(key))) != 0)
				return rc;
		}
		rc = append_line(user, key_of(user, found), out, err);
	}
	return rc;
}

static int
append_json(const struct users *users, const struct gpgkeys *found, struct buf *out, struct error *err)
{
	struct json_out	json = JSON_OUT(out);
	int		rc = json_out_begin(&json, NULL, '[', err);

	for (size_t i = 0; rc == 0 && i < users->count; i++) {
		const struct user	*user = &users->users[i];
		const struct gpgkey	*key = key_of(user, found);

		if ((rc = json_out_begin(&json, NULL, '{', err)) != 0 ||
		    (rc = json_out_text(&json, "key", slice_str(keydir_entry(user->key_name)), err)) != 0 ||
		    (rc = json_out_text(&json, "type", slice_str(user->kind == USER_GPG ? "gpg" : "age"), err)) != 0 ||
		    (rc = json_out_text(&json, "id", user->id, err)) != 0)
			return rc;
		if (key != NULL && ((rc = json_out_text(&json, "name", key->name, err)) != 0 ||
		    (rc = json_out_bool(&json, "usable", key->can_encrypt && strchr("er", key->validity) == NULL, err)) != 0 ||
		    (key->expires.len > 0 && (rc = json_out_text(&json, "expires", key->expires, err)) != 0)))
			return rc;
		rc = json_out_end(&json, '}', err);
	}
	if (rc != 0 || (rc = json_out_end(&json, ']', err)) != 0)
		return rc;
	return buf_byte(out, '\n', err);
}

int
verb_list_users(const struct cli_args *args, struct error *err)
{
	const struct admin_options		*options = args->options;
	CLEANUP(users_release) struct users	 users = USERS;
	CLEANUP(gpgkeys_release) struct gpgkeys	 found = GPGKEYS;
	CLEANUP(buf_release) struct buf		 out = BUF(64 * MIB);
	struct worktree				 tree;
	char					 prefix[GITDIR_PATH_MAX];
	bool					 hidden;
	int					 rc;

	if ((rc = admin_enter(&tree, prefix, err)) != 0 || (rc = users_list(&users, err)) != 0 ||
	    (rc = users_are_hidden(&hidden, err)) != 0 || (rc = look_up(&users, &found, err)) != 0)
		return rc;
	if (hidden)
		cli_warn("the users' copies are not in this tree: 'git sparse-checkout add .git-crypt' checks them out");
	rc = options->json ? append_json(&users, &found, &out, err) : append_text(&users, &found, &out, err);
	return rc != 0 ? rc : cli_output(buf_slice(&out), err);
}
