#include "sops/datakey.h"

#include <stdlib.h>

#include "crypto/random.h"
#include "crypto/shamir.h"
#include "sops/datakey_parts.h"

#define NAME_SHOWN	((size_t)200)

int
keyring_new(struct keyring **out, struct error *err)
{
	CLEANUP(keyring_freep) struct keyring *ring = calloc(1, sizeof(*ring));
	int rc;

	if (ring == NULL)
		return err_memory(err);
	if ((rc = identities_new(&ring->identities, err)) != 0 || (rc = kms_client_new(&ring->client, err)) != 0)
		return rc;
	*out = TAKE(ring);
	return 0;
}

void
keyring_free(struct keyring *ring)
{
	if (ring == NULL)
		return;
	identities_free(ring->identities);
	kms_client_free(ring->client);
	free(ring);
}

struct identities *
keyring_identities(struct keyring *ring)
{
	return ring->identities;
}

int
datakey_new(struct secret **out, struct error *err)
{
	CLEANUP(secret_freep) struct secret *key = NULL;
	int rc;

	if ((rc = secret_new(DATAKEY_LEN, &key, err)) != 0)
		return rc;
	random_bytes(key->data, key->len);
	*out = TAKE(key);
	return 0;
}

/* --- one question to a service ----------------------------------------------------------------------------------- */

/* arn:aws...:kms:REGION:ACCOUNT:key|alias/NAME: the region names the host that we talk to. */
static bool
is_kms_arn(struct slice arn)
{
	struct slice	rest = arn, part[5];
	size_t		i;

	for (i = 0; i < 5; i++)
		if (!slice_split(&rest, ':', &part[i]))
			return false;
	if (!slice_eq(part[0], SLICE("arn")) || !slice_starts(part[1], SLICE("aws")) || !slice_eq(part[2], SLICE("kms")) || part[3].len == 0 ||
	    part[4].len == 0 || rest.data == NULL)
		return false;
	for (i = 0; i < part[4].len; i++)
		if (part[4].data[i] < '0' || part[4].data[i] > '9')
			return false;
	return (slice_starts(rest, SLICE("key/")) && rest.len > 4) || (slice_starts(rest, SLICE("alias/")) && rest.len > 6);
}

int
datakey_request(const struct master_key *key, enum kms_operation operation, struct slice payload, struct arena *arena, struct kms_request *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);
	int rc;

	if (key->type->foreign) {
		(void)err_set(err, ERR_UNSUPPORTED, "keys of type '%s' are not supported yet", key->type->name);
		return err_hint(err, "sops itself uses keys of such types, with the same files");
	}
	*out = (struct kms_request){ .service = key->type->service, .operation = operation, .payload = payload };
	if (key->type->id == KEY_KMS) {
		out->key = key->field[KEY_KMS_ARN];
		out->role = key->field[KEY_KMS_ROLE];
		out->profile = key->field[KEY_KMS_PROFILE];
		out->context = key->context;
		out->context_count = key->context_count;
		return is_kms_arn(out->key) ? 0
		    : err_set(err, ERR_SYNTAX, "no valid ARN found in '%.*s'", SLICE_ARG(slice_sub(out->key, 0, 200)));
	}
	if ((rc = master_key_identity(key, &name, err)) != 0)
		return rc;
	return arena_copy(arena, buf_slice(&name), &out->key, err);
}

/* --- wrapping ---------------------------------------------------------------------------------------------------- */

/* One file. */
struct wrapping {
	struct wrap_job		*job;
	struct secret		**shares;	/* one a group, or NULL with a single group */
	uint32_t		 threshold;
	struct slice		*enc;		/* one a key, groups in sequence */
	struct kms_request	*requests;
	size_t			*asked_by;	/* index into enc of each request */
	size_t			 asked;
	struct buf		 failures;
	enum err_kind		 kind;		/* of the first failure */
	char			 hint[ERR_HINT_MAX];
};

size_t
datakey_count(const struct metadata *meta)
{
	size_t count = 0;

	for (size_t g = 0; g < meta->group_count; g++)
		count += meta->groups[g].count;
	return count;
}

