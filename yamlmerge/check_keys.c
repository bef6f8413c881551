#include "base/limits.h"
#include "yamlmerge/check_parts.h"
#include "yamlmerge/path.h"

/*
 * Keys that nobody else has where they stand.  Helm ignores a key that its chart does not know, so a slip of the finger
 * silently loses a setting.  But most keys that only one hub has are right: so a finding needs a key that is known and that
 * this one was probably meant to be (one edit away), or a place where it is known and was probably meant to stand (a level
 * up or down).
 */

#define LINEAR_MAX	32	/* members of a map that are looked through */
#define WORD_MIN	6	/* letters of a key that is compared with words from anywhere */
#define SHAPES_MAX	256	/* keys of one place that free names may belong under */

/* Where the walk through a layer stands: a map, or a map in a list, under a key. */
struct where {
	const struct where	*up;
	struct slice		 key;
	bool			 list;
	struct known_place	*seen;				/* NULL: no other layer has it, and neither has this one */
	struct known_place	*shape[CHECK_SHAPES];		/* each may be NULL */
};

struct walk {
	struct check		*check;
	const struct layer	*layer;
	const struct where	*where;
	const struct node	*map;
	struct key_index	 members;	/* of a large map */
	uint32_t		 own;		/* what this layer itself counts: more is known from elsewhere */
	struct error		*err;
};

/* The key that is looked at. */
struct subject {
	const struct node	*member;
	struct slice		 name;
	unsigned		 kinds;
	uint32_t		 words;		/* how often it is there in all, this once included */
};

/* A key that is known, and how well. */
struct candidate {
	const struct known_key	*key;
	uint32_t		 count;
	const struct known_place *place;
};

/* --- what is known ------------------------------------------------------------------------------------------------ */

static struct known_place *
below(const struct known_key *key, bool list)
{
	return key == NULL ? NULL : list ? key->list : key->map;
}

static uint32_t
count_of(const struct known_place *place, struct slice name)
{
	const struct known_key *key = known_key_find(place, name);

	return key != NULL ? key->count : 0;
}

/* The shape below a key: its own, or that of any name. */
static struct known_place *
shape_below(const struct known_place *shape, struct slice key, bool list)
{
	const struct known_key *found = known_key_find(shape, key);

	if (found == NULL && shape != NULL && shape->open)
		found = known_key_find(shape, SLICE("*"));
	return below(found, list);
}

/* The sources of what is known at one path: layers, then shapes. */
enum { SOURCES = 1 + CHECK_SHAPES };

static void
sources_here(const struct where *where, struct known_place *out[static SOURCES])
{
	out[0] = where != NULL ? where->seen : NULL;
	for (size_t i = 0; i < CHECK_SHAPES; i++)
		out[1 + i] = where != NULL ? where->shape[i] : NULL;
}

/* Of all maps beside this one. */
static void
sources_beside(const struct where *where, struct known_place *out[static SOURCES])
{
	sources_here(where->up, out);
	for (size_t i = 0; i < SOURCES; i++)
		out[i] = out[i] != NULL ? out[i]->below : NULL;
}

/* Of the maps under the same key beside the parent. */
static void
sources_under_same(const struct where *where, struct known_place *out[static SOURCES])
{
	sources_here(where->up != NULL ? where->up->up : NULL, out);
	for (size_t i = 0; i < SOURCES; i++)
		out[i] = out[i] != NULL ? below(known_key_find(out[i]->below, where->key), where->list) : NULL;
}

static uint32_t
count_in(struct known_place *const sources[static SOURCES], struct slice name)
{
	uint32_t count = 0;

	for (size_t i = 0; i < SOURCES; i++)
		count += count_of(sources[i], name);
	return count;
}

/* May any name stand here, as far as a chart says? */
static bool
is_open(const struct where *where)
{
	for (size_t i = 0; i < CHECK_SHAPES; i++)
		if (where->shape[i] != NULL && where->shape[i]->open)
			return true;
	return false;
}

/* Down the trail from its root; only keys lead through shapes. */
static unsigned
kinds_along(const struct known_place **shape, const struct merge_trail *trail)
{
	const struct known_key *key;

	if (trail->up == NULL)
		return KNOWN_MAP;
	(void)kinds_along(shape, trail->up);
	key = known_key_find(*shape, trail->key);
	if (key == NULL && *shape != NULL && (*shape)->open)
		key = known_key_find(*shape, SLICE("*"));
	*shape = trail->is_index ? NULL : below(key, false);
	return key != NULL && !trail->is_index ? key->kinds : 0;
}

