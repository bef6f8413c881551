#!/bin/sh
# What can be wrong with a file or a call: one clear message, the documented status, nothing on standard output, no file changed.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

encrypted good <<'END'
hub:
  token: s3cret
  port: 8000
list: [a, b]
seen_unencrypted: 1
END

# refused STATUS WORDS CLAIM FILE COMMAND...: FILE keeps its bytes
refused() {
	want=$1 words=$2 claim=$3 file=$4
	shift 4
	[ ! -e "$file" ] || cp "$file" kept
	runs "$want" "$claim: status $want" "$@"
	has err "$words" "$claim: the message says so"
	[ ! -s out ]; ok $? "$claim: nothing on standard output"
	[ ! -e "$file" ] || same "$file" kept "$claim: the file is untouched"
	rm -f kept
}

# --- files that are to be encrypted
plain() {
	printf "$1" >bad.yaml
	shift
	refused "$@" bad.yaml hubsecrets encrypt -i --age $AGE bad.yaml
}
plain 'a: [1\n' 2 'bad.yaml:2:1: ' "unfinished YAML"
plain 'a:\n\tb: 1\n' 2 'bad.yaml:2:1: ' "a tab that indents"
plain 'a: \351\n' 2 'bad.yaml:1:4: ' "text that is not UTF-8"
plain 'a: 1\nb: 2\na: 3\n' 2 "bad.yaml:3:1: mapping key 'a' already defined at line 1" "a key twice"
plain '%%YAML 1.2\n---\na: 1\n' 2 'bad.yaml:1:1: ' "a YAML version that sops cannot read"
plain 'word\n' 2 'not a map' "a string alone"
plain '[1]\n' 2 'bad.yaml:1:1: ' "a list at the top"
plain '# nothing\n' 2 'comments alone' "comments alone"
plain '' 92 'empty' "an empty file"
plain 'sops: 1\n' 203 'bad.yaml:1:1: ' "an entry called sops"
plain 'a: 1\n---\nsops: 1\n' 4 'bad.yaml:3:1: ' "an entry called sops in a later document"
plain '1: a\n' 23 'bad.yaml:1:1: ' "a key that is no string"
plain 'a: 18446744073709551615\n' 23 'bad.yaml:1:4: ' "an integer of more than 63 bits"
plain '"<<": 1\n' 23 'bad.yaml:1:1: ' "a merge of a number"
plain 'a: !!int x\n' 2 'bad.yaml:1:' "a tag that does not fit"
plain 'a: &x [*x]\n' 2 'bad.yaml:1:' "an anchor that contains itself"
plain 'a: *nowhere\n' 2 'bad.yaml:1:4: ' "an alias without an anchor"
cp good.enc.yaml again.yaml
refused 203 'again.yaml:' "a file that is encrypted already" again.yaml hubsecrets encrypt -i --age $AGE again.yaml

# --- calls of encrypt
printf 'a: 1\n' >plain.yaml
refused 1 'no keys provided' "no recipient" plain.yaml hubsecrets encrypt -i plain.yaml
refused 1 "age1xyz" "a recipient that is none" plain.yaml hubsecrets encrypt -i --age age1xyz plain.yaml
refused 8 'a' "two rules at once" plain.yaml hubsecrets encrypt -i --age $AGE --encrypted-regex a --unencrypted-suffix b plain.yaml
refused 1 '(unclosed' "a rule that does not compile" plain.yaml hubsecrets encrypt -i --age $AGE --encrypted-regex '(unclosed' plain.yaml
refused 6 'a:b:c' "a malformed encryption context" plain.yaml \
    hubsecrets encrypt -i --kms arn:aws:kms:eu-west-1:123456789012:key/x --encryption-context a:b:c plain.yaml
refused 8 '--filename-override' "standard input without a name" plain.yaml hubsecrets encrypt --age $AGE
refused 8 'both' "--output and --in-place" plain.yaml hubsecrets encrypt --age $AGE -i --output x plain.yaml
refused 100 'absent.yaml' "a file that is not there" absent.yaml hubsecrets encrypt --age $AGE absent.yaml
refused 2 'sub' "a folder" plain.yaml sh -c 'mkdir -p sub.yaml && hubsecrets encrypt --age $1 sub.yaml' - $AGE
refused 3 'no/such' "an output that cannot be written" plain.yaml hubsecrets encrypt --age $AGE --output no/such plain.yaml
refused 1 'unknown option' "an unknown option" plain.yaml hubsecrets encrypt --nope plain.yaml
refused 1 'decrypt' "a mistyped verb" plain.yaml hubsecrets decrpyt plain.yaml
cat >.sops.yaml <<END
creation_rules:
  - path_regex: other
    age: $AGE
END
refused 1 'no matching creation rules' "no rule for the file" plain.yaml hubsecrets encrypt -i plain.yaml
printf 'creation_rules: [\n' >.sops.yaml
refused 1 '.sops.yaml:2:' "a broken configuration" plain.yaml hubsecrets encrypt -i --age $AGE plain.yaml
runs 0 "a broken configuration does not stop decryption" hubsecrets decrypt good.enc.yaml
has err ".sops.yaml:2:" "but is pointed at"
same out good.yaml "which gives the plain text"
rm .sops.yaml

