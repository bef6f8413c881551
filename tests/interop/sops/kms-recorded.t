#!/bin/sh
# Files that real sops encrypted by way of KMS (testdata/sops/kms, see record.sh there), opened without sops.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

CASES=$TOP/testdata/sops/kms
cp -R "$CASES/data" kms && chmod -R u+rwX kms
kms_start

for case in "$CASES"/*/input.yaml; do
	name=$(basename "${case%/*}")
	: >kms.log
	runs 0 "$name: what sops wrote is decrypted" hubsecrets decrypt "$case"
	same out "${case%/*}/expected.yaml" "$name: as sops decrypts it"
	silent "$name: without a word"
	cp kms.log "$name.log"
done

has role-and-context.log "AssumeRole us-east-1 arn:aws:iam::123456789012:role/hubs/deployer" "the role in the file is assumed"
has role-and-context.log " 200 - kms Decrypt us-east-1 arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002 arn:aws:sts::123456789012:assumed-role/deployer/sops@" \
    "and decrypts, under the session name that sops would use"
hasnt one-key.log AssumeRole "no role is assumed where the file names none"
has first-key-disabled.log " 400 DisabledException kms Decrypt eu-west-1" "a key that refuses is asked"
has first-key-disabled.log " 200 - kms Decrypt us-east-1" "and then the other one"
has replica.log " 200 - kms Decrypt us-east-1 arn:aws:kms:us-east-1:123456789012:key/mrk-" "a replica is asked in its own region"

# What must not open
cp "$CASES/role-and-context/input.yaml" context.yaml
sed 's/env: staging/env: prod/' context.yaml >edited.yaml
runs 128 "a context that was edited does not open the file" hubsecrets decrypt edited.yaml
[ ! -s out ]; ok $? "and nothing is printed"
has err InvalidCiphertext "the reason is the service's"
sed 's,key/0a1b2c3d-0000-4000-8000-000000000001,key/0a1b2c3d-0000-4000-8000-00000000dead,' "$CASES/one-key/input.yaml" >missing.yaml
runs 128 "nor does a key that is not there" hubsecrets decrypt missing.yaml
has err 00000000dead "which is named"
kms_stop
kms_start --fault deny,op=Decrypt
runs 128 "nor one that denies" hubsecrets decrypt "$CASES/one-key/input.yaml"
has err "AccessDeniedException" "and the message says why"
[ ! -s out ]; ok $? "nothing is printed then"
kms_stop
runs 128 "nor no KMS at all" hubsecrets decrypt "$CASES/one-key/input.yaml"
[ ! -s out ]; ok $? "nothing is printed then either"
done_testing
