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
	struct slice	signed_for = slice_str(region);
	int		rc = aws_endpoint_find(config, slice_str(profile), service, &signed_for, &out, &err);

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
test_other_services(void)
{
	struct slice	region = SLICE("eu-west-1"), far = SLICE("eu-south-1");
	struct error	err = ERROR_INIT;
	CLEANUP(buf_release) struct buf out = BUF(1024);

	leads_to("x", AWS_SSO, "eu-west-1", 0, "https://portal.sso.eu-west-1.amazonaws.com", "IAM Identity Center's portal");
	leads_to("x", AWS_OIDC, "cn-north-1", 0, "https://oidc.cn-north-1.amazonaws.com.cn", "and its tokens");
	leads_to("x", AWS_SSO, "../x", ERR_SYNTAX, NULL, "a region of a profile that is none leads nowhere");
	(void)setenv("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:3", 1);
	leads_to("x", AWS_OIDC, "eu-west-1", 0, "http://127.0.0.1:3", "an endpoint of its own");
	(void)unsetenv("AWS_ENDPOINT_URL_SSO_OIDC");
	(void)setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy", 1);
	leads_to("x", AWS_STS, "eu-south-1", 0, "https://sts.eu-south-1.amazonaws.com", "a region that never had the global host");
	leads_to("x", AWS_KMS, "eu-west-1", 0, "https://kms.eu-west-1.amazonaws.com", "nor has another service it");
	ok(aws_endpoint_find(config, SLICE("x"), AWS_STS, &region, &out, &err) == 0 &&
	    slice_eq(buf_slice(&out), SLICE("https://sts.amazonaws.com")) && slice_eq(region, SLICE("us-east-1")),
	    "STS' old global host is signed for us-east-1");
	buf_reset(&out);
	(void)unsetenv("AWS_STS_REGIONAL_ENDPOINTS");
	region = SLICE("eu-west-1");
	ok(aws_endpoint_find(config, SLICE("old"), AWS_STS, &region, &out, &err) == 0 &&
	    slice_eq(buf_slice(&out), SLICE("https://sts.amazonaws.com")), "a profile can say so too");
	buf_reset(&out);
	ok(aws_endpoint_find(config, SLICE("x"), AWS_STS, &far, &out, &err) == 0 && slice_eq(far, SLICE("eu-south-1")),
	    "and who says nothing stays in his region");
	(void)setenv("AWS_STS_REGIONAL_ENDPOINTS", "sometimes", 1);
	leads_to("x", AWS_STS, "eu-west-1", ERR_CONFIG, NULL, "another word is an error");
	(void)unsetenv("AWS_STS_REGIONAL_ENDPOINTS");
}

static void
test_split(void)
{
	static const char *const bad[] = { "ftp://h/", "http:/h", "//h/", "http://a@h/", "http://h/a b", "http://h/a#b",
		"http://h/\r\nX: y", "http://h:x/", "http://", "http:///p", "" };
	struct aws_url url;

	ok(aws_url_split(SLICE("https://h:1/a/b?c=d"), &url) && url.tls && slice_eq(url.origin, SLICE("https://h:1")) &&
	    slice_eq(url.host, SLICE("h")) && slice_eq(url.target, SLICE("/a/b?c=d")), "a URL in its parts");
	ok(aws_url_split(SLICE("http://[::1]"), &url) && !url.tls && slice_eq(url.host, SLICE("[::1]")) && url.target.len == 0,
	    "one without a path");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!aws_url_split(slice_str(bad[i]), &url), "'%s' is none", bad[i][0] == 'h' && strlen(bad[i]) > 12 ? "http://h/..." : bad[i]);
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
		struct slice region = SLICE("r");

		(void)setenv("AWS_ENDPOINT_URL_KMS", rows[i].url, 1);
		ok(aws_endpoint_find(config, SLICE("x"), AWS_KMS, &region, &out, &err) == rows[i].kind,
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
		"HUBKEYS_ALLOW_HTTP", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC" };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		(void)unsetenv(unset[i]);
	if (aws_config_new(&config, &err) != 0 || aws_config_parse(config, AWS_CONFIG, SLICE(
	    "[profile both]\nservices = s\nendpoint_url = http://127.0.0.1:9\n"
	    "[services s]\nkms =\n endpoint_url = http://127.0.0.1:1\n[profile lost]\nservices = nowhere\n"
	    "[profile old]\nsts_regional_endpoints = legacy\n"), &err) != 0)
		bail_out(err.text);
	test_key_arns();
	test_role_arns();
	test_hosts();
	test_other_services();
	test_split();
	test_configured();
	test_urls();
	aws_config_free(config);
	return done_testing();
}
