#include "yamlmerge/scalar.h"

#include <math.h>

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/number.h"

/*
 * What sops 3.13.2 and helm 3.22.0 answered for a plain scalar.  The type first: ~ null, t or f, i integer, u
 * unsigned, d double, s string (the text itself when nothing follows), w time, < merge.
 */
static const struct {
	const char *text, *sops, *helm;
} plain[] = {
	{ "", "~", "~" }, { "~", "~", "~" }, { "null", "~", "~" }, { "Null", "~", "~" }, { "NULL", "~", "~" }, { "nUll", "s", "s" },
	{ "true", "t", "t" }, { "True", "t", "t" }, { "TRUE", "t", "t" }, { "tRUE", "s", "s" }, { "false", "f", "f" },
	{ "False", "f", "f" }, { "FALSE", "f", "f" }, { "yes", "s", "t" }, { "Yes", "s", "t" }, { "YES", "s", "t" }, { "yEs", "s", "s" },
	{ "on", "s", "t" }, { "On", "s", "t" }, { "ON", "s", "t" }, { "oN", "s", "s" }, { "y", "s", "t" }, { "Y", "s", "t" },
	{ "no", "s", "f" }, { "No", "s", "f" }, { "NO", "s", "f" }, { "off", "s", "f" }, { "Off", "s", "f" }, { "OFF", "s", "f" },
	{ "n", "s", "f" }, { "N", "s", "f" }, { "nope", "s", "s" }, { "yesterday", "s", "s" }, { "t", "s", "s" },
	{ "0", "i0", "i0" }, { "-0", "i0", "i0" }, { "+0", "i0", "i0" }, { "12", "i12", "i12" }, { "+12", "i12", "i12" },
	{ "0777", "i511", "i511" }, { "0o777", "i511", "i511" }, { "0O7", "i7", "i7" }, { "-017", "i-15", "i-15" },
	{ "0_17", "i15", "i15" }, { "0_", "i0", "i0" }, { "00", "i0", "i0" }, { "08", "d8", "d8" }, { "0888", "d888", "d888" },
	{ "09.5", "d9.5", "d9.5" }, { "-08.5", "d-8.5", "d-8.5" }, { "0o8", "s", "s" }, { "0x", "s", "s" }, { "0b", "s", "s" }, { "0o", "s", "s" },
	{ "0x1F", "i31", "i31" }, { "-0x1f", "i-31", "i-31" }, { "+0X1f", "i31", "i31" }, { "0x_1", "i1", "i1" }, { "0__x1", "i1", "i1" },
	{ "0xG", "s", "s" }, { "0b101", "i5", "i5" }, { "-0b101", "i-5", "i-5" }, { "0B11", "i3", "i3" }, { "0b12", "s", "s" },
	{ "0b-1", "i-1", "i-1" }, { "0b+1", "i1", "i1" }, { "-0b-1", "s", "s" }, { "0o-7", "i-7", "s" }, { "0x-1", "s", "s" },
	{ "1_000", "i1000", "i1000" }, { "1_", "i1", "i1" }, { "1__0", "i10", "i10" }, { "_1", "s", "s" }, { "+_1", "i1", "i1" }, { "-_", "s", "s" },
	{ "9223372036854775807", "i9223372036854775807", "i9223372036854775807" },
	{ "-9223372036854775808", "i-9223372036854775808", "i-9223372036854775808" },
	{ "-0x8000000000000000", "i-9223372036854775808", "i-9223372036854775808" }, { "-0x8000000000000001", "s", "s" },
	{ "9223372036854775808", "u9223372036854775808", "u9223372036854775808" },
	{ "0xffffffffffffffff", "u18446744073709551615", "u18446744073709551615" },
	{ "01777777777777777777777", "u18446744073709551615", "u18446744073709551615" },
	{ "+18446744073709551615", "d18446744073709551615", "d18446744073709551615" }, { "+0xffffffffffffffff", "s", "s" },
	{ "18446744073709551616", "d18446744073709551616", "d18446744073709551616" }, { "0xFFFFFFFFFFFFFFFFF", "s", "s" },
	{ "-18446744073709551615", "d-18446744073709551615", "d-18446744073709551615" },
	{ "1e3", "d1000", "d1000" }, { "1E3", "d1000", "d1000" }, { "1.e3", "d1000", "d1000" }, { "1.", "d1", "d1" }, { "5e1_0", "d5e10", "d5e10" },
	{ ".5", "d0.5", "d0.5" }, { "+.5", "d0.5", "d0.5" }, { ".5e3", "d500", "d500" }, { ".5_0", "d0.5", "d0.5" }, { ".5_", "s", "s" },
	{ ".5__0", "s", "s" }, { "._5", "s", "s" }, { ".1e1_0", "d1e9", "d1e9" }, { "+.5_0", "d0.5", "d0.5" }, { "1_._5", "d1.5", "d1.5" },
	{ ".1e400", "s", "s" }, { "1e400", "s", "s" }, { "123e456789", "s", "s" }, { "1e-400", "d0", "d0" }, { "1e5_", "d1e5", "d1e5" },
	{ "-0.0", "d-0.0", "d-0.0" }, { "-.0", "d-0.0", "d-0.0" }, { "1e", "s", "s" }, { "1.5.3", "s", "s" }, { "0x1p1", "s", "s" }, { "1.8p1", "s", "s" },
	{ ".", "s", "s" }, { "..", "s", "s" }, { ".e3", "s", "s" }, { "-", "s", "s" }, { "+", "s", "s" }, { "+a", "s", "s" }, { "1,000", "s", "s" },
	{ "100Mi", "s", "s" }, { "34f4eb103e6a", "s", "s" }, { "12:30:45", "s", "s" }, { "1:30", "s", "s" }, { "1 000", "s", "s" },
	{ ".inf", "dinf", "dinf" }, { "+.Inf", "dinf", "dinf" }, { "-.INF", "d-inf", "d-inf" }, { ".iNF", "s", "s" }, { "inf", "s", "s" },
	{ ".nan", "dnan", "dnan" }, { ".NaN", "dnan", "dnan" }, { "+.nan", "s", "s" }, { "NaN", "s", "s" },
	{ "<<", "<", "<" }, { "=", "s", "s" }, { "<", "s", "s" }, { "\xd9\xa1", "s", "s" },
	{ "2001-01-01", "w2001-01-01T00:00:00Z", "s" }, { "2001-1-1", "w2001-01-01T00:00:00Z", "s" }, { "20-01-01", "s", "s" },
	{ "2001-12-14t21:59:43.10-05:00", "w2001-12-14T21:59:43.1-05:00", "s" }, { "2001-01-01T1:2:3Z", "w2001-01-01T01:02:03Z", "s" },
	{ "2001-01-01T1:2:3z", "s", "s" }, { "2001-01-01T1:2:3.123456789123Z", "w2001-01-01T01:02:03.123456789Z", "s" },
	{ "2001-01-01T1:2:3,5Z", "w2001-01-01T01:02:03.5Z", "s" }, { "2001-01-01T1:2:3.Z", "s", "s" }, { "2001-01-01T1:2:3+25:00", "s", "s" },
	{ "2001-01-01T1:2:3-00:00", "w2001-01-01T01:02:03Z", "s" }, { "2001-01-01T1:2:3+5:00", "s", "s" }, { "2001-01-01T1:2:3-0530", "s", "s" },
	{ "2001-01-01T1:2:3+05:30", "w2001-01-01T01:02:03+05:30", "s" },
	{ "2001-01-01 1:2:3", "w2001-01-01T01:02:03Z", "s" }, { "2001-01-01  1:2:3.50", "w2001-01-01T01:02:03.5Z", "s" },
	{ "2001-01-01 1:2:3 Z", "s", "s" }, { "2001-01-01T1:2:3", "s", "s" }, { "2001-02-29", "s", "s" }, { "2000-02-29", "w2000-02-29T00:00:00Z", "s" },
	{ "1900-02-29", "s", "s" }, { "0000-01-01", "w0000-01-01T00:00:00Z", "s" }, { "2001-13-01", "s", "s" }, { "2001-00-01", "s", "s" },
	{ "2001-01-00", "s", "s" }, { "2001-1-1T24:00:00Z", "s", "s" }, { "2001-01-01T00:00:60Z", "s", "s" }, { "2001-01-01T00:00Z", "s", "s" },
	{ "2001-001-01", "s", "s" }, { "12345-01-01", "s", "s" }, { "2001-01-1x", "s", "s" }, { "2001-01-01 ", "s", "s" }, { "2001-01-01T", "s", "s" },
};

