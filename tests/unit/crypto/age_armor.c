#include "crypto/age_armor.h"
#include "tests/tap.h"

#define BEGIN	"-----BEGIN AGE ENCRYPTED FILE-----\n"
#define END	"-----END AGE ENCRYPTED FILE-----"
#define FULL	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"	/* 48 times 'A' */

static const struct {
	const char	*text, *what;
	bool		 good;
} cases[] = {
	{ BEGIN "QQ==\n" END "\n", "one short line", true },
	{ BEGIN "QQ==\n" END, "no line break at the end", true },
	{ " \r\n\t\n" BEGIN "QQ==\n" END "\n\n \t\r\n", "blanks around", true },
	{ "-----BEGIN AGE ENCRYPTED FILE-----\r\nQQ==\r\n" END "\r\n", "CRLF", true },
	{ BEGIN FULL "\n" END "\n", "one full line", true },
	{ BEGIN FULL "\nQQ==\n" END "\n", "a full and a short line", true },
	{ BEGIN END "\n", "no line at all", true },
	{ "", "nothing", false },
	{ BEGIN, "BEGIN alone", false },
	{ "-----BEGIN AGE ENCRYPTED FILE-----", "BEGIN without a line break", false },
	{ BEGIN "QQ==\n", "no END", false },
	{ BEGIN "QQ==\n-----END AGE ENCRYPTED FILE----", "a cut END", false },
	{ BEGIN "QQ==\n" END " x", "text behind END", false },
	{ BEGIN "QQ==\n" END "\n" BEGIN "QQ==\n" END "\n", "two armors", false },
	{ "x\n" BEGIN "QQ==\n" END "\n", "text before BEGIN", false },
	{ BEGIN "\nQQ==\n" END "\n", "an empty line first", false },
	{ BEGIN "QQ==\n\n" END "\n", "an empty line last", false },
	{ BEGIN "QQ==\nQQ==\n" END "\n", "two short lines", false },
	{ BEGIN "QQ== \n" END "\n", "a blank behind a line", false },
	{ BEGIN " QQ==\n" END "\n", "a blank before a line", false },
	{ BEGIN "QQ\n" END "\n", "missing padding", false },
	{ BEGIN "QR==\n" END "\n", "stray bits", false },
	{ BEGIN "Q_==\n" END "\n", "the URL alphabet", false },
	{ BEGIN FULL "QQ==\n" END "\n", "a line of 68 columns", false },
	{ BEGIN "QQ==\r\r\n" END "\n", "two CR", false },
	{ "-----BEGIN AGE ENCRYPTED FILE----- \nQQ==\n" END "\n", "a blank behind BEGIN", false },
	{ BEGIN "QQ==\n " END "\n", "a blank before END", false },
	{ "-----BEGIN PGP MESSAGE-----\nQQ==\n" END "\n", "another BEGIN", false },
};

int
main(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(10000), text = BUF(10000), bytes = BUF(1000);
	struct error			err = ERROR_INIT;

	if (buf_str(&out, "kept", &err) != 0)
		bail_out("out of memory");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t	before = out.len;
		int	rc = age_armor_decode(slice_str(cases[i].text), &out, &err);

		ok(rc == (cases[i].good ? 0 : ERR_SYNTAX), "%s: %s", cases[i].what, cases[i].good ? "accepted" : "refused");
		if (!cases[i].good)
			is_int(out.len, before, "and nothing is added");
		err_reset(&err);
	}
	for (size_t len = 0; len < 200; len++) {
		buf_reset(&out);
		buf_reset(&text);
		if (age_armor_encode(buf_slice(&bytes), &text, &err) != 0 || age_armor_decode(buf_slice(&text), &out, &err) != 0 ||
		    !slice_eq(buf_slice(&out), buf_slice(&bytes)) || text.data[text.len - 1] != '\n')
			ok(false, "%zu bytes come back", len);
		if (buf_byte(&bytes, (uint8_t)(len * 7), &err) != 0)
			bail_out("out of memory");
	}
	buf_reset(&text);
	succeeds(buf_repeat(&text, ' ', AGE_ARMOR_BLANKS, &err), err, "with as many blanks as are allowed");
	succeeds(buf_str(&text, BEGIN "QQ==\n" END, &err), err, "in front");
	succeeds(buf_repeat(&text, '\n', AGE_ARMOR_BLANKS + 1, &err), err, "and behind (the line break of END and all blanks)");
	succeeds(age_armor_decode(buf_slice(&text), &out, &err), err, "armor is accepted");
	ok(age_armor_recognised(buf_slice(&text)), "and recognised");
	is_int(age_armor_decode(slice_sub(buf_slice(&text), 0, 1), &out, &err), ERR_SYNTAX, "a blank alone is not");
	err_reset(&err);
	succeeds(buf_byte(&text, ' ', &err), err, "with one blank more");
	is_int(age_armor_decode(buf_slice(&text), &out, &err), ERR_SYNTAX, "it is refused");
	return done_testing();
}
