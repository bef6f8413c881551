#include "sops/value.h"

#include "base/encode.h"
#include "base/limits.h"
#include "tests/tap.h"

/* sops-format 1.6: SHA-256 of "vector key". */
static const char key_hex[] = "cc7d03253da31f992f76b1a1b99f3e0324c5c926d4a48eec28a92a4ccc3ed55f";

static const struct {
	const char *path, *text, *plain, *canonical;
	enum value_type type;
} vectors[] = {
	{ "a:", "ENC[AES256_GCM,data:67TjdTw=,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,tag:BU1TmyjZggZna1d46A/91w==,"
	    "type:str]", "hello", "hello", VALUE_STR },
	{ "a:b:", "ENC[AES256_GCM,data:ICKTg60=,iv:BLQR+swEXTfI+cYQgnUWFL9irq79gWWlAdf6FS3QYBU=,tag:TrtonJHOQffZkrXoS+sPTA==,"
	    "type:str]", "h\xc3\xa9\nx", "h\xc3\xa9\nx", VALUE_STR },
	{ "n:", "ENC[AES256_GCM,data:Z9xU,iv:PmYKWIl84ToCg59D48Ry0EWWW4YYPbB+WJgSrRIoJT4=,tag:SDYEyzcul/X2mcnQotWFKw==,type:int]",
	    "-42", "-42", VALUE_INT },
	{ "f:", "ENC[AES256_GCM,data:hV+ABje4TB+Q8ylUDxIIj2A7EjIogw==,iv:HSIS129TJWevkuL9c8e3IbyzIMvc2FyqA+gdBXi5+Jk=,"
	    "tag:fCTkEiRzLwky0VFrHD4Zgg==,type:float]", "1500000000000000000000", "1500000000000000000000", VALUE_FLOAT },
	{ "f:", "ENC[AES256_GCM,data:56s=,iv:hChFgEPgYOA7fcqWD0RCY1kRhFIbPzNBTIc9vQwt5zA=,tag:W90mtb59JIMYOyL7KPl0/Q==,"
	    "type:float]", "-0", "-0", VALUE_FLOAT },
	{ "f:", "ENC[AES256_GCM,data:qZqvnQ==,iv:LpusWiuyiFLpQF+8vKpnMihs619MALPvBZp3Ltng1hI=,tag:zgcJxqsV888J5zkssl0Njg==,"
	    "type:float]", "+Inf", "+Inf", VALUE_FLOAT },
	{ "b:", "ENC[AES256_GCM,data:Hy4O5Q==,iv:vmEBJ2bxLZvF8s7rS2XJCb34ghuN2FXttKWh+G2OCX0=,tag:IckiIGCZY8xk408UY5kieQ==,"
	    "type:bool]", "True", "True", VALUE_BOOL },
	{ "t:", "ENC[AES256_GCM,data:hRjmE4jpMEXJ37xRNZ7AjCPquTigZWYJI3UL,iv:kPZdyGyusGKTgBG25QTjCluPRovhmoBQFNOUbnzlDn0=,"
	    "tag:P6cUAd5TDItDeCn/gMlShg==,type:time]", "2020-01-02T03:04:05.6+02:00", "2020-01-02T03:04:05.6+02:00", VALUE_TIME },
	{ ":", "ENC[AES256_GCM,data:43pdsLw=,iv:/lkdisxPbGCqHXkiAWfiUdVG5pgOq7jH8csO766SqQo=,tag:jxcwgrWczZ/IOHZ2U7EBvA==,"
	    "type:comment]", " note", " note", VALUE_COMMENT },
};
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct value_cipher *
cipher_of(struct slice key)
{
	CLEANUP(secret_freep) struct secret *secret = NULL;
	struct value_cipher	*cipher = NULL;
	struct error		 err = ERROR_INIT;

	if (secret_copy(key, &secret, &err) != 0 || value_cipher_new(secret, &cipher, &err) != 0)
		bail_out(err.text);
	return cipher;
}

static int
open_text(struct value_cipher *cipher, struct slice text, const char *path, enum value_type *type, struct buf *out)
{
	struct error err = ERROR_INIT;

	return value_open(cipher, text, slice_str(path), type, out, &err);
}

