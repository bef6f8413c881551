#include "sops/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "tests/tap.h"

#define A1	"age1ntuvyu5xvyu2p2l8l2t4fx53rz3gc8380ggmna3r58srpe0h59qsdcse0k"
#define A2	"age1z97ac3fzhxqq7f65uc2plljufc4xmmgprvz4mpqdwwkrl45hfszssvgaeh"
#define ARN	"arn:aws:kms:us-east-1:123456789012:key/a"
#define ROLE	"arn:aws:iam::123456789012:role/r"

static char folder[64];

static void
write_text(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	if (file_replace(path, slice_str(text), &err) != 0)
		bail_out(err.text);
}

static struct config *
load(const char *text)
{
	struct config	*config = NULL;
	struct error	 err = ERROR_INIT;

	write_text(".sops.yaml", text);
	if (config_load(".sops.yaml", &config, &err) != 0)
		printf("# %u:%u %s\n", err.line, err.column, err.text);
	return config;
}

/* The identities of all keys, groups separated by '/', or the error's text. */
static const char *
keys_of(struct config *config, const char *file, struct buf *out)
{
	const struct config_rule	*rule;
	struct error			 err = ERROR_INIT;

	buf_reset(out);
	if (config_match(config, file, &rule, &err) != 0) {
		if (buf_printf(out, &err, "%d %u:%u %s", (int)err.kind, err.line, err.column, err.text) != 0 && out->len == 0)
			printf("# %s\n", err.text);
	} else
		for (size_t g = 0; g < rule->group_count; g++)
			for (size_t k = 0; k < rule->groups[g].count; k++)
				if (buf_str(out, k > 0 ? " " : g > 0 ? "/" : "", &err) != 0 ||
				    master_key_identity(&rule->groups[g].keys[k], out, &err) != 0)
					bail_out(err.text);
	err = ERROR_INIT;
	return buf_terminate(out, &err) == 0 ? (const char *)out->data : "";
}

