#!/bin/sh
# Many files in one run: those that are named, or all of a folder; each ends changed or as it was.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
encrypted a <<'END'
x: secret
END
mkdir -p plain/deep plain/.git secrets/deep
for i in 1 2 3; do echo "v: value $i" >"plain/$i.yaml"; done
echo 'K=v' >plain/deep/4.env
echo 'any bytes' >plain/deep/notes
echo 'not a secret' >plain/README.md
echo 'v: not ours' >plain/.git/5.yaml
printf 'creation_rules:\n  - path_regex: ^(plain|secrets)/.*([0-9]\\.(yaml|env)|notes)$\n    age: %s\n' "$AGE" >.sops.yaml

# Where to
runs 1 "several files without a place to go" hubsecrets encrypt plain/1.yaml plain/2.yaml
has err "several files are encrypted in place, or to a folder" "are refused"
has err "hint: say --in-place, or --output FOLDER" "with what to say"
[ ! -s out ]; ok $? "nothing is printed"
runs 8 "a file as the folder" hubsecrets encrypt --output a.yaml plain/1.yaml plain/2.yaml
has err "'a.yaml' is no folder" "is refused"
cp plain/1.yaml 1.yaml
runs 8 "two files for one place" hubsecrets encrypt --output new plain/1.yaml 1.yaml
has err "would both be written to 'new/1.yaml'" "are refused"
[ ! -e new ]; ok $? "before anything is written"
rm 1.yaml

# encrypt
runs 0 "encrypt --recursive" hubsecrets encrypt --recursive --output secrets plain
is "$(find secrets -type f | sort | tr '\n' ' ')" "secrets/1.yaml secrets/2.yaml secrets/3.yaml secrets/deep/4.env secrets/deep/notes " \
	"takes what a rule names, at its place below the folder"
has err "5 files encrypted" "and counts them"
grep -q 'ENC\[' secrets/1.yaml && grep -q 'K=ENC\[' secrets/deep/4.env && grep -q '"data": "ENC\[' secrets/deep/notes
ok $? "each as what its name says"
cp -r plain twice
sed 's/plain|/twice|/' .sops.yaml >other.yaml
runs 0 "in place" hubsecrets encrypt --config other.yaml --in-place -R twice
runs 0 "once more" hubsecrets encrypt --config other.yaml --in-place -R twice
has err "0 files encrypted" "has nothing to do: what is encrypted is passed by"
is "$(cat twice/README.md twice/.git/5.yaml)" "not a secret
v: not ours" "what no rule names, and .git, are left alone"
runs 1 "one that is encrypted, by name" hubsecrets encrypt --config other.yaml --in-place twice/1.yaml twice/2.yaml
has err "twice/1.yaml" "is a failure, with its name"
has err "2 of 2 files failed, and are as they were" "and counted"
printf 'creation_rules:\n  - age: %s\n' "$AGE" >any.yaml
cp -r plain any
runs 0 "a rule for everything" hubsecrets encrypt --config any.yaml --in-place --recursive any
diff -r plain any >/dev/null; ok $? "names no file of a folder"
runs 0 "but takes those that are named" hubsecrets encrypt --config any.yaml -i any/1.yaml any/README.md
grep -q ENC any/1.yaml && grep -q ENC any/README.md; ok $? "whatever they are"

# decrypt
runs 0 "decrypt --recursive" hubsecrets decrypt --recursive --output back secrets
has err "5 files decrypted" "of what is encrypted"
rm -rf back/deep/nothing
for f in 1.yaml 2.yaml 3.yaml deep/4.env deep/notes; do cmp -s "back/$f" "plain/$f" || note "$f"; done
diff -r back plain | grep -v '^Only in plain: \(README.md\|\.git\)$'; [ "$(diff -r back plain | grep -vc '^Only in plain')" = 0 ]
ok $? "gives the same files back"
is "$(ls -ld back | cut -c 1-10)" "drwx------" "in a folder for their owner alone"
cp -r secrets mixed
echo 'clear: text' >mixed/clear.yaml
printf 'sops: is a word here\n' >mixed/word.md
ln -s ../secrets/1.yaml mixed/link.yaml
runs 0 "in place, with other files around" hubsecrets decrypt -i -R mixed
has err "5 files decrypted" "those that are not encrypted are passed by"
grep -q ENC secrets/1.yaml; ok $? "links that are found are not followed"
runs 8 "--extract" hubsecrets decrypt --extract '["v"]' secrets/1.yaml secrets/2.yaml
has err "--extract takes a value out of one file" "is for one"

