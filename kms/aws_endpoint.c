#include "kms/aws_endpoint.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "kms/http.h"

#define ARN_MAX		2048
#define REGION_MAX	32

/* --- ARNs --- */

static bool
is_lower_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_alnum(uint8_t c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Letters, digits and single dashes inside: a label of a host name and nothing else. */
static bool
is_label(struct slice text, size_t max)
{
	if (text.len == 0 || text.len > max || text.data[0] == '-' || text.data[text.len - 1] == '-')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_lower_or_digit(text.data[i]) && text.data[i] != '-')
			return false;
	return true;
}

static bool
is_account(struct slice text)
{
	if (text.len != 12)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

/* Letters, digits and ${also}. */
static bool
consists_of(struct slice text, const char *also)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_alnum(text.data[i]) && (text.data[i] == 0 || strchr(also, text.data[i]) == NULL))
			return false;
	return text.len != 0;
}

static bool
arn_split(struct slice text, struct aws_arn *out)
{
	struct slice rest = text, prefix;

	if (text.len > ARN_MAX || !slice_split(&rest, ':', &prefix) || !slice_eq(prefix, SLICE("arn")) ||
	    !slice_split(&rest, ':', &out->partition) || !slice_split(&rest, ':', &out->service) ||
	    !slice_split(&rest, ':', &out->region) || !slice_split(&rest, ':', &out->account) || rest.data == NULL)
		return false;
	out->resource = rest;
	return slice_starts(out->partition, SLICE("aws")) && is_label(out->partition, REGION_MAX);
}

int
aws_arn_kms(struct slice text, struct aws_arn *out, struct error *err)
{
	struct aws_arn	arn;
	struct slice	name;

	if (arn_split(text, &arn) && slice_eq(arn.service, SLICE("kms")) && is_label(arn.region, REGION_MAX) &&
	    is_account(arn.account)) {
		name = slice_from(arn.resource, slice_find(arn.resource, '/', 0) + 1);
		if ((slice_starts(arn.resource, SLICE("key/")) && consists_of(name, "-")) ||
		    (slice_starts(arn.resource, SLICE("alias/")) && consists_of(name, "-_/"))) {
			*out = arn;
			return 0;
		}
	}
	err_set(err, ERR_SYNTAX, "'%.*s' is not the ARN of a KMS key", SLICE_ARG(slice_sub(text, 0, 200)));
	return err_hint(err, "it looks like arn:aws:kms:REGION:ACCOUNT:key/ID, or ...:alias/NAME");
}

int
aws_arn_role(struct slice text, struct aws_arn *out, struct error *err)
{
	struct aws_arn arn;

	if (arn_split(text, &arn) && slice_eq(arn.service, SLICE("iam")) && arn.region.len == 0 &&
	    is_account(arn.account) && slice_starts(arn.resource, SLICE("role/")) &&
	    consists_of(slice_from(arn.resource, 5), "+=,.@-_/")) {
		*out = arn;
		return 0;
	}
	err_set(err, ERR_SYNTAX, "'%.*s' is not the ARN of an IAM role", SLICE_ARG(slice_sub(text, 0, 200)));
	return err_hint(err, "it looks like arn:aws:iam::ACCOUNT:role/NAME");
}

/* --- hosts --- */

/* FORMAT.md 3.2. */
static const struct service {
	const char	*name, *title;
	const char	*host, *fips_host;
	const char	*variable;
	const char	*key;			/* in a section of services */
} services[AWS_SERVICES] = {
	[AWS_KMS] = { "kms", "AWS KMS", "kms", "kms-fips", "AWS_ENDPOINT_URL_KMS", "kms" },
	[AWS_STS] = { "sts", "AWS STS", "sts", "sts-fips", "AWS_ENDPOINT_URL_STS", "sts" },
	[AWS_SSO] = { "awsssoportal", "IAM Identity Center", "portal.sso", "portal.sso-fips", "AWS_ENDPOINT_URL_SSO", "sso" },
	[AWS_OIDC] = { "sso-oauth", "IAM Identity Center", "oidc", "oidc-fips", "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc" },
};

const char *
aws_service_name(enum aws_service service)
{
	return services[service].name;
}

const char *
aws_service_title(enum aws_service service)
{
	return services[service].title;
}

/* FORMAT.md 3.2.  A region belongs to the first row whose prefix it has; areas name its first part. */
static const struct partition {
	const char	*prefix;
	const char	*suffix, *dual_stack;
} partitions[] = {
	{ "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
	{ "us-gov-", "amazonaws.com", "api.aws" },
	{ "us-iso-", "c2s.ic.gov", "api.aws.ic.gov" },
	{ "us-isob-", "sc2s.sgov.gov", "api.aws.scloud" },
	{ "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk" },
	{ "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov" },
	{ "eusc-", "amazonaws.eu", "api.amazonwebservices.eu" },
	{ "", "amazonaws.com", "api.aws" },		/* aws, and what is not known yet */
};

static const struct partition *
find_partition(struct slice region)
{
	size_t i = 0;

	while (!slice_starts(region, slice_str(partitions[i].prefix)))
		i++;
	return &partitions[i];
}

/* The endpoint that the user chose, and what to call the place where; empty when none. */
static int
configured(const struct aws_config *config, struct slice profile, enum aws_service service, struct slice *url,
    const char **where, struct error *err)
{
	const char	*variable = services[service].variable;
	struct slice	 section = aws_config_get(config, profile, "services");
	bool		 ignored;

	*url = SLICE_NONE;
	if (aws_config_switch(config, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls",
	    &ignored, err) != 0)
		return err->kind;
	if (ignored)
		return 0;
	if (section.len != 0 && !aws_config_has_services(config, section))
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' names the services '%.*s', which have no section",
		    SLICE_ARG(profile), SLICE_ARG(section));
	*where = variable;
	if (aws_env(variable) != NULL)
		*url = slice_str(aws_env(variable));
	else if (aws_env(*where = "AWS_ENDPOINT_URL") != NULL)
		*url = slice_str(aws_env("AWS_ENDPOINT_URL"));
	else {
		*where = "endpoint_url";
		*url = aws_config_service(config, section, services[service].key, "endpoint_url");
		if (url->len == 0)
			*url = aws_config_get(config, profile, "endpoint_url");
	}
	return 0;
}

