/*
 * How much 'check' finds: every key of the real layers in $HUBS gets one random slip of the finger, in turn and for several
 * seeds, and every map or list in a map is put one level too high.  The layers as they are must give no finding above a note.
 *
 * A changed layer is printed anew, a line a key, and read again: what is found must be at the changed key.
 */
#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/check.h"
#include "yamlmerge/layout.h"
#include "yamlmerge/path.h"

#define SEEDS		3
#define LAYERS_MAX	1000

/* One change of a layer's tree. */
struct change {
	const struct node	*renamed;	/* this member is called ${name} */
	struct slice		 name;
	const struct node	*lifted;	/* this member stands in the map above its own */
};

struct rate {
	size_t	tried, found;
};

static struct {
	struct check	 check;
	struct layer	*layers[LAYERS_MAX];
	size_t		 count;
	struct rate	 typos, lifted, lifted_leaves;
} repository;

static struct rate	all_typos, all_lifted, all_leaves;
static uint64_t		random_state;
static bool		verbose;

static uint32_t
random_below(uint32_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % limit;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* What sops encrypted is read as it stands: the names of its keys are what counts. */
static int
open_without_keys(void *context, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
    struct error *err)
{
	(void)context;
	(void)path;
	(void)role;
	if (memmem(bytes.data, bytes.len, "\nsops:", 6) == NULL)
		return 0;
	out->encrypted = out->masked = out->typed_by_sops = true;
	return document_parse(bytes, &syntax_yaml, &out->doc, err);
}

static const struct layer_reader without_keys = { .opener = open_without_keys };

static bool
is_manifest(const struct layer *layer)
{
	return layer->root != NULL && node_member(layer->root, SLICE("apiVersion")) != NULL;
}

static bool
is_known(const char *path)
{
	for (size_t i = 0; i < repository.count; i++)
		if (strcmp(repository.layers[i]->path, path) == 0)
			return true;
	return false;
}

static void
read_layer(const struct layout_file *file)
{
	struct layer	*layer;
	struct error	 err = ERROR_INIT;

	/* Files under git-crypt, and manifests of many documents, are no layers here. */
	if (is_known(file->path) || layer_open(file->path, file->role, &without_keys, &layer, &err) != 0)
		return;
	if (layer->root == NULL || is_manifest(layer) || repository.count == LAYERS_MAX) {
		layer_free(layer);
		return;
	}
	repository.layers[repository.count++] = layer;
	if (check_learn(&repository.check, layer, 1, &err) != 0)
		bail_out(err.text);
}

static void
read_hub(const char *hub)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	struct error				err = ERROR_INIT;
	const char				**envs;
	size_t					 count;

	if (layout_environments(hub, &arena, &envs, &count, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < count; i++) {
		CLEANUP(layout_release) struct layout layout = LAYOUT;

		if (layout_find(hub, envs[i], &layout, &err) != 0)
			bail_out(err.text);
		for (size_t j = 0; j < layout.count; j++)
			read_layer(&layout.files[j]);
	}
}

/* The folder that has a Chart.yaml. */
static void
read_chart(void)
{
	DIR			*entries = opendir(".");
	const struct dirent	*entry;
	char			 path[512];
	struct stat		 status;
	struct error		 err = ERROR_INIT;

	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		CLEANUP(layer_freep) struct layer *values = NULL;

		(void)snprintf(path, sizeof(path), "%s/Chart.yaml", entry->d_name);
		if (stat(path, &status) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/values.yaml", entry->d_name);
		if (layer_open(path, LAYER_CHART, NULL, &values, &err) != 0 || check_chart(&repository.check, entry->d_name, values, &err) != 0)
			bail_out(err.text);
	}
	if (entries != NULL)
		(void)closedir(entries);
}

/* --- printing a changed layer ------------------------------------------------------------------------------------- */

struct printer {
	struct buf		 out;
	const struct change	*change;
	struct error		 err;
};

static void	print_value(struct printer *p, const struct node *node);

static void
add(struct printer *p, const char *text)
{
	if (buf_str(&p->out, text, &p->err) != 0)
		bail_out(p->err.text);
}

static void
print_quoted(struct printer *p, struct slice text)
{
	add(p, "\"");
	for (size_t i = 0; i < text.len; i++) {
		char escaped[8];

		if (text.data[i] >= 0x80)
			(void)snprintf(escaped, sizeof(escaped), "%c", text.data[i]);
		else
			(void)snprintf(escaped, sizeof(escaped), text.data[i] < ' ' || text.data[i] == '"' || text.data[i] == '\\' ? "\\u%04x" : "%c",
			    text.data[i]);
		add(p, escaped);
	}
	add(p, "\"");
}

static void
print_member(struct printer *p, const struct node *member)
{
	print_quoted(p, member == p->change->renamed ? p->change->name : node_key(member));
	add(p, ": ");
	print_value(p, member);
	add(p, ",\n");
}

static void
print_map(struct printer *p, const struct node *map)
{
	add(p, "{\n");
	for (const struct node *member = map->child; member != NULL; member = member->next) {
		if (member->kind == NODE_COMMENT || member == p->change->lifted)
			continue;
		print_member(p, member);
		if (p->change->lifted != NULL && p->change->lifted->parent == member)
			print_member(p, p->change->lifted);
	}
	add(p, "}");
}

static void
print_value(struct printer *p, const struct node *value)
{
	const struct node *node = node_resolve(value);

	if (node->kind == NODE_MAP) {
		print_map(p, node);
	} else if (node->kind == NODE_LIST) {
		add(p, "[\n");
		for (const struct node *item = node->child; item != NULL; item = item->next)
			if (item->kind != NODE_COMMENT) {
				print_value(p, item);
				add(p, ",\n");
			}
		add(p, "]");
	} else if (node->style == STYLE_PLAIN && strcspn((const char *)node->text.data, ",[]{}#:&*!|>'\"%@`") >= node->text.len) {
		if (buf_append(&p->out, node->text, &p->err) != 0)
			bail_out(p->err.text);
		add(p, node->text.len == 0 ? "null" : "");
	} else {
		print_quoted(p, node->text);
	}
}

/* --- changing and checking ---------------------------------------------------------------------------------------- */

static void
forget_findings(void)
{
	struct check *check = &repository.check;

	check->first = NULL;
	check->end = &check->first;
	(void)memset(check->count, 0, sizeof(check->count));
	key_index_reset(&check->reported);
}

static bool
has_finding(struct slice place)
{
	for (const struct check_finding *finding = repository.check.first; finding != NULL; finding = finding->next)
		if (finding->level >= CHECK_WARNING && slice_eq(finding->place, place))
			return true;
	return false;
}

/* The path at which the changed key is to be found. */
static void
changed_place(const struct change *change, struct buf *out)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
	const struct node			*node = change->renamed != NULL ? change->renamed : change->lifted;
	struct error				 err = ERROR_INIT;
	struct path				 path;

	if (path_of(node, &arena, &path, &err) != 0)
		bail_out(err.text);
	if (change->renamed != NULL) {
		path.steps[path.count - 1].key = change->name;
	} else {
		path.steps[path.count - 2] = path.steps[path.count - 1];
		path.count--;
	}
	if (path_print_dotted(&path, out, &err) != 0)
		bail_out(err.text);
}

