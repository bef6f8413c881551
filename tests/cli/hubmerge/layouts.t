#!/bin/sh
# Repositories of any layout: by hubmerge.yaml, or by what is there.
. "${0%/*}/../../tap.sh"

put() { mkdir -p "$(dirname "$1")" && cat >"$1"; }

# --- a class with one file
mkdir class && cd class || exit 255
echo 'singleuser: {cpu: {limit: 2}}' >config.yaml
runs 0 "a class with one config.yaml needs no names" hubmerge
is "$(cat ../out)" "singleuser:
  cpu:
    limit: 2" "and is that file"
echo 'proxy: {secretToken: abc}' >secrets.yaml
runs 1 "a secrets.yaml beside it must be encrypted" hubmerge
has ../err "secrets.yaml: this secrets layer is in clear" "as the message says"
runs 0 "and lies on top" hubmerge --allow-plaintext
has ../out "secretToken: abc" "of the other"
runs 0 "--all is that one" hubmerge --all --allow-plaintext -o values
has values/values.yaml "secretToken: abc" "by the name of values.yaml"
echo 'layers: ["{hub}.yaml"]' >hubmerge.yaml
runs 0 "hubs without environments" hubmerge --all -o hubs
[ -f hubs/config.yaml ] && [ ! -d hubs/config ]; ok $? "have a file each"
runs 0 "and no second name" hubmerge config
cd ..

# --- the chart is the only one
mkdir -p pangeo && cd pangeo || exit 255
printf 'name: c\nversion: 1.0.0\n' | put pangeo-deploy/Chart.yaml
echo 'daskhub: {a: 1}' | put pangeo-deploy/values.yaml
echo 'daskhub: {b: 2}' | put deployments/ooi/config/prod.yaml
runs 0 "the only chart of a repository lies below" hubmerge ooi prod
is "$(cat ../out)" "daskhub:
  a: 1
  b: 2" "whatever its folder is called"
printf 'name: d\nversion: 1.0.0\n' | put other/Chart.yaml
echo '{}' | put other/values.yaml
runs 0 "of two, none" hubmerge ooi prod
hasnt ../out "a: 1" "is taken"
cd ..

# --- patterns
mkdir own && cd own || exit 255
put hubmerge.yaml <<'END'
# our own layout
chart: charts/jupyter
layers:
  - base.yaml
  - hubs/{hub}/all.yaml
  - hubs/{hub}/{env}.yaml
secrets: ["hubs/{hub}/secret/{env}.yaml"]
set-string:
  singleuser.image.tag: "latest-{env}, {hub}"
set-file: {hub.extraFiles.logo.stringData: "hubs/{hub}/logo.svg"}
END
echo 'cull: {every: 60}' | put charts/jupyter/values.yaml
echo 'base: 1' >base.yaml
echo 'all: roman' | put hubs/roman/all.yaml
echo 'env: prod' | put hubs/roman/prod.yaml
echo 'env: dev' | put hubs/roman/dev.yaml
printf '<svg/>\n' >hubs/roman/logo.svg
echo 'env: dev' | put hubs/tike/dev.yaml
printf 'x' >hubs/tike/logo.svg
runs 0 "hubmerge.yaml says where layers are" hubmerge roman prod
is "$(cat ../out)" 'cull:
  every: 60
base: 1
all: roman
env: prod
singleuser:
  image:
    tag: latest-prod, roman
hub:
  extraFiles:
    logo:
      stringData: |
        <svg/>' "and what is set besides"
runs 0 "what the command line sets comes last" hubmerge roman prod --set-string singleuser.image.tag=mine
has ../out "tag: mine" "and wins"
runs 0 "hubs and environments are found by the patterns" hubmerge --all -o values
is "$(find values -type f | sort | tr '\n' ' ')" "values/roman/dev.yaml values/roman/prod.yaml values/tike/dev.yaml " "and nothing else is one"
runs 1 "an unknown hub" hubmerge romen prod
has ../err "did you mean 'roman'? hubs here: roman, tike" "is told with what there is"
runs 1 "an unknown environment" hubmerge tike prod
has ../err "hub 'tike' has no environment 'prod'" "too"
runs 2 "a path for a hub" hubmerge ../own prod
runs 2 "a hub alone" hubmerge roman
mkdir -p hubs/roman/secret && echo '{}' >hubs/roman/secret/dev.yaml
runs 1 "a secrets layer that other environments have" hubmerge roman prod
has ../err "looked for 'hubs/roman/secret/prod.yaml'" "is missing"
rm -r hubs/roman/secret base.yaml
runs 1 "a layer that is named outright" hubmerge roman prod
has ../err "hubmerge.yaml:4:5: there is no layer 'base.yaml'" "must be there"
cd ..

