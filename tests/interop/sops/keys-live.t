#!/bin/sh
# Every kind of age key, key groups and their thresholds, both ways with sops.
. "${0%/*}/../../tap.sh"
needs sops ssh-keygen age-keygen

printf 'a: 1\nb:\n    - x\n' >plain.yaml
mkdir bin
ln -s "$BUILD/tests/standin/age_plugin" bin/age-plugin-hubtest
PATH=$T/bin:$PATH
for n in 1 2 3; do
	age-keygen -o age-$n.txt 2>/dev/null
done
AGE1=$(age-keygen -y age-1.txt) AGE2=$(age-keygen -y age-2.txt) AGE3=$(age-keygen -y age-3.txt)
ssh-keygen -q -t ed25519 -N '' -f ed
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
ssh-keygen -q -t ed25519 -N secret -f locked
age-plugin-hubtest >plugin.txt 2>/dev/null

# --- kinds of keys -------------------------------------------------------------------------------------------------------

# both CLAIM RECIPIENT VARIABLE=VALUE...: either program reads what the other wrote, with that environment.
both() {
	claim=$1 recipient=$2
	shift 2
	for pair in 'hubsecrets sops' 'sops hubsecrets'; do
		${pair% *} encrypt --age "$recipient" plain.yaml >sealed.yaml 2>err || note "$(cat err)"
		env "$@" ${pair#* } decrypt sealed.yaml >back 2>err </dev/null
		same back plain.yaml "$claim: ${pair#* } reads what ${pair% *} wrote" || note "$(cat err)"
	done
}
both "an age key" "$AGE1" SOPS_AGE_KEY_FILE=age-1.txt
both "an age key in the environment" "$AGE1" SOPS_AGE_KEY="$(grep -v '^#' age-1.txt)"
both "an age key from a command" "$AGE1" SOPS_AGE_KEY_CMD='cat age-1.txt'
both "the second of two age keys" "$AGE2" SOPS_AGE_KEY="$(grep -hv '^#' age-1.txt age-2.txt | tr '\n' ' ')"
both "an Ed25519 key" "$(cut -d' ' -f1,2 ed.pub)" SOPS_AGE_SSH_PRIVATE_KEY_FILE=ed
both "an Ed25519 key with its comment" "$(cat ed.pub)" SOPS_AGE_SSH_PRIVATE_KEY_FILE=ed
both "an RSA key" "$(cut -d' ' -f1,2 rsa.pub)" SOPS_AGE_SSH_PRIVATE_KEY_CMD='cat rsa'
both "a plugin" "$(sed -n 's/^# public key: //p' plugin.txt)" SOPS_AGE_KEY_FILE=plugin.txt
both "several recipients" "$AGE2,$(cut -d' ' -f1,2 rsa.pub),$AGE1" SOPS_AGE_KEY_FILE=age-1.txt
mkdir -p .ssh && cp ed .ssh/id_ed25519 && cp rsa .ssh/id_rsa
both "the user's Ed25519 key" "$(cut -d' ' -f1,2 ed.pub)" NOTHING=
both "and the RSA key beside it" "$(cut -d' ' -f1,2 rsa.pub)" NOTHING=
rm -r .ssh
mkdir -p .config/sops/age && cp age-1.txt .config/sops/age/keys.txt
both "the standard file" "$AGE1" NOTHING=
rm -r .config

# At a terminal.
typist=$BUILD/tests/standin/typist
"$typist" shown echo -- true 2>err || skip "this system gives out no terminals"
for reader in sops hubsecrets; do
	[ ! -s err ] || break
	hubsecrets encrypt --age "$(cut -d' ' -f1,2 locked.pub)" plain.yaml >sealed.yaml
	SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked "$typist" shown echo 'Enter passphrase for "locked": ' secret -- $reader decrypt sealed.yaml >back </dev/null
	same back plain.yaml "$reader asks for the passphrase of an SSH key in these words"
	hubsecrets encrypt --age "$(sed -n 's/^# public key: //p' "$TOP/testdata/sops/age/key.txt")" plain.yaml >sealed.yaml
	SOPS_AGE_KEY_FILE=$TOP/testdata/age/identity.age "$typist" shown echo "Enter passphrase for identity 'SOPS_AGE_KEY_FILE': " secret -- \
		$reader decrypt sealed.yaml >back </dev/null
	same back plain.yaml "$reader asks for that of an identity file in these"
done

# --- groups --------------------------------------------------------------------------------------------------------------

# rule THRESHOLD: three groups, the second with two keys.
rule() {
	printf 'creation_rules:\n  - key_groups:\n      - age: [%s]\n      - age: [%s, "%s"]\n      - age: [%s]\n' \
		"$AGE1" "$AGE2" "$(cut -d' ' -f1,2 ed.pub)" "$AGE3" >.sops.yaml
	[ -z "$1" ] || echo "    shamir_threshold: $1" >>.sops.yaml
}
# opens WRITER READER STATUS CLAIM KEYS...: with these age keys (numbers).
opens() {
	reader=$2 want=$3 claim="$4: $2 reads what $1 wrote"
	shift 4
	for n; do cat age-$n.txt; done >some.txt
	SOPS_AGE_KEY_FILE=some.txt $reader decrypt sealed.yaml >back 2>err </dev/null
	is $? $want "$claim" || note "$(cat err)"
	[ $want != 0 ] || same back plain.yaml "to the plaintext"
}
for pair in 'hubsecrets sops' 'sops hubsecrets' 'hubsecrets hubsecrets'; do
	rule 2
	${pair% *} encrypt plain.yaml >sealed.yaml 2>err || note "$(cat err)"
	opens $pair 0 "two groups of three, threshold 2" 1 3
	opens $pair 0 "two others" 2 3
	opens $pair 0 "all three" 1 2 3
	opens $pair 128 "one is too few" 2
	rule ''
	${pair% *} encrypt plain.yaml >sealed.yaml 2>err || note "$(cat err)"
	has sealed.yaml "shamir_threshold: 3" "without a threshold all are needed, says ${pair% *}"
	opens $pair 128 "two of three are too few then" 1 2
	opens $pair 0 "all three open it" 1 2 3
	${pair% *} encrypt --shamir-secret-sharing-threshold 2 plain.yaml >sealed.yaml 2>err || note "$(cat err)"
	opens $pair 0 "the option names a threshold" 1 2
done
for threshold in 1 4; do
	rule $threshold
	runs 1 "sops refuses a threshold of $threshold" sops encrypt plain.yaml
	runs 1 "so do we" hubsecrets encrypt plain.yaml
	has err "shamir_threshold is $threshold, with 3 key groups" "and say why"
done

# A change of a file of groups is a change that the other reads.
rule 2
sops encrypt plain.yaml >sealed.yaml
cat age-2.txt age-3.txt >some.txt
export SOPS_AGE_KEY_FILE="$T/some.txt"
runs 0 "a value of such a file is set" hubsecrets set sealed.yaml '["a"]' 7
is "$(sops decrypt --extract '["a"]' sealed.yaml)" 7 "sops reads it"
runs 0 "the data key is rotated" hubsecrets rotate -i sealed.yaml
is "$(sops decrypt --extract '["a"]' sealed.yaml)" 7 "sops reads it"
rule 3
runs 0 "the rule's threshold is applied" hubsecrets updatekeys -y sealed.yaml
has sealed.yaml "shamir_threshold: 3" "and stored"
runs 128 "two groups are too few then" sops decrypt sealed.yaml

# --- the report of a failure ------------------------------------------------------------------------------------------------

# same_words CLAIM VARIABLE=VALUE...: under the name of sops we say what sops says, to the letter.
mkdir drop-in
ln -s "$BIN/hubsecrets" drop-in/sops
same_words() {
	claim=$1
	shift
	env -u SOPS_AGE_KEY_FILE "$@" sops decrypt sealed.yaml 2>theirs </dev/null
	status=$?
	env -u SOPS_AGE_KEY_FILE "$@" drop-in/sops decrypt sealed.yaml 2>ours </dev/null
	is $? $status "$claim: the status of sops"
	same ours theirs "and its words"
}
hubsecrets encrypt --config /dev/null --age "$AGE2,$AGE1" plain.yaml >sealed.yaml
same_words "no key at all" NOTHING=
same_words "another key" SOPS_AGE_KEY_FILE=age-3.txt
rule 2
sops encrypt plain.yaml >sealed.yaml
same_words "one group of three" SOPS_AGE_KEY_FILE=age-3.txt

# --- the order of trying ---------------------------------------------------------------------------------------------------

hubsecrets encrypt --config /dev/null --age "$AGE2" plain.yaml >sealed.yaml
for program in sops hubsecrets; do
	runs 112 "$program refuses a kind twice" $program decrypt --decryption-order age,pgp,age sealed.yaml
	has err "Duplicate decryption key type: age" "in these words"
	runs 0 "$program takes unknown kinds" $program decrypt --decryption-order nothing,age sealed.yaml
done
done_testing
