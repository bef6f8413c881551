#include "sops/store.h"

#include "base/limits.h"
#include "sops/decrypt.h"
#include "tests/tap.h"

#define BLOCK(pad, half)							\
	pad "sops:\n" pad half "age:\n" pad half half "- enc: |\n" pad half half "    A\n" pad half half "    B\n"	\
	pad half half "  recipient: age1a\n" pad half "lastmodified: \"2026-01-02T03:04:05Z\"\n" pad half "mac: M\n"	\
	pad half "unencrypted_suffix: _x\n" pad half "version: 3.13.2\n"
#define SOPS	BLOCK("", "    ")

static struct metadata *
sample(const char *mac)
{
	struct metadata		*meta = NULL;
	struct key_group	*group;
	struct master_key	 key = { .type = &key_types[KEY_AGE], .field = { SLICE("age1a") }, .enc = SLICE("A\nB\n") };
	struct error		 err = ERROR_INIT;

	if (metadata_new(&meta, &err) != 0 || metadata_group_add(meta, &group, &err) != 0 || key_group_add(group, &key, &meta->arena, &err) != 0)
		bail_out(err.text);
	meta->rules.text[SELECT_UNENCRYPTED_SUFFIX] = SLICE("_x");
	meta->lastmodified = SLICE("2026-01-02T03:04:05Z");
	meta->version = SLICE("3.13.2");
	meta->mac = slice_str(mac);
	return meta;
}

static bool
change(const struct store *store, struct slice text, const struct metadata *meta_opt, int indent, struct buf *out)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (document_parse(text, store->syntax, &doc, &err) != 0 ||
	    (meta_opt != NULL ? store_attach(store, doc, meta_opt, indent, &edits, &err) : store_detach(store, doc, &edits, &err)) != 0 ||
	    edits_apply(&edits, doc, out, &err) != 0 ||
	    (meta_opt == NULL && plain_cut_break(doc, store, out, &err) != 0)) {
		printf("# %u:%u %s\n", err.line, err.column, err.text);
		return false;
	}
	return true;
}

/* Attached it reads as expected and gives the metadata back; detached it is what it was. */
static void
attaches(const struct store *store, const char *plain, const char *want, const char *what)
{
	CLEANUP(metadata_freep) struct metadata *meta = sample("M"), *loaded = NULL, *later = sample("ENC[x]");
	CLEANUP(document_freep) struct document *doc = NULL, *again_doc = NULL;
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(MIB), back = BUF_SECRET(MIB), again = BUF_SECRET(MIB);
	struct error			err = ERROR_INIT;

	if (!ok(change(store, slice_str(plain), meta, 0, &text), "%s", what))
		return;
	is_slice(buf_slice(&text), slice_str(want), "the block is where it belongs");
	if (!succeeds(document_parse(buf_slice(&text), store->syntax, &doc, &err), err, "the text is sound") ||
	    !succeeds(store_load(store, doc, &loaded, &err), err, "and holds metadata"))
		return;
	is_slice(loaded->groups[0].keys[0].enc, SLICE("A\nB\n"), "with all of an entry");
	is_int(store_check_plain(store, doc, &err), ERR_ENCRYPTED, "it cannot be encrypted again");
	err_reset(&err);
	ok(change(store, buf_slice(&text), NULL, 0, &back), "the block can be taken out");
	is_slice(buf_slice(&back), slice_str(plain), "which leaves what was there");
	ok(change(store, buf_slice(&text), later, 0, &again), "another MAC can be put in");
	is_int((intmax_t)again.len - (intmax_t)text.len, (intmax_t)(doc->roots * 5), "and nothing but the MAC changes");
	metadata_free(TAKE(loaded));
	if (document_parse(buf_slice(&again), store->syntax, &again_doc, &err) != 0 || store_load(store, again_doc, &loaded, &err) != 0)
		bail_out(err.text);
	is_slice(loaded->mac, SLICE("ENC[x]"), "the new MAC is read");
}

