#!/bin/sh
# Bad input: one clear message, exit status 1, nothing on standard output.
. "${0%/*}/../../tap.sh"

export SOPS_AGE_KEY_FILE="$TOP/testdata/hubmerge/age-key.txt"
secrets=deployments/lab/secrets/staging.yaml

fresh() { rm -rf repository && cp -R "$TOP/testdata/hubmerge/repository" . && cd repository; }

# refuses CLAIM WORDS COMMAND...: fails with status 1, these words in its message, and prints nothing.
refuses() {
	claim=$1 words=$2
	shift 2
	runs 1 "$claim" "$@"
	has "$T/err" "$words" "$claim: the message says it"
	is "$(wc -c <"$T/out")" 0 "$claim: nothing is printed"
}

fresh
refuses "an unknown hub" "there is no hub 'lba'" hubmerge lba staging
has "$T/err" "did you mean 'lab'? hubs here: lab, plain" "what there is instead is listed"
refuses "an unknown environment" "hub 'lab' has no environment 'stagin'" hubmerge lab stagin
has "$T/err" "did you mean 'staging'? environments here: prod, staging" "what there is instead is listed"
refuses "a chart that is not there" "there is no chart folder 'elsewhere'" hubmerge lab staging --chart elsewhere
refuses "a file that is not there" "cannot read layer 'elsewhere.yaml': No such file" hubmerge -f elsewhere.yaml
(cd / && hubmerge lab staging) >"$T/out" 2>"$T/err"
is $? 1 "outside of a repository"
has "$T/err" "there is no 'deployments' folder here" "the message says so"

refuses "a missing secrets layer" "hub 'lab' has no secrets layer for 'prod': looked for 'deployments/lab/secrets/prod.yaml' and 'secrets/deployments/lab/secrets/prod.yaml'" \
	hubmerge lab prod
has "$T/err" "without it 'jupyterhub.hub.config' stays null (deployments/lab/config/common.yaml:3), which removes that map of the chart" \
	"what is lost is named"
has "$T/err" "--no-secrets" "and how to go on"
runs 0 "--no-secrets goes on" hubmerge lab prod --no-secrets
has "$T/err" "warning: deployments/lab/config/common.yaml:3:12: 'jupyterhub.hub.config': this null removes what the chart has there" \
	"with a warning for each such null"
has "$T/out" "config: null" "and keeps the null"
runs 0 "--no-secrets leaves layers out that are there" hubmerge lab staging --no-secrets
hasnt "$T/out" "Canvas" "without opening them"
runs 0 "which needs no key" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge lab staging --no-secrets

printf 'a: {b: 1\nc: [\n' >broken.yaml
refuses "malformed YAML" "broken.yaml:2:" hubmerge -f broken.yaml
printf 'a: 1\n---\nb: 2\n' >two.yaml
refuses "a second document" "two.yaml:3:1: a second document" hubmerge -f two.yaml
printf '[1, 2]\n' >list.yaml
refuses "a list at the top" "list.yaml:1:1: the values are a list" hubmerge -f list.yaml
printf '1: a\n"1": b\n' >collide.yaml
refuses "keys that collide" "collide.yaml:2:1: two keys become '1'" hubmerge -f collide.yaml
printf 'a:\n  b: .inf\n' >inf.yaml
refuses "an infinity" "inf.yaml:2:6: Helm has no number" hubmerge -f inf.yaml

# --- ciphertext
printf 'a:\n  - ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n' >left.yaml
refuses "a value that is still encrypted" "left.yaml:2:5: an encrypted value is left in the result at 'a[0]'" hubmerge -f left.yaml
mkdir chart && printf 'sops: {mac: x}\n' >chart/values.yaml && : >empty.yaml
refuses "a sops entry in the chart" "'sops' entry is left in the result" hubmerge -f empty.yaml --chart chart
printf '\0GITCRYPT\0abcdefghijklmnopqrstuvwxyz' >$secrets
refuses "a file that git-crypt keeps locked" "$secrets: the file is encrypted by git-crypt and locked" hubmerge lab staging
has "$T/err" "unlock" "the hint says what to do"

cd "$T" && fresh
cp $secrets "$T/sealed"
sed '/Canvas/,$s/data:U3/data:V3/' "$T/sealed" >$secrets
refuses "a tampered value" "$secrets:7:" hubmerge lab staging
sed 's/^\( *\)client_secret:/\1moved_secret:/' "$T/sealed" >$secrets
refuses "a value that was moved" "$secrets:7:" hubmerge lab staging
sed 's/"10000000012345"/x/; s/            int: 0x10/            int: 0x11/' "$T/sealed" >$secrets
refuses "a value in clear that was changed" "MAC" hubmerge lab staging
sed '/^    mac:/d' "$T/sealed" >$secrets
refuses "a missing MAC" "MAC" hubmerge lab staging
cp "$T/sealed" $secrets
refuses "no key at hand" "$secrets: no key at hand opens this file" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge lab staging
has "$T/err" "cannot read '/nonexistent'" "why is said for each key"
cmp -s $secrets "$T/sealed"
ok $? "no file is changed"
done_testing
