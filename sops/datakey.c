#include "sops/datakey.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "crypto/random.h"
#include "crypto/shamir.h"
#include "kms/client.h"

#define SHARE_MAX	256		/* what a wrapped data key or share may hold when opened */
#define DEFAULT_ORDER	"age,pgp"
#define ERROR_COLUMNS	60
#define REPORT_COLUMNS	75

struct keyring {
	struct identities	*identities;
	struct kms_client	*client;
};

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

/* The request's texts are those of the key, or in ${arena}. */
static int
make_request(const struct master_key *key, enum kms_operation operation, struct slice payload, struct arena *arena, struct kms_request *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);
	int rc;

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

struct wrapping {
	struct metadata		*meta;
	struct keyring		*ring;
	struct secret		**shares;	/* one a group, or NULL with a single group */
	const struct secret	*datakey;
	struct slice		*enc;		/* one a key, groups in sequence */
	struct kms_request	*requests;
	struct kms_reply	*replies;
	size_t			*asked_by;	/* index into enc of each request */
	size_t			 asked;
	struct buf		 failures;
	enum err_kind		 kind;		/* of the first failure */
	char			 hint[ERR_HINT_MAX];
};

static size_t
count_keys(const struct metadata *meta)
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
	return buf_printf(&w->failures, err, "%sfailed to encrypt new data key with master key '%.*s': %s", w->failures.len > 0 ? " " : "",
	    SLICE_ARG(buf_slice(&name)), why->text);
}

static int
wrap_local(struct wrapping *w, const struct master_key *key, struct slice plain, size_t index, struct error *err)
{
	CLEANUP(buf_release) struct buf enc = BUF(MIB);
	struct error why = ERROR_INIT;

	if (key->type->wrap(w->ring, key, plain, &enc, &why) != 0)
		return why.kind == ERR_MEMORY ? err_memory(err) : note_failure(w, key, &why, err);
	return metadata_text(w->meta, buf_slice(&enc), &w->enc[index], err);
}

static int
wrap_network(struct wrapping *w, struct error *err)
{
	struct error	why = ERROR_INIT;
	size_t		index = 0, n = 0;
	int		rc = 0;

	if (w->asked == 0)
		return 0;
	if (kms_client_ask(w->ring->client, w->requests, w->asked, w->replies, &why) == ERR_MEMORY)
		return err_memory(err);
	for (size_t g = 0; g < w->meta->group_count && rc == 0; g++)
		for (size_t k = 0; k < w->meta->groups[g].count && rc == 0; k++, index++) {
			if (n == w->asked || w->asked_by[n] != index)
				continue;
			const struct error *failed = why.kind != ERR_NONE ? &why : &w->replies[n].error;

			if (failed->kind != ERR_NONE)
				rc = note_failure(w, &w->meta->groups[g].keys[k], failed, err);
			else
				rc = metadata_text(w->meta, buf_slice(&w->replies[n].text), &w->enc[index], err);
			n++;
		}
	for (size_t i = 0; why.kind == ERR_NONE && i < w->asked; i++)
		kms_reply_release(&w->replies[i]);
	return rc;
}

