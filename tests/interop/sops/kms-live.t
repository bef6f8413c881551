#!/bin/sh
# Real sops and hubsecrets with the same KMS: each opens what the other wrote, with roles and encryption contexts.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"
needs sops

KEY=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
SECOND=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002
ROLE=arn:aws:iam::123456789012:role/deployer
kms_start --key $KEY --key $SECOND --role $ROLE

cat >.sops.yaml <<END
creation_rules:
  - path_regex: plain
    kms: $KEY
  - path_regex: context
    key_groups:
      - kms:
          - arn: $KEY
            role: $ROLE
            context: {app: hub, "\u00fcml": "a, b:c & d"}
  - path_regex: groups
    shamir_threshold: 2
    key_groups:
      - kms: [{arn: $KEY}]
      - kms: [{arn: $SECOND, role: $ROLE}]
END
plain='# a comment
hub:
    token: not-a-real-token
    port: 8000
    list:
        - one
        - two'

for name in plain context groups; do
	printf '%s\n' "$plain" >$name.yaml

	# sops alone: hubkms is good enough for it
	runs 0 "$name: sops encrypts" sops encrypt $name.yaml
	cp out $name.sops.yaml
	hasnt $name.sops.yaml not-a-real "$name: the value is gone"
	runs 0 "$name: sops decrypts" sops decrypt $name.sops.yaml
	same out $name.yaml "$name: what it encrypted"
	runs 0 "$name: sops rotates" sops rotate -i $name.sops.yaml

	# sops writes, hubsecrets reads and changes
	runs 0 "$name: hubsecrets decrypts what sops wrote" hubsecrets decrypt $name.sops.yaml
	same out $name.yaml "$name: to the same text"
	runs 0 "$name: hubsecrets rotates it" hubsecrets rotate -i $name.sops.yaml
	runs 0 "$name: and sets a value" hubsecrets set $name.sops.yaml '["hub"]["token"]' '"another"'
	runs 0 "$name: sops reads that" sops decrypt --extract '["hub"]["token"]' $name.sops.yaml
	is "$(cat out)" another "$name: and finds the value"

	# hubsecrets writes, sops reads and changes
	runs 0 "$name: hubsecrets encrypts" hubsecrets encrypt $name.yaml
	cp out $name.hub.yaml
	runs 0 "$name: sops decrypts what hubsecrets wrote" sops decrypt $name.hub.yaml
	same out $name.yaml "$name: to the same text"
	runs 0 "$name: sops rotates it" sops rotate -i $name.hub.yaml
	runs 0 "$name: hubsecrets reads that" hubsecrets decrypt $name.hub.yaml
	same out $name.yaml "$name: to the same text again"
done
has kms.log "assumed-role/deployer/sops@" "the role was assumed"

# A role beside a flat kms: sops ignores it; hubsecrets writes it into the file, and then sops takes it.
mkdir flat
cat >flat/.sops.yaml <<END
creation_rules:
  - kms: $KEY
    role: $ROLE
END
cd flat || exit 1
printf '%s\n' "$plain" >x.yaml
runs 0 "a role beside a flat kms" hubsecrets encrypt -i x.yaml
has x.yaml "role: $ROLE" "is written into the file"
: >"$T/kms.log"
runs 0 "which sops decrypts" sops decrypt x.yaml
has "$T/kms.log" "AssumeRole eu-west-1 $ROLE" "through that role"
kms_stop
done_testing
