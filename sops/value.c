#include "sops/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/timestamp.h"
#include "crypto/aesgcm.h"
#include "crypto/random.h"
#include "yamlmerge/number.h"

#define IV_LEN	32		/* what sops writes: not 12, so the first counter is a GHASH of it */

static const struct slice type_token[VALUE_TYPES] = {
	[VALUE_STR]	= SLICE("str"),
	[VALUE_INT]	= SLICE("int"),
	[VALUE_FLOAT]	= SLICE("float"),
	[VALUE_BOOL]	= SLICE("bool"),
	[VALUE_BYTES]	= SLICE("bytes"),
	[VALUE_TIME]	= SLICE("time"),
	[VALUE_COMMENT]	= SLICE("comment"),
};

static const struct slice head = SLICE("ENC[AES256_GCM,data:");

const char *
value_type_name(enum value_type type)
{
	return (const char *)type_token[type].data;
}

/*
 * The last ${mark} (which begins with a comma) of text[from, end) behind which at least one byte is left.
 * Puts its index in ${at}.
 */
static bool
find_last(struct slice text, size_t from, size_t end, struct slice mark, size_t *at)
{
	const uint8_t *comma;

	if (end < from + mark.len + 1)
		return false;
	end -= mark.len;	/* a mark that begins at or after this has nothing behind it */
	while (end > from && (comma = memrchr(text.data + from, ',', end - from)) != NULL) {
		end = (size_t)(comma - text.data);
		if (memcmp(comma, mark.data, mark.len) == 0) {
			*at = end;
			return true;
		}
	}
	return false;
}

/*
 * FORMAT.md 1.1: each run is greedy and each part non-empty.  Searching from the right for the last
 * possible separators gives the same split as a greedy match from the left.
 */
bool
value_recognise(struct slice text, struct value_parts *parts_opt)
{
	const uint8_t	*bracket;
	struct slice	 line;
	size_t		 iv, tag, type, end;

	if (!slice_starts(text, head))
		return false;
	line = slice_sub(text, 0, slice_find(text, '\n', head.len));
	if ((bracket = memrchr(line.data, ']', line.len)) == NULL)
		return false;
	end = (size_t)(bracket - line.data);
	/* A part of one byte at least stands before each mark: the search begins one byte late. */
	if (!find_last(line, head.len + 1, end, SLICE(",type:"), &type) ||
	    !find_last(line, head.len + 1, type, SLICE(",tag:"), &tag) ||
	    !find_last(line, head.len + 1, tag, SLICE(",iv:"), &iv))
		return false;
	if (parts_opt != NULL)
		*parts_opt = (struct value_parts){
			.data = slice_sub(line, head.len, iv),
			.iv = slice_sub(line, iv + 4, tag),
			.tag = slice_sub(line, tag + 5, type),
			.type = slice_sub(line, type + 6, end),
			.len = end + 1,
		};
	return true;
}

bool
value_is_comment(struct slice text)
{
	struct value_parts parts;

	return value_recognise(text, &parts) && slice_eq(parts.type, type_token[VALUE_COMMENT]);
}

struct value_cipher {
	struct aesgcm	*gcm;
	struct buf	 scratch;	/* ciphertext on its way to text, IVs on their way from it: nothing secret */
	uint8_t		 iv[IV_LEN], tag[AESGCM_TAG_LEN];	/* of a value in pieces */
};

int
value_cipher_new(const struct secret *key, struct value_cipher **out, struct error *err)
{
	CLEANUP(value_cipher_freep) struct value_cipher *cipher = calloc(1, sizeof(*cipher));
	int rc;

	if (cipher == NULL)
		return err_memory(err);
	cipher->scratch = BUF(LIMIT_BINARY);
	if ((rc = aesgcm_new(secret_slice(key), &cipher->gcm, err)) != 0)
		return rc;
	*out = TAKE(cipher);
	return 0;
}

void
value_cipher_free(struct value_cipher *cipher)
{
	if (cipher == NULL)
		return;
	aesgcm_free(cipher->gcm);
	buf_release(&cipher->scratch);
	free(cipher);
}