static int
wrap_all(struct wrapping *w, struct arena *arena, struct error *err)
{
	size_t	index = 0;
	int	rc = 0;

	for (size_t g = 0; g < w->meta->group_count && rc == 0; g++) {
		struct slice plain = secret_slice(w->shares != NULL ? w->shares[g] : w->datakey);

		for (size_t k = 0; k < w->meta->groups[g].count && rc == 0; k++, index++) {
			const struct master_key	*key = &w->meta->groups[g].keys[k];
			struct error		 why = ERROR_INIT;

			if (!key->type->network)
				rc = wrap_local(w, key, plain, index, err);
			else if (make_request(key, KMS_WRAP, plain, arena, &w->requests[w->asked], &why) != 0)
				rc = note_failure(w, key, &why, err);
			else
				w->asked_by[w->asked++] = index;
		}
	}
	if (rc == 0)
		rc = wrap_network(w, err);
	if (rc != 0 || w->kind == ERR_NONE)
		return rc;
	err_set(err, w->kind, "[%.*s]", SLICE_ARG(buf_slice(&w->failures)));
	if (w->hint[0] != '\0')
		err_hint(err, "%s", w->hint);
	return (int)w->kind;
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
			return err_set(err, ERR_NO_KEY, "[empty key group provided]");
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

static void
free_shares(struct secret **shares, size_t n)
{
	for (size_t i = 0; shares != NULL && i < n; i++)
		secret_free(shares[i]);
}

int
datakey_wrap(struct metadata *meta, const struct secret *datakey, struct keyring *ring, struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(64 * MIB);
	size_t		count = count_keys(meta), index = 0;
	struct wrapping	w = { .meta = meta, .ring = ring, .datakey = datakey, .failures = BUF(64 * KIB) };
	void		*shares, *enc, *requests, *replies, *asked_by;
	uint32_t	threshold;
	int		rc;

	if ((rc = check_groups(meta, &threshold, err)) != 0)
		return rc;
	if (count > LIMIT_MASTER_KEYS)
		return err_set(err, ERR_LIMIT, "more than %d keys", LIMIT_MASTER_KEYS);
	if ((rc = arena_alloc(&arena, meta->group_count * sizeof(*w.shares), &shares, err)) != 0 ||
	    (rc = arena_alloc(&arena, count * sizeof(*w.enc), &enc, err)) != 0 ||
	    (rc = arena_alloc(&arena, count * sizeof(*w.requests), &requests, err)) != 0 ||
	    (rc = arena_alloc(&arena, count * sizeof(*w.replies), &replies, err)) != 0 ||
	    (rc = arena_alloc(&arena, count * sizeof(*w.asked_by), &asked_by, err)) != 0)
		return rc;
	w.enc = enc;
	w.requests = requests;
	w.replies = replies;
	w.asked_by = asked_by;
	if (meta->group_count > 1) {
		w.shares = shares;
		if ((rc = shamir_split(secret_slice(datakey), (unsigned)meta->group_count, threshold, w.shares, err)) != 0)
			return rc;
	}
	if ((rc = wrap_all(&w, &arena, err)) == 0) {
		meta->shamir_threshold = threshold;
		for (size_t g = 0; g < meta->group_count; g++)
			for (size_t k = 0; k < meta->groups[g].count; k++)
				meta->groups[g].keys[k].enc = w.enc[index++];
	}
	free_shares(w.shares, meta->group_count);
	buf_release(&w.failures);
	return rc;
}

/* --- order ------------------------------------------------------------------------------------------------------- */

int
datakey_order_check(struct slice order, struct error *err)
{
	struct slice rest = order, part, other, seen;

	while (rest.len > 0 && slice_split(&rest, ',', &part)) {
		seen = slice_sub(order, 0, (size_t)(part.data - order.data));
		while (seen.len > 0 && slice_split(&seen, ',', &other))
			if (part.len > 0 && slice_eq(part, other))
				return err_set(err, ERR_CONFLICT, "Duplicate decryption key type: %.*s", SLICE_ARG(slice_sub(part, 0, 100)));
	}
	return 0;
}

/*
 * Types that the order names come first, as it names them.  The others follow: those without a network before
 * those with one (design D5), else in the order of the file.
 */
static unsigned
rank(const struct key_type *type, struct slice order)
{
	struct slice	rest = order, part;
	unsigned	position = 0;

	for (; rest.len > 0 && slice_split(&rest, ',', &part); position++)
		if (slice_eq(slice_trim(part), slice_str(type->name)))
			return position;
	return position + (type->network ? 1 : 0);
}

/* --- unwrapping -------------------------------------------------------------------------------------------------- */

struct attempt {
	const struct master_key	*key;
	unsigned		 rank;
	struct error		*failed_opt;	/* NULL: not tried, or no failure */
};

struct group_state {
	struct attempt	*attempts;		/* in the order of trying */
	size_t		 count, next;
	struct secret	*share;			/* opened */
};

struct job {
	struct unwrap_job	*public;
	struct group_state	*groups;
	size_t			 group_count, opened;
	bool			 done;
};

struct unwrapping {
	struct arena			 arena;		/* secret: errors and lists only, but cheap */
	const struct unwrap_options	*options;
	struct job			*jobs;
	size_t				 count;
};

static int
attempt_order(const void *a, const void *b)
{
	const struct attempt *x = a, *y = b;

	if (x->rank != y->rank)
		return (x->rank > y->rank) - (x->rank < y->rank);
	return (x->key > y->key) - (x->key < y->key);	/* entries of one array: file order */
}

static int
prepare(struct unwrapping *u, struct job *job, struct slice order, struct error *err)
{
	const struct metadata	*meta = job->public->meta;
	void			*room;
	int			 rc;

	job->group_count = meta->group_count;
	if ((rc = arena_alloc(&u->arena, (meta->group_count + 1) * sizeof(*job->groups), &room, err)) != 0)
		return rc;
	job->groups = room;
	for (size_t g = 0; g < meta->group_count; g++) {
		struct group_state *group = &job->groups[g];

		if ((rc = arena_alloc(&u->arena, (meta->groups[g].count + 1) * sizeof(*group->attempts), &room, err)) != 0)
			return rc;
		group->attempts = room;
		group->count = meta->groups[g].count;
		for (size_t k = 0; k < group->count; k++) {
			const struct master_key *key = &meta->groups[g].keys[k];

			group->attempts[k] = (struct attempt){ .key = key, .rank = rank(key->type, order) };
		}
		if (group->count > 1)
			qsort(group->attempts, group->count, sizeof(*group->attempts), attempt_order);
	}
	return 0;
}

static int
note_attempt(struct unwrapping *u, struct attempt *attempt, const struct error *why, struct error *err)
{
	void	*room;
	int	 rc;

	if (why->kind == ERR_MEMORY)
		return err_memory(err);
	if ((rc = arena_alloc(&u->arena, sizeof(*why), &room, err)) != 0)
		return rc;
	memcpy(room, why, sizeof(*why));
	attempt->failed_opt = room;
	return 0;
}

/* How many groups must open; with no threshold in the file, sops takes every share that it can get. */
static size_t
needed(const struct job *job)
{
	size_t threshold = job->public->meta->shamir_threshold;

	if (job->group_count <= 1)
		return 1;
	return threshold == 0 ? job->group_count : threshold < 2 ? 2 : threshold;
}

/* A data key has a length that AES takes, a share one byte more. */
static int
accept(struct job *job, struct group_state *group, struct slice plain, struct error *err)
{
	size_t	len = plain.len - (job->group_count > 1 && plain.len > 0 ? 1 : 0);
	int	rc;

	if (len != 32 && len != 24 && len != 16)
		return err_set(err, ERR_SYNTAX, "it holds %zu bytes, which is no data key", plain.len);
	if ((rc = secret_copy(plain, &group->share, err)) != 0)
		return rc;
	job->opened++;
	if (job->opened >= needed(job))
		job->done = true;
	return 0;
}

/* Try the keys at hand of one group, up to the next that needs the network. */
static int
try_local(struct unwrapping *u, struct job *job, struct group_state *group, struct error *err)
{
	int rc = 0;

	for (; rc == 0 && group->share == NULL && group->next < group->count; group->next++) {
		CLEANUP(buf_release) struct buf	 plain = BUF_SECRET(SHARE_MAX);
		struct attempt			*attempt = &group->attempts[group->next];
		struct error			 why = ERROR_INIT;

		if (attempt->key->type->network)
			break;
		if (attempt->key->type->unwrap(u->options->ring, attempt->key, &plain, &why) != 0 ||
		    accept(job, group, buf_slice(&plain), &why) != 0)
			rc = note_attempt(u, attempt, &why, err);
	}
	return rc;
}

struct question {
	struct job		*job;
	struct group_state	*group;
	struct attempt		*attempt;
};

struct questions {
	struct question		*list;
	struct kms_request	*requests;
	struct kms_reply	*replies;
	size_t			 count;
};

/* The run of network keys that each unfinished group has come to; the keys of a run are alternatives. */
static int
gather(struct unwrapping *u, struct questions *questions, struct error *err)
{
	uint32_t	hedge = 0;
	int		rc = 0;

	questions->count = 0;
	for (size_t j = 0; j < u->count; j++) {
		struct job *job = &u->jobs[j];

		for (size_t g = 0; g < job->group_count && !job->done && rc == 0; g++) {
			struct group_state *group = &job->groups[g];

			if (group->share != NULL)
				continue;
			for (hedge++; rc == 0 && group->next < group->count && group->attempts[group->next].key->type->network; group->next++) {
				struct attempt		*attempt = &group->attempts[group->next];
				struct kms_request	*request = &questions->requests[questions->count];
				struct error		 why = ERROR_INIT;

				if (make_request(attempt->key, KMS_UNWRAP, attempt->key->enc, &u->arena, request, &why) != 0) {
					rc = note_attempt(u, attempt, &why, err);
					continue;
				}
				request->hedge = hedge;
				questions->list[questions->count++] = (struct question){ job, group, attempt };
			}
		}
	}
	return rc;
}

static int
ask(struct unwrapping *u, struct questions *questions, struct error *err)
{
	struct error	all = ERROR_INIT;
	int		rc = 0;

	if (kms_client_ask(u->options->ring->client, questions->requests, questions->count, questions->replies, &all) == ERR_MEMORY)
		return err_memory(err);
	for (size_t i = 0; i < questions->count; i++) {
		struct question		*q = &questions->list[i];
		struct kms_reply	*reply = all.kind == ERR_NONE ? &questions->replies[i] : NULL;
		struct error		 why = reply != NULL ? reply->error : all;

		if (why.kind == ERR_NONE && q->group->share == NULL)
			(void)accept(q->job, q->group, reply->datakey != NULL ? secret_slice(reply->datakey) : SLICE_NONE, &why);
		if (rc == 0 && why.kind != ERR_NONE && why.kind != ERR_CANCELLED)
			rc = note_attempt(u, q->attempt, &why, err);
		if (reply != NULL)
			kms_reply_release(reply);
	}
	return rc;
}

static int
rounds(struct unwrapping *u, struct error *err)
{
	struct questions	 questions = { .count = 0 };
	size_t			 keys = 0;
	void			*list, *requests, *replies;
	int			 rc;

	for (size_t j = 0; j < u->count; j++)
		keys += count_keys(u->jobs[j].public->meta);
	if ((rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.list), &list, err)) != 0 ||
	    (rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.requests), &requests, err)) != 0 ||
	    (rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.replies), &replies, err)) != 0)
		return rc;
	questions = (struct questions){ list, requests, replies, 0 };
	do {
		for (size_t j = 0; j < u->count; j++)
			for (size_t g = 0; g < u->jobs[j].group_count && !u->jobs[j].done; g++)
				if ((rc = try_local(u, &u->jobs[j], &u->jobs[j].groups[g], err)) != 0)
					return rc;
		if ((rc = gather(u, &questions, err)) != 0)
			return rc;
		if (questions.count > 0 && (rc = ask(u, &questions, err)) != 0)
			return rc;
	} while (questions.count > 0);
	return 0;
}

