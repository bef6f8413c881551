#include "crypto/age.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/secret.h"
#include "crypto/age_armor.h"
#include "crypto/age_header.h"
#include "crypto/age_type.h"
#include "crypto/chachapoly.h"
#include "crypto/kdf.h"
#include "crypto/random.h"

#define CHUNK		65536			/* plaintext bytes of every chunk but the last */
#define SEALED_CHUNK	(CHUNK + CHACHAPOLY_TAG_LEN)
#define NONCE_LEN	16			/* of the payload: salt of its key */

/* --- recipient types, and the lists of keys ------------------------------------------------------------------- */

/* The first that recognises a text takes it. */
static const struct age_type *const types[] = { &age_plugin, &age_x25519, &age_ssh_ed25519, &age_ssh_rsa };
#define TYPES	(sizeof(types) / sizeof(*types))

/* What others can read and we cannot: a clear word instead of "malformed".  The first that fits counts. */
#define NO_MLKEM	"the libraries of this build have no ML-KEM; "
#define SSH_TYPES	"keys of the types ssh-ed25519 and ssh-rsa are"
static const struct {
	const char *prefix, *what, *hint;
} foreign[] = {
	{ "AGE-SECRET-KEY-PQ-1", "post-quantum age keys", NO_MLKEM "use an identity that begins with 'AGE-SECRET-KEY-1'" },
	{ "age1pq1", "post-quantum age keys", NO_MLKEM "name a recipient of another type: age-keygen makes keys that work" },
	{ "ssh-dss", "SSH keys of this type", SSH_TYPES }, { "ecdsa-", "SSH keys of this type", SSH_TYPES },
	{ "sk-", "SSH keys of this type", SSH_TYPES },
};
#define POST_QUANTUM	"mlkem768x25519"	/* the stanza of such a recipient */

static int
unknown_key(struct slice text, const char *what, const char *begins, struct error *err)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (slice_starts(text, slice_str(foreign[i].prefix))) {
			(void)err_set(err, ERR_UNSUPPORTED, "%s are not supported", foreign[i].what);
			return err_hint(err, "%s", foreign[i].hint);
		}
	(void)err_set(err, ERR_SYNTAX, "not an age %s", what);
	(void)err_hint(err, "an age %s begins with '%s'", what, begins);
	return ERR_SYNTAX;
}

struct keys {
	struct age_key	*key;
	size_t		 n, room;
};

static int
keys_add(struct keys *keys, const struct age_type *type, void *state, struct error *err)
{
	if (keys->n == keys->room) {
		size_t		 room = keys->room == 0 ? 4 : keys->room * 2;
		struct age_key	*moved = realloc(keys->key, room * sizeof(*moved));

		if (moved == NULL)
			return err_memory(err);
		keys->key = moved;
		keys->room = room;
	}
	keys->key[keys->n++] = (struct age_key){ .type = type, .state = state };
	return 0;
}

struct age_recipients {
	struct keys keys;
};

struct age_identities {
	struct keys keys;
};

int
age_recipients_new(struct age_recipients **out, struct error *err)
{
	struct age_recipients *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return err_memory(err);
	*out = to;
	return 0;
}

void
age_recipients_free(struct age_recipients *to)
{
	if (to == NULL)
		return;
	for (size_t i = 0; i < to->keys.n; i++)
		to->keys.key[i].type->recipient_free(to->keys.key[i].state);
	free(to->keys.key);
	free(to);
}

int
age_recipients_add(struct age_recipients *to, struct slice text, struct error *err)
{
	void	*state;
	int	 rc;

	if (to->keys.n > 0 && to->keys.key[0].type->alone)
		return err_set(err, ERR_CONFLICT, "a passphrase must be the only recipient of an age file");
	if (to->keys.n == LIMIT_AGE_STANZAS)
		return err_set(err, ERR_LIMIT, "more than %d age recipients", LIMIT_AGE_STANZAS);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (slice_starts(text, slice_str(foreign[i].prefix)))
			return unknown_key(text, "recipient", "age1", err);
	for (size_t i = 0; i < TYPES; i++) {
		if (!types[i]->recipient_recognised(text))
			continue;
		if ((rc = types[i]->recipient_parse(text, &state, err)) != 0)
			return err_wrap(err, "malformed age recipient");
		if ((rc = keys_add(&to->keys, types[i], state, err)) != 0)
			types[i]->recipient_free(state);
		return rc;
	}
	return unknown_key(text, "recipient", "age1", err);
}

