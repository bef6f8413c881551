#include "kms/json.h"

#include "base/limits.h"
#include "tests/tap.h"

static int
parse_kind(const char *text)
{
	CLEANUP(json_freep) struct json *root = NULL;
	struct error err = ERROR_INIT;

	return json_parse(slice_str(text), &root, &err);
}

static void
test_reading(void)
{
	CLEANUP(json_freep) struct json *root = NULL;
	struct error		 err = ERROR_INIT;
	const struct json	*value;
	struct slice		 text, name;
	void			*cursor = NULL;
	int64_t			 number;
	bool			 flag;

	if (!succeeds(json_parse(SLICE("{\"a\":\"x\\u00e9\",\"n\":-5,\"t\":true,\"l\":[1,{\"k\":\"v\"}],\"o\":{}}"), &root, &err),
	    err, "an object is read"))
		return;
	ok(json_text(json_find(root, "a"), &text) && slice_eq(text, SLICE("x\xc3\xa9")), "a string, its escapes decoded");
	ok(json_int(json_find(root, "n"), &number) && number == -5, "an integer");
	ok(json_bool(json_find(root, "t"), &flag) && flag, "a boolean");
	ok(json_text(json_find(json_at(json_find(root, "l"), 1), "k"), &text) && slice_eq(text, SLICE("v")),
	    "look-ups chain");
	ok(json_find(json_find(json_find(root, "x"), "y"), "z") == NULL, "through what is not there too");
	ok(!json_text(json_find(root, "n"), &text) && !json_int(json_find(root, "a"), &number), "types are not converted");
	is_int(json_count(root), 5, "members are counted");
	is_int(json_count(json_find(root, "l")), 2, "elements are counted");
	is_int(json_need_text(root, "n", &text, &err), ERR_SYNTAX, "a needed string of another type is an error");
	ok(json_next(root, &cursor, &name, &value) && slice_eq(name, SLICE("a")) &&
	    json_next(root, &cursor, &name, &value) && slice_eq(name, SLICE("n")), "members come in order");
}

static void
test_refusing(void)
{
	CLEANUP(buf_release) struct buf big = BUF(2 * LIMIT_REPLY);
	struct error	 err = ERROR_INIT;
	struct json	*root = NULL;

	is_int(parse_kind("{\"a\":1,\"a\":2}"), ERR_SYNTAX, "a duplicate name is refused");
	is_int(parse_kind("{\"a\":1}x"), ERR_SYNTAX, "bytes behind the value are refused");
	is_int(parse_kind("\"text\""), ERR_SYNTAX, "a bare scalar is refused");
	is_int(parse_kind("{\"a\":\"\\u0000\"}"), ERR_SYNTAX, "a NUL in a string is refused");
	is_int(parse_kind("{\"a\":\"\xff\"}"), ERR_SYNTAX, "bad UTF-8 is refused");
	is_int(parse_kind(""), ERR_SYNTAX, "nothing is refused");
	if (buf_repeat(&big, '[', 100000, &err) != 0)
		bail_out("out of memory");
	is_int(json_parse(buf_slice(&big), &root, &err), ERR_SYNTAX, "deep nesting is refused");
	err_reset(&err);
	if (buf_repeat(&big, ' ', LIMIT_REPLY, &err) != 0)
		bail_out("out of memory");
	is_int(json_parse(buf_slice(&big), &root, &err), ERR_LIMIT, "a text above the limit is refused");
}

static void
test_message_is_silent(void)
{
	CLEANUP(json_freep) struct json *root = NULL;
	struct error err = ERROR_INIT;

	(void)!json_parse(SLICE("{\"Plaintext\":\"hunter2\" oops"), &root, &err);
	ok(strstr(err.text, "hunter2") == NULL && strstr(err.text, "line 1") != NULL,
	    "a message says where, and quotes nothing of the text");
}

static void
test_writing(void)
{
	CLEANUP(buf_release) struct buf out = BUF(4096);
	struct error err = ERROR_INIT;

	ok(json_put_open(&out, NULL, '{', &err) == 0 && json_put_text(&out, "a", SLICE("q\"\\\n\x01\xc3\xa9"), &err) == 0 &&
	    json_put_int(&out, "n", -7, &err) == 0 && json_put_bool(&out, "b", false, &err) == 0 &&
	    json_put_open(&out, "l", '[', &err) == 0 && json_put_text(&out, NULL, SLICE(""), &err) == 0 &&
	    json_put_base64(&out, NULL, SLICE("\x00\xff"), &err) == 0 && buf_byte(&out, ']', &err) == 0 &&
	    json_put_pair(&out, SLICE("k\""), SLICE("v"), &err) == 0 && buf_byte(&out, '}', &err) == 0, "everything is written");
	is_slice(buf_slice(&out), SLICE("{\"a\":\"q\\\"\\\\\\u000a\\u0001\xc3\xa9\",\"n\":-7,\"b\":false,\"l\":[\"\",\"AP8=\"],"
	    "\"k\\\"\":\"v\"}"), "with commas and escapes where they belong");
	is_int(json_put_text(&out, "x", SLICE("\xed\xa0\x80"), &err), ERR_SYNTAX, "a surrogate in UTF-8 cannot be written");
	err_reset(&err);
	is_int(json_put_text(&out, "x", SLICE("\xc0\x80"), &err), ERR_SYNTAX, "nor an overlong form");
	err_reset(&err);
	is_int(json_put_text(&out, "x", SLICE("a\xf0\x9f"), &err), ERR_SYNTAX, "nor a cut sequence");
	ok(slice_ends(buf_slice(&out), SLICE("}")), "a refused member leaves nothing behind");
}

int
main(void)
{
	test_reading();
	test_refusing();
	test_message_is_silent();
	test_writing();
	return done_testing();
}
