#!/bin/sh
# --all: every hub of a repository in one run, into a folder.
. "${0%/*}/../../tap.sh"

cp -R "$TOP/testdata/hubmerge/repository/." .
export SOPS_AGE_KEY_FILE="$TOP/testdata/hubmerge/age-key.txt"
umask 022

runs 1 "one hub that fails does not stop the others" hubmerge --all -o values
has err "lab prod: hub 'lab' has no secrets layer for 'prod'" "it is named, with the reason"
has err "of 3 failed" "and so is how many there are"
same values/lab/staging.yaml "$TOP/testdata/hubmerge/full.yaml" "another is what it is alone"
[ -s values/plain/prod.yaml ]; ok $? "and so are all"
[ ! -e values/lab/prod.yaml ]; ok $? "the one that failed has no file"
is "$(ls -ld values | cut -c1-10)" "drwx------" "the folder is its owner's"
is "$(ls -l values/lab/staging.yaml | cut -c1-10)" "-rw-------" "and so are the files"
is "$(ls -A values/lab | tr '\n' ' ')" "staging.yaml " "nothing else is left there"
is "$(wc -c <out)" 0 "nothing is printed"

echo old >values/lab/prod.yaml
runs 1 "a file of an earlier run" hubmerge --all -o values
is "$(cat values/lab/prod.yaml)" "old" "is left as it was when its hub fails"

rm deployments/lab/config/prod.yaml
runs 0 "when none fails" hubmerge --all -o values
silent "nothing is said"
find values -type f -exec cksum {} + | sort >first
hubmerge --all -o values && find values -type f -exec cksum {} + | sort >second
same second first "a second run gives the same"
runs 0 "one hub in all its environments" hubmerge --all lab -o one
is "$(find one -type f | tr '\n' ' ')" "one/lab/staging.yaml " "and no other"
runs 0 "without a folder all are checked" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge --all --public
is "$(wc -c <out)" 0 "and nothing is printed"
runs 1 "without keys" env SOPS_AGE_KEY_FILE=/nonexistent hubmerge --all
has err "lab staging: no key at hand opens this file" "each hub that has secrets fails"
hasnt err "plain prod" "and the others do not"

runs 2 "an environment cannot be named" hubmerge --all lab staging
runs 2 "standard output cannot hold them" hubmerge --all -o -
runs 2 "and standard input cannot be read for each" hubmerge --all -f -
runs 1 "an unknown hub" hubmerge --all lba -o x
has err "there is no hub 'lba'" "is told"
echo x >file
runs 1 "a file in place of the folder" hubmerge --all -o file
mkdir empty && cd empty || exit 255
runs 1 "where there is no hub" hubmerge --all
has ../err "there are no hubs here" "the message says so"
done_testing
