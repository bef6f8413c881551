#include "kms/sigv4.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/timestamp.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

/*
 * The four stages of FORMAT.md 3.7: canonical request, string to sign, key chain, header.  The signer signs
 * every header that no proxy may change; the verifier rebuilds the same text from the headers that the
 * client lists, since every vendor's client lists others.
 */
#define ALGORITHM	"AWS4-HMAC-SHA256"
#define TERMINATOR	"aws4_request"
#define HEADERS_MAX	100
#define QUERY_MAX	1000			/* items */
#define SECRET_MAX	1024
#define CANONICAL_MAX	(256 * KIB)

/* Changed or added on the way by proxies and load balancers, or by libraries after signing. */
static const char *const never_signed[] = {
	"authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
	"trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
};

int
sigv4_date(int64_t seconds, char out[static SIGV4_DATE_LEN + 1], struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(SIGV4_DATE_LEN + 1);
	struct timestamp when = { .seconds = seconds };

	/* Up to the last second of the year 9999. */
	if (seconds < 0 || seconds > 253402300799)
		return err_set(err, ERR_RANGE, "the clock shows a time outside the years 1970 to 9999");
	if (timestamp_format_basic(&when, &text, err) != 0)
		return err->kind;
	memcpy(out, text.data, SIGV4_DATE_LEN);
	out[SIGV4_DATE_LEN] = '\0';
	return 0;
}

/* --- canonical request --- */

static bool
unreserved(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

static int
put_encoded(struct buf *out, struct slice text, const char *also, struct error *err)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t	c = text.data[i];
		uint8_t	escaped[3] = { '%', (uint8_t)hex[c >> 4], (uint8_t)hex[c & 15] };

		if (unreserved(c) || (c != 0 && strchr(also, c) != NULL)) {
			if (buf_byte(out, c, err) != 0)
				return err->kind;
		} else if (buf_append(out, slice_of(escaped, sizeof(escaped)), err) != 0) {
			return err->kind;
		}
	}
	return 0;
}

/* Without empty, "." and ".." segments; a final '/' stays when something is left before it. */
static int
put_normalised(struct buf *out, struct slice path, struct error *err)
{
	struct slice	rest = path, segment;
	bool		slash = slice_ends(path, SLICE("/"));

	while (slice_split(&rest, '/', &segment)) {
		if (segment.len == 0 || slice_eq(segment, SLICE(".")))
			continue;
		if (slice_eq(segment, SLICE(".."))) {
			while (out->len > 0 && out->data[out->len - 1] != '/')
				buf_truncate(out, out->len - 1);
			buf_truncate(out, out->len > 0 ? out->len - 1 : 0);
			continue;
		}
		if (buf_byte(out, '/', err) != 0 || buf_append(out, segment, err) != 0)
			return err->kind;
	}
	if (out->len == 0 || slash)
		return buf_byte(out, '/', err);
	return 0;
}

static int
put_path(struct buf *out, struct slice path, bool raw, struct error *err)
{
	CLEANUP(buf_release) struct buf normal = BUF(CANONICAL_MAX);

	if (path.len == 0)
		return buf_byte(out, '/', err);
	if (raw)
		return put_encoded(out, path, "/", err);
	if (put_normalised(&normal, path, err) != 0)
		return err->kind;
	return put_encoded(out, buf_slice(&normal), "/", err);
}

static int
hex_value(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Percent escapes decoded (what is none stays), then everything but unreserved bytes encoded. */
static int
put_query_text(struct buf *out, struct slice text, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '%' && text.len - i > 2 && hex_value(text.data[i + 1]) >= 0 && hex_value(text.data[i + 2]) >= 0) {
			c = (uint8_t)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]));
			i += 2;
		}
		if (put_encoded(out, slice_of(&c, 1), "", err) != 0)
			return err->kind;
	}
	return 0;
}

struct item {
	struct slice	name, value;
	size_t		order;			/* of appearance: qsort() is not stable */
};

