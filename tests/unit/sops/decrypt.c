#include "sops/decrypt.h"

#include "tests/unit/sops/sealing.h"

/* A sealed text with one thing altered, and what that must lead to. */
static const char plain[] = "a: one\nb:\n  c: two\n  d: [x, z]\nn: 5\n# note\ne_unencrypted: seen\n";

/* Replace the first ${from} of ${text} by ${to}. */
static void
replace(struct slice text, const char *from, const char *to, struct buf *out)
{
	const uint8_t	*at = memmem(text.data, text.len, from, strlen(from));
	struct error	 err = ERROR_INIT;
	size_t		 start = at != NULL ? (size_t)(at - text.data) : text.len;

	if (at == NULL)
		bail_out(from);
	if (buf_append(out, slice_sub(text, 0, start), &err) != 0 || buf_str(out, to, &err) != 0 ||
	    buf_append(out, slice_from(text, start + strlen(from)), &err) != 0)
		bail_out(err.text);
}

static const struct {
	const char	*claim, *from, *to;
	enum err_kind	 kind;
	unsigned	 line;
} altered[] = {
	{ "a key that was renamed", "a: E", "aa: E", ERR_TAMPERED, 1 },
	{ "a parent that was renamed", "b:\n", "bb:\n", ERR_TAMPERED, 3 },
	{ "a byte of ciphertext", "a: ENC[AES256_GCM,data:", "a: ENC[AES256_GCM,data:A", ERR_SYNTAX, 1 },
	{ "a clear value that was changed", "seen", "seem", ERR_MAC, 0 },
	{ "a clear value that was quoted", "seen", "'seen'", ERR_NONE, 0 },
	{ "a value that was added in clear", "e_unencrypted", "f_unencrypted: 1\ne_unencrypted", ERR_MAC, 0 },
	{ "a value that was added where the rules encrypt", "e_unencrypted", "f: 1\ne_unencrypted", ERR_SYNTAX, 7 },
	{ "an empty value that was added", "e_unencrypted", "f: ''\ng: null\nh: {}\ne_unencrypted", ERR_NONE, 0 },
	{ "a key that is no string", "e_unencrypted", "1: ''\ne_unencrypted", ERR_TYPE, 7 },
	{ "a key twice", "e_unencrypted", "a: ''\ne_unencrypted", ERR_SYNTAX, 7 },
	{ "a missing MAC", "    mac: ", "    no: ", ERR_MAC, 0 },
	{ "another time", "lastmodified: \"2", "lastmodified: \"1", ERR_MAC, 0 },
	{ "a comment that was added", "e_unencrypted", "# by hand\ne_unencrypted", ERR_NONE, 0 },
};

static void
test_altered(struct slice sealed, size_t i)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error err = ERROR_INIT;

	replace(sealed, altered[i].from, altered[i].to, &text);
	(void)!open_text(buf_slice(&text), NULL, &opened, &err);
	ok(err.kind == altered[i].kind && (altered[i].line == 0 || err.line == altered[i].line), "%s: %s (line %u: %s)", altered[i].claim,
	    altered[i].kind == ERR_NONE ? "accepted" : "refused", (unsigned)err.line, err.text);
	if (altered[i].kind != ERR_NONE)
		is_int(opened.plain.len, 0, "and no plain text is made");
}

/* Each bit of each container: none may be accepted. */
static void
test_bits(struct slice sealed)
{
	unsigned accepted = 0, tried = 0;

	for (size_t at = 0; at < sealed.len && !slice_starts(slice_from(sealed, at), SLICE("sops:")); at++) {
		CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
		CLEANUP(opened_release) struct opened opened = OPENED;
		struct error	err = ERROR_INIT;
		uint8_t		byte = sealed.data[at];

		/* Letters of base64, each changed to another; a comment may be damaged, which is no error. */
		if (((byte | 32) < 'a' || (byte | 32) > 'z') || at % 7 != 0)
			continue;
		if (buf_append(&text, sealed, &err) != 0)
			bail_out(err.text);
		text.data[at] = byte == 'B' ? 'F' : 'B';
		if (open_text(buf_slice(&text), NULL, &opened, &err) == 0 && opened.report.comments_kept == 0)
			accepted++;
		tried++;
	}
	ok(tried > 50, "%u letters were changed, one at a time", tried);
	is_int(accepted, 0, "none of them was accepted");
}

