#!/bin/sh
# What only the options bring: faults, roles, recorded ciphertexts, keys made when asked for.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

KEY=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
NEW=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002
ROLE=arn:aws:iam::123456789012:role/ops
body="{\"KeyId\":\"$KEY\",\"Plaintext\":\"YQ==\"}"

kms_start --key $KEY --fault throttle:2,op=Encrypt --fault 500:1,op=Encrypt --fault deny,key=role/other --fault slow:30
runs 1 "a fault that was asked for happens" kmscall Encrypt "$body"
has out '400 {"__type":"ThrottlingException","message":"Rate exceeded"}' "as AWS words it"
runs 1 "as often as asked for" kmscall Encrypt "$body"
runs 1 "then the next one" kmscall Encrypt "$body"
has out '500 {"__type":"KMSInternalException"' "with its status"
runs 0 "then none" kmscall Encrypt "$body"
runs 1 "a fault of one role" kmscall AssumeRole RoleArn=arn:aws:iam::123456789012:role/other\&RoleSessionName=me
has out '403 <ErrorResponse' "comes as XML from STS"
runs 0 "and leaves others alone" kmscall AssumeRole RoleArn=$ROLE\&RoleSessionName=me
runs 1 "a request of yesterday is refused" env KMSCALL_CLOCK=-86400 "$BUILD/tests/standin/kmscall" ListKeys
has out "Signature expired: " "and told why"
runs 1 "a wrong secret is refused" env AWS_SECRET_ACCESS_KEY=x "$BUILD/tests/standin/kmscall" ListKeys
has out InvalidSignatureException "as such"
runs 1 "an unknown key is not made" kmscall Encrypt "{\"KeyId\":\"$NEW\",\"Plaintext\":\"YQ==\"}"
has out NotFoundException "but missed"
kms_stop

cat >known <<END
{"blobs": [{"arn": "$NEW", "context": {"app": "x"}, "ciphertext": "cmVjb3JkZWQ=", "plaintext": "b2xk"}]}
END
: >kms.log
kms_start --any-key --known known --role $ROLE
runs 0 "with --any-key it is" kmscall Encrypt "{\"KeyId\":\"$NEW\",\"Plaintext\":\"YQ==\"}"
runs 0 "a recorded ciphertext opens" kmscall Decrypt "{\"KeyId\":\"$NEW\",\"CiphertextBlob\":\"cmVjb3JkZWQ=\",\"EncryptionContext\":{\"app\":\"x\"}}"
has out '"Plaintext":"b2xk"' "to what was recorded"
runs 1 "but not without its context" kmscall Decrypt "{\"KeyId\":\"$NEW\",\"CiphertextBlob\":\"cmVjb3JkZWQ=\"}"
runs 1 "nor for another key" kmscall Decrypt "{\"KeyId\":\"$KEY\",\"CiphertextBlob\":\"cmVjb3JkZWQ=\",\"EncryptionContext\":{\"app\":\"x\"}}"
has out IncorrectKeyException "which is told"
runs 1 "only the roles of --role are granted" kmscall AssumeRole RoleArn=arn:aws:iam::123456789012:role/other\&RoleSessionName=me
runs 0 "and those are" kmscall AssumeRole RoleArn=$ROLE\&RoleSessionName=me
cp out credentials
kms_stop
kms_start --role $ROLE
AWS_ACCESS_KEY_ID=$(sed -n 's/.*<AccessKeyId>\([^<]*\).*/\1/p' credentials)
AWS_SECRET_ACCESS_KEY=$(sed -n 's/.*<SecretAccessKey>\([^<]*\).*/\1/p' credentials)
AWS_SESSION_TOKEN=$(sed -n 's/.*<SessionToken>\([^<]*\).*/\1/p' credentials)
runs 1 "the role's credentials need their token" kmscall DescribeKey "{\"KeyId\":\"$NEW\"}"
has out UnrecognizedClientException "and are unknown without"
export AWS_SESSION_TOKEN
runs 0 "with it they are accepted, after a restart too" kmscall DescribeKey "{\"KeyId\":\"$NEW\"}"
kms_stop
has kms.log " 200 - sts AssumeRole us-east-1 $ROLE arn:aws:iam::123456789012:user/default" "the log tells that a role was assumed"
has kms.log " 200 - kms DescribeKey us-east-1 $NEW arn:aws:sts::123456789012:assumed-role/ops/me" "and who then called"
done_testing
