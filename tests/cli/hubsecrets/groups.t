#!/bin/sh
# Key groups added and deleted: the same data key, in other shares.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
cat age-1.txt age-2.txt >both.txt
encrypted a <<'END'
x: secret
END
groups() { grep -c 'recipient:' "$1"; }
threshold() { sed -n 's/^    shamir_threshold: //p' "$1"; }

runs 0 "a group is added" hubsecrets groups add --file a.enc.yaml --age $AGE2
is "$(groups out)/$(threshold out)" "2/2" "and both are needed"
is "$(grep -c '^x:' out)/$(grep '^x:' out)" "1/$(grep '^x:' a.enc.yaml)" "the values stay"
is "$(groups a.enc.yaml)" 1 "the file stays, without --in-place"
cp out two.yaml
runs 128 "one key opens it no longer" hubsecrets decrypt two.yaml
export SOPS_AGE_KEY_FILE=$T/both.txt
runs 0 "both do" hubsecrets decrypt two.yaml
same out a.yaml "to what it was"
runs 0 "a third group, with a threshold" sops groups add --shamir-secret-sharing-threshold 2 -i -f two.yaml --age $AGE2,$AGE
silent "is added in silence"
is "$(groups two.yaml)/$(threshold two.yaml)" "4/2" "in place"

runs 0 "a group is deleted" hubsecrets groups delete -f two.yaml 1
is "$(groups out)/$(threshold out)" "3/2" "and the threshold stays"
cp out less.yaml
runs 0 "what is left" hubsecrets decrypt less.yaml
same out a.yaml "opens the file"
cp less.yaml before
runs 1 "fewer groups than the threshold" sops groups delete -i -f less.yaml 0
has err "removing this key group will make the Shamir threshold impossible to satisfy: Shamir threshold is 2, but we only have 1 key groups" \
    "is refused in the words of sops"
same less.yaml before "and the file is as it was"
runs 0 "but for a smaller threshold" hubsecrets groups delete -i --shamir-secret-sharing-threshold 1 -f less.yaml 1
is "$(groups less.yaml)/$(threshold less.yaml)" "1/" "which one group does not need"
runs 0 "and the only group" hubsecrets decrypt less.yaml
same out a.yaml "opens the file"

for wrong in 'delete -f a.enc.yaml 5' 'delete -f a.enc.yaml' 'delete -f a.enc.yaml x' 'delete -f a.enc.yaml -- -1' 'delete -f a.enc.yaml 0' \
    "add -f a.enc.yaml" "add a.enc.yaml --age $AGE2" "add -f a.yaml --age $AGE2" "add -f a.enc.yaml --age junk" "add --age $AGE2" \
    "add -f a.enc.yaml --age $AGE2 --shamir-secret-sharing-threshold 1" "add -f a.enc.yaml --age $AGE2 --shamir-secret-sharing-threshold 3" \
    '' 'other' 'delete 0'; do
	runs 1 "'groups $wrong'" sops groups $wrong
	[ ! -s out ]; ok $? "prints nothing"
done
runs 2 "a missing file" sops groups add -f absent.yaml --age $AGE2
has err absent.yaml "is named"
runs 0 "the environment's recipients are for new files" env SOPS_AGE_RECIPIENTS=$AGE hubsecrets groups add -f a.enc.yaml --age $AGE2
is "$(groups out)" 2 "not for a new group"
done_testing
