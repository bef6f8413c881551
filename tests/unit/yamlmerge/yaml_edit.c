#include "yamlmerge/yaml_edit.h"

#include "tests/unit/yamlmerge/yaml_test.h"
#include "yamlmerge/scalar.h"

static const struct node *
find(const struct node *node, const char *path)
{
	struct slice rest = slice_str(path), step;

	while (*path != '\0' && node != NULL && slice_split(&rest, '/', &step)) {
		if (node->kind == NODE_LIST) {
			unsigned n = (unsigned)(step.data[0] - '0');

			for (node = node->child; node != NULL && (node->kind == NODE_COMMENT || n-- > 0); node = node->next)
				;
		} else
			node = node_member(node, step);
	}
	return node;
}

enum act {
	STRING,			/* in the style that is there */
	CONTENT,		/* in the style that the content asks for */
	SOURCE,
	NODE,			/* ${value} is YAML text: its root */
	MEMBER,			/* "key=value" */
	ELEMENT,
	REMOVE,
	TAG,
	ANCHOR,
	BOTH,			/* tag and anchor */
	APPEND,
};

static int
act(enum act what, struct edits *edits, const struct document *doc, const struct node *node, const char *value, struct error *err)
{
	CLEANUP(document_freep) struct document *other = NULL;
	const char	*equals = strchr(value, '=');
	struct slice	 key = SLICE_NONE, text = slice_str(value);

	if (what == MEMBER) {
		key = slice_of(value, (size_t)(equals - value));
		text = slice_str(equals + 1);
	}
	if ((what == NODE || what == MEMBER || what == ELEMENT) && (other = yaml_of(text)) == NULL)
		return ERR_INTERNAL;
	switch (what) {
	case STRING:
		return yaml_edit_string(edits, doc, node, text, node->style, YAML_FOR_SOPS, err);
	case CONTENT:
		return yaml_edit_string(edits, doc, node, text, STYLE_PLAIN, YAML_FOR_SOPS, err);
	case SOURCE:
		return yaml_edit_source(edits, doc, node, text, err);
	case NODE:
		return yaml_edit_node(edits, doc, node, other->root[0], YAML_FOR_SOPS, err);
	case MEMBER:
		return yaml_edit_add_member(edits, doc, node, key, other->root[0], YAML_FOR_SOPS, err);
	case ELEMENT:
		return yaml_edit_add_element(edits, doc, node, other->root[0], YAML_FOR_SOPS, err);
	case REMOVE:
		return yaml_edit_remove(edits, doc, node, err);
	case TAG:
		return yaml_edit_drop_tag(edits, doc, node, err);
	case BOTH:
		return yaml_edit_drop_tag(edits, doc, node, err) != 0 ? (int)err->kind : yaml_edit_drop_anchor(edits, doc, node, err);
	case ANCHOR:
		return yaml_edit_drop_anchor(edits, doc, node, err);
	default:
		return yaml_edit_append(edits, doc, 0, text, err);
	}
}

