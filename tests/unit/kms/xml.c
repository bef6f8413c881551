#include "kms/xml.h"

#include "base/limits.h"
#include "tests/tap.h"

#define STS	"<?xml version=\"1.0\"?>\n<!-- c --><R xmlns=\"https://x/\"><A b='>' c=\"/\"><Arn>outer</Arn><C >" \
		"<K> a b </K ><T/></C></A>" \
		"<Arn>later</Arn><E>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;<![CDATA[<&>]]>z</E></R>\n"

static void
find(const char *text, size_t len, const char *path, int kind, const char *want, const char *what)
{
	CLEANUP(buf_release) struct buf out = BUF(1000);
	struct error	err = ERROR_INIT;
	int		rc = xml_find(slice_of(text, len), path, &out, &err);

	if (!is_int(rc, kind, what))
		printf("#   %s\n", err.text);
	if (kind == 0)
		is_slice(buf_slice(&out), slice_str(want), "... and holds what is expected");
	else
		is_int(out.len, 0, "... and nothing is given out");
}
#define FIND(text, path, kind, want, what)	find((text), sizeof(text) - 1, (path), (kind), (want), (what))

static void
test_finding(void)
{
	FIND(STS, "C/K", 0, " a b ", "an element is found by the end of its path");
	FIND(STS, "R/Arn", 0, "later", "a path tells elements of one name apart");
	FIND(STS, "Arn", 0, "outer", "the first one counts");
	FIND(STS, "C/T", 0, "", "an empty element is there");
	FIND(STS, "E", 0, "<&>\"'A\xf0\x9f\x98\x80<&>z", "entities, references and CDATA are text");
	FIND(STS, "K/Arn", ERR_NOT_FOUND, NULL, "what is not there is not found");
	FIND(STS, "rn", ERR_NOT_FOUND, NULL, "the end of a name is not a name");
	FIND(STS, "A/C", ERR_SYNTAX, NULL, "an element with elements is no text");
	FIND("\xef\xbb\xbf<a>b</a>", "a", 0, "b", "a byte order mark is passed over");
}

static void
test_refusing(void)
{
	FIND("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "a", ERR_SYNTAX, NULL, "a DOCTYPE is refused");
	FIND("<a>&e;</a>", "a", ERR_SYNTAX, NULL, "an unknown entity is refused");
	FIND("<a>&#0;</a>", "a", ERR_SYNTAX, NULL, "a reference to NUL is refused");
	FIND("<a>&#xD800;</a>", "a", ERR_SYNTAX, NULL, "a reference to a surrogate is refused");
	FIND("<a>&#x110000;</a>", "a", ERR_SYNTAX, NULL, "a reference beyond Unicode is refused");
	FIND("<a>&#99999999999999999999;</a>", "a", ERR_SYNTAX, NULL, "a reference that overflows is refused");
	FIND("<a>& b</a>", "a", ERR_SYNTAX, NULL, "a bare '&' is refused");
	FIND("<a>b</a>&amp;", "a", ERR_SYNTAX, NULL, "text behind the document is refused");
	FIND("<a>b</a><c/>", "a", ERR_SYNTAX, NULL, "a second root is refused");
	FIND("<a><b>c</a></b>", "b", ERR_SYNTAX, NULL, "crossed tags are refused");
	FIND("<a>b</aa>", "a", ERR_SYNTAX, NULL, "an end tag of another name is refused");
	FIND("<a>b", "a", ERR_SYNTAX, NULL, "a document that ends early is refused");
	FIND("<a b='c>d</a>", "a", ERR_SYNTAX, NULL, "an attribute that does not end is refused");
	FIND("<a><![CDATA[b</a>", "a", ERR_SYNTAX, NULL, "CDATA that does not end is refused");
	FIND("<a/b>c</a>", "a", ERR_SYNTAX, NULL, "a slash inside a tag is refused");
	FIND("<a>b\0c</a>", "a", ERR_SYNTAX, NULL, "a NUL byte is refused");
	FIND("</a>", "a", ERR_SYNTAX, NULL, "an end without a beginning is refused");
	FIND("", "a", ERR_SYNTAX, NULL, "nothing is refused");
	FIND("<a>b</a><!-- ", "a", ERR_SYNTAX, NULL, "a comment that does not end is refused, the value not given out");
}

static void
test_truncation(void)
{
	CLEANUP(buf_release) struct buf out = BUF(1000);
	size_t accepted = 0;

	for (size_t n = 0; n + 2 < sizeof(STS); n++) {
		struct error err = ERROR_INIT;

		buf_reset(&out);
		accepted += xml_find(slice_of(STS, n), "C/K", &out, &err) == 0;
	}
	is_int(accepted, 0, "a document cut anywhere is refused");
}

static void
test_limits(void)
{
	CLEANUP(buf_release) struct buf big = BUF(2 * LIMIT_REPLY);
	CLEANUP(buf_release) struct buf out = BUF(1000);
	struct error err = ERROR_INIT;

	for (int i = 0; i < 1000; i++)
		if (buf_str(&big, "<a>", &err) != 0)
			bail_out("out of memory");
	is_int(xml_find(buf_slice(&big), "a/b", &out, &err), ERR_LIMIT, "deep nesting is refused");
	err_reset(&err);
	if (buf_repeat(&big, ' ', LIMIT_REPLY, &err) != 0)
		bail_out("out of memory");
	is_int(xml_find(buf_slice(&big), "a", &out, &err), ERR_LIMIT, "a document above the limit is refused");
}

static void
test_writing(void)
{
	CLEANUP(buf_release) struct buf out = BUF(1000);
	struct error err = ERROR_INIT;

	ok(xml_put_text(&out, SLICE("a<b>&\"'\n"), &err) == 0, "text is written");
	is_slice(buf_slice(&out), SLICE("a&lt;b&gt;&amp;&quot;&apos;\n"), "with its five entities");
	is_int(xml_put_text(&out, SLICE("\x01"), &err), ERR_SYNTAX, "a control character is refused");
}

int
main(void)
{
	test_finding();
	test_refusing();
	test_truncation();
	test_limits();
	test_writing();
	return done_testing();
}
