#include "yamlmerge/layer.h"

#include "tests/tap.h"

/* Against Helm 3.22.0 and 4.3.0 where the two agree; refused where they do not. */
static const struct {
	const char	*text;
	int		 kind;
	uint32_t	 line;			/* of the refusal; of ignored text when it is read */
	const char	*claim;
} layers[] = {
	{ "a: 1\n", 0, 0, "a map" },
	{ "", 0, 0, "nothing" },
	{ "# c\n", 0, 0, "a comment" },
	{ "null\n", 0, 0, "null" },
	{ "---\n", 0, 0, "an empty document" },
	{ "{}", 0, 0, "an empty map" },
	{ "---\na: 1\n", 0, 0, "a separator in front" },
	{ "\xef\xbb\xbf---\na: 1\n", 0, 0, "a byte order mark and a separator" },
	{ "# only\n---  # c\na: 1\n", 0, 0, "comments before and beside the separator" },
	{ "a: 1\n---\n# d\n", 0, 0, "a second document of comments alone" },
	{ "a: 1\n---\n---\n", 0, 0, "several empty documents" },
	{ "a: |\n  ---x\n  ...\n", 0, 0, "marks that are indented" },
	{ "a: 1\n...\n", 0, 0, "an end mark" },
	{ "a: 1\n... # c\n\n# d\n", 0, 0, "an end mark and comments" },
	{ "a: 1\n...\nb: 2\n", 0, 3, "text behind an end mark" },
	{ "a: 1\n...\n\n# c\n{{ nonsense\n", 0, 5, "nonsense behind an end mark" },
	{ "...x: 1\n", 0, 0, "a key that begins with three points" },
	{ "a: |-\n  x", 0, 0, "a stripped block at the end of the file" },
	{ "a: x", 0, 0, "a plain value at the end of the file" },
	{ "- 1\n", ERR_TYPE, 1, "a list" },
	{ "text\n", ERR_TYPE, 1, "a string" },
	{ "\"\"\n", ERR_TYPE, 1, "an empty string in quotes" },
	{ "5\n", ERR_TYPE, 1, "a number" },
	{ "a: [\n", ERR_SYNTAX, 2, "malformed text" },
	{ "a: 1\n---\nb: 2\n", ERR_REFUSED, 3, "a second document" },
	{ "a: 1\r\n---\r\nb: 2\r\n", ERR_REFUSED, 3, "a second document with CRLF" },
	{ "null\n---\na: 1\n", ERR_REFUSED, 3, "an empty document before one that is not" },
	{ "a: 1\n...\n---\nc: 3\n", ERR_REFUSED, 4, "a separator behind an end mark" },
	{ "a: 1\n...\nb: 2\n---\nc: 3\n", ERR_SYNTAX, 3, "text between an end mark and a separator" },
	{ "--- {a: 1}\n", ERR_REFUSED, 1, "a value beside the separator" },
	{ "a: 1\n---b: 2\n", ERR_REFUSED, 2, "a key that begins with three dashes" },
	{ "a: \"x\n-----END\n  y\"\n", ERR_REFUSED, 2, "three dashes inside a text" },
	{ "%YAML 1.1\n---\na: 1\n", ERR_REFUSED, 1, "a version directive" },
	{ "# c\n%TAG ! tag:x,2000:\n---\na: 1\n", ERR_REFUSED, 2, "a tag directive" },
	{ "b: 1\na: |\n  x", ERR_REFUSED, 2, "a block at the end of the file" },
	{ "a: >+\n  x", ERR_REFUSED, 1, "a folded one that keeps" },
};

static void
test_texts(void)
{
	for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
		CLEANUP(layer_freep) struct layer	*layer = NULL;
		struct error				 err = ERROR_INIT;
		int					 rc = layer_read("x.yaml", slice_str(layers[i].text), LAYER_FILE, NULL, &layer, &err);
		bool					 held;

		if (layers[i].kind == 0)
			held = ok(rc == 0 && layer->ignored_line == layers[i].line, "%s is read", layers[i].claim);
		else
			held = ok(rc == layers[i].kind && err.line == layers[i].line && strcmp(err.path, "x.yaml") == 0 &&
			    (rc != ERR_REFUSED || err.hint[0] != '\0'), "%s is refused", layers[i].claim);
		if (!held)
			printf("#   %d %s:%u: %s\n", rc, err.path, err.line, err.text);
	}
}

