#include "yamlmerge/check_known.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/limits.h"
#include "yamlmerge/scalar.h"

#define WORD_MAX	64	/* longer words are near nothing */
#define LINEAR_MAX	32	/* names that are compared one by one */
#define CANDIDATES_MAX	64	/* looked at for one word in a large place */

/* --- places ------------------------------------------------------------------------------------------------------- */

int
known_place_new(struct known *known, struct known_place **out, struct error *err)
{
	struct known_place	*place;
	void			*room;

	if (arena_alloc(&known->arena, sizeof(*place), &room, err) != 0)
		return (int)err->kind;
	place = room;
	place->end = &place->first;
	place->index = KEY_INDEX;
	place->next = known->all;
	known->all = *out = place;
	return 0;
}

int
known_init(struct known *known, struct error *err)
{
	if (known_place_new(known, &known->seen, err) != 0 || known_place_new(known, &known->words, err) != 0)
		return (int)err->kind;
	return known_place_new(known, &known->by_name, err);
}

void
known_release(struct known *known)
{
	for (struct known_place *place = known->all; place != NULL; place = place->next)
		key_index_release(&place->index);
	arena_release(&known->arena);
	*known = KNOWN;
}

int
known_key_make(struct known *known, struct known_place *place, struct slice name, struct known_key **out, struct error *err)
{
	struct known_key	*key = key_index_find(&place->index, name);
	void			*room;

	*out = key;
	if (key != NULL)
		return 0;
	if (arena_alloc(&known->arena, sizeof(*key), &room, err) != 0)
		return (int)err->kind;
	key = room;
	if (arena_copy(&known->arena, name, &key->name, err) != 0 || key_index_add(&place->index, key->name, key, NULL, err) != 0)
		return (int)err->kind;
	*place->end = key;
	place->end = &key->next;
	place->names++;
	*out = key;
	return 0;
}

struct known_key *
known_key_find(const struct known_place *place, struct slice name)
{
	struct known_key *key = place != NULL ? key_index_find(&place->index, name) : NULL;

	return key != NULL && key->count > 0 ? key : NULL;
}

/* The place below a key (or in the list that it holds), made if it is not there. */
static int
place_below(struct known *known, struct known_place *place, struct slice name, bool list, struct known_place **out, struct error *err)
{
	struct known_key	*key;
	struct known_place	**slot;

	if (known_key_make(known, place, name, &key, err) != 0)
		return (int)err->kind;
	slot = list ? &key->list : &key->map;
	if (*slot == NULL && known_place_new(known, slot, err) != 0)
		return (int)err->kind;
	*out = *slot;
	return 0;
}

static int
place_all_below(struct known *known, struct known_place *place, struct known_place **out, struct error *err)
{
	if (place->below == NULL && known_place_new(known, &place->below, err) != 0)
		return (int)err->kind;
	*out = place->below;
	return 0;
}

/* --- kinds -------------------------------------------------------------------------------------------------------- */

unsigned
known_kinds(const struct node *value)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct error				ignored = ERROR_INIT;
	const struct node			*node = node_resolve(value);
	struct scalar				scalar;

	if (node->kind == NODE_MAP || node->kind == NODE_LIST)
		return node->kind == NODE_MAP ? KNOWN_MAP : KNOWN_LIST;
	if (node->kind != NODE_SCALAR || scalar_resolve(node, &scalar_table_helm, &store, &scalar, &ignored) != 0 ||
	    scalar.type == SCALAR_NULL)
		return KNOWN_ANY;
	return KNOWN_SCALAR | (scalar.type == SCALAR_STRING ? KNOWN_STRING : scalar.type == SCALAR_BOOL ? KNOWN_BOOL : 0);
}