/* What follows the data. */
static int
append_foot(struct slice iv, struct slice tag, enum value_type type, struct buf *out, struct error *err)
{
	int rc;

	if ((rc = buf_append(out, SLICE(",iv:"), err)) != 0 || (rc = base64_encode_public(iv, out, err)) != 0 ||
	    (rc = buf_append(out, SLICE(",tag:"), err)) != 0 || (rc = base64_encode_public(tag, out, err)) != 0 ||
	    (rc = buf_append(out, SLICE(",type:"), err)) != 0 || (rc = buf_append(out, type_token[type], err)) != 0)
		return rc;
	return buf_byte(out, ']', err);
}

int
value_seal(struct value_cipher *cipher, enum value_type type, struct slice plain, struct slice path, struct buf *out,
    struct error *err)
{
	uint8_t	 iv[IV_LEN], tag[AESGCM_TAG_LEN], *sealed;
	size_t	 before = out->len;
	int	 rc;

	if (plain.len == 0)
		return err_set(err, ERR_RANGE, "an empty value has no encrypted form");
	random_nonce(iv, sizeof(iv));
	buf_reset(&cipher->scratch);
	if ((rc = buf_reserve(&cipher->scratch, plain.len, &sealed, err)) != 0 ||
	    (rc = aesgcm_seal(cipher->gcm, slice_of(iv, sizeof(iv)), path, plain, sealed, tag, err)) != 0)
		return rc;
	if ((rc = buf_append(out, head, err)) != 0 ||
	    (rc = base64_encode_public(slice_of(sealed, plain.len), out, err)) != 0 ||
	    (rc = append_foot(slice_of(iv, sizeof(iv)), slice_of(tag, sizeof(tag)), type, out, err)) != 0)
		buf_truncate(out, before);
	return rc;
}

int
value_seal_begin(struct value_cipher *cipher, struct slice path, struct buf *out, struct error *err)
{
	int rc;

	random_nonce(cipher->iv, sizeof(cipher->iv));
	if ((rc = aesgcm_begin_seal(cipher->gcm, slice_of(cipher->iv, sizeof(cipher->iv)), path, err)) != 0)
		return rc;
	return buf_append(out, head, err);
}

int
value_seal_update(struct value_cipher *cipher, struct slice plain, struct buf *out, struct error *err)
{
	uint8_t	*sealed;
	int	 rc;

	buf_reset(&cipher->scratch);
	if ((rc = buf_reserve(&cipher->scratch, plain.len, &sealed, err)) != 0 ||
	    (rc = aesgcm_update(cipher->gcm, plain, sealed, err)) != 0)
		return rc;
	return base64_encode_public(slice_of(sealed, plain.len), out, err);
}

int
value_seal_final(struct value_cipher *cipher, enum value_type type, struct buf *out, struct error *err)
{
	int rc = aesgcm_final_seal(cipher->gcm, cipher->tag, err);

	return rc != 0 ? rc :
	    append_foot(slice_of(cipher->iv, sizeof(cipher->iv)), slice_of(cipher->tag, sizeof(cipher->tag)), type, out, err);
}

static int
type_parse(struct slice token, enum value_type *out, struct error *err)
{
	for (unsigned i = 0; i < VALUE_TYPES; i++)
		if (slice_eq(token, type_token[i])) {
			*out = (enum value_type)i;
			return 0;
		}
	return err_set(err, ERR_SYNTAX, "unknown type '%.*s' of an encrypted value", SLICE_ARG(slice_sub(token, 0, 40)));
}

/* FORMAT.md 1.1: line breaks inside are ignored, padding is required, left-over bits are not looked at. */
static int
decode_part(const char *name, struct slice part, struct buf *out, struct error *err)
{
	if (base64_decode_public(part, out, err) != 0)
		return err_wrap(err, "the '%s' part of an encrypted value is damaged", name);
	return 0;
}

