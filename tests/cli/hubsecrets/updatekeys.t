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
has err "3 of 5 files failed, and are as they were" "they are counted"
has err "2 files synced" "and so are the others"
has err "absent.yaml" "a missing one is named"
has err "directory" "and a folder"
has err "metadata not found" "and one that is not encrypted"
is "$(grep -c recipient file.yaml other.yaml | tr '\n' ' ')" "file.yaml:2 other.yaml:2 " "the others are done"

ln -s "$BIN/hubsecrets" sops
runs 1 "under the name of sops" "$T/sops" updatekeys -y absent.yaml file.yaml folder.yaml
has err "failed updating 2 key(s)" "they are counted in its words"
hasnt err synced "and what went well is not"

# Questions alone
rule "age: $AGE"
fresh
cp a.enc.yaml third.yaml
cp other.yaml before
runs 0 "--dry-run of files that agree with their rule" hubsecrets updatekeys --dry-run file.yaml third.yaml
runs 1 "--dry-run of one that does not" hubsecrets updatekeys --dry-run file.yaml other.yaml
has out "--- $AGE2" "shows what would change"
is "$(head -1 out)" "other.yaml:" "of which file"
has err "1 file out of date, 1 unchanged" "and how many would"
same other.yaml before "and changes nothing"
runs 1 "of one alone" hubsecrets updatekeys --dry-run other.yaml
runs 0 "of one alone that agrees" hubsecrets updatekeys --dry-run file.yaml
runs 2 "of one that cannot be judged" hubsecrets updatekeys --dry-run file.yaml absent.yaml other.yaml
runs 0 "no key is needed for it" env SOPS_AGE_KEY_FILE=/dev/null hubsecrets updatekeys --dry-run file.yaml

# Who goes shall not know the data key any more.
sed -n 's/^x: //p' other.yaml >before
runs 0 "--rotate" hubsecrets updatekeys -y --rotate other.yaml
has err "synced with new keys, and rotated" "says so"
is "$(grep -c recipient other.yaml)" 1 "the recipient is gone"
[ "$(sed -n 's/^x: //p' other.yaml)" != "$(cat before)" ]; ok $? "and values have new ciphertext"
hubsecrets decrypt other.yaml | cmp -s - a.yaml; ok $? "of the same plaintext"
cp other.yaml before
runs 0 "where nobody goes" hubsecrets updatekeys -y --rotate other.yaml
same other.yaml before "nothing is rotated"

# A key that we cannot wrap a new data key for: what the file has of it must not stay beside a new one.
gcp=projects/p/locations/global/keyRings/r/cryptoKeys/k
sed "s|^sops:|&\n    gcp_kms:\n        - resource_id: $gcp\n          created_at: \"2026-01-02T03:04:05Z\"\n          enc: QUJD|" a.enc.yaml >file.yaml
cp file.yaml before
rule "{age: \"$AGE,$AGE2\", gcp_kms: $gcp}"
runs 1 "--rotate with a key that cannot be wrapped for" hubsecrets updatekeys -y --rotate file.yaml
has err "$gcp" "names it"
same file.yaml before "and changes nothing"

# The rule's threshold
rule "{shamir_threshold: 2, key_groups: [{age: [$AGE]}, {age: [$AGE2]}, {age: [age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg]}]}"
fresh
runs 0 "a rule with a threshold" hubsecrets updatekeys -y file.yaml
has file.yaml "shamir_threshold: 2" "which the file gets"
rule "{shamir_threshold: 3, key_groups: [{age: [$AGE]}, {age: [$AGE2]}, {age: [age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg]}]}"
runs 0 "under the name of sops" env SOPS_AGE_KEY_FILE="$T/both.txt" "$T/sops" updatekeys -y file.yaml
has file.yaml "shamir_threshold: 2" "another threshold of the rule is not looked at"
runs 0 "under ours" env SOPS_AGE_KEY_FILE="$T/both.txt" hubsecrets updatekeys -y file.yaml
has out "+++ shamir_threshold: 3" "it is a change"
has file.yaml "shamir_threshold: 3" "that is made"
rule "age: $AGE,$AGE2"

# Nobody at hand
fresh
runs 128 "without a key that opens it" env SOPS_AGE_KEY_FILE=/dev/null hubsecrets updatekeys -y file.yaml
same file.yaml a.enc.yaml "the file is untouched"
done_testing