/* A line of a key file: without its CR; false for blank lines and comments. */
static bool
key_line(struct slice *line)
{
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	return line->len > 0 && line->data[0] != '#';
}

int
age_recipients_parse(struct age_recipients *to, struct slice text, struct error *err)
{
	struct slice	rest = text, line;
	uint32_t	number = 0;
	int		rc;

	if (text.len > LIMIT_KEY_FILE)
		return err_set(err, ERR_LIMIT, "recipients file is longer than %zu bytes", LIMIT_KEY_FILE);
	while (slice_split(&rest, '\n', &line)) {
		number++;
		if (key_line(&line) && (rc = age_recipients_add(to, line, err)) != 0)
			return err_at(err, number, 1);
	}
	return 0;
}

int
age_recipients_add_passphrase(struct age_recipients *to, struct slice passphrase, struct error *err)
{
	struct secret	*secret;
	int		 rc;

	if (passphrase.len == 0)
		return err_set(err, ERR_RANGE, "the passphrase is empty");
	if (to->keys.n > 0)
		return err_set(err, ERR_CONFLICT, "a passphrase must be the only recipient of an age file");
	if ((rc = secret_copy(passphrase, &secret, err)) != 0)
		return rc;
	if ((rc = keys_add(&to->keys, &age_scrypt, secret, err)) != 0)
		secret_free(secret);
	return rc;
}

size_t
age_recipients_count(const struct age_recipients *to)
{
	return to->keys.n;
}

int
age_identities_new(struct age_identities **out, struct error *err)
{
	struct age_identities *with = calloc(1, sizeof(*with));

	if (with == NULL)
		return err_memory(err);
	*out = with;
	return 0;
}

void
age_identities_free(struct age_identities *with)
{
	if (with == NULL)
		return;
	for (size_t i = 0; i < with->keys.n; i++)
		with->keys.key[i].type->identity_free(with->keys.key[i].state);
	free(with->keys.key);
	free(with);
}

static int
add_identity(struct age_identities *with, struct slice text, struct error *err)
{
	void	*state;
	int	 rc;

	if (with->keys.n == LIMIT_IDENTITIES)
		return err_set(err, ERR_LIMIT, "more than %d age identities", LIMIT_IDENTITIES);
	for (size_t i = 0; i < TYPES; i++) {
		if (types[i]->identity_recognised == NULL || !types[i]->identity_recognised(text))
			continue;
		if ((rc = types[i]->identity_parse(text, &state, err)) != 0)
			return err_wrap(err, "malformed age identity");
		if ((rc = keys_add(&with->keys, types[i], state, err)) != 0)
			types[i]->identity_free(state);
		return rc;
	}
	return unknown_key(text, "identity", "AGE-SECRET-KEY-1", err);
}

/* One line of an identity file. */
static int
read_identity(struct age_identities *with, struct slice line, unsigned flags, uint32_t number, struct error *err)
{
	struct slice key = flags & AGE_IDENTITY_TRIM ? slice_trim(line) : line;

	if (!key_line(&key) || add_identity(with, key, err) == 0)
		return 0;
	if (slice_trim(key).len < key.len)
		(void)err_hint(err, "remove the blanks around the key");
	return err_at(err, number, 1 + (uint32_t)(key.data - line.data));
}

int
age_identities_parse(struct age_identities *with, struct slice text, unsigned flags, struct error *err)
{
	struct error	later = ERROR_INIT;
	struct slice	rest = text, line;
	uint32_t	number = 0;
	int		first = 0, rc;

	if (text.len > LIMIT_KEY_FILE)
		return err_set(err, ERR_LIMIT, "identity file is longer than %zu bytes", LIMIT_KEY_FILE);
	while (slice_split(&rest, '\n', &line)) {
		if ((rc = read_identity(with, line, flags, ++number, first == 0 ? err : &later)) == 0)
			continue;
		if (first == 0)
			first = rc;
		else
			err_reset(&later);
	}
	return first;
}

/* Take over a key that is made; it is freed when there is no room for it. */
static int
adopt_identity(struct age_identities *with, const struct age_type *type, void *state, struct error *err)
{
	int rc = with->keys.n < LIMIT_IDENTITIES ? keys_add(&with->keys, type, state, err) :
	    err_set(err, ERR_LIMIT, "more than %d age identities", LIMIT_IDENTITIES);

	if (rc != 0)
		type->identity_free(state);
	return rc;
}

int
age_identities_add_ssh(struct age_identities *with, struct slice text, struct slice public_opt, const char *name, struct error *err)
{
	const struct age_type	*type;
	void			*state;
	int			 rc = age_ssh_identity_new(text, public_opt, name, &type, &state, err);

	return rc != 0 ? rc : adopt_identity(with, type, state, err);
}

