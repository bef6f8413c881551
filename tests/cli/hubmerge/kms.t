#!/bin/sh
# --all with data keys in a KMS: each is asked for once, granted or refused.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
kms_start --key $A
requests() { awk -v op="$1" '$5 == op' kms.log | wc -l | tr -d ' '; }

for hub in one two three; do
	mkdir -p deployments/$hub/config deployments/$hub/secrets
	for env in staging prod; do
		echo "env: $env" >deployments/$hub/config/$env.yaml
		echo "token: secret-of-$hub-$env" >plain.yaml
		hubsecrets encrypt --kms $A plain.yaml >deployments/$hub/secrets/$env.yaml
	done
done
: >kms.log
runs 0 "every hub resolves" hubmerge --all -o values
is "$(cat values/*/*.yaml | grep -c 'token: secret-of-')" 6 "with its secrets"
is "$(requests Decrypt)" 6 "each data key was asked for once"

# One file for all environments of a hub.
cat >hubmerge.yaml <<'END'
layers: ["deployments/{hub}/config/{env}.yaml"]
secrets: ["deployments/{hub}/secrets/prod.yaml"]
END
: >kms.log
runs 0 "a layer that several environments share" hubmerge --all -o shared
is "$(cat shared/one/*.yaml | grep -c 'token: secret-of-one-prod')" 2 "is in each of them"
is "$(requests Decrypt)" 3 "and its key was asked for once"

sed -i 's/0000-4000-8000-000000000001/0000-4000-8000-00000000dead/' deployments/one/secrets/prod.yaml
: >kms.log
runs 1 "a key that is refused" hubmerge --all -o refused
is "$(grep -c 'no key at hand opens this file' err)" 2 "fails every environment that needs it"
is "$(requests Decrypt)" 3 "and was asked for once, too"
is "$(find refused -type f | wc -l | tr -d ' ')" 4 "the others are there"
: >kms.log
runs 0 "--public" hubmerge --all --public
runs 0 "and --no-secrets" hubmerge --all --no-secrets
is "$(requests Decrypt)" 0 "ask for none"
done_testing
