#!/bin/sh
# Mistakes in the command line: exit status 2, a hint, nothing on standard output.
. "${0%/*}/../../tap.sh"

mkdir -p deployments/lab/config
echo 'a: 1' >deployments/lab/config/prod.yaml

misused() { claim=$1 words=$2; shift 2; runs 2 "$claim" "$@"; has err "$words" "$claim: the message says it"; is "$(cat out)" "" "$claim: nothing is printed"; }

misused "nothing to merge" "nothing to merge" hubmerge
misused "a hub alone" "an environment is missing" hubmerge lab
misused "a word too many" "more than 'hubmerge' takes: 'extra'" hubmerge lab prod extra
misused "an unknown option" "--chrat" hubmerge lab prod --chrat x
misused "a path for a hub" "'deployments/lab' is no name of a hub" hubmerge deployments/lab prod
misused "a path for an environment" "'config/prod' is no name of an environment" hubmerge lab config/prod
misused "the layer that all environments share" "'common' is no name of an environment" hubmerge lab common

runs 0 "--help explains" hubmerge --help
has out "--no-secrets" "the options"
runs 0 "--version tells" hubmerge --version
has out "hubmerge " "the version"
runs 0 "options may stand anywhere" hubmerge lab --user-only prod
is "$(cat out)" "a: 1" "and mean the same"
done_testing