int
age_identities_add_locked(struct age_identities *with, struct slice file, const char *name, struct error *err)
{
	void	*state;
	int	 rc = age_locked_identity_new(file, name, &state, err);

	return rc != 0 ? rc : adopt_identity(with, &age_locked, state, err);
}

int
age_identities_add_passphrase(struct age_identities *with, struct slice passphrase, struct error *err)
{
	struct secret	*secret;
	int		 rc = secret_copy(passphrase, &secret, err);

	return rc != 0 ? rc : adopt_identity(with, &age_scrypt, secret, err);
}

size_t
age_identities_count(const struct age_identities *with)
{
	return with->keys.n;
}

int
age_identities_recipient(const struct age_identities *with, size_t index, struct buf *out, struct error *err)
{
	const struct age_key *key = &with->keys.key[index];

	if (key->type->identity_recipient == NULL)
		return err_set(err, ERR_UNSUPPORTED, "an age identity of type %s has no recipient", key->type->name);
	return key->type->identity_recipient(key->state, out, err);
}

/* --- keys derived from the file key ---------------------------------------------------------------------------- */

static void
header_mac(const uint8_t file_key[static AGE_FILE_KEY_LEN], struct slice covered, uint8_t mac[static AGE_MAC_LEN])
{
	WIPED(key, KDF_PRK_LEN);

	kdf_hkdf(slice_of(file_key, AGE_FILE_KEY_LEN), SLICE_NONE, SLICE("header"), key, KDF_PRK_LEN);
	/* HMAC-SHA-256 of the header, which is what HKDF calls "extract". */
	kdf_extract(slice_of(key, KDF_PRK_LEN), covered, mac);
}

static void
payload_key(const uint8_t file_key[static AGE_FILE_KEY_LEN], const uint8_t nonce[static NONCE_LEN],
    uint8_t key[static CHACHAPOLY_KEY_LEN])
{
	kdf_hkdf(slice_of(file_key, AGE_FILE_KEY_LEN), slice_of(nonce, NONCE_LEN), SLICE("payload"), key,
	    CHACHAPOLY_KEY_LEN);
}

/* --- payload: STREAM, chunks under a counter, the last one marked ---------------------------------------------- */

/* 11 bytes of counter, big-endian, then 1 for the last chunk; our limit keeps the counter in 32 bits. */
static void
chunk_nonce(uint32_t counter, bool last, uint8_t nonce[static CHACHAPOLY_NONCE_LEN])
{
	(void)memset(nonce, 0, CHACHAPOLY_NONCE_LEN);
	be32_store(nonce + 7, counter);
	nonce[11] = last;
}

static int
seal_payload(const uint8_t key[static CHACHAPOLY_KEY_LEN], struct slice plain, struct buf *out, struct error *err)
{
	uint8_t		nonce[CHACHAPOLY_NONCE_LEN], *room;
	uint32_t	counter = 0;
	bool		last;
	int		rc;

	do {	/* once for the empty plaintext, too */
		struct slice chunk = slice_sub(plain, 0, CHUNK);

		plain = slice_from(plain, CHUNK);
		last = plain.len == 0;
		if ((rc = buf_reserve(out, chunk.len + CHACHAPOLY_TAG_LEN, &room, err)) != 0)
			return rc;
		chunk_nonce(counter++, last, nonce);
		chachapoly_seal(key, nonce, chunk, room);
		out->len += chunk.len + CHACHAPOLY_TAG_LEN;
	} while (!last);
	return 0;
}

/*
 * As all of the payload is at hand, a chunk's place alone says whether it must be the last; a cut after a
 * whole chunk, or anything behind the last one, therefore fails on a tag.
 */
static int
open_payload(const uint8_t key[static CHACHAPOLY_KEY_LEN], struct slice sealed, struct buf *out, struct error *err)
{
	uint8_t		nonce[CHACHAPOLY_NONCE_LEN], *room;
	uint32_t	counter = 0;
	bool		last;
	int		rc;

	do {
		struct slice chunk = slice_sub(sealed, 0, SEALED_CHUNK);

		sealed = slice_from(sealed, SEALED_CHUNK);
		last = sealed.len == 0;
		if (chunk.len < CHACHAPOLY_TAG_LEN || (chunk.len == CHACHAPOLY_TAG_LEN && counter > 0))
			return err_set(err, ERR_TAMPERED, "age payload is cut short");
		if ((rc = buf_reserve(out, chunk.len - CHACHAPOLY_TAG_LEN, &room, err)) != 0)
			return rc;
		chunk_nonce(counter++, last, nonce);
		if ((rc = chachapoly_open(key, nonce, chunk, room, err)) != 0)
			return err_wrap(err, "age payload is damaged or cut short");
		out->len += chunk.len - CHACHAPOLY_TAG_LEN;
	} while (!last);
	return 0;
}