static int
item_compare(const void *left, const void *right)
{
	const struct item	*a = left, *b = right;
	int			 order = slice_cmp(a->name, b->name);

	return order != 0 ? order : slice_cmp(a->value, b->value);
}

static int
put_query(struct buf *out, struct slice query, struct error *err)
{
	CLEANUP(buf_release) struct buf encoded = BUF(CANONICAL_MAX);
	struct slice	rest = query, part, line;
	struct item	items[QUERY_MAX];
	size_t		n = 0;

	/* Encode into lines "name=value\n" first: what is sorted is the encoded text. */
	while (query.len != 0 && slice_split(&rest, '&', &part)) {
		size_t equals = slice_find(part, '=', 0);

		if (part.len == 0)
			continue;
		if (put_query_text(&encoded, slice_sub(part, 0, equals), err) != 0 || buf_byte(&encoded, '=', err) != 0 ||
		    put_query_text(&encoded, slice_from(part, equals + 1), err) != 0 || buf_byte(&encoded, '\n', err) != 0)
			return err->kind;
	}
	for (rest = buf_slice(&encoded); rest.len != 0 && slice_split(&rest, '\n', &line); n++) {
		size_t equals = slice_find(line, '=', 0);

		if (n == QUERY_MAX)
			return err_set(err, ERR_LIMIT, "a query of more than %d items", QUERY_MAX);
		items[n] = (struct item){ slice_sub(line, 0, equals), slice_from(line, equals + 1), n };
	}
	qsort(items, n, sizeof(items[0]), item_compare);
	for (size_t i = 0; i < n; i++)
		if ((i != 0 && buf_byte(out, '&', err) != 0) || buf_append(out, items[i].name, err) != 0 ||
		    buf_byte(out, '=', err) != 0 || buf_append(out, items[i].value, err) != 0)
			return err->kind;
	return 0;
}

/* The value without blanks around it, each run of blanks and folds inside one space. */
static int
put_header_value(struct buf *out, struct slice value, struct error *err)
{
	struct slice	trimmed = slice_trim(value);
	bool		gap = false;

	for (size_t i = 0; i < trimmed.len; i++) {
		uint8_t c = trimmed.data[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			gap = true;
			continue;
		}
		if ((gap && buf_byte(out, ' ', err) != 0) || buf_byte(out, c, err) != 0)
			return err->kind;
		gap = false;
	}
	return 0;
}

static int
put_lower(struct buf *out, struct slice text, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (buf_byte(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c, err) != 0)
			return err->kind;
	}
	return 0;
}

/* Whether ${name} (lower case) is one of the names in "a;b;c". */
static bool
is_listed(struct slice list, struct slice name)
{
	struct slice part;

	while (slice_split(&list, ';', &part))
		if (slice_eq(part, name))
			return true;
	return false;
}

static bool
is_signable(struct slice name, unsigned flags)
{
	for (size_t i = 0; i < sizeof(never_signed) / sizeof(never_signed[0]); i++)
		if (slice_eq(name, slice_str(never_signed[i])))
			return false;
	return (flags & SIGV4_TOKEN_UNSIGNED) == 0 || !slice_eq(name, SLICE("x-amz-security-token"));
}

