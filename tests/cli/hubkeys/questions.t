#!/bin/sh
# Wrap, unwrap, generate and describe through the client, the helper and hubkms.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"
. "$TOP/tests/faulty.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
B=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002
ALIAS=arn:aws:kms:us-east-1:123456789012:alias/demo
ROLE=arn:aws:iam::123456789012:role/hub
kms_start --key $A --key $B --key $ALIAS

requests() { awk -v op="$1" '$5 == op' kms.log | wc -l | tr -d ' '; }
enc() { sed -n "s/^$1 asked ok - //p" answers; }

ask </dev/null
[ ! -s answers ] && [ ! -s kms.log ]; ok $? "who asks nothing sends nothing"

ask <<-END
	wrap key=$A payload=0123456789abcdef0123456789abcdef
	wrap key=$B context=app:hub context=env:a:b payload=two
	wrap key=$ALIAS payload=three
	generate key=$A
	describe key=$B
END
answered "0 asked ok - [A-Za-z0-9+/=]" "a data key is wrapped"
answered "1 asked ok - [A-Za-z0-9+/=]" "in another region at the same time, with a context"
answered "2 asked ok - [A-Za-z0-9+/=]" "under an alias"
answered "3 asked ok (32 bytes) [A-Za-z0-9+/=]" "a data key is generated"
answered "4 asked ok - arn: $B" "a key is described"
one=$(enc 0) two=$(enc 1) three=$(enc 2)

ask <<-END
	unwrap key=$A payload=$one
	unwrap key=$B context=env:a:b context=app:hub payload=$two
	unwrap key=$ALIAS payload=$three
	unwrap key=$B context=app:hub payload=$two
	unwrap key=$ALIAS payload=$one
	unwrap key=$A payload=${one%????}AAAA
	unwrap key=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000dead payload=$one
	unwrap key=nonsense payload=$one
	unwrap key=$A payload=!!!
	unwrap service=hc_vault key=https://vault/v1/transit/keys/k payload=vault:v1:x
END
answered "0 asked ok 0123456789abcdef0123456789abcdef" "a data key is unwrapped"
answered "1 asked ok two" "with its context, in any order"
answered "2 asked ok three" "under an alias"
answered "3 asked tampered .*context was changed" "not with another context"
answered "4 asked tampered .*wrapped with another key\|4 asked tampered" "not under another key"
answered "5 asked tampered" "not when it was damaged"
answered "6 asked not-found .*no such key" "not by a key that is not there"
answered "7 unasked syntax .*not the ARN" "a name that is no ARN is not asked"
answered "8 unasked tampered .*base64" "nor is text that is no ciphertext"
answered "9 unasked unsupported .*hc_vault" "nor a service that is not there yet"
hasnt answers "$AWS_SECRET_ACCESS_KEY" "no answer holds the secret key"

# Identical questions, also of later batches, and the helper that stays.
before=$(requests Decrypt)
{ for i in 1 2 3 4 5 6 7 8 9 10; do echo "unwrap key=$A payload=$one hedge=$i"; done; echo; echo "unwrap key=$A payload=$one"; } | ask
is "$(grep -c 'asked ok 0123456789abcdef' answers)" 11 "ten files with one data key are all answered"
is "$(($(requests Decrypt) - before))" 2 "by one request a batch"

# A role is taken on once, whoever waits for it.
{ for i in 1 2 3 4 5; do echo "wrap key=$A role=$ROLE payload=$i"; done; } | ask
is "$(grep -c 'asked ok' answers)" 5 "five questions under a role are answered"
is "$(requests AssumeRole)" 1 "and the role is taken on once"
grep -q "Encrypt.*assumed-role/hub/sops@" kms.log; ok $? "under a session name like that of sops"
ask <<-END
	wrap key=$A role=arn:aws:iam::123456789012:user/x payload=x
END
answered "0 unasked syntax .*not the ARN of an IAM role" "a role that is none is refused"

# What refuses us, in words.
AWS_SECRET_ACCESS_KEY=wrong "$BUILD/tests/standin/kmsask" >answers <<-END
	unwrap key=$A payload=$one
END
answered "0 asked no-key .*signature does not match" "a wrong secret"
AWS_ACCESS_KEY_ID=AKIAWRONG "$BUILD/tests/standin/kmsask" >answers <<-END
	unwrap key=$A role=$ROLE payload=$one
END
answered "0 unasked no-key cannot take on the role '$ROLE'.*does not know\|0 unasked no-key cannot take on the role '$ROLE'.*does not accept" "a wrong access key, when a role is taken on"
(unset AWS_ACCESS_KEY_ID; "$BUILD/tests/standin/kmsask" >answers) <<-END
	unwrap key=$A payload=$one
END
answered "0 unasked no-key there are no AWS credentials" "no credentials"
kmscall DisableKey "{\"KeyId\":\"$A\"}" >out
ask <<-END
	unwrap key=$A payload=$one
END
answered "0 asked denied .*disabled" "a disabled key"

LIBEXEC=/nowhere "$BUILD/tests/standin/kmsask" >answers <<-END
	unwrap key=$A payload=$one
END
answered "fault cannot ask the network helper 'hubkeys'" "without the helper, the whole call fails"
done_testing