static int
decode_iv(struct value_cipher *cipher, struct slice part, struct error *err)
{
	int rc;

	buf_reset(&cipher->scratch);
	if ((rc = decode_part("iv", part, &cipher->scratch, err)) != 0)
		return rc;
	if (cipher->scratch.len == 0 || cipher->scratch.len > AESGCM_IV_MAX)
		return err_set(err, ERR_SYNTAX, "the 'iv' part of an encrypted value has %zu bytes", cipher->scratch.len);
	return 0;
}

/*
 * Data and tag are one run of bytes to sops, of which the last 16 are the tag, wherever the text puts the
 * border; both are decoded into ${out} and opened in place.
 */
static int
decode_and_open(struct value_cipher *cipher, const struct value_parts *parts, struct slice path, struct buf *out,
    struct error *err)
{
	size_t	 before = out->len, len;
	uint8_t	 tag[AESGCM_TAG_LEN], *sealed;
	int	 rc;

	if ((rc = decode_iv(cipher, parts->iv, err)) != 0 || (rc = decode_part("data", parts->data, out, err)) != 0 ||
	    (rc = decode_part("tag", parts->tag, out, err)) != 0)
		return rc;
	len = out->len - before;
	if (len < sizeof(tag))
		return err_set(err, ERR_SYNTAX, "the 'tag' part of an encrypted value is too short");
	len -= sizeof(tag);
	sealed = out->data + before;
	memcpy(tag, sealed + len, sizeof(tag));
	if ((rc = aesgcm_open(cipher->gcm, buf_slice(&cipher->scratch), path, slice_of(sealed, len), tag, sealed, err)) != 0)
		return rc;
	buf_truncate(out, before + len);
	return 0;
}

int
value_open(struct value_cipher *cipher, struct slice text, struct slice path, enum value_type *type, struct buf *out,
    struct error *err)
{
	struct value_parts parts;

	if (!value_recognise(text, &parts))
		return err_set(err, ERR_SYNTAX, "not an encrypted value");
	return value_open_parts(cipher, &parts, path, type, out, err);
}

int
value_open_parts(struct value_cipher *cipher, const struct value_parts *parts, struct slice path, enum value_type *type,
    struct buf *out, struct error *err)
{
	enum value_type	found = VALUE_STR;
	size_t		before = out->len;
	int		rc;

	if ((rc = type_parse(parts->type, &found, err)) != 0)
		return rc;
	if ((rc = decode_and_open(cipher, parts, path, out, err)) != 0) {
		buf_truncate(out, before);
		return rc;
	}
	*type = found;
	return 0;
}

int
value_open_begin(struct value_cipher *cipher, const struct value_parts *parts, struct slice path, enum value_type *type,
    struct error *err)
{
	CLEANUP(buf_release) struct buf tag = BUF(64);
	int rc;

	if ((rc = type_parse(parts->type, type, err)) != 0 || (rc = decode_part("tag", parts->tag, &tag, err)) != 0 ||
	    (rc = decode_iv(cipher, parts->iv, err)) != 0)
		return rc;
	if (tag.len != sizeof(cipher->tag))
		return err_set(err, ERR_SYNTAX, "the 'tag' part of an encrypted value has %zu bytes", tag.len);
	(void)memcpy(cipher->tag, tag.data, tag.len);
	return aesgcm_begin_open(cipher->gcm, buf_slice(&cipher->scratch), path, err);
}

int
value_open_update(struct value_cipher *cipher, struct slice text, struct buf *out, struct error *err)
{
	size_t	before = out->len;
	int	rc = decode_part("data", text, out, err);

	return rc != 0 ? rc :
	    aesgcm_update(cipher->gcm, slice_from(buf_slice(out), before), out->data + before, err);
}

int
value_open_final(struct value_cipher *cipher, struct error *err)
{
	return aesgcm_final_open(cipher->gcm, cipher->tag, err);
}

