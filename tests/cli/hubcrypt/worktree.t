#!/bin/sh
# Linked worktrees share keys and configuration: they are unlocked and locked together, never by half.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" && git clone -q made c && cd c && hubcrypt unlock "$T/made.key" || exit 255
runs 0 "a worktree is added in an unlocked clone" git worktree add -q "$T/linked" -b side
is "$(cat "$T/linked/one.secret")" 'the first' "and is in plaintext"
cd "$T/linked" || exit 255
echo changed >one.secret && git commit -qam changed
index_sealed one.secret
ok $? "what is committed there is encrypted"

runs 0 "lock in the linked one" hubcrypt lock
sealed one.secret && sealed "$T/c/one.secret" && sealed "$T/c/deep/er/two.sh"
ok $? "locks both trees"
[ ! -e "$T/c/.git/git-crypt/keys/default" ]
ok $? "and removes the key"
is "$(git status --porcelain)$(git -C "$T/c" status --porcelain)" '' "both are clean"

cd "$T/c" && runs 0 "unlock in the main one" hubcrypt unlock "$T/made.key"
is "$(git -C "$T/linked" status --porcelain)" '' "the linked one is clean, though it holds ciphertext"
cd "$T/linked" && runs 0 "refresh there" hubcrypt refresh
is "$(cat one.secret)" changed "decrypts it"
git -C "$T/c" worktree add -q --detach "$T/third"
echo 'not committed' >"$T/third/one.secret"
cd "$T/c" && runs 1 "an edit in another tree stops lock" hubcrypt lock
has "$T/err" "$T/third" "which is named"
plain one.secret && plain "$T/linked/one.secret" && [ "$(cat "$T/third/one.secret")" = 'not committed' ]
ok $? "and nothing has changed anywhere"
rm -rf "$T/third"
runs 0 "a tree that somebody removed does not matter" hubcrypt lock
sealed "$T/linked/one.secret"
ok $? "the others are locked"

# git-crypt keeps a key in the linked tree's own directory.
hubcrypt unlock "$T/made.key" && mkdir -p .git/worktrees/linked/git-crypt/keys &&
	cp .git/git-crypt/keys/default .git/worktrees/linked/git-crypt/keys/default
runs 0 "a copy of the key in a linked tree's directory" hubcrypt lock
[ ! -e .git/worktrees/linked/git-crypt/keys/default ]
ok $? "goes with it"

# The traps of "git worktree list".
cd "$T" && git init -q super && cd super && git submodule -q add "$T/made" sub 2>/dev/null && git commit -qm sub && cd sub &&
	hubcrypt unlock "$T/made.key" && git worktree add -q "$T/of-sub" -b other || exit 255
cd "$T/of-sub" && runs 0 "lock in a worktree of a submodule" hubcrypt lock
sealed one.secret && sealed "$T/super/sub/one.secret"
ok $? "finds the submodule's own tree"
git clone -q --separate-git-dir="$T/sep.git" "$T/made" "$T/sep" && cd "$T/sep" && hubcrypt unlock "$T/made.key" &&
	git worktree add -q "$T/of-sep" -b other || exit 255
runs 0 "lock beside a separate git directory" hubcrypt lock
sealed one.secret && sealed "$T/of-sep/one.secret"
ok $? "finds both trees"
hubcrypt unlock "$T/made.key"
cd "$T/of-sep" && hubcrypt refresh
if [ -n "$(git config --file "$T/sep.git/config" core.worktree)" ]; then
	runs 0 "and from the linked one" hubcrypt lock
	sealed "$T/sep/one.secret"
	ok $? "as well"
else
	runs 1 "from the linked one the main tree cannot be found" hubcrypt lock
	plain one.secret && plain "$T/sep/one.secret"
	ok $? "so nothing is locked"
fi

# A tree on another file system than its git directory.
if [ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$T")" ]; then
	far=$(mktemp -d /dev/shm/hub.XXXXXX) && at_exit "rm -rf $far"
	cd "$T" && rm -rf c && git clone -q made c && cd c && hubcrypt unlock "$T/made.key" && git worktree add -q "$far/tree" -b far || exit 255
	runs 0 "lock with a tree on another file system" hubcrypt lock
	sealed "$far/tree/one.secret" && [ -x "$far/tree/deep/er/two.sh" ]
	ok $? "converts it too"
	cd "$far/tree" && : >.git-crypt.new && runs 0 "and so does unlock there" hubcrypt unlock "$T/made.key"
	is "$(cat one.secret)" 'the first' "which reads"
	is "$(git status --porcelain)" '' "and leaves nothing beside the files, what a killed run left included"
else
	skip "no second file system"
fi

# GIT_DIR and GIT_WORK_TREE.
git init -q --bare "$T/dots.git" && mkdir "$T/home" && cd "$T/home" || exit 255
export GIT_DIR="$T/dots.git" GIT_WORK_TREE="$T/home"
git config core.bare false && hubcrypt init 2>/dev/null && hubcrypt export-key "$T/dots.key" &&
	echo '*.s filter=git-crypt diff=git-crypt' >.gitattributes && echo dots >a.s && git add . && git commit -qm 1 || exit 255
mkdir below && cd below || exit 255
runs 0 "GIT_DIR and GIT_WORK_TREE are obeyed by lock" hubcrypt lock
sealed ../a.s
ok $? "which finds the tree"
runs 0 "and by unlock" hubcrypt unlock "$T/dots.key"
is "$(cat ../a.s)" dots "which finds it too"
done_testing