static int
header_compare(const void *left, const void *right)
{
	const struct item	*a = left, *b = right;
	int			 order = slice_cmp(a->name, b->name);

	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/*
 * The signed headers of ${msg}, sorted, their names in lower case inside ${names}: those that ${list_opt}
 * names, or without a list all that may be signed.
 */
static int
collect_headers(const struct http_message *msg, const struct slice *list_opt, unsigned flags, struct buf *names,
    struct item items[static HEADERS_MAX], size_t *n_out, struct error *err)
{
	size_t ends[HEADERS_MAX], n = 0, start = 0;

	if (msg->header_count > HEADERS_MAX)
		return err_set(err, ERR_LIMIT, "a message of more than %d headers", HEADERS_MAX);
	for (size_t i = 0; i < msg->header_count; i++) {
		struct slice name;

		start = names->len;
		if (put_lower(names, msg->headers[i].name, err) != 0)
			return err->kind;
		name = slice_from(buf_slice(names), start);
		if (list_opt != NULL ? !is_listed(*list_opt, name) : !is_signable(name, flags)) {
			buf_truncate(names, start);
			continue;
		}
		items[n] = (struct item){ SLICE_NONE, msg->headers[i].value, i };
		ends[n++] = names->len;
	}
	/* Only now does the buffer stand still. */
	for (size_t i = 0; i < n; i++)
		items[i].name = slice_sub(buf_slice(names), i == 0 ? 0 : ends[i - 1], ends[i]);
	qsort(items, n, sizeof(items[0]), header_compare);
	*n_out = n;
	return 0;
}

/* "name:value\n" lines into ${lines_opt}, "a;b;c" into ${list_opt}. */
static int
put_headers(const struct item *items, size_t n, struct buf *lines_opt, struct buf *list_opt, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		bool again = i != 0 && slice_eq(items[i].name, items[i - 1].name);
		bool last = i + 1 == n || !slice_eq(items[i].name, items[i + 1].name);

		if (list_opt != NULL && !again && ((i != 0 && buf_byte(list_opt, ';', err) != 0) ||
		    buf_append(list_opt, items[i].name, err) != 0))
			return err->kind;
		if (lines_opt == NULL)
			continue;
		if ((!again && buf_append(lines_opt, items[i].name, err) != 0) ||
		    buf_byte(lines_opt, again ? ',' : ':', err) != 0 ||
		    put_header_value(lines_opt, items[i].value, err) != 0 ||
		    (last && buf_byte(lines_opt, '\n', err) != 0))
			return err->kind;
	}
	return 0;
}

static int
put_hash(struct buf *out, struct slice bytes, struct error *err)
{
	uint8_t hash[DIGEST_SHA256_LEN];

	if (digest_sha256(bytes, hash, err) != 0)
		return err->kind;
	return hex_encode(slice_of(hash, sizeof(hash)), out, err);
}

static int
canonical(const struct http_message *msg, const struct slice *list_opt, unsigned flags, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf names = BUF(CANONICAL_MAX);
	size_t		question = slice_find(msg->target, '?', 0), n;
	struct item	items[HEADERS_MAX];

	if (collect_headers(msg, list_opt, flags, &names, items, &n, err) != 0 ||
	    buf_append(out, msg->method, err) != 0 || buf_byte(out, '\n', err) != 0 ||
	    put_path(out, slice_sub(msg->target, 0, question), (flags & SIGV4_RAW_PATH) != 0, err) != 0 ||
	    buf_byte(out, '\n', err) != 0 ||
	    put_query(out, slice_from(msg->target, question + 1), err) != 0 || buf_byte(out, '\n', err) != 0 ||
	    put_headers(items, n, out, NULL, err) != 0 || buf_byte(out, '\n', err) != 0 ||
	    put_headers(items, n, NULL, out, err) != 0 || buf_byte(out, '\n', err) != 0)
		return err->kind;
	return put_hash(out, msg->body, err);
}

int
sigv4_canonical(const struct sigv4_key *key, const struct http_message *msg, struct buf *out, struct error *err)
{
	return canonical(msg, NULL, key->flags, out, err);
}

/* --- string to sign, signature --- */

static int
put_scope(const struct sigv4_key *key, struct buf *out, struct error *err)
{
	return buf_printf(out, err, "%.8s/%.*s/%.*s/" TERMINATOR, key->date, SLICE_ARG(key->region),
	    SLICE_ARG(key->service));
}

int
sigv4_string_to_sign(const struct sigv4_key *key, struct slice canonical_request, struct buf *out, struct error *err)
{
	if (buf_printf(out, err, ALGORITHM "\n%s\n", key->date) != 0 || put_scope(key, out, err) != 0 ||
	    buf_byte(out, '\n', err) != 0)
		return err->kind;
	return put_hash(out, canonical_request, err);
}

