"""The vendor's own client for Python decrypts a blob, with credentials from wherever the environment says.

Prints the plaintext, or "failed: " and the error.  All services are at $STANDIN; a code of an MFA device is $MFA_CODE.
Older clients do not know AWS_ENDPOINT_URL, and those that providers make for themselves take no other hint."""
import os
import sys

import boto3
import botocore.config
import botocore.session


class Session(botocore.session.Session):
    def create_client(self, service_name, *arguments, **named):
        if named.get("endpoint_url") is None:
            named["endpoint_url"] = os.environ["STANDIN"]
        return super().create_client(service_name, *arguments, **named)


def decrypt(key, blob):
    session = Session(profile=os.environ.get("AWS_PROFILE"))
    resolver = session.get_component("credential_provider")
    resolver.get_provider("assume-role")._prompter = lambda _: os.environ["MFA_CODE"]
    once = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"})
    client = boto3.Session(botocore_session=session).client("kms", region_name=key.split(":")[3], config=once)
    return client.decrypt(KeyId=key, CiphertextBlob=blob)["Plaintext"].decode()


try:
    print(decrypt(sys.argv[1], sys.argv[2].encode()))
except Exception as error:
    print("failed: %s" % error)
