#include "sops/check.h"

#include "tests/unit/sops/sealing.h"

#define BOB	"age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks"

/* Of each finding "kind line:column; ". */
static char	said[4096];

static bool
check(const char *text, const struct store *store, const char *rules)
{
	CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
	CLEANUP(config_freep) struct config *config = NULL;
	struct error	err = ERROR_INIT;
	bool		sealed;

	said[0] = '\0';
	if (rules != NULL && config_parse(slice_str(rules), "/r/.sops.yaml", &config, &err) != 0)
		bail_out(err.text);
	if (check_text(slice_str(text), store, "/r/x", config, &findings, &sealed, &err) != 0) {
		(void)snprintf(said, sizeof(said), "failed %d", (int)err.kind);
		return false;
	}
	for (size_t i = 0; i < findings.count; i++) {
		size_t at = strlen(said);

		(void)snprintf(said + at, sizeof(said) - at, "%s%s %u:%u", at != 0 ? "; " : "", check_kind_name(findings.list[i].kind),
		    (unsigned)findings.list[i].line, (unsigned)findings.list[i].column);
	}
	return sealed;
}

/* One container, made up: what is in it nobody looks at. */
#define IV	"iv:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,"
#define TAG	"tag:MDEyMzQ1Njc4OTAxMjM0NQ==,"
#define ENC	"ENC[AES256_GCM,data:QQ==," IV TAG "type:str]"
#define BLOCK(more)	"sops:\n    lastmodified: \"2026-01-02T03:04:05Z\"\n    mac: " ENC "\n    age:\n        - recipient: " AGE_RECIPIENT \
			"\n          enc: x\n    version: 3.13.2\n" more
#define JSON_BLOCK	"\"sops\": {\"lastmodified\": \"2026-01-02T03:04:05Z\", \"mac\": \"" ENC "\", \"age\": [{\"recipient\": \"" AGE_RECIPIENT \
			"\", \"enc\": \"x\"}], \"version\": \"3.13.2\"}"
#define RULE(more)	"creation_rules:\n  - age: " AGE_RECIPIENT "\n" more