static void
test_truncated(struct slice sealed)
{
	unsigned accepted = 0;

	/* Of the metadata's last lines, the rule is the default one and the version is not part of this check. */
	for (size_t len = 0; len < sealed.len; len += 13) {
		CLEANUP(opened_release) struct opened opened = OPENED;
		struct error err = ERROR_INIT;

		if (open_text(slice_sub(sealed, 0, len), NULL, &opened, &err) == 0 && len + 80 < sealed.len)
			accepted++;
	}
	is_int(accepted, 0, "a file that was cut is not accepted");
}

/* Seal ${text} as a comment for ${path}. */
static void
comment_for(const char *text, const char *path, struct buf *out)
{
	struct value_cipher	*cipher = NULL;
	struct error		 err = ERROR_INIT;

	if (value_cipher_new(datakey, &cipher, &err) != 0 ||
	    value_seal(cipher, VALUE_COMMENT, slice_str(text), slice_str(path), out, &err) != 0)
		bail_out(err.text);
	value_cipher_free(cipher);
}

static const struct {
	const char	*claim, *before, *path, *after, *want;
} comments[] = {
	{ "a comment in its own container", "a:\n  #", "a:", "\n  b: ''\n", "a:\n  # text\n  b: ''\n" },
	{ "a comment that sops sealed for the outer one", "a:\n  #", ":", "\n  b: ''\n", "a:\n  # text\n  b: ''\n" },
	{ "a comment that sops sealed for the map before it", "a:\n  b: ''\n#", "a:", "\nc: ''\n", "a:\n  b: ''\n# text\nc: ''\n" },
	{ "a comment that sops sealed for the list behind it", "#", "l:", "\nl:\n  - ''\n", "# text\nl:\n  - ''\n" },
	{ "an element that is a comment", "l:\n    - ", "l:", "\n    - ''\n", "l:\n    # text\n    - ''\n" },
	{ "a list of nothing else", "l:\n    - ", "l:", "\nm: ''\n", "l:\n    [] # text\nm: ''\n" },
	{ "a comment beside a value", "a: '' #", ":", "\n", "a: '' # text\n" },
};

static void
test_comment(size_t i)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(buf_release) struct buf empty = BUF(LIMIT_DOCUMENT), text = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error	err = ERROR_INIT;
	const uint8_t	*block;

	/* The metadata of a file without values, below a text of our own. */
	if (!succeeds(seal_text(SLICE("x: ''\n"), meta, NULL, NULL, &empty, &err), err, comments[i].claim))
		return;
	block = memmem(empty.data, empty.len, "sops:", 5);
	if (buf_str(&text, comments[i].before, &err) != 0)
		bail_out(err.text);
	comment_for(" text", comments[i].path, &text);
	if (buf_str(&text, comments[i].after, &err) != 0 ||
	    buf_append(&text, slice_from(buf_slice(&empty), (size_t)(block - empty.data)), &err) != 0)
		bail_out(err.text);
	if (succeeds(open_text(buf_slice(&text), NULL, &opened, &err), err, "it is opened"))
		is_slice(buf_slice(&opened.plain), slice_str(comments[i].want), comments[i].claim);
}

/* FORMAT.md 1.3: what sops would print as an inner structure. */
static void
test_comment_as_value(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT), text = BUF(LIMIT_DOCUMENT), value = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error err = ERROR_INIT;

	if (seal_text(SLICE("a: ''\n"), meta, NULL, NULL, &sealed, &err) != 0)
		bail_out(err.text);
	comment_for("x", "a:", &value);
	if (buf_terminate(&value, &err) != 0)
		bail_out(err.text);
	replace(buf_slice(&sealed), "''", (const char *)value.data, &text);
	(void)!open_text(buf_slice(&text), NULL, &opened, &err);
	is_int(err.kind, ERR_MAC, "a comment in the place of a value is refused");
}