static bool
is_host(struct slice host)
{
	if (slice_starts(host, SLICE("[")) && slice_ends(host, SLICE("]")))
		return consists_of(slice_sub(host, 1, host.len - 1), ":.");
	return host.len <= 253 && consists_of(host, "-.");
}

bool
aws_url_split(struct slice url, struct aws_url *out)
{
	bool		tls = slice_starts(url, SLICE("https://"));
	size_t		start = tls ? 8 : 7, slash = slice_find(url, '/', start);
	struct slice	origin = slice_sub(url, 0, slash), host, port;
	int64_t		number;

	if (!tls && !slice_starts(url, SLICE("http://")))
		return false;
	for (size_t i = slash; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] >= 0x7f || url.data[i] == '#')
			return false;
	host = http_origin_host(origin);
	port = slice_from(origin, start + host.len);
	if (!is_host(host) || (port.len != 0 && (port.data[0] != ':' || port.len > 6 ||
	    !num_parse(slice_from(port, 1), 1, 65535, &number))))
		return false;
	*out = (struct aws_url){ .tls = tls, .origin = origin, .host = host, .target = slice_from(url, slash) };
	return true;
}

/* Scheme, host and port of a URL that the user wrote; a path other than "/" has no meaning for these services. */
static int
put_configured(struct slice text, const char *where, struct buf *out, struct error *err)
{
	const char	*allowed = aws_env("HUBKEYS_ALLOW_HTTP");
	struct aws_url	 url;

	if (!aws_url_split(text, &url) || url.target.len > 1) {
		err_set(err, ERR_CONFIG, "'%s' is not a URL that can be used: '%.*s'", where,
		    SLICE_ARG(slice_sub(text, 0, 200)));
		return err_hint(err, "it looks like https://host, or http://127.0.0.1:PORT for a local server");
	}
	if (!url.tls && !http_host_is_loopback(url.host) &&
	    (allowed == NULL || !slice_eq_nocase(slice_str(allowed), SLICE("true")))) {
		err_set(err, ERR_REFUSED, "'%s' would send secrets in clear to '%.*s'", where, SLICE_ARG(url.origin));
		return err_hint(err, "use https://, or set HUBKEYS_ALLOW_HTTP=true if that network is to be trusted");
	}
	return buf_append(out, url.origin, err);
}

/*
 * Python's clients once sent some regions to one host for all, and can be told to do so still.  It matters
 * only to who has written it down; nobody else does.
 */
static int
is_global_sts(const struct aws_config *config, struct slice profile, struct slice region, bool *out, struct error *err)
{
	static const char *const old[] = { "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global",
		"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
		"us-east-1", "us-east-2", "us-west-1", "us-west-2" };
	const char	*set = aws_env("AWS_STS_REGIONAL_ENDPOINTS");
	struct slice	 value = set != NULL ? slice_str(set) : aws_config_get(config, profile, "sts_regional_endpoints");

	*out = false;
	if (value.len == 0 || slice_eq_nocase(value, SLICE("regional")))
		return 0;
	if (!slice_eq_nocase(value, SLICE("legacy")))
		return err_set(err, ERR_CONFIG, "AWS_STS_REGIONAL_ENDPOINTS (or 'sts_regional_endpoints') must be 'regional' or "
		    "'legacy', not '%.*s'", SLICE_ARG(slice_sub(value, 0, 64)));
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]) && !*out; i++)
		*out = slice_eq(region, slice_str(old[i]));
	return 0;
}

int
aws_endpoint_find(const struct aws_config *config, struct slice profile, enum aws_service service, struct slice *region,
    struct buf *out, struct error *err)
{
	const struct partition	*partition = find_partition(*region);
	const char		*where = "";
	struct slice		 url;
	bool			 fips, dual, global = false;

	if (configured(config, profile, service, &url, &where, err) != 0 ||
	    aws_config_switch(config, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &fips, err) != 0 ||
	    aws_config_switch(config, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", &dual, err) != 0 ||
	    (service == AWS_STS && is_global_sts(config, profile, *region, &global, err) != 0))
		return err->kind;
	if (url.len != 0) {
		if (fips || dual)
			return err_set(err, ERR_CONFIG, "'%s' cannot be used together with FIPS or dual-stack endpoints", where);
		return put_configured(url, where, out, err);
	}
	if (!is_label(*region, REGION_MAX))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not an AWS region", SLICE_ARG(slice_sub(*region, 0, 64)));
	if (global && !fips && !dual) {
		*region = SLICE("us-east-1");
		return buf_str(out, "https://sts.amazonaws.com", err);
	}
	/* There the plain host is the FIPS one. */
	if (service == AWS_STS && fips && !dual && slice_starts(*region, SLICE("us-gov-")))
		fips = false;
	return buf_printf(out, err, "https://%s.%.*s.%s", fips ? services[service].fips_host : services[service].host,
	    SLICE_ARG(*region), dual ? partition->dual_stack : partition->suffix);
}
