#include "base/limits.h"
#include "yamlmerge/check_charts.h"
#include "yamlmerge/check_parts.h"

/* How deep below the top a chart's own values are looked for: pangeo has "daskhub.jupyterhub". */
#define WRAPPERS_MAX	3

/* --- from samples to places --------------------------------------------------------------------------------------- */

struct declarer {
	struct check		*check;
	struct key_index	 places;	/* those of anchored maps, by the address of the node: each is made once */
	struct error		*err;
};

static int	declare_map(struct declarer *d, const struct node *map, struct known_place **out);

static struct slice
address(const struct node *const *node)
{
	return slice_of(node, sizeof(*node));
}

/* What a sample says: the kinds that fit, and the places below. */
static int
declare_value(struct declarer *d, const struct node *sample, struct known_place **map, struct known_place **list, unsigned *kinds)
{
	const struct node *node = node_resolve(sample);

	*map = *list = NULL;
	*kinds = known_kinds(node);
	if (node->kind == NODE_MAP)
		return declare_map(d, node, map);
	if (node->kind == NODE_LIST && node->child != NULL && node_resolve(node->child)->kind == NODE_MAP)
		return declare_map(d, node_resolve(node->child), list);
	return 0;
}

static int
declare_members(struct declarer *d, const struct node *map, struct known_place *place)
{
	struct known_place	*below, *list;
	unsigned		 kinds;

	for (const struct node *member = map->child; member != NULL; member = member->next) {
		if (member->kind == NODE_COMMENT)
			continue;
		if (slice_eq(node_key(member), SLICE("<<"))) {
			if (declare_members(d, node_resolve(member), place) != 0)
				return (int)d->err->kind;
			continue;
		}
		if (declare_value(d, member, &below, &list, &kinds) != 0 ||
		    known_declare(&d->check->known, place, node_key(member), below, list, kinds, d->err) != 0)
			return (int)d->err->kind;
	}
	return 0;
}

static int
declare_map(struct declarer *d, const struct node *map, struct known_place **out)
{
	const struct node *const *key = &map;

	*out = key_index_find(&d->places, address(key));
	if (*out != NULL)
		return 0;
	if (known_place_new(&d->check->known, out, d->err) != 0 || declare_members(d, map, *out) != 0 ||
	    known_declare_done(&d->check->known, *out, d->err) != 0)
		return (int)d->err->kind;
	if (node_anchor(map).len == 0)
		return 0;
	/* The index does not copy its keys: the address must stay somewhere. */
	struct slice kept;

	if (arena_copy(&d->check->arena, address(key), &kept, d->err) != 0)
		return (int)d->err->kind;
	return key_index_add(&d->places, kept, *out, NULL, d->err);
}

static void
declarer_release(struct declarer *d)
{
	key_index_release(&d->places);
}

static int
declare_charts(struct check *check, struct known_place *out[static 2], struct error *err)
{
	static const char *const		names[] = { "jupyterhub", "dask-gateway" };
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(declarer_release) struct declarer declarer = { .check = check, .places = KEY_INDEX, .err = err };

	if (document_parse(slice_str(check_charts), &syntax_yaml, &doc, err) != 0)
		return err_wrap(err, "the charts built in");
	for (size_t i = 0; i < 2; i++)
		if (declare_map(&declarer, node_resolve(node_member(doc->root[0], slice_str(names[i]))), &out[i]) != 0)
			return (int)err->kind;
	return 0;
}

/* --- where they are used ------------------------------------------------------------------------------------------ */

/* A repository may deploy JupyterHub's chart itself, with no wrapper around its values. */
static bool
looks_like_jupyterhub(const struct known_place *place)
{
	static const char *const	sections[] = { "hub", "singleuser", "proxy", "scheduling", "prePuller", "cull" };
	size_t				found = 0;

	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		const struct known_key *key = known_key_find(place, slice_str(sections[i]));

		found += key != NULL && key->map != NULL && key->map->maps > 0;
	}
	return found >= 2;
}

/* Declare the charts at the keys of their names, in and below ${seen}; ${shape} is what is declared there. */
static int
find_charts(struct check *check, const struct known_place *seen, struct known_place *shape, struct known_place *charts[static 2],
    unsigned depth, bool *any, struct error *err)
{
	for (const struct known_key *key = seen->first; key != NULL; key = key->next) {
		struct known_place	*below = NULL;
		bool			 found = false;

		if (key->map == NULL || key->map->maps == 0)
			continue;
		if (slice_eq(key->name, SLICE("jupyterhub")) || slice_eq(key->name, SLICE("dask-gateway"))) {
			below = charts[key->name.data[0] == 'd'];
			found = true;
		} else if (depth + 1 < WRAPPERS_MAX) {
			if (known_place_new(&check->known, &below, err) != 0 ||
			    find_charts(check, key->map, below, charts, depth + 1, &found, err) != 0)
				return (int)err->kind;
		}
		if (found && known_declare(&check->known, shape, key->name, below, NULL, KNOWN_MAP, err) != 0)
			return (int)err->kind;
		*any |= found;
	}
	return 0;
}

int
check_learned(struct check *check, struct error *err)
{
	struct known_place	*charts[2];
	bool			 any = false;

	if (declare_charts(check, charts, err) != 0)
		return (int)err->kind;
	if (looks_like_jupyterhub(check->known.seen)) {
		check->shape[0] = charts[0];
		return 0;
	}
	if (known_place_new(&check->known, &check->shape[0], err) != 0)
		return (int)err->kind;
	/* Helm's own, at the top of any chart. */
	if (known_declare(&check->known, check->shape[0], SLICE("global"), NULL, NULL, KNOWN_MAP, err) != 0 ||
	    known_declare(&check->known, check->shape[0], SLICE("tags"), NULL, NULL, KNOWN_MAP, err) != 0)
		return (int)err->kind;
	return find_charts(check, check->known.seen, check->shape[0], charts, 0, &any, err);
}
