#include "gitfilter/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/spill.h"
#include "gitfilter/attributes.h"
#include "gitfilter/blob.h"
#include "gitfilter/guard.h"
#include "gitfilter/keydir.h"

/* One version of one key. */
struct tried_key {
	struct keyfile		*key;		/* owned by the first of its versions, NULL in the others */
	struct blob_cipher	*cipher;
};

struct filter {
	struct gitdir		 dir;
	bool			 in_clone;	/* dir is valid: there may be other keys, and a guard */
	struct tried_key	*keys;		/* the driver's own first, when it is there */
	size_t			 count, own;	/* own: how many of them are the driver's */
	bool			 others;	/* the clone's other keys have been loaded */
	bool			 drain;
	char			 name[KEYFILE_NAME_MAX + 1];
	struct spill		*spill;
	struct attributes_asker	*asker;
	struct buf		 held;		/* plaintext until its tag has verified */
};

/* --- keys ----------------------------------------------------------------------------------------- */

static int
add_version(struct filter *filter, const struct keyfile *key, uint32_t version, struct error *err)
{
	struct tried_key	*larger;
	int			 rc;

	larger = realloc(filter->keys, (filter->count + 1) * sizeof(*larger));
	if (larger == NULL)
		return err_memory(err);
	filter->keys = larger;
	larger[filter->count].key = NULL;
	if ((rc = blob_cipher_new(key, &larger[filter->count].cipher, err)) != 0)
		return rc;
	blob_cipher_use_version(larger[filter->count++].cipher, version);
	return 0;
}

/*
 * Version 0 first, which opens everything that git-crypt can open; the others open what it seals with the highest version and
 * then cannot read (FORMAT.md 2.3).
 */
static int
add_key(struct filter *filter, struct keyfile *key, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*owned = key;
	size_t					 first = filter->count;
	int					 rc = 0;

	if (keyfile_version(key, 0) != NULL)
		rc = add_version(filter, key, 0, err);
	for (size_t i = 0; i < key->count && rc == 0; i++)
		if (key->entries[i].version != 0)
			rc = add_version(filter, key, key->entries[i].version, err);
	if (filter->count > first)
		filter->keys[first].key = TAKE(owned);
	return rc;
}

static int
filter_base(struct filter **out, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = calloc(1, sizeof(*filter));
	int					 rc;

	if (filter == NULL)
		return err_memory(err);
	filter->held = BUF_SECRET(FILTER_HOLD);
	if ((rc = spill_new(&filter->spill, err)) != 0)
		return rc;
	*out = TAKE(filter);
	return 0;
}

int
filter_new(const struct gitdir *dir, const char *name, struct filter **out, struct error *err)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	struct keyfile				*key;
	int					 rc;

	if (name[0] != '\0' && (rc = keyfile_check_name(slice_str(name), err)) != 0)
		return rc;
	if ((rc = filter_base(&filter, err)) != 0)
		return rc;
	filter->dir = *dir;
	filter->in_clone = true;
	(void)memcpy(filter->name, name, strlen(name) + 1);
	if ((rc = keydir_load(dir, name, &key, err)) == 0) {
		if ((rc = add_key(filter, key, err)) != 0)
			return rc;
		filter->own = filter->count;
	} else if (rc == ERR_NO_KEY) {
		err_reset(err);
	} else {
		return rc;
	}
	*out = TAKE(filter);
	return 0;
}

int
filter_new_key(struct keyfile *key, struct filter **out, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*owned = key;
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	int					 rc;

	if ((rc = filter_base(&filter, err)) != 0 || (rc = add_key(filter, TAKE(owned), err)) != 0)
		return rc;
	filter->own = filter->count;
	filter->others = true;
	*out = TAKE(filter);
	return 0;
}

void
filter_drain_first(struct filter *filter)
{
	filter->drain = true;
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	for (size_t i = 0; i < filter->count; i++) {
		blob_cipher_free(filter->keys[i].cipher);
		keyfile_free(filter->keys[i].key);
	}
	free(filter->keys);
	spill_free(filter->spill);
	attributes_asker_free(filter->asker);
	buf_release(&filter->held);
	free(filter);
}

/* The clone's other keys, once, for a blob that the driver's own does not open.  A damaged one does not matter here. */
static int
load_others(struct filter *filter, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	int							rc;

	if (filter->others)
		return 0;
	filter->others = true;
	if (!filter->in_clone)
		return 0;
	if ((rc = keydir_list(&filter->dir, &names, err)) != 0)
		return rc;
	for (size_t i = 0; i < names.count; i++) {
		struct error	ignored = ERROR_INIT;
		struct keyfile	*key;

		if (strcmp(names.name[i], filter->name) == 0)
			continue;
		if (keydir_load(&filter->dir, names.name[i], &key, &ignored) == 0 && (rc = add_key(filter, key, err)) != 0)
			return rc;
	}
	return 0;
}

