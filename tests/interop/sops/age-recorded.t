#!/bin/sh
# Files that real sops encrypted for an age key (testdata/sops/age, see record.sh there), opened and changed without sops.
. "${0%/*}/../../tap.sh"
CASES=$TOP/testdata/sops/age
export SOPS_AGE_KEY_FILE="$CASES/key.txt"

for case in "$CASES"/*/input.yaml; do
	name=$(basename "${case%/*}")
	expected=${case%/*}/expected.yaml

	runs 0 "$name: what sops wrote is decrypted" hubsecrets decrypt "$case"
	same out "$expected" "$name: as sops decrypts it"
	silent "$name: without a word"

	# A new data key: nothing but ciphertext and metadata changes
	cp "$case" file.yaml
	runs 0 "$name: it is rotated" hubsecrets rotate -i file.yaml
	! cmp -s file.yaml "$case"; ok $? "$name: to another file"
	sed -E 's/ENC\[[^]]*\]/ENC/; /^sops:/,$d' "$case" >before
	sed -E 's/ENC\[[^]]*\]/ENC/; /^sops:/,$d' file.yaml >after
	same after before "$name: of the same layout"
	runs 0 "$name: which is decrypted" hubsecrets decrypt file.yaml
	same out "$expected" "$name: to the same text"

	# Decrypted and encrypted again, the text comes back
	cp "$expected" plain.yaml
	runs 0 "$name: its plain text is encrypted" hubsecrets encrypt --age "$(sed -n 's/^# public key: //p' "$CASES/key.txt")" plain.yaml
	cp out again.yaml
	sed -n 's/^hubsecrets: plain.yaml:\([0-9]*\): will.*/\1d/p' err >named
	runs 0 "$name: and decrypted" hubsecrets decrypt again.yaml
	sed -f named out >left
	sed -f named plain.yaml >want
	same left want "$name: to the same bytes, but for $(wc -l <named) lines that were named"
done
done_testing