/* --- the report of a failure ------------------------------------------------------------------------------------- */

/* One word, with nothing in it that a terminal would obey. */
static int
print_word(struct slice word, struct buf *out, struct error *err)
{
	int rc = 0;

	while (word.len > 0 && rc == 0) {
		uint32_t	point;
		size_t		len = utf8_decode(word, &point);

		if (len > 0 && utf8_is_printable(point))
			rc = buf_append(out, slice_sub(word, 0, len), err);
		else
			rc = buf_byte(out, '?', err);
		word = slice_from(word, len > 0 ? len : 1);
	}
	return rc;
}

/* Lines of at most ${columns}, broken at blanks; the first begins with ${first}, the others with ${other}. */
static int
print_wrapped(struct slice text, size_t columns, const char *first, const char *other, struct buf *out, struct error *err)
{
	struct slice	lines = text, line, words, word;
	int		rc = buf_str(out, first, err);

	for (bool begun = false; rc == 0 && lines.data != NULL && slice_split(&lines, '\n', &line); begun = true) {
		size_t at = 0;

		if (begun && ((rc = buf_byte(out, '\n', err)) != 0 || (rc = buf_str(out, other, err)) != 0))
			return rc;
		for (words = line; rc == 0 && words.data != NULL && slice_split(&words, ' ', &word);) {
			size_t width = utf8_count(word);

			if (width == 0)
				continue;
			if (at > 0 && at + 1 + width > columns) {
				if ((rc = buf_byte(out, '\n', err)) != 0 || (rc = buf_str(out, other, err)) != 0)
					return rc;
				at = 0;
			} else if (at > 0) {
				at++;
				if ((rc = buf_byte(out, ' ', err)) != 0)
					return rc;
			}
			at += width;
			rc = print_word(word, out, err);
		}
	}
	return rc != 0 ? rc : buf_byte(out, '\n', err);
}

