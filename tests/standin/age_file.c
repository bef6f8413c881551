#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/age.h"
#include "crypto/sshkey.h"

/*
 * crypto/age at a shell, for the tests beside the age program:
 *	age_file seal|armor RECIPIENT...	standard input to standard output
 *	age_file open IDENTITY-FILE		or a private SSH key
 *	age_file generate			a new identity
 *	age_file recipient IDENTITY-FILE	that of its first identity
 */
static int
read_all(FILE *from, struct buf *out, struct error *err)
{
	char	part[65536];
	size_t	n;

	while ((n = fread(part, 1, sizeof(part), from)) > 0)
		if (buf_append(out, slice_of(part, n), err) != 0)
			return err->kind;
	return ferror(from) ? err_errno(err, "cannot read") : 0;
}

static int
read_identities(const char *path, struct age_identities **out, struct error *err)
{
	CLEANUP(buf_release) struct buf				text = BUF_SECRET(LIMIT_KEY_FILE);
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	FILE							*file = fopen(path, "re");
	int							rc;

	if (file == NULL)
		return err_errno(err, "cannot open '%s'", path);
	rc = read_all(file, &text, err);
	(void)fclose(file);
	if (rc != 0 || (rc = age_identities_new(&with, err)) != 0)
		return rc;
	rc = age_recognised(buf_slice(&text)) ? age_identities_add_locked(with, buf_slice(&text), path, err) :
	    sshkey_private_recognised(buf_slice(&text)) ? age_identities_add_ssh(with, buf_slice(&text), SLICE_NONE, path, err) :
	    age_identities_parse(with, buf_slice(&text), AGE_IDENTITY_FILE, err);
	if (rc != 0)
		return rc;
	*out = TAKE(with);
	return 0;
}

static int
seal(char **recipients, bool armor, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf				plain = BUF_SECRET(LIMIT_AGE_FILE);
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL;
	int							rc;

	if ((rc = age_recipients_new(&to, err)) != 0)
		return rc;
	for (; *recipients != NULL; recipients++)
		if ((rc = age_recipients_add(to, slice_str(*recipients), err)) != 0)
			return rc;
	if ((rc = read_all(stdin, &plain, err)) != 0)
		return rc;
	return armor ? age_seal_armored(to, buf_slice(&plain), out, err) : age_seal(to, buf_slice(&plain), out, err);
}

static int
open_with(const char *path, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf				file = BUF(2 * LIMIT_AGE_FILE);
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	int							rc;

	if ((rc = read_identities(path, &with, err)) != 0 || (rc = read_all(stdin, &file, err)) != 0)
		return rc;
	return age_open(with, buf_slice(&file), out, err);
}

static int
recipient(const char *path, struct buf *out, struct error *err)
{
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	int							rc;

	if ((rc = read_identities(path, &with, err)) != 0)
		return rc;
	return age_identities_count(with) == 0 ? err_set(err, ERR_NOT_FOUND, "no identity") :
	    age_identities_recipient(with, 0, out, err);
}

int
main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(2 * LIMIT_AGE_FILE);
	struct error			err = ERROR_INIT;
	const char			*verb = argc > 1 ? argv[1] : "";
	int				rc = ERR_USAGE;

	if (strcmp(verb, "seal") == 0 || strcmp(verb, "armor") == 0)
		rc = seal(argv + 2, *verb == 'a', &out, &err);
	else if (strcmp(verb, "open") == 0 && argc == 3)
		rc = open_with(argv[2], &out, &err);
	else if (strcmp(verb, "generate") == 0 && argc == 2)
		rc = age_identity_generate(&out, &err);
	else if (strcmp(verb, "recipient") == 0 && argc == 3)
		rc = recipient(argv[2], &out, &err);
	if (rc != 0) {
		(void)fprintf(stderr, "age_file: %s\n", err.text);
		return 1;
	}
	return (out.len > 0 && fwrite(out.data, 1, out.len, stdout) != out.len) || fflush(stdout) != 0;
}
