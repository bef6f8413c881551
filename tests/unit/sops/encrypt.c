#include "sops/encrypt.h"

#include "tests/unit/sops/sealing.h"

/*
 * A plain text, its sealed form with each container written E (a container that ends in \x5D: E\x5D), what comes back when that
 * is NULL the same, and the lines that were noted.
 */
static const struct {
	const char	*claim, *plain, *sealed, *back, *notes;
} texts[] = {
	{ "a word", "a: x\n", "a: E\n", NULL, "" },
	{ "blank lines, comments and indentation stay", "# h\n\na:   x   # c\n\n\nb:\n      c:  w\n# f\n",
	    "#E\n\na:   E   #E\n\n\nb:\n      c:  E\n#E\n", NULL, "" },
	{ "quotes stay", "a: 'x y'\nb: \"x y\"\nc: 'it''s'\n", "a: 'E'\nb: \"E\"\nc: 'E'\n", NULL, "" },
	{ "a literal block keeps its indentation; behind the container is no line break", "a: |\n    one\n    two\nb: |-\n  one\n  two\nc: 1\n",
	    "a: |-\n    E\nb: |-\n  E\nc: E\n", NULL, "" },
	{ "a block with kept line breaks", "a: |+\n  one\n\n\nb: 1\n", "a: |-\n  E\nb: E\n", NULL, "" },
	{ "but for the one that only '+' tells of", "a: |+\n  one\nb: 1\n", "a: |+\n  E\nb: E\n", NULL, "" },
	{ "a comment in a block's header stays", "a: | # c\n  one\nb: 1\n", "a: |- #E\n  E\nb: E\n", NULL, "" },
	{ "a block with an indentation digit", "a: |2\n    x\n  z\nb: 1\n", "a: |2-\n  E\nb: E\n", NULL, "" },
	{ "a folded block of one line", "a: >-\n  one two\nb: 1\n", "a: >-\n  E\nb: E\n", NULL, "" },
	{ "a plain word in a flow collection gets the sign", "a: [x, {b: w}]\n", "a: [\"E\\x5D\", {b: \"E\\x5D\"}]\n", NULL, "" },
	{ "quotes in a flow collection stay", "a: ['x', \"y\"]\n", "a: ['E', \"E\"]\n", NULL, "" },
	{ "numbers in a flow collection come back plain", "a: [1, 2.5, true, null]\n", "a: [\"E\", \"E\", \"E\", null]\n", NULL, "" },
	{ "numbers keep their spelling where sops reads the same from it", "a: 1.0\nb: 1e3\nc: +5\nd: 007\ne: .5\nf: 1.50\n",
	    "a: E\nb: E\nc: E\nd: E\ne: E\nf: E\n", NULL, "" },
	{ "a float that sops prints otherwise gets the sign", "a: 1234567.5\nb: 100000000000000000000000\n",
	    "a: \"E\\x5D\"\nb: \"E\\x5D\"\n", NULL, "" },
	{ "True gets the sign, TRUE is carried as it is", "a: True\nb: TRUE\nc: false\n", "a: \"E\\x5D\"\nb: E\nc: E\n", NULL, "" },
	{ "an emoji and a tab in plain words get the sign", "a: go \xf0\x9f\x9a\x80\nb: x\ty\n", "a: \"E\\x5D\"\nb: \"E\\x5D\"\n", NULL, "" },
	{ "hexadecimal, octal and underscores come back decimal, and are noted", "a: 0x1F\nb: 017\nc: 1_000\n", "a: E\nb: E\nc: E\n",
	    "a: 31\nb: 15\nc: 1000\n", "1 2 3 " },
	{ "a date comes back in full, and is noted", "a: 1\nb: 2024-02-29\nc: 2024-02-29T01:02:03Z\n", "a: E\nb: E\nc: E\n",
	    "a: 1\nb: 2024-02-29T00:00:00Z\nc: 2024-02-29T01:02:03Z\n", "2 " },
	{ "words that Helm reads otherwise come back quoted, and are noted", "a: yes\nb: 12:30\nc: [on]\n", "a: E\nb: E\nc: [\"E\"]\n",
	    "a: \"yes\"\nb: \"12:30\"\nc: [\"on\"]\n", "1 2 3 " },
	{ "tags of the core schema go", "a: !!int 5\nb: !!str 5\nc: !x w\n", "a: E\nb: !!str E\nc: !x E\n",
	    "a: 5\nb: !!str \"5\"\nc: !x w\n", "1 2 3 " },
	{ "needless escapes are noted", "a: \"\\x41b\"\n", "a: \"E\"\n", "a: \"Ab\"\n", "1 " },
	{ "a word over two lines is noted", "a: one\n  two\nb: 1\n", "a: E\nb: E\n", "a: one two\nb: 1\n", "1 2 " },
	{ "tabs on blank lines stay behind a word that comes back plain", "a: x\n \t\nb: 1\n", "a: E\n \t\nb: E\n", NULL, "" },
	{ "behind quotes they go, and are noted", "a: p\tx\n  i\n \t\nb: yes\n\n \t\n", "a: E\n \t\nb: E\n\n \t\n",
	    "a: \"p\\tx i\"\n\nb: \"yes\"\n\n\n", "1 2 3 4 5 6 " },
	{ "in front of a comment they become spaces", "a: yes\n \t# c\nb: 1\n", "a: E\n \t#E\nb: E\n", "a: \"yes\"\n  # c\nb: 1\n", "1 2 " },
	{ "behind the sign as well", "a: x\ty\n \t\nb: 1\n", "a: \"E\\x5D\"\n\nb: E\n", "a: x\ty\n\nb: 1\n", "1 2 " },
	{ "empty values stay", "a:\nb: ''\nc: \"\"\nd: ~\ne: {}\nf: []\n", "a:\nb: ''\nc: \"\"\nd: ~\ne: {}\nf: []\n", NULL, "" },
	{ "an alias is written out where it would stand for ciphertext", "a: &x word\nb: *x\n", "a: &x E\nb: E\n",
	    "a: &x word\nb: word\n", "2 " },
	{ "an aliased map is written out", "a: &x\n  k: v\nb: *x\nc: 1\n", "a: &x\n  k: E\nb:\n  k: E\nc: E\n",
	    "a: &x\n  k: v\nb:\n  k: v\nc: 1\n", "3 " },
	{ "an alias in clear stays", "a_unencrypted: &x word\nb_unencrypted: *x\nc: 1\n",
	    "a_unencrypted: &x word\nb_unencrypted: *x\nc: E\n", NULL, "" },
	{ "a clear alias of ciphertext is written out", "a: &x word\nb_unencrypted: *x\n", "a: &x E\nb_unencrypted: word\n",
	    "a: &x word\nb_unencrypted: word\n", "2 " },
	{ "a merge key is written out", "a: &x {k: v}\nb:\n  <<: *x\n  c: 1\n", "a: &x {k: \"E\\x5D\"}\nb:\n  <<:\n    k: E\n  c: E\n",
	    "a: &x {k: v}\nb:\n  <<:\n    k: v\n  c: 1\n", "3 " },
	{ "lists keep their dashes where they are", "a:\n- x\n- - w\n", "a:\n- E\n- - E\n", NULL, "" },
	{ "comments in lists are comments", "a:\n  # c\n  - x # d\n  # e\n", "a:\n  #E\n  - E #E\n  #E\n", NULL, "" },
	{ "an empty comment in a list is sealed with a sign", "a:\n- x\n# b\n#\n# c\n- w #\n# d\n#\nb: 1\n",
	    "a:\n- E\n#E\n#E#\n#E\n- E #E#\n#E\n#\nb: E\n", NULL, "" },
	{ "one in a list in clear, in a map or with a blank has none", "a_unencrypted:\n- x\n#\n- w\n#\nb: 1\nc:\n- # \n  w\n",
	    "a_unencrypted:\n- x\n#\n- w\n#\nb: E\nc:\n- #E\n  E\n", NULL, "" },
	{ "one in a list that an alias stands for", "a: &k\n- x\n#\n- w\nb: *k\n#\nc: 1\n",
	    "a: &k\n- E\n#E#\n- E\nb:\n    - E\n    #E#\n    - E\n#\nc: E\n",
	    "a: &k\n- x\n#\n- w\nb:\n    - x\n    #\n    - w\n#\nc: 1\n", "5 " },
	{ "several documents", "a: 1\n---\nb: 2\n", "a: E\n", NULL, "" },
	{ "no line break at the end", "a: 1\nb: x", "a: E\nb: E\n", NULL, "" },
	{ "a block without a line break at the end", "a: |\n  x", "a: |-\n  E\n", "a: |-\n  x", "1 2 " },
	{ "line ends of DOS", "a: x\r\nb: 'y'\r\n", "a: E\r\nb: 'E'\r\n", NULL, "" },
	{ "text behind the value stays away", "a: x   \nb: 1\n", "a: E   \nb: E\n", NULL, "" },
	{ "blanks behind a folded block do not become text of a literal one", "a:\n  - >4-\n        x\n      \n  - 1\n",
	    "a:\n  - >4-\n      E\n      \n  - E\n", "a:\n  - \"  x\"\n      \n  - 1\n", "2 3 4 " },
	{ "a root in flow style", "{a: x, b: 1}\n", NULL, NULL, "" },
};