static int
note_failure(struct wrapping *w, const struct master_key *key, const struct error *why, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);
	int rc;

	if (w->kind == ERR_NONE) {
		w->kind = why->kind;
		memcpy(w->hint, why->hint, sizeof(w->hint));
	}
	if ((rc = master_key_identity(key, &name, err)) != 0)
		return rc;
	/* A post-quantum recipient has two thousand letters. */
	return buf_printf(&w->failures, err, "%scannot wrap the data key for '%.*s%s': %s", w->failures.len > 0 ? "; " : "",
	    SLICE_ARG(slice_sub(buf_slice(&name), 0, NAME_SHOWN)), name.len > NAME_SHOWN ? "..." : "", why->text);
}

static int
wrap_local(struct wrapping *w, struct keyring *ring, const struct master_key *key, struct slice plain, size_t index, struct error *err)
{
	CLEANUP(buf_release) struct buf enc = BUF(MIB);
	struct error why = ERROR_INIT;

	if (key->type->wrap(ring, key, plain, &enc, &why) != 0)
		return why.kind == ERR_MEMORY ? err_memory(err) : note_failure(w, key, &why, err);
	return metadata_text(w->job->meta, buf_slice(&enc), &w->enc[index], err);
}

/* The keys at hand at once; what a service must be asked is gathered. */
static int
wrap_all(struct wrapping *w, struct keyring *ring, struct arena *arena, struct error *err)
{
	const struct metadata	*meta = w->job->meta;
	size_t			 index = 0;
	int			 rc = 0;

	for (size_t g = 0; g < meta->group_count && rc == 0; g++) {
		struct slice plain = secret_slice(w->shares != NULL ? w->shares[g] : w->job->datakey);

		for (size_t k = 0; k < meta->groups[g].count && rc == 0; k++, index++) {
			const struct master_key	*key = &meta->groups[g].keys[k];
			struct error		 why = ERROR_INIT;

			if (key->kept)
				w->enc[index] = key->enc;
			else if (!key->type->network)
				rc = wrap_local(w, ring, key, plain, index, err);
			else if (datakey_request(key, KMS_WRAP, plain, arena, &w->requests[w->asked], &why) != 0)
				rc = note_failure(w, key, &why, err);
			else
				w->asked_by[w->asked++] = index;
		}
	}
	return rc;
}

static const struct master_key *
key_at(const struct metadata *meta, size_t index)
{
	size_t g = 0;

	for (; index >= meta->groups[g].count; g++)
		index -= meta->groups[g].count;
	return &meta->groups[g].keys[index];
}

/* ${failed_opt}: nobody could be asked. */
static int
take_replies(struct wrapping *w, const struct kms_reply *replies, const struct error *failed_opt, struct error *err)
{
	int rc = 0;

	for (size_t n = 0; n < w->asked && rc == 0; n++) {
		const struct error *failed = failed_opt != NULL ? failed_opt : &replies[n].error;

		if (failed->kind != ERR_NONE)
			rc = note_failure(w, key_at(w->job->meta, w->asked_by[n]), failed, err);
		else
			rc = metadata_text(w->job->meta, buf_slice(&replies[n].text), &w->enc[w->asked_by[n]], err);
	}
	return rc;
}

/* The questions of all files, at once. */
static int
wrap_network(struct wrapping *list, size_t count, struct keyring *ring, struct arena *arena, struct error *err)
{
	struct error		 why = ERROR_INIT;
	struct kms_request	*requests;
	struct kms_reply	*replies;
	void			*room, *reply_room;
	size_t			 asked = 0, n = 0;
	int			 rc = 0;

	for (size_t i = 0; i < count; i++)
		asked += list[i].asked;
	if (asked == 0)
		return 0;
	if ((rc = arena_alloc(arena, asked * sizeof(*requests), &room, err)) != 0 ||
	    (rc = arena_alloc(arena, asked * sizeof(*replies), &reply_room, err)) != 0)
		return rc;
	requests = room;
	replies = reply_room;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < list[i].asked; k++)
			requests[n++] = list[i].requests[k];
	if (kms_client_ask(ring->client, requests, asked, replies, &why) == ERR_MEMORY)
		return err_memory(err);
	n = 0;
	for (size_t i = 0; i < count && rc == 0; n += list[i++].asked)
		rc = take_replies(&list[i], &replies[n], why.kind != ERR_NONE ? &why : NULL, err);
	for (size_t i = 0; why.kind == ERR_NONE && i < asked; i++)
		kms_reply_release(&replies[i]);
	return rc;
}

