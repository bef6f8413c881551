#include "gitfilter/keyfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"
#include "crypto/random.h"

#define ENTRY_LEN	(KEYFILE_AES_LEN + KEYFILE_HMAC_LEN)
#define FORMAT_VERSION	2
#define OPTIONAL_MAX	((uint32_t)1 << 20)	/* FORMAT.md 2.1 */

enum { FIELD_END = 0 };
enum { HEADER_NAME = 1, HEADER_SKIP_EMPTY = 3 };
enum { ENTRY_VERSION = 1, ENTRY_AES = 3, ENTRY_HMAC = 5 };

static const uint8_t magic[12] = "\0GITCRYPTKEY";

/* --- making one ----------------------------------------------------------------------------------- */

/* Room for ${count} entries, keys in one guarded block. */
static int
keyfile_new(size_t count, struct keyfile **out, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = calloc(1, sizeof(*key));
	int					 rc;

	if (key == NULL || (key->entries = calloc(count, sizeof(*key->entries))) == NULL)
		return err_memory(err);
	if ((rc = secret_new(count * ENTRY_LEN, &key->material, err)) != 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		key->entries[i].aes = key->material->data + i * ENTRY_LEN;
		key->entries[i].hmac = key->entries[i].aes + KEYFILE_AES_LEN;
	}
	key->count = count;
	*out = TAKE(key);
	return 0;
}

void
keyfile_free(struct keyfile *key)
{
	if (key == NULL)
		return;
	secret_free(key->material);
	free(key->entries);
	free(key);
}

int
keyfile_check_name(struct slice name, struct error *err)
{
	if (name.len == 0)
		return err_set(err, ERR_SYNTAX, "Key name may not be empty");
	if (slice_eq(name, SLICE("default")))
		return err_set(err, ERR_SYNTAX, "`default' is not a legal key name");
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return err_set(err, ERR_SYNTAX, "Key names may contain only A-Z, a-z, 0-9, '-', and '_'");
	}
	if (name.len > KEYFILE_NAME_MAX)
		return err_set(err, ERR_SYNTAX, "Key name is too long");
	return 0;
}

static int
keyfile_name(struct keyfile *key, struct slice name, struct error *err)
{
	int rc = keyfile_check_name(name, err);

	if (rc != 0)
		return rc;
	(void)memcpy(key->name, name.data, name.len);
	key->name[name.len] = '\0';
	return 0;
}

int
keyfile_generate(const char *name, struct keyfile **out, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	int					 rc;

	if ((rc = keyfile_new(1, &key, err)) != 0)
		return rc;
	if (name[0] != '\0' && (rc = keyfile_name(key, slice_str(name), err)) != 0)
		return rc;
	random_bytes(key->material->data, key->material->len);
	*out = TAKE(key);
	return 0;
}

/* --- reading -------------------------------------------------------------------------------------- */

struct cursor {
	struct slice	rest;
};

static int
damaged(struct error *err, const char *what)
{
	return err_set(err, ERR_SYNTAX, "the key file is damaged: %s", what);
}

static bool
cursor_number(struct cursor *at, uint32_t *out)
{
	if (at->rest.len < 4)
		return false;
	*out = be32_load(at->rest.data);
	at->rest = slice_from(at->rest, 4);
	return true;
}

/* One field; the end of a section has id FIELD_END and no data. */
static int
cursor_field(struct cursor *at, uint32_t *id, struct slice *data, struct error *err)
{
	uint32_t len;

	if (!cursor_number(at, id))
		return damaged(err, "it ends inside a section");
	*data = SLICE_NONE;
	if (*id == FIELD_END)
		return 0;
	if (!cursor_number(at, &len) || len > at->rest.len)
		return damaged(err, "it ends inside a field");
	*data = slice_sub(at->rest, 0, len);
	at->rest = slice_from(at->rest, len);
	return 0;
}

/* FORMAT.md 2.1: what to do with a field that we do not know. */
static int
unknown_field(uint32_t id, struct slice data, struct error *err)
{
	if (id % 2 != 0)
		return err_set(err, ERR_UNSUPPORTED, "the key file has a critical field (%u) of a later version", id);
	if (data.len > OPTIONAL_MAX)
		return damaged(err, "a field is too long");
	return 0;
}