static int
no_key(const struct filter *filter, struct error *err)
{
	(void)err_set(err, ERR_NO_KEY, "Unable to open key file - have you unlocked/initialized this repository yet?");
	if (filter->in_clone && guard_is_on(&filter->dir))
		return err_hint(err, "this clone is guarded against plaintext: run 'hubcrypt unlock' first");
	return err_hint(err, "run 'hubcrypt unlock'; a clone that is to stay locked wants 'hubcrypt guard'");
}

static int
copy(struct source *in, struct sink *out, struct buf *piece, struct error *err)
{
	uint8_t	*room;
	size_t	 got;
	int	 rc;

	for (;;) {
		buf_reset(piece);
		if ((rc = buf_reserve(piece, STREAM_CHUNK, &room, err)) != 0 ||
		    (rc = source_read(in, room, STREAM_CHUNK, &got, err)) != 0)
			return rc;
		piece->len = got;
		if (got == 0)
			return 0;
		if ((rc = sink_write(out, buf_slice(piece), err)) != 0)
			return rc;
	}
}

/* --- clean ---------------------------------------------------------------------------------------- */

/*
 * Watches ciphertext for the only content that git's conversions can damage: a CR LF pair, and "$Id".  Asking
 * about the attributes of every file would cost more than encrypting it.
 */
struct watch {
	struct sink	 sink;
	struct sink	*out;
	uint8_t		 last[2];	/* the end of the piece before: a pair may straddle */
	bool		 fragile;
};

static bool
has_fragile(struct slice s)
{
	for (size_t at = slice_find(s, '\r', 0); at < s.len; at = slice_find(s, '\r', at + 1))
		if (at + 1 < s.len && s.data[at + 1] == '\n')
			return true;
	for (size_t at = slice_find(s, '$', 0); at < s.len; at = slice_find(s, '$', at + 1))
		if (slice_starts(slice_from(s, at), SLICE("$Id")))
			return true;
	return false;
}

static int
watch_write(struct sink *sink, struct slice bytes, struct error *err)
{
	struct watch	*watch = (struct watch *)(void *)sink;
	uint8_t		 seam[4] = { watch->last[0], watch->last[1], 0, 0 };
	struct slice	 begin = slice_sub(bytes, 0, 2);

	if (!watch->fragile && bytes.len > 0) {
		(void)memcpy(seam + 2, begin.data, begin.len);
		watch->fragile = has_fragile(slice_of(seam, 2 + begin.len)) || has_fragile(bytes);
		if (bytes.len == 1)
			watch->last[0] = watch->last[1];
		else
			watch->last[0] = bytes.data[bytes.len - 2];
		watch->last[1] = bytes.data[bytes.len - 1];
	}
	return sink_write(watch->out, bytes, err);
}

static int
clean_without_key(struct filter *filter, struct slice path, struct source *in, struct sink *out, struct error *err)
{
	struct slice	head;
	bool		allowed = false;
	int		rc;

	if ((rc = spill_look(filter->spill, BLOB_HEADER_LEN, &head, err)) != 0)
		return rc;
	/* An empty file has no secret, and git cleans it again at every status. */
	if (head.len == 0 || blob_is(head))
		return copy(in, out, &filter->held, err);
	if (path.len > 0) {
		if ((rc = spill_look(filter->spill, SPILL_MEMORY, &head, err)) != 0)
			return rc;
		if (spill_in_memory(filter->spill) && (rc = guard_allows(path, head, &allowed, err)) != 0)
			return rc;
		if (allowed)
			return copy(in, out, &filter->held, err);
	}
	return no_key(filter, err);
}

/* FORMAT.md 1.5: is this a blob of this driver's key already? */
static int
is_own_blob(struct filter *filter, struct source *in, bool *yes, struct error *err)
{
	int rc = ERR_TAMPERED;

	for (size_t i = 0; i < filter->own && rc == ERR_TAMPERED; i++) {
		err_reset(err);
		if ((rc = blob_verify(filter->keys[i].cipher, in, err)) != 0 && rc != ERR_TAMPERED)
			return rc;
		if (source_rewind(in, err) != 0)
			return err->kind;
	}
	*yes = rc == 0;
	err_reset(err);
	return 0;
}

int
filter_clean(struct filter *filter, struct slice path_opt, struct source *from, struct sink *out,
    enum filter_result *result, struct error *err)
{
	struct watch	 watch = { .sink = { watch_write }, .out = out };
	struct source	*in = spill_begin(filter->spill, from);
	struct slice	 head;
	bool		 already = false;
	int		 rc;