static const struct row {
	enum act	 what;
	const char	*before, *path, *value, *after;
} rows[] = {
	/* strings in the style that is there */
	{ STRING, "a: x # c\nb: 1\n", "a", "w", "a: w # c\nb: 1\n" },
	{ STRING, "a: x\n", "a", "yes", "a: \"yes\"\n" },
	{ STRING, "a: x\n", "a", "p\nq", "a: |-\n    p\n    q\n" },
	{ STRING, "a: x # c\nb: 1\n", "a", "p\nq\n", "a: | # c\n    p\n    q\nb: 1\n" },
	{ STRING, "a: 'x' # c\n", "a", "it's", "a: 'it''s' # c\n" },
	{ STRING, "a: \"x\"\n", "a", "w", "a: \"w\"\n" },
	{ STRING, "a: \"x\n  y\" # c\n", "a", "z", "a: \"z\" # c\n" },
	{ STRING, "a: \"1\"#c\n", "a", "2", "a: \"2\" #c\n" },
	{ STRING, "a:\n  x\nb: 1\n", "a", "w", "a:\n  w\nb: 1\n" },
	{ STRING, "a: &p !!str x\n", "a", "w", "a: &p !!str w\n" },
	{ STRING, "a: *p\np: &p 1\n", NULL, NULL, NULL },
	{ STRING, "p: &p 1\na: *p\n", "a", "w", "p: &p 1\na: w\n" },
	{ STRING, "a:\nb: 1\n", "a", "w", "a: w\nb: 1\n" },
	{ STRING, "a: # c\nb: 1\n", "a", "w", "a: w # c\nb: 1\n" },
	{ STRING, "a:", "a", "w", "a: w" },
	{ STRING, "- \n- b\n", "0", "w", "- w \n- b\n" },
	{ STRING, "a: &p\n", "a", "w", "a: &p w\n" },
	{ STRING, "a: {b: , c}\n", "a/b", "w", "a: {b: w , c}\n" },
	{ STRING, "a: {b: , c}\n", "a/c", "w", "a: {b: , c: w}\n" },
	{ STRING, "? a\n? b\n", "a", "w", "? a\n: w\n? b\n" },
	{ STRING, "a: [x, y]\n", "a/0", "p, q", "a: ['p, q', y]\n" },
	{ STRING, "a: [x, y]\n", "a/0", "p\nq", "a: [\"p\\nq\", y]\n" },
	{ STRING, "", "", "w", NULL },
	{ STRING, "--- # c\n", "", "w", "--- w # c\n" },
	/* block scalars */
	{ STRING, "a: |\n  x\n  y\nb: 1\n", "a", "p\nq\n", "a: |\n  p\n  q\nb: 1\n" },
	{ STRING, "a: | # c\n  x\n\nb: 1\n", "a", "p\n", "a: | # c\n  p\n\nb: 1\n" },
	{ STRING, "a: |\n  x\n\nb: 1\n", "a", "p", "a: |-\n  p\n\nb: 1\n" },
	{ STRING, "a: |-\n  x\n\nb: 1\n", "a", "p\n", "a: |\n  p\n\nb: 1\n" },
	{ STRING, "a: |+\n  x\n\nb: 1\n", "a", "p\n", "a: |+\n  p\nb: 1\n" },
	{ STRING, "a: |+\n  x\n\nb: 1\n", "a", "p\n\n\n", "a: |+\n  p\n\n\nb: 1\n" },
	{ STRING, "a: |\n  x\n\nb: 1\n", "a", "p\n\n\n", "a: |+\n  p\n\n\nb: 1\n" },
	{ STRING, "a: |4\n     x\nb: 1\n", "a", "  p\nq\n", "a: |4\n      p\n    q\nb: 1\n" },
	{ STRING, "a: |\n  x\nb: 1\n", "a", "  p\nq\n", "a: |4\n      p\n    q\nb: 1\n" },
	{ STRING, "a: |\n      x\nb: 1\n", "a", "p\n", "a: |\n      p\nb: 1\n" },
	{ STRING, "a: >\n  x\n  y\nb: 1\n", "a", "p\nq\n", "a: >\n  p\n\n  q\nb: 1\n" },
	{ STRING, "a: |\n  x", "a", "p", "a: |-\n  p" },
	{ STRING, "a: |\n  x", "a", "p\n", "a: |\n  p\n" },
	{ STRING, "a: |-\n  x", "a", "p", "a: |-\n  p" },
	{ STRING, "a: | # c\n  x\nb: 1\n", "a", "\x01", "a: \"\\x01\" # c\nb: 1\n" },
	{ STRING, "a: | # c\n  x\n\nb: 1\n", "a", "", "a: \"\" # c\n\nb: 1\n" },
	{ STRING, "a: |\nb: 1\n", "a", "p\n", "a: |\n    p\nb: 1\n" },
	{ STRING, "l:\n- |\n  x\n- y\n", "l/0", "p\nq\n", "l:\n- |\n  p\n  q\n- y\n" },
	{ STRING, "a: |\r\n  x\r\nb: 1\r\n", "a", "p\nq\n", "a: |\r\n  p\r\n  q\r\nb: 1\r\n" },
	{ STRING, "a: x\r\nb: 1\r\n", "a", "p\nq\n", "a: |\r\n    p\r\n    q\r\nb: 1\r\n" },
	{ CONTENT, "a: |- # c\n  x\n\nb: 1\n", "a", "p", "a: p # c\n\nb: 1\n" },
	{ CONTENT, "a: x", "a", "p\nq\n", "a: |\n    p\n    q\n" },
	{ CONTENT, "a: x", "a", "p\nq", "a: |-\n    p\n    q" },
	{ CONTENT, "a:\n - b: x\n", "a/0/b", "p\nq", "a:\n - b: |-\n    p\n    q\n" },
	/* source */
	{ SOURCE, "a: 'x' # c\n", "a", "42", "a: 42 # c\n" },
	{ SOURCE, "a: |\n  x\nb: 1\n", "a", "42", "a: 42\nb: 1\n" },
	{ SOURCE, "a:\n", "a", "42", "a: 42\n" },
	/* nodes */
	{ NODE, "a: 1 # c\nb: 2\n", "a", "x: 1\nw: [z]\n", "a: # c\n    x: 1\n    w:\n        - z\nb: 2\n" },
	{ NODE, "a: 1\nb:\n  c: 2\n", "a", "x: 1\n", "a:\n  x: 1\nb:\n  c: 2\n" },
	{ NODE, "p: &p {x: 1}\na: *p\n", "a", "x: 1\n", "p: &p {x: 1}\na:\n    x: 1\n" },
	{ NODE, "p: &p {x: 1}\na: *p", "a", "x: 1\n", "p: &p {x: 1}\na:\n    x: 1" },
	{ NODE, "a: [*p]\n", NULL, NULL, NULL },
	{ NODE, "p: &p {x: 1}\na: [*p, 1]\n", "a/0", "x: 1\ny: z\n", "p: &p {x: 1}\na: [{x: 1, \"y\": z}, 1]\n" },
	{ NODE, "- 1\n- 2\n", "0", "x: 1\ny: 2\n", "- x: 1\n  \"y\": 2\n- 2\n" },
	{ NODE, "-   1 # c\n- 2\n", "0", "[p, q]\n", "- - p\n  - q # c\n- 2\n" },
	{ NODE, "a:\n  b: 1\n  c: 2 # c\nd: 1\n", "a", "x: 1\n", "a:\n  x: 1\nd: 1\n" },
	{ NODE, "a:\n  b: 1\n  c: 2 # c\nd: 1\n", "a", "word\n", "a: word\nd: 1\n" },
	{ NODE, "a: # c\n  b: 1\nd: 1\n", "a", "word\n", "a: word # c\nd: 1\n" },
	{ NODE, "a: # c\n  b: 1\nd: 1\n", "a", "\"p\\nq\"\n", "a: |- # c\n  p\n  q\nd: 1\n" },
	{ NODE, "a: &x !!map\n  b: 1\nd: 1\n", "a", "- 1\n", "a:\n  - 1\nd: 1\n" },
	{ NODE, "a: &x 1\nd: 1\n", "a", "- 1\n", "a:\n    - 1\nd: 1\n" },
	{ NODE, "a: &x !!int 1\nd: 1\n", "a", "word\n", "a: word\nd: 1\n" },
	{ NODE, "a:\n- 1\n- 2\nd: 1\n", "a", "{}\n", "a: {}\nd: 1\n" },
	{ NODE, "- a: 1\n  b: 2\n- 3\n", "0", "word\n", "- word\n- 3\n" },
	{ NODE, "- a: 1\n  b: 2\n- 3\n", "0", "[x]\n", "- - x\n- 3\n" },
	{ NODE, "a: |\n  x\n  y\nd: 1\n", "a", "x: 1\n", "a:\n    x: 1\nd: 1\n" },
	{ NODE, "a: {b: 1}\n", "a", "[]\n", "a: []\n" },
	{ NODE, "a: 1\n", "a", "!!int \"5\"\n", "a: !!int \"5\"\n" },
	{ NODE, "a: 1\n", "a", "0x10\n", "a: 0x10\n" },
	{ NODE, "a: 1\nb: 2\n", "", "x: 1\n", "x: 1\n" },
	/* members */
	{ MEMBER, "a: 1\n", "", "b=2", "a: 1\nb: 2\n" },
	{ MEMBER, "a: 1", "", "b=2", "a: 1\nb: 2" },
	{ MEMBER, "a: 1 # c\n# d\n", "", "b={x: [1]}", "a: 1 # c\n# d\nb:\n    x:\n        - 1\n" },
	{ MEMBER, "a:\n  b: 1\n  # c\nd: 1\n", "a", "e=x", "a:\n  b: 1\n  # c\n  e: x\nd: 1\n" },
	{ MEMBER, "a:\n  b: |\n    x\n\nd: 1\n", "a", "e=x", "a:\n  b: |\n    x\n  e: x\n\nd: 1\n" },
	{ MEMBER, "a:\n  b:\n    c:\n      d: 1\ne: 1\n", "a", "x={y: 1}",
	    "a:\n  b:\n    c:\n      d: 1\n  x:\n    \"y\": 1\ne: 1\n" },
	{ MEMBER, "- a: 1\n- b\n", "0", "c=2", "- a: 1\n  c: 2\n- b\n" },
	{ MEMBER, "a: {}\nb: 1\n", "a", "c=2", "a:\n    c: 2\nb: 1\n" },
	{ MEMBER, "a:\nb: 1\n", "a", "c=2", "a:\n    c: 2\nb: 1\n" },
	{ MEMBER, "a: null # n\nb: 1\n", "a", "c=2", "a: # n\n    c: 2\nb: 1\n" },
	{ MEMBER, "a: {b: 1}\n", "a", "c=[x, y]", "a: {b: 1, c: [x, \"y\"]}\n" },
	{ MEMBER, "a: {b: 1,}\n", "a", "c=2", "a: {b: 1, c: 2,}\n" },
	{ MEMBER, "a: [{}]\n", "a/0", "c=2", "a: [{c: 2}]\n" },
	{ MEMBER, "a: [b: 1]\n", "a/0", "c=2", "a: [{b: 1, c: 2}]\n" },
	{ MEMBER, "---\n", "", "c=2", "---\nc: 2\n" },
	{ MEMBER, "---", "", "c=2", "---\nc: 2" },
	{ MEMBER, "--- # x\n# y\n---\nb: 1\n", "", "c=2", "--- # x\n# y\nc: 2\n---\nb: 1\n" },
	{ MEMBER, "{}\n", "", "c=2", "c: 2\n" },
	{ MEMBER, "null\n", "", "c=2", "c: 2\n" },
	{ MEMBER, "a: 1\n...\n", "", "c=2", "a: 1\nc: 2\n...\n" },
	{ MEMBER, "a: 1\r\n", "", "c={d: 1}", "a: 1\r\nc:\r\n    d: 1\r\n" },
	{ MEMBER, "a: word\n", "a", "c=2", NULL },
	{ MEMBER, "a: [1]\n", "a", "c=2", NULL },
	/* elements */
	{ ELEMENT, "a:\n- 1\nb: 1\n", "a", "2", "a:\n- 1\n- 2\nb: 1\n" },
	{ ELEMENT, "a:\n  - 1\n  # c\nb: 1\n", "a", "{x: 1, z: 2}", "a:\n  - 1\n  # c\n  - x: 1\n    z: 2\nb: 1\n" },
	{ ELEMENT, "a: []\n", "a", "2", "a:\n    - 2\n" },
	{ ELEMENT, "a: [1] # c\n", "a", "2", "a: [1, 2] # c\n" },
	{ ELEMENT, "- 1", "", "2", "- 1\n- 2" },
	/* removing */
	{ REMOVE, "a: 1\nb: 2\n", "a", "", "b: 2\n" },
	{ REMOVE, "a: 1\nb: 2", "b", "", "a: 1" },
	{ REMOVE, "# c\na: 1 # d\n# e\nb: 2\n", "a", "", "# c\n# d\n# e\nb: 2\n" },
	{ REMOVE, "a:\n  b: 1 # x\n  c: 2\n  # y\nd: 1\n", "a", "", "  # y\nd: 1\n" },
	{ REMOVE, "a: # c\n  b: 1\nd: 1\n", "a", "", "# c\nd: 1\n" },
	{ REMOVE, "a: | # c\n  x\n\nd: 1\n", "a", "", "# c\n\nd: 1\n" },
	{ REMOVE, "a:\n  b: 1\nd: 1\n", "a/b", "", "a: {}\nd: 1\n" },
	{ REMOVE, "a:\n- 1\nd: 1\n", "a/0", "", "a: []\nd: 1\n" },
	{ REMOVE, "a: 1\n", "a", "", "{}\n" },
	{ REMOVE, "a: 1 # c\n", "a", "", "{} # c\n" },
	{ REMOVE, "a: | # c\n  x\n\n", "a", "", "{} # c\n\n" },
	{ REMOVE, "- a: # c\n    b: 1\n- 2\n", "0/a", "", "- {} # c\n- 2\n" },
	{ REMOVE, "a: |\n  x\nb: 1\n   # c\nd: 1\n", "b", "", "a: |\n  x\n# c\nd: 1\n" },
	{ REMOVE, "a: |+\n  x\nb: 1\n\nd: 1\n", "b", "", "a: |+\n  x\nd: 1\n" },
	{ REMOVE, "a: |\n  x\nb: 1\n\nd: 1\n", "b", "", "a: |\n  x\n\nd: 1\n" },
	{ REMOVE, "- a: 1\n  b: 2\n", "0/a", "", "- b: 2\n" },
	{ REMOVE, "- a: 1\n  b: 2\n", "0/b", "", "- a: 1\n" },
	{ REMOVE, "- a: 1\n- 2\n", "0/a", "", "- {}\n- 2\n" },
	{ REMOVE, "- a: 1\n- 2\n", "0", "", "- 2\n" },
	{ REMOVE, "a: [1, 2, 3]\n", "a/0", "", "a: [2, 3]\n" },
	{ REMOVE, "a: [1, 2, 3]\n", "a/1", "", "a: [1, 3]\n" },
	{ REMOVE, "a: [1, 2, 3]\n", "a/2", "", "a: [1, 2]\n" },
	{ REMOVE, "a: [1]\n", "a/0", "", "a: []\n" },
	{ REMOVE, "a: [1, # c\n  2]\n", "a/1", "", "a: [1 # c\n  ]\n" },
	{ REMOVE, "a: {b: 1, c}\n", "a/b", "", "a: {c}\n" },
	/* properties */
	{ TAG, "a: !!int 5\n", "a", "", "a: 5\n" },
	{ TAG, "a: &x !!int 5\n", "a", "", "a: &x 5\n" },
	{ TAG, "a: !!int &x 5\n", "a", "", "a: &x 5\n" },
	{ TAG, "a: !!map\n  b: 1\n", "a", "", "a:\n  b: 1\n" },
	{ TAG, "a: 5\n", "a", "", "a: 5\n" },
	{ ANCHOR, "a: &x 5\n", "a", "", "a: 5\n" },
	{ ANCHOR, "a: &x # c\n  b: 1\n", "a", "", "a: # c\n  b: 1\n" },
	{ BOTH, "a: &x !!map\n  b: 1\n", "a", "", "a: \n  b: 1\n" },
	{ BOTH, "a: !!map &x\n  b: 1\n", "a", "", "a: \n  b: 1\n" },
	{ BOTH, "a: !!int &x 5\n", "a", "", "a: 5\n" },
	/* whole lines at the end */
	{ APPEND, "a: 1\n", "", "sops:\n    x: 1\n", "a: 1\nsops:\n    x: 1\n" },
	{ APPEND, "a: 1", "", "sops:\n    x: 1\n", "a: 1\nsops:\n    x: 1" },
	{ APPEND, "a:\n  b: 1\n  # c\n---\nd: 1\n", "", "s: 1\n", "a:\n  b: 1\n  # c\ns: 1\n---\nd: 1\n" },
	{ APPEND, "{}\n", "", "s: 1\n", "s: 1\n" },
	{ APPEND, "---\n# c\n", "", "s: 1\n", "---\n# c\ns: 1\n" },
	{ APPEND, "{a: 1}\n", "", "s: 1\n", NULL },
	{ APPEND, "- a\n", "", "s: 1\n", NULL },

	/* blank lines with tabs behind a plain word, which cannot stay behind anything else */
	{ STRING, "a: x\n \t\nb: 1\n", "a", "w", "a: w\n \t\nb: 1\n" },
	{ STRING, "a: x\n \t\nb: 1\n", "a", "yes", "a: \"yes\"\n\nb: 1\n" },
	{ STRING, "a: x\n\n \t\n  \nb: 1\n", "a", "yes", "a: \"yes\"\n\n\n  \nb: 1\n" },
	{ STRING, "a: x\r\n \t\r\nb: 1\r\n", "a", "yes", "a: \"yes\"\r\n\r\nb: 1\r\n" },
	{ STRING, "a: x\n \t", "a", "yes", "a: \"yes\"\n" },
	{ STRING, "[x\n \t\n]\n", "0", "yes", "[\"yes\"\n \t\n]\n" },
	{ SOURCE, "a: x\n \t\nb: 1\n", "a", "\"E\"", "a: \"E\"\n\nb: 1\n" },
	{ NODE, "a: x\n \t\nb: 1\n", "a", "c: \"d\"\n", "a:\n    c: d\n\nb: 1\n" },
	{ NODE, "a:\n  c: x\n \t\nb: 1\n", "a", "[]", "a: []\n\nb: 1\n" },
	{ MEMBER, "a: x\n \t\n", "", "b=[]", "a: x\nb: []\n\n" },
	{ ELEMENT, "- x\n \t\n", "", "'yes'", "- x\n- \"yes\"\n\n" },
	{ REMOVE, "a: 'q'\nb: x\n \t\nc: 1\n", "b", "", "a: 'q'\n\nc: 1\n" },
	{ REMOVE, "- a: x\n \t\n  b: 1\n", "0/a", "", "- \n  b: 1\n" },
	{ REMOVE, "a:\n  b: x\n \t\nc: 1\n", "a/b", "", "a: {}\n\nc: 1\n" },

	{ STRING, "a: x\n \t\n\n \t# c\nb: 1\n", "a", "yes", "a: \"yes\"\n\n\n  # c\nb: 1\n" },
	{ STRING, "a: x\n \t# c\nb: 1\n", "a", "w", "a: w\n \t# c\nb: 1\n" },
	{ REMOVE, "a: |\n  q\nb: x\n \t\n \t# c\nc: 1\n", "b", "", "a: |\n  q\n# c\nc: 1\n" },
	{ REMOVE, "a: 'q'\nb: x\n \t\n \t# c\nc: 1\n", "b", "", "a: 'q'\n\n  # c\nc: 1\n" },
	{ REMOVE, "- b: x\n \t# c\n  c: 1\n", "0/b", "", "- # c\n  c: 1\n" },

	/* blanks behind a value are no text of a block in its place */
	{ NODE, "a:\n  x  \nb: 1\n", "a", "- |\n  p\n  q\n", "a:\n    - |\n      p\n      q\nb: 1\n" },
	{ NODE, "a:\n  x ", "a", "- |\n  p\n  q\n", "a:\n    - |\n      p\n      q\n" },

	/* a block that the text ends in without a line break */
	{ MEMBER, "a: |\n  x", "", "b=1", "a: |-\n  x\nb: 1" },
	{ ELEMENT, "- a:\n  - >+\n    x", "", "1", "- a:\n  - >-\n    x\n- 1" },
	{ MEMBER, "a: |-\n  x", "", "b=1", "a: |-\n  x\nb: 1" },

	/* a flow map whose last value is empty */
	{ MEMBER, "{a: }\n", "", "b=1", "{a: , b: 1 }\n" },

	/* the comment of a header that the text ends in */
	{ REMOVE, "a: 1\nb: |# c", "b", "", "a: 1\n# c" },

	/* an empty flow map with comments inside */
	{ MEMBER, "{ # a\n# b\n}\n", "", "b=1", "{ # a\n# b\nb: 1}\n" },

	/* a key in a flow map that a ':' would go into */
	{ STRING, "{a: &k b, c: {*k , d: 1}}\n", "c/b", "w", "{a: &k b, c: {*k : w , d: 1}}\n" },

	/* a comment without a blank before it */
	{ NODE, "a: 'x'#c\nb: 1\n", "a", "p: q\n", "a: #c\n    p: q\nb: 1\n" },
	{ NODE, "- 'x'#c\n- 1\n", "0", "p: q\n", "- p: q #c\n- 1\n" },
	{ NODE, "a:\n  'x'#c\nb: 1\n", "a", "p: q\n", "a:\n    p: q #c\nb: 1\n" },

	/* a key of several lines in a flow map */
	{ STRING, "{a, b\n  c}\n", "b c", "w", "{a, ? b\n  c: w}\n" },
	{ STRING, "{!x\n  b, c}\n", "b", "w", "{? !x\n  b: w, c}\n" },
	{ STRING, "{? b\n  c}\n", "b c", "w", "{? b\n  c: w}\n" },

	/* a directive behind an empty document, which a word would take for its next line */
	{ STRING, "---\n%TAG ! x:\n---\na: 1\n", "", "w", "--- w\n...\n%TAG ! x:\n---\na: 1\n" },
	{ STRING, "--- |\n  x\n# c\n%TAG ! x:\n---\na: 1\n", "", "w", "--- |-\n  w\n# c\n%TAG ! x:\n---\na: 1\n" },
	{ SOURCE, "--- |\n  x\n%TAG ! x:\n---\na: 1\n", "", "w", "--- w\n...\n%TAG ! x:\n---\na: 1\n" },
};