unsigned
check_declared_kinds(const struct check *check, const struct merge_trail *trail)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < CHECK_SHAPES; i++) {
		const struct known_place *shape = check->shape[i];

		kinds |= kinds_along(&shape, trail);
	}
	return kinds;
}

/* --- one edit away ------------------------------------------------------------------------------------------------ */

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Numbered names, course-1537100 and course-1537101, are two names. */
static bool
differ_in_digits(struct slice a, struct slice b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.len && is_digit(a.data[i]))
			i++;
		while (j < b.len && is_digit(b.data[j]))
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		if (a.data[i++] != b.data[j++])
			return false;
	}
}

/* "service" and "services" are often two settings. */
static bool
differ_in_plural(struct slice a, struct slice b)
{
	struct slice longer = a.len > b.len ? a : b, shorter = a.len > b.len ? b : a;

	return longer.len == shorter.len + 1 && longer.data[shorter.len] == 's' && slice_starts(longer, shorter);
}

static bool
is_member(const struct walk *walk, struct slice name)
{
	if (walk->members.count > 0)
		return key_index_find(&walk->members, name) != NULL;
	return node_member(walk->map, name) != NULL;
}

static bool
is_plausible(const struct walk *walk, const struct subject *subject, const struct known_key *key, bool here)
{
	if (differ_in_digits(subject->name, key->name) || slice_eq(key->name, SLICE("*")))
		return false;
	if (is_member(walk, key->name))
		return false;	/* two keys of one map are both meant */
	if (here && !known_kinds_fit(subject->kinds, key->kinds))
		return false;
	/* A word that is used elsewhere is no slip, and of two letters everything is made of something. */
	if ((subject->words > walk->own || (subject->name.len < 3 && key->name.len < 3)) && (!here || key->count < 2))
		return false;
	return here || key->count >= 3 || !differ_in_plural(subject->name, key->name);
}

static int
offer(struct walk *walk, const struct subject *subject, struct known_place *place, bool here, struct candidate *best)
{
	struct known_cursor	 cursor = { .begun = false };
	struct known_key	*key;

	for (;;) {
		if (known_near(&walk->check->known, place, subject->name, &cursor, &key, walk->err) != 0)
			return (int)walk->err->kind;
		if (key == NULL)
			return 0;
		if (key->count > best->count && is_plausible(walk, subject, key, here))
			*best = (struct candidate){ .key = key, .count = key->count, .place = place };
	}
}

/* Is the key known in maps beside this one, or under the same key beside its parent?  Then it is a name that is used here. */
static bool
is_used_nearby(const struct walk *walk, const struct subject *subject)
{
	struct known_place *beside[SOURCES], *under_same[SOURCES];

	if (walk->where->up == NULL)
		return false;
	sources_beside(walk->where, beside);
	sources_under_same(walk->where, under_same);
	return count_in(beside, subject->name) > walk->own || count_in(under_same, subject->name) > walk->own;
}

/* Where all keys are declared, one that is used nearby is out of place all the same. */
static int
find_near_declared(struct walk *walk, const struct subject *subject, struct candidate *best)
{
	for (size_t i = 0; i < CHECK_SHAPES; i++) {
		struct known_place *shape = walk->where->shape[i];

		if (shape != NULL && shape->maps > 0 && !shape->open && offer(walk, subject, shape, true, best) != 0)
			return (int)walk->err->kind;
	}
	return 0;
}

