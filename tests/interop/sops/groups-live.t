#!/bin/sh
# Key groups that real sops and hubsecrets add and delete in turn, in every format.
. "${0%/*}/../../tap.sh"
needs sops
. "$TOP/tests/age.sh"
cat age-1.txt age-2.txt >both.txt
export SOPS_AGE_KEY_FILE=$T/both.txt
printf '# c\na: x\nb: 5\n' >f.yaml
printf '{\n\t"a": "x",\n\t"b": 5\n}\n' >f.json
printf '# c\nA=1\nB=x y\n' >f.env
printf '[s]\na = 1\nb = x\n' >f.ini
printf 'any\nbytes\n' >f.bin

# opens FILE CLAIM: both programs, to the text that was encrypted.
opens() {
	for tap_by in sops hubsecrets; do
		runs 0 "$1: $tap_by opens $2" $tap_by decrypt e.$1
		same out f.$1 "$1: to what it was"
	done
}
for type in yaml json env ini bin; do
	hubsecrets encrypt --age $AGE f.$type >e.$type
	runs 0 "$type: we add a group" hubsecrets groups add -i --file e.$type --age $AGE2
	opens $type "two groups"
	SOPS_AGE_KEY_FILE=age-1.txt runs 128 "$type: and needs both" sops decrypt e.$type
	runs 0 "$type: sops adds one" sops groups add -i --file e.$type --age $AGE --age $AGE2
	opens $type "three groups of which two are needed"
	runs 0 "$type: we delete the first" hubsecrets groups delete -i --file e.$type 0
	opens $type "what is left"
	runs 0 "$type: sops deletes the first" sops groups delete -i --file e.$type --shamir-secret-sharing-threshold 1 0
	opens $type "the last one"
done
done_testing
