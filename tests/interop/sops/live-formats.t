#!/bin/sh
# Real sops and hubsecrets on generated JSON, dotenv, INI and binary files: each reads what the other wrote, and reads the same.
. "${0%/*}/../../tap.sh"
needs sops perl
CASES=$TOP/testdata/sops/age
export SOPS_AGE_KEY_FILE="$CASES/key.txt"
AGE=$(sed -n 's/^# public key: //p' "$CASES/key.txt")
DOCUMENTS=${DOCUMENTS:-12}

# agree COMMAND...: the last command of both programs gave the same, or both failed
bad() { note "$format $i: $*"; wrong="$wrong $i"; }

for format in json env ini bin; do
	i=0 wrong='' read=0
	while [ $i -lt $DOCUMENTS ]; do
		i=$((i + 1))
		perl "$TOP/tests/documents.pl" $format $((i + 1000)) >plain.$format
		hubsecrets encrypt --age $AGE plain.$format >ours.$format 2>notes || { grep -q 'has had before' notes || bad "$(cat notes)"; continue; }
		sops encrypt --age $AGE plain.$format >theirs.$format 2>errors || { bad "sops refuses it: $(cat errors)"; continue; }
		# What sops cannot read of its own it need not read of ours.
		sops decrypt theirs.$format >want 2>errors || continue
		read=$((read + 1))
		sops decrypt ours.$format >got 2>errors && cmp -s got want || bad "sops reads ours otherwise: $(cat errors)"
		hubsecrets decrypt theirs.$format >got 2>errors && cmp -s got want || bad "we print theirs otherwise: $(cat errors)"
		# Each rotates the file of the other.
		sops rotate -i ours.$format 2>errors && hubsecrets decrypt ours.$format >got 2>errors && cmp -s got want ||
			bad "ours, rotated by sops: $(cat errors)"
		hubsecrets rotate -i theirs.$format 2>errors && sops decrypt theirs.$format >got 2>errors && cmp -s got want ||
			bad "theirs, rotated by us: $(cat errors)"
	done
	is "$wrong" "" "$format: $read documents, each way"
done

# set and unset, on the other's file
printf '{\n\t"a": 1\n}\n' >set.json
printf 'A=1\n# c\n' >set.env
printf '[s]\na = 1\n' >set.ini
for case in 'json ["b"] {"c":[1,"<x>",null,1.5]}' 'env ["B"] "x\ny;"' 'ini ["s"]["b"] "x;y"'; do
	set -- $case
	cp set.$1 plain.$1
	sops encrypt --age $AGE plain.$1 >theirs.$1
	hubsecrets encrypt --age $AGE plain.$1 >ours.$1
	runs 0 "$1: sops sets a value in ours" sops set ours.$1 "$2" "$3"
	runs 0 "$1: hubsecrets sets it in theirs" hubsecrets set theirs.$1 "$2" "$3"
	sops decrypt theirs.$1 >a 2>err
	hubsecrets decrypt ours.$1 >b 2>err
	same a b "$1: both read the same"
	runs 0 "$1: sops removes it from theirs" sops unset theirs.$1 "$2"
	runs 0 "$1: hubsecrets removes it from ours" hubsecrets unset ours.$1 "$2"
	sops decrypt ours.$1 >a 2>err
	same a set.$1 "$1: which is what it was"
	hubsecrets decrypt theirs.$1 >a 2>err
	same a set.$1 "$1: there as well"
done

# Conversions print what sops prints.
printf '; a\n# b\n[s]\n; c\nk=v ; d\n;x\nl=`a;b`\n[t]\n' >c.ini
printf '# a\n\nA=1\n#b\nB=x\\ny\n' >c.env
printf '{"a": 9223372036854775808, "b": 1e21, "c": -0, "d": 1.0, "e": [1,"x"], "f": 1e3, "g": "<b>"}' >c.json
printf '{"s": {"a": "x", "b": 1e21, "c": -0, "d": 1.0, "g": null, "h": true, "e":"a`;"}, "t": {}}' >d.json
printf '# top\ns:\n  # c1\n  a: 1 # in\n  # c2\n  b: 2020-01-02\n  c: ""\n# foot\n' >c.yaml
printf '# top\na: 1 # in\n# c2\nb: 2020-01-02\nc: ""\nd: .inf\n# foot\n' >d.yaml
for case in c.ini:yaml c.ini:json c.env:yaml c.env:json c.json:yaml c.json:json d.json:ini d.json:yaml c.yaml:ini c.yaml:json d.yaml:dotenv; do
	name=${case%:*} type=${case#*:}
	sops encrypt --age $AGE $name >sealed.${name#*.} 2>err || note "$(cat err)"
	sops decrypt --output-type $type sealed.${name#*.} >want 2>err
	runs 0 "$name as $type" hubsecrets decrypt --output-type $type sealed.${name#*.}
	same out want "$name as $type: as sops prints it"
done
done_testing
