#include "gitfilter/driver.h"

#include "base/buf.h"
#include "gitfilter/gitcmd.h"
#include "tests/git.h"

static const struct {
	const char	*driver, *key;	/* key NULL: none of ours */
} names[] = {
	{ "git-crypt", "" },
	{ "git-crypt-prod", "prod" },
	{ "git-crypt-a_B-9", "a_B-9" },
	{ "git-crypt-", NULL },
	{ "git-crypt-default", NULL },
	{ "git-crypt-a/b", NULL },
	{ "git-crypt-..", NULL },
	{ "git-cryptx", NULL },
	{ "lfs", NULL },
	{ "unspecified", NULL },
	{ "", NULL },
};

static void
test_names(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char	key[KEYFILE_NAME_MAX + 1], driver[DRIVER_NAME_MAX];
		bool	ours = driver_key_name(slice_str(names[i].driver), key);

		ok(ours == (names[i].key != NULL), "'%s' is %s driver of ours", names[i].driver,
		    names[i].key != NULL ? "a" : "no");
		if (!ours || names[i].key == NULL)
			continue;
		is_str(key, names[i].key, "  and its key has that name");
		driver_name(key, driver);
		is_str(driver, names[i].driver, "  and the other way round");
	}
}

/* What git has for a variable of the configuration, "" for nothing. */
static void
is_config(const char *name, const char *want, const char *claim)
{
	CLEANUP(buf_release) struct buf	value = BUF(64 * 1024);
	struct error			err = ERROR_INIT;
	int				status;

	if (gitcmd_status((const char *const[]){ "config", "--local", "--get", name, NULL }, SLICE_NONE, &value,
	    &status, &err) != 0)
		bail_out(err.text);
	is_slice(slice_trim(buf_slice(&value)), slice_str(want), claim);
}

static void
test_install(void)
{
	const struct driver_program	plain = { .command = "hubcrypt",
	    .textconv = "/usr/libexec/hubtools/hubcrypt-textconv" };
	const struct driver_program	odd = { .command = "/opt/a \"b\" $c/hubcrypt",
	    .textconv = "/opt/a b/hubcrypt-textconv" };
	struct error			err = ERROR_INIT;
	bool				installed = true;

	succeeds(driver_is_installed("", &installed, &err), err, "a repository without drivers");
	ok(!installed, "has none");
	succeeds(driver_remove("", &err), err, "removing what is not there is no failure");
	succeeds(driver_install(&plain, "", false, &err), err, "the default driver");
	is_config("filter.git-crypt.clean", "\"hubcrypt\" clean", "clean is git-crypt's line");
	is_config("filter.git-crypt.smudge", "\"hubcrypt\" smudge", "so is smudge");
	is_config("filter.git-crypt.process", "\"hubcrypt\" process", "process");
	is_config("filter.git-crypt.required", "true", "required");
	is_config("diff.git-crypt.textconv", "/usr/libexec/hubtools/hubcrypt-textconv", "textconv is a plain word");
	is_config("merge.git-crypt.driver", "\"hubcrypt\" merge %O %A %B %L %P", "a merge driver");
	succeeds(driver_is_installed("", &installed, &err), err, "it is found");
	ok(installed, "to be there");
	succeeds(driver_is_installed("prod", &installed, &err), err, "another");
	ok(!installed, "is not");
	succeeds(driver_install(&odd, "prod", false, &err), err, "a program in an odd place");
	is_config("filter.git-crypt-prod.clean", "\"/opt/a \\\"b\\\" \\$c/hubcrypt\" clean --key-name=prod",
	    "is quoted for the shell");
	is_config("diff.git-crypt-prod.textconv", "\"/opt/a \\\"b\\\" \\$c/hubcrypt\" diff --key-name=prod",
	    "a textconv that is no plain word is the filter's own");
	sh("git config --add filter.git-crypt.clean twice");
	succeeds(driver_install(&plain, "", false, &err), err, "installing again");
	is_config("filter.git-crypt.clean", "\"hubcrypt\" clean", "leaves one value");
	succeeds(driver_remove("", &err), err, "removing the default one");
	is_config("filter.git-crypt.clean", "", "takes the filter");
	is_config("filter.git-crypt.required", "", "all of it");
	is_config("diff.git-crypt.textconv", "", "and textconv");
	is_config("merge.git-crypt.driver", "\"hubcrypt\" merge %O %A %B %L %P", "the merge driver stays");
	is_config("filter.git-crypt-prod.required", "true", "and the other key's filter");
	succeeds(driver_install(&plain, "", true, &err), err, "the filter alone");
	is_config("diff.git-crypt.textconv", "", "has no textconv");
	is_config("filter.git-crypt.process", "\"hubcrypt\" process", "but the same process");
	sh("git config --unset filter.git-crypt.process; git config --unset filter.git-crypt.clean");
	succeeds(driver_remove("", &err), err, "half a section");
	is_config("filter.git-crypt.required", "", "is removed too");
}

int
main(void)
{
	git_begin();
	test_names();
	test_install();
	return done_testing();
}