/* The type is not authenticated, but what it cannot hold is no value. */
static const struct {
	const char	*claim, *yaml, *type, *other, *want;
} types[] = {
	{ "an integer marked as a string", "a: 5\n", ",type:int", ",type:str", "a: \"5\"\n" },
	{ "an integer marked as a float", "a: 5\n", ",type:int", ",type:float", "a: 5\n" },
	{ "an integer marked as a boolean", "a: 5\n", ",type:int", ",type:bool", NULL },
	{ "a word marked as an integer", "a: x\n", ",type:str", ",type:int", NULL },
	{ "a word marked as bytes of old", "a: x\n", ",type:str", ",type:bytes", "a: x\n" },
	{ "an unknown type", "a: x\n", ",type:str", ",type:what", NULL },
};

static void
test_type(size_t i)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT), text = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error err = ERROR_INIT;

	if (seal_text(slice_str(types[i].yaml), meta, NULL, NULL, &sealed, &err) != 0)
		bail_out(err.text);
	replace(buf_slice(&sealed), types[i].type, types[i].other, &text);
	(void)!open_text(buf_slice(&text), NULL, &opened, &err);
	if (types[i].want == NULL)
		ok(err.kind == ERR_SYNTAX && err.line == 1, "%s is refused (%s)", types[i].claim, err.text);
	else
		is_slice(buf_slice(&opened.plain), slice_str(types[i].want), types[i].claim);
}

/* A signed container whose text would not read as itself when written plain: a hostile writer's, since ours never does that. */
static void
test_hostile_sign(void)
{
	static const char *const hostile[] = { "a: b", "x #y", "[1", "yes", "5", "- x", "one\ntwo: 3", "*alias", "x:", " x", "%x", "null", "12:30" };

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
		CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT), sealed = BUF(LIMIT_DOCUMENT), signed_text = BUF(LIMIT_DOCUMENT);
		CLEANUP(opened_release) struct opened opened = OPENED;
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error		err = ERROR_INIT;
		const struct node	*value;

		/* Quoted as JSON is YAML; the quote at the end of its container becomes the sign. */
		if (buf_str(&text, "k: \"", &err) != 0)
			bail_out(err.text);
		for (const char *at = hostile[i]; *at != '\0'; at++)
			if ((*at == '\n' ? buf_str(&text, "\\n", &err) : buf_byte(&text, (uint8_t)*at, &err)) != 0)
				bail_out(err.text);
		if (buf_str(&text, "\"\n", &err) != 0 || seal_text(buf_slice(&text), meta, NULL, NULL, &sealed, &err) != 0)
			bail_out(err.text);
		replace(buf_slice(&sealed), "]\"", "\\x5D\"", &signed_text);
		if (!succeeds(open_text(buf_slice(&signed_text), NULL, &opened, &err), err, hostile[i]))
			continue;
		if (!succeeds(document_parse(buf_slice(&opened.plain), &syntax_yaml, &doc, &err), err, "the plain text is YAML"))
			continue;
		value = node_member(doc->root[0], SLICE("k"));
		ok(doc->root[0]->child->next == NULL && value != NULL && value->style != STYLE_PLAIN, "'%s' is one quoted value", hostile[i]);
		is_slice(value->text, slice_str(hostile[i]), "and reads as itself");
	}
}

static void
test_no_key(struct slice sealed)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error		err = ERROR_INIT;
	struct decrypt_options	options = { .ignore_mac = true };

	if (sealed_load(sealed, &store_yaml, &opened, &err) != 0 ||
	    secret_copy(SLICE("another key of thirty-two bytes."), &opened.datakey, &err) != 0)
		bail_out(err.text);
	(void)!sealed_decrypt(&opened, &store_yaml, &options, &err);
	is_int(err.kind, ERR_TAMPERED, "another data key opens nothing, also when the MAC is ignored");
}

int
main(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	if (!succeeds(seal_text(slice_str(plain), meta, NULL, NULL, &sealed, &err), err, "a file"))
		return done_testing();
	for (size_t i = 0; i < sizeof(altered) / sizeof(altered[0]); i++)
		test_altered(buf_slice(&sealed), i);
	test_bits(buf_slice(&sealed));
	test_truncated(buf_slice(&sealed));
	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++)
		test_comment(i);
	test_comment_as_value();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		test_type(i);
	test_hostile_sign();
	test_no_key(buf_slice(&sealed));
	secret_free(datakey);
	return done_testing();
}