/* A tag (after "tag:yaml.org,2002:" unless it begins with "!") on a text, plain or quoted; "!" is refused. */
static const struct {
	const char	*tag, *text;
	bool		 quoted;
	const char	*sops, *helm;
} tagged[] = {
	{ "!foo", "12", false, "s", "s" }, { "!foo", "yes", false, "s", "s" }, { "python/x", "1", false, "s", "s" },
	{ "!", "12", false, "i12", "s" }, { "!", "yes", true, "s", "s" },
	{ "float", "3", false, "d3", "d3" }, { "float", "0x10", false, "d16", "d16" }, { "float", "1e3", true, "d1000", "d1000" },
	{ "float", "yes", false, "!", "!" }, { "float", ".inf", false, "dinf", "dinf" }, { "float", "9223372036854775808", false, "!", "!" },
	{ "int", "3.0", false, "!", "!" }, { "int", "1_000", true, "i1000", "i1000" }, { "int", "", false, "!", "!" }, { "int", "1e3", false, "!", "!" },
	{ "int", "9223372036854775808", false, "u9223372036854775808", "u9223372036854775808" },
	{ "null", "", true, "~", "~" }, { "null", "~", false, "~", "~" }, { "null", "x", false, "!", "!" },
	{ "bool", "yes", true, "!", "t" }, { "bool", "true", true, "t", "t" }, { "bool", "1", false, "!", "!" },
	{ "str", "yes", false, "s", "s" }, { "str", "", false, "s", "s" }, { "str", "12", false, "s", "s" },
	{ "timestamp", "2001-01-01", true, "w2001-01-01T00:00:00Z", "s" }, { "timestamp", "x", false, "!", "!" },
	{ "timestamp", "2001-01-01x", true, "!", "!" },
	{ "merge", "<<", false, "<", "<" }, { "merge", "x", false, "s", "s" },
	{ "binary", "aGVsbG8=", false, "shello", "shello" }, { "binary", "aGVs\nbG8=\n", true, "shello", "shello" },
	{ "binary", "aGVsbG9=", false, "shello", "shello" }, { "binary", "aGVs bG8=", true, "!", "!" }, { "binary", "aGVsbG8", false, "!", "!" },
	{ "binary", "gGEggA==", false, "s\x80" "a \x80", "s\xef\xbf\xbd" "a \xef\xbf\xbd" },
	{ "map", "x", false, "s", "s" }, { "value", "=", false, "s", "s" },
};

