#ifndef KMS_SIGV4_H
#define KMS_SIGV4_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/http_message.h"

/*
 * AWS Signature Version 4, both ends: hubkeys signs, hubkms verifies, with one canonical form between
 * them.  No network, no clock of its own.  Slices are borrowed; ${secret} and what is derived from it
 * are wiped here.
 */
#define SIGV4_DATE_LEN		16		/* "20260102T030405Z" */
#define SIGV4_HEX_LEN		64

enum sigv4_flags {
	SIGV4_RAW_PATH		= 1,	/* the path is not normalised (it is still encoded) */
	SIGV4_TOKEN_UNSIGNED	= 2,	/* the session token is not among the signed headers or query items */
};

struct sigv4_key {
	struct slice	access_key, secret;
	struct slice	token;			/* empty for long-lived keys */
	struct slice	region, service;
	char		date[SIGV4_DATE_LEN + 1];	/* sigv4_date(); the scope's day is its first eight characters */
	unsigned	flags;
};

/* ${seconds} since 1970 in the basic form of ISO 8601.  ERR_RANGE outside the years 1970 to 9999. */
int	sigv4_date(int64_t seconds, char out[static SIGV4_DATE_LEN + 1], struct error *err) WARN_UNUSED;

/*
 * sigv4_sign(key, msg, out, err):
 * Append the value of the Authorization header to ${out}.  ${msg} already holds Host, X-Amz-Date (=
 * key->date) and, for temporary keys, X-Amz-Security-Token; every header of it is signed but those that
 * proxies may change (kms.md: connection, expect, user-agent, ...).  ERR_SYNTAX when a needed header is
 * missing.
 */
int	sigv4_sign(const struct sigv4_key *key, const struct http_message *msg, struct buf *out,
	    struct error *err) WARN_UNUSED;

/*
 * The other form, where the signature travels in the query.  sigv4_presign_target() appends the target
 * (path and query) that will be signed, for a link valid for ${expires} seconds; sigv4_presign() appends
 * it with its signature.
 */
int	sigv4_presign_target(const struct sigv4_key *key, const struct http_message *msg, uint32_t expires,
	    struct buf *out, struct error *err) WARN_UNUSED;
int	sigv4_presign(const struct sigv4_key *key, const struct http_message *msg, uint32_t expires,
	    struct buf *out, struct error *err) WARN_UNUSED;

/* The stages, for tests and for a server that must say where two sides differ. */
int	sigv4_canonical(const struct sigv4_key *key, const struct http_message *msg, struct buf *out,
	    struct error *err) WARN_UNUSED;
int	sigv4_string_to_sign(const struct sigv4_key *key, struct slice canonical, struct buf *out,
	    struct error *err) WARN_UNUSED;
int	sigv4_signature(const struct sigv4_key *key, struct slice string_to_sign, char out[static SIGV4_HEX_LEN + 1],
	    struct error *err) WARN_UNUSED;

/* What a received message says of itself; slices point into the message. */
struct sigv4_claim {
	struct slice	access_key;
	struct slice	day, region, service;	/* of the credential's scope */
	struct slice	signed_headers;		/* "host;x-amz-date" */
	struct slice	signature;		/* 64 hex digits */
	struct slice	date;			/* the X-Amz-Date header */
	struct slice	token;			/* X-Amz-Security-Token, empty when absent */
};

/*
 * sigv4_claim_read(msg, out, err):
 * Parse the Authorization header.  ERR_NOT_FOUND: there is none; ERR_SYNTAX: not one of ours, or incomplete.
 */
int	sigv4_claim_read(const struct http_message *msg, struct sigv4_claim *out, struct error *err) WARN_UNUSED;

/*
 * sigv4_verify(key, msg, now, skew, err):
 * Check a received message against the secret of the access key that it claims; ${key}'s region and
 * service are what the server is willing to accept, its date and flags are not used.  The canonical form
 * is rebuilt from the headers that the client lists; host, x-amz-date, x-amz-target and
 * x-amz-security-token must be among them when they are there (host and date always). The token must be
 * the key's.  ERR_NOT_FOUND: unsigned; ERR_SYNTAX: incomplete; ERR_RANGE: its date is more than ${skew}
 * seconds from ${now}; ERR_TYPE: scope of another day, region or service; ERR_NO_KEY: the token is wrong
 * or missing; ERR_TAMPERED: the signature is not that of this message under this secret.
 */
int	sigv4_verify(const struct sigv4_key *key, const struct http_message *msg, int64_t now, int64_t skew,
	    struct error *err) WARN_UNUSED;

#endif
