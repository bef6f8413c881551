#!/bin/sh
# Layers under git-crypt and in clear, several hubs, service tokens with two ends, and wrappers of other names.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

mkdir repo && cd repo && git init -q . || exit 255
# hub NAME ENV TOKEN: a secrets layer
hub() {
	mkdir -p deployments/$1/config deployments/$1/secrets
	printf 'hub:\n  db: {}\n' >deployments/$1/config/$2.yaml
	printf '# of %s\nproxy:\n  secretToken: %s # here\n' $1 $3 >deployments/$1/secrets/$2.yaml
}
hubcrypt init 2>/dev/null
echo 'deployments/*/secrets/** filter=git-crypt diff=git-crypt' >.gitattributes
hub one prod aaaa
hub two prod bbbb
hub two staging cccc
hub three staging dddd
git add . && git commit -qm first
token() { sed -n 's/^  secretToken: //p' deployments/$1/secrets/$2.yaml; }

runs 0 "a layer that git encrypts" hubrotate one prod proxy-token
token one prod | grep -qxE '"[0-9a-f]{64}" # here'; ok $? "is changed in the working tree"
is "$(head -n 1 deployments/one/secrets/prod.yaml)" "# of one" "and nothing else in it"
git commit -qam rotated
git cat-file blob HEAD:deployments/one/secrets/prod.yaml | head -c 9 | tr '\0' . | grep -q GITCRYPT; ok $? "what is committed is ciphertext"
runs 0 "its age" hubrotate one prod proxy-token --age --json
has "$T/out" '"encryption":"git-crypt"' "is told from encrypted versions"
has "$T/out" "\"commit\":\"$(git rev-parse HEAD)\"" "with the commit"

runs 0 "all hubs of an environment" hubrotate --all prod proxy-token
is "$(git status --porcelain | wc -l | tr -d ' ')" 2 "are rotated"
[ "$(token one prod)" != "$(token two prod)" ]; ok $? "each to a value of its own"
is "$(token two staging)" "cccc # here" "other environments stay"
git commit -qam all
sed -i 's/secretToken.*/x: 1/' deployments/one/secrets/prod.yaml && git commit -qam absent
runs 1 "of several hubs, one that fails" hubrotate --all prod proxy-token
has "$T/err" "one prod: no layer has any of JupyterHub's secrets" "is told"
has "$T/err" "1 of 2 hubs failed" "and counted"
is "$(git status --porcelain)" " M deployments/two/secrets/prod.yaml" "the others are rotated"
git commit -qam some
runs 1 "an environment that no hub has" hubrotate --all nowhere all
has "$T/err" "no hub has the environment 'nowhere'" "is told"

cp deployments/two/secrets/prod.yaml ../open
hubcrypt export-key ../key && hubcrypt lock
runs 1 "a locked layer is refused" hubrotate two prod proxy-token
has "$T/err" "hubcrypt unlock" "with what to do"
is "$(git status --porcelain)" "" "and stays as it is"
hubcrypt unlock ../key

# --- in clear, and not under a filter: named by its folder alone
echo >.gitattributes && git add -A && git commit -qm clear --no-verify
runs 1 "a secrets layer in clear is refused" hubrotate two staging proxy-token
has "$T/err" "this secrets layer is in clear" "with the reason"

# --- both ends of a service token, and a wrapper found by the values
layer=deployments/gate/secrets/prod.yaml
mkdir -p deployments/gate/config deployments/gate/secrets && echo 'a: 1' >deployments/gate/config/prod.yaml
cat >$layer <<'END'
daskhub:
  jupyterhub:
    hub:
      services:
        dask-gateway:
          apiToken: 'shared'
  dask-gateway:
    gateway:
      auth:
        jupyterhub:
          apiToken: shared
END
hubsecrets encrypt --age $AGE -i $layer && git add . && git commit -qm gate
runs 1 "a service token with another end" hubrotate gate prod service-token dask-gateway
has "$T/err" "is also at 'daskhub.dask-gateway.gateway.auth.jupyterhub.apiToken' ($layer:11)" "is refused, with its place"
has "$T/err" "--copies" "and what to do"
runs 0 "--copies" hubrotate gate prod service-token dask-gateway --copies
has "$T/out" "and its copy daskhub.dask-gateway.gateway.auth.jupyterhub.apiToken" "tells of both"
is "$(hubsecrets decrypt --extract '["daskhub"]["jupyterhub"]["hub"]["services"]["dask-gateway"]["apiToken"]' $layer)" \
	"$(hubsecrets decrypt --extract '["daskhub"]["dask-gateway"]["gateway"]["auth"]["jupyterhub"]["apiToken"]' $layer)" "which are equal"
git commit -qam gate

# --- anchors, and several places that could be JupyterHub's
cat >$layer <<'END'
jupyterhub:
  proxy:
    secretToken: &token shared
other:
  proxy:
    secretToken: x
END
hubsecrets encrypt --age $AGE -i $layer && git commit -qam anchor
runs 1 "two places" hubrotate gate prod proxy-token
has "$T/err" "--prefix" "are asked about"
runs 0 "--prefix" hubrotate gate prod proxy-token --prefix other
git commit -qam other
runs 1 "a token with an anchor" hubrotate gate prod proxy-token --prefix jupyterhub
has "$T/err" "shares its value with another place" "is refused"

# --- an alias of the chart's
mkdir hub && echo 'a: 1' >hub/values.yaml
printf 'apiVersion: v2\nname: hub\nversion: 1.0.0\ndependencies:\n  - {name: jupyterhub, alias: jh, version: 1.0.0}\n' >hub/Chart.yaml
cat >$layer <<'END'
jh:
  hub:
    services:
      metrics:
        apiToken: shared
  singleuser:
    extraEnv:
      - name: TOKEN
        value: shared
other:
  proxy:
    secretToken: x
END
hubsecrets encrypt --age $AGE -i $layer && git add . && git commit -qm alias
runs 0 "the chart's own name for JupyterHub" hubrotate gate prod service-token metrics --copies
has "$T/out" "jh.hub.services.metrics.apiToken, $layer:5" "is found in its dependencies"
has "$T/out" "and its copy jh.singleuser.extraEnv.0.value" "as is a copy in a list"
hubsecrets decrypt $layer | grep -q shared; ok $((!$?)) "both are changed"

# --- key groups
cat "$T/age-1.txt" "$T/age-2.txt" >"$T/both.txt"
printf 'creation_rules:\n  - {shamir_threshold: 2, key_groups: [{age: [%s]}, {age: [%s]}]}\n' $AGE $AGE2 >.sops.yaml
printf 'jh:\n  proxy:\n    secretToken: abc\n' >$layer
hubsecrets encrypt -i $layer && git add . && git commit -qm groups
runs 1 "one of two groups is not enough" hubrotate gate prod proxy-token
runs 0 "a file with key groups" env SOPS_AGE_KEY_FILE="$T/both.txt" hubrotate gate prod proxy-token
is "$(git diff -U0 -- $layer | grep -c '^+ .*recipient')" 0 "keeps its key entries"
SOPS_AGE_KEY_FILE=$T/both.txt hubsecrets decrypt $layer | grep -qE 'secretToken: "[0-9a-f]{64}"'; ok $? "and opens"
done_testing