	*result = FILTER_PASSED;
	if (filter->drain && (rc = spill_drain(filter->spill, err)) != 0)
		return rc;
	if (filter->own == 0)
		return clean_without_key(filter, path_opt, in, out, err);
	if ((rc = spill_look(filter->spill, BLOB_HEADER_LEN, &head, err)) != 0)
		return rc;
	if (head.len == 0 && filter->keys[0].key->skip_empty)
		return 0;
	if (blob_is(head) && (rc = is_own_blob(filter, in, &already, err)) != 0)
		return rc;
	if (already)
		return copy(in, out, &filter->held, err);
	*result = FILTER_CONVERTED;
	if ((rc = blob_seal(filter->keys[0].cipher, in, &watch.sink, err)) != 0)
		return rc;
	return watch.fragile && path_opt.len > 0 ? attributes_ask_conversion(&filter->asker, path_opt, err) : 0;
}

/* --- smudge --------------------------------------------------------------------------------------- */

/* Input that is in memory: nothing is written before a tag has verified. */
static int
open_held(struct filter *filter, size_t which, struct source *in, struct sink *out, struct error *err)
{
	struct sink_buf	held;
	int		rc;

	buf_reset(&filter->held);
	sink_buf_init(&held, &filter->held);
	if ((rc = source_rewind(in, err)) != 0 ||
	    (rc = blob_open(filter->keys[which].cipher, in, &held.sink, err)) != 0)
		return rc;
	rc = sink_write(out, buf_slice(&filter->held), err);
	buf_reset(&filter->held);
	return rc;
}

/*
 * Too large to hold.  With several keys, or when all of it is at hand already, a first pass finds the one that fits.  With one key it
 * streams, and the verdict comes last: git throws away what it got.
 */
static int
open_large(struct filter *filter, struct source *in, struct sink *out, struct error *err)
{
	size_t	which = 0;
	int	rc;

	if (filter->count == 1 && !filter->drain) {
		spill_stop(filter->spill);
		return blob_open(filter->keys[0].cipher, in, out, err);
	}
	for (; which < filter->count; which++) {
		if (which > 0)
			err_reset(err);
		if ((rc = source_rewind(in, err)) != 0)
			return rc;
		if ((rc = blob_verify(filter->keys[which].cipher, in, err)) != ERR_TAMPERED)
			break;
	}
	if (err->kind != ERR_NONE)
		return err->kind;
	if ((rc = source_rewind(in, err)) != 0)
		return rc;
	return blob_open(filter->keys[which].cipher, in, out, err);
}

static int
tampered(struct error *err)
{
	return err_hint(err, "every key of this clone was tried: if all files fail, the key is the wrong one; if one does, see "
	    "'hubcrypt doctor'");
}

int
filter_smudge(struct filter *filter, struct source *from, struct sink *out, enum filter_result *result, struct error *err)
{
	struct source	*in = spill_begin(filter->spill, from);
	struct slice	 head;
	int		 rc;

	if (filter->drain && (rc = spill_drain(filter->spill, err)) != 0)
		return rc;
	if ((rc = spill_look(filter->spill, BLOB_HEADER_LEN, &head, err)) != 0)
		return rc;
	*result = FILTER_PASSED;
	if (filter->own == 0 && filter->in_clone && guard_is_on(&filter->dir))
		return copy(in, out, &filter->held, err);
	if (head.len == 0 && filter->own > 0 && filter->keys[0].key->skip_empty)
		return 0;
	if (!blob_is(head)) {
		*result = FILTER_PLAINTEXT;
		return copy(in, out, &filter->held, err);
	}
	*result = FILTER_CONVERTED;
	if (filter->own == 0 && (rc = load_others(filter, err)) != 0)
		return rc;
	if (filter->count == 0)
		return no_key(filter, err);
	if ((rc = spill_look(filter->spill, SPILL_MEMORY, &head, err)) != 0)
		return rc;
	if (!spill_in_memory(filter->spill)) {
		if ((rc = load_others(filter, err)) != 0)
			return rc;
		rc = open_large(filter, in, out, err);
		return rc == ERR_TAMPERED ? tampered(err) : rc;
	}
	for (size_t which = 0;; which++) {
		rc = open_held(filter, which, in, out, err);
		if (rc != ERR_TAMPERED)
			return rc;
		if (which + 1 == filter->count && !filter->others && load_others(filter, err) != 0)
			return err->kind;
		if (which + 1 == filter->count)
			return tampered(err);
		err_reset(err);
	}
}