static void
test_rules(void)
{
	static const struct {
		const char *text, *file, *keys, *what;
	} cases[] = {
		{ "creation_rules:\n- path_regex: f\n  age: " A1 "\n- path_regex: yaml\n  age: " A2 "\n", "f.yaml", A1, "the first match wins" },
		{ "creation_rules:\n- path_regex: f\n  age: " A1 "\n- path_regex: yaml\n  age: " A2 "\n", "g.yaml", A2, "else a later one" },
		{ "creation_rules:\n- age: " A1 "\n", "any/thing", A1, "a rule without an expression matches everything" },
		{ "creation_rules:\n- path_regex: ^sub/f\n  age: " A1 "\n", "sub/x/../f.yaml", A1, "the path is relative to the configuration" },
		{ "creation_rules:\n- path_regex: ^/etc/x$\n  age: " A1 "\n", "/etc//./x", A1, "or absolute when the file is not below it" },
		{ "creation_rules:\n- age: '" A1 ", ," A2 ",'\n", "f", A1 " " A2, "keys are separated by commas" },
		{ "creation_rules:\n- age: [" A1 ", '" A2 "," A1 "']\n", "f", A1 " " A2 " " A1, "or in a list; the flat form keeps duplicates" },
		{ "creation_rules:\n- age: >-\n    " A1 ",\n    " A2 ",\n", "f", A1 " " A2, "or folded" },
		{ "creation_rules:\n- kms: " ARN "\n  pgp: A B\n  age: " A1 "\n", "f", A1 " AB " ARN, "age comes first, pgp has no spaces" },
		{ "creation_rules:\n- kms: " ARN "\n  role: " ROLE "\n", "f", ARN "+" ROLE, "a role beside a flat kms is honoured" },
		{ "creation_rules:\n- kms: '" ARN "+arn:aws:iam::1:role/o, " ARN "'\n  role: " ROLE "\n", "f", ARN "+arn:aws:iam::1:role/o " ARN "+" ROLE,
		    "one in the key's own text comes first" },
		{ "creation_rules:\n- kms: " ARN "\n  aws_profile: p\n", "f", ARN "||p", "so is a profile" },
		{ "creation_rules:\n- key_groups: [{age: [" A1 ", " A1 "]}, {pgp: ['A B']}]\n", "f", A1 "/AB", "groups drop duplicates" },
		{ "creation_rules:\n- key_groups: [{age: [" A1 "], merge: [{pgp: [X]}, {age: [" A2 "]}]}]\n", "f", "X " A2 " " A1, "merged groups come first" },
		{ "creation_rules:\n- key_groups: [{kms: [{arn: '" ARN "+arn:x', role: " ROLE ", context: {b: 1, a: true}, aws_profile: p}]}]\n", "f",
		    ARN "+arn:x+" ROLE "|a:true,b:1|p", "a kms entry of a group is taken as it stands" },
		{ "x: &k [" A1 "]\ncreation_rules:\n- &r\n  path_regex: ^no$\n  age: *k\n- <<: *r\n  path_regex: f\n", "f", A1, "aliases and merges are followed" },
		{ "creation_rules:\n- azure_keyvault: https://v.vault.azure.net/keys/k/1\n  hc_vault_transit_uri: https://h:8200/v1/a/b/keys/n\n"
		    "  gcp_kms: projects/p/locations/l/keyRings/r/cryptoKeys/k\n  hckms: ['r:u']\n", "f",
		    "projects/p/locations/l/keyRings/r/cryptoKeys/k r:u https://v.vault.azure.net/keys/k/1 https://h:8200/v1/a/b/keys/n",
		    "the other services are parsed" },
		{ "creation_rules:\n- path_regex: x$\n  age: " A1 "\n", "f", "18 0:0 error loading config: no matching creation rules found", "no rule is an error" },
		{ "creation_rules:\n- path_regex: '('\n  age: " A1 "\n", "f", "16 2:15 cannot use path_regex '(': missing closing )",
		    "an expression that does not compile is one" },
		{ "creation_rules:\n- age: " A1 "\n- path_regex: '('\n", "f", A1, "unless it is not reached" },
		{ "creation_rules:\n- age: " A1 "\n  encrypted_regex: a\n  unencrypted_suffix: b\n", "f",
		    "16 2:3 error loading config: a creation rule sets more than one of the rules that choose what is encrypted", "two rules at once are one" },
		{ "creation_rules:\n- age: bogus\n", "f", "6 2:8 unknown recipient type: 'bogus'", "so is a malformed key" },
		{ "creation_rules:\n- age: {a: b}\n", "f", "16 2:8 setting 'age' is not a string or a list of strings", "or one of another kind" },
		{ "creation_rules:\n- shamir_threshold: many\n  age: " A1 "\n", "f", "16 2:21 setting 'shamir_threshold' is not a number that is possible here",
		    "or a number that is none" },
		{ "stores: {yaml: {indent: 2}}\n", "f", "17 0:0 config file has no creation rules", "no rules at all are an answer" },
		{ "", "f", "17 0:0 config file has no creation rules", "so is an empty file" },
	};
	CLEANUP(buf_release) struct buf out = BUF(64 * KIB);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(config_freep) struct config *config = load(cases[i].text);

		if (ok(config != NULL, "a configuration is read"))
			is_str(keys_of(config, cases[i].file, &out), cases[i].keys, cases[i].what);
	}
}

