#include "kms/aws_cred.h"

#include <stdlib.h>

#include "tests/tap.h"

#define ROLE	"arn:aws:iam::123456789012:role/"

static struct aws aws;

static void
configure(const char *text)
{
	struct error err = ERROR_INIT;

	aws_cred_free_all(&aws);
	aws_config_free(aws.config);
	aws.config = NULL;
	if (aws_config_new(&aws.config, &err) != 0 || aws_config_parse(aws.config, AWS_CONFIG, slice_str(text), &err) != 0)
		bail_out(err.text);
}

static void
environment(const char *key, const char *secret, const char *token)
{
	(void)setenv("AWS_ACCESS_KEY_ID", key, 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
	(void)setenv("AWS_SESSION_TOKEN", token, 1);
}

static void
ready(void *object UNUSED)
{
}

/* The access key of the credentials that a key with this profile would use; NULL and the error's kind when none. */
static const char *
access_key(const char *profile, struct error *err)
{
	struct aws_identity		*identity;
	const struct aws_credentials	*credentials;
	struct aws_cred_wait		*wait;

	err_reset(err);
	if (aws_cred_identify(&aws, slice_str(profile), SLICE_NONE, SLICE("r"), &identity, err) != 0 ||
	    aws_cred_get(identity, ready, NULL, &credentials, &wait, err) != 0 || credentials == NULL)
		return NULL;
	return credentials->access_key;
}

static void
uses(const char *profile, const char *want, const char *what)
{
	struct error	 err = ERROR_INIT;
	const char	*got = access_key(profile, &err);

	if (!is_str(got, want, what))
		printf("#   %s\n", err.text);
}

static void
fails(const char *profile, int kind, const char *words, const char *what)
{
	struct error	 err = ERROR_INIT;
	const char	*got = access_key(profile, &err);

	if (!ok(got == NULL && (int)err.kind == kind && strstr(err.text, words) != NULL, "%s", what))
		printf("#   %d: %s\n", (int)err.kind, err.text);
}

static void
test_order(void)
{
	configure("[default]\naws_access_key_id = DEF\naws_secret_access_key = s\n"
	    "[profile lab]\naws_access_key_id = LAB\naws_secret_access_key = s\n[profile empty]\nregion = r\n");
	uses(NULL, "DEF", "the default profile's keys");
	environment("ENV", "s", "");
	uses(NULL, "ENV", "the environment goes before the default profile");
	uses("lab", "LAB", "a profile that the file names goes before the environment");
	(void)setenv("AWS_PROFILE", "lab", 1);
	uses(NULL, "ENV", "the environment goes before AWS_PROFILE");
	environment("ENV", "", "");
	uses(NULL, "LAB", "half of the environment is none of it");
	environment("", "", "");
	uses(NULL, "LAB", "AWS_PROFILE names the profile");
	(void)setenv("AWS_PROFILE", "gone", 1);
	environment("ENV", "s", "");
	fails(NULL, ERR_CONFIG, "no AWS profile 'gone'", "a named profile must exist, even beside keys in the environment");
	fails("gone", ERR_CONFIG, "no AWS profile 'gone'", "one that the file names too");
	(void)unsetenv("AWS_PROFILE");
	fails("empty", ERR_NO_KEY, "no AWS credentials", "a profile without any source has no credentials");
	environment("", "", "");
}

static void
test_sources(void)
{
	configure("[profile over]\nsource_profile = base\n[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n"
	    "[profile env]\ncredential_source = Environment\n[profile keys]\ncredential_source = Environment\n"
	    "aws_access_key_id = OWN\naws_secret_access_key = s\n"
	    "[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a\n[profile lost]\nsource_profile = nowhere\n"
	    "[profile ec2]\ncredential_source = Ec2InstanceMetadata\n");
	uses("over", "BASE", "source_profile lends its keys");
	uses("keys", "OWN", "a profile's own keys go before credential_source");
	fails("env", ERR_NO_KEY, "environment holds no", "credential_source = Environment needs an environment");
	environment("ENV", "s", "t");
	aws_cred_forgive(&aws);
	uses("env", "ENV", "and uses it; what failed can be tried again");
	environment("", "", "");
	fails("a", ERR_CONFIG, "in a circle", "a circle of profiles is an error");
	fails("lost", ERR_CONFIG, "no AWS profile 'nowhere'", "a source that does not exist is an error");
	fails("ec2", ERR_CONFIG, "disabled (AWS_EC2_METADATA_DISABLED)", "a source that was turned off says so");
}

static void
test_deep_chain(void)
{
	CLEANUP(buf_release) struct buf text = BUF(10000);
	struct error err = ERROR_INIT;

	for (int i = 0; i < 20; i++)
		if (buf_printf(&text, &err, "[profile p%d]\nsource_profile = p%d\n", i, i + 1) != 0)
			bail_out(err.text);
	if (buf_str(&text, "[profile p20]\naws_access_key_id = K\naws_secret_access_key = s\n", &err) != 0 ||
	    buf_terminate(&text, &err) != 0)
		bail_out(err.text);
	configure((const char *)text.data);
	fails("p0", ERR_CONFIG, "more than 10", "a long chain of profiles is an error");
	uses("p11", "K", "a shorter one is not");
}

/* What a provider that is present says before it asks anybody: it is not passed over. */
static void
test_providers_are_final(void)
{
	configure("[profile web]\nweb_identity_token_file = /nowhere/f\nrole_arn = " ROLE "r\n"
	    "[profile weak]\nweb_identity_token_file = /nowhere/f\n"
	    "[profile sso]\nsso_session = s\n[profile login]\nlogin_session = s\n[profile none]\nregion = r\n"
	    "[profile ecs]\nrole_arn = " ROLE "r\ncredential_source = EcsContainer\n"
	    "[profile what]\nrole_arn = " ROLE "r\ncredential_source = Moon\n");
	fails("web", ERR_NOT_FOUND, "cannot read the token file '/nowhere/f'", "a web identity is not passed over");
	fails("weak", ERR_CONFIG, "needs role_arn", "one without a role is an error");
	fails("sso", ERR_CONFIG, "sso-session 's' lacks 'sso_region'", "nor is single sign-on");
	fails("login", ERR_UNSUPPORTED, "login_session", "of the one kind that is not supported this is said");
	fails("what", ERR_CONFIG, "'Moon', which is not known", "a credential_source that nobody knows is an error");
	(void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/", 1);
	fails("none", ERR_REFUSED, "'http://example.com' without TLS", "nor is a container");
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	(void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/g", 1);
	(void)setenv("AWS_ROLE_ARN", ROLE "r", 1);
	fails(NULL, ERR_NOT_FOUND, "cannot read the token file '/nowhere/g'", "nor is a web identity of the environment");
	(void)unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	(void)unsetenv("AWS_ROLE_ARN");
}

static void
test_broken_roles(void)
{
	configure("[profile both]\nrole_arn = " ROLE "r\nsource_profile = k\ncredential_source = Environment\n"
	    "[profile neither]\nrole_arn = " ROLE "r\n[profile bad]\nrole_arn = nope\nsource_profile = k\n"
	    "[profile self]\nrole_arn = " ROLE "r\nsource_profile = self\n"
	    "[profile long]\nrole_arn = " ROLE "r\nsource_profile = k\nduration_seconds = 99999\n"
	    "[profile k]\naws_access_key_id = K\naws_secret_access_key = s\n");
	fails("both", ERR_CONFIG, "either source_profile or", "a role with two sources is an error");
	fails("neither", ERR_CONFIG, "either source_profile or", "and one with none");
	fails("bad", ERR_SYNTAX, "not the ARN of an IAM role", "a role that is none is an error");
	fails("long", ERR_CONFIG, "duration_seconds", "a duration out of range is an error");
}

static struct aws_identity *
identity(const char *profile, const char *role, const char *region)
{
	struct error		 err = ERROR_INIT;
	struct aws_identity	*found = NULL;

	(void)!aws_cred_identify(&aws, slice_str(profile), slice_str(role), slice_str(region), &found, &err);
	return found;
}

static void
test_sharing(void)
{
	configure("[profile r]\nrole_arn = " ROLE "r\nsource_profile = k\n[profile k]\naws_access_key_id = K\n"
	    "aws_secret_access_key = s\n[profile self]\nrole_arn = " ROLE "s\nsource_profile = self\naws_access_key_id = S\n"
	    "aws_secret_access_key = s\n");
	ok(identity("r", "", "a") != NULL && identity("r", "", "a") == identity("r", "", "a"), "one identity for one profile");
	ok(identity("r", "", "a") != identity("r", "", "b"), "a role is taken on in each region by itself");
	ok(identity("k", "", "a") == identity("k", "", "b"), "long-lived keys are the same everywhere");
	ok(identity("k", ROLE "x", "a") == identity("k", ROLE "x", "a"), "one identity for one role of a file");
	ok(identity("k", ROLE "x", "a") != identity("k", ROLE "y", "a"), "another for another role");
	ok(identity("r", ROLE "x", "a") != identity("k", ROLE "x", "a"), "another when somebody else takes it on");
	ok(identity("self", "", "a") != NULL, "a profile may take on a role with its own keys");
	ok(identity("k", "arn:aws:iam::123456789012:user/x", "a") == NULL, "a role that is none is refused");
	ok(!aws_cred_expire(identity("k", "", "a")), "long-lived keys cannot be renewed");
	ok(aws_cred_expire(identity("r", "", "a")), "a role can");
	configure("[profile m]\nrole_arn = " ROLE "r\nsource_profile = k\nmfa_serial = dev\n"
	    "[profile n]\nrole_arn = " ROLE "r\nsource_profile = k\nmfa_serial = other\n"
	    "[profile w]\nrole_arn = " ROLE "r\nweb_identity_token_file = /f\n"
	    "[profile k]\naws_access_key_id = K\naws_secret_access_key = s\n");
	ok(identity("m", "", "a") != NULL && identity("m", "", "a") == identity("m", "", "b"),
	    "a role that needs a code is taken on once for all regions");
	ok(identity("m", "", "a") != identity("n", "", "a"), "another for another device");
	ok(identity("w", "", "a") != identity("w", "", "b"), "a web identity is one in each region");
}

int
main(void)
{
	static const char *const unset[] = { "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI" };

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		(void)unsetenv(unset[i]);
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	environment("", "", "");
	test_order();
	test_sources();
	test_deep_chain();
	test_providers_are_final();
	test_broken_roles();
	test_sharing();
	aws_cred_free_all(&aws);
	aws_config_free(aws.config);
	return done_testing();
}