# --- files that are to be decrypted
# altered SED-SCRIPT STATUS WORDS CLAIM
altered() {
	sed "$1" good.enc.yaml >bad.yaml
	! cmp -s bad.yaml good.enc.yaml; ok $? "$4: the file is another"
	refused "$2" "$3" "$4" bad.yaml hubsecrets decrypt -i bad.yaml
}
token=$(sed -n 's/^  token: //p' good.enc.yaml)
altered 's/\(token: ENC.AES256_GCM,data:\)\(...\)/\1AAA/' 25 "bad.yaml:2:10: value of 'hub.token' fails authentication" "a value that was changed"
altered "s|port: .*|port: $token|" 25 "bad.yaml:3:9: value of 'hub.port' fails authentication" "a value that was moved"
altered 's/token: ENC.*/token: clear/' 25 "bad.yaml:2:10: " "a value that was put in by hand"
altered 's/  token:/  tokens:/' 25 "'hub.tokens'" "a key that was renamed"
altered 's/^  port: .*//' 51 'MAC mismatch' "a value that was removed"
altered 's/seen_unencrypted: 1/seen_unencrypted: 2/' 51 'MAC mismatch' "a clear value that was changed"
altered '/^    mac:/d' 51 'no MAC' "a missing MAC"
altered 's/^    mac: .*/    mac: x/' 51 'MAC' "a MAC that is none"
altered 's/lastmodified: "20/lastmodified: "19/' 51 'MAC' "a changed time"
altered '/^    lastmodified:/d' 1 'lastmodified' "a missing time"
altered '/^    version:/d' 1 'version' "a missing version"
altered 's/^    version: .*/    version: "3.7"/' 1 'version' "a version of two parts"
altered '/^sops:/,$d' 1 'sops metadata not found' "missing metadata"
altered 's/^list: \[/list: [[/' 1 'bad.yaml:' "broken YAML"
altered 's/^seen_unencrypted: 1/hub: 1/' 1 'already defined' "a key twice"
printf 'a: 1\n' >plain.yaml
refused 1 'sops metadata not found' "a file that is not encrypted" plain.yaml hubsecrets decrypt plain.yaml
refused 100 'absent.yaml' "a file that is not there" absent.yaml hubsecrets decrypt absent.yaml
refused 91 'hub' "a path that is none" good.enc.yaml hubsecrets decrypt --extract hub good.enc.yaml
refused 1 'nope' "a path that leads nowhere" good.enc.yaml hubsecrets decrypt --extract '["nope"]' good.enc.yaml
refused 1 'token' "a path into a value" good.enc.yaml hubsecrets decrypt --extract '["hub"]["token"]["x"]' good.enc.yaml
refused 112 'age' "a kind of key twice in the order" good.enc.yaml hubsecrets decrypt --decryption-order age,age good.enc.yaml

# --- keys
SOPS_AGE_KEY_FILE=$T/age-2.txt
refused 128 "  $AGE: no identity at hand opens this" "the wrong key" good.enc.yaml hubsecrets decrypt -i good.enc.yaml
refused 128 'cannot get the data key' "the wrong key, to edit" good.enc.yaml env SOPS_EDITOR=true hubsecrets good.enc.yaml
refused 128 'cannot get the data key' "the wrong key, to set" good.enc.yaml hubsecrets set good.enc.yaml '["a"]' 1
refused 128 'cannot get the data key' "the wrong key, to rotate" good.enc.yaml hubsecrets rotate -i good.enc.yaml
unset SOPS_AGE_KEY_FILE
refused 128 'SOPS_AGE_KEY_FILE' "no key" good.enc.yaml hubsecrets decrypt good.enc.yaml
SOPS_AGE_KEY_FILE=$T/age-1.txt
export SOPS_AGE_KEY_FILE

# --- set, unset, rotate
for verb in "set good.enc.yaml a 1" "unset good.enc.yaml a"; do
	refused 7 'index format' "${verb%% *} with a path that is none" good.enc.yaml hubsecrets $verb
done
refused 7 'not valid JSON' "set with a value that is no JSON" good.enc.yaml hubsecrets set good.enc.yaml '["a"]' bare
refused 7 'list' "set with a list" good.enc.yaml hubsecrets set good.enc.yaml '["a"]' '[1]'
refused 203 'sops' "set of the metadata" good.enc.yaml hubsecrets set good.enc.yaml '["sops"]["mac"]' '"x"'
refused 100 'precisely 3' "set without a value" good.enc.yaml hubsecrets set good.enc.yaml '["a"]'
refused 1 'list' "set with a key into a list" good.enc.yaml hubsecrets set good.enc.yaml '["list"]["x"]' 1
refused 1 'map' "set with an index into a map" good.enc.yaml hubsecrets set good.enc.yaml '["hub"][0]' 1
refused 1 'zz' "unset of a key that is not there" good.enc.yaml hubsecrets unset good.enc.yaml '["zz"]'
refused 1 '9' "unset of an element that is not there" good.enc.yaml hubsecrets unset good.enc.yaml '["list"][9]'
refused 1 'empty key group provided' "rotate without any recipient left" good.enc.yaml hubsecrets rotate -i --rm-age $AGE good.enc.yaml
refused 49 'absent.yaml' "rotate with new keys of a file that is not there" absent.yaml hubsecrets rotate -i --add-age $AGE2 absent.yaml
refused 100 'no file' "no file at all" good.enc.yaml hubsecrets

# --- a folder that cannot be written: as root everything can
if [ "$(id -u)" -ne 0 ]; then
	mkdir closed && cp good.enc.yaml closed/ && chmod 500 closed
	refused 3 'closed' "a folder that cannot be written" closed/good.enc.yaml hubsecrets decrypt -i closed/good.enc.yaml
	chmod 700 closed
else
	skip "root can write every folder"
fi
done_testing
