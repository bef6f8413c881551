#!/bin/sh
# Makes this folder's recordings anew: testdata/sops/kms/record.sh   (needs sops 3.13 on PATH and a build)
#
# Each case is a folder: input.yaml as sops wrote it, expected.yaml as sops decrypts it.  data/ is the data directory of the
# hubkms that sealed the data keys; its keys are published on purpose: never encrypt anything real with them.
set -eu
cd "$(dirname "$0")"
HERE=$PWD
BUILD=${BUILD:-$HERE/../../../build}
T=$(mktemp -d)
trap 'kill $pid; rm -rf "$T"' EXIT

A=123456789012:key/0a1b2c3d-0000-4000-8000-00000000000
EU=arn:aws:kms:eu-west-1:${A}1
US=arn:aws:kms:us-east-1:${A}2
GONE=arn:aws:kms:eu-west-1:${A}3
ALIAS=arn:aws:kms:us-east-1:123456789012:alias/hubs/data100
MRK=arn:aws:kms:eu-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef
REPLICA=arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef
ROLE=arn:aws:iam::123456789012:role/hubs/deployer
AGE=age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z

"$BUILD/bin/hubkms" --data "$T/data" --ready-file "$T/env" --key $EU --key $US --key $GONE --key $ALIAS --key $MRK \
    --key $REPLICA >/dev/null &
pid=$!
while [ ! -e "$T/env" ]; do sleep 0.1; done
. "$T/env"
export SOPS_DISABLE_VERSION_CHECK=1 HOME="$T"

# record CASE: .sops.yaml comes on standard input.
record() {
	rm -rf "$HERE/$1"
	mkdir "$HERE/$1"
	cd "$HERE/$1"
	cat >"$T/.sops.yaml"
	cat >"$T/input.yaml" <<END
# what only the hub may know
jupyterhub:
    hub:
        cookieSecret: not-a-real-secret
        config:
            # issued by the campus
            CanvasOAuthenticator:
                client_id: "10000000000001"
                admins: [ann, bob]
    proxy:
        secretToken: |
            two lines
            of $1
    port: 8000
    debug: false
    ratio: 0.25
    nothing: null
END
	(cd "$T" && sops encrypt input.yaml) >input.yaml
	sops decrypt input.yaml >expected.yaml
	cd "$HERE"
}

record one-key <<END
creation_rules: [{kms: $EU}]
END
record alias <<END
creation_rules: [{kms: $ALIAS}]
END
record role-and-context <<END
creation_rules:
  - key_groups:
      - kms:
          - arn: $US
            role: $ROLE
            context: {app: hub, env: staging, "f\u00fcr": "data100, prod & more"}
END
record selected-values <<END
creation_rules: [{kms: "$US+$ROLE", encrypted_regex: "^(cookieSecret|secretToken)$"}]
END
record first-key-disabled <<END
creation_rules: [{kms: "$GONE,$US"}]
END
record age-not-at-hand <<END
creation_rules: [{age: $AGE, kms: $EU}]
END
record two-of-three-groups <<END
creation_rules:
  - shamir_threshold: 2
    key_groups:
      - kms: [{arn: $EU}]
      - kms: [{arn: $GONE}]
      - kms: [{arn: $US, role: $ROLE, context: {share: "3"}}]
END
# A multi-Region key: sealed in one region; the file names its replica in another.
record replica <<END
creation_rules: [{kms: $MRK}]
END
sed "s,$MRK,$REPLICA," replica/input.yaml >"$T/replica" && cp "$T/replica" replica/input.yaml
sops decrypt replica/input.yaml | cmp - replica/expected.yaml

AWS_REGION=eu-west-1 "$BUILD/tests/standin/kmscall" DisableKey "{\"KeyId\":\"$GONE\"}" >/dev/null
for case in */input.yaml; do	# all of them still open, but for the key that is disabled now
	sops decrypt "$case" | cmp - "${case%/*}/expected.yaml"
done
rm -rf data
mkdir data
cp "$T/data/keys" "$T/data/credentials" data
chmod 644 data/*
printf '%s\n' "Recorded with $(sops --version | head -1) against hubkms by record.sh.  The age recipient is that of no identity kept." >SOURCE
