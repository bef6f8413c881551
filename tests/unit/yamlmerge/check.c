#include "yamlmerge/check.h"

#include <sys/resource.h>

#include "base/limits.h"
#include "tests/tap.h"

static struct check	check;
static struct layer	*layers[8];
static size_t		count;

static void
begin(void)
{
	struct error err = ERROR_INIT;

	check = CHECK;
	count = 0;
	if (check_init(&check, &err) != 0)
		bail_out(err.text);
}

static struct layer *
learn(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	if (layer_read(path, slice_str(text), LAYER_FILE, NULL, &layers[count], &err) != 0 || check_learn(&check, layers[count], 1, &err) != 0)
		bail_out(err.text);
	return layers[count++];
}

static void
look(struct layer *layer)
{
	struct error err = ERROR_INIT;

	if (check_learned(&check, &err) != 0 || check_layer(&check, layer, &err) != 0)
		bail_out(err.text);
}

static void
end(void)
{
	while (count > 0)
		layer_free(layers[--count]);
	check_release(&check);
}

static bool
found(enum check_rule_id rule, const char *place)
{
	for (const struct check_finding *finding = check.first; finding != NULL; finding = finding->next)
		if (finding->rule == rule && slice_eq(finding->place, slice_str(place)))
			return true;
	return false;
}

/* --- edits -------------------------------------------------------------------------------------------------------- */

static void
test_near(void)
{
	static const struct { const char *a, *b; bool near; } table[] = {
		{ "memory", "memroy", true }, { "memory", "emmory", true }, { "memory", "memoyr", true },
		{ "memory", "memry", true }, { "memory", "emory", true }, { "memory", "memor", true },
		{ "memory", "memoryx", true }, { "memory", "xmemory", true }, { "memory", "memxory", true },
		{ "memory", "nemory", true }, { "memory", "memorx", true }, { "memory", "memory", false },
		{ "memory", "mmeoyr", false }, { "memory", "mmry", false }, { "memory", "nemorx", false },
		{ "abc", "cba", false }, { "aab", "aba", true }, { "aa", "aaa", true }, { "", "a", true }, { "", "ab", false }, { "", "", false },
		{ "abcd", "badc", false }, { "ab", "ba", true }, { "axb", "bxa", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct slice a = slice_str(table[i].a), b = slice_str(table[i].b);

		ok(known_is_near(a, b) == table[i].near && known_is_near(b, a) == table[i].near, "'%s' and '%s' are%s one edit apart", table[i].a,
		    table[i].b, table[i].near ? "" : " not");
	}
}

/* In a large place the same words are found by the table as one by one. */
static void
test_large_place(void)
{
	struct known		 known = KNOWN;
	struct known_place	*place;
	struct known_key	*key;
	struct error		 err = ERROR_INIT;
	char			 name[32];
	size_t			 wrong = 0, hits = 0;

	if (known_init(&known, &err) != 0 || known_place_new(&known, &place, &err) != 0)
		bail_out(err.text);
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "k%x%c", i * 2654435761U, 'a' + (int)(i % 26));
		if (known_key_make(&known, place, slice_str(name), &key, &err) != 0)
			bail_out(err.text);
		key->count = 1;
	}
	for (unsigned i = 0; i < 2000; i += 7) {
		struct known_cursor	 cursor = { .begun = false };
		size_t			 len;
		bool			 there = false;

		(void)snprintf(name, sizeof(name), "k%x%c", i * 2654435761U, 'a' + (int)(i % 26));
		len = strlen(name);
		if (i % 3 == 0)
			name[len / 2] = '#';
		else if (i % 3 == 1)
			(void)memmove(name + 2, name + 3, len - 2);
		else
			(void)memmove(name + 4, name + 3, len - 2);
		for (;;) {
			if (known_near(&known, place, slice_str(name), &cursor, &key, &err) != 0)
				bail_out(err.text);
			if (key == NULL)
				break;
			there = true;
			wrong += !known_is_near(slice_str(name), key->name);
		}
		hits += there;
	}
	is_int((intmax_t)hits, 286, "of 286 words one edit away each is found in a large place");
	is_int((intmax_t)wrong, 0, "and nothing else");
	known_release(&known);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static void
