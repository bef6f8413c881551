#include "kms/aws_config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "tests/tap.h"

static struct aws_config *
parsed(const char *config_text, const char *credentials_text)
{
	struct aws_config	*config = NULL;
	struct error		 err = ERROR_INIT;

	if (aws_config_new(&config, &err) != 0 ||
	    aws_config_parse(config, AWS_CONFIG, slice_str(config_text), &err) != 0 ||
	    aws_config_parse(config, AWS_CREDENTIALS, slice_str(credentials_text), &err) != 0)
		bail_out(err.text);
	return config;
}

static void
gets(const struct aws_config *config, const char *profile, const char *key, const char *want, const char *what)
{
	is_slice(aws_config_get(config, slice_str(profile), key), slice_str(want), what);
}

static void
test_grammar(void)
{
	CLEANUP(aws_config_freep) struct aws_config *config = parsed(
	    "\xef\xbb\xbf# a comment\r\n"
	    "region = before any section\n"
	    "[profile lab]\r\n"
	    "Region=eu-west-1 # trailing\r\n"
	    "  ; indented comment\n"
	    "role_arn = a#b;c \t; cut\n"
	    "url = http://h/?a=b\n"
	    "long = one\n"
	    "  two # cut\n"
	    "\tthree\n"
	    "not a setting\n"
	    "services = local\n"
	    "region = eu-west-2\n"
	    "[ profile \"my lab\" ] # name in quotes\n"
	    "region = quoted\n"
	    "[lab]\nregion = a bare section is ignored\n"
	    "[services local]\n"
	    "kms =\n"
	    "  endpoint_url = http://127.0.0.1:1\n"
	    "  EMPTY =\n"
	    "sts=\n"
	    "  endpoint_url = http://127.0.0.1:2\n"
	    "s3 = x\n  endpoint_url = no block\n", "");

	gets(config, "lab", "region", "eu-west-2", "the later of two equal keys counts; names are in any case");
	gets(config, "lab", "role_arn", "a#b;c", "a comment sign needs white space before it");
	gets(config, "lab", "url", "http://h/?a=b", "the first '=' divides");
	gets(config, "lab", "long", "one\ntwo\nthree", "indented lines continue a value");
	gets(config, "my lab", "region", "quoted", "a name may be quoted");
	gets(config, "none", "region", "", "an unknown profile has nothing");
	ok(aws_config_has_profile(config, SLICE("lab")) && !aws_config_has_profile(config, SLICE("local")),
	    "profiles are told from other sections");
	is_slice(aws_config_service(config, SLICE("local"), "kms", "endpoint_url"), SLICE("http://127.0.0.1:1"),
	    "a nested block belongs to the key above it");
	is_slice(aws_config_service(config, SLICE("local"), "sts", "endpoint_url"), SLICE("http://127.0.0.1:2"), "each its own");
	is_int(aws_config_service(config, SLICE("local"), "s3", "endpoint_url").len, 0, "under a value there is no block");
	gets(config, "lab", "endpoint_url", "", "a nested key is no key of a profile");
	ok(aws_config_has_services(config, SLICE("local")) && !aws_config_has_services(config, SLICE("lab")),
	    "services are found by name");
}

static void
test_two_files(void)
{
	CLEANUP(aws_config_freep) struct aws_config *config = parsed(
	    "[default]\nregion = plain\naws_access_key_id = C\naws_secret_access_key = CS\naws_session_token = CT\n"
	    "[profile both]\nregion = config\noutput = config\n"
	    "[profile half]\naws_access_key_id = C\naws_secret_access_key = CS\n",
	    "[both]\nregion = credentials\n[half]\naws_access_key_id = H\n[profile x]\nregion = ignored\n"
	    "[default]\naws_access_key_id = D\naws_secret_access_key = DS\n");
	struct aws_static_keys keys;

	gets(config, "both", "region", "credentials", "the credentials file goes first");
	gets(config, "both", "output", "config", "key by key");
	gets(config, "default", "region", "plain", "a bare default counts");
	ok(!aws_config_has_profile(config, SLICE("x")), "'profile' is no word of the credentials file");
	ok(aws_config_keys(config, SLICE("default"), &keys) && slice_eq(keys.access_key, SLICE("D")) &&
	    slice_eq(keys.secret, SLICE("DS")) && keys.token.len == 0, "key, secret and token come from one file");
	ok(aws_config_keys(config, SLICE("half"), &keys) && slice_eq(keys.access_key, SLICE("C")) &&
	    slice_eq(keys.secret, SLICE("CS")), "half a pair is none");
	ok(!aws_config_keys(config, SLICE("both"), &keys), "no keys are none");
}

static void
test_profile_default(void)
{
	CLEANUP(aws_config_freep) struct aws_config *config = parsed(
	    "[default]\nregion = bare\noutput = bare\n[profile default]\nregion = full\n", "");

	gets(config, "default", "region", "full", "[profile default] goes before [default]");
	gets(config, "default", "output", "", "and makes it void");
}

