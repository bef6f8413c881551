#!/bin/sh
# check: what can be told of encrypted files, and of what lies beside them, without any key.
. "${0%/*}/../../tap.sh"
needs git
. "$TOP/tests/age.sh"
encrypted a <<'END'
# a comment
user: admin
pass: s3cret
list:
  - one
  - two
nothing:
empty: ""
plain_unencrypted: yes
END
unset SOPS_AGE_KEY_FILE
mkdir -p repo/secrets repo/other && cd repo || exit 1
printf 'creation_rules:\n  - path_regex: ^secrets/.*\\.(yaml|json|env|ini|bin)$\n    age: %s\n' "$AGE" >.sops.yaml
good() { rm -rf secrets; mkdir secrets; cp "$T/a.enc.yaml" secrets/a.yaml; }

# finds CLAIM LINE KIND WORDS: one finding of this kind in secrets/a.yaml
finds() {
	hubsecrets check secrets/a.yaml >"$T/out" 2>"$T/err"
	finds_status=$?
	hubsecrets check --json secrets/a.yaml >"$T/json" 2>/dev/null
	[ $finds_status = 1 ] && grep -q "^secrets/a.yaml${2:+:$2}[0-9:]*: $4" "$T/out" && grep -qF "\"kind\":\"$3\"" "$T/json"
	ok $? "$1" || { note "status $finds_status"; note "$(cat "$T/out" "$T/err" "$T/json")"; }
}

good
runs 0 "a file that is as it should be" hubsecrets check secrets/a.yaml
silent "without a word"
[ ! -s "$T/out" ]; ok $? "on either side"
runs 0 "told of" hubsecrets check --verbose secrets/a.yaml
has "$T/err" "1 files checked, nothing found" "when asked"
runs 0 "files that are none of ours" hubsecrets check .sops.yaml "$TOP/README.md" "$TOP/LICENSE"
runs 2 "no file at all" hubsecrets check
runs 2 "a file that is not there" hubsecrets check secrets/absent.yaml
has "$T/err" "cannot read 'secrets/absent.yaml'" "is told"

sed -i 's/^pass: .*/pass: s3cret/' secrets/a.yaml
finds "a value in clear" 3:7 value "value of 'pass' is not encrypted"
has "$T/out" "hint: take it out and add it with 'hubsecrets set'" "has a hint"
hasnt "$T/out" s3cret "and its text is not shown"
good; sed -i 's/^  - .*one.*//; 0,/^  - ENC.*/s//  - 12/' secrets/a.yaml
finds "a number in a list" 5:5 value "value of 'list\[0\]' is not encrypted"
good; sed -i 's/^#ENC.*/# a comment/' secrets/a.yaml
finds "a comment" 1 comment "a comment is not encrypted"
good; sed -i 's/^\(pass: ENC\[AES256_GCM,data:\)./\1!/' secrets/a.yaml
finds "ciphertext that is none" 3:7 damaged "value of 'pass' is ciphertext that was cut or changed"
good; sed -i 's/^\(pass: ENC.*,tag:\)..../\1/' secrets/a.yaml
finds "a short tag" 3:7 damaged "value of 'pass' is ciphertext that was cut or changed"
good; sed -i "s/^plain_unencrypted: .*/plain_unencrypted: $(sed -n 's/^user: //p' secrets/a.yaml | sed 's/[&/]/\\&/g')/" secrets/a.yaml
finds "ciphertext in a place for clear text" 9:20 stray "value of 'plain_unencrypted' is ciphertext where the rules of the file leave values in clear"
good; sed -i '/^    mac: /d' secrets/a.yaml
finds "a missing MAC" 10 metadata "the MAC is missing"
good; sed -i 's/^    mac: .*/    mac: none/' secrets/a.yaml
finds "a MAC that is none" 10 metadata "the MAC is no ciphertext"
good; sed -i 's/^user: .*/&\n&/' secrets/a.yaml
finds "a key twice" 3:1 duplicate "key 'user' comes twice"
good; printf 'x: [\n' >>secrets/a.yaml
finds "a file that does not parse" '' syntax ''
good; sed -i '/^ *version:/d; s/^ *lastmodified: .*/    version: not-one/' secrets/a.yaml
finds "a version that is none" '' metadata ''
good; printf 'user: x\npass: y\n' >secrets/a.yaml
finds "a file in clear that a rule names" '' plain "not encrypted, and the rule in .*/.sops.yaml:2 names it"

