#!/bin/sh
# AWS KMS keys of .sops.yaml and of flags: roles, contexts, profiles, groups, and which of them is asked.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/kms.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
B=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002
NONE=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000dead
ROLE=arn:aws:iam::123456789012:role/hub
kms_start --key $A --key $B
requests() { awk -v op="$1" '$5 == op' kms.log | wc -l | tr -d ' '; }
printf 'a: 1\nb:\n    c: two\n' >plain.yaml
decrypts() { # CLAIM: enc.yaml is the plain text again, by its KMS keys alone
	(unset SOPS_AGE_KEY_FILE; hubsecrets decrypt enc.yaml) >out 2>err
	ok $? "$1" || note "$(cat err)"
	same out plain.yaml "to what it was"
}

# A role beside a flat kms list is honoured and recorded.
cat >.sops.yaml <<-END
	creation_rules:
	- path_regex: plain
	  kms: $A, $B+$ROLE-of-b
	  role: $ROLE
	  aws_profile: ""
END
runs 0 "a file is encrypted to two KMS keys" hubsecrets encrypt --output enc.yaml plain.yaml
silent "without a warning about the role"
has enc.yaml "role: $ROLE" "the role beside the list is in the metadata"
has enc.yaml "role: $ROLE-of-b" "a key's own role goes first"
is "$(requests Encrypt)" 2 "each key was asked once"
: >kms.log
decrypts "it is decrypted"
is "$(requests Decrypt)" 1 "and only the first key was asked"
hubsecrets rotate -i enc.yaml && decrypts "after a rotation"
has enc.yaml "role: $ROLE" "which keeps the role"

# A dead key costs one request more, and is not in the way.
awk -v dead=$NONE '/arn:/ && !done { sub(/arn:aws:kms.*/, dead); done = 1 } { print }' enc.yaml >dead.yaml
mv dead.yaml enc.yaml
decrypts "with the first key gone the second opens it"

# Groups with context, profile and threshold.
cat >.sops.yaml <<-END
	creation_rules:
	- shamir_threshold: 2
	  key_groups:
	  - kms: [{arn: $A, context: {app: hub, num: 1}}]
	  - kms: [{arn: $B, aws_profile: other}]
	  - age: [$AGE]
END
mkdir -p .aws
printf '[profile other]\nregion = eu-west-1\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >.aws/config
runs 0 "a file is encrypted to three groups" hubsecrets encrypt --output enc.yaml plain.yaml
has enc.yaml "aws_profile: other" "the profile is recorded"
has enc.yaml 'num: "1"' "the context too, as text"
: >kms.log
decrypts "two of the groups open it"
is "$(requests Decrypt)" 2 "by one request each"
: >kms.log
runs 0 "with an age key at hand" hubsecrets decrypt enc.yaml
is "$(requests Decrypt)" 2 "the groups that are missing are asked at the same time"

# Refusals: nothing on standard output, a report, the documented status.
unset SOPS_AGE_KEY_FILE
sed -i 's/num: "1"/num: "2"/' enc.yaml
runs 128 "another context closes one group, and the third has no key" hubsecrets decrypt enc.yaml
has err "  group 1: $A|" "the report tells the group"
has err "  group 2: opens" "and the one that opened"
has err "2 of the 3 key groups must open, and 1 does" "and the threshold"
[ ! -s out ]; ok $? "nothing is on standard output"

rm .sops.yaml
runs 1 "what is no ARN is refused" hubsecrets encrypt --kms alias/x plain.yaml
has err "no valid ARN found in 'alias/x'" "by its name"
runs 1 "a key that the service does not have is refused" hubsecrets encrypt --kms "$A,$NONE" plain.yaml
has err "cannot wrap the data key for '$NONE'" "by its name"
[ ! -s out ]; ok $? "and nothing is written"
runs 6 "a malformed context is refused" hubsecrets encrypt --kms $A --encryption-context a:b:c plain.yaml
runs 0 "a context by flag" hubsecrets encrypt --kms $A --encryption-context app:hub,env:x --output enc.yaml plain.yaml
has enc.yaml "app: hub" "is recorded"
decrypts "it is used"
kms_stop
runs 128 "without the service" hubsecrets decrypt enc.yaml
has err "$A|app:hub,env:x: " "the report names the key with its context"
done_testing
