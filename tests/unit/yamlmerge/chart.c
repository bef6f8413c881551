#include "yamlmerge/chart.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static const struct { const char *path, *text; } files[] = {
	{ "hub/Chart.yaml", "name: hub\ndependencies:\n- {name: listed, version: 1}\n- name: mariadb\n  alias: database\n"
	    "- {name: both}\n- {name: both, alias: second}\n# c\n- just text\n- {alias: lonely}\n" },
	{ "hub/requirements.yaml", "dependencies:\n - name: jupyterhub\n" },
	{ "hub/charts/mariadb/Chart.yaml", "name: mariadb\n" },
	{ "hub/charts/mariadb/charts/inner/Chart.yaml", "name: inner\n" },
	{ "hub/charts/folder-name/Chart.yaml", "name: chart-name\n" },
	{ "hub/charts/packed-chart-1.2.3-beta.1.tgz", "" },
	{ "hub/charts/notes.txt", "" },
	{ "hub/charts/_skipped/Chart.yaml", "name: skipped\n" },
	{ "hub/charts/bare/values.yaml", "" },
	{ "empty/values.yaml", "" },
	{ "broken/Chart.yaml", "name: [\n" },
	{ "odd/Chart.yaml", "dependencies: text\nname: {}\n" },
};

static void
make(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct error	err = ERROR_INIT;
		char		path[512];

		(void)snprintf(path, sizeof(path), "%s", files[i].path);
		for (char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
			*slash = '\0';
			(void)mkdir(path, 0700);
			*slash = '/';
		}
		if (file_replace(path, slice_str(files[i].text), &err) != 0)
			bail_out(err.text);
	}
}

int
main(void)
{
	static const char *const there[] = { "listed", "mariadb", "database", "both", "second", "jupyterhub", "chart-name", "packed-chart", "bare" };
	static const char *const not_there[] = { "hub", "folder-name", "_skipped", "skipped", "notes.txt", "lonely", "inner", "" };
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(arena_release) struct arena	 arena = ARENA(MIB);
	struct error				 err = ERROR_INIT;
	struct chart				*chart;
	const struct chart			*found;

	if (tmpdir_new(&tmpdir, &err) != 0 || chdir(tmpdir_path(tmpdir)) != 0)
		bail_out(err.text);
	make();
	if (succeeds(chart_read("hub", &arena, &chart, &err), err, "a chart is read")) {
		is_slice(chart->name, SLICE("hub"), "its name");
		for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++)
			ok(chart_find(chart, slice_str(there[i])) != NULL, "'%s' is a subchart", there[i]);
		for (size_t i = 0; i < sizeof(not_there) / sizeof(*not_there); i++)
			ok(chart_find(chart, slice_str(not_there[i])) == NULL, "'%s' is none", not_there[i]);
		found = chart_find(chart, SLICE("database"));
		ok(found != NULL && chart_find(found, SLICE("inner")) != NULL, "an alias has the subcharts of the chart it names");
		ok(chart_find(chart, SLICE("mariadb"))->renamed && !chart_find(chart, SLICE("both"))->renamed &&
		    !chart_find(chart, SLICE("chart-name"))->renamed, "only a chart that has nothing but aliases is renamed");
	}
	ok(chart_read("empty", &arena, &chart, &err) == 0 && chart->subcharts == NULL, "a folder without all that has no subcharts");
	ok(chart_read("missing", &arena, &chart, &err) == 0 && chart->subcharts == NULL, "nor has one that is not there");
	ok(chart_read("odd", &arena, &chart, &err) == 0 && chart->subcharts == NULL && chart->name.len == 0, "odd types count for nothing");
	is_int(chart_read("broken", &arena, &chart, &err), ERR_SYNTAX, "malformed YAML is refused");
	ok(strcmp(err.path, "broken/Chart.yaml") == 0 && err.line > 0, "with its place");
	ok(chart_find(NULL, SLICE("a")) == NULL, "no chart has no subcharts");
	if (chdir("/") != 0)
		bail_out("no root");
	return done_testing();
}