# Other formats
for type in json env ini bin; do
	rm -rf secrets && mkdir secrets
	case $type in
	json) echo '{"user": "admin", "pass": "s3cret"}' >"$T/p.json" ;;
	env) printf 'user=admin\npass=s3cret\n' >"$T/p.env" ;;
	ini) printf '[s]\nuser = admin\npass = s3cret\n' >"$T/p.ini" ;;
	bin) printf 's3cret' >"$T/p.bin" ;;
	esac
	hubsecrets encrypt --config /dev/null --age "$AGE" "$T/p.$type" >"secrets/p.$type"
	runs 0 "$type" hubsecrets check "secrets/p.$type"
	[ $type = bin ] && sed -i 's/"data": "ENC[^"]*"/"data": "s3cret"/' "secrets/p.$type"
	[ $type = json ] && sed -i 's/"pass": "ENC[^"]*"/"pass": "s3cret"/' "secrets/p.$type"
	sed -i 's/^\(pass *= *\)ENC.*/\1s3cret/' "secrets/p.$type"
	runs 1 "$type with a value in clear" hubsecrets check "secrets/p.$type"
	has "$T/out" "is not encrypted" "is told"
done

# Recipients
good
sed -i "s/age: .*/age: $AGE,$AGE2/" .sops.yaml
finds "a recipient that is missing" 10 recipients "recipient '$AGE2' is missing, which the rule in"
has "$T/out" "hint: run 'hubsecrets updatekeys'" "has a hint"
sed -i "s/age: .*/age: $AGE2/" .sops.yaml
finds "one that should not be there" 10 recipients "recipient '$AGE' is none that the rule in"
printf 'creation_rules:\n  - path_regex: ^secrets/\n    age: %s\n    unencrypted_regex: ^nosuch$\n' "$AGE" >.sops.yaml
finds "a value that the rule would encrypt now" 9:20 rule "value of 'plain_unencrypted' is in clear, and the rule in .*/.sops.yaml:2 would encrypt it"
printf 'creation_rules:\n  - path_regex: "("\n    age: %s\n' "$AGE" >.sops.yaml
runs 2 "a rule that does not compile" hubsecrets check secrets/a.yaml
has "$T/err" ".sops.yaml:2:" "is told with its line"
printf 'creation_rules:\n  - path_regex: ^secrets/\n    age: %s\n' "$AGE" >.sops.yaml

# What lies beside
good
for name in a.yaml.dec a.dec.yaml a.decrypted.yaml a.yaml.plain a.plain.yaml a.clear.yaml; do
	good; cp "$T/a.yaml" "secrets/$name"
	runs 1 "$name beside a.yaml" hubsecrets check secrets/a.yaml
	has "$T/out" "secrets/$name: " "is told"
done
good; mv secrets/a.yaml other/b.enc.yaml; cp "$T/a.yaml" other/b.yaml
runs 1 "b.yaml beside b.enc.yaml" hubsecrets check other/b.enc.yaml
has "$T/out" "other/b.yaml: this looks like the plaintext of 'other/b.enc.yaml'" "is told"
cp other/b.enc.yaml other/b.yaml
runs 0 "when it is encrypted, too" hubsecrets check other/b.enc.yaml
good; echo 'token: x' >secrets/new.yaml
runs 1 "another file of the folder that the rule names" hubsecrets check secrets/a.yaml
has "$T/out" "secrets/new.yaml: not encrypted, beside 'secrets/a.yaml', and the rule in" "is told"
git init -q . && echo '*.dec.yaml
secrets/new.yaml' >.gitignore
runs 0 "what git ignores" hubsecrets check secrets/a.yaml
runs 0 "is found and passed by" hubsecrets check --recursive .
cp "$T/a.yaml" secrets/a.dec.yaml
runs 0 "plaintext that git ignores" hubsecrets check secrets/a.yaml
runs 1 "by its name" hubsecrets check secrets/new.yaml
rm .gitignore
runs 1 "a folder" hubsecrets check --recursive --json .
is "$(cat "$T/out" | tr '{' '\n' | grep -c '"path"')" 2 "each finding once"
has "$T/out" '"checked":' "how many were looked at"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$T/out" 2>/dev/null || ! command -v python3 >/dev/null; ok $? "as JSON"

# As the pre-commit framework calls it: the names of the files of the commit as operands, from the top of the repository.
good
echo 'readme' >README.md
git add -A
entry=$(sed -n '/id: hubsecrets-check/,/entry:/s/^ *entry: //p' "$TOP/.pre-commit-hooks.yaml")
is "$entry" "hubsecrets check" "the entry for pre-commit"
git diff --cached --name-only -z | xargs -0 $entry >"$T/out" 2>"$T/err"
is $? 0 "a commit in which all is well" || cat "$T/out" "$T/err"
echo 'token: x' >secrets/new.yaml
git add -A
git diff --cached --name-only -z | xargs -0 -n1 $entry >"$T/out" 2>"$T/err"
is $? 123 "one with a secret in clear"
has "$T/out" "secrets/new.yaml: not encrypted, and the rule in" "is stopped"

# Under the name of sops these are file names.
ln -s "$BIN/hubsecrets" "$T/sops"
echo x >check
SOPS_EDITOR=true "$T/sops" check secrets/a.yaml >"$T/out" 2>"$T/err"
[ $? != 0 ] && ! grep -q finding "$T/err"; ok $? "by the name of sops, 'check' is a file"
done_testing