static void
test_yaml(void)
{
	static const struct { const char *plain, *want, *what; } cases[] = {
		{ "a: 1\n", "a: 1\n" SOPS, "a map" },
		{ "a: 1\n# end\n", "a: 1\n# end\n" SOPS, "a comment at the end stays above it" },
		{ "---\na: 1\n", "---\na: 1\n" SOPS, "a marker at the beginning" },
		{ "a: 1\n---\nb: 2\n", "a: 1\n" SOPS "---\nb: 2\n" SOPS, "two documents" },
		{ "a: 1\n---\n# c\nb: 2\n...\n", "a: 1\n" SOPS "---\n# c\nb: 2\n" SOPS "...\n", "a marker at the end" },
		{ "  a: 1\n  b: 2\n", "  a: 1\n  b: 2\n" BLOCK("  ", "    "), "an indented map" },
		{ "a: |\n  x\n\n\nb: >-\n  y\n", "a: |\n  x\n\n\nb: >-\n  y\n" SOPS, "block scalars" },
		{ "a:\n- x\n- y: 1\n", "a:\n- x\n- y: 1\n" SOPS, "a list at the end" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		attaches(&store_yaml, cases[i].plain, cases[i].want, cases[i].what);
	CLEANUP(buf_release) struct buf cut = BUF(MIB);
	struct error err = ERROR_INIT;
	if (buf_str(&cut, "a: 1\n" SOPS, &err) != 0)
		bail_out(err.text);
	cut.data[cut.len - 1] = '\0';
	attaches(&store_yaml, "a: 1", (const char *)cut.data, "a file without a final line break");
}

static void
test_yaml_layouts(void)
{
	static const char	*flows[] = { "{a: 1}\n", "{a: 1, b: [x]}\n", "{}\n", "null\n", "---\n", "---\n---\na: 1\n" };
	CLEANUP(metadata_freep) struct metadata *meta = sample("M"), *other = sample("P");
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MIB), again = BUF_SECRET(MIB);

	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		CLEANUP(metadata_freep) struct metadata *loaded = NULL;
		struct error err = ERROR_INIT;

		ok(change(&store_yaml, slice_str(flows[i]), meta, 0, &text) && document_parse(buf_slice(&text), &syntax_yaml, &doc, &err) == 0 &&
		    store_load(&store_yaml, doc, &loaded, &err) == 0 && slice_eq(loaded->mac, SLICE("M")), "metadata goes into root %zu", i);
		ok(change(&store_yaml, buf_slice(&text), NULL, 0, &again), "and out again");
		document_free(TAKE(doc));
		ok(document_parse(buf_slice(&again), &syntax_yaml, &doc, &err) == 0 && store_check_plain(&store_yaml, doc, &err) == 0,
		    "leaving a text that could be encrypted");
	}
	ok(change(&store_yaml, SLICE("a: 1\n"), meta, 2, &text), "another indent");
	is_slice(buf_slice(&text), slice_str("a: 1\n" BLOCK("", "  ")), "is used");
	other->shamir_threshold = 1;
	ok(change(&store_yaml, buf_slice(&text), other, 0, &again), "metadata that changed in more than the MAC");
	is_slice(buf_slice(&again), SLICE("a: 1\nsops:\n  age:\n    - enc: |\n        A\n        B\n      recipient: age1a\n"
	    "  lastmodified: \"2026-01-02T03:04:05Z\"\n  mac: P\n  shamir_threshold: 1\n  unencrypted_suffix: _x\n  version: 3.13.2\n"),
	    "are printed again, with the indent of the file");
	ok(change(&store_yaml, SLICE("sops: {age: [{recipient: age1a, enc: \"A\\nB\\n\"}], unencrypted_suffix: _x, lastmodified: '2020-01-02T03:04:05Z', "
	    "mac: \"M\", version: 3.7.0}\n# tail\nz: 1\n"), other, 0, &again) && slice_ends(buf_slice(&again), SLICE("\n# tail\nz: 1\n")) &&
	    slice_starts(buf_slice(&again), SLICE("sops:")), "a block in another place and style stays there");
}