static void
test_text(size_t i)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(notes_release) struct notes notes = NOTES;
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT), brief = BUF(LIMIT_DOCUMENT);
	struct error	err = ERROR_INIT;
	char		lines[64] = "", claim[256];

	snprintf(claim, sizeof(claim), "%s: sealed", texts[i].claim);
	if (!succeeds(seal_text(slice_str(texts[i].plain), meta, NULL, &notes, &sealed, &err), err, claim))
		return;
	abbreviate(buf_slice(&sealed), false, &brief);
	if (texts[i].sealed != NULL)
		is_str((const char *)brief.data, texts[i].sealed, texts[i].claim);
	snprintf(claim, sizeof(claim), "%s: opened", texts[i].claim);
	if (!succeeds(open_text(buf_slice(&sealed), NULL, &opened, &err), err, claim))
		return;
	snprintf(claim, sizeof(claim), "%s: and back", texts[i].claim);
	is_slice(buf_slice(&opened.plain), slice_str(texts[i].back != NULL ? texts[i].back : texts[i].plain), claim);
	for (size_t k = 0; k < notes.count; k++)
		for (uint32_t line = notes.list[k].line; line <= notes.list[k].last; line++)
			snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%u ", (unsigned)line);
	snprintf(claim, sizeof(claim), "%s: noted lines", texts[i].claim);
	is_str(lines, texts[i].notes, claim);
}