static void
test_vectors(struct value_cipher *cipher)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		CLEANUP(buf_release) struct buf	plain = BUF_SECRET(KIB), canonical = BUF_SECRET(KIB);
		struct error	 err = ERROR_INIT;
		enum value_type	 type = VALUE_BYTES;
		struct slice	 text = slice_str(vectors[i].text);

		succeeds(value_open(cipher, text, slice_str(vectors[i].path), &type, &plain, &err), err, "a published value opens");
		is_slice(buf_slice(&plain), slice_str(vectors[i].plain), "to its plaintext");
		is_int(type, vectors[i].type, "with its type");
		succeeds(value_canonical(type, buf_slice(&plain), &canonical, &err), err, "which the type can hold");
		is_slice(buf_slice(&canonical), slice_str(vectors[i].canonical), "and prints again");
		is_int(open_text(cipher, text, "z:", &type, &plain), ERR_TAMPERED, "moved to another path it is rejected");
		is_slice(buf_slice(&plain), slice_str(vectors[i].plain), "and nothing of it is given out");
	}
}

/* Every bit of the three parts counts. */
static void
test_flipped(struct value_cipher *cipher)
{
	CLEANUP(buf_release) struct buf	text = BUF(KIB), plain = BUF_SECRET(KIB);
	struct error	err = ERROR_INIT;
	enum value_type	type;
	unsigned	accepted = 0, tried = 0;

	if (value_seal(cipher, VALUE_STR, SLICE("some plaintext"), SLICE("a:"), &text, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			buf_reset(&plain);
			text.data[i] ^= (uint8_t)(1u << bit);
			tried++;
			if (open_text(cipher, buf_slice(&text), "a:", &type, &plain) == 0 &&
			    (type != VALUE_STR || !slice_eq(buf_slice(&plain), SLICE("some plaintext"))))
				accepted++;
			text.data[i] ^= (uint8_t)(1u << bit);
		}
	ok(accepted == 0 && tried > 800, "no flipped bit changes what is read (%u of %u)", accepted, tried);
	for (size_t len = 0; len < text.len; len++)
		if (open_text(cipher, slice_sub(buf_slice(&text), 0, len), "a:", &type, &plain) != ERR_SYNTAX)
			ok(false, "cut to %zu bytes it is refused", len);
	ok(true, "cut anywhere it is no encrypted value");
}

static void
test_form(struct value_cipher *cipher)
{
	static const struct {
		const char *text, *what;
		bool recognised;
		const char *data, *iv, *tag, *type;
	} forms[] = {
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]", "the plain form", true, "a", "b", "c", "d" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d] garbage", "text behind it", true, "a", "b", "c", "d" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]]x", "the last bracket counts", true, "a", "b", "c", "d]" },
		{ "ENC[AES256_GCM,data:a,iv:b,iv:c,tag:d,type:e]", "the last separator counts", true, "a,iv:b", "c", "d", "e" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d,type:]", "but leaves its part non-empty", true, "a", "b", "c", "d,type:" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:,tag:,type:d]", "in the middle too", true, "a", "b", ",tag:", "d" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,tag:,type:d]", "whichever is possible", true, "a", "b", "c,tag:", "d" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]\n]", "a second line is not looked at", true, "a", "b", "c", "d" },
		{ " ENC[AES256_GCM,data:a,iv:b,tag:c,type:d]", "a leading blank", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:,iv:b,tag:c,type:d]", "no data", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:a,iv:,tag:c,type:d]", "no iv", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:,type:d]", "no tag", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:]", "no type", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:a,iv:b,tag:c,type:d", "no bracket", false, "", "", "", "" },
		{ "ENC[AES256_GCM,data:a\n,iv:b,tag:c,type:d]", "a line break inside", false, "", "", "", "" },
		{ "ENC[AES128_GCM,data:a,iv:b,tag:c,type:d]", "another cipher", false, "", "", "", "" },
		{ "ENC[AES256_GCM, data:a,iv:b,tag:c,type:d]", "a blank inside", false, "", "", "", "" },
		{ "", "nothing", false, "", "", "", "" },
	};
	enum value_type	type = VALUE_TIME;
	CLEANUP(buf_release) struct buf	plain = BUF_SECRET(KIB);

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct value_parts parts = { .len = 0 };

		is_int(value_recognise(slice_str(forms[i].text), &parts), forms[i].recognised, forms[i].what);
		is_slice(parts.data, slice_str(forms[i].data), "its data");
		is_slice(parts.iv, slice_str(forms[i].iv), "its iv");
		is_slice(parts.tag, slice_str(forms[i].tag), "its tag");
		is_slice(parts.type, slice_str(forms[i].type), "its type");
	}
	ok(value_is_comment(slice_str(vectors[8].text)) && !value_is_comment(slice_str(vectors[0].text)),
	    "an encrypted comment is told from data");
	is_int(open_text(cipher, SLICE("ENC[AES256_GCM,data:Zg==,iv:Zg==,tag:Zg==,type:str]"), "a:", &type, &plain), ERR_SYNTAX,
	    "a tag that is too short is refused");
	is_int(open_text(cipher, SLICE("ENC[AES256_GCM,data:67TjdTw=,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,"
	    "tag:BU1TmyjZggZna1d46A/91w==,type:map]"), "a:", &type, &plain), ERR_SYNTAX, "an unknown type is refused");
	is_int(open_text(cipher, SLICE("ENC[AES256_GCM,data:67TjdTw,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,"
	    "tag:BU1TmyjZggZna1d46A/91w==,type:str]"), "a:", &type, &plain), ERR_SYNTAX, "missing padding is refused");
	is_int(open_text(cipher, SLICE("ENC[AES256_GCM,data:67TjdTx=,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,"
	    "tag:BU1TmyjZggZna1d46A/91w==,type:bytes]"), "a:", &type, &plain), 0, "left-over bits are not looked at");
	is_slice(buf_slice(&plain), SLICE("hello"), "and change nothing");
	is_int(type, VALUE_BYTES, "'bytes' of ancient writers is read");
	buf_reset(&plain);
	/* The last tag byte stands in the data of sops' joined run: data || tag is what counts. */
	is_int(open_text(cipher, SLICE("ENC[AES256_GCM,data:67TjdTwF,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,"
	    "tag:TVObKNmCBmdrV3joD/3X,type:str]"), "a:", &type, &plain), 0, "the last 16 bytes of data and tag are the tag");
	is_slice(buf_slice(&plain), SLICE("hello"), "wherever the text puts the border");
}