static void
test_rows(void)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		CLEANUP(document_freep) struct document *doc = NULL, *after = NULL;
		CLEANUP(edits_release) struct edits edits = EDITS;
		struct error err = ERROR_INIT;
		char name[100];

		if (row->path == NULL || document_parse(slice_str(row->before), &syntax_yaml, &doc, &err) != 0 || doc->roots == 0)
			continue;
		(void)snprintf(name, sizeof(name), "row %zu gives the text that it must", i);
		if (act(row->what, &edits, doc, find(doc->root[0], row->path), row->value, &err) != 0) {
			ok(row->after == NULL && err.kind == ERR_TYPE, "row %zu is refused: %s", i, err.text);
			continue;
		}
		buf_reset(&out);
		ok(edits_apply(&edits, doc, &out, &err) == 0, "row %zu applies", i);
		if (!is_slice(buf_slice(&out), slice_str(row->after != NULL ? row->after : "a refusal"), name))
			tap_show("before", row->before, strlen(row->before));
		after = yaml_of(buf_slice(&out));
		ok(after != NULL, "row %zu can be read", i);
	}
}

/* --- any string anywhere ------------------------------------------------------------------------------------------------ */

static bool
reads_as(const struct node *node, struct slice text)
{
	CLEANUP(arena_release) struct arena store = ARENA(1 * MIB);
	struct scalar	scalar;
	struct error	err = ERROR_INIT;

	return node->kind == NODE_SCALAR && scalar_resolve(node, &scalar_table_sops, &store, &scalar, &err) == 0 &&
	    scalar.type == SCALAR_STRING &&
	    slice_eq(scalar.text, text);
}