static bool
answers(const struct scalar *got, const char *want, struct slice text)
{
	struct slice	rest = slice_str(want + 1);
	double		real;

	switch (want[0]) {
	case '~': return got->type == SCALAR_NULL;
	case 't': return got->type == SCALAR_BOOL && got->boolean;
	case 'f': return got->type == SCALAR_BOOL && !got->boolean;
	case 'i': return got->type == SCALAR_INT && got->integer == strtoll(want + 1, NULL, 10);
	case 'u': return got->type == SCALAR_UINT && got->unsigned_integer == strtoull(want + 1, NULL, 10);
	case 'd':
		real = strtod(want + 1, NULL);
		return got->type == SCALAR_FLOAT && (isnan(real) ? isnan(got->real) : memcmp(&real, &got->real, sizeof(real)) == 0);
	case 's': return got->type == SCALAR_STRING && slice_eq(got->text, rest.len > 0 ? rest : text);
	case 'w': return got->type == SCALAR_TIME && slice_eq(got->text, rest);
	case '<': return got->type == SCALAR_MERGE && slice_eq(got->text, SLICE("<<"));
	default: return false;
	}
}

static void
test_plain(void)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(MIB);
	const struct scalar_table		*tables[] = { &scalar_table_sops, &scalar_table_helm };
	struct error				err = ERROR_INIT;
	struct scalar				got;

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		struct slice	text = slice_str(plain[i].text);
		const char	*want[] = { plain[i].sops, plain[i].helm };

		for (int t = 0; t < 2; t++) {
			ok(scalar_resolve_plain(text, tables[t], &store, &got, &err) == 0 && answers(&got, want[t], text),
			    "'%s' is %s to %s", plain[i].text, want[t], t == 0 ? "sops" : "Helm");
			ok(scalar_plain_is_string(text, tables[t]) == (want[t][0] == 's'), "and%s safe as a plain string",
			    want[t][0] == 's' ? "" : " not");
		}
	}
}