# --- lists
mkdir lists && cd lists || exit 255
put hubmerge.yaml <<'END'
hubs:
  2i2c:
    staging: &b
      chart: helm/basehub
      layers: [common.values.yaml, staging.values.yaml]
      prefix: jupyterhub
    dask:
      chart: helm/daskhub
      layers: [common.values.yaml]
END
echo 'a: basehub' | put helm/basehub/values.yaml
echo 'a: daskhub' | put helm/daskhub/values.yaml
echo 'b: 1' >common.values.yaml
echo 'b: 2' >staging.values.yaml
runs 0 "every hub may have a list of its own" hubmerge 2i2c staging
is "$(tr '\n' ' ' <../out)" "a: basehub b: 2 " "of chart and layers"
runs 0 "another one" hubmerge 2i2c dask
is "$(tr '\n' ' ' <../out)" "a: daskhub b: 1 " "has its own"
runs 1 "what is not listed" hubmerge 2i2c prod
has ../err "environments here: dask, staging" "is not there"
rm staging.values.yaml
runs 1 "a listed file" hubmerge 2i2c staging
has ../err "hubmerge.yaml:5:36: there is no layer 'staging.values.yaml'" "must be there"
rm -r helm/daskhub
runs 1 "and a chart" hubmerge 2i2c dask
has ../err "hubmerge.yaml:8:14: there is no chart folder 'helm/daskhub'" "too"
cd ..

# --- hubploy's places, and a few words besides
mkdir usual && cd usual || exit 255
echo 'set-string: {hub.image.tag: "{hub}-{env}"}' >hubmerge.yaml
echo 'a: 1' | put deployments/common/config/all.yaml
echo 'b: 1' | put deployments/h/config/common.yaml
echo 'b: 2' | put deployments/h/config/dev.yaml
runs 0 "a hubmerge.yaml without layers" hubmerge h dev
is "$(tr '\n' ' ' <../out)" "a: 1 b: 2 hub:   image:     tag: h-dev " "goes by hubploy's"
runs 0 "its hubs" hubmerge --all -o values
is "$(find values -type f)" "values/h/dev.yaml" "are those that hubploy would find"
cd ..

# --- 2i2c's lists, without a hubmerge.yaml
mkdir clusters && cd clusters || exit 255
put config/clusters/ucsd/cluster.yaml <<'END'
name: ucsd
provider: gcp
hubs:
  - name: staging
    domain: staging.example.org
    helm_chart: basehub
    helm_chart_values_files:
      - common.values.yaml
      - enc-common.secret.values.yaml
      - staging.values.yaml
  - name: prod
    helm_chart: daskhub
    helm_chart_values_files: [common.values.yaml, enc-prod.secret.values.yaml]