static int
parse_header(struct cursor *at, struct keyfile *key, struct error *err)
{
	struct slice	data;
	uint32_t	id;
	int		rc;

	for (;;) {
		if ((rc = cursor_field(at, &id, &data, err)) != 0)
			return rc;
		switch (id) {
		case FIELD_END:
			return 0;
		case HEADER_NAME:
			if (keyfile_name(key, data, err) != 0) {
				err_reset(err);
				return damaged(err, "its key name is not a legal one");
			}
			break;
		case HEADER_SKIP_EMPTY:
			if (data.len != 0)
				return damaged(err, "a field has the wrong length");
			key->skip_empty = true;
			break;
		default:
			if ((rc = unknown_field(id, data, err)) != 0)
				return rc;
		}
	}
}

struct raw_entry {
	uint32_t	version;
	struct slice	aes, hmac;
};

static int
parse_entry(struct cursor *at, struct raw_entry *entry, struct error *err)
{
	static const uint8_t	zeros[KEYFILE_HMAC_LEN];
	struct slice		data;
	bool			version = false;
	uint32_t		id;
	int			rc;

	*entry = (struct raw_entry){ .version = 0 };
	for (;;) {
		if ((rc = cursor_field(at, &id, &data, err)) != 0)
			return rc;
		if (id == FIELD_END)
			break;
		if (id == ENTRY_VERSION && data.len == 4) {
			entry->version = be32_load(data.data);
			version = true;
		} else if (id == ENTRY_AES && data.len == KEYFILE_AES_LEN) {
			entry->aes = data;
		} else if (id == ENTRY_HMAC && data.len == KEYFILE_HMAC_LEN) {
			entry->hmac = data;
		} else if (id == ENTRY_VERSION || id == ENTRY_AES || id == ENTRY_HMAC) {
			return damaged(err, "a field has the wrong length");
		} else if ((rc = unknown_field(id, data, err)) != 0) {
			return rc;
		}
	}
	/* FORMAT.md 2.2: never a key of zeros because a field is missing. */
	if (!version || entry->aes.len == 0 || entry->hmac.len == 0)
		return damaged(err, "an entry lacks its version or one of its keys");
	if (secret_equal(entry->aes, slice_of(zeros, KEYFILE_AES_LEN)) ||
	    secret_equal(entry->hmac, slice_of(zeros, KEYFILE_HMAC_LEN)))
		return damaged(err, "an entry has a key of zeros");
	return 0;
}

/* The highest version first; of two entries of one version the later counts, as in git-crypt. */
static size_t
sort_entries(struct raw_entry *list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct raw_entry	entry = list[i];
		size_t			place = 0;

		while (place < kept && list[place].version > entry.version)
			place++;
		if (place == kept || list[place].version != entry.version) {
			(void)memmove(list + place + 1, list + place, (kept - place) * sizeof(*list));
			kept++;
		}
		list[place] = entry;
	}
	return kept;
}

static void
free_raw(struct raw_entry **list)
{
	free(*list);
}

static int
parse_entries(struct cursor *at, struct keyfile *header, struct keyfile **out, struct error *err)
{
	CLEANUP(free_raw) struct raw_entry	*list = calloc(KEYFILE_VERSIONS_MAX, sizeof(*list));
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	size_t					 count = 0;
	int					 rc;

	if (list == NULL)
		return err_memory(err);
	while (at->rest.len > 0) {
		if (count == KEYFILE_VERSIONS_MAX)
			return err_set(err, ERR_LIMIT, "the key file has more than %d versions", KEYFILE_VERSIONS_MAX);
		if ((rc = parse_entry(at, &list[count++], err)) != 0)
			return rc;
	}
	if (count == 0)
		return damaged(err, "it holds no key");
	count = sort_entries(list, count);
	if ((rc = keyfile_new(count, &key, err)) != 0)
		return rc;
	(void)memcpy(key->name, header->name, sizeof(key->name));
	key->skip_empty = header->skip_empty;
	for (size_t i = 0; i < count; i++) {
		uint8_t *to = key->material->data + i * ENTRY_LEN;

		key->entries[i].version = list[i].version;
		(void)memcpy(to, list[i].aes.data, KEYFILE_AES_LEN);
		(void)memcpy(to + KEYFILE_AES_LEN, list[i].hmac.data, KEYFILE_HMAC_LEN);
	}
	*out = TAKE(key);
	return 0;
}

