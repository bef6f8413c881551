#include "sops/reread.h"

#include "tests/unit/sops/sealing.h"

/* What was meant, and a sealed text that differs from it in one thing: each must be noticed. */
static const char meant[] = "a: one\nb: [x, 'z']\n# note\nc_unencrypted: 5\nd:\n  e: f\n";

static const struct {
	const char	*claim, *from, *to;
} slips[] = {
	{ "a key that is another", "a: ", "A: " },
	{ "a container that is damaged", "a: ENC[AES256_GCM,data:", "a: ENC[AES256_GCM,data:A" },
	{ "a value that is lost", "  e: ", "  #e: " },
	{ "a value that is too many", "c_unencrypted: 5\n", "c_unencrypted: 5\nmore: 1\n" },
	{ "a clear value that is another", "c_unencrypted: 5", "c_unencrypted: 6" },
	{ "a clear value of another type", "c_unencrypted: 5", "c_unencrypted: '5.0'" },
	{ "a comment that is lost", "#ENC", "\n# ENC" },
	{ "a list that is a map", "b: [", "b: {k: 1}\nbb: [" },
	{ "another time", "lastmodified: \"2", "lastmodified: \"1" },
	{ "a recipient that is lost", "age:", "old:" },
	{ "text that is no YAML", "a: ", "a: [" },
};

static void
test_slip(const struct document *doc, struct slice sealed, const struct metadata *meta, const struct sealed_texts *texts, size_t i)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	const uint8_t	*at = memmem(sealed.data, sealed.len, slips[i].from, strlen(slips[i].from));
	struct error	 err = ERROR_INIT;
	size_t		 start = at != NULL ? (size_t)(at - sealed.data) : 0;

	if (at == NULL || buf_append(&text, slice_sub(sealed, 0, start), &err) != 0 || buf_str(&text, slips[i].to, &err) != 0 ||
	    buf_append(&text, slice_from(sealed, start + strlen(slips[i].from)), &err) != 0)
		bail_out(slips[i].from);
	ok(reread_sealed(doc, buf_slice(&text), &store_yaml, meta, texts, &err) != 0, "%s: %s", slips[i].claim, err.text);
}

/* The containers of a sealed text in order, as sops_encrypt() had them. */
static void
collect(struct slice sealed, struct sealed_texts *out)
{
	struct error err = ERROR_INIT;

	for (size_t at = 0; at < sealed.len && !slice_starts(slice_from(sealed, at), SLICE("sops:")); at++) {
		struct slice		rest = slice_from(sealed, at);
		CLEANUP(buf_release) struct buf container = BUF(LIMIT_DOCUMENT);

		if (!slice_starts(rest, SLICE("ENC[")))
			continue;
		/* Up to the bracket, which in a signed one is written otherwise. */
		for (size_t i = 0; rest.data[i] != ']' && rest.data[i] != '\\'; i++)
			if (buf_byte(&container, rest.data[i], &err) != 0)
				bail_out(err.text);
		if (buf_byte(&container, ']', &err) != 0 || sealed_texts_add(out, buf_slice(&container), &err) != 0)
			bail_out(err.text);
	}
}

static const struct {
	const char *claim, *a, *b;
	bool same;
} plains[] = {
	{ "other quotes and comments", "a: 'x' # c\n", "a: x\n", true },
	{ "an alias and what it stands for", "a: &k {b: 1}\nc: *k\n", "a: {b: 1}\nc:\n  b: 1\n", true },
	{ "another spelling of a number", "a: 0x10\n", "a: 16\n", true },
	{ "another value", "a: x\n", "a: z\n", false },
	{ "another order", "a: 1\nb: 1\n", "b: 1\na: 1\n", false },
	{ "null and nothing in a list", "a: [null]\n", "a: []\n", false },
	{ "null and an empty string", "a: null\n", "a: ''\n", false },
	{ "another nesting of lists", "a: [[1], [2]]\n", "a: [[1, 2]]\n", false },
	{ "one document less", "a: 1\n---\nb: 1\n", "a: 1\nb: 1\n", false },
};

static void
test_plain(size_t i)
{
	CLEANUP(document_freep) struct document *a = NULL, *b = NULL;
	struct error err = ERROR_INIT;

	if (document_parse(slice_str(plains[i].a), &syntax_yaml, &a, &err) != 0 ||
	    document_parse(slice_str(plains[i].b), &syntax_yaml, &b, &err) != 0)
		bail_out(err.text);
	ok((reread_same(a, b, &store_yaml, &err) == 0) == plains[i].same, "%s: %s", plains[i].claim, plains[i].same ? "the same" : "not the same");
}

int
main(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT);
	CLEANUP(sealed_texts_release) struct sealed_texts texts = SEALED_TEXTS;
	struct encrypt_options	options = { .indent = 0 };
	struct error		err = ERROR_INIT;

	if (plain_load(slice_str(meant), &store_yaml, &doc, &err) != 0 ||
	    sops_encrypt(doc, &store_yaml, meta, datakey, &options, &sealed, &err) != 0)
		bail_out(err.text);
	collect(buf_slice(&sealed), &texts);
	if (succeeds(reread_sealed(doc, buf_slice(&sealed), &store_yaml, meta, &texts, &err), err, "what was meant is recognised"))
		for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++)
			test_slip(doc, buf_slice(&sealed), meta, &texts, i);
	for (size_t i = 0; i < sizeof(plains) / sizeof(plains[0]); i++)
		test_plain(i);
	secret_free(datakey);
	return done_testing();
}