/* --- the file --------------------------------------------------------------------------------------------------- */

/* A recipient that promises something (to withstand quantum computers) keeps it only when all others promise the same. */
static int
check_labels(const struct age_key *first, const struct age_key *key, struct error *err)
{
	struct slice	one = first->type->labels != NULL ? first->type->labels(first->state) : SLICE_NONE;
	struct slice	other = key->type->labels != NULL ? key->type->labels(key->state) : SLICE_NONE;

	if (slice_eq(one, other))
		return 0;
	return err_set(err, ERR_CONFLICT, "these age recipients cannot stand in one file: their labels differ ('%.*s', '%.*s')",
	    SLICE_ARG(slice_sub(one, 0, 100)), SLICE_ARG(slice_sub(other, 0, 100)));
}

static int
seal_file(const struct age_recipients *to, struct slice plain, struct buf *out, struct error *err)
{
	WIPED(file_key, AGE_FILE_KEY_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	uint8_t	mac[AGE_MAC_LEN], nonce[NONCE_LEN];
	size_t	start = out->len;
	int	rc;

	random_bytes(file_key, AGE_FILE_KEY_LEN);
	if ((rc = buf_str(out, AGE_INTRO, err)) != 0)
		return rc;
	for (size_t i = 0; i < to->keys.n; i++)
		if ((rc = to->keys.key[i].type->wrap(to->keys.key[i].state, file_key, out, err)) != 0 ||
		    (rc = check_labels(&to->keys.key[0], &to->keys.key[i], err)) != 0)
			return rc;
	if ((rc = buf_str(out, "---", err)) != 0)
		return rc;
	header_mac(file_key, slice_from(buf_slice(out), start), mac);
	random_nonce(nonce, sizeof(nonce));
	if ((rc = buf_byte(out, ' ', err)) != 0 ||
	    (rc = base64_encode_as(slice_of(mac, sizeof(mac)), BASE64_NO_PADDING, out, err)) != 0 ||
	    (rc = buf_byte(out, '\n', err)) != 0 || (rc = buf_append(out, slice_of(nonce, sizeof(nonce)), err)) != 0)
		return rc;
	payload_key(file_key, nonce, key);
	return seal_payload(key, plain, out, err);
}

int
age_seal(const struct age_recipients *to, struct slice plain, struct buf *out, struct error *err)
{
	size_t	start = out->len;
	int	rc;

	if (to->keys.n == 0)
		return err_set(err, ERR_RANGE, "no age recipient to encrypt to");
	if (plain.len > LIMIT_AGE_FILE)
		return err_set(err, ERR_LIMIT, "more than %zu bytes cannot be sealed for age", LIMIT_AGE_FILE);
	if ((rc = seal_file(to, plain, out, err)) != 0)
		buf_truncate(out, start);
	return rc;
}

int
age_seal_armored(const struct age_recipients *to, struct slice plain, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	file = BUF(2 * LIMIT_AGE_FILE);
	int				rc;

	if ((rc = age_seal(to, plain, &file, err)) != 0)
		return rc;
	return age_armor_encode(buf_slice(&file), out, err);
}

static bool
is_scrypt(const struct age_stanza *stanza)
{
	return slice_eq(stanza->argument[0], SLICE("scrypt"));
}

/* Whoever knows a passphrase must be sure that nobody else can have made the file for them. */
static int
check_alone(const struct age_header *header, struct error *err)
{
	for (size_t i = 0; i < header->stanzas && header->stanzas > 1; i++)
		if (is_scrypt(&header->stanza[i]))
			return err_set(err, ERR_SYNTAX, "malformed age header: a passphrase is not the only recipient");
	return 0;
}

/* One key, all stanzas. */
static int
try_key(const struct age_key *key, const struct age_stanza *stanzas, size_t n, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	int rc = ERR_NO_KEY;

	if (key->type->unwrap_any != NULL)
		return key->type->unwrap_any(key->state, stanzas, n, file_key, err);
	for (size_t k = 0; k < n && rc == ERR_NO_KEY; k++) {
		err_reset(err);
		rc = key->type->unwrap(key->state, &stanzas[k], file_key, err);
	}
	return rc;
}

static bool
waits(const struct age_key *key)
{
	return key->type->waits != NULL && key->type->waits(key->state);
}

/* A failure that says something about the file and not about the key. */
static bool
condemns(int kind)
{
	return kind == ERR_SYNTAX || kind == ERR_LIMIT || kind == ERR_MEMORY || kind == ERR_CRYPTO;
}

static int
fits_none(const struct age_identities *with, const struct age_stanza *stanzas, size_t n, struct error *err)
{
	(void)err_set(err, ERR_NO_KEY, "no identity at hand opens this age file (identities: %zu, recipients: %zu)",
	    with->keys.n, n);
	for (size_t k = 0; k < n; k++)
		if (slice_eq(stanzas[k].argument[0], SLICE(POST_QUANTUM)))
			return err_hint(err, "a recipient is post-quantum: its key is of use to a program with ML-KEM (age 1.3)");
	return ERR_NO_KEY;
}

int
age_identities_unwrap(const struct age_identities *with, const struct age_stanza *stanzas, size_t n,
    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err)
{
	struct error unusable = ERROR_INIT;

	/* Those that wait have their turn when the others are through. */
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < with->keys.n; i++) {
			const struct age_key	*key = &with->keys.key[i];
			struct error		 wrong = ERROR_INIT;
			int			 rc;

			if (waits(key) != (turn == 1))
				continue;
			if ((rc = try_key(key, stanzas, n, file_key, &wrong)) == 0)
				return 0;
			if (condemns(rc)) {
				*err = wrong;
				return rc;
			}
			if (rc != ERR_NO_KEY && unusable.kind == ERR_NONE)
				unusable = wrong;
		}
	if (unusable.kind == ERR_NONE)
		return fits_none(with, stanzas, n, err);
	*err = unusable;
	return (int)unusable.kind;
}

