#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cmd/hub_images.h"
#include "cmd/hubrotate/hubrotate.h"
#include "cmd/layer_blob.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#define PREFIX_DEPTH	4
#define SECRET_BYTES	32

/* Zero to JupyterHub 1.0 to 4 (hubmerge 5). */
const struct kind_facts kinds[KINDS] = {
	[PROXY_TOKEN] = { "proxy-token",
	    { { "hub", "config", "ConfigurableHTTPProxy", "auth_token" }, { "proxy", "secretToken" } },
	    "the hub and proxy pods restart", "users are cut off while the proxy restarts; nobody is logged out" },
	[COOKIE_SECRET] = { "cookie-secret",
	    { { "hub", "config", "JupyterHub", "cookie_secret" }, { "hub", "cookieSecret" } },
	    "the hub pod restarts", "everybody has to log in again; running servers go on" },
	[CRYPT_KEEPER] = { "crypt-keeper",
	    { { "hub", "config", "CryptKeeper", "keys" } },
	    "the hub pod restarts", "nobody is logged out; drop the old keys (--prune) when users have logged in again" },
	[SERVICE_TOKEN] = { "service-token",
	    { { "hub", "services", "*", "api_token" }, { "hub", "services", "*", "apiToken" } },
	    "the hub pod restarts, and so must the service", "the service is refused until it has the new token, too" },
};

void
findings_release(struct findings *findings)
{
	free(findings->list);
}

static int
findings_add(struct findings *findings, const struct found *found, struct error *err)
{
	if (findings->count == findings->capacity) {
		size_t		 capacity = findings->capacity != 0 ? 2 * findings->capacity : 8;
		struct found	*list = realloc(findings->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		findings->list = list;
		findings->capacity = capacity;
	}
	findings->list[findings->count++] = *found;
	return 0;
}

/* --- the prefix ------------------------------------------------------------------------------------------------------ */

static const struct merge_value *
descend(const struct merge_value *value, const char *dotted)
{
	struct slice rest = slice_str(dotted), step;

	if (rest.len == 0)
		return value;
	while (value != NULL && slice_split(&rest, '.', &step))
		value = value->kind == MERGE_MAP ? merge_member(value, step) : NULL;
	return value;
}

static const struct merge_value *
at_place(const struct merge_value *root, const char *const place[static PLACE_STEPS + 1], const char *service_opt)
{
	for (size_t i = 0; i < PLACE_STEPS && place[i] != NULL && root != NULL; i++) {
		const char *step = strcmp(place[i], "*") == 0 ? service_opt : place[i];

		root = root->kind == MERGE_MAP && step != NULL ? merge_member(root, slice_str(step)) : NULL;
	}
	return root;
}

/* Does this map hold a secret where JupyterHub would look for it, or its services? */
static bool
holds_secrets(const struct merge_value *map)
{
	const struct merge_value *services = merge_member(map, SLICE("hub"));

	for (size_t kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < 2 && kinds[kind].place[i][0] != NULL; i++)
			if (kind != SERVICE_TOKEN && at_place(map, kinds[kind].place[i], NULL) != NULL)
				return true;
	return services != NULL && services->kind == MERGE_MAP && merge_member(services, SLICE("services")) != NULL;
}

static int
join(const char *prefix, struct slice name, struct arena *arena, const char **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_CONFIG);
	struct slice copy;

	if (buf_printf(&text, err, "%s%s%.*s", prefix, *prefix != '\0' ? "." : "", SLICE_ARG(name)) != 0 ||
	    arena_copy(arena, buf_slice(&text), &copy, err) != 0)
		return (int)err->kind;
	*out = (const char *)copy.data;
	return 0;
}

