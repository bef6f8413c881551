#include "crypto/gpg_status.h"

#include "base/num.h"

#define GPG_ERR_CODE	0xffff			/* the rest of its error numbers says which program failed */

/* "ERROR pkdecrypt_failed 83886179": why a key that is there did not serve, such as that the user closed the window of pinentry. */
static int64_t
says_failure(struct slice words)
{
	struct slice	where, code;
	int64_t		number;

	if (!slice_split(&words, ' ', &where) || !slice_eq(where, SLICE("pkdecrypt_failed")) || !slice_split(&words, ' ', &code) ||
	    !num_parse(code, 0, UINT32_MAX, &number))
		return 0;
	return number & GPG_ERR_CODE;
}

/* "DECRYPTION_INFO mdc cipher aead": the third number is not 0 when an AEAD mode protects the data. */
static bool
says_aead(struct slice words)
{
	struct slice	word;
	int64_t		number;

	for (int i = 0; i < 3; i++)
		if (!slice_split(&words, ' ', &word))
			return false;
	return num_parse(word, 1, 100, &number);
}

static void
read_status(struct slice keyword, struct slice words, struct gpg_status *status)
{
	int64_t		number;
	struct slice	word;

	if (slice_eq(keyword, SLICE("BEGIN_DECRYPTION")))
		status->begun++;
	else if (slice_eq(keyword, SLICE("PLAINTEXT")))
		/* Outside of what was decrypted somebody else may have put it there. */
		status->plaintexts += status->begun == 1 && status->ended == 0 ? 1 : 100;
	else if (slice_eq(keyword, SLICE("DECRYPTION_OKAY")))
		status->okay++;
	else if (slice_eq(keyword, SLICE("END_DECRYPTION")))
		status->ended++;
	else if (slice_eq(keyword, SLICE("GOODMDC")))
		status->protected = true;
	else if (slice_eq(keyword, SLICE("DECRYPTION_INFO")))
		status->protected = status->protected || says_aead(words);
	else if (slice_eq(keyword, SLICE("BADMDC")))
		status->bad_mdc = true;
	else if (slice_eq(keyword, SLICE("DECRYPTION_FAILED")))
		status->failed = true;
	else if (slice_eq(keyword, SLICE("NO_SECKEY")))
		status->no_seckey = words;
	else if (slice_eq(keyword, SLICE("NODATA")))
		status->no_data = true;
	else if (slice_eq(keyword, SLICE("ERROR")))
		status->failure = status->failure != 0 ? status->failure : says_failure(words);
	else if (slice_eq(keyword, SLICE("END_ENCRYPTION")))
		status->encrypted = true;
	else if (slice_eq(keyword, SLICE("INV_RECP")) && status->refused.data == NULL) {
		status->refusal = slice_split(&words, ' ', &word) && num_parse(word, 0, 100, &number) ? (int)number : 0;
		status->refused = words;
	}
}

struct gpg_status
gpg_status_parse(struct slice text)
{
	struct gpg_status	status = { .begun = 0 };
	struct slice		line, keyword;

	while (slice_split(&text, '\n', &line)) {
		if (!slice_starts(line, SLICE("[GNUPG:] ")))
			continue;
		line = slice_from(line, 9);
		if (slice_split(&line, ' ', &keyword))
			read_status(keyword, line, &status);
	}
	return status;
}