static void
test_seal(struct value_cipher *cipher)
{
	for (unsigned len = 1; len < 70; len++) {
		CLEANUP(buf_release) struct buf	text = BUF(KIB), again = BUF(KIB), plain = BUF_SECRET(KIB);
		struct value_parts	 parts, others;
		struct error		 err = ERROR_INIT;
		enum value_type		 type = VALUE_TIME;
		char			 bytes[70];

		memset(bytes, (int)(len * 3), sizeof(bytes));
		if (!succeeds(value_seal(cipher, VALUE_COMMENT, slice_of(bytes, len), SLICE("x:y:"), &text, &err), err, "a value is sealed") ||
		    !succeeds(value_seal(cipher, VALUE_COMMENT, slice_of(bytes, len), SLICE("x:y:"), &again, &err), err, "and again"))
			continue;
		ok(value_recognise(buf_slice(&text), &parts) && value_recognise(buf_slice(&again), &others) &&
		    parts.len == text.len && parts.iv.len == 44 && parts.tag.len == 24 && !slice_eq(parts.iv, others.iv),
		    "each under 32 fresh bytes of IV, with 16 of tag");
		succeeds(value_open(cipher, buf_slice(&text), SLICE("x:y:"), &type, &plain, &err), err, "it opens");
		is_mem(plain.data, plain.len, bytes, len, "to the same bytes");
	}
	struct error err = ERROR_INIT;
	CLEANUP(buf_release) struct buf text = BUF(KIB);
	is_int(value_seal(cipher, VALUE_STR, SLICE_NONE, SLICE("a:"), &text, &err), ERR_RANGE, "an empty value cannot be sealed");
	is_int((intmax_t)text.len, 0, "and writes nothing");
}