int
sigv4_signature(const struct sigv4_key *key, struct slice string_to_sign, char out[static SIGV4_HEX_LEN + 1],
    struct error *err)
{
	CLEANUP(buf_release) struct buf hex = BUF(SIGV4_HEX_LEN);
	WIPED(first, SECRET_MAX + 4);
	WIPED(link, DIGEST_SHA256_LEN);
	WIPED(next, DIGEST_SHA256_LEN);
	const struct slice chain[] = { key->region, key->service, SLICE(TERMINATOR), string_to_sign };

	if (key->secret.len > SECRET_MAX)
		return err_set(err, ERR_LIMIT, "a secret access key of more than %d bytes", SECRET_MAX);
	memcpy(first, "AWS4", 4);
	if (key->secret.len != 0)
		memcpy(first + 4, key->secret.data, key->secret.len);
	if (hmac_sha256(slice_of(first, 4 + key->secret.len), slice_of(key->date, 8), link, err) != 0)
		return err->kind;
	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++) {
		if (hmac_sha256(slice_of(link, DIGEST_SHA256_LEN), chain[i], next, err) != 0)
			return err->kind;
		memcpy(link, next, DIGEST_SHA256_LEN);
	}
	if (hex_encode(slice_of(link, DIGEST_SHA256_LEN), &hex, err) != 0)
		return err->kind;
	memcpy(out, hex.data, SIGV4_HEX_LEN);
	out[SIGV4_HEX_LEN] = '\0';
	return 0;
}

static int
sign_message(const struct sigv4_key *key, const struct http_message *msg, const struct slice *list_opt,
    char signature[static SIGV4_HEX_LEN + 1], struct error *err)
{
	CLEANUP(buf_release) struct buf request = BUF_SECRET(CANONICAL_MAX);	/* holds the session token */
	CLEANUP(buf_release) struct buf text = BUF(4 * KIB);

	if (canonical(msg, list_opt, key->flags, &request, err) != 0 ||
	    sigv4_string_to_sign(key, buf_slice(&request), &text, err) != 0)
		return err->kind;
	return sigv4_signature(key, buf_slice(&text), signature, err);
}

static int
put_signed_headers(const struct sigv4_key *key, const struct http_message *msg, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf names = BUF(CANONICAL_MAX);
	struct item	items[HEADERS_MAX];
	size_t		n;

	if (collect_headers(msg, NULL, key->flags, &names, items, &n, err) != 0)
		return err->kind;
	return put_headers(items, n, NULL, out, err);
}

int
sigv4_sign(const struct sigv4_key *key, const struct http_message *msg, struct buf *out, struct error *err)
{
	const struct http_header	*date = http_message_header(msg, "x-amz-date");
	char				 signature[SIGV4_HEX_LEN + 1];

	if (http_message_header(msg, "host") == NULL || date == NULL || !slice_eq(date->value, slice_str(key->date)))
		return err_set(err, ERR_SYNTAX, "a message to be signed needs Host, and the signing date as X-Amz-Date");
	if (sign_message(key, msg, NULL, signature, err) != 0 ||
	    buf_printf(out, err, ALGORITHM " Credential=%.*s/", SLICE_ARG(key->access_key)) != 0 ||
	    put_scope(key, out, err) != 0 || buf_str(out, ", SignedHeaders=", err) != 0 ||
	    put_signed_headers(key, msg, out, err) != 0)
		return err->kind;
	return buf_printf(out, err, ", Signature=%s", signature);
}

/* --- the query form --- */

static int
put_token_item(const struct sigv4_key *key, struct buf *out, struct error *err)
{
	if (buf_str(out, "&X-Amz-Security-Token=", err) != 0)
		return err->kind;
	return put_encoded(out, key->token, "", err);
}