int
keyfile_parse(struct slice bytes, struct keyfile **out, struct error *err)
{
	struct cursor	at = { slice_from(bytes, sizeof(magic)) };
	struct keyfile	header = { .name = "" };
	uint32_t	version;
	int		rc;

	if (!slice_starts(bytes, slice_of(magic, sizeof(magic))) || !cursor_number(&at, &version))
		return err_set(err, ERR_SYNTAX, "not a git-crypt key file");
	if (version != FORMAT_VERSION)
		return err_set(err, ERR_UNSUPPORTED, "the key file has format version %u, not %d", version, FORMAT_VERSION);
	if ((rc = parse_header(&at, &header, err)) != 0)
		return rc;
	return parse_entries(&at, &header, out, err);
}

int
keyfile_parse_legacy(struct slice bytes, struct keyfile **out, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	int					 rc;

	if (bytes.len != ENTRY_LEN)
		return err_set(err, ERR_SYNTAX, "not a valid legacy git-crypt key file");
	if ((rc = keyfile_new(1, &key, err)) != 0)
		return rc;
	(void)memcpy(key->material->data, bytes.data, ENTRY_LEN);
	*out = TAKE(key);
	return 0;
}

int
keyfile_load(const char *path, bool legacy_too, struct keyfile **out, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(KEYFILE_MAX);
	int				rc;

	if ((rc = file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &bytes, err)) != 0)
		return rc;
	/* A format 2 file is never so short. */
	if (legacy_too && bytes.len == ENTRY_LEN)
		return keyfile_parse_legacy(buf_slice(&bytes), out, err);
	return keyfile_parse(buf_slice(&bytes), out, err);
}

/* --- writing -------------------------------------------------------------------------------------- */

static int
put_number(struct buf *out, uint32_t number, struct error *err)
{
	uint8_t bytes[4];

	be32_store(bytes, number);
	return buf_append(out, slice_of(bytes, sizeof(bytes)), err);
}

static int
put_field(struct buf *out, uint32_t id, struct slice data, struct error *err)
{
	int rc;

	if ((rc = put_number(out, id, err)) != 0 || (rc = put_number(out, (uint32_t)data.len, err)) != 0)
		return rc;
	return buf_append(out, data, err);
}

static int
put_entry(struct buf *out, const struct keyfile_entry *entry, struct error *err)
{
	uint8_t	version[4];
	int	rc;

	be32_store(version, entry->version);
	if ((rc = put_field(out, ENTRY_VERSION, slice_of(version, sizeof(version)), err)) != 0 ||
	    (rc = put_field(out, ENTRY_AES, slice_of(entry->aes, KEYFILE_AES_LEN), err)) != 0 ||
	    (rc = put_field(out, ENTRY_HMAC, slice_of(entry->hmac, KEYFILE_HMAC_LEN), err)) != 0)
		return rc;
	return put_number(out, FIELD_END, err);
}

int
keyfile_write(const struct keyfile *key, struct buf *out, struct error *err)
{
	int rc;

	if ((rc = buf_append(out, slice_of(magic, sizeof(magic)), err)) != 0 ||
	    (rc = put_number(out, FORMAT_VERSION, err)) != 0)
		return rc;
	if (key->name[0] != '\0' && (rc = put_field(out, HEADER_NAME, slice_str(key->name), err)) != 0)
		return rc;
	if (key->skip_empty && (rc = put_field(out, HEADER_SKIP_EMPTY, SLICE_NONE, err)) != 0)
		return rc;
	if ((rc = put_number(out, FIELD_END, err)) != 0)
		return rc;
	for (size_t i = 0; i < key->count; i++)
		if ((rc = put_entry(out, &key->entries[i], err)) != 0)
			return rc;
	return 0;
}

/* --- asking --------------------------------------------------------------------------------------- */

const struct keyfile_entry *
keyfile_version(const struct keyfile *key, uint32_t version)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->entries[i].version == version)
			return &key->entries[i];
	return NULL;
}

bool
keyfile_same(const struct keyfile *a, const struct keyfile *b)
{
	const struct keyfile_entry *of_a = keyfile_version(a, 0), *of_b = keyfile_version(b, 0);

	return strcmp(a->name, b->name) == 0 && of_a != NULL && of_b != NULL &&
	    secret_equal(slice_of(of_a->aes, KEYFILE_AES_LEN), slice_of(of_b->aes, KEYFILE_AES_LEN)) &&
	    secret_equal(slice_of(of_a->hmac, KEYFILE_HMAC_LEN), slice_of(of_b->hmac, KEYFILE_HMAC_LEN));
}