static const struct {
	const char		*claim, *text;
	const struct store	*store;
	const char		*rules;
	const char		*findings;	/* NULL: not encrypted at all */
} cases[] = {
	{ "all as it should be", "a: " ENC "\n" BLOCK(""), &store_yaml, RULE(""), "" },
	{ "an ordinary file", "a: b\n", &store_yaml, RULE(""), NULL },
	{ "an ordinary file that speaks of sops", "a: sops\nb: [\n", &store_yaml, RULE(""), NULL },
	{ "nothing", "", &store_yaml, NULL, NULL },
	{ "a string", "a: b\n" BLOCK(""), &store_yaml, NULL, "value 1:4" },
	{ "a number", "a: 1\n" BLOCK(""), &store_yaml, NULL, "value 1:4" },
	{ "true", "a: {b: true}\n" BLOCK(""), &store_yaml, NULL, "value 1:8" },
	{ "null and the empty string", "a:\nb: ''\nc: ~\n" BLOCK(""), &store_yaml, NULL, "" },
	{ "empty containers", "a: {}\nb: []\n" BLOCK(""), &store_yaml, NULL, "" },
	{ "each of several", "a: 1\nb:\n  - c\n  - " ENC "\n  - d\n" BLOCK(""), &store_yaml, NULL, "value 1:4; value 3:5; value 5:5" },
	{ "what an alias stands for, where it stands", "a: &x 1\nb: *x\n" BLOCK(""), &store_yaml, NULL, "value 1:7; value 1:7" },
	{ "a comment", "# c\na: " ENC "\n" BLOCK(""), &store_yaml, NULL, "comment 1:1" },
	{ "a sealed comment", "#" ENC "\na: " ENC "\n" BLOCK(""), &store_yaml, NULL, "" },
	{ "an empty comment", "#\na: " ENC "\n" BLOCK(""), &store_yaml, NULL, "" },
	{ "a key that ends in the suffix", "a_unencrypted: b\n" BLOCK(""), &store_yaml, NULL, "" },
	{ "ciphertext below it", "a_unencrypted: " ENC "\n" BLOCK(""), &store_yaml, NULL, "stray 1:16" },
	{ "the file's own rule", "a: b\npw: c\n" BLOCK("    encrypted_regex: ^pw$\n"), &store_yaml, NULL, "value 2:5" },
	{ "a creation rule that chooses more", "a: b\npw: " ENC "\n" BLOCK("    encrypted_regex: ^pw$\n"), &store_yaml,
	    RULE("    encrypted_regex: ^(pw|a)$\n"), "rule 1:4" },
	{ "one that chooses everything", "a: b\npw: " ENC "\n" BLOCK("    encrypted_regex: ^pw$\n"), &store_yaml, RULE(""), "rule 1:4" },
	{ "one that chooses less", "a: " ENC "\npw: " ENC "\n" BLOCK(""), &store_yaml, RULE("    encrypted_regex: ^pw$\n"), "" },
	{ "no rule for this file", "a: " ENC "\n" BLOCK(""), &store_yaml, "creation_rules:\n  - path_regex: ^y$\n    age: " BOB "\n", "" },
	{ "another recipient", "a: " ENC "\n" BLOCK(""), &store_yaml, "creation_rules:\n  - age: " BOB "\n", "recipients 2:1; recipients 2:1" },
	{ "one more", "a: " ENC "\n" BLOCK(""), &store_yaml, "creation_rules:\n  - age: " AGE_RECIPIENT "," BOB "\n", "recipients 2:1" },
	{ "a rule without keys", "a: " ENC "\n" BLOCK(""), &store_yaml, "creation_rules:\n  - encrypted_regex: ^a$\n", "" },
	{ "base64 that is none", "a: ENC[AES256_GCM,data:Q," IV TAG "type:str]\n" BLOCK(""), &store_yaml, NULL, "damaged 1:4" },
	{ "a tag that is too short", "a: ENC[AES256_GCM,data:QQ==," IV "tag:QQ==,type:str]\n" BLOCK(""), &store_yaml, NULL, "damaged 1:4" },
	{ "ciphertext cut off", "a: ENC[AES256_GCM,data:QQ==," IV "\n" BLOCK(""), &store_yaml, NULL, "value 1:4" },
	{ "a key twice", "a: " ENC "\na: " ENC "\n" BLOCK(""), &store_yaml, NULL, "duplicate 2:1" },
	{ "a key twice, in JSON", "{\"a\": \"" ENC "\", \"a\": \"" ENC "\", " JSON_BLOCK "}", &store_json, NULL, "duplicate 1:122" },
	{ "JSON", "{\"a\": \"" ENC "\", \"b\": [1], " JSON_BLOCK "}", &store_json, RULE(""), "value 1:128" },
	{ "a map as a key", "{a: b}: " ENC "\n" BLOCK(""), &store_yaml, NULL, "syntax 1:1" },
	{ "half a file with ciphertext", "a: " ENC "\nb: [\nsops:\n", &store_yaml, NULL, "syntax 4:1" },
	{ "metadata without a recipient", "a: " ENC "\nsops:\n    mac: " ENC "\n    version: 3.13.2\n", &store_yaml, NULL, "metadata 3:5" },
	{ "a later document", "a: " ENC "\n" BLOCK("") "---\nb: c\n" BLOCK(""), &store_yaml, NULL, "value 10:4" },
	{ "a rule that does not compile", "a: " ENC "\n" BLOCK(""), &store_yaml, "creation_rules:\n  - path_regex: '('\n", "failed" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool sealed = check(cases[i].text, cases[i].store, cases[i].rules);

		if (cases[i].findings != NULL && strcmp(cases[i].findings, "failed") == 0)
			ok(strncmp(said, "failed", 6) == 0, "%s", cases[i].claim);
		else if (!is_int(sealed, cases[i].findings != NULL, cases[i].claim) ||
		    !is_str(said, cases[i].findings != NULL ? cases[i].findings : "", "and what is found"))
			printf("# %s\n", said);
	}

	CLEANUP(buf_release) struct buf many = BUF(MIB);
	CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
	struct error	err = ERROR_INIT;
	bool		sealed;

	for (int i = 0; i < CHECK_MAX + 5; i++)
		if (buf_printf(&many, &err, "k%d: clear\n", i) != 0)
			bail_out(err.text);
	if (buf_str(&many, BLOCK(""), &err) != 0)
		bail_out(err.text);
	succeeds(check_text(buf_slice(&many), &store_yaml, "x", NULL, &findings, &sealed, &err), err, "more findings than anybody reads");
	is_int((intmax_t)findings.count, CHECK_MAX, "end at a number");
	is_int((intmax_t)findings.left_out, 5, "and the others are counted");
	return done_testing();
}
