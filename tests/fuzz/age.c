#include "crypto/age.h"

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/age_header.h"
#include "tests/fuzz/fuzz.h"

/* A header has one spelling: printing what was read gives the bytes that the MAC covers. */
static void
print_again(struct slice file)
{
	CLEANUP(age_header_release) struct age_header	header = AGE_HEADER;
	CLEANUP(buf_release) struct buf			text = BUF(2 * LIMIT_AGE_HEADER), words = BUF(LIMIT_AGE_HEADER);
	struct error					err = ERROR_INIT;

	if (age_header_parse(file, &header, &err) != 0)
		return;
	MUST(buf_str(&text, AGE_INTRO, &err) == 0);
	for (size_t i = 0; i < header.stanzas; i++) {
		const struct age_stanza *stanza = &header.stanza[i];

		if (stanza->arguments > AGE_STANZA_ARGUMENTS)
			return;
		buf_reset(&words);
		for (size_t k = 0; k < stanza->arguments; k++)
			MUST((k == 0 || buf_byte(&words, ' ', &err) == 0) && buf_append(&words, stanza->argument[k], &err) == 0);
		MUST(age_stanza_print(buf_slice(&words), stanza->body, &text, &err) == 0);
	}
	MUST(buf_str(&text, "---", &err) == 0);
	MUST(slice_eq(buf_slice(&text), header.covered));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct age_identities	*with;
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(LIMIT_AGE_FILE);
	struct error			err = ERROR_INIT;

	/* The private half of the recipient of every file in the corpus; it protects nothing else. */
	if (with == NULL)
		MUST(age_identities_new(&with, &err) == 0 && age_identities_parse(with,
		    SLICE("AGE-SECRET-KEY-1D7W06D47PEJ62KX2TG38PMXJ4L9KNC89Q6KQJ2P3P64DMYU8F5RS6ZCD7Y"), AGE_IDENTITY_FILE, &err) == 0);
	if (age_open(with, slice_of(data, size), &out, &err) != 0)
		MUST(err.kind != ERR_NONE && out.len == 0);
	print_again(slice_of(data, size));
	return 0;
}