END
printf 'hubs:\n- {name: prod, helm_chart: elsewhere, helm_chart_values_files: [../ucsd/common.values.yaml]}\n' | put config/clusters/other/cluster.yaml
echo 'jupyterhub: {a: chart}' | put helm-charts/basehub/values.yaml
echo 'jupyterhub: {a: dask}' | put helm-charts/daskhub/values.yaml
cd config/clusters/ucsd || exit 255
echo 'jupyterhub: {b: common, c: common, d: common}' >common.values.yaml
echo 'jupyterhub: {c: secret, d: secret}' >enc-common.secret.values.yaml
echo 'jupyterhub: {d: staging}' >staging.values.yaml
cd ../../..
runs 0 "a hub of a cluster" hubmerge ucsd staging --allow-plaintext
is "$(tr '\n' ' ' <../out)" "jupyterhub:   a: chart   b: common   c: secret   d: staging " "has the files of its list, in that order, over its chart"
runs 1 "a file whose name says that it is secret" hubmerge ucsd staging
has ../err "enc-common.secret.values.yaml: this secrets layer is in clear" "must be encrypted"
runs 1 "one that is missing" hubmerge ucsd prod
has ../err "hub 'ucsd' has no secrets layer for 'prod': looked for 'config/clusters/ucsd/enc-prod.secret.values.yaml'" "is told"
runs 0 "or left out" hubmerge ucsd prod --no-secrets
has ../out "a: dask" "over another chart"
runs 0 "a hub that shares a file" hubmerge other prod
is "$(tr '\n' ' ' <../out)" "jupyterhub:   b: common   c: common   d: common " "of another cluster"
runs 0 "all of them" hubmerge --all --no-secrets -o values
is "$(find values -type f | sort | tr '\n' ' ')" "values/other/prod.yaml values/ucsd/prod.yaml values/ucsd/staging.yaml " "are found"
runs 1 "a hub that is not listed" hubmerge ucsd dev
has ../err "environments here: prod, staging" "is not there"
printf 'hubs: [{name: x, helm_chart_values_files: [a.jsonnet]}]\n' | put config/clusters/j/cluster.yaml
runs 1 "Jsonnet" hubmerge ucsd staging
has ../err "config/clusters/j/cluster.yaml:1:44: a layer in Jsonnet" "is refused, with its place"
rm -r config/clusters/j config/clusters/ucsd/staging.values.yaml
runs 1 "a listed file that is not there" hubmerge ucsd staging --allow-plaintext
has ../err "config/clusters/ucsd/cluster.yaml:10:9: there is no layer" "has its place in the list"
mv config/clusters ours && echo 'clusters: "ours/{hub}/cluster.yaml"' >hubmerge.yaml
runs 0 "the lists may be elsewhere" hubmerge ucsd prod --no-secrets
cd ..

# --- mistakes in hubmerge.yaml: TEXT, then words of the message
mkdir wrong && cd wrong || exit 255
wrong() {
	printf "$1" >hubmerge.yaml
	runs 1 "$2" hubmerge a b
	has ../err "$3" "$2: where and what"
	[ -z "$4" ] || has ../err "$4" "$2: what to do"
}
wrong 'layer: [x]\n' "an unknown key" "hubmerge.yaml:1:1: there is no key 'layer' here" "did you mean 'layers'?"
wrong 'hubs: {a: {b: {chrat: x}}}\n' "one below a hub" "hubmerge.yaml:1:16: there is no key 'chrat' here" "did you mean 'chart'?"
wrong 'layers: ["{hub}/{envv}.yaml"]\n' "an unknown placeholder" "hubmerge.yaml:1:10: '{hub}/{envv}.yaml' has a '{'" ""
wrong 'layers: x\n' "a text for a list" "hubmerge.yaml:1:9: a list of file names" ""
wrong 'layers: [[x]]\n' "a list for a text" "hubmerge.yaml:1:10: a text is needed" ""
wrong 'chart: {a: b}\n' "a map for a text" "hubmerge.yaml:1:8: a text is needed" ""
wrong 'set-string: [a]\n' "a list for a map" "hubmerge.yaml:1:13: a map from paths" ""
wrong 'hubs: [a]\n' "hubs that are no map" "hubmerge.yaml:1:7: 'hubs' must be a map" ""
wrong 'hubs: {a: [b]}\n' "a hub that is no map" "hubmerge.yaml:1:11: a hub" ""
wrong 'text\n' "no map at all" "hubmerge.yaml:1:1: this file must be a map" ""
wrong 'layers: [x\n' "malformed YAML" "hubmerge.yaml:2:1:" ""
wrong 'layers: [a]\nlayers: [b]\n' "a key twice" "hubmerge.yaml:2:1: the key 'layers' is there twice" ""
wrong 'layers: ["{hub}-{env}.yaml"]\n' "two names in one" "hubmerge.yaml:1:10: a hub and an environment in one file name" "'hubs'"
done_testing