static const struct {
	const char		*claim, *plain;
	enum select_rule	 rule;
	const char		*text;
	enum err_kind		 kind;
} refused[] = {
	{ "an integer of 2^63", "a: 9223372036854775808\n", 0, "", ERR_TYPE },
	{ "an integer of 2^63 in clear", "a_unencrypted: 18446744073709551615\n", 0, "_unencrypted", ERR_TYPE },
	{ "a key that is no string", "1: a\n", 0, "", ERR_TYPE },
	{ "a merge of a number", "\"<<\": 1\n", 0, "", ERR_REFUSED },
	{ "an escape in clear that sops does not know", "a_unencrypted: \"b\\/c\"\n", 0, "_unencrypted", ERR_REFUSED },
	{ "the same escape behind a backslash is none", "a_unencrypted: \"b\\\\/c\"\n", 0, "_unencrypted", ERR_NONE },
	{ "the same escape where it is encrypted", "a: \"b\\/c\"\n", 0, "_unencrypted", ERR_NONE },
	{ "a question mark in a clear word in a flow collection", "a_unencrypted: [b?c]\n", 0, "_unencrypted", ERR_REFUSED },
	{ "a question mark in a key in a flow collection", "a: {b?c: 1}\n", 0, "_unencrypted", ERR_REFUSED },
	{ "a question mark in clear in quotes or blocks", "a_unencrypted: ['b?c']\nb?_unencrypted: c?\n", 0, "_unencrypted", ERR_NONE },
	{ "a question mark in an encrypted word", "a: [b?c]\n", 0, "_unencrypted", ERR_NONE },
	{ "a tag with a comma behind it", "a: [!x, b]\n", 0, "_unencrypted", ERR_REFUSED },
	{ "a tag with a comma behind it, as a key", "a: {!x, b: 1}\n", 0, "_unencrypted", ERR_REFUSED },
	{ "a tag with a blank behind it", "a: [!x , b]\n", 0, "_unencrypted", ERR_NONE },
	{ "an empty file", "", 0, "", ERR_EMPTY },
	{ "an entry called sops", "sops: 1\n", 0, "", ERR_ENCRYPTED },
	{ "a comment that sops takes for a foot of '---', and that was to choose", "a: 1\n---\n# plain\n\nb: 2\n", SELECT_ENCRYPTED_COMMENT_REGEX, "plain",
	    ERR_REFUSED },
	{ "the same without an empty line", "a: 1\n---\n# plain\nb: 2\n", SELECT_ENCRYPTED_COMMENT_REGEX, "plain", ERR_NONE },
	{ "the same where it would choose what stays in clear", "a: 1\n---\n# plain\n\nb: 2\n", SELECT_UNENCRYPTED_COMMENT_REGEX, "plain", ERR_NONE },
	{ "a rule whose expression matches ciphertext", "# plain\na: 1\n# other\nb: 2\n", SELECT_UNENCRYPTED_COMMENT_REGEX, "plain|AES",
	    ERR_REFUSED },
};