static void
test_tagged(void)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(MIB);
	const struct scalar_table		*tables[] = { &scalar_table_sops, &scalar_table_helm };
	struct error				err;
	struct scalar				got;
	char					tag[64];

	for (size_t i = 0; i < sizeof(tagged) / sizeof(*tagged); i++) {
		struct node_properties	properties = { .tag = SLICE_NONE };
		struct node		node = { .kind = NODE_SCALAR, .text = slice_str(tagged[i].text), .line = 3, .column = 7 };
		const char		*want[] = { tagged[i].sops, tagged[i].helm };

		(void)snprintf(tag, sizeof(tag), "%s%s", tagged[i].tag[0] == '!' ? "" : "tag:yaml.org,2002:", tagged[i].tag);
		properties.tag = slice_str(tag);
		node.properties = &properties;
		node.style = tagged[i].quoted ? STYLE_DOUBLE : STYLE_PLAIN;
		for (int t = 0; t < 2; t++) {
			err_reset(&err);
			if (scalar_resolve(&node, tables[t], &store, &got, &err) == 0)
				ok(answers(&got, want[t], node.text), "'%s' in row %zu is %c to %s", tagged[i].tag, i, want[t][0],
				    t == 0 ? "sops" : "Helm");
			else
				ok(want[t][0] == '!' && err.kind == ERR_SYNTAX && err.line == 3 && err.column == 7,
				    "'%s' in row %zu is refused, and where", tagged[i].tag, i);
		}
	}
}

static void
test_quoted_json_long(void)
{
	static char				underscores[200000];
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(MIB), none = ARENA_SECRET(1);
	struct error				err = ERROR_INIT;
	struct scalar				got;
	struct node				node = { .kind = NODE_SCALAR, .text = SLICE("12") };
	struct node				alias = { .kind = NODE_ALIAS, .target = &node };

	for (int style = STYLE_SINGLE; style <= STYLE_FOLDED; style++) {
		node.style = (enum node_style)style;
		ok(scalar_resolve(&node, &scalar_table_helm, &store, &got, &err) == 0 && got.type == SCALAR_STRING,
		    "a quoted or block 12 is a string");
	}
	node.style = STYLE_PLAIN;
	ok(scalar_resolve(&alias, &scalar_table_sops, &store, &got, &err) == 0 && got.type == SCALAR_INT && got.integer == 12,
	    "an alias has the value of its target");

	node.style = STYLE_DOUBLE;
	ok(scalar_resolve(&node, &scalar_table_json, &store, &got, &err) == 0 && got.type == SCALAR_STRING, "a JSON string is one");
	ok(scalar_resolve_plain(SLICE("9223372036854775807"), &scalar_table_json, &store, &got, &err) == 0 && got.type == SCALAR_INT,
	    "a JSON integer of 64 bits is an integer");
	ok(scalar_resolve_plain(SLICE("9223372036854775808"), &scalar_table_json, &store, &got, &err) == 0 &&
	    got.type == SCALAR_FLOAT && got.real == 9223372036854775808.0, "a larger one a double");
	ok(scalar_resolve_plain(SLICE("-0"), &scalar_table_json, &store, &got, &err) == 0 && got.type == SCALAR_INT && got.integer == 0,
	    "-0 is the integer 0");
	ok(scalar_resolve_plain(SLICE("1.0"), &scalar_table_json, &store, &got, &err) == 0 && got.type == SCALAR_FLOAT, "1.0 a double");
	ok(scalar_resolve_plain(SLICE("null"), &scalar_table_json, &store, &got, &err) == 0 && got.type == SCALAR_NULL, "null is null");

	memset(underscores, '_', sizeof(underscores));
	underscores[0] = '1';
	ok(scalar_resolve_plain(slice_of(underscores, sizeof(underscores)), &scalar_table_helm, &store, &got, &err) == 0 &&
	    got.type == SCALAR_INT && got.integer == 1, "two hundred thousand underscores are dropped");
	is_int(scalar_resolve_plain(SLICE("2001-01-01"), &scalar_table_sops, &none, &got, &err), ERR_LIMIT,
	    "a full store is reported");
}

int
main(void)
{
	test_plain();
	test_tagged();
	test_quoted_json_long();
	return done_testing();
}
