#ifndef YAMLMERGE_DOCUMENT_H
#define YAMLMERGE_DOCUMENT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * A document is the text of a file and one tree of nodes for each YAML document in it.  Every node
 * carries the byte range of its value, so that an edit is a list of replacements (edit.h) and every
 * byte that is not replaced stays.  A document never changes in memory: an edit makes new bytes, and
 * those are parsed again before anyone trusts them.
 *
 * YAML, JSON, dotenv and INI are read into the same tree; struct syntax says which.  Nothing here
 * knows of encryption.
 *
 * Ownership: the document keeps its own copy of the text (in secret memory, since it may be
 * plaintext), and its nodes live until document_free().
 */
enum node_kind {
	NODE_MAP,
	NODE_LIST,
	NODE_SCALAR,
	NODE_COMMENT,		/* a child of the map or list it belongs to (FORMAT.md, comments) */
	NODE_ALIAS,		/* "*name": text is the name, target the anchored node */
};

enum node_style {
	STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_LITERAL, STYLE_FOLDED,	/* scalars */
	STYLE_BLOCK, STYLE_FLOW,						/* maps and lists */
	STYLE_LINE, STYLE_INLINE,			/* comments: ordinary ones; beside a scalar, of which they come just before */
	STYLE_UNSEEN,					/* a comment that sops drops on reading: it may be encrypted, but selects nothing */
};

/* Bytes [start, end) of the text; 32 bits suffice (LIMIT_DOCUMENT) and keep large documents small. */
struct span {
	uint32_t	start, end;
};

struct node_properties {
	struct slice	 tag;		/* "!!int" resolved to "tag:yaml.org,2002:int"; "!" for the lone "!"; empty when not written */
	struct slice	 anchor;	/* without "&"; empty when not written */
	struct span	 tag_span;	/* where they stand, "!" and "&" included */
	struct span	 anchor_span;
};

struct node {
	enum node_kind	 kind : 8;
	enum node_style	 style : 8;
	uint32_t	 body;		/* block scalars: where the first line after the header begins */
	struct slice	 text;		/* decoded scalar, comment without its mark, or alias name; may hold NUL */
	const struct node_properties *properties;	/* NULL when neither is written; use node_tag(), node_anchor() */
	struct span	 span;		/* what an edit replaces: tag and anchor excluded; a comment's mark included */
	struct span	 item;		/* all of it: from its dash, key, tag or anchor on */
	struct node	*key;		/* in a map: a node of its own (scalar or alias, else refused); NULL in a list and for comments */
	struct node	*target;	/* of an alias: the anchored node */
	struct node	*parent, *child, *next;	/* in sops' order: a comment beside an item comes before it */
	uint32_t	 line, column;	/* of the value, from 1, in code points; a map's is that of its keys or `?`, a list's of its dashes */
};					/* nothing of a walk is kept here: aliases lead to a node twice */

/*
 * What a YAML stream says beside its values.  Lines count from 1, 0 means that there is no such thing.
 * sops refuses a file with a version other than 1.1; Helm 4 reads files differently that have any of these but a BOM.
 */
struct document_facts {
	uint32_t	directive_line;		/* the first %YAML or %TAG */
	uint32_t	version_line;		/* the first %YAML that does not say 1.1 */
	uint32_t	cut_block_line;		/* of a block scalar without "-" that the file ends in, without a line break */
	uint32_t	duplicate_line;		/* INI: of the first key that its section has had before; the last value counts */
	uint32_t	trailing_line;		/* JSON: of text behind the value, which sops ignores */
	bool		utf16;			/* it was UTF-16; the text of the document is the same in UTF-8 */
	bool		bom;			/* a byte order mark begins the text */
	bool		crlf;			/* its first line ends in CR LF */
};

struct document {
	struct slice		  text;		/* UTF-8; what the spans point into */
	const struct syntax	 *syntax;
	struct node		**root;		/* one a YAML document; a map, or a plain empty or null scalar for an empty one */
	size_t			  roots;
	struct span		 *extent;	/* of each YAML document in the text, separators excluded */
	struct document_facts	  facts;
	uint32_t		  step;		/* columns from a map to the first block inside it; 0 when there is none */
	struct arena		  arena;
};

/*
 * document_parse(text, syntax, out, err):
 * Parse ${text} into a new document, which the caller frees.  Any root node kind is accepted here:
 * what may stand at the root is for the caller to judge.  ERR_SYNTAX and ERR_LIMIT carry line and column
 * (depth, size and number of documents are bounded by base/limits.h).  A file of 0 bytes or of comments alone has no root.
 */
int	document_parse(struct slice text, const struct syntax *syntax, struct document **out, struct error *err) WARN_UNUSED;
/* The same without a copy: ${text}, in memory that the caller wipes, must stay as it is until the document is freed. */
int	document_parse_lent(struct slice text, const struct syntax *syntax, struct document **out, struct error *err) WARN_UNUSED;
void	document_free(struct document *doc);
DEFINE_CLEANUP(struct document, document_free)

/* One row a text format; the table of them all is in syntax.c. */
struct syntax {
	const char	*name;			/* "yaml" */
	int		(*parse)(struct document *doc, struct error *err);	/* fills root, roots, extent from text */
	const struct scalar_table *scalars;	/* how sops types what is not quoted; all of dotenv and INI is */
	const struct syntax_edits *edits;	/* of node_edit.h */
};
extern const struct syntax syntax_yaml, syntax_json, syntax_dotenv, syntax_ini, syntax_bytes;

static inline struct slice
node_tag(const struct node *node)
{
	return node->properties != NULL ? node->properties->tag : SLICE_NONE;
}

static inline struct slice
node_anchor(const struct node *node)
{
	return node->properties != NULL ? node->properties->anchor : SLICE_NONE;
}

/*
 * A map's member (its value node) by key text, comments skipped, or NULL.  Linear: for many look-ups in one large map
 * build a key_index (key_index.h).
 */
struct node	*node_member(const struct node *map, struct slice key);
/* The node itself, or what an alias stands for. */
const struct node *node_resolve(const struct node *node);
/* The text of a member's key, an alias followed to its scalar. */
struct slice	 node_key(const struct node *member);
/*
 * node_duplicate_key(top, out, err):
 * The first member in or below ${top} (aliases not followed) whose key has the same text as an earlier one of the same map;
 * NULL when there is none.  Keys count by text:
 * 1 and "1" are the same, as in sops.  Linear time.  ERR_MEMORY.
 */
int		 node_duplicate_key(const struct node *top, const struct node **out, struct error *err) WARN_UNUSED;
/*
 * The next node of a walk through ${top} in document order: children first, comments included, aliases not followed; NULL
 * at the end.
 */
struct node	*node_after(const struct node *node, const struct node *top);
/* Line and column (code points, from 1) of a byte of the text: counts from the beginning, so for messages only. */
void		 document_position(const struct document *doc, size_t byte, uint32_t *line, uint32_t *column);

#endif