static int
report_key(const struct attempt *attempt, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	 name = BUF(LIMIT_CONFIG);
	const struct error		*failed = attempt->failed_opt;
	int				 rc;

	if ((rc = master_key_identity(attempt->key, &name, err)) != 0 || (rc = buf_str(out, "  ", err)) != 0 ||
	    (rc = print_word(buf_slice(&name), out, err)) != 0 || (rc = buf_str(out, ": FAILED\n", err)) != 0 ||
	    (rc = print_wrapped(slice_str(failed->text), ERROR_COLUMNS, "    - | ", "      | ", out, err)) != 0)
		return rc;
	if (failed->hint[0] == '\0')
		return 0;
	buf_reset(&name);
	if ((rc = buf_printf(&name, err, "hint: %s", failed->hint)) != 0)
		return rc;
	return print_wrapped(buf_slice(&name), ERROR_COLUMNS, "      | ", "      | ", out, err);
}

/* The layout and the words are those of sops (its wrappers show them to people). */
static int
write_report(const struct job *job, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(KIB);
	int rc = buf_str(out, "Failed to get the data key required to decrypt the SOPS file.\n\n", err);

	for (size_t g = 0; g < job->group_count && rc == 0; g++) {
		const struct group_state	*group = &job->groups[g];
		bool				 begun = false;

		rc = buf_printf(out, err, "Group %zu: %s\n", g, group->share != NULL ? "SUCCESS" : "FAILED");
		for (size_t k = 0; k < group->count && rc == 0 && group->share == NULL; k++) {
			if (group->attempts[k].failed_opt == NULL)
				continue;
			if (begun && (rc = buf_str(out, "  \n", err)) != 0)
				break;
			begun = true;
			rc = report_key(&group->attempts[k], out, err);
		}
		if (rc == 0)
			rc = buf_byte(out, '\n', err);
	}
	if (rc != 0)
		return rc;
	if (job->group_count <= 1)
		rc = buf_str(&text, "Recovery failed because no master key was able to decrypt the file. In order for SOPS to recover the file, at "
		    "least one key has to be successful, but none were.", err);
	else
		rc = buf_printf(&text, err, "Recovery failed because the file was encrypted with a Shamir threshold of %zu, but only %zu part(s) were "
		    "successfully recovered, one for each successful key group. In order for SOPS to recover the file, at least %zu groups have to "
		    "be successful. In order for a group to be successful, decryption has to succeed with any of the keys in that key group.",
		    needed(job), job->opened, needed(job));
	return rc != 0 ? rc : print_wrapped(buf_slice(&text), REPORT_COLUMNS, "", "", out, err);
}

