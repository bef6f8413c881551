#include "crypto/age_header.h"

#include "base/limits.h"
#include "tests/tap.h"

#define MAC	"--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define FULL	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"	/* 48 times 'A' */

static const struct {
	const char	*text, *what;
	int		 kind;
	size_t		 stanzas;
} cases[] = {
	{ AGE_INTRO MAC, "no stanza at all", 0, 0 },
	{ AGE_INTRO "-> X\n\n" MAC "payload", "a stanza without arguments and body", 0, 1 },
	{ AGE_INTRO "-> X a b c d e f\nQQ\n-> Y !~\n" FULL "\n\n" MAC, "many arguments, a full line", 0, 2 },
	{ "", "nothing", ERR_SYNTAX, 0 },
	{ "age-encryption.org/v2\n" MAC, "another version", ERR_SYNTAX, 0 },
	{ AGE_INTRO, "no MAC", ERR_SYNTAX, 0 },
	{ AGE_INTRO "-> X\n\n---", "no line break behind the MAC", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> \n\n" MAC, "a stanza without a type", ERR_SYNTAX, 1 },
	{ AGE_INTRO "->\n\n" MAC, "a stanza without a blank", ERR_SYNTAX, 0 },
	{ AGE_INTRO "-> X  a\n\n" MAC, "two blanks", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X a \n\n" MAC, "a blank at the end", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\xc3\xa9\n\n" MAC, "a character above ASCII", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\r\n\n" MAC, "a CR", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\nQQ==\n" MAC, "padding", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\nQR\n" MAC, "stray bits", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\n" FULL "\n" MAC, "a full line without a short one behind it", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\n" FULL "Q\n\n" MAC, "a line of 65 columns", ERR_SYNTAX, 1 },
	{ AGE_INTRO "-> X\nQQ\nQQ\n" MAC, "two short lines", ERR_SYNTAX, 1 },
	{ AGE_INTRO "\n" MAC, "an empty line", ERR_SYNTAX, 0 },
	{ AGE_INTRO "--- AAAA\n", "a short MAC", ERR_SYNTAX, 0 },
	{ AGE_INTRO "----AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "no blank before the MAC", ERR_SYNTAX, 0 },
};

static void
check_limits(void)
{
	CLEANUP(buf_release) struct buf			text = BUF(2 * MIB);
	struct error					err = ERROR_INIT;

	for (int extra = 0; extra < 2; extra++) {
		CLEANUP(age_header_release) struct age_header header = AGE_HEADER;

		buf_reset(&text);
		if (buf_str(&text, AGE_INTRO, &err) != 0)
			bail_out("out of memory");
		for (int i = 0; i < LIMIT_AGE_STANZAS + extra; i++)
			if (buf_str(&text, "-> X\n\n", &err) != 0)
				bail_out("out of memory");
		if (buf_str(&text, MAC, &err) != 0)
			bail_out("out of memory");
		is_int(age_header_parse(buf_slice(&text), &header, &err), extra ? ERR_LIMIT : 0,
		    extra ? "one stanza more is refused" : "as many stanzas as are allowed are read");
		err_reset(&err);
	}
	for (int extra = 0; extra < 2; extra++) {
		CLEANUP(age_header_release) struct age_header header = AGE_HEADER;

		/* One long argument fills the header up to its limit; the payload goes on behind it. */
		buf_reset(&text);
		if (buf_str(&text, AGE_INTRO "-> ", &err) != 0 ||
		    buf_repeat(&text, 'x', LIMIT_AGE_HEADER - text.len - 2 - (sizeof(MAC) - 1) + (size_t)extra, &err) != 0 ||
		    buf_str(&text, "\n\n" MAC, &err) != 0 || buf_repeat(&text, 'y', 1000, &err) != 0)
			bail_out("out of memory");
		is_int(age_header_parse(buf_slice(&text), &header, &err), extra ? ERR_LIMIT : 0,
		    extra ? "one byte more is refused" : "the longest header is read");
		err_reset(&err);
	}
}

static void
check_print(void)
{
	CLEANUP(buf_release) struct buf	text = BUF(MIB), body = BUF(MIB);
	struct error			err = ERROR_INIT;

	for (size_t len = 0; len <= 150; len++) {
		CLEANUP(age_header_release) struct age_header header = AGE_HEADER;

		buf_reset(&text);
		if (buf_str(&text, AGE_INTRO, &err) != 0 || age_stanza_print(SLICE("T a"), buf_slice(&body), &text, &err) != 0 ||
		    buf_str(&text, MAC, &err) != 0 || age_header_parse(buf_slice(&text), &header, &err) != 0 ||
		    !slice_eq(header.stanza[0].body, buf_slice(&body)) || header.stanza[0].arguments != 2)
			ok(false, "a printed stanza with a body of %zu bytes is read", len);
		if (buf_byte(&body, (uint8_t)len, &err) != 0)
			bail_out("out of memory");
	}
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(age_header_release) struct age_header	header = AGE_HEADER;
		struct error					err = ERROR_INIT;

		ok(age_header_parse(slice_str(cases[i].text), &header, &err) == cases[i].kind, "%s: %s", cases[i].what,
		    cases[i].kind == 0 ? "read" : "refused");
		is_int(header.stanzas, cases[i].stanzas, "with its stanzas");
		if (i == 1)
			is_slice(header.rest, SLICE("payload"), "and the rest begins behind the MAC");
		if (i == 2) {
			is_int(header.stanza[0].arguments, 7, "all arguments are counted");
			is_slice(header.stanza[0].argument[3], SLICE("c"), "the first four are kept");
			is_slice(header.stanza[0].body, SLICE("A"), "a short body is decoded");
			is_int(header.stanza[1].body.len, 48, "and a full line");
			is_slice(slice_from(header.covered, header.covered.len - 4), SLICE("\n---"), "the MAC covers up to its dashes");
		}
	}
	check_limits();
	check_print();
	return done_testing();
}