/* From the nearest evidence to the farthest: the first that has a candidate decides. */
static int
find_near(struct walk *walk, const struct subject *subject, struct candidate *best)
{
	struct known_place	*sources[SOURCES];
	struct known_key	*named = known_key_find(walk->check->known.words, subject->name);

	if (is_used_nearby(walk, subject))
		return find_near_declared(walk, subject, best);
	for (int distance = 0; distance < 3 && (distance == 0 || walk->where->up != NULL); distance++) {
		if (distance == 0)
			sources_here(walk->where, sources);
		else if (distance == 1)
			sources_beside(walk->where, sources);
		else
			sources_under_same(walk->where, sources);
		for (size_t i = 0; i < SOURCES; i++)
			if (sources[i] != NULL && offer(walk, subject, sources[i], distance == 0, best) != 0)
				return (int)walk->err->kind;
		if (best->key != NULL)
			return 0;
	}
	if (walk->where->up != NULL) {
		struct known_key	*maps = key_index_find(&walk->check->known.by_name->index, walk->where->key);
		struct known_place	*place = below(maps, walk->where->list);

		if (place != NULL && offer(walk, subject, place, false, best) != 0)
			return (int)walk->err->kind;
	}
	/* Any word that is used more than once, but for names of the user's own and short ones, which are near to much. */
	if (best->key != NULL || named == NULL || subject->words > walk->own || subject->name.len < WORD_MIN || is_open(walk->where))
		return 0;
	best->count = 1;
	if (offer(walk, subject, walk->check->known.words, false, best) != 0)
		return (int)walk->err->kind;
	if (best->key != NULL && differ_in_plural(subject->name, best->key->name))
		best->key = NULL;
	return 0;
}

static int
report_near(struct walk *walk, const struct subject *subject, const struct candidate *best)
{
	CLEANUP(buf_release) struct buf	hint = BUF(64 * KIB);
	const struct known_key		*known = best->key;

	if (buf_printf(&hint, walk->err, "did you mean '%.*s'", SLICE_ARG(known->name)) != 0 ||
	    (known->path != NULL && buf_printf(&hint, walk->err, ", as in %s:%u", known->path, known->line) != 0) ||
	    buf_printf(&hint, walk->err, "?") != 0 || buf_terminate(&hint, walk->err) != 0)
		return (int)walk->err->kind;
	return check_report_at(walk->check, CHECK_UNKNOWN_KEY, CHECK_WARNING, walk->layer, subject->member, (const char *)hint.data,
	    walk->err, "no other layer or chart knows the key '%.*s' here", SLICE_ARG(subject->name));
}

static int
check_near(struct walk *walk, const struct subject *subject, bool *found)
{
	struct candidate best = { .key = NULL };

	if (find_near(walk, subject, &best) != 0)
		return (int)walk->err->kind;
	*found = best.key != NULL;
	return *found ? report_near(walk, subject, &best) : 0;
}

/* --- another level ------------------------------------------------------------------------------------------------ */

/* Is anything known of this place that this layer alone does not say? */
static bool
is_known_place(const struct where *where, uint32_t own)
{
	uint32_t maps = where->seen != NULL ? where->seen->maps : 0;

	for (size_t i = 0; i < CHECK_SHAPES; i++)
		maps += where->shape[i] != NULL ? where->shape[i]->maps : 0;
	return maps > own;
}

static int
report_level(struct walk *walk, const struct subject *subject, const char *direction, struct slice at)
{
	CLEANUP(buf_release) struct buf hint = BUF(64 * KIB);

	if (at.len > 0 ? buf_printf(&hint, walk->err, "should it stand one level %s, under '%.*s'?", direction, SLICE_ARG(at)) != 0 :
	    buf_printf(&hint, walk->err, "should it stand one level %s?", direction) != 0)
		return (int)walk->err->kind;
	if (buf_terminate(&hint, walk->err) != 0)
		return (int)walk->err->kind;
	return check_report_at(walk->check, CHECK_MISPLACED_KEY, CHECK_WARNING, walk->layer, subject->member, (const char *)hint.data,
	    walk->err, "no other layer or chart knows '%.*s' at this level", SLICE_ARG(subject->name));
}

/* Known in a map that is known here: the subtree is a level too high. */
static int
check_too_high(struct walk *walk, const struct subject *subject, bool *found)
{
	struct known_place *sources[SOURCES];

	sources_here(walk->where, sources);
	for (size_t i = 0; i < SOURCES && !*found; i++) {
		const struct known_key *key = sources[i] != NULL ? known_key_find(sources[i]->below, subject->name) : NULL;
		bool			named = i > 0;

		if (key == NULL || key->direct < (is_open(walk->where) && !named ? 2 : 1) || key->via == NULL ||
		    slice_eq(key->via->name, subject->name) || !known_kinds_fit(subject->kinds, key->kinds))
			continue;
		*found = true;
		if (report_level(walk, subject, "down", slice_eq(key->via->name, SLICE("*")) ? SLICE("a name") : key->via->name) != 0)
			return (int)walk->err->kind;
	}
	return 0;
}