static int
open_file(const struct age_identities *with, struct slice file, struct buf *out, struct error *err)
{
	CLEANUP(age_header_release) struct age_header	header = AGE_HEADER;
	WIPED(file_key, AGE_FILE_KEY_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	WIPED(mac, AGE_MAC_LEN);
	size_t	start = out->len;
	int	rc;

	if ((rc = age_header_parse(file, &header, err)) != 0 || (rc = check_alone(&header, err)) != 0 ||
	    (rc = age_identities_unwrap(with, header.stanza, header.stanzas, file_key, err)) != 0)
		return rc;
	header_mac(file_key, header.covered, mac);
	if (!secret_equal(slice_of(mac, AGE_MAC_LEN), slice_of(header.mac, AGE_MAC_LEN)))
		return err_set(err, ERR_MAC, "the MAC of the age header does not match");
	if (header.rest.len < NONCE_LEN)
		return err_set(err, ERR_SYNTAX, "age file ends behind its header");
	payload_key(file_key, header.rest.data, key);
	if ((rc = open_payload(key, slice_from(header.rest, NONCE_LEN), out, err)) != 0)
		buf_truncate(out, start);
	return rc;
}

/* ${file} without its armor, which goes to ${binary}. */
static int
strip_armor(struct slice *file, struct buf *binary, struct error *err)
{
	int rc;

	/* Armor is a third longer than what it holds. */
	if (file->len > LIMIT_AGE_FILE / 2 * 3)
		return err_set(err, ERR_LIMIT, "age file is longer than %zu bytes", LIMIT_AGE_FILE);
	if (!age_armor_recognised(*file))
		return 0;
	if ((rc = age_armor_decode(*file, binary, err)) == 0)
		*file = buf_slice(binary);
	return rc;
}

int
age_open(const struct age_identities *with, struct slice file, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	binary = BUF(2 * LIMIT_AGE_FILE);
	int				rc;

	if ((rc = strip_armor(&file, &binary, err)) != 0)
		return rc;
	return open_file(with, file, out, err);
}

bool
age_recognised(struct slice file)
{
	return slice_starts(file, SLICE("age-encryption.org/")) || age_armor_recognised(file);
}

bool
age_wants_passphrase(struct slice file)
{
	CLEANUP(buf_release) struct buf			binary = BUF(2 * LIMIT_AGE_FILE);
	CLEANUP(age_header_release) struct age_header	header = AGE_HEADER;
	struct error					err = ERROR_INIT;

	return strip_armor(&file, &binary, &err) == 0 && age_header_parse(file, &header, &err) == 0 &&
	    header.stanzas == 1 && is_scrypt(&header.stanza[0]);
}
