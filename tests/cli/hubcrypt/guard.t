#!/bin/sh
# guard: a clone that has no key lets ciphertext pass and stops plaintext.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" && git clone -q made c && cd c || exit 255
runs 0 "guard is set up" hubcrypt guard
is "$(git config filter.git-crypt.process) $(git config filter.git-crypt.required)" '"hubcrypt" process true' "as a filter that is required"
is "$(git config diff.git-crypt.textconv)" '' "without textconv, which could only fail"
is "$(git status --porcelain)" '' "the tree is clean"

echo 'new secret' >new.secret
runs 128 "git add of a plaintext secret is stopped" git add new.secret
runs 128 "and git add --all" git add -A
is "$(git diff --cached --name-only)" '' "the index is as before"
echo edited >one.secret
head=$(git rev-parse HEAD)
git commit -qam leak >/dev/null 2>&1
[ $? -ne 0 ] && [ "$(git rev-parse HEAD)" = "$head" ]
ok $? "and git commit -a"
runs 0 "git checkout repairs the edit" git checkout -q -- one.secret
rm new.secret
: >empty.secret
runs 0 "an empty file passes" git add empty.secret
git rm -q --cached empty.secret && rm empty.secret

# Ciphertext lives on.
cp one.secret copy.secret
runs 0 "ciphertext is added" git add copy.secret
runs 0 "and committed" git commit -qm copy
same copy.secret one.secret "as it is"
git checkout -q -b side && git mv one.secret moved.secret && git commit -qm moved && git checkout -q main
runs 0 "merge" git merge -q side -m merged
runs 0 "rebase" git rebase -q HEAD~1
runs 0 "worktree add" git worktree add -q "$T/linked"
sealed "$T/linked/moved.secret"
ok $? "gives ciphertext"
echo leak >"$T/linked/moved.secret"
git -C "$T/linked" commit -qam leak >/dev/null 2>&1
[ $? -ne 0 ]
ok $? "and the guard stands there too"
git -C "$T/linked" checkout -q -- .

# A path that was committed in the clear.
git clone -q "$T/made" "$T/old" && cd "$T/old" && echo clear >clear.secret && git add clear.secret && git commit -qm clear || exit 255
runs 0 "guard where a marked file is in plaintext already" hubcrypt guard
touch clear.secret
runs 0 "git status works" git status
runs 0 "and git checkout" git checkout -q -b b
echo more >>clear.secret
runs 128 "but a change of it is stopped" git add clear.secret

# With a key the same filter decrypts.
cd "$T/c" && rm -rf "$T/linked" && git worktree prune
runs 0 "a guarded clone is unlocked" hubcrypt unlock "$T/made.key"
is "$(cat moved.secret)" 'the first' "and reads"
echo second >moved.secret
runs 0 "writes" git commit -qam second
index_sealed moved.secret
ok $? "ciphertext"
runs 0 "and is locked" hubcrypt lock
sealed moved.secret
ok $? "to ciphertext"
hubcrypt unlock "$T/made.key" && rm moved.secret
runs 0 "with a secret deleted, by force" hubcrypt lock --force
sealed moved.secret
ok $? "it comes back as ciphertext, though the guard's filter is there"
echo leak >moved.secret
runs 128 "after which the guard is on" git add moved.secret
git checkout -q -- moved.secret
hubcrypt keygen "$T/other.key" 2>/dev/null
runs 1 "a wrong key changes nothing" hubcrypt unlock "$T/other.key"
echo leak >moved.secret
runs 128 "nor does it lift the guard" git add moved.secret
git checkout -q -- moved.secret
hubcrypt unlock "$T/made.key"
runs 0 "under git-crypt's name a guarded clone is locked" "$OURS" lock
echo leak >moved.secret
runs 128 "and the guard stays, since it was asked for" git add moved.secret
git checkout -q -- moved.secret
runs 0 "guard --off" hubcrypt guard --off
is "$(git config filter.git-crypt.process)" '' "removes the filter"
is "$(git status --porcelain)" '' "and the tree is clean"
done_testing
