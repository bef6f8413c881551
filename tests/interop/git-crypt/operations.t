#!/bin/sh
# git's own commands in a repository that git-crypt made and hubcrypt unlocked: what is shown is plaintext, what is stored is not,
# and git-crypt reads all of it.
. "${0%/*}/../../tap.sh"
needs git-crypt
. "$TOP/tests/git.sh"
REAL=$(command -v git-crypt)

repository a "$REAL"
git rm -qf deep/empty && git commit -qm 'no empty file'
seq 1 20 >list.secret && git add . && git commit -qm list
git clone -q "$T/a" "$T/b" && cd "$T/b" && hubcrypt unlock "$T/a.key" || exit 255
clean() { is "$(git status --porcelain)" '' "$1"; }

git checkout -q -b side
sed -i s/5/five/ list.secret && echo side >new.secret && git add . && git commit -qm side
git show | grep -q '^+five'
ok $? "git show has plaintext"
git log -p --all | grep -q '^+side'
ok $? "so has log -p"
git diff main side | grep -q '^-5'
ok $? "and diff between branches"
echo edit >>one.secret
git diff | grep -q '^+edit'
ok $? "and diff of the tree"
git stash -q && clean "stash takes an edit"
git rev-parse -q --verify stash >/dev/null && git cat-file blob stash:one.secret >"$T/blob" && sealed "$T/blob"
ok $? "and keeps ciphertext"
git stash pop -q && is "$(tail -n 1 one.secret)" edit "stash pop brings it back"
git checkout -q -- one.secret && clean "checkout of a file"
git checkout -q main && [ ! -e new.secret ] && is "$(sed -n 5p list.secret)" 5 "checkout of a branch"
echo main >>README && git commit -qam main
git merge -q side -m merged && is "$(sed -n 5p list.secret) $(cat new.secret)" 'five side' "merge"
git checkout -q -b topic HEAD~1 && echo topic >topic.secret && git add . && git commit -qm topic && git rebase -q main && is "$(cat topic.secret new.secret)" "$(printf 'topic\nside')" "rebase"
git cherry-pick --no-commit main~1 >/dev/null 2>&1
git reset -q --hard && clean "reset --hard"
git revert --no-edit HEAD >/dev/null && [ ! -e topic.secret ]
ok $? "revert"
git archive main | tar xf - -O one.secret >"$T/archived" && is "$(cat "$T/archived")" 'the first' "archive has plaintext in an unlocked clone"
git grep -q five -- list.secret
ok $? "grep finds in the tree"
git worktree add -q "$T/linked" main && is "$(cat "$T/linked/one.secret")" 'the first' "worktree add"
git worktree remove "$T/linked"
git mv one.secret renamed.secret && git commit -qm renamed && index_sealed renamed.secret
ok $? "a renamed file stays encrypted"
git checkout -q main && git push -q "$T/a" HEAD:refs/heads/from-b topic && clean "push"
git fsck --strict >/dev/null 2>&1
ok $? "fsck"

cd "$T/a" && git checkout -q from-b 2>/dev/null
is "$(sed -n 5p list.secret) $(cat new.secret)" 'five side' "git-crypt reads the merge"
git checkout -q topic
is "$(cat renamed.secret)" 'the first' "and the topic branch"
git checkout -q main

# Sparse checkout: git-crypt cannot unlock these at all.
git clone -q --no-checkout "$T/a" "$T/sparse" && cd "$T/sparse" && git sparse-checkout set deep 2>/dev/null && git checkout -q main || exit 255
runs 0 "a sparse clone is unlocked" hubcrypt unlock "$T/a.key"
is "$(cat deep/er/two.sh) $(cat one.secret)" '#!/bin/sh the first' "what is there"
[ ! -e 'with space' ]
ok $? "and nothing more"
git sparse-checkout disable && is "$(cat 'with space/three [*].secret')" 'no line end' "the rest is decrypted when it comes"
git sparse-checkout set deep && runs 0 "and it is locked" hubcrypt lock
sealed deep/er/two.sh
ok $? "what is there"
git clone -q --no-checkout "$T/a" "$T/sparse2" && cd "$T/sparse2" && git sparse-checkout init --cone --sparse-index && git sparse-checkout set deep && git checkout -q main || exit 255
runs 0 "with a sparse index too" hubcrypt unlock "$T/a.key"
is "$(cat deep/er/two.sh)" '#!/bin/sh' "it is unlocked"

# A partial clone has no blobs but those of its tree.
git -C "$T/a" config uploadpack.allowFilter true
git -C "$T/a" config uploadpack.allowAnySHA1InWant true
git clone -q --filter=blob:none "file://$T/a" "$T/partial" && cd "$T/partial" || exit 255
runs 0 "a partial clone is unlocked" hubcrypt unlock "$T/a.key"
is "$(cat one.secret)" 'the first' "all of it"
runs 0 "status there" hubcrypt status
runs 0 "and lock" hubcrypt lock
git clone -q --no-checkout --filter=blob:none "file://$T/a" "$T/partial2" && cd "$T/partial2" || exit 255
packs() { ls .git/objects/pack/*.promisor | wc -l; }
git read-tree HEAD && git cat-file blob :.gitattributes >.gitattributes
before=$(packs)
runs 0 "status without any blob here" hubcrypt status
is "$(packs)" $((before + 1)) "fetches all of them at once"
is "$(grep -c '^    encrypted: .*\.secret$' "$T/out")" 3 "and sees that they are encrypted"

# In a guarded clone git-crypt's unlock finds our filter and may leave ciphertext, without a word; refresh repairs that.
git clone -q "$T/a" "$T/guarded" && cd "$T/guarded" && hubcrypt guard || exit 255
runs 0 "git-crypt unlocks a guarded clone" "$REAL" unlock "$T/a.key"
runs 0 "refresh" hubcrypt refresh
is "$(cat one.secret)" 'the first' "makes sure of the plaintext"
is "$(git config filter.git-crypt.clean)" '"hubcrypt" clean' "and of the filters"
runs 0 "git-crypt locks it" "$REAL" lock
is "$(git config --get-regexp '^filter')" '' "and takes the guard away, as the manual says"
runs 0 "guard puts it back" hubcrypt guard
echo leak >one.secret
runs 128 "and it holds" git add one.secret

# A submodule is a repository of its own.
git init -q "$T/super" && cd "$T/super" && git submodule -q add "$T/a" sub 2>/dev/null && git commit -qm sub && cd sub || exit 255
runs 0 "a submodule is unlocked" hubcrypt unlock "$T/a.key"
is "$(cat one.secret)" 'the first' "by itself"
is "$(git -C .. status --porcelain)" '' "and the project around it is clean"
runs 0 "and locked" "$REAL" lock
is "$(git -C .. status --porcelain)" '' "by git-crypt, and still clean"
done_testing
