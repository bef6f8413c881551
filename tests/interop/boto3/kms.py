"""boto3 against the hubkms of the environment; prints TAP.  Called by kms.t."""
import datetime
import os
import sys

import boto3
import botocore.auth
import botocore.config
import botocore.exceptions

count = failed = 0


def ok(held, claim, detail=None):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if held else "not ", count, claim))
    if not held:
        failed += 1
        print("#   got: %r" % (detail,))


def equal(got, want, claim):
    ok(got == want, claim, got)


def refused(code, call, claim, **arguments):
    try:
        got = call(**arguments)
    except botocore.exceptions.ClientError as error:
        got = error.response["Error"]["Code"]
    except botocore.exceptions.BotoCoreError as error:
        got = repr(error)
    equal(got, code, "%s: %s" % (claim, code))


def client(service, region=os.environ["AWS_DEFAULT_REGION"], retries=0, **credentials):
    return boto3.client(
        service, region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        config=botocore.config.Config(retries={"total_max_attempts": retries + 1, "mode": "standard"}), **credentials)


kms, sts = client("kms"), client("sts")

# Keys and aliases
made = kms.create_key(Description="caf\u00e9", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
key, arn = made["KeyId"], made["Arn"]
equal(arn, "arn:aws:kms:us-east-1:123456789012:key/" + key, "CreateKey gives an id and an ARN")
equal((made["Description"], made["Enabled"], made["KeyState"], made["KeyUsage"], made["MultiRegion"]),
      ("caf\u00e9", True, "Enabled", "ENCRYPT_DECRYPT", False), "with the metadata of a symmetric key")
age = datetime.datetime.now(datetime.timezone.utc) - made["CreationDate"]
ok(abs(age) < datetime.timedelta(minutes=5), "made just now", age)
kms.create_alias(AliasName="alias/demo", TargetKeyId=key)
refused("AlreadyExistsException", kms.create_alias, "a second alias of that name", AliasName="alias/demo", TargetKeyId=arn)
refused("ValidationException", kms.create_alias, "an alias of AWS", AliasName="alias/aws/s3", TargetKeyId=key)
for name in (key, arn, "alias/demo", "arn:aws:kms:us-east-1:123456789012:alias/demo"):
    equal(kms.describe_key(KeyId=name)["KeyMetadata"], made, "DescribeKey of %s" % name)
for _ in range(4):
    kms.create_key()
pages = [page["Keys"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})]
equal([len(page) for page in pages], [2, 2, 1], "ListKeys by pages")
ok({"KeyId": key, "KeyArn": arn} in sum(pages, []), "lists the key")
for code in ("ThrottlingException", "KMSInternalException"):
    refused(code, kms.list_aliases, "an injected fault")
try:
    detail = kms.list_aliases()
except botocore.exceptions.BotoCoreError as error:
    detail = error
# Older ones do not compare the length with Content-Length, and find nothing in what there is.
ok(isinstance(detail, botocore.exceptions.BotoCoreError) or "Aliases" not in detail, "a cut answer is no answer", detail)
equal([a["AliasName"] for a in kms.list_aliases()["Aliases"]], ["alias/demo"], "ListAliases")
equal([a["TargetKeyId"] for a in kms.list_aliases(KeyId=arn)["Aliases"]], [key], "ListAliases of a key")
other = kms.create_key()["KeyMetadata"]["KeyId"]
equal(kms.list_aliases(KeyId=other)["Aliases"], [], "a key without an alias has none")

# Data keys
context = {"app": "hub", "\u00fcml\u00e4ut": "\U0001f511 = '\"\\/"}
data = kms.generate_data_key(KeyId="alias/demo", KeySpec="AES_256", EncryptionContext=context)
equal((len(data["Plaintext"]), data["KeyId"]), (32, arn), "GenerateDataKey of a spec")
equal(len(kms.generate_data_key(KeyId=key, NumberOfBytes=1024)["Plaintext"]), 1024, "and of a length")
opened = kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context)
equal((opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]),
      (data["Plaintext"], arn, "SYMMETRIC_DEFAULT"), "Decrypt opens it")
silent = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128")
ok("Plaintext" not in silent, "GenerateDataKeyWithoutPlaintext shows none", silent)
equal(len(kms.decrypt(CiphertextBlob=silent["CiphertextBlob"])["Plaintext"]), 16, "but it can be decrypted")

# Encrypt, Decrypt, ReEncrypt
for size in (1, 32, 4096):
    plain = os.urandom(size)
    blob = kms.encrypt(KeyId=arn, Plaintext=plain, EncryptionContext=context)["CiphertextBlob"]
    equal(kms.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], plain, "%d bytes there and back" % size)
refused("ValidationException", kms.encrypt, "4097 bytes", KeyId=arn, Plaintext=bytes(4097))
refused("InvalidCiphertextException", kms.decrypt, "no context", CiphertextBlob=blob)
refused("InvalidCiphertextException", kms.decrypt, "another context", CiphertextBlob=blob, EncryptionContext={"app": "hub"})
refused("InvalidCiphertextException", kms.decrypt, "a flipped bit", EncryptionContext=context,
        CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]))
refused("InvalidCiphertextException", kms.decrypt, "a cut blob", CiphertextBlob=blob[:-1], EncryptionContext=context)
refused("InvalidCiphertextException", kms.decrypt, "noise", CiphertextBlob=os.urandom(100))
refused("IncorrectKeyException", kms.decrypt, "another key", KeyId=other, CiphertextBlob=blob, EncryptionContext=context)
moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=other,
                       DestinationEncryptionContext={"moved": "yes"})