# One fails
cp -r secrets some
sed -i 's/^v: ENC\[AES256_GCM,data:..../v: ENC[AES256_GCM,data:AAAA/' some/2.yaml
cp -r some before
runs 1 "of several, one is broken" hubsecrets rotate -i some/1.yaml some/2.yaml some/3.yaml absent.yaml
has err "some/2.yaml:1:4: value of 'v' fails authentication" "it is told with its line"
has err "absent.yaml" "so is one that is not there"
has err "2 files rotated" "the others are done"
has err "2 of 4 files failed, and are as they were" "and all are counted"
same some/2.yaml before/2.yaml "the broken one is as it was"
! cmp -s some/1.yaml before/1.yaml && ! cmp -s some/3.yaml before/3.yaml; ok $? "the others have changed"
runs 1 "a folder without --recursive" hubsecrets rotate -i some some/1.yaml
has err "hint: --recursive takes the files in a folder and below" "is told"
runs 1 "nobody's key" env SOPS_AGE_KEY_FILE="$T/age-2.txt" hubsecrets decrypt --output none secrets/1.yaml secrets/2.yaml
is "$(grep -c 'secrets/[12].yaml: cannot get the data key' err)" 2 "is told of each"
is "$(grep -c "^  age1.*: no identity at hand" err)" 2 "with its report"
[ ! -e none/1.yaml ]; ok $? "and writes nothing"

# A file that is named twice, and the working directory
cp -r secrets again && cd again || exit 1
runs 0 "one file by two names" hubsecrets rotate -i ./1.yaml 1.yaml deep//4.env
has "$T/err" "2 files rotated" "is one"
runs 0 "the working directory" hubsecrets rotate --recursive -i .
has "$T/err" "5 files rotated" "and below"
cd "$T" || exit 1

# rotate and updatekeys
runs 0 "rotate --recursive" hubsecrets rotate -R -i --add-age "$AGE2" secrets
is "$(grep -rl "$AGE2" secrets | wc -l)" 5 "adds a recipient to each"
runs 0 "updatekeys --recursive" hubsecrets updatekeys -y -R secrets
is "$(grep -rl "$AGE2" secrets | wc -l)" 0 "and the rule takes it away"
runs 0 "updatekeys --recursive --dry-run" hubsecrets updatekeys --dry-run -R secrets
has err "0 files out of date, 5 unchanged" "says that all agree"

# As sops
ln -s "$BIN/hubsecrets" sops
runs 0 "by the name of sops" "$T/sops" decrypt secrets/1.yaml secrets/2.yaml
has err "More than one positional argument provided" "the second file is passed over"
is "$(cat out)" "v: value 1" "and the first one printed"

# More than are in memory at once
mkdir many && i=0
while [ $i -lt 300 ]; do cp secrets/1.yaml "many/$i.yaml"; i=$((i + 1)); done
runs 0 "three hundred files" hubsecrets decrypt -i --recursive many
has err "300 files decrypted" "in one run"
is "$(cat many/*.yaml | sort -u)" "v: value 1" "all of them"

# What is encrypted by a rule that matches nothing
rm .sops.yaml
echo 'password: x' >typo.yaml
runs 0 "an expression that matches nothing" hubsecrets encrypt --age "$AGE" --encrypted-regex '^pasword$' typo.yaml
has err "typo.yaml: nothing is encrypted: encrypted_regex '^pasword\$' matches nothing in it" "is said"
runs 0 "by the name of sops" "$T/sops" encrypt --config /dev/null --age "$AGE" --encrypted-regex '^pasword$' typo.yaml
silent "it is not"
runs 0 "one that matches" hubsecrets encrypt --age "$AGE" --encrypted-regex '^password$' typo.yaml
silent "is no matter"

# filestatus
runs 0 "filestatus of several files" hubsecrets filestatus secrets/1.yaml plain/1.yaml
is "$(cat out)" '{"path":"secrets/1.yaml","encrypted":true}
{"path":"plain/1.yaml","encrypted":false}' "names each"
runs 1 "and one that is not there" hubsecrets filestatus secrets/1.yaml absent.yaml secrets/2.yaml
is "$(grep -c true out)" 2 "stops no other"
has err "1 of 3 files could not be judged" "and is counted"
runs 0 "of one" hubsecrets filestatus secrets/1.yaml
is "$(cat out)" '{"encrypted":true}' "as sops says it"

# What could not be read back is not written: the ciphertext of this comment would be one that the rule means.
printf '# keep\nkey: value\n' >back.yaml
cp back.yaml before.yaml
runs 23 "a comment that would be judged otherwise once it is ciphertext" \
	hubsecrets encrypt -i --age "$AGE" --unencrypted-comment-regex AES256 back.yaml
same back.yaml before.yaml "leaves the file as it was"
is "$(ls -A | grep -c '^\.hub')" 0 "and nothing beside it"
done_testing