static void
refused(struct slice text, int kind, unsigned line, const char *what)
{
	CLEANUP(aws_config_freep) struct aws_config *config = NULL;
	struct error err = ERROR_INIT;

	if (aws_config_new(&config, &err) != 0)
		bail_out("out of memory");
	is_int(aws_config_parse(config, AWS_CONFIG, text, &err), kind, what);
	is_int(err.line, line, "... and its line is named");
}

static void
test_refused(void)
{
	CLEANUP(buf_release) struct buf text = BUF(8 * MIB);
	struct error err = ERROR_INIT;

	refused(SLICE("[a]\nb = c\n[profile x\naws_access_key_id = k\n"), ERR_CONFIG, 3, "an unclosed section is an error");
	refused(SLICE("[a]\nb = c\0d\n"), ERR_CONFIG, 2, "a NUL byte is an error");
	if (buf_str(&text, "[a]\nb=", &err) != 0 || buf_repeat(&text, 'x', 65536, &err) != 0)
		bail_out("out of memory");
	refused(buf_slice(&text), ERR_LIMIT, 2, "an endless line is an error");
	buf_reset(&text);
	if (buf_str(&text, "[a]\n", &err) != 0)
		bail_out("out of memory");
	for (int i = 0; i < 20000; i++)
		if (buf_str(&text, "k=v\n", &err) != 0)
			bail_out("out of memory");
	refused(buf_slice(&text), ERR_LIMIT, 20001, "endless settings are an error");
	buf_reset(&text);
	if (buf_repeat(&text, '\n', LIMIT_CONFIG + 1, &err) != 0)
		bail_out("out of memory");
	refused(buf_slice(&text), ERR_LIMIT, 0, "a file above the limit is an error");
}

static void
test_switches(void)
{
	CLEANUP(aws_config_freep) struct aws_config *config = parsed(
	    "[profile t]\nk = TRUE\n[profile f]\nk = false\n[profile x]\nk = yes\n", "");
	struct error	err = ERROR_INIT;
	bool		on;

	(void)unsetenv("HUB_TEST");
	ok(aws_config_switch(config, SLICE("t"), "HUB_TEST", "k", &on, &err) == 0 && on, "true in any case");
	ok(aws_config_switch(config, SLICE("f"), "HUB_TEST", "k", &on, &err) == 0 && !on, "false");
	ok(aws_config_switch(config, SLICE("none"), "HUB_TEST", "k", &on, &err) == 0 && !on, "nothing said is false");
	is_int(aws_config_switch(config, SLICE("x"), "HUB_TEST", "k", &on, &err), ERR_CONFIG, "another word is an error");
	(void)setenv("HUB_TEST", "False", 1);
	ok(aws_config_switch(config, SLICE("t"), "HUB_TEST", "k", &on, &err) == 0 && !on, "the variable goes before the file");
	(void)setenv("HUB_TEST", "", 1);
	ok(aws_config_switch(config, SLICE("t"), "HUB_TEST", "k", &on, &err) == 0 && on, "an empty variable is an unset one");
}

static void
test_loading(void)
{
	char			 folder[] = "/tmp/aws_config.XXXXXX", path[200];
	struct aws_config	*config = NULL;
	struct error		 err = ERROR_INIT;
	bool			 named;

	if (mkdtemp(folder) == NULL)
		bail_out("no temporary folder");
	(void)setenv("HOME", folder, 1);
	(void)unsetenv("AWS_CONFIG_FILE");
	(void)unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	(void)unsetenv("AWS_PROFILE");
	(void)unsetenv("AWS_DEFAULT_PROFILE");
	ok(aws_config_load(&config, &err) == 0 && !aws_config_has_profile(config, SLICE("default")), "missing files are empty");
	aws_config_free(config);
	config = NULL;
	(void)snprintf(path, sizeof(path), "%s/.aws", folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/.aws/config", folder);
	(void)!file_replace(path, SLICE("[default]\nregion=home\n"), &err);
	ok(aws_config_load(&config, &err) == 0, "the usual file is read");
	gets(config, "default", "region", "home", "from the home folder");
	aws_config_free(config);
	config = NULL;
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "~/keys", 1);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	(void)!file_replace(path, SLICE("[default]\n[oops\n"), &err);
	is_int(aws_config_load(&config, &err), ERR_CONFIG, "a broken file is an error");
	is_str(err.path, path, "which names it");
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/.aws/config", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/.aws", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	is_slice(aws_config_profile(&named), SLICE("default"), "without a variable the profile is 'default'");
	ok(!named, "which need not exist");
	(void)setenv("AWS_DEFAULT_PROFILE", "d", 1);
	is_slice(aws_config_profile(&named), SLICE("d"), "AWS_DEFAULT_PROFILE names one");
	(void)setenv("AWS_PROFILE", "p", 1);
	is_slice(aws_config_profile(&named), SLICE("p"), "AWS_PROFILE goes before it");
	ok(named, "and must exist");
}

int
main(void)
{
	test_grammar();
	test_two_files();
	test_profile_default();
	test_refused();
	test_switches();
	test_loading();
	return done_testing();
}
