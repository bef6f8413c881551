#!/bin/sh
# Where keys of a new file come from: the options, the configuration above the working directory, or the one above the file.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

ln -s "$BIN/hubsecrets" sops
mkdir -p repo/secrets elsewhere
printf 'a: 1\n' >repo/secrets/new.yaml
printf 'creation_rules:\n  - path_regex: ^secrets/\n    age: %s\n' $AGE >repo/.sops.yaml
cd elsewhere || exit 255

runs 0 "a configuration above the file is found from another folder" hubsecrets encrypt ../repo/secrets/new.yaml
has "$T/out" "recipient: $AGE" "and its rule applies, relative to it"
runs 1 "under the name of sops it is not" "$T/sops" encrypt ../repo/secrets/new.yaml
has "$T/err" "config file not found, or has no creation rules" "in the words of sops"
printf 'a: 1\n' >alone.yaml
mkdir deep
runs 1 "nothing is encrypted" hubsecrets encrypt alone.yaml
has "$T/err" "there is no '.sops.yaml' in '$T/elsewhere' or above" "and the places are named"
cd deep || exit 255
runs 1 "nor for a file somewhere else" hubsecrets encrypt --filename-override /proc/alone.yaml ../alone.yaml
has "$T/err" "in '/proc', or above them" "where both are named"
cd .. || exit 255

printf 'creation_rules:\n  - path_regex: nothing-of-this\n    age: %s\n' $AGE2 >.sops.yaml
runs 0 "keys that are named win over a missing rule" hubsecrets encrypt --age $AGE alone.yaml
has "$T/out" "recipient: $AGE" "they are the recipients"
runs 1 "without them a missing rule is a failure" hubsecrets encrypt alone.yaml
has "$T/err" "no rule of '$T/elsewhere/.sops.yaml' matches 'alone.yaml'" "which names the configuration and the file"
has "$T/err" "name recipients" "and that named keys need none"
runs 1 "under the name of sops it is one with them, too" "$T/sops" encrypt --age $AGE alone.yaml
is "$(cat "$T/err")" "error loading config: no matching creation rules found" "in the words of sops"
done_testing
