#!/bin/sh
# lock: the key goes only when every file is ciphertext again, in every working tree.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" || exit 255
fresh() {
	cd "$T" && rm -rf "$T/c" "$T/linked" && git clone -q "$T/made" "$T/c" && cd "$T/c" && hubcrypt unlock "$T/made.key" || exit 255
}
locked() {
	sealed one.secret && sealed deep/er/two.sh && sealed 'with space/three [*].secret' && sealed deep/empty && [ -x deep/er/two.sh ] &&
		[ -z "$(git status --porcelain)" ] && [ ! -e .git/git-crypt/keys/default ] &&
		! git config --get-regexp '(filter|diff)\.git-crypt.*' >/dev/null && [ -z "$(ls -A .git/git-crypt/tmp)" ]
	ok $? "$1" || note "$(git status --short; cat .git/config; find .git/git-crypt)"
}
unlocked() {
	plain deep/er/two.sh && [ -s .git/git-crypt/keys/default ] && git config filter.git-crypt.clean >/dev/null
	ok $? "$1" || note "$(git status --short; cat .git/config; find .git/git-crypt)"
}

fresh
runs 0 "a clean clone is locked" hubcrypt lock
silent "without a word"
locked "files, configuration and key"
runs 1 "a locked one is not" "$OURS" lock
is "$(cat "$T/err")" 'Error: this repository is already locked.' "in git-crypt's words"
runs 1 "nor with a name" "$OURS" lock -k nobody
is "$(cat "$T/err")" "Error: this repository is already locked with key 'nobody'." "in git-crypt's words"
runs 2 "one name and all exclude each other" "$OURS" lock -a -k x
has "$T/err" 'Error: -k and --all options are mutually exclusive' "in git-crypt's words"
runs 2 "operands are a mistake" "$OURS" lock foo
has "$T/err" 'Error: git-crypt lock takes no arguments' "in git-crypt's words"
runs 0 "and it unlocks again" hubcrypt unlock "$T/made.key"
is "$(cat one.secret)" 'the first' "with all that it had"

fresh
echo edit >>one.secret
runs 1 "an edit stops lock" "$OURS" lock
has "$T/err" 'Error: Working directory not clean.' "in git-crypt's words"
has "$T/err" 'git-crypt lock --force' "which name the way to lose it"
unlocked "and nothing has changed"
is "$(tail -n 1 one.secret)" edit "nor has the edit"
echo more >>README
runs 0 "--force loses it" hubcrypt lock --force
sealed one.secret && [ ! -e .git/git-crypt/keys/default ]
ok $? "and locks"
is "$(git status --porcelain)" ' M README' "but an edit of another file stays"
fresh
rm one.secret
runs 0 "--force with a secret deleted" hubcrypt lock --force
locked "brings it back as ciphertext"

# Entries that "git status" does not look at.
fresh
git update-index --assume-unchanged one.secret && echo 'hidden edit' >one.secret
runs 1 "an edit that is marked assume-unchanged stops lock" hubcrypt lock
has "$T/err" "'one.secret' differs" "by name"
unlocked "and nothing has changed"
is "$(cat one.secret)" 'hidden edit' "nor has the edit"
fresh
git update-index --skip-worktree one.secret
runs 0 "a skip-worktree file that is there" hubcrypt lock
sealed one.secret
ok $? "is locked with the others"

# The last copy.
git init -q "$T/alone" && cd "$T/alone" && hubcrypt init 2>/dev/null && echo '*.s filter=git-crypt diff=git-crypt' >.gitattributes &&
	echo s >a.s && git add . && git commit -qm 1 || exit 255
runs 1 "the only copy of a key is not thrown away" hubcrypt lock
has "$T/err" 'export-key' "and the message says how to save it"
runs 1 "not by --force either" hubcrypt lock --force
is "$(cat a.s)" s "the files stay"
cp .git/git-crypt/keys/default "$T/alone.key"
runs 0 "--lose-key does it" hubcrypt lock --lose-key
sealed a.s
ok $? "and locks"
runs 0 "a key that came from outside" hubcrypt unlock "$T/alone.key"
runs 0 "is not the only copy" hubcrypt lock
mkdir -p .git/git-crypt/unexported && : >.git/git-crypt/unexported/default
hubcrypt unlock "$T/alone.key" && runs 0 "whatever mark an init has left that was killed" hubcrypt lock

# Named keys.
cd "$T/made" && hubcrypt init -k second 2>/dev/null && hubcrypt export-key -k second "$T/second.key" &&
	echo '*.two filter=git-crypt-second diff=git-crypt-second' >>.gitattributes && echo two >x.two && git add . && git commit -qm two || exit 255
fresh
hubcrypt unlock "$T/second.key"
runs 0 "lock alone locks the default key" hubcrypt lock
has "$T/err" "the key 'second' is still installed" "and says which key stays"
sealed one.secret && plain x.two && [ -e .git/git-crypt/keys/second ]
ok $? "and leaves a named one open"
runs 1 "the default key is locked already" hubcrypt lock
has "$T/err" "'hubcrypt lock -k second'" "which key is not, is told"
"$OURS" unlock "$T/made.key" && runs 0 "under git-crypt's name" "$OURS" lock
silent "it goes without saying"
runs 0 "lock -k locks that" hubcrypt lock -k second
silent "and there is no other"
sealed x.two
ok $? "as well"
runs 0 "lock --all with nothing open" hubcrypt lock --all
hubcrypt unlock "$T/made.key" "$T/second.key"
runs 0 "lock --all" hubcrypt lock --all
sealed one.secret && sealed x.two && [ -z "$(ls -A .git/git-crypt/keys)" ]
ok $? "locks every key"

# A conflict.
fresh
# An empty encrypted file looks modified to git for ever, and its merge gives up.
git rm -qf deep/empty && git commit -qm 'no empty file'
git checkout -q -b side && echo side >one.secret && git commit -qam side && git checkout -q main && echo main >one.secret &&
	git commit -qam main && ! git merge -q side >/dev/null 2>&1
runs 1 "a merge in progress is not locked, even by --force" hubcrypt lock --force
has "$T/err" "in conflict" "and says why"
unlocked "nothing has changed"

# Another git is at work, or was killed at it.
fresh
: >.git/index.lock
runs 1 "an index that is locked stops lock" hubcrypt lock
rm .git/index.lock
unlocked "nothing has changed"
: >.git/config.lock
runs 1 "so does a configuration that is" hubcrypt lock
has "$T/err" "run 'lock' again" "that is said"
[ -s .git/git-crypt/keys/default ] && git config filter.git-crypt.clean >/dev/null
ok $? "key and filters stay"
rm .git/config.lock
runs 0 "again" hubcrypt lock
locked "it locks"

# A killed run: part ciphertext, part plaintext, stat data forgotten.
fresh
git cat-file blob :one.secret >x && cat x >one.secret && rm x
runs 0 "a tree that is locked in part" hubcrypt lock
locked "is locked to the end"
done_testing
