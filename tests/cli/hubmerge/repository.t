#!/bin/sh
# HUB ENV in a repository: which layers, in which order, over which chart.
. "${0%/*}/../../tap.sh"

cp -R "$TOP/testdata/hubmerge/repository/." .
export SOPS_AGE_KEY_FILE="$TOP/testdata/hubmerge/age-key.txt"
want=$TOP/testdata/hubmerge

runs 0 "a hub with secrets under an age key resolves" hubmerge lab staging
silent "without a word"
same out "$want/full.yaml" "into what its layers and chart say"
runs 0 "without the chart it resolves, too" hubmerge lab staging --user-only
same out "$want/user.yaml" "into what its layers say"

runs 0 "what was left to Helm can be asked for" hubmerge lab staging -v
has err "left to Helm: 'jupyterhub.hub.nodeSelector' of the chart (it holds a null)" "it is named, with the reason"
has err "layer 3: deployments/lab/secrets/staging.yaml (decrypted)" "and so are the layers"
has err "below them: hub/values.yaml" "and the chart"
same out "$want/full.yaml" "the output is the same"

mkdir -p secrets/deployments/lab/secrets deployments/common/config
echo 'nfs: {server: 10.0.0.9}' >secrets/deployments/lab/secrets/staging.yaml
echo 'nfs: {server: 10.0.0.7, path: /all}' >deployments/common/config/all.yaml
runs 0 "a second place for secrets and a layer for all hubs" hubmerge lab staging -u --allow-plaintext
has out "server: 10.0.0.9" "the second place lies on top"
has out "path: /all" "the layer for all hubs below"
rm -r secrets deployments/common

echo 'nfs: {server: 10.0.0.3}' >more.yaml
runs 0 "-f adds a layer on top" hubmerge lab staging -u -f more.yaml
has out "server: 10.0.0.3" "whose values win"

# Its name is close to "explain", and it is no file.
runs 0 "a hub that has no secrets in any environment needs none" hubmerge plain prod
silent "without a word"
has out "enabled: false" "its values are there"
has out "server: 10.0.0.1" "and those of the chart"

mkdir other
echo 'nfs: {other: 1}' >other/values.yaml
runs 0 "another chart can be named" hubmerge plain prod --chart other
has out "other: 1" "and lies below"
hasnt out "server" "in place of the usual one"
mkdir bare
runs 0 "a chart without values.yaml has no defaults" hubmerge plain prod --chart bare
hasnt out "server" "so the layers are all there is"
rm -r hub
runs 0 "without any chart" hubmerge plain prod
is "$(cat out)" "nfs:
  enabled: false" "the layers are all there is"
done_testing
