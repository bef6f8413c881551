"""~/.aws/config, ~/.aws/credentials and the AWS_* variables, as the vendor's client for Python reads them and as we do.

$AWSCONFIG is tests/standin/awsconfig.  TAP on standard output."""
import os
import subprocess
import sys

import botocore
import botocore.config
import botocore.configprovider
import botocore.session

NEW = tuple(int(part) for part in botocore.__version__.split(".")[:2]) >= (1, 31)  # knows AWS_ENDPOINT_URL
count = failed = 0


def theirs(profile, question):
    session = botocore.session.Session(profile=profile or os.environ.get("AWS_PROFILE"))
    if "@" not in question:
        try:
            return session.get_scoped_config().get("aws_access_key_id" if question == "keys" else question, "none" if question == "keys" else "")
        except botocore.exceptions.ProfileNotFound:
            return ""
    service, region = question.split("@")
    try:
        client = session.create_client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    except (botocore.exceptions.BotoCoreError, ValueError):
        return "error"
    return "%s %s" % (client.meta.endpoint_url, client._request_signer._region_name)


def case(claim, config, questions, credentials="", profile="", new=False, **environment):
    """Both give the same answers; a dictionary of questions says where ours is another, on purpose."""
    global count, failed
    for name, text in (("config", config), ("credentials", credentials)):
        with open(os.path.join(os.environ["HOME"], ".aws", name), "w", newline="") as file:
            file.write(text)
    before = dict(os.environ)
    os.environ.update(environment)
    answers = subprocess.run([os.environ["AWSCONFIG"], profile] + list(questions), stdout=subprocess.PIPE, text=True).stdout
    for question, got in zip(questions, answers.split("\n")):
        count += 1
        want = questions[question] if isinstance(questions, dict) else theirs(profile, question)
        if new and not NEW:
            print("ok %d - %s: %s # SKIP this boto3 is too old" % (count, claim, question))
            continue
        print("%s %d - %s: %s" % ("ok" if got == want else "not ok", count, claim, question))
        if got != want:
            failed += 1
            print("#   got:  %r\n#   want: %r" % (got, want))
    os.environ.clear()
    os.environ.update(before)


case("plain", "[default]\nregion = eu-west-1\noutput=json\n", ["region", "output", "missing"])
case("blanks and CR LF", "[default]\r\nregion   =   eu-west-1  \r\n\r\nrole_arn=  a = b\r\n", ["region", "role_arn"])
case("comment lines", "# one\n[default]\n; two\n# region = x\nregion = y\n", ["region"])
case("a sign inside a value", "[default]\nexternal_id = a#b;c\n", ["external_id"])
case("quotes are a part of a value", "[default]\nexternal_id = \"a b\"\nrole_session_name = 'x'\n", ["external_id", "role_session_name"])
case("a quoted profile", "[profile \"my lab\"]\nregion = r1\n", ["region"], profile="my lab")
case("a profile with dots", "[profile a.b-c_d/e@f]\nregion = r1\n", ["region"], profile="a.b-c_d/e@f")
case("[profile default]", "[profile default]\nregion = r1\n", ["region"])
case("a bare name is no profile", "[lab]\nregion = r1\n", ["region"], profile="lab")
case("more blanks between", "[profile    lab]\nregion = r1\n", ["region"], profile="lab")
case("another profile", "[default]\nregion = r0\n[profile lab]\nregion = r1\n", ["region"], AWS_PROFILE="lab")
case("the credentials file first", "[default]\nregion = r0\noutput = o\naws_access_key_id = CONF\naws_secret_access_key = s\n", ["region", "output", "keys"],
     credentials="[default]\nregion = r1\naws_access_key_id = CRED\naws_secret_access_key = s\n")
case("a profile in the credentials file alone", "", ["keys"], credentials="[lab]\naws_access_key_id = CRED\naws_secret_access_key = s\n", profile="lab")
case("services are no part of a profile", "[default]\nregion = r\nkms =\n  endpoint_url = http://127.0.0.1:1\n", ["region", "endpoint_url"])
case("an sso-session is no profile", "[sso-session lab]\nsso_region = r\n[profile other]\nregion = x\n", ["sso_region"], profile="lab")
# As sops 3.13 reads it, with AWS' client for Go: tried with keys of a profile that are written so.
case("a blank inside the brackets (as sops)", "[ profile lab ]\nregion = r1\n", {"region": "r1"}, profile="lab")
case("a comment behind a value (as sops)", "[default]\nregion = eu-west-1 # here\nrole_arn = a ; b\n", {"region": "eu-west-1", "role_arn": "a"})
case("a key in capitals (as sops)", "[default]\nREGION = eu-west-1\n", {"region": "eu-west-1"})
case("a key twice (as sops)", "[default]\nregion = a\nregion = b\n", {"region": "b"})

