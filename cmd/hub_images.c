#include "cmd/hub_images.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"
#include "yamlmerge/document.h"

#define IMAGE_PATH	"jupyterhub.singleuser.image"
#define IMAGE_FOLDER	"image"
#define TAG_LEN		7

/* --- hubploy.yaml --------------------------------------------------------------------------------------------------------- */

struct reading {
	const char		*hub, *file;
	struct arena		*arena;
	struct hub_image	*list;
	size_t			 count;
	struct error		*err;
};

/* The text of a member, ${otherwise} when there is none. */
static int
text_of(struct reading *r, const struct node *map, const char *key, const char *otherwise, const char **out)
{
	const struct node	*member = node_member(map, slice_str(key)), *node = member != NULL ? node_resolve(member) : NULL;
	struct slice		 copy;

	*out = otherwise;
	if (node == NULL)
		return 0;
	if (node->kind != NODE_SCALAR || memchr(node->text.data, '\0', node->text.len) != NULL) {
		(void)err_set(r->err, ERR_TYPE, "'%s' must be a text", key);
		(void)err_at(r->err, node->line, node->column);
		return err_file(r->err, r->file);
	}
	if (arena_copy(r->arena, node->text, &copy, r->err) != 0)
		return (int)r->err->kind;
	*out = (const char *)copy.data;
	return 0;
}

/* One image; ${otherwise}: its folder when none is named, or NULL: a later hubploy keeps such images, "NAME:TAG", for information. */
static int
add_image(struct reading *r, const struct node *map, const char *name_key, const char *otherwise)
{
	CLEANUP(buf_release) struct buf	 folder = BUF(64 * KIB);
	struct hub_image		*image = &r->list[r->count];
	const char			*below;
	struct slice			 copy;

	if (text_of(r, map, name_key, NULL, &image->name) != 0 || text_of(r, map, "path", otherwise, &below) != 0 ||
	    text_of(r, map, "helm_substitution_path", IMAGE_PATH, &image->path) != 0)
		return (int)r->err->kind;
	if (below == NULL)
		return 0;
	if (buf_printf(&folder, r->err, "deployments/%s/%s", r->hub, below) != 0 ||
	    arena_copy(r->arena, buf_slice(&folder), &copy, r->err) != 0)
		return (int)r->err->kind;
	image->folder = (const char *)copy.data;
	r->count++;
	return 0;
}

static int
read_images(struct reading *r, const struct node *images)
{
	const struct node	*list = node_member(images, SLICE("images"));
	size_t			 count = 1;
	void			*memory;

	list = list != NULL ? node_resolve(list) : NULL;
	for (const struct node *item = list != NULL ? list->child : NULL; item != NULL; item = item->next)
		count++;
	if (arena_alloc(r->arena, count * sizeof(*r->list), &memory, r->err) != 0)
		return (int)r->err->kind;
	r->list = memory;
	if (node_member(images, SLICE("image_name")) != NULL && add_image(r, images, "image_name", IMAGE_FOLDER) != 0)
		return (int)r->err->kind;
	for (const struct node *item = list != NULL ? list->child : NULL; item != NULL; item = item->next)
		if (node_resolve(item)->kind == NODE_MAP && add_image(r, node_resolve(item), "name", NULL) != 0)
			return (int)r->err->kind;
	return 0;
}

int
hub_images_read(const char *hub, struct arena *arena, struct hub_image **out, size_t *count, struct error *err)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(buf_release) struct buf		 path = BUF(64 * KIB), text = BUF(LIMIT_CONFIG);
	struct reading				 r = { .hub = hub, .arena = arena, .err = err };
	struct error				 why = ERROR_INIT;
	const struct node			*images;

	*count = 0;
	if (buf_printf(&path, err, "deployments/%s/hubploy.yaml", hub) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	r.file = (const char *)path.data;
	if (file_read(r.file, &text, &why) != 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return err_wrap(err, "cannot read '%s'", r.file);
	}
	if (document_parse(buf_slice(&text), &syntax_yaml, &doc, err) != 0)
		return err_file(err, r.file);
	images = doc->roots > 0 && doc->root[0]->kind == NODE_MAP ? node_member(doc->root[0], SLICE("images")) : NULL;
	if (images != NULL && node_resolve(images)->kind == NODE_MAP && read_images(&r, node_resolve(images)) != 0)
		return (int)err->kind;
	*out = r.list;
	*count = r.count;
	return 0;
}

/* --- tags ------------------------------------------------------------------------------------------------------------------ */

/* A commit without parents ends the history, and in a shallow clone it may be there only because the clone ends. */
static int
check_depth(const char *folder, struct error *err)
{
	CLEANUP(buf_release) struct buf answer = BUF(KIB);

	if (gitcmd_run((const char *const[]){ "rev-parse", "--is-shallow-repository", NULL }, SLICE_NONE, &answer, err) != 0)
		return (int)err->kind;
	if (!slice_eq(slice_trim(buf_slice(&answer)), SLICE("true")))
		return 0;
	(void)err_set(err, ERR_REFUSED, "the last commit that touched '%s' cannot be told in this shallow clone", folder);
	return err_hint(err, "fetch the whole history ('git fetch --unshallow'; fetch-depth: 0 in a workflow)");
}

static size_t
tag_len(struct slice commit)
{
	size_t len;

	/* All digits would be a number to whoever forgets the quotes. */
	for (len = 1; len <= commit.len; len++)
		if (commit.data[len - 1] >= 'a')
			break;
	return len < TAG_LEN ? TAG_LEN : len;
}

int
hub_image_tag(const char *folder, struct arena *arena, const char **out, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(64 * KIB);
	struct slice			commit, parents, copy;

	if (gitcmd_run((const char *const[]){ "log", "-n", "1", "--format=%H %P", "--", folder, NULL }, SLICE_NONE, &answer, err) != 0)
		return err_wrap(err, "cannot ask for the last commit of '%s'", folder);
	parents = slice_trim(buf_slice(&answer));
	if (parents.len == 0)
		return err_set(err, ERR_NOT_FOUND, "no commit has touched the image folder '%s'", folder);
	(void)slice_split(&parents, ' ', &commit);
	if (parents.len == 0 && check_depth(folder, err) != 0)
		return (int)err->kind;
	if (arena_copy(arena, slice_sub(commit, 0, tag_len(commit)), &copy, err) != 0)
		return (int)err->kind;
	*out = (const char *)copy.data;
	return 0;
}
