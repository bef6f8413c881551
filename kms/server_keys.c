#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "crypto/random.h"
#include "kms/server_keys.h"

/*
 * The whole file is rewritten for each change and replaced atomically (FORMAT.md 4), so there is no
 * state between "before" and "after" that a crash could leave.  Tables are fixed arrays: a stand-in
 * holds few keys, and a pointer to one must stay good.
 */
#define FILE_MAX	(32 * MIB)
#define KEY_ID_MAX	64
#define ALIAS_NAME_MAX	256		/* with "alias/" */
#define ARN_MAX		2048
#define NO_DESCRIPTION	"-"

static const char FIRST_LINE[] = "hubkms 1";

struct server_keys {
	struct buf		 path;		/* of the file */
	int			 lock;		/* descriptor of DIR/lock, held while we live */
	struct arena		 texts;		/* ARNs and descriptions */
	struct server_key	 key[SERVER_KEYS_MAX];
	size_t			 key_count;
	struct server_alias	 alias[SERVER_ALIASES_MAX];
	size_t			 alias_count;
	struct secret		*session;
};

/* --- names ------------------------------------------------------------------------------------------- */

static bool
all_of(struct slice text, const char *characters, size_t min, size_t max)
{
	if (text.len < min || text.len > max)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\0' || strchr(characters, text.data[i]) == NULL)
			return false;
	return true;
}

#define DIGITS	"0123456789"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define ALNUM	LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS

bool
server_arn_parse(struct slice text, struct server_arn *out)
{
	struct slice	part[6], rest = text;
	size_t		n = 0;

	if (text.len == 0 || text.len > ARN_MAX)
		return false;
	/* The resource, part five, may hold colons. */
	while (n < 5 && slice_split(&rest, ':', &part[n]))
		n++;
	if (n != 5 || rest.data == NULL)
		return false;
	part[5] = rest;
	*out = (struct server_arn){ part[1], part[2], part[3], part[4], part[5] };
	return slice_eq(part[0], SLICE("arn")) &&
	    slice_starts(part[1], SLICE("aws")) && all_of(part[1], LOWER "-", 3, 32) &&
	    all_of(part[2], LOWER DIGITS "-", 1, 32) && all_of(part[3], LOWER DIGITS "-", 0, 32) &&
	    all_of(part[4], DIGITS, 12, 12) && all_of(part[5], ALNUM "_+=,.@/:-", 1, ARN_MAX);
}

static bool
alias_name_valid(struct slice name)
{
	return slice_starts(name, SLICE("alias/")) && all_of(name, ALNUM "/_-", 7, ALIAS_NAME_MAX);
}

static bool
key_arn_parse(struct slice text, struct server_arn *out)
{
	return server_arn_parse(text, out) && slice_eq(out->service, SLICE("kms")) && out->region.len != 0;
}

static bool
key_resource_valid(struct slice resource)
{
	return slice_starts(resource, SLICE("key/")) && all_of(slice_from(resource, 4), ALNUM "-", 1, KEY_ID_MAX);
}