bool
known_kinds_fit(unsigned kinds, unsigned known)
{
	const unsigned structure = KNOWN_SCALAR | KNOWN_MAP | KNOWN_LIST;

	return ((kinds | known) & KNOWN_ANY) != 0 || known == 0 || (kinds & known & structure) != 0;
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

/* Where the walk through a layer stands. */
struct trail {
	const struct trail	*up;
	struct slice		 key;
	bool			 list;		/* in the list under that key */
	struct known_place	*place;
};

struct adder {
	struct known	*known;
	const char	*path;
	int		 times;
	struct error	*err;
};

/* Where else the keys of one map count. */
struct counters {
	struct known_place	*beside, *under_same, *by_name;	/* each may be NULL */
	struct known_key	*via;
};

static void
count(struct known_key *key, int times)
{
	/* More was never added than is taken back. */
	key->count = times < 0 && key->count < (unsigned)-times ? 0 : key->count + (unsigned)times;
}

static int
count_in(struct adder *adder, struct known_place *place_opt, struct slice name, unsigned kinds, struct known_key *via_opt)
{
	struct known_key *key;

	if (place_opt == NULL)
		return 0;
	if (known_key_make(adder->known, place_opt, name, &key, adder->err) != 0)
		return (int)adder->err->kind;
	count(key, adder->times);
	key->kinds |= kinds;
	if (via_opt != NULL) {
		key->direct = adder->times < 0 && key->direct < (unsigned)-adder->times ? 0 : key->direct + (unsigned)adder->times;
		if (key->via == NULL)
			key->via = via_opt;
	}
	return 0;
}

static int
find_counters(struct adder *adder, const struct trail *trail, struct counters *out)
{
	struct known_place *all;

	*out = (struct counters){ .via = NULL };
	if (trail->up == NULL)
		return 0;
	if (place_all_below(adder->known, trail->up->place, &out->beside, adder->err) != 0 ||
	    place_below(adder->known, adder->known->by_name, trail->key, trail->list, &out->by_name, adder->err) != 0)
		return (int)adder->err->kind;
	/* Also when it was just taken back. */
	out->via = trail->list ? NULL : key_index_find(&trail->up->place->index, trail->key);
	if (trail->up->up == NULL)
		return 0;
	if (place_all_below(adder->known, trail->up->up->place, &all, adder->err) != 0)
		return (int)adder->err->kind;
	return place_below(adder->known, all, trail->key, trail->list, &out->under_same, adder->err);
}

static int	add_map(struct adder *adder, const struct node *map, const struct trail *trail);

static int
add_below(struct adder *adder, const struct node *value, const struct trail *up, struct slice key, bool list)
{
	struct trail trail = { .up = up, .key = key, .list = list };

	if (value->kind == NODE_LIST) {
		for (const struct node *item = value->child; item != NULL; item = item->next)
			if (add_below(adder, item, up, key, true) != 0)
				return (int)adder->err->kind;
		return 0;
	}
	if (value->kind != NODE_MAP)
		return 0;
	if (place_below(adder->known, up->place, key, list, &trail.place, adder->err) != 0)
		return (int)adder->err->kind;
	return add_map(adder, value, &trail);
}

static int
add_key(struct adder *adder, const struct node *member, const struct trail *trail, const struct counters *counters)
{
	struct slice		 name = node_key(member);
	unsigned		 kinds = known_kinds(member);
	struct known_key	*key;

	if (known_key_make(adder->known, trail->place, name, &key, adder->err) != 0)
		return (int)adder->err->kind;
	if (key->count == 0 && adder->times > 0) {
		key->path = adder->path;
		key->line = member->key->line;
	}
	if (count_in(adder, trail->place, name, kinds, NULL) != 0 ||
	    count_in(adder, counters->beside, name, kinds, counters->via) != 0 ||
	    count_in(adder, counters->under_same, name, kinds, NULL) != 0 ||
	    count_in(adder, counters->by_name, name, kinds, NULL) != 0 ||
	    count_in(adder, adder->known->words, name, kinds, NULL) != 0)
		return (int)adder->err->kind;
	return add_below(adder, member, trail, name, false);
}

/* Not the key that merges another map, nor what sops keeps in a file. */
static bool
is_name(const struct node *member, const struct trail *trail)
{
	struct slice name = node_key(member);

	return !(member->key->style == STYLE_PLAIN && slice_eq(name, SLICE("<<"))) && !(trail->up == NULL && slice_eq(name, SLICE("sops")));
}

static int
add_map(struct adder *adder, const struct node *map, const struct trail *trail)
{
	struct counters counters;

	trail->place->maps += (unsigned)adder->times;
	if (find_counters(adder, trail, &counters) != 0)
		return (int)adder->err->kind;
	for (const struct node *member = map->child; member != NULL; member = member->next)
		if (member->kind != NODE_COMMENT && is_name(member, trail) && add_key(adder, member, trail, &counters) != 0)
			return (int)adder->err->kind;
	return 0;
}

/* The parser bounds the depth of what we walk through (LIMIT_DEPTH). */
static int
add_under(struct adder *adder, const struct slice *prefix, size_t depth, const struct node *root, const struct trail *trail)
{
	struct trail		 below = { .up = trail };
	struct known_key	*key;

	if (depth == 0)
		return add_map(adder, root, trail);
	below.key = *prefix;
	if (known_key_make(adder->known, trail->place, *prefix, &key, adder->err) != 0)
		return (int)adder->err->kind;
	count(key, adder->times);
	key->kinds |= KNOWN_MAP;
	if (place_below(adder->known, trail->place, *prefix, false, &below.place, adder->err) != 0)
		return (int)adder->err->kind;
	return add_under(adder, prefix + 1, depth - 1, root, &below);
}

int
known_add_under(struct known *known, const struct slice *prefix, size_t depth, const struct node *root, const char *path,
    int times, struct error *err)
{
	struct adder	adder = { .known = known, .times = times, .err = err };
	struct trail	top = { .place = known->seen };
	struct slice	copy;

	if (root->kind != NODE_MAP)
		return 0;
	if (times > 0) {
		if (arena_copy(&known->arena, slice_str(path), &copy, err) != 0)
			return (int)err->kind;
		adder.path = (const char *)copy.data;
	}
	return add_under(&adder, prefix, depth, root, &top);
}

int
known_add(struct known *known, const struct node *root, const char *path, int times, struct error *err)
{
	return known_add_under(known, NULL, 0, root, path, times, err);
}

/* --- declared places ---------------------------------------------------------------------------------------------- */

/* What is below a key counts for the place that has it: for all of its maps side by side, and under the same key beside these. */
static int
count_below(struct adder *adder, struct known_place *into, struct known_key *via, struct known_place *place, bool list)
{
	struct known_place	*all, *same;

	if (place == NULL)
		return 0;
	if (place_all_below(adder->known, into, &all, adder->err) != 0)
		return (int)adder->err->kind;
	for (const struct known_key *key = place->first; key != NULL; key = key->next) {
		if (count_in(adder, all, key->name, key->kinds, list ? NULL : via) != 0)
			return (int)adder->err->kind;
		for (int in_list = 0; in_list <= 1; in_list++) {
			const struct known_place *below = in_list ? key->list : key->map;

			if (below == NULL || below == place)
				continue;
			if (place_below(adder->known, all, key->name, in_list, &same, adder->err) != 0)
				return (int)adder->err->kind;
			for (const struct known_key *grandchild = below->first; grandchild != NULL; grandchild = grandchild->next)
				if (count_in(adder, same, grandchild->name, grandchild->kinds, NULL) != 0)
					return (int)adder->err->kind;
		}
	}
	return 0;
}

int
known_declare(struct known *known, struct known_place *into, struct slice key, struct known_place *map_opt,
    struct known_place *list_opt, unsigned kinds, struct error *err)
{
	struct known_key *made;

	if (slice_eq(key, SLICE("*")))
		into->open = true;
	if (known_key_make(known, into, key, &made, err) != 0)
		return (int)err->kind;
	made->count = KNOWN_DECLARED;
	made->kinds |= kinds;
	if (map_opt != NULL)
		made->map = map_opt;
	if (list_opt != NULL)
		made->list = list_opt;
	return 0;
}

int
known_declare_done(struct known *known, struct known_place *place, struct error *err)
{
	struct adder		adder = { .known = known, .times = KNOWN_DECLARED, .err = err };
	struct known_place	*named;

	place->maps = KNOWN_DECLARED;
	for (struct known_key *key = place->first; key != NULL; key = key->next) {
		if (!slice_eq(key->name, SLICE("*")) && count_in(&adder, known->words, key->name, key->kinds, NULL) != 0)
			return (int)err->kind;
		for (int in_list = 0; in_list <= 1; in_list++) {
			struct known_place *below = in_list ? key->list : key->map;

			if (below == NULL || below == place)
				continue;
			if (count_below(&adder, place, key, below, in_list) != 0 ||
			    place_below(known, known->by_name, key->name, in_list, &named, err) != 0)
				return (int)err->kind;
			for (const struct known_key *child = below->first; child != NULL; child = child->next)
				if (count_in(&adder, named, child->name, child->kinds, NULL) != 0)
					return (int)err->kind;
		}
	}
	return 0;
}

/* --- what is near ------------------------------------------------------------------------------------------------- */

/*
 * Two words are one edit apart when they become the same by leaving out at most one letter of each.  A large place therefore has
 * a table of its words with each letter left out in turn; what is found by it is compared in full.
 */
struct near_entry {
	struct near_entry	*next;
	struct known_key	*key;
	uint64_t		 hash;
};

struct known_near {
	struct near_entry	**buckets;
	size_t			 capacity, count;	/* a power of two */
	uint64_t		 seed;
	struct known_key	*last;			/* up to here the names are in it */
};

bool
known_is_near(struct slice a, struct slice b)
{
	size_t start = 0, end = 0, shorter = a.len < b.len ? a.len : b.len, longer = a.len < b.len ? b.len : a.len;

	if (longer - shorter > 1 || longer > WORD_MAX || slice_eq(a, b))
		return false;
	while (start < shorter && a.data[start] == b.data[start])
		start++;
	while (end < shorter - start && a.data[a.len - 1 - end] == b.data[b.len - 1 - end])
		end++;
	if (longer - start - end <= 1)
		return true;
	return a.len == b.len && longer - start - end == 2 && a.data[start] == b.data[start + 1] && a.data[start + 1] == b.data[start];
}

/* Of the word without its letter ${skip}; of the whole word for skip = len. */
static uint64_t
hash_without(uint64_t seed, struct slice word, size_t skip)
{
	uint64_t hash = seed;

	for (size_t i = 0; i < word.len; i++)
		if (i != skip)
			hash = (hash ^ word.data[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

static int
near_grow(struct known *known, struct known_near *near, struct error *err)
{
	struct near_entry	**buckets, *entry, *next;
	size_t			 capacity = near->capacity * 4;
	void			*room;

	if (arena_alloc(&known->arena, capacity * sizeof(struct near_entry *), &room, err) != 0)
		return (int)err->kind;
	buckets = room;
	for (size_t i = 0; i < near->capacity; i++)
		for (entry = near->buckets[i]; entry != NULL; entry = next) {
			next = entry->next;
			entry->next = buckets[entry->hash & (capacity - 1)];
			buckets[entry->hash & (capacity - 1)] = entry;
		}
	near->buckets = buckets;
	near->capacity = capacity;
	return 0;
}

static int
near_add(struct known *known, struct known_near *near, struct known_key *key, struct error *err)
{
	struct near_entry	*entries;
	void			*room;

	if (key->name.len > WORD_MAX)
		return 0;
	if (arena_alloc(&known->arena, (key->name.len + 1) * sizeof(*entries), &room, err) != 0)
		return (int)err->kind;
	entries = room;
	while (near->count + key->name.len + 1 > near->capacity)
		if (near_grow(known, near, err) != 0)
			return (int)err->kind;
	for (size_t i = 0; i <= key->name.len; i++) {
		entries[i].hash = hash_without(near->seed, key->name, i);
		entries[i].key = key;
		entries[i].next = near->buckets[entries[i].hash & (near->capacity - 1)];
		near->buckets[entries[i].hash & (near->capacity - 1)] = &entries[i];
	}
	near->count += key->name.len + 1;
	return 0;
}

static int
near_update(struct known *known, struct known_place *place, struct error *err)
{
	struct known_near	*near = place->near;
	void			*room;

	if (near == NULL) {
		if (arena_alloc(&known->arena, sizeof(*near), &room, err) != 0)
			return (int)err->kind;
		near = place->near = room;
		if (arena_alloc(&known->arena, 256 * sizeof(struct near_entry *), &room, err) != 0)
			return (int)err->kind;
		near->buckets = room;
		near->capacity = 256;
		if (getentropy(&near->seed, sizeof(near->seed)) != 0)
			near->seed = (uint64_t)time(NULL);
	}
	for (struct known_key *key = near->last != NULL ? near->last->next : place->first; key != NULL; key = key->next) {
		if (near_add(known, near, key, err) != 0)
			return (int)err->kind;
		near->last = key;
	}
	return 0;
}

static struct known_key *
next_linear(struct slice word, struct known_cursor *cursor)
{
	for (; cursor->key != NULL; cursor->key = cursor->key->next)
		if (cursor->key->count > 0 && known_is_near(word, cursor->key->name)) {
			struct known_key *found = cursor->key;

			cursor->key = found->next;
			return found;
		}
	return NULL;
}

static struct known_key *
next_indexed(const struct known_near *near, struct slice word, struct known_cursor *cursor)
{
	for (;;) {
		while (cursor->entry == NULL) {
			if (cursor->variant > word.len)
				return NULL;
			cursor->entry = near->buckets[hash_without(near->seed, word, cursor->variant++) & (near->capacity - 1)];
		}
		if (cursor->seen++ >= CANDIDATES_MAX)
			return NULL;
		struct known_key *key = cursor->entry->key;

		cursor->entry = cursor->entry->next;
		if (key->count > 0 && known_is_near(word, key->name))
			return key;
	}
}

int
known_near(struct known *known, struct known_place *place, struct slice word, struct known_cursor *cursor,
    struct known_key **out, struct error *err)
{
	bool large = place->names > LINEAR_MAX;

	*out = NULL;
	if (word.len > WORD_MAX)
		return 0;
	if (large && near_update(known, place, err) != 0)
		return (int)err->kind;
	if (!cursor->begun)
		*cursor = (struct known_cursor){ .begun = true, .key = place->first };
	*out = large ? next_indexed(place->near, word, cursor) : next_linear(word, cursor);
	return 0;
}
