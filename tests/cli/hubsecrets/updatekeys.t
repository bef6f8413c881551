#!/bin/sh
# updatekeys: the recipients of files brought into agreement with their creation rule.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
encrypted a <<'END'
x: secret
list: [1, b]
END

rule() { printf 'creation_rules:\n  - %s\n' "$1" >.sops.yaml; }
fresh() { cp a.enc.yaml file.yaml; }

runs 1 "without a configuration" hubsecrets updatekeys -y a.enc.yaml
has err "config file not found" "there is nothing to compare with"
rule "age: $AGE"
fresh
runs 0 "the same recipients" hubsecrets updatekeys file.yaml
has err "already up to date" "are nothing to do"
[ ! -s out ]; ok $? "nothing is asked"
same file.yaml a.enc.yaml "the file is untouched"

rule "age: $AGE,$AGE2"
runs 0 "one more" hubsecrets updatekeys -y file.yaml
is "$(cat out)" "The following changes will be made to the file's groups:
Group 1
    $AGE
+++ $AGE2" "is shown"
has err "synced with new keys" "and said"
is "$(grep -c recipient file.yaml)" 2 "the file names both"
sed '/^sops:/,$d' a.enc.yaml >before
sed '/^sops:/,$d' file.yaml >after
same after before "no value is another"
is "$(grep -E ' (mac|lastmodified): ' file.yaml)" "$(grep -E ' (mac|lastmodified): ' a.enc.yaml)" "nor MAC and time"
runs 0 "the other one" env SOPS_AGE_KEY_FILE="$T/age-2.txt" hubsecrets decrypt file.yaml
same out a.yaml "opens it now"

# Answers
rule "age: $AGE2"
fresh
printf 'n\n' | hubsecrets updatekeys file.yaml >out 2>err
is $? 0 "n"
has out "--- $AGE" "what would go is shown"
has out "Is this okay? (y/n):" "and asked about"
has err "left unchanged" "and left"
same file.yaml a.enc.yaml "as it was"
printf 'what?\ny\n' | hubsecrets updatekeys file.yaml >out 2>err
is $? 0 "y, after a word that is no answer"
runs 128 "who was removed" hubsecrets decrypt file.yaml
runs 0 "cannot open it, the other can" env SOPS_AGE_KEY_FILE="$T/age-2.txt" hubsecrets decrypt file.yaml
fresh
runs 1 "no answer" hubsecrets updatekeys file.yaml
same file.yaml a.enc.yaml "is no"

# Groups
rule "key_groups: [{age: [$AGE]}, {age: [$AGE2]}]"
fresh
runs 0 "one group becomes two" hubsecrets updatekeys -y file.yaml
has file.yaml "shamir_threshold: 2" "both are needed"
runs 128 "one key" hubsecrets decrypt file.yaml
cat age-1.txt age-2.txt >both.txt
runs 0 "is not enough, both are" env SOPS_AGE_KEY_FILE="$T/both.txt" hubsecrets decrypt file.yaml
same out a.yaml "for the same text"
rule "age: $AGE"
runs 0 "and back" env SOPS_AGE_KEY_FILE="$T/both.txt" hubsecrets updatekeys -y file.yaml
has out "--- shamir_threshold: 2" "the threshold goes"
runs 0 "to one key" hubsecrets decrypt file.yaml

# Several files
rule "age: $AGE,$AGE2"
fresh
cp a.enc.yaml other.yaml
mkdir folder.yaml
runs 1 "of several, some fail" hubsecrets updatekeys -y file.yaml absent.yaml folder.yaml a.yaml other.yaml
has err "failed updating 3 key(s)" "they are counted"
has err "absent.yaml" "a missing one is named"
has err "directory" "and a folder"
has err "metadata not found" "and one that is not encrypted"
is "$(grep -c recipient file.yaml other.yaml | tr '\n' ' ')" "file.yaml:2 other.yaml:2 " "the others are done"

# Nobody at hand
fresh
runs 128 "without a key that opens it" env SOPS_AGE_KEY_FILE=/dev/null hubsecrets updatekeys -y file.yaml
same file.yaml a.enc.yaml "the file is untouched"
done_testing