/* Known where this map itself stands: the subtree is a level too low. */
static int
check_too_low(struct walk *walk, const struct subject *subject, bool *found)
{
	struct known_place	*sources[SOURCES];
	unsigned		 kinds = 0;

	if (walk->where->up == NULL || is_open(walk->where))
		return 0;
	sources_here(walk->where->up, sources);
	if (count_in(sources, subject->name) == 0)
		return 0;
	for (size_t i = 0; i < SOURCES; i++) {
		const struct known_key *key = known_key_find(sources[i], subject->name);

		kinds |= key != NULL ? key->kinds : 0;
	}
	if (!known_kinds_fit(subject->kinds, kinds))
		return 0;
	*found = true;
	return report_level(walk, subject, "up", SLICE_NONE);
}

/* Does a shape of free names know all of these keys? */
static bool
fits(const struct node *map, const struct known_place *shape)
{
	bool any = false;

	for (const struct node *member = map->child; member != NULL; member = member->next) {
		if (member->kind == NODE_COMMENT)
			continue;
		if (count_of(shape, node_key(member)) == 0)
			return false;
		any = true;
	}
	return any;
}

/* A name of the user's choice, with the keys of those that belong a level down: a role beside "loadRoles". */
static int
check_shape(struct walk *walk, const struct subject *subject, bool *found)
{
	const struct node *value = node_resolve(subject->member);

	if (value->kind != NODE_MAP || subject->words > walk->own || is_open(walk->where))
		return 0;
	for (size_t i = 0; i < CHECK_SHAPES; i++) {
		const struct known_place *shape = walk->where->shape[i];

		size_t looked = 0;

		for (const struct known_key *key = shape != NULL ? shape->first : NULL; key != NULL && looked < SHAPES_MAX; key = key->next) {
			looked++;
			if (key->map == NULL || !key->map->open || !fits(value, shape_below(key->map, SLICE("*"), false)))
				continue;
			*found = true;
			return report_level(walk, subject, "down", key->name);
		}
	}
	return 0;
}

static int
check_level(struct walk *walk, const struct subject *subject, bool *found)
{
	/* "global" may stand at the top and below the name of any subchart. */
	if (!is_known_place(walk->where, walk->own) || slice_eq(subject->name, SLICE("global")))
		return 0;
	if (check_too_high(walk, subject, found) != 0 || *found)
		return (int)walk->err->kind;
	if (check_shape(walk, subject, found) != 0 || *found)
		return (int)walk->err->kind;
	return check_too_low(walk, subject, found);
}

/* --- keys that no chart takes ------------------------------------------------------------------------------------- */

static int
check_declared(struct walk *walk, const struct subject *subject)
{
	const struct where *where = walk->where;

	for (size_t i = 1; i < CHECK_SHAPES; i++)
		if (where->shape[i] != NULL && where->shape[i]->closed)
			return check_report_at(walk->check, CHECK_REFUSED_KEY, CHECK_ERROR, walk->layer, subject->member,
			    "remove it, or correct its name", walk->err, "the chart's values.schema.json does not allow the key '%.*s' here",
			    SLICE_ARG(subject->name));
	if (where->shape[0] == NULL || where->shape[0]->maps == 0 || where->shape[0]->open)
		return 0;
	return check_report_at(walk->check, CHECK_UNDECLARED_KEY, CHECK_NOTE, walk->layer, subject->member, NULL, walk->err,
	    "'%.*s' is no setting here that any known version of this chart has", SLICE_ARG(subject->name));
}

/* --- kinds -------------------------------------------------------------------------------------------------------- */

static const char *
kinds_name(unsigned kinds)
{
	if ((kinds & KNOWN_MAP) != 0)
		return (kinds & KNOWN_LIST) != 0 ? "map or list" : (kinds & KNOWN_SCALAR) != 0 ? "map or scalar" : "map";
	if ((kinds & KNOWN_LIST) != 0)
		return (kinds & KNOWN_SCALAR) != 0 ? "list or scalar" : "list";
	return (kinds & KNOWN_BOOL) != 0 && (kinds & KNOWN_STRING) == 0 ? "boolean" : "scalar";
}

/* Booleans are told apart from strings alone: what else is a scalar may be one of several types. */
static bool
is_wrong(unsigned kinds, unsigned declared)
{
	if ((kinds & KNOWN_ANY) != 0 || (declared & KNOWN_ANY) != 0 || declared == 0)
		return false;
	return !known_kinds_fit(kinds, declared) ||
	    ((kinds & KNOWN_STRING) != 0 && (declared & KNOWN_BOOL) != 0 && (declared & KNOWN_STRING) == 0);
}