/* Put the data key together, or say why not. */
static void
finish(struct job *job)
{
	struct unwrap_job	*public = job->public;
	struct slice		 shares[LIMIT_KEY_GROUPS];
	size_t			 n = 0, enough = public->meta->shamir_threshold;
	struct error		*err = &public->error;

	for (size_t g = 0; g < job->group_count; g++)
		if (job->groups[g].share != NULL)
			shares[n++] = secret_slice(job->groups[g].share);
	if (job->group_count == 1 && n == 1)
		public->datakey = TAKE(job->groups[0].share);
	else if (job->group_count > 1 && n >= 2 && n >= enough) {
		if (shamir_combine(shares, n, &public->datakey, err) != 0)
			return;
	} else if (write_report(job, &public->report.text, err) == 0)
		err_set(err, ERR_NO_KEY, "Failed to get the data key required to decrypt the SOPS file.");
}

int
datakey_unwrap_many(struct unwrap_job *jobs, size_t count, const struct unwrap_options *options, struct error *err)
{
	struct unwrapping	u = { .arena = ARENA(LIMIT_DOCUMENT), .options = options, .count = count };
	struct slice		order = options->order;
	void			*room;
	int			rc;

	if (order.len == 0)
		order = slice_str(getenv("SOPS_DECRYPTION_ORDER"));
	if (order.len == 0)
		order = SLICE(DEFAULT_ORDER);
	if ((rc = datakey_order_check(order, err)) != 0)
		return rc;
	if ((rc = arena_alloc(&u.arena, (count + 1) * sizeof(*u.jobs), &room, err)) != 0)
		return rc;
	u.jobs = room;
	for (size_t j = 0; j < count && rc == 0; j++) {
		u.jobs[j].public = &jobs[j];
		rc = prepare(&u, &u.jobs[j], order, err);
	}
	if (rc == 0)
		rc = rounds(&u, err);
	for (size_t j = 0; j < count; j++) {
		if (rc == 0)
			finish(&u.jobs[j]);
		for (size_t g = 0; u.jobs[j].groups != NULL && g < u.jobs[j].group_count; g++)
			secret_free(u.jobs[j].groups[g].share);
	}
	arena_release(&u.arena);
	return rc;
}

int
datakey_unwrap(const struct metadata *meta, const struct unwrap_options *options, struct secret **out, struct unwrap_report *report,
    struct error *err)
{
	struct unwrap_job job = { .meta = meta, .error = ERROR_INIT, .report = UNWRAP_REPORT };
	int rc;

	if ((rc = datakey_unwrap_many(&job, 1, options, err)) == 0) {
		if (job.error.kind != ERR_NONE) {
			rc = err_set(err, job.error.kind, "%s", job.error.text);
			if (buf_append(&report->text, buf_slice(&job.report.text), &job.error) != 0)
				rc = (int)job.error.kind;
		} else
			*out = job.datakey;
	}
	unwrap_report_release(&job.report);
	return rc;
}