void
server_keys_uuid(char out[static 37])
{
	uint8_t	b[16];

	random_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* --- looking up --------------------------------------------------------------------------------------- */

size_t
server_keys_count(const struct server_keys *keys)
{
	return keys->key_count;
}

const struct server_key *
server_keys_at(const struct server_keys *keys, size_t index)
{
	return index < keys->key_count ? &keys->key[index] : NULL;
}

size_t
server_keys_alias_count(const struct server_keys *keys)
{
	return keys->alias_count;
}

const struct server_alias *
server_keys_alias_at(const struct server_keys *keys, size_t index)
{
	return index < keys->alias_count ? &keys->alias[index] : NULL;
}

static const struct server_key *
key_by_arn(const struct server_keys *keys, struct slice arn)
{
	for (size_t i = 0; i < keys->key_count; i++)
		if (slice_eq(keys->key[i].arn, arn))
			return &keys->key[i];
	for (size_t i = 0; i < keys->alias_count; i++)
		if (slice_eq(keys->alias[i].arn, arn))
			return keys->alias[i].target;
	return NULL;
}

const struct server_key *
server_keys_find(const struct server_keys *keys, struct slice name, struct slice region)
{
	struct server_arn arn;

	if (slice_starts(name, SLICE("arn:")))
		return key_arn_parse(name, &arn) && slice_eq(arn.region, region) ? key_by_arn(keys, name) : NULL;
	if (slice_starts(name, SLICE("alias/"))) {
		for (size_t i = 0; i < keys->alias_count; i++)
			if (slice_eq(keys->alias[i].name, name) && slice_eq(keys->alias[i].target->region, region))
				return keys->alias[i].target;
		return NULL;
	}
	for (size_t i = 0; i < keys->key_count; i++)
		if (slice_eq(keys->key[i].id, name) && slice_eq(keys->key[i].region, region))
			return &keys->key[i];
	return NULL;
}

const struct server_key *
server_keys_by_name(const struct server_keys *keys, struct slice name, struct slice region)
{
	for (size_t i = 0; i < keys->key_count; i++)
		if (slice_eq(keys->key[i].name, name) && slice_eq(keys->key[i].region, region))
			return &keys->key[i];
	return NULL;
}

struct slice
server_keys_session_key(const struct server_keys *keys)
{
	return secret_slice(keys->session);
}

/* --- the tables --------------------------------------------------------------------------------------- */

/* Append a key to the table without saving.  ${material_opt}: else random. */
static int
key_append(struct server_keys *keys, struct slice text, struct slice description, int64_t created, bool enabled,
    struct slice material_opt, struct error *err)
{
	CLEANUP(secret_freep) struct secret *material = NULL;
	struct server_key	*key = &keys->key[keys->key_count];
	struct server_arn	 arn;
	struct slice		 kept;

	if (keys->key_count == SERVER_KEYS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d keys", SERVER_KEYS_MAX);
	if (description.len > SERVER_DESCRIPTION_MAX)
		return err_set(err, ERR_LIMIT, "a description of more than %d bytes", SERVER_DESCRIPTION_MAX);
	if (!key_arn_parse(text, &arn) || !key_resource_valid(arn.resource))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not the ARN of a key", SLICE_ARG(text));
	if (key_by_arn(keys, text) != NULL)
		return err_set(err, ERR_EXISTS, "key '%.*s' exists already", SLICE_ARG(text));
	if (secret_new(SERVER_KEY_BYTES, &material, err) != 0 || arena_copy(&keys->texts, text, &kept, err) != 0 ||
	    arena_copy(&keys->texts, description, &description, err) != 0)
		return err->kind;
	if (material_opt.len == 0)
		random_bytes(material->data, material->len);
	else if (material_opt.len == SERVER_KEY_BYTES)
		memcpy(material->data, material_opt.data, SERVER_KEY_BYTES);
	else
		return err_set(err, ERR_SYNTAX, "key material is not %d bytes", SERVER_KEY_BYTES);
	(void)key_arn_parse(kept, &arn);
	*key = (struct server_key){
		.arn = kept, .region = arn.region, .account = arn.account, .id = slice_from(arn.resource, 4),
		.name = slice_from(kept, (size_t)(arn.account.data - kept.data)),
		.description = description, .created = created, .enabled = enabled, .material = TAKE(material),
	};
	keys->key_count++;
	return 0;
}

static void
key_drop_last(struct server_keys *keys)
{
	struct server_key *key = &keys->key[--keys->key_count];

	secret_free(key->material);
	*key = (struct server_key){ .created = 0 };
}

static int
alias_append(struct server_keys *keys, struct slice text, const struct server_key *target, struct error *err)
{
	struct server_arn	arn;
	struct slice		kept;

	if (keys->alias_count == SERVER_ALIASES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d aliases", SERVER_ALIASES_MAX);
	if (!key_arn_parse(text, &arn) || !alias_name_valid(arn.resource) || !slice_eq(arn.region, target->region))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not the ARN of an alias of its key", SLICE_ARG(text));
	if (key_by_arn(keys, text) != NULL)
		return err_set(err, ERR_EXISTS, "alias '%.*s' exists already", SLICE_ARG(text));
	if (arena_copy(&keys->texts, text, &kept, err) != 0)
		return err->kind;
	keys->alias[keys->alias_count++] = (struct server_alias){
		.arn = kept, .name = slice_from(kept, kept.len - arn.resource.len), .target = target,
	};
	return 0;
}

/* --- the file ----------------------------------------------------------------------------------------- */

static int
key_line(const struct server_key *key, struct buf *out, struct error *err)
{
	if (buf_printf(out, err, "key %.*s %lld %s ", SLICE_ARG(key->arn), (long long)key->created,
	    key->enabled ? "enabled" : "disabled") != 0 ||
	    base64_encode(secret_slice(key->material), out, err) != 0 || buf_byte(out, ' ', err) != 0)
		return err->kind;
	if (key->description.len == 0)
		return buf_str(out, NO_DESCRIPTION "\n", err);
	if (base64_encode(key->description, out, err) != 0)
		return err->kind;
	return buf_byte(out, '\n', err);
}

static int
save(const struct server_keys *keys, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(FILE_MAX);

	if (keys->path.len == 0)
		return 0;
	if (buf_printf(&text, err, "%s\nsession ", FIRST_LINE) != 0 ||
	    base64_encode(secret_slice(keys->session), &text, err) != 0 || buf_byte(&text, '\n', err) != 0)
		return err->kind;
	for (size_t i = 0; i < keys->key_count; i++)
		if (key_line(&keys->key[i], &text, err) != 0)
			return err->kind;
	for (size_t i = 0; i < keys->alias_count; i++)
		if (buf_printf(&text, err, "alias %.*s %.*s\n", SLICE_ARG(keys->alias[i].arn),
		    SLICE_ARG(keys->alias[i].target->arn)) != 0)
			return err->kind;
	if (file_replace_mode((const char *)keys->path.data, buf_slice(&text), 0600, err) != 0)
		return err_wrap(err, "cannot save the keys in '%s'", (const char *)keys->path.data);
	return 0;
}

static int
read_key(struct server_keys *keys, struct slice fields, struct error *err)
{
	CLEANUP(buf_release) struct buf material = BUF_SECRET(2 * SERVER_KEY_BYTES);
	CLEANUP(buf_release) struct buf description = BUF(2 * SERVER_DESCRIPTION_MAX);
	struct slice	field[5];
	int64_t		created;
	bool		enabled;

	for (size_t i = 0; i < 5; i++)
		if (!slice_split(&fields, ' ', &field[i]))
			return err_set(err, ERR_SYNTAX, "a key line has five fields");
	enabled = slice_eq(field[2], SLICE("enabled"));
	if (fields.data != NULL || !num_parse(field[1], 0, INT64_MAX, &created) ||
	    (!enabled && !slice_eq(field[2], SLICE("disabled"))))
		return err_set(err, ERR_SYNTAX, "malformed key line");
	if (base64_decode(field[3], &material, err) != 0)
		return err_wrap(err, "key material");
	if (!slice_eq(field[4], SLICE(NO_DESCRIPTION)) && base64_decode(field[4], &description, err) != 0)
		return err_wrap(err, "description");
	if (material.len != SERVER_KEY_BYTES)
		return err_set(err, ERR_SYNTAX, "key material is not %d bytes", SERVER_KEY_BYTES);
	return key_append(keys, field[0], buf_slice(&description), created, enabled, buf_slice(&material), err);
}

static int
read_session(struct server_keys *keys, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_SECRET(2 * SERVER_KEY_BYTES);

	if (base64_decode(text, &bytes, err) != 0)
		return err_wrap(err, "session key");
	if (bytes.len != SERVER_KEY_BYTES || keys->session != NULL)
		return err_set(err, ERR_SYNTAX, "there is one session key, of %d bytes", SERVER_KEY_BYTES);
	return secret_copy(buf_slice(&bytes), &keys->session, err);
}

static int
read_alias(struct server_keys *keys, struct slice fields, struct error *err)
{
	const struct server_key	*target;
	struct slice		 arn;

	if (!slice_split(&fields, ' ', &arn) || fields.data == NULL ||
	    (target = key_by_arn(keys, fields)) == NULL)
		return err_set(err, ERR_SYNTAX, "an alias line names an alias and a key of an earlier line");
	return alias_append(keys, arn, target, err);
}

static int
read_line(struct server_keys *keys, size_t number, struct slice line, struct error *err)
{
	struct slice word;

	if (number == 1)
		return slice_eq(line, slice_str(FIRST_LINE)) ? 0 :
		    err_set(err, ERR_SYNTAX, "the first line is not '%s'", FIRST_LINE);
	if (slice_split(&line, ' ', &word) && line.data != NULL) {
		if (slice_eq(word, SLICE("session")))
			return read_session(keys, line, err);
		if (slice_eq(word, SLICE("key")))
			return read_key(keys, line, err);
		if (slice_eq(word, SLICE("alias")))
			return read_alias(keys, line, err);
	}
	return err_set(err, ERR_SYNTAX, "neither a session, a key nor an alias");
}

int
server_keys_parse(struct slice text, struct server_keys **out, struct error *err)
{
	CLEANUP(server_keys_freep) struct server_keys *keys = calloc(1, sizeof(*keys));
	struct slice	line;
	uint32_t	number = 0;

	if (keys == NULL)
		return err_memory(err);
	keys->lock = -1;
	keys->path = BUF(ARN_MAX * 2);
	keys->texts = ARENA(FILE_MAX);
	if (!slice_ends(text, SLICE("\n")))
		return err_set(err, ERR_SYNTAX, "it ends in the middle of a line");
	text.len--;
	while (slice_split(&text, '\n', &line)) {
		number++;
		if (read_line(keys, number, line, err) != 0)
			return err_at(err, number, 1);
	}
	if (keys->session == NULL)
		return err_set(err, ERR_SYNTAX, "there is no session key");
	*out = TAKE(keys);
	return 0;
}

/* --- the folder --------------------------------------------------------------------------------------- */

/* One server at a time: two would overwrite each other's keys. */
static int
take_folder(const char *folder, int *out, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(ARN_MAX * 2);
	CLEANUP(file_closep) int lock = -1;
	char	pid[24];
	int	len;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return err_errno(err, "cannot make the data directory '%s'", folder);
	if (buf_printf(&path, err, "%s/lock", folder) != 0 || buf_terminate(&path, err) != 0)
		return err->kind;
	lock = open((const char *)path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		return err_errno(err, "cannot open '%s'", (const char *)path.data);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return err_errno(err, "cannot lock '%s'", (const char *)path.data);
		return err_set(err, ERR_CONFLICT, "another hubkms uses the data directory '%s'", folder);
	}
	/* For people: who holds it. */
	len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(lock, 0) != 0 || pwrite(lock, pid, (size_t)len, 0) != len)
		return err_errno(err, "cannot write '%s'", (const char *)path.data);
	*out = lock;
	lock = -1;
	return 0;
}

/* The first start: an empty table, and a session key. */
static int
make_first(struct server_keys **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(256);
	WIPED(session, SERVER_KEY_BYTES);

	random_bytes(session, sizeof(session));
	if (buf_printf(&text, err, "%s\nsession ", FIRST_LINE) != 0 ||
	    base64_encode(slice_of(session, sizeof(session)), &text, err) != 0 || buf_byte(&text, '\n', err) != 0)
		return err->kind;
	return server_keys_parse(buf_slice(&text), out, err);
}

int
server_keys_open(const char *folder, struct server_keys **out, struct error *err)
{
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(file_closep) int lock = -1;
	CLEANUP(buf_release) struct buf path = BUF(ARN_MAX * 2);
	CLEANUP(buf_release) struct buf text = BUF_SECRET(FILE_MAX);
	struct error	missing = ERROR_INIT;
	bool		first = false;

	if (take_folder(folder, &lock, err) != 0)
		return err->kind;
	if (buf_printf(&path, err, "%s/keys", folder) != 0 || buf_terminate(&path, err) != 0)
		return err->kind;
	if (file_read((const char *)path.data, &text, &missing) != 0) {
		first = missing.kind == ERR_NOT_FOUND;
		if (!first) {
			*err = missing;
			return err_wrap(err, "cannot read '%s'", (const char *)path.data);
		}
	}
	if ((first ? make_first(&keys, err) : server_keys_parse(buf_slice(&text), &keys, err)) != 0) {
		(void)err_wrap(err, "cannot use the keys in '%s'", (const char *)path.data);
		return err_file(err, (const char *)path.data);
	}
	keys->path = path;
	path = BUF(0);
	keys->lock = lock;
	lock = -1;
	if (first && save(keys, err) != 0)
		return err->kind;
	*out = TAKE(keys);
	return 0;
}

void
server_keys_free(struct server_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->key_count; i++)
		secret_free(keys->key[i].material);
	secret_free(keys->session);
	arena_release(&keys->texts);
	buf_release(&keys->path);
	file_closep(&keys->lock);
	free(keys);
}

/* --- changes ------------------------------------------------------------------------------------------ */

int
server_keys_create(struct server_keys *keys, struct slice region, struct slice description, int64_t now,
    const struct server_key **out, struct error *err)
{
	char	arn[ARN_MAX], id[37];
	int	len;

	server_keys_uuid(id);
	len = snprintf(arn, sizeof(arn), "arn:aws:kms:%.*s:%s:key/%s", SLICE_ARG(region), SERVER_ACCOUNT, id);
	if (len < 0 || (size_t)len >= sizeof(arn))
		return err_set(err, ERR_SYNTAX, "the region's name is too long");
	if (key_append(keys, slice_of(arn, (size_t)len), description, now, true, SLICE_NONE, err) != 0)
		return err->kind;
	if (save(keys, err) != 0) {
		key_drop_last(keys);
		return err->kind;
	}
	*out = &keys->key[keys->key_count - 1];
	return 0;
}

/* The material of the same multi-Region key elsewhere, or none. */
static struct slice
replica_material(const struct server_keys *keys, const struct server_arn *arn)
{
	struct slice id = slice_from(arn->resource, 4);

	if (slice_starts(id, SLICE("mrk-")))
		for (size_t i = 0; i < keys->key_count; i++)
			if (slice_eq(keys->key[i].id, id) && slice_eq(keys->key[i].account, arn->account))
				return secret_slice(keys->key[i].material);
	return SLICE_NONE;
}

int
server_keys_ensure(struct server_keys *keys, struct slice text, int64_t now, const struct server_key **out,
    struct error *err)
{
	const struct server_key	*key;
	struct server_arn	 arn;

	if (!key_arn_parse(text, &arn) || (!key_resource_valid(arn.resource) && !alias_name_valid(arn.resource)))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not the ARN of a key or alias", SLICE_ARG(text));
	if ((key = key_by_arn(keys, text)) != NULL) {
		*out = key;
		return 0;
	}
	if (key_resource_valid(arn.resource)) {
		if (key_append(keys, text, SLICE_NONE, now, true, replica_material(keys, &arn), err) != 0)
			return err->kind;
		if (save(keys, err) != 0) {
			key_drop_last(keys);
			return err->kind;
		}
		*out = &keys->key[keys->key_count - 1];
		return 0;
	}
	if (server_keys_create(keys, arn.region, SLICE_NONE, now, &key, err) != 0 ||
	    alias_append(keys, text, key, err) != 0)
		return err->kind;
	if (save(keys, err) != 0) {
		keys->alias_count--;
		return err->kind;
	}
	*out = key;
	return 0;
}

int
server_keys_set_enabled(struct server_keys *keys, const struct server_key *key, bool enabled, struct error *err)
{
	struct server_key	*own = &keys->key[key - keys->key];
	bool			 before = own->enabled;

	if (before == enabled)
		return 0;
	own->enabled = enabled;
	if (save(keys, err) != 0) {
		own->enabled = before;
		return err->kind;
	}
	return 0;
}

int
server_keys_alias(struct server_keys *keys, struct slice name, const struct server_key *target, struct error *err)
{
	char	arn[ARN_MAX];
	int	len;

	if (!alias_name_valid(name))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not the name of an alias", SLICE_ARG(name));
	/* The alias belongs where its key does: its ARN is the key's but for the resource. */
	len = snprintf(arn, sizeof(arn), "%.*s%.*s", (int)(target->arn.len - target->id.len - 4),
	    (const char *)target->arn.data, SLICE_ARG(name));
	if (len < 0 || (size_t)len >= sizeof(arn))
		return err_set(err, ERR_SYNTAX, "the name of the alias is too long");
	if (alias_append(keys, slice_of(arn, (size_t)len), target, err) != 0)
		return err->kind;
	if (save(keys, err) != 0) {
		keys->alias_count--;
		return err->kind;
	}
	return 0;
}
