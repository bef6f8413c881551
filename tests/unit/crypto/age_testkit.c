#include "crypto/age.h"

#include <dirent.h>

#include "base/limits.h"
#include "crypto/age_armor.h"
#include "crypto/digest.h"
#include "tests/hex.h"

/*
 * The published test kit of the age format (AGE_TESTKIT: a folder with a file a case).  Each file has
 * "key: value" lines, an empty line, and then the age file.
 */
enum verdict {
	SUCCESS, ARMOR_FAILURE, HEADER_FAILURE, NO_MATCH, HMAC_FAILURE, PAYLOAD_FAILURE, UNKNOWN,
};

static const char *const verdict_name[] = {
	[SUCCESS] = "success", [ARMOR_FAILURE] = "armor failure", [HEADER_FAILURE] = "header failure",
	[NO_MATCH] = "no match", [HMAC_FAILURE] = "HMAC failure", [PAYLOAD_FAILURE] = "payload failure", [UNKNOWN] = "?",
};

struct vector {
	enum verdict		 expect;
	struct slice		 payload;	/* SHA-256 of the plaintext, in hex */
	bool			 armored, compressed;
	const char		*unsupported;	/* what it needs that we do not have */
	struct age_identities	*with;
	struct buf		 file;
};

static bool
read_file(const char *path, struct buf *out)
{
	struct error	 err = ERROR_INIT;
	FILE		*file = fopen(path, "re");
	char		 part[8192];
	size_t		 n;
	bool		 whole;

	if (file == NULL)
		return false;
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		if (buf_append(out, slice_of(part, n), &err) != 0)
			break;
	whole = feof(file) && !ferror(file);
	(void)fclose(file);
	return whole;
}

/* The zlib stream that begins at byte ${start} of the file at ${path}; perl is there, as it runs the tests. */
static bool
inflate(const char *path, size_t start, struct buf *out)
{
	struct error	 err = ERROR_INIT;
	char		 command[2000], part[8192];
	FILE		*perl;
	size_t		 n;

	(void)snprintf(command, sizeof(command), "tail -c +%zu '%s' | perl -MCompress::Zlib -0777 -ne "
	    "'my $u = uncompress($_); exit 1 unless defined $u; print $u'", start + 1, path);
	if ((perl = popen(command, "re")) == NULL)
		return false;
	while ((n = fread(part, 1, sizeof(part), perl)) > 0)
		if (buf_append(out, slice_of(part, n), &err) != 0)
			break;
	return pclose(perl) == 0;
}

static void
read_line(struct vector *vector, struct slice key, struct slice value)
{
	struct error err = ERROR_INIT;

	if (slice_eq(key, SLICE("expect"))) {
		for (vector->expect = SUCCESS; vector->expect < UNKNOWN; vector->expect++)
			if (slice_eq(value, slice_str(verdict_name[vector->expect])))
				return;
		vector->unsupported = "an unknown verdict";
	} else if (slice_eq(key, SLICE("payload")))
		vector->payload = value;
	else if (slice_eq(key, SLICE("identity"))) {
		int rc = age_identities_parse(vector->with, value, AGE_IDENTITY_FILE, &err);

		if (rc == ERR_UNSUPPORTED)
			vector->unsupported = "an identity of a type that is not implemented";
		else if (rc != 0)
			ok(false, "an identity is read: %s", err.text);
	} else if (slice_eq(key, SLICE("passphrase"))) {
		if (age_identities_add_passphrase(vector->with, value, &err) != 0)
			ok(false, "a passphrase is taken: %s", err.text);
	} else if (slice_eq(key, SLICE("armored")))
		vector->armored = slice_eq(value, SLICE("yes"));
	else if (slice_eq(key, SLICE("compressed")))
		vector->compressed = true;
	else if (!slice_eq(key, SLICE("file key")) && !slice_eq(key, SLICE("comment")))
		vector->unsupported = "a key that this test does not know";
}