static void
test_settings(void)
{
	CLEANUP(config_freep) struct config *config = load("creation_rules:\n- age: " A1 "\n  encrypted_regex: ^data$\n  mac_only_encrypted: true\n"
	    "  shamir_threshold: 3\nstores:\n  yaml: {indent: 2}\n  json: {indent: -1}\n");
	CLEANUP(metadata_freep) struct metadata *meta = NULL, *flagged = NULL, *none = NULL;
	CLEANUP(arena_release) struct arena arena = ARENA(MIB);
	const struct config_rule *rule = NULL;
	struct key_group keys = { .count = 0 };
	struct error err = ERROR_INIT;

	if (!succeeds(config_match(config, "f", &rule, &err), err, "a rule matches"))
		return;
	is_int(config->indent_yaml, 2, "the indent of YAML is read");
	is_int(config->indent_json, -1, "and that of JSON");
	succeeds(config_metadata(rule, NULL, &meta, &err), err, "metadata is made from the rule");
	is_int((intmax_t)meta->group_count, 1, "with its group");
	is_slice(meta->rules.text[SELECT_ENCRYPTED_REGEX], SLICE("^data$"), "its expression");
	ok(meta->mac_only_encrypted && meta->shamir_threshold == 3, "and its other settings");
	if (key_group_parse(&keys, &key_types[KEY_AGE], SLICE(A2), NULL, &arena, &err) != 0)
		bail_out(err.text);
	succeeds(config_metadata(rule, &keys, &flagged, &err), err, "keys from flags");
	is_slice(flagged->groups[0].keys[0].field[0], SLICE(A2), "replace those of the rule");
	is_slice(flagged->rules.text[SELECT_ENCRYPTED_REGEX], SLICE("^data$"), "whose settings stay");
	is_int(config_metadata(NULL, NULL, &none, &err), ERR_NO_KEY, "without any key there is no metadata");
	ok(strstr(err.text, "no keys provided") != NULL, "in sops' words");
}