static void
test_utf16(void)
{
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	struct error				 err = ERROR_INIT;

	is_int(layer_read("x.yaml", slice_of("\xff\xfe" "a\0:\0 \0" "1\0\n\0", 12), LAYER_FILE, NULL, &layer, &err), ERR_REFUSED,
	    "UTF-16 is refused");
	ok(strstr(err.text, "UTF-16") != NULL && strstr(err.hint, "UTF-8") != NULL, "and the hint says what to do");
}

/* --- openers ----------------------------------------------------------------------------------------------------- */

static int
opens_to_other_text(void *context, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
    struct error *err)
{
	*(int *)context += role == LAYER_SECRETS;
	if (strcmp(path, "x.yaml") != 0 || !slice_eq(bytes, SLICE("sealed")))
		return err_set(err, ERR_INTERNAL, "the opener was given something else");
	out->encrypted = out->typed_by_sops = true;
	/* What sops prints anew has no directive, so the text may have one here. */
	return document_parse(SLICE("%YAML 1.1\n---\na: 1\n"), &syntax_yaml, &out->doc, err);
}

static int
fails(void *context, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
    struct error *err)
{
	(void)context;
	(void)path;
	(void)role;
	(void)bytes;
	(void)out;
	(void)err_set(err, ERR_TAMPERED, "no");
	return err_at(err, 7, 3);
}

static void
test_openers(void)
{
	CLEANUP(layer_freep) struct layer	*layer = NULL, *failed = NULL;
	struct error				 err = ERROR_INIT;
	int					 calls = 0;

	if (succeeds(layer_read("x.yaml", SLICE("sealed"), LAYER_SECRETS, &(struct layer_reader){ opens_to_other_text, &calls }, &layer, &err), err,
	    "an opener is asked"))
		ok(calls == 1 && layer->encrypted && layer->typed_by_sops && layer->role == LAYER_SECRETS && layer->root->child != NULL,
		    "and its document is the layer");
	is_int(layer_read("y.yaml", SLICE("sealed"), LAYER_SECRETS, &(struct layer_reader){ fails, NULL }, &failed, &err), ERR_TAMPERED, "its failure is passed on");
	ok(strcmp(err.path, "y.yaml") == 0 && err.line == 7, "with the file and the line");
	err_reset(&err);
	is_int(layer_open("/nonexistent/x.yaml", LAYER_FILE, NULL, &failed, &err), ERR_NOT_FOUND, "a file that is not there is said to be so");
	ok(strstr(err.text, "/nonexistent/x.yaml") != NULL, "by its name");
}

/* What each version of Helm makes of a text is in hubmerge_vectors.c; here is what is said of it. */
static void
test_versions(void)
{
	static const struct layer_reader	 three = { .helm = HELM_3 }, four = { .helm = HELM_4 };
	CLEANUP(layer_freep) struct layer	*layer = NULL, *pieces = NULL, *failed = NULL;
	struct error				 err = ERROR_INIT;

	ok(layer_read("x.yaml", SLICE("# c\n---\na: 1\n---\nb: [\n"), LAYER_SECRETS, &three, &layer, &err) == 0, "Helm 3 stops at the second document");
	is_int(layer->ignored_line, 4, "which is told");
	ok(layer->above == NULL && layer->root != NULL, "and is no layer");
	ok(layer_read("x.yaml", SLICE("a: 1\n--- # two\n\nb: 2"), LAYER_SECRETS, &four, &pieces, &err) == 0, "Helm 4 takes both");
	ok(pieces->above != NULL && pieces->above->secret && pieces->above->root->child->line == 4, "each as a layer, with the lines of the file");
	ok(layer_read("x.yaml", SLICE("a: 1\n---\n\nb: [\n"), LAYER_FILE, &four, &failed, &err) != 0 && err.line >= 4, "a mistake in the second has its line");
	err_reset(&err);
	ok(layer_read("x.yaml", SLICE("a: 1\n---b\n"), LAYER_FILE, &four, &failed, &err) == ERR_REFUSED && err.line == 2, "so has a separator that goes on");
}

static void
test_pieces(void)
{
	CLEANUP(buf_release) struct buf		 text = BUF(MIB);
	CLEANUP(layer_freep) struct layer	*failed = NULL;
	struct error				 err = ERROR_INIT;

	for (int i = 0; i < 101; i++)
		if (buf_str(&text, "---\n", &err) != 0)
			bail_out(err.text);
	is_int(layer_read("x.yaml", buf_slice(&text), LAYER_FILE, &(struct layer_reader){ .helm = HELM_4 }, &failed, &err), ERR_LIMIT,
	    "documents of one layer have a limit");
}

int
main(void)
{
	test_texts();
	test_utf16();
	test_openers();
	test_versions();
	test_pieces();
	return done_testing();
}