ok((moved["SourceKeyId"], moved["KeyId"].endswith(other)) == (arn, True), "ReEncrypt names both keys", moved)
equal(kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"moved": "yes"})["Plaintext"], plain,
      "and changes key and context")

# Keys that are not there, or disabled
missing = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000dead"
refused("NotFoundException", kms.encrypt, "an unknown key", KeyId=missing, Plaintext=b"x")
refused("NotFoundException", kms.describe_key, "an unknown alias", KeyId="alias/none")
refused("InvalidArnException", kms.describe_key, "a malformed ARN", KeyId="arn:aws:kms")
refused("NotFoundException", client("kms", "eu-west-1").encrypt, "a key of another region", KeyId=arn, Plaintext=b"x")
refused("AccessDeniedException", client("kms", "eu-west-1").decrypt, "a ciphertext of another region", CiphertextBlob=blob,
        EncryptionContext=context)
kms.disable_key(KeyId=key)
equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled", "DisableKey")
for claim, call in (
        ("Encrypt", lambda: kms.encrypt(KeyId=key, Plaintext=b"x")),
        ("Decrypt", lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)),
        ("GenerateDataKey", lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"))):
    refused("DisabledException", call, "%s with a disabled key" % claim)
kms.enable_key(KeyId=key)
equal(kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], plain, "EnableKey")

# Who calls
try:
    detail = sts.get_caller_identity()
except Exception as error:
    detail = error
ok(isinstance(detail, Exception), "garbage is no answer", detail)
user = "arn:aws:iam::123456789012:user/default"
equal((sts.get_caller_identity()["Arn"], sts.get_caller_identity()["Account"]), (user, "123456789012"), "GetCallerIdentity")
role = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/team/ops", RoleSessionName="me@here", DurationSeconds=900,
                       ExternalId="an-id")
assumed = "arn:aws:sts::123456789012:assumed-role/ops/me@here"
equal(role["AssumedRoleUser"]["Arn"], assumed, "AssumeRole")
left = role["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
ok(datetime.timedelta(minutes=10) < left < datetime.timedelta(minutes=20), "for as long as asked", left)
given = {"aws_access_key_id": role["Credentials"]["AccessKeyId"],
         "aws_secret_access_key": role["Credentials"]["SecretAccessKey"]}
token = {"aws_session_token": role["Credentials"]["SessionToken"]}
equal(client("sts", **given, **token).get_caller_identity()["Arn"], assumed, "temporary credentials are the role's")
equal(client("kms", **given, **token).decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"], plain,
      "and open what the user sealed")
refused("UnrecognizedClientException", client("kms", **given).list_keys, "KMS without the token")
refused("InvalidClientTokenId", client("sts", **given).get_caller_identity, "STS without the token")
refused("UnrecognizedClientException", client("kms", **given, aws_session_token="AAAA").list_keys, "a made-up token")
refused("ValidationError", client("sts", **given, **token).assume_role, "a chain of more than an hour", DurationSeconds=7200,
        RoleArn="arn:aws:iam::123456789012:role/team/ops", RoleSessionName="again")
refused("AccessDenied", sts.assume_role, "a role that is not granted",
        RoleArn="arn:aws:iam::123456789012:role/denied", RoleSessionName="me")
refused("ValidationError", sts.assume_role, "a role that is none", RoleArn="arn:aws:iam::123456789012:user/role", RoleSessionName="me")
unknown = {"aws_access_key_id": "AKIAUNKNOWN", "aws_secret_access_key": "x"}
refused("UnrecognizedClientException", client("kms", **unknown).list_keys, "KMS, an unknown access key")
refused("InvalidClientTokenId", client("sts", **unknown).get_caller_identity, "STS, an unknown access key")
wrong = {"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "x"}
refused("InvalidSignatureException", client("kms", **wrong).list_keys, "KMS, a wrong secret")
refused("SignatureDoesNotMatch", client("sts", **wrong).get_caller_identity, "STS, a wrong secret")


# An altered body and a wrong clock
def alter(request, **_):
    request.body = request.body.replace(b"10", b"11") if isinstance(request.body, bytes) else request.body.replace("10", "11")


altered = client("kms")
altered.meta.events.register("before-send.kms.ListKeys", alter)
refused("InvalidSignatureException", altered.list_keys, "an altered body", Limit=10)


class Late(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return datetime.datetime.utcnow() - datetime.timedelta(minutes=6)

    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.now(tz) - datetime.timedelta(minutes=6)


class LateModule:
    datetime = Late

    def __getattr__(self, name):
        return getattr(datetime, name)


true_clock = {name: getattr(botocore.auth, name) for name in ("datetime", "get_current_datetime") if hasattr(botocore.auth, name)}
if "get_current_datetime" in true_clock:
    botocore.auth.get_current_datetime = \
        lambda *a, **k: true_clock["get_current_datetime"](*a, **k) - datetime.timedelta(minutes=6)
else:
    botocore.auth.datetime = Late if isinstance(true_clock["datetime"], type) else LateModule()
try:
    client("kms").list_keys()
    said = "nothing"
except botocore.exceptions.ClientError as error:
    said = str(error)
ok("InvalidSignatureException" in said and "Signature expired: " in said, "a clock that is six minutes late", said)
for name, value in true_clock.items():
    setattr(botocore.auth, name, value)
equal(sts.get_caller_identity()["Arn"], user, "a right clock again")

print("1..%d" % count)
sys.exit(failed != 0)
