#include "kms/aws_endpoint.h"

#include <stdlib.h>

#include "kms/http.h"
#include "tests/tap.h"

#define KEY	"1d2e3f40-0000-4000-8000-000000000001"

static struct aws_config *config;

static void
test_key_arns(void)
{
	static const struct {
		const char	*text;
		bool		 good;
	} rows[] = {
		{ "arn:aws:kms:eu-west-1:123456789012:key/" KEY, true },
		{ "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef", true },
		{ "arn:aws:kms:eu-west-1:123456789012:alias/aws/ssm", true },
		{ "arn:aws:kms:eu-west-1:123456789012:alias/a_b-C", true },
		{ "arn:aws:kms:evil.example.com/x:123456789012:key/" KEY, false },
		{ "arn:aws:kms:evil.example.com:123456789012:key/" KEY, false },
		{ "arn:aws:kms:a@evil:123456789012:key/" KEY, false },
		{ "arn:aws:kms:-west:123456789012:key/" KEY, false },
		{ "arn:aws:kms:EU-WEST-1:123456789012:key/" KEY, false },
		{ "arn:aws:kms::123456789012:key/" KEY, false },
		{ "arn:aws:kms:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:123456789012:key/" KEY, false },
		{ "arn:aws:kms:eu-west-1:12345678901:key/" KEY, false },
		{ "arn:aws:kms:eu-west-1:12345678901x:key/" KEY, false },
		{ "arn:aws:s3:eu-west-1:123456789012:key/" KEY, false },
		{ "arn:gcp:kms:eu-west-1:123456789012:key/" KEY, false },
		{ "arn:aws:kms:eu-west-1:123456789012:key/", false },
		{ "arn:aws:kms:eu-west-1:123456789012:key/a/b", false },
		{ "arn:aws:kms:eu-west-1:123456789012:key/a\"b", false },
		{ "arn:aws:kms:eu-west-1:123456789012:alias/a b", false },
		{ "arn:aws:kms:eu-west-1:123456789012:grant/a", false },
		{ "arn:aws:kms:eu-west-1:123456789012", false },
		{ KEY, false },
		{ "", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error	err = ERROR_INIT;
		struct aws_arn	arn;

		ok((aws_arn_kms(slice_str(rows[i].text), &arn, &err) == 0) == rows[i].good, "'%s' is %s", rows[i].text,
		    rows[i].good ? "a key" : "none");
	}
}

static void
test_role_arns(void)
{
	static const struct {
		const char	*text;
		bool		 good;
	} rows[] = {
		{ "arn:aws:iam::123456789012:role/hub", true },
		{ "arn:aws:iam::123456789012:role/path/to/h_u+b=,.@-", true },
		{ "arn:aws:iam:eu-west-1:123456789012:role/hub", false },
		{ "arn:aws:iam::123456789012:user/hub", false },
		{ "arn:aws:iam::123456789012:role/", false },
		{ "arn:aws:iam::123456789012:role/a&b", false },
		{ "arn:aws:sts::123456789012:role/a", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error	err = ERROR_INIT;
		struct aws_arn	arn;

		ok((aws_arn_role(slice_str(rows[i].text), &arn, &err) == 0) == rows[i].good, "'%s' is %s", rows[i].text,
		    rows[i].good ? "a role" : "none");
	}
}

static void
leads_to(const char *profile, enum aws_service service, const char *region, int kind, const char *want, const char *what)
{
	CLEANUP(buf_release) struct buf out = BUF(1024);
	struct error	err = ERROR_INIT;
	int		rc = aws_endpoint_find(config, slice_str(profile), service, slice_str(region), &out, &err);

	if (rc != kind || rc != 0)
		is_int(rc, kind, what);
	else
		is_slice(buf_slice(&out), slice_str(want), what);
}

static void
test_hosts(void)
{
	leads_to("x", AWS_KMS, "eu-west-1", 0, "https://kms.eu-west-1.amazonaws.com", "an ordinary region");
	leads_to("x", AWS_STS, "us-gov-west-1", 0, "https://sts.us-gov-west-1.amazonaws.com", "a government region");
	leads_to("x", AWS_KMS, "cn-north-1", 0, "https://kms.cn-north-1.amazonaws.com.cn", "a Chinese region");
	leads_to("x", AWS_KMS, "us-iso-east-1", 0, "https://kms.us-iso-east-1.c2s.ic.gov", "an isolated region");
	leads_to("x", AWS_KMS, "us-isob-east-1", 0, "https://kms.us-isob-east-1.sc2s.sgov.gov", "another one");
	leads_to("x", AWS_KMS, "eusc-de-east-1", 0, "https://kms.eusc-de-east-1.amazonaws.eu", "the European sovereign cloud");
	leads_to("x", AWS_KMS, "moon-base-1", 0, "https://kms.moon-base-1.amazonaws.com", "a region not known yet");
	leads_to("x", AWS_KMS, "a.b", ERR_SYNTAX, NULL, "a region with a dot leads nowhere");
	(void)setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	leads_to("x", AWS_KMS, "us-east-1", 0, "https://kms-fips.us-east-1.amazonaws.com", "FIPS");
	leads_to("x", AWS_STS, "us-gov-west-1", 0, "https://sts.us-gov-west-1.amazonaws.com",
	    "FIPS of STS in a government region");
	(void)setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
	leads_to("x", AWS_KMS, "us-east-1", 0, "https://kms-fips.us-east-1.api.aws", "FIPS and dual stack");
	leads_to("both", AWS_KMS, "us-east-1", ERR_CONFIG, NULL, "a configured host excludes them");
	(void)setenv("AWS_USE_FIPS_ENDPOINT", "1", 1);
	leads_to("x", AWS_KMS, "us-east-1", ERR_CONFIG, NULL, "a switch that is neither true nor false is an error");
	(void)unsetenv("AWS_USE_FIPS_ENDPOINT");
	(void)unsetenv("AWS_USE_DUALSTACK_ENDPOINT");
}

static void
test_configured(void)
{
	leads_to("both", AWS_KMS, "r", 0, "http://127.0.0.1:1", "the services section goes before the profile");
	leads_to("both", AWS_STS, "r", 0, "http://127.0.0.1:9", "the profile's endpoint_url serves the others");
	leads_to("lost", AWS_KMS, "r", ERR_CONFIG, NULL, "a services section that is missing is an error");
	(void)setenv("AWS_ENDPOINT_URL", "https://All.example/", 1);
	leads_to("both", AWS_KMS, "r", 0, "https://All.example", "AWS_ENDPOINT_URL goes before the files");
	(void)setenv("AWS_ENDPOINT_URL_KMS", "https://kms.example:8443", 1);
	leads_to("both", AWS_KMS, "r", 0, "https://kms.example:8443", "AWS_ENDPOINT_URL_KMS before all");
	leads_to("both", AWS_STS, "r", 0, "https://All.example", "for KMS alone");
	(void)setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	leads_to("both", AWS_KMS, "eu-west-1", 0, "https://kms.eu-west-1.amazonaws.com", "all can be ignored");
	(void)unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	(void)unsetenv("AWS_ENDPOINT_URL");
}

static void
test_urls(void)
{
	static const struct {
		const char	*url;
		int		 kind;
	} rows[] = {
		{ "https://host", 0 }, { "https://host:443", 0 }, { "https://[fd00::1]:8443", 0 }, { "http://127.0.0.1:5000", 0 },
		{ "http://localhost:5000/", 0 }, { "http://[::1]:5000", 0 }, { "http://127.9.9.9", 0 },
		{ "http://10.0.0.1:5000", ERR_REFUSED }, { "http://localhost.example", ERR_REFUSED },
		{ "http://127.0.0.1.example", ERR_REFUSED }, { "http://127.1", ERR_REFUSED },
		{ "host", ERR_CONFIG }, { "ftp://host", ERR_CONFIG }, { "file:///etc/passwd", ERR_CONFIG },
		{ "https://", ERR_CONFIG }, { "https://a@host", ERR_CONFIG }, { "https://host/path", ERR_CONFIG },
		{ "https://host?x", ERR_CONFIG }, { "https://host#x", ERR_CONFIG }, { "https://ho st", ERR_CONFIG },
		{ "https://host:", ERR_CONFIG }, { "https://host:0", ERR_CONFIG }, { "https://host:65536", ERR_CONFIG },
		{ "https://host:1x", ERR_CONFIG }, { "https://[::1", ERR_CONFIG }, { "https://[]", ERR_CONFIG },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(buf_release) struct buf out = BUF(1024);
		struct error err = ERROR_INIT;

		(void)setenv("AWS_ENDPOINT_URL_KMS", rows[i].url, 1);
		ok(aws_endpoint_find(config, SLICE("x"), AWS_KMS, SLICE("r"), &out, &err) == rows[i].kind,
		    "the endpoint '%s' is %s", rows[i].url, rows[i].kind == 0 ? "used" : "refused");
	}
	(void)setenv("AWS_ENDPOINT_URL_KMS", "https://host\r\nX: y", 1);
	leads_to("x", AWS_KMS, "r", ERR_CONFIG, NULL, "an endpoint with a line break is refused");
	(void)setenv("AWS_ENDPOINT_URL_KMS", "http://10.0.0.1:5000", 1);
	(void)setenv("HUBKEYS_ALLOW_HTTP", "true", 1);
	leads_to("x", AWS_KMS, "r", 0, "http://10.0.0.1:5000", "plain http elsewhere needs a word");
	(void)unsetenv("HUBKEYS_ALLOW_HTTP");
	(void)unsetenv("AWS_ENDPOINT_URL_KMS");
}

int
main(void)
{
	static const char *const unset[] = { "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_STS",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
		"HUBKEYS_ALLOW_HTTP" };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		(void)unsetenv(unset[i]);
	if (aws_config_new(&config, &err) != 0 || aws_config_parse(config, AWS_CONFIG, SLICE(
	    "[profile both]\nservices = s\nendpoint_url = http://127.0.0.1:9\n"
	    "[services s]\nkms =\n endpoint_url = http://127.0.0.1:1\n[profile lost]\nservices = nowhere\n"), &err) != 0)
		bail_out(err.text);
	test_key_arns();
	test_role_arns();
	test_hosts();
	test_configured();
	test_urls();
	aws_config_free(config);
	return done_testing();
}