/* Is the change found?  The layer itself is forgotten meanwhile. */
static bool
is_found(const struct layer *layer, const struct change *change)
{
	CLEANUP(layer_freep) struct layer	*changed = NULL;
	CLEANUP(buf_release) struct buf		 place = BUF(MIB);
	struct printer				 printer = { .out = BUF(LIMIT_DOCUMENT), .change = change };
	struct error				 err = ERROR_INIT;
	bool					 found;

	print_map(&printer, layer->root);
	add(&printer, "\n");
	if (layer_read(layer->path, buf_slice(&printer.out), layer->role, NULL, &changed, &err) != 0) {
		tap_show("layer", printer.out.data, printer.out.len);
		bail_out(err.text);
	}
	changed->encrypted = layer->encrypted;
	changed->typed_by_sops = layer->typed_by_sops;
	forget_findings();
	if (check_learn(&repository.check, changed, 1, &err) != 0 || check_keys(&repository.check, changed, &err) != 0 ||
	    check_learn(&repository.check, changed, -1, &err) != 0)
		bail_out(err.text);
	changed_place(change, &place);
	found = has_finding(buf_slice(&place));
	if (!found && verbose)
		printf("# missed in %s: %.*s\n", layer->path, SLICE_ARG(buf_slice(&place)));
	buf_release(&printer.out);
	return found;
}

static void
count(struct rate *rate, bool found)
{
	rate->tried++;
	rate->found += found;
}

/* One letter added, left out, changed or swapped with its neighbour; false when nothing came of it. */
static bool
slip(struct slice word, char *out, size_t size, struct slice *name)
{
	uint32_t	at = random_below((uint32_t)word.len), kind = random_below(4);
	char		letter = (char)('a' + random_below(26));
	size_t		len = 0;

	if (word.len + 2 > size)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (i == at && kind == 3 && i + 1 < word.len) {
			out[len++] = (char)word.data[i + 1];
			out[len++] = (char)word.data[i++];
			continue;
		}
		if (i == at && kind == 0)
			out[len++] = letter;
		if (i == at && kind == 1)
			continue;
		out[len++] = i == at && kind == 2 ? letter : (char)word.data[i];
	}
	*name = slice_of(out, len);
	return len > 0 && !slice_eq(*name, word);
}

static void
try_typo(const struct layer *layer, const struct node *member)
{
	struct change	change = { .renamed = member };
	char		name[512];

	for (int tries = 0; tries < 20; tries++) {
		if (!slip(node_key(member), name, sizeof(name), &change.name) || node_member(member->parent, change.name) != NULL)
			continue;
		count(&repository.typos, is_found(layer, &change));
		return;
	}
}