test_keys(void)
{
	static const struct { const char *text, *place; int rule; } table[] = {
		{ "web: {replicsa: 2}", "web.replicsa", CHECK_UNKNOWN_KEY },
		{ "web: {replicas: 2, replica: 1}", "web.replica", -1 },		/* both are meant */
		{ "web: {names: {web-1: {port: 1}, web-2: {port: 2}, web-9: {port: 3}}}", "web.names.web-9", -1 },
		{ "web: {names: {webb: {prot: 1}}}", "web.names.webb.prot", CHECK_UNKNOWN_KEY },
		{ "web: {list: [{nmae: x}]}", "web.list[0].nmae", CHECK_UNKNOWN_KEY },
		{ "web: {image: {tga: x}}", "web.image.tga", CHECK_UNKNOWN_KEY },
		{ "web: {flags: {tga: x}}", "web.flags.tga", CHECK_UNKNOWN_KEY },	/* a word that is used elsewhere */
		{ "web: {other: 1}", "web.other", -1 },
		{ "port: 1", "port", -1 },
		{ "image: {tag: x}", "image", CHECK_MISPLACED_KEY },
		{ "web: {image: {replicas: 1}}", "web.image.replicas", CHECK_MISPLACED_KEY },
		{ "wbe: {replicas: 2}", "wbe", CHECK_UNKNOWN_KEY },
		{ "global: {x: 1}", "global", -1 }, { "web: {global: {x: 1}}", "web.global", -1 }, { "glboal: {x: 1}", "glboal", CHECK_UNKNOWN_KEY },
		{ "<<: {wbe: 1}", "<<", -1 },
		{ "web: &w {replicas: 1}\nx: *w", "x", -1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct layer *layer;

		begin();
		(void)learn("a", "web: {replicas: 1, image: {tag: a}, names: {web-1: {port: 1}, web-2: {port: 2}}, list: [{name: a}]}");
		(void)learn("b", "web: {replicas: 3, image: {tag: b}, names: {web-3: {port: 1}}, list: [{name: a}, {name: b}]}");
		layer = learn("c", table[i].text);
		look(layer);
		if (table[i].rule >= 0)
			ok(found((enum check_rule_id)table[i].rule, table[i].place), "%s: %s", table[i].place, check_rules[table[i].rule].id);
		else
			ok(!found(CHECK_UNKNOWN_KEY, table[i].place) && !found(CHECK_MISPLACED_KEY, table[i].place), "%s: nothing", table[i].place);
		end();
	}
}

/* A hub that is alone is compared with the charts that are built in. */
static void
test_alone(void)
{
	static const struct { const char *text, *place; int rule; } table[] = {
		{ "jupyterhub: {singleuser: {stroage: {type: none}}}", "jupyterhub.singleuser.stroage", CHECK_UNKNOWN_KEY },
		{ "hub: {cookieSecrte: x}\nproxy: {}", "hub.cookieSecrte", CHECK_UNKNOWN_KEY },
		{ "binderhub: {jupyterhub: {hub: {confg: {}}}}", "binderhub.jupyterhub.hub.confg", CHECK_UNKNOWN_KEY },
		{ "daskhub: {dask-gateway: {gateway: {bakend: {}}}}", "daskhub.dask-gateway.gateway.bakend", CHECK_UNKNOWN_KEY },
		{ "jupyterhub: {hub: {config: {GitHubOAuthenticator: {client_di: x}}}}", "jupyterhub.hub.config.GitHubOAuthenticator.client_di",
		    CHECK_UNKNOWN_KEY },
		{ "jupyterhub: {hub: {config: {MyOwnClass: {any_trait: x}}}}", "jupyterhub.hub.config.MyOwnClass.any_trait", -1 },
		{ "jupyterhub: {singleuser: {extraEnv: {ANYTHING: x}}}", "jupyterhub.singleuser.extraEnv.ANYTHING", -1 },
		{ "jupyterhub: {singleuser: {profileList: [{display_name: x, kubespawner_override: {mem_limit: 1G}}]}}",
		    "jupyterhub.singleuser.profileList", -1 },
		{ "jupyterhub: {loadRoles: {}}", "jupyterhub.loadRoles", CHECK_MISPLACED_KEY },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		begin();
		look(learn("a", table[i].text));
		if (table[i].rule >= 0)
			ok(found((enum check_rule_id)table[i].rule, table[i].place), "%s: %s", table[i].place, check_rules[table[i].rule].id);
		else
			ok(!found(CHECK_UNKNOWN_KEY, table[i].place) && !found(CHECK_MISPLACED_KEY, table[i].place), "%s: nothing", table[i].place);
		end();
	}
}

static void
test_forgotten(void)
{
	struct layer	*layer;
	struct error	 err = ERROR_INIT;

	begin();
	layer = learn("a", "web: {frobnicate: 1}");
	(void)learn("b", "web: {frobnicaet: 1}");
	if (check_learn(&check, layer, -1, &err) != 0)
		bail_out(err.text);
	look(layers[1]);
	ok(!found(CHECK_UNKNOWN_KEY, "web.frobnicaet"), "what is forgotten is known no more");
	end();
}

/* --- comments ----------------------------------------------------------------------------------------------------- */

static void
test_allowed(void)
{
	static const struct { const char *text; size_t accepted; } table[] = {
		{ "web:\n  replicsa: 1  # hubmerge: allow unknown-key\n", 1 },
		{ "web:\n  # hubmerge: allow unknown-key\n  replicsa: 1\n", 1 },
		{ "web:\n  # hubmerge: allow template, unknown-key\n  # for a reason\n  replicsa: 1\n", 1 },
		{ "web:\n  # hubmerge: allow unknown-key\n  a: 1\n  replicsa: 1\n", 0 },
		{ "web:\n  replicsa: 1  # hubmerge: allow template\n", 0 },
		{ "web:\n  replicsa: 1\n  # hubmerge: allow unknown-key\n", 0 },
		{ "web:\n  replicsa: 1  # hubmerge: allow unknown-keys\n", 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		begin();
		(void)learn("a", "web: {replicas: 1}");
		look(learn("b", table[i].text));
		ok(check.accepted == table[i].accepted && check.count[CHECK_WARNING] == 1 - table[i].accepted, "a comment %zu is %s", i,
		    table[i].accepted ? "heeded" : "about something else");
		end();
	}
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static double
cpu_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

static double
time_of(size_t keys, bool alike)
{
	CLEANUP(buf_release) struct buf	text = BUF(LIMIT_DOCUMENT);
	struct error			err = ERROR_INIT;
	double				start;

	if (buf_str(&text, "jupyterhub:\n  hub:\n", &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < keys; i++)
		if ((alike ? buf_printf(&text, &err, "    k%zu:\n      k%zu: 1\n", i, i + 1) :
		    buf_printf(&text, &err, "    k%08zx: 1\n", i * 2654435761U)) != 0)
			bail_out(err.text);
	if (buf_terminate(&text, &err) != 0)
		bail_out(err.text);
	start = cpu_seconds();
	begin();
	look(learn("a", (const char *)text.data));
	end();
	return cpu_seconds() - start;
}

/* Quadratic time would take sixteen times as long for four times the keys. */
static void
test_time(void)
{
	for (int alike = 0; alike <= 1; alike++) {
		double small = time_of(3000, alike), large = time_of(12000, alike);

		ok(large < 9 * small + 0.2, "four times the keys, %s, take about four times as long", alike ? "all near to many" : "near to none");
		printf("# %.3f s and %.3f s\n", small, large);
	}
}

int
main(void)
{
	test_near();
	test_large_place();
	test_keys();
	test_alone();
	test_forgotten();
	test_allowed();
	test_time();
	return done_testing();
}