/* Of a schema it is an error.  What we know of charts by heart is worth a note: versions differ. */
static int
check_kind(struct walk *walk, const struct subject *subject)
{
	if (walk->layer->masked)
		return 0;
	for (size_t i = CHECK_SHAPES; i-- > 0;) {
		const struct known_key *key = known_key_find(walk->where->shape[i], subject->name);

		if (key != NULL && is_wrong(subject->kinds, key->kinds))
			return check_report_at(walk->check, CHECK_WRONG_KIND, i > 0 ? CHECK_ERROR : CHECK_NOTE, walk->layer, subject->member, NULL,
			    walk->err, "the chart takes a %s here, and this is a %s", kinds_name(key->kinds),
			    (subject->kinds & KNOWN_STRING) != 0 ? "string" : kinds_name(subject->kinds));
	}
	return 0;
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

static int
check_key(struct walk *walk, const struct node *member, bool *found)
{
	struct subject		 subject = { .member = member, .name = node_key(member), .kinds = known_kinds(member) };
	struct known_place	*here[SOURCES];

	*found = false;
	sources_here(walk->where, here);
	if (count_in(here, subject.name) > walk->own)
		return check_kind(walk, &subject);
	subject.words = count_of(walk->check->known.words, subject.name);
	if (check_near(walk, &subject, found) != 0)
		return (int)walk->err->kind;
	if (!*found && check_level(walk, &subject, found) != 0)
		return (int)walk->err->kind;
	return *found ? 0 : check_declared(walk, &subject);
}

static int	check_map(struct walk *walk);

/* ${where} is that of the map which has the key; a list's elements stand where a map would. */
static int
check_below(struct walk *walk, const struct node *value, const struct where *up, struct slice key, bool list)
{
	struct where	 where = { .up = up, .key = key, .list = list };
	struct walk	 inside = *walk;

	if (value->kind == NODE_LIST) {
		for (const struct node *item = value->child; item != NULL; item = item->next)
			if (check_below(walk, item, up, key, true) != 0)
				return (int)walk->err->kind;
		return 0;
	}
	if (value->kind != NODE_MAP)
		return 0;
	where.seen = below(known_key_find(up->seen, key), list);
	for (size_t i = 0; i < CHECK_SHAPES; i++)
		where.shape[i] = shape_below(up->shape[i], key, list);
	inside.members = KEY_INDEX;
	inside.where = &where;
	inside.map = value;
	return check_map(&inside);
}

/* Looking for one member after the other would be quadratic. */
static int
index_members(struct walk *walk)
{
	size_t count = 0;

	for (const struct node *member = walk->map->child; member != NULL; member = member->next)
		count++;
	if (count <= LINEAR_MAX)
		return 0;
	for (struct node *member = walk->map->child; member != NULL; member = member->next)
		if (member->kind != NODE_COMMENT && key_index_add(&walk->members, node_key(member), member, NULL, walk->err) != 0)
			return (int)walk->err->kind;
	return 0;
}

static int
check_members(struct walk *walk)
{
	for (const struct node *member = walk->map->child; member != NULL; member = member->next) {
		bool found;

		if (member->kind == NODE_COMMENT || check_is_merge_key(member) ||
		    (walk->where->up == NULL && walk->layer->typed_by_sops && slice_eq(node_key(member), SLICE("sops"))))
			continue;
		if (check_key(walk, member, &found) != 0)
			return (int)walk->err->kind;
		/* What is below a key that should have another name or place has its place there. */
		if (!found && check_below(walk, member, walk->where, node_key(member), false) != 0)
			return (int)walk->err->kind;
	}
	return 0;
}

static int
check_map(struct walk *walk)
{
	int failed = index_members(walk);

	if (failed == 0)
		failed = check_members(walk);
	key_index_release(&walk->members);
	return failed;
}

int
check_keys(struct check *check, const struct layer *layer, struct error *err)
{
	struct where	top = { .seen = check->known.seen };
	struct walk	walk = { .check = check, .layer = layer, .where = &top, .map = layer->root, .err = err };

	walk.own = layer->role == LAYER_CHART ? KNOWN_DECLARED : 1;
	if (layer->root == NULL)
		return 0;
	for (size_t i = 0; i < CHECK_SHAPES; i++)
		top.shape[i] = check->shape[i];
	return check_map(&walk);
}
