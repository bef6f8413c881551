#!/bin/sh
# Two names, two manners: as sops the program is as quiet and as lenient as the original.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
encrypted a <<'END'
x: secret
END

runs 0 "--version" sops --version
is "$(head -n 1 out)" "sops 3.13.2" "the first line is that of sops"
runs 0 "-v, with what callers add" sops -v --disable-version-check
is "$(head -n 1 out)" "sops 3.13.2" "the same"
runs 0 "our own name" hubsecrets --version
is "$(sed -n 1p out | cut -d' ' -f1)" hubsecrets "comes with our own version"

# a word that names no type
runs 0 "sops ignores an unknown type" sops --decrypt --output-type '"yaml"' a.enc.yaml
same out a.yaml "and goes by the name of the file"
runs 1 "hubsecrets does not" hubsecrets --decrypt --output-type '"yaml"' a.enc.yaml
has err "unknown type" "and says so"

# repeated recipients
runs 0 "sops: of two --age" sops encrypt --age $AGE --age $AGE2 a.yaml
is "$(grep -c recipient out)" 1 "the last one counts"
has out $AGE2 "that one"
runs 0 "hubsecrets: of two --age" hubsecrets encrypt --age $AGE --age $AGE2 a.yaml
is "$(grep -c recipient out)" 2 "both count"

# more operands
runs 0 "sops ignores a second file" sops decrypt a.enc.yaml other.yaml
same out a.yaml "and takes the first"
runs 1 "hubsecrets does not" hubsecrets decrypt a.enc.yaml other.yaml

# advice
printf 'a: 0x10\n' >n.yaml
runs 0 "sops encrypts" sops encrypt --age $AGE n.yaml
silent "without a word about spelling"
runs 0 "hubsecrets encrypts" hubsecrets encrypt --age $AGE n.yaml
has err "n.yaml:1: " "and names the line that will come back otherwise"
cat >.sops.yaml <<END
creation_rules:
  - age: $AGE
    encrypted-regex: x
END
runs 0 "sops passes over an unknown setting" sops encrypt a.yaml
silent "in silence"
runs 0 "hubsecrets goes on, too" hubsecrets encrypt a.yaml
has err ".sops.yaml:3:5: " "but says where it is"
has err "encrypted_regex" "and what it might have been"
echo 'creation_rules: [' >.sops.yaml
runs 1 "sops does nothing with a configuration that it cannot read" sops decrypt a.enc.yaml
has err ".sops.yaml:2:1: error loading config: Could not unmarshal config file: a value is missing" "and says so once, in its words"
runs 1 "nor with one that is not there" sops --config absent.yaml decrypt a.enc.yaml
has err "could not read config file: " "in other words"
printf 'creation_rules:\n  - age: %s\n' $AGE >.sops.yaml

# errors
runs 100 "sops: a missing file" sops decrypt absent.yaml
is "$(cat err)" "Error: cannot operate on non-existent file \"$T/absent.yaml\"" "in the original's words, without a name in front"
runs 203 "sops: encrypted already" sops encrypt a.enc.yaml
has err "top-level entry called 'sops'" "in words that callers look for"
runs 25 "sops: a damaged value" sh -c 'sed "s/data:.../data:AAA/" a.enc.yaml >b.yaml; sops decrypt b.yaml'
has err "Error decrypting tree" "in words that callers look for"
hasnt err "hint" "without advice"
runs 0 "--verbose" sops --verbose --decrypt a.enc.yaml
has err "Data key recovered successfully" "says what helm-secrets looks for"
runs 0 "without it" sops --decrypt a.enc.yaml
silent "success is silent"
for verb in publish keyservice; do
	runs 1 "$verb is a verb and no file" sops $verb a.yaml x
	has err "'$verb' is not supported yet" "which is not there yet"
done
runs 100 "the older form without a file" sops -d
has err "no file specified" "in the original's words"
runs 1 "the older form twice" sops -d -e a.enc.yaml
has err "exclude each other" "is refused"
for words in '-d a.enc.yaml --nonsense' 'decrypt a.enc.yaml --nonsense more'; do
	runs 0 "sops $words" sops $words
	same out a.yaml "passes over what looks like an option behind the file"
	has err "Only the first one will be used" "with its words"
	runs 1 "hubsecrets $words" hubsecrets $words
	has err "unknown option '--nonsense'" "does not"
done
runs 0 "help of a verb" sops decrypt -h
has out "Usage: sops decrypt" "speaks of the command as it was called"
runs 0 "help of a verb" hubsecrets decrypt -h
has out "Usage: hubsecrets decrypt" "by either name"
printf 'creation_rules: [\n' >.sops.yaml
runs 1 "a broken .sops.yaml stops sops from decrypting" sops decrypt a.enc.yaml
runs 0 "but not us" hubsecrets decrypt a.enc.yaml
has err "warning: " "we warn"
done_testing