int
value_write(const struct scalar *scalar, enum value_type *type, struct buf *out, struct error *err)
{
	char	text[NUMBER_TEXT_MAX];
	size_t	len;
	int	rc;

	switch (scalar->type) {
	case SCALAR_STRING:
	case SCALAR_MERGE:		/* as a value, "<<" is a string */
		*type = VALUE_STR;
		return buf_append(out, scalar->type == SCALAR_MERGE ? SLICE("<<") : scalar->text, err);
	case SCALAR_BOOL:
		*type = VALUE_BOOL;
		return buf_append(out, scalar->boolean ? SLICE("True") : SLICE("False"), err);
	case SCALAR_TIME:
		*type = VALUE_TIME;
		return buf_append(out, scalar->text, err);
	case SCALAR_INT:
		*type = VALUE_INT;
		len = number_format_int(scalar->integer, text);
		break;
	case SCALAR_FLOAT:
		*type = VALUE_FLOAT;
		len = number_format(scalar->real, NUMBER_PLAIN, text);
		break;
	case SCALAR_NULL:
		return err_set(err, ERR_TYPE, "null has no encrypted form");
	default:
		return err_set(err, ERR_TYPE, "an integer of 2^63 or more cannot be kept in an encrypted file");
	}
	rc = buf_append(out, slice_of(text, len), err);
	wipe(text, len);
	return rc;
}

static bool
read_bool(struct slice plain, bool *out)
{
	static const struct { struct slice text; bool value; } forms[] = {
		{ SLICE("True"), true }, { SLICE("False"), false },
		{ SLICE("true"), true }, { SLICE("false"), false },
		{ SLICE("TRUE"), true }, { SLICE("FALSE"), false },
		{ SLICE("t"), true }, { SLICE("f"), false },
		{ SLICE("T"), true }, { SLICE("F"), false },
		{ SLICE("1"), true }, { SLICE("0"), false },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (slice_eq(plain, forms[i].text)) {
			*out = forms[i].value;
			return true;
		}
	return false;
}

/* Append the canonical spelling of a time.  No inner message is passed on: it might repeat the bytes. */
static int
read_time(struct slice plain, struct buf *out, struct error *err)
{
	struct error	 ignored = ERROR_INIT;
	struct timestamp when;

	if (timestamp_parse(plain, &when, &ignored) != 0)
		return err_set(err, ERR_SYNTAX, "the decrypted value is not a time");
	return timestamp_format(&when, out, err);
}

int
value_read(enum value_type type, struct slice plain, struct arena *store, struct scalar *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(64);
	struct scalar	result = { .type = SCALAR_STRING, .text = plain };
	bool		fits = true;
	int		rc;

	switch (type) {
	case VALUE_INT:
		result.type = SCALAR_INT;
		fits = number_parse_int(plain, &result.integer) == NUMBER_OK;
		break;
	case VALUE_FLOAT:
		result.type = SCALAR_FLOAT;
		fits = number_parse_float_loose(plain, &result.real) == NUMBER_OK;
		break;
	case VALUE_BOOL:
		result.type = SCALAR_BOOL;
		fits = read_bool(plain, &result.boolean);
		break;
	case VALUE_TIME:
		result.type = SCALAR_TIME;
		if ((rc = read_time(plain, &text, err)) != 0 ||
		    (rc = arena_copy(store, buf_slice(&text), &result.text, err)) != 0)
			return rc;
		break;
	default:
		break;
	}
	if (!fits)
		return err_set(err, ERR_SYNTAX, "the decrypted value is not of its type '%s'", value_type_name(type));
	*out = result;
	return 0;
}

int
value_canonical(enum value_type type, struct slice plain, struct buf *out, struct error *err)
{
	struct scalar	scalar;
	enum value_type	again;
	int		rc;

	if (type == VALUE_STR || type == VALUE_BYTES || type == VALUE_COMMENT)
		return buf_append(out, plain, err);
	if (type == VALUE_TIME)
		return read_time(plain, out, err);
	if ((rc = value_read(type, plain, NULL, &scalar, err)) != 0)	/* these need no store */
		return rc;
	return value_write(&scalar, &again, out, err);
}