static void
try_lift(const struct layer *layer, const struct node *member)
{
	struct change		 change = { .lifted = member };
	const struct node	*above = member->parent->parent;

	/* Into a map alone, and where no key of that name is in its way. */
	if (above == NULL || above->kind != NODE_MAP || node_member(above, node_key(member)) != NULL)
		return;
	if (node_resolve(member)->kind == NODE_SCALAR)
		count(&repository.lifted_leaves, is_found(layer, &change));
	else
		count(&repository.lifted, is_found(layer, &change));
}

static bool
is_metadata(const struct layer *layer, const struct node *node)
{
	while (node->parent != NULL && node->parent != layer->root)
		node = node->parent;
	return layer->typed_by_sops && node->key != NULL && slice_eq(node_key(node), SLICE("sops"));
}

static void
try_layer(const struct layer *layer)
{
	struct error err = ERROR_INIT;

	if (check_learn(&repository.check, layer, -1, &err) != 0)
		bail_out(err.text);
	for (const struct node *node = layer->root; node != NULL; node = node_after(node, layer->root)) {
		if (node->key == NULL || is_metadata(layer, node))
			continue;
		for (random_state = 1; random_state <= SEEDS; random_state++) {
			uint64_t seed = random_state;

			random_state = seed << 32 | node->span.start;
			try_typo(layer, node);
			random_state = seed;
		}
		try_lift(layer, node);
	}
	if (check_learn(&repository.check, layer, 1, &err) != 0)
		bail_out(err.text);
}

/* --- a repository ------------------------------------------------------------------------------------------------- */

static void
show_rate(const char *name, const char *what, const struct rate *rate)
{
	printf("# %s: %zu of %zu %s found, %.1f %%\n", name, rate->found, rate->tried, what,
	    rate->tried > 0 ? 100.0 * (double)rate->found / (double)rate->tried : 100.0);
}

static void
add_rate(struct rate *to, const struct rate *rate)
{
	to->tried += rate->tried;
	to->found += rate->found;
}

/* ${path} ends with a slash. */
static void
test_repository(char *path)
{
	const char				*name;
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	struct error				err = ERROR_INIT;
	const char				**hubs;
	size_t					 hub_count;

	(void)memset(&repository, 0, sizeof(repository));
	repository.check = CHECK;
	path[strlen(path) - 1] = '\0';
	name = strrchr(path, '/') + 1;
	if (chdir(path) != 0 || check_init(&repository.check, &err) != 0 || layout_hubs(&arena, &hubs, &hub_count, &err) != 0)
		bail_out("cannot read the repository");
	read_chart();
	for (size_t i = 0; i < hub_count; i++)
		read_hub(hubs[i]);
	if (check_learned(&repository.check, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < repository.count; i++)
		if (check_layer(&repository.check, repository.layers[i], &err) != 0)
			bail_out(err.text);
	for (const struct check_finding *finding = repository.check.first; finding != NULL; finding = finding->next)
		if (finding->level >= CHECK_WARNING)
			printf("# %s:%u: '%.*s': %.*s\n", finding->path, finding->line, SLICE_ARG(finding->place), SLICE_ARG(finding->text));
	ok(repository.count > 0 && repository.check.count[CHECK_WARNING] + repository.check.count[CHECK_ERROR] == 0,
	    "%s: no alarm on its %zu layers as they are", name, repository.count);
	for (size_t i = 0; i < repository.count; i++)
		try_layer(repository.layers[i]);
	show_rate(name, "slips", &repository.typos);
	show_rate(name, "maps and lists one level too high", &repository.lifted);
	show_rate(name, "scalars one level too high", &repository.lifted_leaves);
	ok(repository.typos.found * 100 >= repository.typos.tried * 90, "%s: nine slips of ten are found", name);
	ok(repository.lifted.found * 100 >= repository.lifted.tried * 95, "%s: of what stands a level too high, 95 of a hundred are found", name);
	add_rate(&all_typos, &repository.typos);
	add_rate(&all_lifted, &repository.lifted);
	add_rate(&all_leaves, &repository.lifted_leaves);
	for (size_t i = 0; i < repository.count; i++)
		layer_free(repository.layers[i]);
	check_release(&repository.check);
}

int
main(void)
{
	const char	*folder = tap_folder("HUBS", "../shared/data/hubs");
	char		 absolute[4096], pattern[4100];
	glob_t		 folders;

	verbose = getenv("VERBOSE") != NULL;
	if (folder == NULL || realpath(folder, absolute) == NULL)
		skip_all("no folder of real hubs (HUBS)");
	(void)snprintf(pattern, sizeof(pattern), "%s/*/", absolute);
	if (glob(pattern, 0, NULL, &folders) != 0)
		skip_all("no repository there");
	for (size_t i = 0; i < folders.gl_pathc; i++)
		test_repository(folders.gl_pathv[i]);
	globfree(&folders);
	show_rate("all", "slips", &all_typos);
	show_rate("all", "maps and lists one level too high", &all_lifted);
	show_rate("all", "scalars one level too high", &all_leaves);
	return done_testing();
}
