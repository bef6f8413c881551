"""What AWS documents for several roles with one code of an MFA device: a session of the user's, which then takes on each."""
import os

import boto3

USER = {"aws_access_key_id": "AKIAUSER", "aws_secret_access_key": "secret-of-USER"}
ACCOUNT = "arn:aws:iam::123456789012:"


def sts(**credentials):
    return boto3.client("sts", region_name="us-east-1", endpoint_url=os.environ["STANDIN"], **credentials)


got = sts(**USER).get_session_token(SerialNumber=ACCOUNT + "mfa/me", TokenCode=os.environ["MFA_CODE"])["Credentials"]
session = sts(aws_access_key_id=got["AccessKeyId"], aws_secret_access_key=got["SecretAccessKey"], aws_session_token=got["SessionToken"])
for role in ("mfa1", "mfa2"):
    session.assume_role(RoleArn=ACCOUNT + "role/" + role, RoleSessionName="me")
print("mfa1 mfa2")