int
sigv4_presign_target(const struct sigv4_key *key, const struct http_message *msg, uint32_t expires, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf credential = BUF(4 * KIB);
	CLEANUP(buf_release) struct buf headers = BUF(CANONICAL_MAX);
	bool asks = slice_find(msg->target, '?', 0) != msg->target.len;

	if (buf_printf(&credential, err, "%.*s/", SLICE_ARG(key->access_key)) != 0 || put_scope(key, &credential, err) != 0 ||
	    put_signed_headers(key, msg, &headers, err) != 0 || buf_append(out, msg->target, err) != 0 ||
	    buf_printf(out, err, "%cX-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential=", asks ? '&' : '?') != 0 ||
	    put_encoded(out, buf_slice(&credential), "", err) != 0 ||
	    buf_printf(out, err, "&X-Amz-Date=%s&X-Amz-Expires=%u&X-Amz-SignedHeaders=", key->date, expires) != 0 ||
	    put_encoded(out, buf_slice(&headers), "", err) != 0)
		return err->kind;
	if (key->token.len == 0 || (key->flags & SIGV4_TOKEN_UNSIGNED) != 0)
		return 0;
	return put_token_item(key, out, err);
}

int
sigv4_presign(const struct sigv4_key *key, const struct http_message *msg, uint32_t expires, struct buf *out,
    struct error *err)
{
	struct http_message	signable = *msg;
	char			signature[SIGV4_HEX_LEN + 1];
	size_t			start = out->len;

	if (sigv4_presign_target(key, msg, expires, out, err) != 0)
		return err->kind;
	signable.target = slice_from(buf_slice(out), start);
	if (sign_message(key, &signable, NULL, signature, err) != 0 ||
	    buf_printf(out, err, "&X-Amz-Signature=%s", signature) != 0)
		return err->kind;
	if (key->token.len == 0 || (key->flags & SIGV4_TOKEN_UNSIGNED) == 0)
		return 0;
	return put_token_item(key, out, err);
}

/* --- the other end --- */

/* "AKID/20260102/eu-west-1/kms/aws4_request" */
static int
scope_read(struct slice credential, struct sigv4_claim *out, struct error *err)
{
	struct slice terminator, extra;

	if (!slice_split(&credential, '/', &out->access_key) || !slice_split(&credential, '/', &out->day) ||
	    !slice_split(&credential, '/', &out->region) || !slice_split(&credential, '/', &out->service) ||
	    !slice_split(&credential, '/', &terminator) || slice_split(&credential, '/', &extra) ||
	    out->access_key.len == 0 || !slice_eq(terminator, SLICE(TERMINATOR)))
		return err_set(err, ERR_SYNTAX, "the credential is not KEY/DATE/REGION/SERVICE/" TERMINATOR);
	return 0;
}

int
sigv4_claim_read(const struct http_message *msg, struct sigv4_claim *out, struct error *err)
{
	const struct http_header	*header = http_message_header(msg, "authorization");
	const struct http_header	*date = http_message_header(msg, "x-amz-date");
	const struct http_header	*token = http_message_header(msg, "x-amz-security-token");
	struct sigv4_claim		 claim = { .access_key = SLICE_NONE };
	struct slice			 rest, part, credential = SLICE_NONE;

	if (header == NULL)
		return err_set(err, ERR_NOT_FOUND, "the request is not signed");
	rest = slice_trim(header->value);
	if (!slice_starts(rest, SLICE(ALGORITHM " ")))
		return err_set(err, ERR_SYNTAX, "the Authorization header is not " ALGORITHM);
	rest = slice_from(rest, sizeof(ALGORITHM));
	while (slice_split(&rest, ',', &part)) {
		size_t		 equals;
		struct slice	 value, *field;

		part = slice_trim(part);
		equals = slice_find(part, '=', 0);
		value = slice_from(part, equals + 1);
		part = slice_sub(part, 0, equals);
		field = slice_eq(part, SLICE("Credential")) ? &credential :
		    slice_eq(part, SLICE("SignedHeaders")) ? &claim.signed_headers :
		    slice_eq(part, SLICE("Signature")) ? &claim.signature : NULL;
		if (field == NULL || field->len != 0 || value.len == 0)
			return err_set(err, ERR_SYNTAX, "the Authorization header has an unknown, empty or repeated part");
		*field = value;
	}
	if (credential.len == 0 || claim.signed_headers.len == 0 || claim.signature.len == 0 || date == NULL)
		return err_set(err, ERR_SYNTAX, "the request lacks Credential, SignedHeaders, Signature or X-Amz-Date");
	claim.date = slice_trim(date->value);
	claim.token = token != NULL ? slice_trim(token->value) : SLICE_NONE;
	if (scope_read(credential, &claim, err) != 0)
		return err->kind;
	*out = claim;
	return 0;
}

