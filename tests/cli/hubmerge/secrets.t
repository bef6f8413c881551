#!/bin/sh
# Layers under sops and git-crypt: opened in memory, refused when they are not what they should be, or masked.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

cp -R "$TOP/testdata/hubmerge/repository/." .
export SOPS_AGE_KEY_FILE="$TOP/testdata/hubmerge/age-key.txt"
layer=deployments/lab/secrets/staging.yaml
cp $layer sealed

# refused CLAIM WORDS HINT COMMAND...
refused() {
	what=$1 words=$2 hint=$3
	shift 3
	runs 1 "$what" "$@"
	has err "$words" "the message says so"
	has err "$hint" "and what to do"
	is "$(wc -c <out)" 0 "nothing is printed"
}

# --- in clear
hubsecrets decrypt sealed --input-type yaml --output-type yaml >$layer
refused "a secrets layer in clear is refused" "$layer: this secrets layer is in clear" "--allow-plaintext" hubmerge lab staging
runs 0 "and taken with --allow-plaintext" hubmerge lab staging --allow-plaintext
refused "--public refuses it too" "this secrets layer is in clear" "--allow-plaintext" hubmerge lab staging --public
printf '# nothing\na: {}\nb:\nc: ""\n' >$layer
runs 0 "a layer that holds no value hides none" hubmerge lab staging
printf 'a: 1\nb: [c\n' >$layer
refused "what does not parse is reported as that" "$layer:" "" hubmerge lab staging

# --- half encrypted
sed 's/\(client_secret: \)ENC.*/\1"in clear"/' sealed >$layer
refused "one value in clear" "$layer:7:" "hubsecrets" hubmerge lab staging
has err "a value in clear, which the rules of this file encrypt" "is named"
refused "--public finds it without a key" "a value in clear" "hubsecrets" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge lab staging --public
printf 'a: 1\nb: {c: two}\n' >none.yaml
hubsecrets encrypt --age "$(sed -n 's/.*recipient: //p' sealed)" --encrypted-regex '^nothing$' none.yaml >$layer
refused "a rule that encrypts nothing" "none of the 2 values in this secrets layer is encrypted" ".sops.yaml" hubmerge lab staging
runs 0 "is taken with --allow-plaintext" hubmerge lab staging --allow-plaintext

# --- without keys
cp sealed $layer
runs 0 "--public needs no key" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge lab staging --public
silent "and says nothing"
cp out public
runs 0 "with the key" hubmerge lab staging --public
same out public "the result is the same"
has out 'client_secret: (secret)' "a string has a stand-in"
has out 'octal: 0' "an integer another"
has out 'ratio: 0.5' "and a float"
has out '"yes": "no"' "what is not encrypted is shown"
hasnt out 'Gr33n' "no secret is"
hasnt out 'ENC[' "nor its ciphertext"
hubmerge lab staging | sed 's/:.*/:/' >keys.clear
is "$(grep -c client out)" "$(grep -c client keys.clear)" "the keys are those of the layers"
runs 0 "its layers are told" hubmerge lab staging --public -v
has err "$layer (masked)" "with what was done"

# --- git-crypt
if command -v git-crypt >/dev/null; then
	git init -q . && git config user.email a@b && git config user.name a
	printf 'deployments/*/secrets/** filter=git-crypt diff=git-crypt\n' >.gitattributes
	git-crypt init >/dev/null 2>&1
	printf 'jupyterhub: {hub: {config: {Canvas: {client_secret: under-git-crypt}}}}\n' >$layer
	git add -A && git commit -qm one
	runs 0 "an unlocked layer of git-crypt is taken" hubmerge lab staging
	has out "under-git-crypt" "as it is"
	runs 0 "--public leaves it out" hubmerge lab staging --public
	has err "left out: only a key of git-crypt shows what is in it" "and says so"
	hasnt out "under-git-crypt" "whatever a clone shows"
	cp out public
	git show HEAD:$layer >locked
	cp locked $layer
	runs 0 "ciphertext in the tree is opened with the clone's key" hubmerge lab staging
	has out "under-git-crypt" "in memory"
	runs 0 "--public in a locked clone" hubmerge lab staging --public
	same out public "has the same result"
	mv .git/git-crypt/keys/default .git/git-crypt/keys.away && rmdir .git/git-crypt/keys 2>/dev/null
	refused "without a key" "$layer: the file is encrypted by git-crypt and locked" "unlock" hubmerge lab staging
	rm -rf .git
	refused "outside of a repository" "is encrypted by git-crypt and locked" "unlock" hubmerge lab staging
	printf 'a: 1\n' >$layer
	refused "attributes count in a repository alone" "this secrets layer is in clear" "--allow-plaintext" hubmerge lab staging
fi

# --- files with secrets are their owner's
cp sealed $layer
umask 022
runs 0 "-o writes a file" hubmerge lab staging -o values.yaml
is "$(ls -l values.yaml | cut -c1-10)" "-rw-------" "for its owner alone"
done_testing
