#!/bin/sh
# The merge driver through git's own commands: results are ciphertext, also with markers; without a key nothing is touched.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

git init -q "$T/a" && cd "$T/a" && hubcrypt init 2>/dev/null && hubcrypt export-key "$T/key"
echo '*.secret filter=git-crypt diff=git-crypt merge=git-crypt' >.gitattributes
seq 20 >both.secret && seq 20 >clash.secret && printf 'a\0b\n' >binary.secret
git add . && git commit -qm base
git checkout -qb side && sed -i 's/^3$/three/' both.secret clash.secret && git commit -qam side
git checkout -q main && sed -i 's/^15$/fifteen/' both.secret && git commit -qam ours
runs 0 "changes of both sides merge" git merge -q side
is "$(sed -n '3p;15p' both.secret)" "three
fifteen" "into one file"
index_sealed both.secret clash.secret
ok $? "whose blob is ciphertext"
is "$(git status --porcelain)" "" "and the tree is clean"

git reset -q --hard HEAD~1 && git checkout -q main && sed -i 's/^3$/drei/' clash.secret && git commit -qam clash
for style in merge diff3; do
	git config merge.conflictStyle $style
	runs 1 "$style: a conflict" git merge -q side
	grep -q '^<<<<<<< ours' clash.secret && grep -q '^=======' clash.secret && grep -q '^>>>>>>> theirs' clash.secret
	ok $? "$style: leaves markers in plaintext in the tree"
	is "$(grep -c '^||||||| base' clash.secret)" "$([ $style = diff3 ] && echo 1 || echo 0)" "$style: in the style that is configured"
	index_sealed both.secret && for stage in 1 2 3; do git cat-file blob ":$stage:clash.secret" >"$T/blob" && sealed "$T/blob" || break; done
	ok $? "$style: every stage is ciphertext"
	[ $style = diff3 ] || git merge --abort
done
sed -i '/^[<|=>]\{7\}/d' clash.secret && git add clash.secret && git commit -qm resolved
index_sealed clash.secret
ok $? "the resolution is encrypted"
git reset -q --hard HEAD~1
runs 1 "rebase conflicts the same way" git rebase -q side
grep -q '^<<<<<<<' clash.secret
ok $? "with markers"
git rebase --abort
git checkout -q side && sed -i 's/^9$/nine/' both.secret && git commit -qam pick && git checkout -q main
runs 0 "cherry-pick" git cherry-pick side
sed -i 's/^12$/twelve/' both.secret && git stash -q && sed -i 's/^5$/five/' both.secret && git commit -qam five
runs 0 "stash pop" git stash pop -q
is "$(sed -n '5p;12p' both.secret)" "five
twelve" "merges into the tree"
git checkout -q -- . && git reset -q --hard

# Binary files have no lines.
git checkout -q side && printf 'a\0c\n' >binary.secret && git commit -qam theirs && git checkout -q main && printf 'a\0d\n' >binary.secret && git commit -qam ours
runs 1 "both changed a binary file" git merge -q side
is "$(cat binary.secret | od -c)" "$(printf 'a\0d\n' | od -c)" "ours stays"
git merge --abort 2>/dev/null || git reset -q --hard

# The driver by itself, on ciphertext files.
for side in main~3 main side; do git cat-file blob "$side:clash.secret" >"$T/${side%~*}.blob"; done
git cat-file blob "$(git merge-base main side):clash.secret" >"$T/base.blob"
cp "$T/main.blob" "$T/ours.blob"
runs 1 "a conflict is status 1" hubcrypt merge "$T/base.blob" "$T/ours.blob" "$T/side.blob" 7 clash.secret
silent "and nothing else is said"
hubcrypt smudge <"$T/ours.blob" >"$T/text"
grep -q '^<<<<<<< ours$' "$T/text"
ok $? "the result is sealed, markers and all"
cp "$T/main.blob" "$T/ours.blob"
hubcrypt merge "$T/base.blob" "$T/ours.blob" "$T/side.blob" 20 clash.secret
hubcrypt smudge <"$T/ours.blob" | grep -q '^<<<<<<<<<<<<<<<<<<<< ours$'
ok $? "markers are as long as git wants them"
cp "$T/main.blob" "$T/ours.blob"
head -c 31 "$T/side.blob" | tail -c 1 | LC_ALL=C tr '\000-\376\377' '\001-\377\000' | dd of="$T/side.blob" bs=1 seek=30 conv=notrunc 2>/dev/null
runs 1 "a damaged version" hubcrypt merge "$T/base.blob" "$T/ours.blob" "$T/side.blob" 7 clash.secret
same "$T/ours.blob" "$T/main.blob" "leaves ours as it is"
has "$T/err" "no key of this clone opens their version" "and says which"
runs 1 "a version that is missing" hubcrypt merge "$T/base.blob" "$T/ours.blob" "$T/none" 7 clash.secret
same "$T/ours.blob" "$T/main.blob" "leaves ours as it is"
runs 2 "not a size" hubcrypt merge "$T/base.blob" "$T/ours.blob" "$T/side.blob" seven clash.secret
is "$(find "$T" -name '*.new')" "" "no temporary file is left"

# Without a key.
git clone -q . "$T/locked" && cd "$T/locked" && git config merge.git-crypt.driver '"hubcrypt" merge %O %A %B %L %P'
git checkout -q -b side origin/side && git checkout -q main
runs 1 "without a key it is a conflict" git merge -q side
sealed clash.secret
ok $? "and ours stays ciphertext"

# A branch from before a change of keys.
cd "$T/a" && git reset -q --hard && git clean -qfd && git checkout -q main && git branch old && runs 0 "rotate" hubcrypt rotate second
git checkout -q old && sed -i 's/^18$/eighteen/' both.secret && git commit -qam late && git checkout -q main
sed -i 's/^1$/one/' both.secret && git commit -qam newer
runs 0 "a branch of the old key merges" git merge -q old
is "$(sed -n '1p;18p' both.secret)" "one
eighteen" "with both changes"
git cat-file blob HEAD:both.secret >"$T/blob"
hubcrypt smudge --key-file=.git/git-crypt/keys/second <"$T/blob" >"$T/text" 2>/dev/null
ok $? "sealed with the new key"
done_testing