static void
test_types(void)
{
	static const struct {
		enum value_type type;
		const char *plain, *canonical;	/* NULL: refused */
	} cases[] = {
		{ VALUE_INT, "007", "7" }, { VALUE_INT, "+5", "5" }, { VALUE_INT, "-0", "0" },
		{ VALUE_INT, "9223372036854775807", "9223372036854775807" }, { VALUE_INT, "-9223372036854775808", "-9223372036854775808" },
		{ VALUE_INT, "9223372036854775808", NULL }, { VALUE_INT, "", NULL }, { VALUE_INT, "1.0", NULL }, { VALUE_INT, "0x1", NULL },
		{ VALUE_INT, " 1", NULL }, { VALUE_INT, "--1", NULL },
		{ VALUE_FLOAT, "1", "1" }, { VALUE_FLOAT, "1.50", "1.5" }, { VALUE_FLOAT, "1e3", "1000" }, { VALUE_FLOAT, "1e-7", "0.0000001" },
		{ VALUE_FLOAT, "inf", "+Inf" }, { VALUE_FLOAT, "-Infinity", "-Inf" }, { VALUE_FLOAT, "nan", "NaN" },
		{ VALUE_FLOAT, "0x1p4", "16" }, { VALUE_FLOAT, "1e400", NULL }, { VALUE_FLOAT, "abc", NULL }, { VALUE_FLOAT, "", NULL },
		{ VALUE_BOOL, "1", "True" }, { VALUE_BOOL, "t", "True" }, { VALUE_BOOL, "T", "True" }, { VALUE_BOOL, "TRUE", "True" },
		{ VALUE_BOOL, "true", "True" }, { VALUE_BOOL, "0", "False" }, { VALUE_BOOL, "f", "False" }, { VALUE_BOOL, "F", "False" },
		{ VALUE_BOOL, "FALSE", "False" }, { VALUE_BOOL, "false", "False" }, { VALUE_BOOL, "tRUE", NULL }, { VALUE_BOOL, "yes", NULL },
		{ VALUE_TIME, "2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z" },
		{ VALUE_TIME, "2020-01-02T03:04:05.120000000Z", "2020-01-02T03:04:05.12Z" },
		{ VALUE_TIME, "2020-01-02T03:04:05+00:00", "2020-01-02T03:04:05Z" },
		{ VALUE_TIME, "2020-01-02", NULL }, { VALUE_TIME, "2020-13-02T03:04:05Z", NULL },
		{ VALUE_STR, "any thing", "any thing" }, { VALUE_BYTES, "raw", "raw" }, { VALUE_COMMENT, " c", " c" },
	};
	enum value_type type;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_release) struct buf	out = BUF_SECRET(KIB);
		struct error	err = ERROR_INIT;
		int		rc = value_canonical(cases[i].type, slice_str(cases[i].plain), &out, &err);

		if (!ok((rc == 0) == (cases[i].canonical != NULL), "type %s %s '%s'", value_type_name(cases[i].type),
		    cases[i].canonical != NULL ? "holds" : "cannot hold", cases[i].plain))
			continue;
		if (rc == 0)
			is_slice(buf_slice(&out), slice_str(cases[i].canonical), "and prints it canonically");
		else
			ok(rc == ERR_SYNTAX && (*cases[i].plain == '\0' || strlen(cases[i].plain) < 3 || strstr(err.text, cases[i].plain) == NULL),
			    "the message does not repeat it");
	}
	struct scalar	scalar = { .type = SCALAR_NULL };
	struct error	err = ERROR_INIT;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(KIB);
	is_int(value_write(&scalar, &type, &out, &err), ERR_TYPE, "null has no bytes");
	err_reset(&err);
	scalar.type = SCALAR_UINT;
	is_int(value_write(&scalar, &type, &out, &err), ERR_TYPE, "nor has an integer of 2^63");
	scalar = (struct scalar){ .type = SCALAR_FLOAT, .real = 1.0 };
	is_int(value_write(&scalar, &type, &out, &err), 0, "an integral float is written");
	is_slice(buf_slice(&out), SLICE("1"), "without a point");
	is_int(type, VALUE_FLOAT, "and keeps its type");
}

int
main(void)
{
	CLEANUP(buf_release) struct buf key = BUF_SECRET(32);
	struct error err = ERROR_INIT;

	if (hex_decode(slice_str(key_hex), &key, &err) != 0)
		bail_out(err.text);
	CLEANUP(value_cipher_freep) struct value_cipher *cipher = cipher_of(buf_slice(&key));
	test_vectors(cipher);
	test_flipped(cipher);
	test_form(cipher);
	test_seal(cipher);
	test_types();
	return done_testing();
}
