#!/bin/sh
# YAML that not every place can hold, or that sops reads in its own way: what we write means the same to sops and to us.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
peer() { command -v sops >/dev/null 2>&1; }

# both NAME JSON CLAIM: what the encrypted file means to us and, where it is installed, to sops.
both() {
	runs 0 "$3: is read" hubsecrets decrypt --output-type json "$1.enc.yaml"
	is "$(tr -d '\n\t' <out)" "$2" "$3: the values"
	peer || { skip "sops is not installed"; return; }
	is "$(sops decrypt --output-type json "$1.enc.yaml" 2>&1 | tr -d '\n\t')" "$2" "$3: the values, to sops"
}

# Tabs on blank lines are read behind a plain word alone, and this one comes back in quotes.
printf 'd: t\tx\n    i\n \t\t ' | encrypted tabs
has tabs.notes "tabs.yaml:1: lines 1 to 3 will come back" "the lines that change are named"
both tabs '{"d": "t\tx i"}' "tabs behind a word of two lines"
runs 0 "it is decrypted" hubsecrets decrypt tabs.enc.yaml
printf 'd: "t\\tx i"\n' >want
same out want "without the tabs"
cp out tabs.yaml
runs 0 "and encrypted again" hubsecrets encrypt --age $AGE tabs.yaml
silent "without a word"

printf 'a: yes\n \t# c\nb: x\n \t\nc: 1\n' | encrypted more
both more '{"a": "yes","b": "x","c": 1}' "tabs in front of a comment"
runs 0 "a value is set there" hubsecrets set more.enc.yaml '["b"]' '{"k": ["v"]}'
both more '{"a": "yes","b": {"k": ["v"]},"c": 1}' "a map behind which there were tabs"
runs 0 "and goes" hubsecrets unset more.enc.yaml '["b"]'
both more '{"a": "yes","c": 1}' "without it"

# An empty comment in an encrypted list would be an element to sops.
printf 'l:\n- a\n# b\n#\n# c\n- d\n' | encrypted list
runs 0 "an empty comment in a list is encrypted and decrypted" hubsecrets decrypt list.enc.yaml
same out list.yaml "to the same bytes"
both list '{"l": ["a","d"]}' "an empty comment in a list"
runs 0 "the key is exchanged" hubsecrets rotate -i list.enc.yaml
runs 0 "the comment is still empty" hubsecrets decrypt list.enc.yaml
same out list.yaml "and the text the same"

# Which comments choose is for sops to say.
cat >.sops.yaml <<END
creation_rules:
- age: $AGE
  encrypted_comment_regex: secret
END
printf 'a: 1\n---\n# secret\n\nb: 2\nc: 3\n' >foot.yaml
runs 23 "a comment that sops does not see must not have been meant to choose" hubsecrets encrypt foot.yaml
has err "foot.yaml:3:1: sops does not see this comment" "it is named"
has err "hint: move it to a line of its own" "with what to do"
[ ! -s out ]; ok $? "nothing is printed"
printf 'a: 1\n---\n\n# secret\n\nb: 2\nc: 3\n' >foot.yaml
runs 0 "with an empty line above, it is seen" hubsecrets encrypt foot.yaml
cp out foot.enc.yaml
grep -q '^b: ENC' foot.enc.yaml && grep -q '^c: 3' foot.enc.yaml
ok $? "and chooses the value below it"
if peer; then
	runs 0 "sops agrees" sops decrypt foot.enc.yaml
else
	skip "sops is not installed"
fi

# What is set behind an anchor is set there alone, as in sops.
rm .sops.yaml
printf 'a_unencrypted: &k {x: 1, z: w}\nb_unencrypted: *k\nc: 1\n' | encrypted anchor
runs 0 "a value is set in an anchored map" hubsecrets set anchor.enc.yaml '["a_unencrypted"]["x"]' 5
both anchor '{"a_unencrypted": {"x": 5,"z": "w"},"b_unencrypted": {"x": 1,"z": "w"},"c": 1}' "its alias reads what it did"
runs 0 "the anchored map goes" hubsecrets unset anchor.enc.yaml '["a_unencrypted"]'
both anchor '{"b_unencrypted": {"x": 1,"z": "w"},"c": 1}' "its alias stays"
printf 'a_unencrypted: &k w\n*k : 1\n' | encrypted key
cp key.enc.yaml before
runs 1 "a value that is a key as well is not set" hubsecrets set key.enc.yaml '["a_unencrypted"]' '"v"'
has err "key.enc.yaml:2:1: the key '*k' stands for the value that would change" "the key is named"
same key.enc.yaml before "the file is as it was"
done_testing
