#!/bin/sh
# Makes this folder's recordings anew: testdata/sops/matrix/record.sh   (needs sops 3.13, gpg and a build)
#
# For each format and each type of key: plain/file.FORMAT as real sops encrypts it (sealed/KEY.FORMAT), and as it decrypts that
# (expected/file.FORMAT).  The keys are published on purpose: never encrypt anything real with them.
set -eu
cd "$(dirname "$0")"
BUILD=${BUILD:-../../../build}
T=$(mktemp -d)
pid=
trap 'kill $pid; gpgconf --homedir "$T/gnupg" --kill all; rm -rf "$T"' EXIT
export SOPS_DISABLE_VERSION_CHECK=1 GNUPGHOME="$T/gnupg" SOPS_AGE_KEY_FILE="$PWD/../age/key.txt"
AGE=$(sed -n 's/^# public key: //p' ../age/key.txt)
ARN=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
mkdir -m 700 "$GNUPGHOME"
if [ ! -e pgp-secret.asc ]; then
	gpg --batch --quiet --passphrase '' --quick-generate-key 'Matrix Test <matrix@example.org>' default default never
	gpg --batch --armor --export-secret-keys >pgp-secret.asc
else
	gpg --batch --quiet --import pgp-secret.asc
fi
PGP=$(gpg --batch --with-colons --list-keys | sed -n 's/^fpr:::::::::\([0-9A-F]*\):.*/\1/p' | head -n 1)
rm -rf sealed expected kms
mkdir sealed expected
"$BUILD/bin/hubkms" --data "$T/kms" --ready-file "$T/env" --key $ARN >/dev/null &
pid=$!
while [ ! -e "$T/env" ]; do sleep 0.1; done
. "$T/env"
for file in plain/*; do
	name=${file#plain/}
	for key in age pgp kms; do
		case $key in
		age) option="--age $AGE" ;;
		pgp) option="--pgp $PGP" ;;
		kms) option="--kms $ARN" ;;
		esac
		# shellcheck disable=SC2086
		sops --config /dev/null encrypt $option "$file" >"sealed/$key.${name#*.}"
	done
	sops --config /dev/null decrypt "sealed/age.${name#*.}" >"expected/$name"
done
cp -R "$T/kms" kms
chmod -R go+r kms
