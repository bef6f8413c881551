#include "gitfilter/keyfile.h"
#include "tests/tap.h"

/* One default key, version 0, AES key of 0x11 and HMAC key of 0x22, as FORMAT.md section 2 lays it out. */
#define PREAMBLE	"\0GITCRYPTKEY\0\0\0\2"
#define END		"\0\0\0\0"
#define VERSION(v)	"\0\0\0\1\0\0\0\4\0\0\0" v
#define TIMES_8(s)	s s s s s s s s
#define AES(c)		"\0\0\0\3\0\0\0\x20" TIMES_8(c c c c)
#define HMAC(c)		"\0\0\0\5\0\0\0\x40" TIMES_8(c c c c c c c c)
#define ENTRY(v)	VERSION(v) AES("\x11") HMAC("\x22") END

static const struct {
	const char	*claim;
	struct slice	 bytes;
	int		 kind;		/* 0: it loads */
} cases[] = {
	{ "a default key loads", { (const uint8_t *)PREAMBLE END ENTRY("\0"), 148 }, 0 },
#define CASE(claim, bytes, kind)	{ claim, { (const uint8_t *)(bytes), sizeof(bytes) - 1 }, kind }
	CASE("a named key loads", PREAMBLE "\0\0\0\1\0\0\0\3foo" END ENTRY("\0"), 0),
	CASE("several versions load", PREAMBLE END ENTRY("\0") ENTRY("\2") ENTRY("\1"), 0),
	CASE("an unknown optional field is skipped", PREAMBLE "\0\0\0\2\0\0\0\1x" END ENTRY("\0"), 0),
	CASE("an unknown optional field of an entry is skipped", PREAMBLE END "\0\0\0\4\0\0\0\0" ENTRY("\0"), 0),
	CASE("the field for empty files loads", PREAMBLE "\0\0\0\3\0\0\0\0" END ENTRY("\0"), 0),
	CASE("an unknown critical field is incompatible", PREAMBLE "\0\0\0\7\0\0\0\0" END ENTRY("\0"), ERR_UNSUPPORTED),
	CASE("another format version is incompatible", "\0GITCRYPTKEY\0\0\0\3" END ENTRY("\0"), ERR_UNSUPPORTED),
	CASE("other bytes are no key file", "-----BEGIN", ERR_SYNTAX),
	CASE("an empty file is no key file", "", ERR_SYNTAX),
	CASE("no entries are refused", PREAMBLE END, ERR_SYNTAX),
	CASE("a stray byte at the end is refused", PREAMBLE END ENTRY("\0") "x", ERR_SYNTAX),
	CASE("an entry without its AES key is refused", PREAMBLE END VERSION("\0") HMAC("\x22") END, ERR_SYNTAX),
	CASE("an entry without its HMAC key is refused", PREAMBLE END VERSION("\0") AES("\x11") END, ERR_SYNTAX),
	CASE("an entry without a version is refused", PREAMBLE END AES("\x11") HMAC("\x22") END, ERR_SYNTAX),
	CASE("an AES key of zeros is refused", PREAMBLE END VERSION("\0") AES("\0") HMAC("\x22") END, ERR_SYNTAX),
	CASE("an HMAC key of zeros is refused", PREAMBLE END VERSION("\0") AES("\x11") HMAC("\0") END, ERR_SYNTAX),
	CASE("a short version field is refused", PREAMBLE END "\0\0\0\1\0\0\0\1\0" AES("\x11") HMAC("\x22") END, ERR_SYNTAX),
	CASE("a field longer than the file is refused", PREAMBLE "\0\0\0\2\0\xff\0\0x" END ENTRY("\0"), ERR_SYNTAX),
	CASE("an empty name is refused", PREAMBLE "\0\0\0\1\0\0\0\0" END ENTRY("\0"), ERR_SYNTAX),
	CASE("a name with a slash is refused", PREAMBLE "\0\0\0\1\0\0\0\3a/b" END ENTRY("\0"), ERR_SYNTAX),
	CASE("the name 'default' is refused", PREAMBLE "\0\0\0\1\0\0\0\7" "default" END ENTRY("\0"), ERR_SYNTAX),
};

static void
truncated(struct slice whole)
{
	size_t accepted = 0;

	for (size_t len = 0; len < whole.len; len++) {
		CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
		struct error				 err = ERROR_INIT;

		accepted += keyfile_parse(slice_sub(whole, 0, len), &key, &err) == 0;
	}
	is_int(accepted, 0, "no shorter part of it loads");
}

int
main(void)
{
	struct slice whole = cases[0].bytes;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
		struct error				 err = ERROR_INIT;

		is_int(keyfile_parse(cases[i].bytes, &key, &err), cases[i].kind, cases[i].claim);
	}
	truncated(whole);

	{
		CLEANUP(keyfile_freep) struct keyfile	*key = NULL, *again = NULL;
		CLEANUP(buf_release) struct buf		 out = BUF_SECRET(10000);
		struct error				 err = ERROR_INIT;

		is_int(keyfile_parse(whole, &key, &err), 0, "the first case loads again");
		is_int(keyfile_write(key, &out, &err), 0, "and is written");
		is_slice(buf_slice(&out), whole, "with the same bytes");
		is_int(key->entries[0].aes[31], 0x11, "its AES key is the one in the file");
		is_int(key->entries[0].hmac[63], 0x22, "and so is its HMAC key");
		keyfile_free(TAKE(key));
		is_int(keyfile_parse(cases[2].bytes, &key, &err), 0, "three versions load");
		is_int(key->count, 3, "as three");
		is_int(key->entries[0].version, 2, "the highest first");
		ok(keyfile_version(key, 0) != NULL && keyfile_version(key, 7) == NULL, "a version is found by its number");
		keyfile_free(TAKE(key));
		is_int(keyfile_generate("staging", &key, &err), 0, "a named key is made");
		buf_reset(&out);
		is_int(keyfile_write(key, &out, &err), 0, "it is written");
		is_int(out.len, 148 + 8 + 7, "in 148 bytes, a field header and its name");
		is_int(keyfile_parse(buf_slice(&out), &again, &err), 0, "it loads");
		ok(keyfile_same(key, again), "as the same key");
		keyfile_free(TAKE(again));
		is_int(keyfile_generate("staging", &again, &err), 0, "another one is made");
		ok(!keyfile_same(key, again), "which is another key");
		keyfile_free(TAKE(again));
		is_int(keyfile_generate("../x", &again, &err), ERR_SYNTAX, "a name that is a path is refused");
	}
	{
		static const uint8_t			 legacy[96] = { 1, [32] = 2 };
		CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
		struct error				 err = ERROR_INIT;

		is_int(keyfile_parse_legacy(slice_of(legacy, 96), &key, &err), 0, "96 bytes are a legacy key");
		ok(key != NULL && key->entries[0].aes[0] == 1 && key->entries[0].hmac[0] == 2, "AES key first");
		keyfile_free(TAKE(key));
		is_int(keyfile_parse_legacy(slice_of(legacy, 95), &key, &err), ERR_SYNTAX, "95 are not");
	}
	return done_testing();
}