static void
test_warnings(void)
{
	static const struct { const char *text; unsigned line, column; const char *warning, *hint; } cases[] = {
		{ "creation_rules:\n- age: " A1 "\n  encrypted-regex: a\n", 3, 3, "unknown setting 'encrypted-regex' is ignored", "did you mean 'encrypted_regex'?" },
		{ "creation_rule:\n- age: " A1 "\n", 1, 1, "unknown setting 'creation_rule' is ignored", "did you mean 'creation_rules'?" },
		{ "creation_rules:\n- kms: " ARN "\n  context: {a: b}\n", 3, 3, "unknown setting 'context' is ignored",
		    "sops takes an encryption context from 'key_groups' only: kms: [{arn: ..., context: {...}}]" },
		{ "creation_rules:\n- key_groups:\n  - kms: [{arn: a, profile: b}]\n", 3, 20, "unknown setting 'profile' is ignored", "" },
		{ "creation_rules:\n- key_groups:\n  - age: [" A1 "]\n  age: " A1 "\n", 4, 3, "'age' is ignored, since the rule has 'key_groups'",
		    "put it into one of the groups" },
		{ "creation_rules:\n- key_groups:\n  - azure_kv: []\n", 3, 5, "unknown setting 'azure_kv' is ignored", "" },
		{ "stores: {yml: {indent: 2}}\n", 1, 10, "unknown setting 'yml' is ignored", "did you mean 'yaml'?" },
		{ "destination_rules:\n- s3_buckets: x\n", 2, 3, "unknown setting 's3_buckets' is ignored", "did you mean 's3_bucket'?" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(config_freep) struct config *config = load(cases[i].text);

		if (!ok(config != NULL && config->warning_count == 1, "one warning"))
			continue;
		is_slice(config->warnings[0].text, slice_str(cases[i].warning), "says what is ignored");
		is_slice(config->warnings[0].hint, slice_str(cases[i].hint), "and what was meant");
		ok(config->warnings[0].line == cases[i].line && config->warnings[0].column == cases[i].column, "at its place (%u:%u)",
		    config->warnings[0].line, config->warnings[0].column);
	}
	CLEANUP(config_freep) struct config *quiet = load("keys:\n- &a " A1 "\ncreation_rules:\n- age: *a\n  kms: " ARN "\n  role: " ROLE "\n");
	ok(quiet != NULL && quiet->warning_count == 0, "a list of anchored recipients and a role are no mistakes");
}

static void
test_broken(void)
{
	static const struct { const char *text; unsigned line, column; } cases[] = {
		{ "creation_rules: [\n", 2, 1 }, { "- a\n", 1, 1 }, { "creation_rules: x\n", 1, 17 }, { "stores: {yaml: {indent: x}}\n", 1, 25 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config	*config = NULL;
		struct error	 err = ERROR_INIT;

		write_text("broken.yaml", cases[i].text);
		is_int(config_load("broken.yaml", &config, &err), ERR_CONFIG, "a broken configuration is refused");
		is_str(err.path, "broken.yaml", "by its name");
		ok(err.line == cases[i].line && err.column == cases[i].column, "line and column (%u:%u)", err.line, err.column);
		ok(strncmp(err.text, "Could not unmarshal config file: ", 33) == 0, "in sops' words");
	}
}

static void
test_find(void)
{
	CLEANUP(buf_release) struct buf	path = BUF(4 * KIB), ignored = BUF(4 * KIB), want = BUF(4 * KIB);
	struct error	err = ERROR_INIT;

	write_text(".sops.yaml", "");
	if (mkdir("a", 0700) != 0 || mkdir("a/b", 0700) != 0 || chdir("a/b") != 0)
		bail_out("no folder");
	write_text(".sops.yml", "");
	succeeds(config_find(NULL, NULL, &path, &ignored, &err), err, "the nearest configuration above is found");
	(void)!buf_printf(&want, &err, "%s/.sops.yaml", folder);
	is_slice(buf_slice(&path), buf_slice(&want), "by its path");
	buf_reset(&want);
	(void)!buf_printf(&want, &err, "%s/a/b/.sops.yml", folder);
	is_slice(buf_slice(&ignored), buf_slice(&want), "one with another ending is passed by, and told of");
	buf_reset(&path);
	setenv("SOPS_CONFIG", "env.yaml", 1);
	is_int(config_find("given.yaml", NULL, &path, NULL, &err), 0, "one that is given is taken");
	is_slice(buf_slice(&path), SLICE("given.yaml"), "as it is");
	buf_reset(&path);
	is_int(config_find(NULL, NULL, &path, NULL, &err), 0, "else that of the environment");
	is_slice(buf_slice(&path), SLICE("env.yaml"), "as it is");
	unsetenv("SOPS_CONFIG");
	if (chdir("../..") != 0 || unlink(".sops.yaml") != 0)
		bail_out("no folder");
	buf_reset(&path);
	is_int(config_find(NULL, NULL, &path, NULL, &err), ERR_NO_CONFIG, "none at all is an answer");
	ok(strstr(err.hint, folder) != NULL, "which says where was looked");

	/* Beside the file, when the working directory has none. */
	err_reset(&err);
	write_text("a/.sops.yaml", "");
	is_int(config_find(NULL, NULL, &path, NULL, &err), ERR_NO_CONFIG, "what is below the working directory does not count");
	err_reset(&err);
	succeeds(config_find(NULL, "a/b/absent.yaml", &path, NULL, &err), err, "but what is above the file does");
	buf_reset(&want);
	(void)!buf_printf(&want, &err, "%s/a/.sops.yaml", folder);
	is_slice(buf_slice(&path), buf_slice(&want), "by its path");
	buf_reset(&path);
	succeeds(config_find(NULL, "a", &path, NULL, &err), err, "a folder is looked into itself");
	is_slice(buf_slice(&path), buf_slice(&want), "to the same effect");
	buf_reset(&path);
	is_int(config_find(NULL, "/proc/absent.yaml", &path, NULL, &err), ERR_NO_CONFIG, "none in either place is an answer, too");
	ok(strstr(err.hint, folder) != NULL && strstr(err.hint, "'/proc'") != NULL, "which names both");
	write_text(".sops.yaml", "");
	err_reset(&err);
	succeeds(config_find(NULL, "a/b/absent.yaml", &path, NULL, &err), err, "that of the working directory comes first");
	buf_reset(&want);
	(void)!buf_printf(&want, &err, "%s/.sops.yaml", folder);
	is_slice(buf_slice(&path), buf_slice(&want), "whatever is beside the file");
	(void)unlink(".sops.yaml");
	(void)unlink("a/.sops.yaml");
}

int
main(void)
{
	char resolved[4096];

	snprintf(folder, sizeof(folder), "/tmp/hub.config.XXXXXX");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0 || realpath(".", resolved) == NULL)
		bail_out("no folder");
	unsetenv("SOPS_CONFIG");
	test_rules();
	test_settings();
	test_warnings();
	test_broken();
	test_find();
	(void)!system("rm -rf a broken.yaml .sops.yaml");
	if (chdir("/") == 0)
		(void)rmdir(folder);
	return done_testing();
}