for service in ("kms", "sts", "sso", "sso-oidc"):
    for region in ("us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-isob-east-1", "ap-southeast-2"):
        if not NEW and (service.startswith("sso") or "iso" in region):
            continue
        case("hosts of AWS", "", ["%s@%s" % (service, region)], AWS_STS_REGIONAL_ENDPOINTS="regional")
        case("FIPS", "[default]\nuse_fips_endpoint = true\n", ["%s@%s" % (service, region)], AWS_STS_REGIONAL_ENDPOINTS="regional")
        # The isolated regions have no such hosts; newer clients know better what they may once be called.
        if "iso" not in region:
            case("dual stack", "", ["%s@%s" % (service, region)], new=True, AWS_USE_DUALSTACK_ENDPOINT="true",
                 AWS_STS_REGIONAL_ENDPOINTS="regional")
LEGACY = ["sts@" + region for region in ("us-east-1", "eu-west-1", "eu-south-1", "us-gov-west-1", "cn-north-1", "sa-east-1", "ap-east-1")]
case("sts_regional_endpoints", "[default]\nsts_regional_endpoints = legacy\n", LEGACY)
case("AWS_STS_REGIONAL_ENDPOINTS", "[default]\nsts_regional_endpoints = legacy\n", LEGACY, AWS_STS_REGIONAL_ENDPOINTS="regional")
case("AWS_STS_REGIONAL_ENDPOINTS", "", LEGACY, AWS_STS_REGIONAL_ENDPOINTS="legacy")
case("AWS_STS_REGIONAL_ENDPOINTS", "", LEGACY[:1], AWS_STS_REGIONAL_ENDPOINTS="sometimes")
# What boto3 does when nobody says changed later than the rest.
if botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES["sts_regional_endpoints"][2] == "regional":
    case("a region has the host of its own", "", ["sts@eu-west-1"], new=True)

LOCAL = """[profile lab]
services = local
endpoint_url = http://127.0.0.1:9
[services local]
kms =
  endpoint_url = http://127.0.0.1:1
sso_oidc =
  endpoint_url = http://127.0.0.1:2
[profile plain]
endpoint_url = http://127.0.0.1:9
[profile ignoring]
endpoint_url = http://127.0.0.1:9
ignore_configured_endpoint_urls = true
"""
ALL = ["kms@us-east-1", "sts@us-east-1", "sso@us-east-1", "sso-oidc@us-east-1"]
case("a services section", LOCAL, ALL, profile="lab", new=True)
case("endpoint_url of a profile", LOCAL, ALL, profile="plain", new=True)
case("ignore_configured_endpoint_urls", LOCAL, ALL[:1], profile="ignoring", new=True)
case("AWS_ENDPOINT_URL", LOCAL, ALL, profile="lab", new=True, AWS_ENDPOINT_URL="http://127.0.0.1:7")
case("AWS_ENDPOINT_URL_KMS", LOCAL, ALL, profile="lab", new=True, AWS_ENDPOINT_URL_KMS="http://127.0.0.1:6", AWS_ENDPOINT_URL="http://127.0.0.1:7")
case("AWS_ENDPOINT_URL_STS", LOCAL, ALL, profile="plain", new=True, AWS_ENDPOINT_URL_STS="http://127.0.0.1:6")
case("AWS_ENDPOINT_URL_SSO_OIDC", LOCAL, ALL, profile="plain", new=True, AWS_ENDPOINT_URL_SSO_OIDC="http://127.0.0.1:6",
     AWS_ENDPOINT_URL_SSO="http://127.0.0.1:5")
case("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", LOCAL, ALL[:1], profile="lab", new=True, AWS_ENDPOINT_URL="http://127.0.0.1:7",
     AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")

print("1..%d" % count)
sys.exit(failed != 0)