static bool
is_spare(const struct node *node)
{
	return node->kind != NODE_SCALAR || (node->properties != NULL && node_tag(node).len != 0);
}

/* Comments may move between containers when a block scalar comes or goes; values may not. */
static bool
same_but(const struct node *a, const struct node *b, const struct node *but_a, const struct node **but_b)
{
	if (a->kind == NODE_COMMENT)
		return true;
	if (a == but_a) {
		*but_b = b;
		return b->kind == NODE_SCALAR;
	}
	if (!same_node(a, b) || (a->key != NULL && !same_node(a->key, b->key)))
		return false;
	for (a = a->child, b = b->child;; a = a->next, b = b->next) {
		while (a != NULL && a->kind == NODE_COMMENT)
			a = a->next;
		while (b != NULL && b->kind == NODE_COMMENT)
			b = b->next;
		if (a == NULL || b == NULL)
			return a == b;
		if (!same_but(a, b, but_a, but_b))
			return false;
	}
}

static void
test_any_string(void)
{
	static const char *const texts[] = {
		"word", "yes", "", "it's: #1", "two\nlines", "two\nlines\n", "\n", "three\n\n\n", " lead\nx", "tab\there",
		    "\xf0\x9f\x98\x80", "x\ry",
		"# no comment\n", "- x", "a: b\n c: d\n", "\xe2\x80\xa8", "trail \n", "[",
		    "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]",
	};
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	static const enum node_style styles[] = { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_LITERAL, STYLE_FOLDED };

	for (uint64_t seed = 5000; seed < 5150; seed++) {
		struct generator g;
		CLEANUP(document_freep) struct document *doc = yaml_of(generate(&g, seed));
		unsigned bad = 0;
		size_t n = 0;

		for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0]), n++) {
			CLEANUP(edits_release) struct edits edits = EDITS;
			CLEANUP(document_freep) struct document *after = NULL;
			struct slice		 text = slice_str(texts[draw(&g, sizeof(texts) / sizeof(texts[0]))]);
			enum node_style		 style = draw(&g, 2) != 0 ? node->style : styles[draw(&g, 5)];
			const struct node	*got = NULL;
			struct error		 err = ERROR_INIT;

			if (is_spare(node))
				continue;
			buf_reset(&out);
			if (yaml_edit_string(&edits, doc, node, text, style, YAML_FOR_SOPS, &err) == 0 &&
			    edits_apply(&edits, doc, &out, &err) == 0 &&
			    (after = yaml_of(buf_slice(&out))) != NULL && after->roots == doc->roots &&
			    same_but(doc->root[0], after->root[0], node, &got) && got != NULL && reads_as(got, text))
				continue;
			if (bad++ == 0) {
				tap_show("text", g.text.data, g.text.len);
				tap_show("string", text.data, text.len);
				printf("# style %d at %u:%u: %s\n", style, node->line, node->column, err.text);
				tap_show("after", out.data, out.len);
			}
		}
		ok(bad == 0, "any string can stand for any scalar of generated document %u", (unsigned)seed);
		buf_release(&g.text);
	}
}