static int
check_scope(const struct sigv4_key *key, const struct sigv4_claim *claim, int64_t now, int64_t skew, struct error *err)
{
	struct timestamp when;

	if (timestamp_parse_basic(claim->date, &when, err) != 0)
		return err_wrap(err, "X-Amz-Date");
	if (when.seconds < now - skew || when.seconds > now + skew)
		return err_set(err, ERR_RANGE, "the signature was made at %.*s, too far from the server's time",
		    SLICE_ARG(claim->date));
	if (!slice_eq(claim->day, slice_sub(claim->date, 0, 8)) || !slice_eq(claim->region, key->region) ||
	    !slice_eq(claim->service, key->service))
		return err_set(err, ERR_TYPE, "the credential should be scoped to %.8s/%.*s/%.*s",
		    (const char *)claim->date.data, SLICE_ARG(key->region), SLICE_ARG(key->service));
	return 0;
}

/* What an attacker could otherwise change, add or leave out without the signature noticing. */
static int
check_signed_headers(const struct sigv4_key *key, const struct http_message *msg, const struct sigv4_claim *claim,
    struct error *err)
{
	static const char *const needed[] = { "host", "x-amz-date", "x-amz-target", "x-amz-security-token" };
	struct slice list = claim->signed_headers, part;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((i < 2 || http_message_header(msg, needed[i]) != NULL) &&
		    !is_listed(claim->signed_headers, slice_str(needed[i])))
			return err_set(err, ERR_SYNTAX, "'%s' must be a signed header", needed[i]);
	while (slice_split(&list, ';', &part)) {
		char name[256];

		if (part.len >= sizeof(name))
			return err_set(err, ERR_SYNTAX, "a signed header with a name of more than %zu bytes", sizeof(name) - 1);
		(void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(part));
		if (http_message_header(msg, name) == NULL)
			return err_set(err, ERR_SYNTAX, "the signed header '%s' is not in the request", name);
	}
	if (!secret_equal(claim->token, key->token))
		return err_set(err, ERR_NO_KEY, "the security token included in the request is invalid");
	return 0;
}

int
sigv4_verify(const struct sigv4_key *key, const struct http_message *msg, int64_t now, int64_t skew, struct error *err)
{
	struct sigv4_claim	claim;
	struct sigv4_key	asked = *key;
	char			signature[SIGV4_HEX_LEN + 1];

	asked.flags = 0;
	if (sigv4_claim_read(msg, &claim, err) != 0 || check_scope(key, &claim, now, skew, err) != 0 ||
	    check_signed_headers(key, msg, &claim, err) != 0)
		return err->kind;
	memcpy(asked.date, claim.date.data, SIGV4_DATE_LEN);
	asked.date[SIGV4_DATE_LEN] = '\0';
	if (sign_message(&asked, msg, &claim.signed_headers, signature, err) != 0)
		return err->kind;
	if (!secret_equal(claim.signature, slice_of(signature, SIGV4_HEX_LEN)))
		return err_set(err, ERR_TAMPERED, "the signature does not match the request");
	return 0;
}
