#include "kms/aws_sts.h"

#include "tests/tap.h"

static void
session(const char *host, const char *want, const char *what)
{
	char name[AWS_SESSION_NAME_MAX + 1];

	aws_sts_session_name(slice_str(host), name);
	is_str(name, want, what);
}

static void
test_session_name(void)
{
	session("web-01", "sops@web01", "dashes go");
	session("a+b.c=d,e@f_g", "sops@ab.c=d,e@f_g", "'+' goes, the others stay");
	session("a[\\]^b", "sops@ab", "what STS refuses goes");
	session("h\xc3\xa9 b", "sops@hb", "blanks and other letters go");
	session("", "sops@", "without a host's name");
	session("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg",
	    "sops@aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffffff", "cut to 64 bytes");
}

static void
test_form(void)
{
	CLEANUP(buf_release) struct buf out = BUF(4096);
	struct error	err = ERROR_INIT;
	struct aws_role	role = { .arn = SLICE("arn:aws:iam::1:role/a+b"), .session = SLICE("s p") };

	is_int(aws_sts_assume_role_form(&role, SLICE_NONE, &out, &err), 0, "a form is written");
	is_slice(buf_slice(&out), SLICE("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Bb&"
	    "RoleSessionName=s%20p"), "with its values encoded");
	buf_reset(&out);
	role.duration = SLICE("1800");
	role.external_id = SLICE("x&y");
	role.session = SLICE_NONE;
	is_int(aws_sts_assume_role_form(&role, SLICE_NONE, &out, &err), 0, "and with everything");
	ok(slice_ends(buf_slice(&out), SLICE("&DurationSeconds=1800&ExternalId=x%26y")), "the optional fields are there");
	ok(memmem(out.data, out.len, "RoleSessionName=sops%40", 23) != NULL, "and a session name like that of sops");
	buf_reset(&out);
	role.device = SLICE("arn:aws:iam::1:mfa/me");
	ok(aws_sts_assume_role_form(&role, SLICE("123456"), &out, &err) == 0 &&
	    slice_ends(buf_slice(&out), SLICE("&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=123456")),
	    "a device's code comes with its name");
	buf_reset(&out);
	ok(aws_sts_assume_role_form(&role, SLICE_NONE, &out, &err) == 0 && memmem(out.data, out.len, "Serial", 6) == NULL,
	    "without a code neither goes out");
	buf_reset(&out);
	role.session = SLICE("me");
	ok(aws_sts_web_identity_form(&role, SLICE("a.b-c_d="), &out, &err) == 0 && slice_eq(buf_slice(&out),
	    SLICE("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Bb"
	    "&RoleSessionName=me&DurationSeconds=1800&WebIdentityToken=a.b-c_d%3D")), "the form of a web identity");
	buf_reset(&out);
	ok(aws_sts_session_form(role.device, SLICE("123456"), &out, &err) == 0 && slice_eq(buf_slice(&out),
	    SLICE("Action=GetSessionToken&Version=2011-06-15&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=123456")),
	    "the form of a session");
}

#define ANSWER(key, secret, token, expires)								\
	"<AssumeRoleResponse xmlns='x'><AssumeRoleResult><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials>"	\
	"<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>" secret "</SecretAccessKey><SessionToken>" token		\
	"</SessionToken><Expiration>" expires "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

static void
test_answer(void)
{
	struct aws_credentials	credentials;
	struct error		err = ERROR_INIT;

	if (succeeds(aws_sts_credentials_read(SLICE(ANSWER("ASIA1", "s/+", "t&amp;=", "2026-01-02T03:04:05.678Z")), &credentials,
	    &err), err, "an answer is read")) {
		is_str(credentials.access_key, "ASIA1", "its access key");
		is_slice(secret_slice(credentials.secret), SLICE("s/+"), "its secret");
		is_slice(secret_slice(credentials.token), SLICE("t&="), "its token");
		is_int(credentials.expires, 1767323045, "and its end, which may have a fraction");
	}
	aws_credentials_release(&credentials);
}

static void
refused(struct slice body, const char *what)
{
	struct aws_credentials	credentials;
	struct error		err = ERROR_INIT;

	ok(aws_sts_credentials_read(body, &credentials, &err) == ERR_NETWORK && credentials.secret == NULL &&
	    credentials.token == NULL && strstr(err.text, "s3cr") == NULL, "%s is refused, and nothing kept or said", what);
}

static void
test_refused(void)
{
	static char	long_key[3000];
	size_t		n = (size_t)snprintf(long_key, sizeof(long_key), "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
	    "<AccessKeyId>%0200d</AccessKeyId><SecretAccessKey>s3cr</SecretAccessKey><SessionToken>t</SessionToken>"
	    "<Expiration>2026-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>", 1);

	refused(SLICE(""), "nothing");
	refused(SLICE("{\"AccessKeyId\":\"s3cr\"}"), "JSON");
	refused(SLICE("<a><Credentials><AccessKeyId>k</AccessKeyId></Credentials></a>"), "XML of another kind");
	refused(SLICE(ANSWER("k", "s3cr", "", "2026-01-02T03:04:05Z")), "an empty token");
	refused(SLICE(ANSWER("k", "s3cr\ns3cr", "t", "2026-01-02T03:04:05Z")), "a secret of two lines");
	refused(SLICE(ANSWER("k", "s3cr", "t", "tomorrow")), "an end that is no time");
	refused(slice_of(long_key, n), "an endless access key");
}

int
main(void)
{
	test_session_name();
	test_form();
	test_answer();
	test_refused();
	return done_testing();
}
