#include "yamlmerge/schema.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/tap.h"

/* "a.b[].c": a list's elements are below "b[]". */
static const struct known_key *
at(const struct known_place *place, const char *path)
{
	struct slice		 rest = slice_str(path), part;
	const struct known_key	*key = NULL;
	bool			 list = false;

	while (slice_split(&rest, '.', &part)) {
		if (key != NULL)
			place = list ? key->list : key->map;
		list = slice_ends(part, SLICE("[]"));
		key = known_key_find(place, slice_sub(part, 0, list ? part.len - 2 : part.len));
		if (key == NULL)
			return NULL;
	}
	return key;
}

static const char schema[] =
    "{\"type\": \"object\", \"properties\": {"
    "  \"port\": {\"type\": [\"integer\", \"null\"]}, \"name\": {\"type\": \"string\"}, \"on\": {\"type\": \"boolean\"},"
    "  \"tags\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/pair\"}},"
    "  \"strict\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"x\": {}}},"
    "  \"free\": {\"type\": \"object\"},"
    "  \"names\": {\"type\": \"object\", \"additionalProperties\": {\"properties\": {\"role\": {\"type\": \"string\"}}}},"
    "  \"patterns\": {\"patternProperties\": {\"^x-\": {\"properties\": {\"y\": {}}}}, \"additionalProperties\": false},"
    "  \"choice\": {\"anyOf\": [{\"type\": \"string\"}, {\"properties\": {\"a\": {}}}, {\"allOf\": [{\"properties\": {\"b\": {}}}]}]},"
    "  \"tree\": {\"$ref\": \"#/$defs/tree\"}, \"self\": {\"$ref\": \"#\"}, \"odd\": {\"$ref\": \"#/$defs/a~1b~0c\"},"
    "  \"elsewhere\": {\"$ref\": \"https://example.org/x.json\"}, \"loop\": {\"$ref\": \"#/$defs/loop\"}},"
    " \"$defs\": {\"pair\": {\"properties\": {\"key\": {\"type\": \"string\"}, \"value\": {}}},"
    "  \"tree\": {\"properties\": {\"left\": {\"$ref\": \"#/$defs/tree\"}, \"leaf\": {\"type\": \"number\"}}},"
    "  \"a/b~c\": {\"properties\": {\"z\": {}}}, \"loop\": {\"$ref\": \"#/$defs/loop\"}}}";

static void
test_reading(void)
{
	static const struct { const char *path; unsigned kinds; const char *claim; } table[] = {
		{ "port", KNOWN_SCALAR, "one type of several" },
		{ "name", KNOWN_SCALAR | KNOWN_STRING, "a string" },
		{ "on", KNOWN_SCALAR | KNOWN_BOOL, "a boolean" },
		{ "tags", KNOWN_LIST, "a list" },
		{ "tags[].key", KNOWN_SCALAR | KNOWN_STRING, "keys of its elements, by a reference" },
		{ "strict.x", KNOWN_ANY, "a key of any kind" },
		{ "names.*.role", KNOWN_SCALAR | KNOWN_STRING, "keys below names of the user's own" },
		{ "patterns.*.y", KNOWN_ANY, "and below those of a pattern" },
		{ "free.*", KNOWN_ANY, "an object of which nothing is said" },
		{ "choice.a", KNOWN_ANY, "a branch of a choice" },
		{ "choice.b", KNOWN_ANY, "and one within it" },
		{ "tree.left.left.left.leaf", KNOWN_SCALAR, "a schema that refers to itself" },
		{ "self.self.port", KNOWN_SCALAR, "or to the whole" },
		{ "odd.z", KNOWN_ANY, "an escaped name" },
		{ "elsewhere", KNOWN_ANY, "a reference to another file says nothing" },
		{ "loop", KNOWN_ANY, "nor does one that goes round in a circle" },
	};
	struct known		 known = KNOWN;
	struct known_place	*place = NULL;
	struct error		 err = ERROR_INIT;

	ok(known_init(&known, &err) == 0 && schema_declare(&known, slice_str(schema), "s", &place, &err) == 0, "a schema is read");
	for (size_t i = 0; place != NULL && i < sizeof(table) / sizeof(*table); i++) {
		const struct known_key *key = at(place, table[i].path);

		ok(key != NULL && key->kinds == table[i].kinds, "%s", table[i].claim);
	}
	ok(place != NULL && at(place, "strict")->map->closed && !at(place, "names")->map->closed && !at(place, "choice")->map->closed &&
	    !at(place, "patterns")->map->closed, "other keys are refused where the schema says so, and by no pattern or choice");
	ok(place != NULL && at(place, "nothing") == NULL && !place->open, "what it does not name is not known");
	known_release(&known);
}

static void
test_refused(void)
{
	static const struct { const char *text; int kind; } table[] = {
		{ "{", ERR_SYNTAX }, { "", ERR_SYNTAX }, { "[]", ERR_TYPE }, { "true", ERR_TYPE },
		{ "{\"$ref\": 1, \"properties\": [], \"items\": [], \"anyOf\": {}, \"type\": {}}", 0 },
		{ "{\"$ref\": \"#/a/b/c\", \"patternProperties\": 1, \"additionalProperties\": 1, \"allOf\": [1, []]}", 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct known		 known = KNOWN;
		struct known_place	*place;
		struct error		 err = ERROR_INIT;

		ok(known_init(&known, &err) == 0 && schema_declare(&known, slice_str(table[i].text), "s.json", &place, &err) == table[i].kind &&
		    (table[i].kind == 0 || strcmp(err.path, "s.json") == 0), "%s: %s", table[i].text, table[i].kind == 0 ? "what is odd says nothing" :
		    "no schema");
		known_release(&known);
	}
}

/* Each definition twice the next: 2^40 branches. */
static void
test_limit(void)
{
	CLEANUP(buf_release) struct buf	 text = BUF(MIB);
	struct known			 known = KNOWN;
	struct known_place		*place;
	struct error			 err = ERROR_INIT;

	if (known_init(&known, &err) != 0 || buf_str(&text, "{\"$ref\": \"#/d0\"", &err) != 0)
		bail_out(err.text);
	for (int i = 0; i < 40; i++)
		if (buf_printf(&text, &err, ", \"d%d\": {\"allOf\": [{\"$ref\": \"#/d%d\"}, {\"$ref\": \"#/d%d\"}]}", i, i + 1, i + 1) != 0)
			bail_out(err.text);
	if (buf_str(&text, "}", &err) != 0)
		bail_out(err.text);
	is_int(schema_declare(&known, buf_slice(&text), "s", &place, &err), ERR_LIMIT, "branches that multiply come to an end");
	known_release(&known);
}

int
main(void)
{
	test_reading();
	test_refused();
	test_limit();
	return done_testing();
}