/* --- structure ---------------------------------------------------------------------------------------------------------- */

static size_t
comments(const struct document *doc)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i]))
			n += node->kind == NODE_COMMENT;
	return n;
}

/* All items of a document, comments left out. */
static size_t
all_items(const struct node *top)
{
	size_t n = 0;

	for (const struct node *node = top; node != NULL; node = node_after(node, top))
		n += node->kind != NODE_COMMENT;
	return n;
}

static void
test_structure(void)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document *value = yaml_of(SLICE("{p: q, r: [1, {s: t}]}\n"));

	for (uint64_t seed = 7000; seed < 7150; seed++) {
		struct generator g;
		CLEANUP(document_freep) struct document *doc = yaml_of(generate(&g, seed));
		unsigned bad = 0;

		for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0])) {
			for (int what = 0; what < 3; what++) {
				CLEANUP(edits_release) struct edits edits = EDITS;
				CLEANUP(document_freep) struct document *after = NULL;
				struct error	err = ERROR_INIT;
				bool		collection = node->kind == NODE_MAP || node->kind == NODE_LIST;
				size_t		was = all_items(doc->root[0]), want = was;
				int		rc = 0;

				if (node->kind == NODE_COMMENT || (what == 0 && node->parent == NULL) || (what == 1 &&
				    !collection))
					continue;
				if (what == 0) {
					rc = yaml_edit_remove(&edits, doc, node, &err);
					want -= all_items(node);
				} else if (what == 1) {
					rc = node->kind == NODE_MAP ? yaml_edit_add_member(&edits, doc, node,
					    SLICE("new"), value->root[0], YAML_FOR_SOPS, &err) :
					    yaml_edit_add_element(&edits, doc, node, value->root[0], YAML_FOR_SOPS, &err);
					want += all_items(value->root[0]);
				} else {
					rc = yaml_edit_node(&edits, doc, node, value->root[0], YAML_FOR_SOPS, &err);
					want += all_items(value->root[0]) - all_items(node);
				}
				buf_reset(&out);
				if (rc == 0 && edits_apply(&edits, doc, &out, &err) == 0 &&
				    (after = yaml_of(buf_slice(&out))) != NULL &&
				    after->roots == doc->roots && all_items(after->root[0]) == want &&
				    (what == 2 || collection || comments(after) == comments(doc)))
					continue;
				if (bad++ == 0) {
					tap_show("text", g.text.data, g.text.len);
					printf("# %s at %u:%u (byte %u): %s\n", what == 0 ? "remove" : what == 1 ? "add" :
					    "replace", node->line, node->column,
					    node->span.start, err.text);
					tap_show("after", out.data, out.len);
				}
			}
		}
		ok(bad == 0, "nodes of generated document %u can be removed, added to and replaced", (unsigned)seed);
		buf_release(&g.text);
	}
}

int
main(void)
{
	test_rows();
	test_any_string();
	test_structure();
	return done_testing();
}
