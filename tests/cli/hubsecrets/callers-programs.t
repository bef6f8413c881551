#!/bin/sh
# Programs that call sops, by their own command lines: each row of what was collected from the callers, replayed with ours under that name.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
mkdir keys && mv age-1.txt keys/ && export SOPS_AGE_KEY_FILE=$T/keys/age-1.txt

printf 'a: x\nb: 5\nlist:\n    - 1\n    - a\nm:\n    c: "y"\n' >p.yaml
printf '{\n\t"key1": "value1",\n\t"n": 5\n}\n' >p.json
printf 'A=1\nB=x y\n' >p.env
printf '[s]\na = 1\n' >p.ini
printf 'apiVersion: v1\nkind: Config\n' >p.cfg
for file in p.yaml p.json p.env p.ini p.cfg; do sops -e --age $AGE $file >e.${file#p.}; done
cp e.yaml noext

# accepted CLAIM COMMAND...: it succeeds without a word on standard error.
accepted() {
	tap_claim=$1
	shift
	runs 0 "$tap_claim" "$@" && silent "$tap_claim: in silence"
}
# printed FILE: that is what came.
printed() { same out "$1" "the text is that of $1"; }

# hubploy: a temporary file that it holds open, and removes by name
for type in yaml json cfg; do
	: >held && chmod 600 held
	accepted "hubploy: .$type" sh -c "exec 9<held; sops --output held --decrypt e.$type"
	same held p.$type "hubploy: the layer is there under the name"
	is "$(ls -l held | cut -c1-10)" -rw------- "hubploy: for nobody else"
done
runs 1 "hubploy: a layer that is not encrypted" sops --output held --decrypt p.yaml
has err "sops metadata not found" "hubploy: is told"

# datahub's CI
for type in yaml json; do
	cp e.$type F.$type
	accepted "CI: -d -i F.$type" sops -d -i F.$type
	same F.$type p.$type "CI: which is plain then"
done
accepted "CI: -d F >OUT" sh -c 'sops -d e.yaml >OUT'
same OUT p.yaml "CI: and the file is there"

# helm-secrets
runs 0 "helm-secrets: with all its arguments" sops --verbose --output-type '"yaml"' --decrypt --input-type yaml --output-type yaml e.yaml
printed p.yaml
has err "Data key recovered successfully" "helm-secrets: and the words that its tests want"
accepted "helm-secrets: --output" sops --decrypt --input-type yaml --output-type yaml --output held e.yaml
accepted "helm-secrets: standard input" sh -c 'sops --decrypt --input-type json --output-type json /dev/stdin <e.json'
printed p.json
cp p.yaml s.yaml
accepted "helm-secrets: --encrypt --in-place" sops --age $AGE --encrypt --input-type yaml --output-type yaml --in-place s.yaml
grep -q '^ *mac: .*,type:str]$' s.yaml; ok $? "helm-secrets: a line that it knows an encrypted file by"
grep -qx 'sops:' s.yaml; ok $? "helm-secrets: and one for YAML"
sops -e --age $AGE p.cfg | grep -q '"data": "ENC'; ok $? "helm-secrets: and one for binary files"
printf 'sed -i s/x/z/ "$1"\n' >ed.sh
SOPS_EDITOR="sh $T/ed.sh" accepted "helm-secrets: edit" sops --input-type yaml --output-type yaml s.yaml
is "$(sops -d --extract '["a"]' s.yaml)" z "helm-secrets: which changes the file"

# community.sops
runs 0 "community.sops: the version" sops --version --disable-version-check
grep -Eq '^sops ([0-9]+)\.([0-9]+)\.([0-9]+)' out; ok $? "community.sops: is one that it can read"
printf 'creation_rules:\n  - age: %s\n' $AGE >c.yaml
accepted "community.sops: decrypt" sops --config c.yaml decrypt --aws-profile p --enable-local-keyservice=true --input-type yaml --output-type yaml e.yaml
printed p.yaml
accepted "community.sops: --extract with single quotes" sops decrypt --extract "['m']['c']" --output-type json e.yaml
is "$(cat out)" y "community.sops: the value alone"
accepted "community.sops: standard input" sh -c 'sops decrypt --input-type yaml --output-type json /dev/stdin <e.yaml'
accepted "community.sops: encrypt" sh -c "sops --config c.yaml encrypt --input-type yaml --output-type yaml --age $AGE,$AGE2 --unencrypted-regex '^b$' --filename-override n.yaml /dev/stdin <p.yaml"
has out 'unencrypted_regex: ^b$' "community.sops: the rule as sops writes it"
has out 'b: 5' "community.sops: and what it leaves in clear"
runs 0 "community.sops: encrypt JSON" sh -c "sops encrypt --age $AGE --unencrypted-regex '^key1$' --filename-override n.json /dev/stdin <p.json"
has out '"unencrypted_regex": "^key1$"' "community.sops: in the letters that it compares"
has out '"key1": "value1"' "community.sops: both"
accepted "community.sops: filestatus" sops filestatus e.yaml
is "$(cat out)" '{"encrypted":true}' "community.sops: is an object"
accepted "community.sops: filestatus of plaintext" sops filestatus p.yaml
is "$(cat out)" '{"encrypted":false}' "community.sops: is one as well"
for from in yaml json; do
	for to in yaml json; do
		cp p.$from lying.env
		accepted "community.sops: $from in a .env, encrypted as $from" sops encrypt --age $AGE --input-type $from --output-type $from --output lying.ini lying.env
		accepted "community.sops: and decrypted to $to" sops decrypt --input-type $from --output-type $to lying.ini
	done
done
accepted "community.sops: a binary file shown as YAML" sops decrypt --input-type binary --output-type yaml e.cfg
is "$(head -n 1 out)" "data: |" "community.sops: as its one value"
SOPS_AGE_KEY_FILE=/dev/null runs 128 "community.sops: without a key" sops decrypt e.yaml
SOPS_AGE_KEY=$(grep AGE-SECRET keys/age-1.txt) SOPS_AGE_KEY_FILE='' accepted "community.sops: SOPS_AGE_KEY" sops decrypt e.yaml

# VS Code: a file without an extension, in the folder of temporary ones
accepted "VS Code: decrypt" sops --aws-profile p --ignore-mac --config /dev/null --output-type yaml --input-type yaml --decrypt noext
printed p.yaml
printf 'cp %s "$1"\n' "$T/changed" >ed.sh
sed 's/x/changed/' p.yaml >changed
SOPS_EDITOR= EDITOR="sh $T/ed.sh" accepted "VS Code: edit" sops --ignore-mac --config /dev/null --output-type yaml --input-type yaml noext
is "$(sops -d --input-type yaml --output-type yaml --extract '["a"]' noext)" changed "VS Code: the file has the change"
cp p.yaml new
accepted "VS Code: a new file, the last --config wins" sops --config /dev/null --config c.yaml --input-type yaml --output-type yaml --encrypt new
grep -q $AGE out; ok $? "VS Code: with the recipients of that one"

# sopsy, pydantic-settings-sops
accepted "sopsy: decrypt" sops --config c.yaml decrypt --extract '["m"]' --input-type yaml --output-type json e.yaml
is "$(tr -d '\n\t ' <out)" '{"c":"y"}' "sopsy: a map as JSON"
cp e.yaml r.yaml
accepted "sopsy: rotate" sops --config c.yaml rotate --in-place r.yaml
accepted "sopsy: standard input" sh -c 'sops --config c.yaml decrypt --filename-override dummy.yaml <e.yaml'
printed p.yaml
accepted "sopsy: encrypt standard input" sh -c 'sops --config c.yaml encrypt --filename-override dummy.json <p.json'

# inmanta
runs 0 "inmanta: -v" sops -v
head -n 1 out | grep -Eq '^sops ([0-9]+\.[0-9]+\.[0-9]+)[^0-9]?'; ok $? "inmanta: a version"
accepted "inmanta: decrypt" sh -c 'sops decrypt --filename-override file.yaml --output-type json <e.yaml'
mkdir 'a folder' && printf 'cat "$1"; read line; echo "got $line"\n' >'a folder/ed it.sh'
SOPS_EDITOR='sh '$T'/a\ folder/ed\ it.sh'
export SOPS_EDITOR
echo typed | sops edit e.yaml >out 2>err
is $? 200 "inmanta: an editor that changes nothing"
{ cat p.yaml; echo "got typed"; } >want
same out want "inmanta: has standard input and output"
unset SOPS_EDITOR

# sops-mcp: an empty home
mkdir nowhere
HOME=$T/nowhere XDG_CONFIG_HOME=$T/nowhere accepted "sops-mcp: encrypt" sops --config c.yaml encrypt --age $AGE --encrypted-regex '^a$' --input-type yaml --output-type yaml p.yaml
HOME=$T/nowhere XDG_CONFIG_HOME=$T/nowhere accepted "sops-mcp: decrypt" sops --config c.yaml decrypt --input-type yaml --output-type yaml e.yaml

# node's sops-wrapper and the small ones
accepted "node sops-wrapper: throws at any word on standard error" sops --decrypt e.json
accepted "restic-backups: decrypt" sops --decrypt --output-type json e.yaml
accepted "github-to-sops: encrypt" sops --age $AGE --encrypt --in-place new
printf 'creation_rules:\n  - age: %s,%s\n' $AGE $AGE2 >.sops.yaml
cp e.yaml u.yaml
runs 0 "github-to-sops: updatekeys -y" sops updatekeys -y u.yaml
is "$(grep -c recipient: u.yaml)" 2 "github-to-sops: gives the file the keys of its rule"
rm .sops.yaml
accepted "configs: --in-place --decrypt" sops --in-place --decrypt new
accepted "sops-checker: standard input" sh -c 'sops --ignore-mac --input-type yaml --output-type yaml --decrypt /dev/stdin <e.yaml'

# checks of files: every value outside "sops" begins with ENC[
sops -d --output-type json e.yaml >/dev/null && sed '/^sops:/,$d' e.yaml | grep -v 'ENC\[AES256_GCM,\|:$'
is $? 1 "pre-commit checks: every value of a YAML file is a container"
grep -q '^    version: [0-9]' e.yaml; ok $? "pre-commit checks: and the version is there"

# direnv
sops encrypt --age $AGE p.env >d.env
accepted "direnv: dotenv of a dotenv file" sops -d --output-type dotenv d.env
printed p.env
printf 'K: v w\nN: 1\n' >flat.yaml && sops encrypt -i --age $AGE flat.yaml
accepted "direnv: dotenv of a flat YAML file" sops -d --output-type dotenv flat.yaml
is "$(cat out)" "K=v w
N=1" "direnv: lines of KEY=value"

# git textconv never opens an editor
export SOPS_EDITOR=false
for form in -d --decrypt decrypt '-d --config /dev/null'; do
	accepted "git textconv: '$form'" sops $form e.yaml
	printed p.yaml
done
runs 1 "git textconv: a mistyped verb" sops decrpyt e.yaml
has err "did you mean 'decrypt'" "git textconv: is no file to edit"
unset SOPS_EDITOR
done_testing