static void
test_json(void)
{
	attaches(&store_json, "{\n\t\"a\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"sops\": {\n\t\t\"age\": [\n\t\t\t{\n\t\t\t\t\"enc\": \"A\\nB\\n\",\n\t\t\t\t\"recipient\": \"age1a\"\n\t\t\t}\n\t\t],\n"
	    "\t\t\"lastmodified\": \"2026-01-02T03:04:05Z\",\n\t\t\"mac\": \"M\",\n\t\t\"unencrypted_suffix\": \"_x\",\n\t\t\"version\": \"3.13.2\"\n\t}\n}\n", "an object");
}

static void
test_check(void)
{
	static const struct { const struct store *store; const char *text; int kind; unsigned line; const char *what; } cases[] = {
		{ &store_yaml, "a: 1\n", 0, 0, "a map can be encrypted" }, { &store_yaml, "null\n", 0, 0, "so can nothing" }, { &store_yaml, "---\n", 0, 0, "in any form" },
		{ &store_yaml, "", ERR_EMPTY, 0, "an empty file cannot" }, { &store_yaml, "# c\n", ERR_SYNTAX, 0, "nor comments alone" },
		{ &store_yaml, "[1]\n", ERR_TYPE, 1, "nor a list" }, { &store_yaml, "a: 1\n---\ntext\n", ERR_TYPE, 3, "nor a text, in any document" },
		{ &store_yaml, "a: 1\nsops: x\n", ERR_ENCRYPTED, 2, "nor what holds a reserved entry" },
		{ &store_yaml, "a: 1\n---\n\"sops\": x\n", ERR_EXISTS, 3, "in a later document it is only a reserved name" }, { &store_yaml, "a:\n  sops: x\n", 0, 0, "unless it is deeper" },
		{ &store_yaml, "%YAML 1.2\n---\na: 1\n", ERR_SYNTAX, 1, "nor YAML 1.2" },
		{ &store_json, "{\"sops\": 1}", ERR_ENCRYPTED, 1, "JSON is judged in the same way" }, { &store_json, "null", ERR_TYPE, 1, "but must be an object" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].text), cases[i].store->syntax, &doc, &err) != 0)
			bail_out(err.text);
		is_int(store_check_plain(cases[i].store, doc, &err), cases[i].kind, cases[i].what);
		is_int(err.line, cases[i].line, "at its line");
	}
}

static void
test_load(void)
{
	static const struct { const char *text; int kind; const char *what; } cases[] = {
		{ "a: 1\n", ERR_NO_METADATA, "no block" }, { "", ERR_NO_METADATA, "nothing at all" }, { "[sops]\n", ERR_NO_METADATA, "a list" },
		{ "a: 1\n---\n" SOPS, ERR_NO_METADATA, "a block in the second document only" }, { "sops:\n", ERR_NO_METADATA, "an empty entry" },
		{ "sops: 1\n", ERR_TYPE, "an entry that is no map" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		CLEANUP(metadata_freep) struct metadata *meta = NULL;
		struct error err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].text), &syntax_yaml, &doc, &err) != 0)
			bail_out(err.text);
		is_int(store_load(&store_yaml, doc, &meta, &err), cases[i].kind, cases[i].what);
	}
}

static void
test_names(void)
{
	static const struct { const char *name; const struct store *store; } cases[] = {
		{ "a.yaml", &store_yaml }, { "b/c.yml", &store_yaml }, { "x.json", &store_json }, { ".env", &store_dotenv }, { "x.env", &store_dotenv }, { "x.ini", &store_ini },
		{ "x.YAML", &store_binary }, { "x.yaml.enc", &store_binary }, { "x.env.local", &store_binary }, { "yaml", &store_binary }, { "", &store_binary },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(store_for_name(slice_str(cases[i].name)) == cases[i].store, "'%s' is %s", cases[i].name, cases[i].store->name);
	ok(store_by_type(SLICE("yaml")) == &store_yaml && store_by_type(SLICE("binary")) == &store_binary && store_by_type(SLICE("yml")) == NULL,
	    "a type has one name");
	ok(store_indent(&store_yaml, 0) == 4 && store_indent(&store_json, 0) == -1 && store_indent(&store_yaml, 2) == 2, "each format has its indent");
}

int
main(void)
{
	test_names();
	test_check();
	test_load();
	test_json();
	test_yaml();
	test_yaml_layouts();
	return done_testing();
}
