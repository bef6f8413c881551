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

const char *
aws_service_name(enum aws_service service)
{
	return service == AWS_KMS ? "kms" : "sts";
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
	const char	*variable = service == AWS_KMS ? "AWS_ENDPOINT_URL_KMS" : "AWS_ENDPOINT_URL_STS";
	struct slice	 services = aws_config_get(config, profile, "services");
	bool		 ignored;

	*url = SLICE_NONE;
	if (aws_config_switch(config, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls",
	    &ignored, err) != 0)
		return err->kind;
	if (ignored)
		return 0;
	if (services.len != 0 && !aws_config_has_services(config, services))
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' names the services '%.*s', which have no section",
		    SLICE_ARG(profile), SLICE_ARG(services));
	*where = variable;
	if (aws_env(variable) != NULL)
		*url = slice_str(aws_env(variable));
	else if (aws_env(*where = "AWS_ENDPOINT_URL") != NULL)
		*url = slice_str(aws_env("AWS_ENDPOINT_URL"));
	else {
		*where = "endpoint_url";
		*url = aws_config_service(config, services, aws_service_name(service), "endpoint_url");
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

/* Scheme, host and port of a URL that the user wrote; a path other than "/" has no meaning for these services. */
static int
put_configured(struct slice url, const char *where, struct buf *out, struct error *err)
{
	bool		tls = slice_starts(url, SLICE("https://"));
	const char	*allowed = aws_env("HUBKEYS_ALLOW_HTTP");
	struct slice	origin = slice_ends(url, SLICE("/")) ? slice_sub(url, 0, url.len - 1) : url, host, port;
	int64_t		number;

	host = http_origin_host(origin);
	port = slice_from(origin, (tls ? 8 : 7) + host.len);
	if ((!tls && !slice_starts(url, SLICE("http://"))) || !is_host(host) || (port.len != 0 &&
	    (port.data[0] != ':' || port.len > 6 || !num_parse(slice_from(port, 1), 1, 65535, &number)))) {
		err_set(err, ERR_CONFIG, "'%s' is not a URL that can be used: '%.*s'", where,
		    SLICE_ARG(slice_sub(url, 0, 200)));
		return err_hint(err, "it looks like https://host, or http://127.0.0.1:PORT for a local server");
	}
	if (!tls && !http_host_is_loopback(host) &&
	    (allowed == NULL || !slice_eq_nocase(slice_str(allowed), SLICE("true")))) {
		err_set(err, ERR_REFUSED, "'%s' would send data keys in clear to '%.*s'", where, SLICE_ARG(origin));
		return err_hint(err, "use https://, or set HUBKEYS_ALLOW_HTTP=true if that network is to be trusted");
	}
	return buf_append(out, origin, err);
}

int
aws_endpoint_find(const struct aws_config *config, struct slice profile, enum aws_service service, struct slice region,
    struct buf *out, struct error *err)
{
	const struct partition	*partition = find_partition(region);
	const char		*name = aws_service_name(service), *where = "";
	struct slice		 url;
	bool			 fips, dual;

	if (configured(config, profile, service, &url, &where, err) != 0 ||
	    aws_config_switch(config, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", &fips, err) != 0 ||
	    aws_config_switch(config, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", &dual, err) != 0)
		return err->kind;
	if (url.len != 0) {
		if (fips || dual)
			return err_set(err, ERR_CONFIG, "'%s' cannot be used together with FIPS or dual-stack endpoints", where);
		return put_configured(url, where, out, err);
	}
	if (!is_label(region, REGION_MAX))
		return err_set(err, ERR_SYNTAX, "'%.*s' is not an AWS region", SLICE_ARG(slice_sub(region, 0, 64)));
	/* There the plain host is the FIPS one. */
	if (service == AWS_STS && fips && !dual && slice_starts(region, SLICE("us-gov-")))
		fips = false;
	return buf_printf(out, err, "https://%s%s.%.*s.%s", name, fips ? "-fips" : "", SLICE_ARG(region),
	    dual ? partition->dual_stack : partition->suffix);
}