/* FORMAT.md 5: how many groups, and a threshold that they can meet. */
static int
check_groups(const struct metadata *meta, uint32_t *threshold, struct error *err)
{
	*threshold = meta->shamir_threshold;
	if (meta->group_count == 0)
		return err_set(err, ERR_NO_KEY, "no key is named");
	for (size_t g = 0; g < meta->group_count; g++)
		if (meta->groups[g].count == 0)
			return err_set(err, ERR_NO_KEY, "empty key group provided");
	if (meta->group_count == 1)
		return 0;
	if (*threshold == 0)
		*threshold = (uint32_t)meta->group_count;
	if (*threshold >= 2 && *threshold <= meta->group_count)
		return 0;
	err_set(err, ERR_RANGE, "shamir_threshold is %u, with %zu key groups", *threshold, meta->group_count);
	err_hint(err, *threshold < 2 ? "it must be 2 at least; to let any one of several keys do, put them in one group"
	    : "it cannot be more than the number of groups");
	return ERR_RANGE;
}

static int
start(struct wrapping *w, struct arena *arena, struct error *err)
{
	const struct metadata	*meta = w->job->meta;
	size_t			 count = datakey_count(meta);
	void			*shares, *enc, *requests, *asked_by;
	int			 rc;

	if ((rc = check_groups(meta, &w->threshold, err)) != 0)
		return rc;
	if (count > LIMIT_MASTER_KEYS)
		return err_set(err, ERR_LIMIT, "more than %d keys", LIMIT_MASTER_KEYS);
	if ((rc = arena_alloc(arena, meta->group_count * sizeof(*w->shares), &shares, err)) != 0 ||
	    (rc = arena_alloc(arena, count * sizeof(*w->enc), &enc, err)) != 0 ||
	    (rc = arena_alloc(arena, count * sizeof(*w->requests), &requests, err)) != 0 ||
	    (rc = arena_alloc(arena, count * sizeof(*w->asked_by), &asked_by, err)) != 0)
		return rc;
	w->enc = enc;
	w->requests = requests;
	w->asked_by = asked_by;
	if (meta->group_count == 1)
		return 0;
	w->shares = shares;
	return shamir_split(secret_slice(w->job->datakey), (unsigned)meta->group_count, w->threshold, w->shares, err);
}

static void
finish(struct wrapping *w)
{
	struct metadata	*meta = w->job->meta;
	struct error	*err = &w->job->error;
	size_t		 index = 0;

	if (err->kind != ERR_NONE)
		return;
	if (w->kind != ERR_NONE) {
		err_set(err, w->kind, "%.*s", SLICE_ARG(buf_slice(&w->failures)));
		if (w->hint[0] != '\0')
			err_hint(err, "%s", w->hint);
		return;
	}
	meta->shamir_threshold = w->threshold;
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t k = 0; k < meta->groups[g].count; k++)
			meta->groups[g].keys[k].enc = w->enc[index++];
}

static void
wrapping_release(struct wrapping *w)
{
	for (size_t g = 0; w->shares != NULL && g < w->job->meta->group_count; g++)
		secret_free(w->shares[g]);
	buf_release(&w->failures);
}

int
datakey_wrap_many(struct wrap_job *jobs, size_t count, struct keyring *ring, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	struct wrapping	*list;
	void		*room;
	int		 rc;

	if ((rc = arena_alloc(&arena, (count + 1) * sizeof(*list), &room, err)) != 0)
		return rc;
	list = room;
	for (size_t i = 0; i < count; i++)
		list[i] = (struct wrapping){ .job = &jobs[i], .failures = BUF(64 * KIB) };
	for (size_t i = 0; i < count && rc == 0; i++)
		if (start(&list[i], &arena, &jobs[i].error) == 0)
			rc = wrap_all(&list[i], ring, &arena, err);
	if (rc == 0)
		rc = wrap_network(list, count, ring, &arena, err);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			finish(&list[i]);
		wrapping_release(&list[i]);
	}
	return rc;
}

int
datakey_wrap(struct metadata *meta, const struct secret *datakey, struct keyring *ring, struct error *err)
{
	struct wrap_job job = { .meta = meta, .datakey = datakey, .error = ERROR_INIT };
	int rc;

	if ((rc = datakey_wrap_many(&job, 1, ring, err)) != 0 || job.error.kind == ERR_NONE)
		return rc;
	*err = job.error;
	return (int)err->kind;
}