static bool
read_vector(const char *path, struct slice text, struct vector *vector)
{
	struct error	err = ERROR_INIT;
	struct slice	rest = text, line;

	while (slice_split(&rest, '\n', &line) && line.len > 0) {
		size_t colon = slice_find(line, ':', 0);

		if (colon + 2 > line.len)
			return false;
		read_line(vector, slice_sub(line, 0, colon), slice_from(line, colon + 2));
	}
	if (rest.data == NULL)
		return false;
	if (vector->compressed)
		return inflate(path, (size_t)(rest.data - text.data), &vector->file);
	return buf_append(&vector->file, rest, &err) == 0;
}

static enum verdict
open_vector(const struct vector *vector, struct buf *plain, struct error *err)
{
	CLEANUP(buf_release) struct buf	binary = BUF(LIMIT_AGE_FILE);
	struct slice			file = buf_slice(&vector->file);

	if (vector->armored) {
		if (age_armor_decode(file, &binary, err) != 0)
			return ARMOR_FAILURE;
		file = buf_slice(&binary);
	}
	switch (age_open(vector->with, file, plain, err)) {
	case 0:
		return SUCCESS;
	case ERR_SYNTAX:
	case ERR_LIMIT:
		return HEADER_FAILURE;
	case ERR_NO_KEY:
		return NO_MATCH;
	case ERR_MAC:
		return HMAC_FAILURE;
	case ERR_TAMPERED:
		return PAYLOAD_FAILURE;
	default:
		return UNKNOWN;
	}
}

/* One claim a case. */
static void
judge(const char *name, const struct vector *vector)
{
	CLEANUP(buf_release) struct buf	plain = BUF_SECRET(LIMIT_AGE_FILE), hex = BUF(100);
	struct error			err = ERROR_INIT, unused = ERROR_INIT;
	enum verdict			verdict = open_vector(vector, &plain, &err);
	uint8_t				hash[DIGEST_SHA256_LEN];
	bool				right = verdict == vector->expect;

	if (verdict == SUCCESS)
		right = right && digest_sha256(buf_slice(&plain), hash, &unused) == 0 &&
		    hex_encode(slice_of(hash, sizeof(hash)), &hex, &unused) == 0 && slice_eq(buf_slice(&hex), vector->payload);
	else
		right = right && plain.len == 0;
	if (!ok(right, "%s: %s", name, verdict_name[vector->expect]))
		printf("#   got: %s: %s\n", verdict_name[verdict], err.text);
	else if (err.kind != ERR_NONE)
		printf("#   %s\n", err.text);
}

static void
run_case(const char *folder, const char *name)
{
	CLEANUP(buf_release) struct buf			text = BUF(LIMIT_AGE_FILE);
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	struct error					err = ERROR_INIT;
	char						path[1000], reason[300];
	struct vector					vector = { .expect = UNKNOWN, .file = BUF(LIMIT_AGE_FILE) };

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (age_identities_new(&with, &err) != 0)
		bail_out("out of memory");
	vector.with = with;
	if (!read_file(path, &text) || !read_vector(path, buf_slice(&text), &vector))
		ok(false, "%s can be read", name);
	else if (vector.unsupported != NULL) {
		(void)snprintf(reason, sizeof(reason), "%s: needs %s", name, vector.unsupported);
		skip(reason, 1);
	} else
		judge(name, &vector);
	buf_release(&vector.file);
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "NOTICE") != 0;
}

int
main(void)
{
	const char	 *folder = tap_folder("AGE_TESTKIT", "../shared/data/age-testkit/testdata");
	struct dirent	**entries;
	int		  n;

	if (folder == NULL)
		skip_all("no age test kit (AGE_TESTKIT)");
	if ((n = scandir(folder, &entries, visible, alphasort)) < 0)
		bail_out("cannot list the folder");
	for (int i = 0; i < n; i++) {
		run_case(folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return done_testing();
}