/* Of the chart's dependencies, those that are JupyterHub, by name: under that name, or its alias, its values are. */
static int
by_chart(const struct chart *chart, const char *above, unsigned depth, struct arena *arena, const char **out, size_t *count, struct error *err)
{
	for (const struct chart *sub = chart != NULL ? chart->subcharts : NULL; sub != NULL; sub = sub->next) {
		struct slice	 own = sub->alias_of.len > 0 ? sub->alias_of : sub->name;
		const char	*here;

		if (join(above, sub->name, arena, &here, err) != 0)
			return (int)err->kind;
		if (slice_eq(own, SLICE("jupyterhub")) && !sub->renamed) {
			*out = here;
			(*count)++;
		} else if (depth < PREFIX_DEPTH && by_chart(sub, here, depth + 1, arena, out, count, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* hubploy.yaml says where the image is: "jupyterhub.singleuser.image". */
static int
by_image(const char *hub, struct arena *arena, const char **out, struct error *err)
{
	static const struct slice	tail = SLICE("singleuser.image");
	struct hub_image		*images = NULL;
	size_t				 count = 0;

	if (hub == NULL || hub_images_read(hub, arena, &images, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++) {
		struct slice path = slice_str(images[i].path), copy;

		if (!slice_ends(path, tail))
			continue;
		path = slice_sub(path, 0, path.len - tail.len);
		if (slice_ends(path, SLICE(".")))
			path.len--;
		if (arena_copy(arena, path, &copy, err) != 0)
			return (int)err->kind;
		*out = (const char *)copy.data;
		return 0;
	}
	return 0;
}

static int
by_values(const struct merge_value *map, const char *here, unsigned depth, struct arena *arena, const char **out, struct error *err)
{
	if (holds_secrets(map)) {
		if (*out != NULL) {
			err_set(err, ERR_CONFLICT, "JupyterHub's values seem to be at '%s' and at '%s'", *out, here);
			return err_hint(err, "say which: --prefix PATH ('' for the top)");
		}
		*out = here;
		return 0;
	}
	for (const struct merge_value *child = map->child; child != NULL && depth < PREFIX_DEPTH; child = child->next) {
		const char *below;

		if (child->kind == MERGE_MAP && (join(here, child->key, arena, &below, err) != 0 ||
		    by_values(child, below, depth + 1, arena, out, err) != 0))
			return (int)err->kind;
	}
	return 0;
}

int
secrets_prefix(const struct hub *hub, const char *name_opt, const struct options *options, struct arena *arena, const char **out,
    struct error *err)
{
	const struct merge_value *root = hub->merged.root, *at;
	const char	*listed = NULL;
	size_t		 count = 0;

	*out = options->prefix != NULL ? options->prefix : hub->layout.prefix;
	if (*out == NULL && by_chart(hub->names, "", 0, arena, &listed, &count, err) != 0)
		return (int)err->kind;
	if (count == 1)
		*out = listed;
	if (*out == NULL && by_image(name_opt, arena, out, err) != 0)
		return (int)err->kind;
	if (*out == NULL && root != NULL && by_values(root, "", 0, arena, out, err) != 0)
		return (int)err->kind;
	at = *out != NULL && root != NULL ? descend(root, *out) : NULL;
	if (at != NULL && at->kind == MERGE_MAP)
		return 0;
	if (*out == NULL || **out == '\0')
		return err_set(err, ERR_NOT_FOUND, "no layer has any of JupyterHub's secrets");
	return err_set(err, ERR_NOT_FOUND, "no layer has values for JupyterHub, which are looked for at '%s'", *out);
}

/* As the templates of the chart see it: what is empty is not there. */
static bool
is_unset(const struct merge_value *value)
{
	switch (value->kind) {
	case MERGE_NULL:
		return true;
	case MERGE_BOOL:
		return !value->boolean;
	case MERGE_NUMBER:
		return value->number == 0;
	case MERGE_STRING:
		return value->text.len == 0;
	case MERGE_LIST:
	case MERGE_MAP:
		return value->child == NULL;
	}
	return false;
}

/* --- one secret ------------------------------------------------------------------------------------------------------ */

static int
path_text(const char *prefix, const char *const place[static PLACE_STEPS + 1], const char *service_opt, struct arena *arena,
    const char **out, struct error *err)
{
	*out = prefix;
	for (size_t i = 0; i < PLACE_STEPS && place[i] != NULL; i++)
		if (join(*out, slice_str(strcmp(place[i], "*") == 0 ? service_opt : place[i]), arena, out, err) != 0)
			return (int)err->kind;
	return 0;
}

int
secrets_find(const struct hub *hub, const char *prefix, enum kind kind, const char *service_opt, struct arena *arena,
    struct findings *out, struct error *err)
{
	const struct merge_value *root = descend(hub->merged.root, prefix);

	for (size_t i = 0; i < 2 && kinds[kind].place[i][0] != NULL; i++) {
		struct found found = { .kind = kind, .service = service_opt, .value = at_place(root, kinds[kind].place[i], service_opt) };

		if (found.value == NULL || is_unset(found.value))
			continue;
		if (path_text(prefix, kinds[kind].place[i], service_opt, arena, &found.path, err) != 0)
			return (int)err->kind;
		return findings_add(out, &found, err);
	}
	return 0;
}

int
secrets_services(const struct hub *hub, const char *prefix, struct arena *arena, const char ***out, size_t *count, struct error *err)
{
	static const char *const	 place[PLACE_STEPS + 1] = { "hub", "services" };
	const struct merge_value	*map = at_place(descend(hub->merged.root, prefix), place, NULL);
	struct slice			 copy;
	void				*room;

	*count = 0;
	if (map == NULL || map->kind != MERGE_MAP)
		return 0;
	if (arena_alloc(arena, (map->count + 1) * sizeof(**out), &room, err) != 0)
		return (int)err->kind;
	*out = room;
	for (const struct merge_value *child = map->child; child != NULL; child = child->next) {
		if (child->kind != MERGE_MAP || (merge_member(child, SLICE("api_token")) == NULL && merge_member(child, SLICE("apiToken")) == NULL))
			continue;
		if (arena_copy(arena, child->key, &copy, err) != 0)
			return (int)err->kind;
		(*out)[(*count)++] = (const char *)copy.data;
	}
	return 0;
}

bool
secrets_are_outside(const struct hub *hub, const char *prefix)
{
	static const char *const	 place[PLACE_STEPS + 1] = { "hub", "existingSecret" };
	const struct merge_value	*value = at_place(descend(hub->merged.root, prefix), place, NULL);

	return value != NULL && !is_unset(value);
}

struct slice
secrets_text(const struct merge_value *value)
{
	if (value->kind == MERGE_LIST)
		return value->child != NULL ? value->child->text : SLICE_NONE;
	return value->text;
}

static int
search_copies(const struct merge_value *container, const char *here, const struct found *of, struct arena *arena, struct findings *out,
    struct error *err)
{
	size_t index = 0;

	/* As deep as values may be. */
	for (const struct merge_value *child = container->child; child != NULL; child = child->next, index++) {
		struct found	copy = { .kind = of->kind, .service = of->service, .value = child };
		char		number[32];

		if (child->kind != MERGE_MAP && child->kind != MERGE_LIST && child->kind != MERGE_STRING)
			continue;
		(void)snprintf(number, sizeof(number), "%zu", index);
		if (join(here, container->kind == MERGE_LIST ? slice_str(number) : child->key, arena, &copy.path, err) != 0)
			return (int)err->kind;
		if (child->kind != MERGE_STRING) {
			if (search_copies(child, copy.path, of, arena, out, err) != 0)
				return (int)err->kind;
		} else if (child != of->value && child->node != of->value->node && secret_equal(child->text, of->value->text) &&
		    findings_add(out, &copy, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

int
secrets_copies(const struct hub *hub, const struct found *of, struct arena *arena, struct findings *out, struct error *err)
{
	if (of->value->kind != MERGE_STRING || of->value->text.len == 0)
		return 0;
	return search_copies(hub->merged.root, "", of, arena, out, err);
}

/* --- may it be changed? ------------------------------------------------------------------------------------------------ */

static int
refuse_public(const struct found *found, struct error *err)
{
	const struct layer *layer = found->value->layer;

	err_set(err, ERR_REFUSED, "'%s' comes from a layer that anybody can read: %s:%u", found->path, layer->path,
	    (unsigned)found->value->line);
	return err_hint(err, "move it into the secrets layer first ('hubsecrets set'), and take it out there");
}

/* Does an alias stand for this node, or for one that holds it? */
static bool
is_aliased(const struct layer *layer, const struct node *node)
{
	for (; node != NULL; node = node->parent) {
		if (node_anchor(node).len == 0)
			continue;
		for (size_t i = 0; i < layer->doc->roots; i++)
			for (const struct node *at = layer->doc->root[i]; at != NULL; at = node_after(at, layer->doc->root[i]))
				if (at->kind == NODE_ALIAS && at->target == node)
					return true;
	}
	return false;
}

static int
check_form(const struct found *found, struct error *err)
{
	const struct merge_value	*value = found->value;
	const struct node		*node = value->node;
	bool				 list = found->kind == CRYPT_KEEPER;

	if (list ? value->kind != MERGE_LIST : value->kind == MERGE_LIST || value->kind == MERGE_MAP) {
		err_set(err, ERR_TYPE, "'%s' is no %s", found->path, list ? "list" : "string");
		return err_hint(err, "see %s:%u", value->layer->path, (unsigned)value->line);
	}
	if (node == NULL || node->kind == NODE_ALIAS || value->by_merge_key || node_anchor(node).len != 0 || is_aliased(value->layer, node)) {
		err_set(err, ERR_REFUSED, "'%s' shares its value with another place, by an anchor: %s:%u", found->path, value->layer->path,
		    (unsigned)value->line);
		return err_hint(err, "write it out there, or change it by hand");
	}
	return 0;
}

int
secrets_check(const struct found *found, const char *hub, const char *env, struct error *err)
{
	const struct layer	*layer = found->value->layer;
	bool			 filtered = false;

	if (layer == NULL || layer->role == LAYER_CHART) {
		err_set(err, ERR_REFUSED, "'%s' comes from the chart's own values", found->path);
		return err_hint(err, "a secret belongs into the secrets layer of '%s' for '%s'", hub != NULL ? hub : "the hub", env);
	}
	if (layer->role == LAYER_SET) {
		err_set(err, ERR_REFUSED, "'%s' is set by %s", found->path, layer->path);
		return err_hint(err, "change it where it comes from");
	}
	if (!layer->secret && layer_blob_is_filtered(layer->path, &filtered, err) != 0)
		return (int)err->kind;
	if (!layer->secret && !filtered)
		return refuse_public(found, err);
	return check_form(found, err);
}

/* --- a new one ------------------------------------------------------------------------------------------------------- */

/* The proxy pod restarts when the first four hex digits of the token's SHA-256 change. */
static int
same_checksum(struct slice a, struct slice b, bool *out, struct error *err)
{
	uint8_t	digest[2][DIGEST_SHA256_LEN];

	if (digest_sha256(a, digest[0], err) != 0 || digest_sha256(b, digest[1], err) != 0)
		return (int)err->kind;
	*out = memcmp(digest[0], digest[1], 2) == 0;
	return 0;
}

int
secrets_draw(enum kind kind, struct slice old, struct arena *arena, struct slice *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(2 * SECRET_BYTES);
	WIPED(bytes, SECRET_BYTES);
	bool collides = true;

	while (collides) {
		buf_reset(&text);
		random_bytes(bytes, sizeof(bytes));
		if (hex_encode(slice_of(bytes, sizeof(bytes)), &text, err) != 0)
			return (int)err->kind;
		collides = false;
		if (kind == PROXY_TOKEN && same_checksum(old, buf_slice(&text), &collides, err) != 0)
			return (int)err->kind;
	}
	return arena_copy(arena, buf_slice(&text), out, err);
}
