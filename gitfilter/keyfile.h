#ifndef GITFILTER_KEYFILE_H
#define GITFILTER_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"

/*
 * The symmetric key of a git-crypt repository and its file (FORMAT.md section 2).  Where key files lie
 * in a clone is keydir.h's concern; what a key does to a blob is blob.h's.
 */
#define KEYFILE_NAME_MAX	128
#define KEYFILE_AES_LEN		32
#define KEYFILE_HMAC_LEN	64
#define KEYFILE_VERSIONS_MAX	1000		/* entries that we are willing to load */
#define KEYFILE_MAX		((size_t)4 * 1024 * 1024)	/* bytes of a file: an unknown field may have a million */

struct keyfile_entry {
	uint32_t	 version;
	const uint8_t	*aes, *hmac;		/* KEYFILE_AES_LEN and KEYFILE_HMAC_LEN bytes, guarded */
};

struct keyfile {
	char			 name[KEYFILE_NAME_MAX + 1];	/* "" for the default key */
	bool			 skip_empty;			/* empty files stay empty (header field 3) */
	struct keyfile_entry	*entries;			/* the highest version first, at least one */
	size_t			 count;
	struct secret		*material;
};

/* A new key, version 0, from the system's generator.  ${name}: "" or a legal one (ERR_SYNTAX otherwise). */
int	keyfile_generate(const char *name, struct keyfile **out, struct error *err) WARN_UNUSED;
/*
 * Read format 2.  ERR_SYNTAX (damaged), ERR_UNSUPPORTED (a format version or critical field that we do
 * not know), ERR_LIMIT.  ${bytes} stays the caller's, to be wiped by the caller.
 */
int	keyfile_parse(struct slice bytes, struct keyfile **out, struct error *err) WARN_UNUSED;
/* Read the 96 bytes of a legacy key; ERR_SYNTAX when there are not just so many. */
int	keyfile_parse_legacy(struct slice bytes, struct keyfile **out, struct error *err) WARN_UNUSED;
/*
 * Read a key file from ${path}, "-" being standard input; ${legacy_too} accepts 96 bytes.
 * Messages name the file.
 */
int	keyfile_load(const char *path, bool legacy_too, struct keyfile **out, struct error *err) WARN_UNUSED;
/* Append the file's bytes to ${out}, a BUF_SECRET. */
int	keyfile_write(const struct keyfile *key, struct buf *out, struct error *err) WARN_UNUSED;
void	keyfile_free(struct keyfile *key);
DEFINE_CLEANUP(struct keyfile, keyfile_free)

/* The entry of a version, or NULL. */
const struct keyfile_entry *keyfile_version(const struct keyfile *key, uint32_t version);
/* Do both hold the same name and, for version 0, the same key?  In constant time. */
bool	keyfile_same(const struct keyfile *a, const struct keyfile *b);

/* FORMAT.md 2.5; ERR_SYNTAX with git-crypt's words. */
int	keyfile_check_name(struct slice name, struct error *err) WARN_UNUSED;

#endif