static void
test_refused(size_t i)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(refused[i].rule, refused[i].text);
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	(void)!seal_text(slice_str(refused[i].plain), meta, NULL, NULL, &sealed, &err);
	is_int(err.kind, refused[i].kind, refused[i].claim);
}

static const struct {
	const char		*claim, *plain;
	enum select_rule	 rule;
	const char		*text, *sealed;
} selected[] = {
	{ "only what a rule chooses", "data:\n  a: 1\nb: 2\n", SELECT_ENCRYPTED_REGEX, "^data$", "data:\n  a: E\nb: 2\n" },
	{ "a comment rule, and comments below the one that triggers", "a: 1\n# enc\n# more\nb: 2\nc: 3\n", SELECT_ENCRYPTED_COMMENT_REGEX,
	    "enc", "a: 1\n# enc\n#E\nb: E\nc: 3\n" },
	{ "the same above an element of a list, which sops could not read again", "l:\n  # enc\n  # more\n  - x\n  - z\n",
	    SELECT_ENCRYPTED_COMMENT_REGEX, "enc", "l:\n  # enc\n  #E\n  - E\n  - z\n" },
	{ "nothing chosen", "a: 1\nb: 'x'\n", SELECT_ENCRYPTED_SUFFIX, "_s", "a: 1\nb: 'x'\n" },
};

static void
test_selected(size_t i)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(selected[i].rule, selected[i].text);
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT), brief = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	if (!succeeds(seal_text(slice_str(selected[i].plain), meta, NULL, NULL, &sealed, &err), err, selected[i].claim))
		return;
	abbreviate(buf_slice(&sealed), false, &brief);
	is_str((const char *)brief.data, selected[i].sealed, selected[i].claim);
	if (succeeds(open_text(buf_slice(&sealed), NULL, &opened, &err), err, "and opened again"))
		is_slice(buf_slice(&opened.plain), slice_str(selected[i].plain), "to the same text");
}

/* What did not change keeps its bytes; what moved or changed does not. */
static void
test_reuse(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(reuse_freep) struct reuse *reuse = NULL;
	CLEANUP(buf_release) struct buf first = BUF(LIMIT_DOCUMENT), second = BUF(LIMIT_DOCUMENT);
	struct error	err = ERROR_INIT;
	size_t		line_end, same = 0;

	if (!succeeds(seal_text(SLICE("a: one\nb: [x, x]\nc: 'q'\nd: |\n  t\n# k\ne: 1\n"), meta, NULL, NULL, &first, &err), err, "a file") ||
	    !succeeds(reuse_new(&reuse, &err), err, "a store") ||
	    !succeeds(open_text(buf_slice(&first), reuse, &opened, &err), err, "that is opened") ||
	    !succeeds(seal_text(SLICE("a: ONE\nb: [x, x]\nc: 'q'\nd: |\n  t\n# k\ne: 1\n"), meta, reuse, NULL, &second, &err), err,
	    "and sealed with one value changed"))
		return;
	for (size_t at = 0; at < first.len; at = line_end + 1) {
		line_end = slice_find(buf_slice(&first), '\n', at);
		if (slice_starts(slice_from(buf_slice(&first), at), SLICE("sops:")))
			break;
		same += at < second.len && slice_eq(slice_sub(buf_slice(&first), at, line_end), slice_sub(buf_slice(&second), at, line_end));
	}
	is_int(same, 6, "every line but one is the same");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		test_text(i);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		test_refused(i);
	for (size_t i = 0; i < sizeof(selected) / sizeof(selected[0]); i++)
		test_selected(i);
	test_reuse();
	secret_free(datakey);
	return done_testing();
}
