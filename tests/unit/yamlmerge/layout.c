#include "yamlmerge/layout.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static void
make(const char *const *paths)
{
	for (; *paths != NULL; paths++) {
		struct error	err = ERROR_INIT;
		char		path[512];

		(void)snprintf(path, sizeof(path), "%s", *paths);
		for (char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
			*slash = '\0';
			(void)mkdir(path, 0700);
			*slash = '/';
		}
		if (path[strlen(path) - 1] != '/' && file_replace(path, SLICE("a: 1\n"), &err) != 0)
			bail_out(err.text);
	}
}

static const char *const repository[] = {
	"deployments/one/hubploy.yaml", "deployments/one/config/common.yaml", "deployments/one/config/staging.yaml",
	"deployments/one/config/prod.yaml", "deployments/one/secrets/staging.yaml",
	"deployments/two/config/dev.yaml", "deployments/two/config/prod.yaml", "secrets/deployments/two/secrets/dev.yaml",
	"deployments/two/secrets/dev.yaml",
	"deployments/three/config/common.yaml", "deployments/three/config/prod.yaml", "deployments/three/secrets/",
	"deployments/four/hubploy.yaml", "deployments/four/secrets/only.yaml",
	"deployments/{{cookiecutter.hub_name}}/hubploy.yaml", "deployments/{{cookiecutter.hub_name}}/config/prod.yaml",
	"deployments/nothing/readme.txt", "deployments/a-file", "deployments/.hidden/config/prod.yaml", NULL,
};

/* HUB ENV, and the files that make it up, each followed by a blank; or words of the message. */
static const struct {
	const char	*hub, *env;
	int		 kind;
	const char	*want, *hint;
	bool		 missing, empty;
} hubs[] = {
	{ "one", "staging", 0, "deployments/one/config/common.yaml deployments/one/config/staging.yaml deployments/one/secrets/staging.yaml ",
	    NULL, false, false },
	{ "one", "prod", 0, "deployments/one/config/common.yaml deployments/one/config/prod.yaml ", NULL, true, false },
	{ "two", "dev", 0, "deployments/two/config/dev.yaml deployments/two/secrets/dev.yaml secrets/deployments/two/secrets/dev.yaml ",
	    NULL, false, false },
	{ "two", "prod", 0, "deployments/two/config/prod.yaml ", NULL, true, false },
	{ "three", "prod", 0, "deployments/three/config/common.yaml deployments/three/config/prod.yaml ", NULL, false, true },
	{ "four", "only", 0, "deployments/four/secrets/only.yaml ", NULL, false, false },
	{ "oen", "prod", ERR_NOT_FOUND, "no hub 'oen'", "did you mean 'one'? hubs here: four, one, three, two", false, false },
	{ "elsewhere", "prod", ERR_NOT_FOUND, "no hub 'elsewhere'", "hubs here: four, one, three, two", false, false },
	{ "nothing", "prod", ERR_NOT_FOUND, "no hub 'nothing'", "hubs here", false, false },
	{ "a-file", "prod", ERR_NOT_FOUND, "no hub 'a-file'", "hubs here", false, false },
	{ "one", "stagng", ERR_NOT_FOUND, "no environment 'stagng'", "did you mean 'staging'? environments here: prod, staging", false, false },
	{ "one", "common", ERR_USAGE, "'common'", "its file", false, false },
	{ "{{cookiecutter.hub_name}}", "prod", ERR_USAGE, "no name of a hub", "folder", false, false },
	{ "../one", "prod", ERR_USAGE, "no name of a hub", "folder", false, false },
	{ "one/", "prod", ERR_USAGE, "no name of a hub", "folder", false, false },
	{ ".hidden", "prod", ERR_USAGE, "no name of a hub", "folder", false, false },
	{ "", "prod", ERR_USAGE, "no name of a hub", "folder", false, false },
	{ "one", "../prod", ERR_USAGE, "no name of an environment", "file", false, false },
};

static void
test_hubs(void)
{
	for (size_t i = 0; i < sizeof(hubs) / sizeof(*hubs); i++) {
		CLEANUP(layout_release) struct layout	layout = LAYOUT;
		struct error				err = ERROR_INIT;
		char					got[1024] = "";
		int					rc = layout_find(hubs[i].hub, hubs[i].env, &layout, &err);

		if (!ok(rc == hubs[i].kind, "%s %s is %s", hubs[i].hub, hubs[i].env, rc == 0 ? "found" : "refused"))
			printf("#   %d %s\n", rc, err.text);
		if (rc != 0) {
			ok(strstr(err.text, hubs[i].want) != NULL && strstr(err.hint, hubs[i].hint) != NULL, "%s; %s", err.text, err.hint);
			continue;
		}
		for (size_t k = 0; k < layout.count; k++) {
			(void)strcat(got, layout.files[k].path);
			(void)strcat(got, " ");
		}
		is_str(got, hubs[i].want, "from these files");
		is_int(layout.secrets_missing, hubs[i].missing, "its secrets are missing if others are there");
		is_int(layout.secrets_empty, hubs[i].empty, "an empty secrets folder is noticed");
	}
}

static void
test_all_layer(void)
{
	static const char *const more[] = { "deployments/common/config/all.yaml", NULL };
	CLEANUP(layout_release) struct layout	layout = LAYOUT;
	struct error				err = ERROR_INIT;
	const char				**names;
	size_t					count;

	make(more);
	if (succeeds(layout_find("one", "prod", &layout, &err), err, "a repository with a layer for all hubs")) {
		is_str(layout.files[0].path, more[0], "has it first");
		ok(layout.files[0].role == LAYER_ALL && layout.files[1].role == LAYER_COMMON && layout.files[2].role == LAYER_ENV,
		    "in its role");
		is_str(layout.secrets[0], "deployments/one/secrets/prod.yaml", "the first place for secrets");
		is_str(layout.secrets[1], "secrets/deployments/one/secrets/prod.yaml", "the second");
	}
	ok(layout_hubs(&layout.arena, &names, &count, &err) == 0 && count == 4, "its folder is no hub");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	struct error				 err = ERROR_INIT;

	if (tmpdir_new(&tmpdir, &err) != 0 || chdir(tmpdir_path(tmpdir)) != 0)
		bail_out(err.text);
	{
		CLEANUP(layout_release) struct layout layout = LAYOUT;

		is_int(layout_find("one", "prod", &layout, &err), ERR_NOT_FOUND, "a folder without deployments");
		ok(strstr(err.text, "'deployments'") != NULL && strstr(err.hint, "-f") != NULL, "is said to be one");
	}
	make(repository);
	test_hubs();
	test_all_layer();
	if (chdir("/") != 0)
		bail_out("no root");
	return done_testing();
}
