#!/bin/sh
# git's merges of encrypted files: the driver, the tool for what it cannot do, and diffs in plaintext.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

git init -q repo && cd repo || exit 255
git config merge.hubsecrets.driver 'hubsecrets merge-driver %O %A %B %L %P'
git config diff.hubsecrets.textconv 'hubsecrets textconv'
echo '*.yaml merge=hubsecrets diff=hubsecrets' >.gitattributes
printf 'hub:\n  token: one   # the proxy\n  cookie: two\nlist:\n  - 1\n' >s.yaml
runs 0 "a file is encrypted" hubsecrets encrypt --age $AGE -i s.yaml
git add . && git commit -qm base
value() { hubsecrets decrypt --extract "$1" s.yaml; }
sealed() { grep -c 'ENC\[' s.yaml; }
# side NAME COMMAND...: a branch from main with one change
side() {
	git checkout -qb "$1" main; shift
	"$@" && git commit -qam side && git checkout -q main
}

side ours hubsecrets set s.yaml '["hub"]["token"]' '"first"'
side theirs hubsecrets set s.yaml '["hub"]["cookie"]' '"second"'
git checkout -q ours
cookie=$(git show theirs:s.yaml | grep '^  cookie:')
runs 0 "two sides that changed neighbouring values merge" git merge -q -m merge theirs
is "$(value '["hub"]["token"]')" first "with our value"
is "$(value '["hub"]["cookie"]')" second "and theirs"
is "$(grep '^  cookie:' s.yaml)" "$cookie" "whose ciphertext is kept"
grep -q '# *the proxy\|ENC.*type:comment' s.yaml; ok $? "comments are still there"
runs 0 "the MAC is right" hubsecrets decrypt s.yaml
git log -p -1 theirs -- s.yaml | grep -q '^+  cookie: second'; ok $? "a diff shows plaintext"

# A conflict
git checkout -q main
side c1 hubsecrets set s.yaml '["hub"]["token"]' '"sinister"'
side c2 hubsecrets set s.yaml '["hub"]["token"]' '"dexter"'
git checkout -q c1 && cp s.yaml before
runs 1 "two values of one key conflict" git merge -m merge c2
has "$T/err" 'hub.token' "the path is named"
has "$T/err" 'hubsecrets mergetool s.yaml' "and what to do"
cmp -s s.yaml before; ok $? "the file is what it was on this side, valid and encrypted"
hasnt "$T/err" sinister "no value of ours is told"
hasnt "$T/err" dexter "nor of theirs"
is "$(git ls-files -u s.yaml | wc -l | tr -d ' ')" 3 "git knows of the conflict"
cat >choose <<'END'
#!/bin/sh
cp "$1" "$SEEN"
sed -e '/^<<<<<<< /d' -e '/^=======$/,/^>>>>>>> /d' -e 's/sinister/chosen/' "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"
END
chmod +x choose
SEEN=$T/seen EDITOR=$PWD/choose && export SEEN EDITOR
runs 0 "the merge tool opens both sides" hubsecrets mergetool s.yaml
has "$T/seen" '<<<<<<< ours' "with markers"
has "$T/seen" 'token: sinister' "our value"
has "$T/seen" 'token: dexter' "and theirs"
is "$(value '["hub"]["token"]')" chosen "what was made of it is in the file"
[ -z "$(git ls-files -u)" ]; ok $? "git knows that it is resolved"
git commit -qm merged; ok $? "and takes the merge"

# Markers that are left
git checkout -q -B d1 main && hubsecrets set s.yaml '["list"][0]' 5 && git commit -qam l
git checkout -q -B d2 main && hubsecrets set s.yaml '["list"][0]' 6 && git commit -qam r
git merge -q d1 >/dev/null 2>&1
printf '#!/bin/sh\nexit 0\n' >nothing && chmod +x nothing
runs 1 "an editor that leaves the markers is asked again, and then no more" env EDITOR="$PWD/nothing" hubsecrets mergetool s.yaml
has "$T/err" 'conflict markers' "and told why"
[ -n "$(git ls-files -u)" ]; ok $? "the conflict stays"
git merge --abort
runs 1 "without a conflict there is nothing to do" hubsecrets mergetool s.yaml
has "$T/err" 'no two sides' "and that is said"
git checkout -q -B gone main && git rm -q s.yaml && git commit -qm gone && git merge -q d1 >/dev/null 2>&1
runs 1 "of a file that one side has removed there is nothing to open" hubsecrets mergetool s.yaml
has "$T/err" "removed on this side and changed on the other" "which is said"
git merge --abort

# Recipients
git checkout -q -B k1 main && hubsecrets rotate -i --add-age $AGE2 s.yaml; git commit -qam keys
git checkout -q -B k2 main && hubsecrets set s.yaml '["hub"]["token"]' '"new"' && git commit -qam value
runs 0 "a change of recipients and one of a value merge" git merge -q -m keys k1
is "$(value '["hub"]["token"]')" new "the value is there"
grep -q $AGE2 s.yaml; ok $? "and the recipients"
SOPS_AGE_KEY_FILE=$T/age-2.txt hubsecrets decrypt s.yaml >/dev/null; ok $? "who can read it"

# One side shuts somebody out, the other makes a new data key.
git checkout -q -B r0 main && hubsecrets rotate -i --add-age $AGE2 s.yaml && git commit -qam two
git checkout -q -B r1 r0 && hubsecrets rotate -i s.yaml && hubsecrets set s.yaml '["hub"]["token"]' '"rotated"' && git commit -qam rotated
new=$(grep '^  cookie:' s.yaml)
git checkout -q -B r2 r0
printf 'creation_rules:\n  - age: %s\n' "$AGE" >.sops.yaml
hubsecrets updatekeys -y s.yaml >/dev/null 2>&1; hubsecrets set s.yaml '["list"][0]' '"shut"'
rm .sops.yaml; git commit -qam out
hasnt s.yaml $AGE2 "a recipient is removed"
for both in 'r1 r2' 'r2 r1'; do
	git checkout -q -B merged "${both% *}"
	runs 0 "$both: merge" git merge -q -m keys "${both#* }"
	is "$(value '["hub"]["token"]')$(value '["list"][0]')" rotatedshut "with the values of both"
	hasnt s.yaml $AGE2 "whoever was shut out stays so"
	is "$(grep '^  cookie:' s.yaml)" "$new" "and the old data key does not come back"
done

# Without a key
git checkout -q -B n1 main && hubsecrets set s.yaml '["hub"]["token"]' '"n1"' && git commit -qam n1
git checkout -q -B n2 main && hubsecrets set s.yaml '["hub"]["cookie"]' '"n2"' && git commit -qam n2
cp s.yaml before
runs 1 "without a key there is a conflict" env SOPS_AGE_KEY_FILE="$T/age-2.txt" git merge -q -m x n1
cmp -s s.yaml before; ok $? "and our version stays"
git merge --abort
SOPS_AGE_KEY_FILE=$T/age-2.txt hubsecrets textconv s.yaml | cmp -s - s.yaml; ok $? "a diff shows ciphertext then"

truncate -s 257M huge.bin
hubsecrets textconv huge.bin | cmp -s - huge.bin; ok $? "what is too large for us is shown as it is"
rm huge.bin

if command -v sops >/dev/null; then
	git checkout -q ours && sops decrypt s.yaml >/dev/null 2>&1; ok $? "real sops reads a merged file"
else
	skip "sops is not installed"
fi
done_testing
