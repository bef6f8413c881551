#!/bin/sh
# rops, which is written in Rust and reads files of sops by itself, reads ours.  (What it writes neither sops nor we take for one.)
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v rops >/dev/null || skip_all "rops is not installed"
ROPS_AGE=$(grep AGE-SECRET age-1.txt)
export ROPS_AGE
printf 'token: s3cret\nport: 8000\nratio: 1.5\nlist: [a, {b: true}, null]\nclear_unencrypted: here\nlast: |\n  two\n  lines\n' >f.yaml
printf '{"token": "s3cret", "port": 8000, "list": ["a", {"b": true}], "ratio": 1.5, "nothing": null}' >f.json

# values TYPE: what the plain text on standard input says, in one spelling.
values() { hubsecrets encrypt --age $AGE --filename-override "n.$1" 2>/dev/null | hubsecrets decrypt --input-type $1 --output-type json | tr -d ' \t\n'; }
for type in yaml json; do
	want=$(values $type <f.$type)
	hubsecrets encrypt --age $AGE f.$type >ours
	rops decrypt --format $type <ours >out 2>err
	ok $? "$type: rops opens ours" || note "$(head -3 err)"
	is "$(values $type <out)" "$want" "$type: to the same values"
	hubsecrets rotate --input-type $type --output-type $type ours >rotated
	rops decrypt --format $type <rotated >out 2>err
	ok $? "$type: rotated as well" || note "$(head -3 err)"
done
done_testing
