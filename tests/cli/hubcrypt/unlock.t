#!/bin/sh
# unlock: where the key may come from, and that a clone is unlocked whole or not at all.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" || exit 255
base64 made.key >made.b64
# fresh: a clone, at its top.
fresh() { cd "$T" && rm -rf "$T/c" && git clone -q "$T/made" "$T/c" && cd "$T/c" || exit 255; }
# opened CLAIM, untouched CLAIM: the state of that clone.
opened() {
	[ "$(cat one.secret)" = 'the first' ] && [ -x deep/er/two.sh ] && [ "$(cat deep/er/two.sh)" = '#!/bin/sh' ] &&
		[ "$(cat 'with space/three [*].secret')" = 'no line end' ] && [ -e deep/empty ] && [ ! -s deep/empty ] && [ -L link.secret ] &&
		[ -z "$(git status --porcelain)" ] && [ -s .git/git-crypt/keys/default ]
	ok $? "$1" || note "$(git status --short; ls -lR)"
}
untouched() {
	sealed one.secret && sealed deep/er/two.sh && sealed deep/empty && [ -z "$(git status --porcelain)" ] &&
		[ ! -e .git/git-crypt/keys/default ] && ! git config --get-regexp 'filter\.git-crypt.*' >/dev/null &&
		[ -z "$(ls -A .git/git-crypt/tmp 2>/dev/null)" ]
	ok $? "$1" || note "$(git status --short; cat .git/config; find .git/git-crypt)"
}

fresh
runs 0 "a key file" hubcrypt unlock "$T/made.key"
silent "says nothing"
opened "unlocks all files"
runs 0 "twice is fine" hubcrypt unlock "$T/made.key"
opened "and changes nothing"
fresh
hubcrypt unlock - <"$T/made.key"
ok $? "standard input"
opened "unlocks"
fresh
hubcrypt unlock /dev/stdin <"$T/made.key"
ok $? "/dev/stdin"
opened "unlocks"
fresh
cat "$T/made.key" | hubcrypt unlock /dev/fd/0
ok $? "a pipe under /dev/fd"
opened "unlocks"
fresh
runs 0 "a variable with base64" env KEY="$(cat "$T/made.b64")" hubcrypt unlock --key-env KEY
opened "unlocks"
fresh
hubcrypt unlock --key-fd 7 7<"$T/made.key"
ok $? "a descriptor with the raw key"
opened "unlocks"
fresh
hubcrypt unlock --key-fd 7 7<"$T/made.b64"
ok $? "a descriptor with base64"
opened "unlocks"
fresh
cd deep/er && runs 0 "from a folder below" "$OURS" unlock ../../../made.key
cd ../.. && opened "all of the tree is unlocked"
fresh
cp "$T/made.key" ./untracked-key
runs 0 "a key file inside the tree, not tracked" hubcrypt unlock ./untracked-key
is "$(cat one.secret)" 'the first' "unlocks"

# --- refusals leave everything alone -----------------------------------------------------------------------------------------

hubcrypt keygen "$T/other.key" 2>/dev/null
fresh
runs 1 "a wrong key is recognised" hubcrypt unlock "$T/other.key"
has "$T/err" 'wrong key' "and called so"
untouched "and nothing has changed"
head -c 100 "$T/made.key" >"$T/short.key"
runs 1 "a truncated key file is refused" "$OURS" unlock "$T/short.key"
has "$T/err" "Error: $T/short.key: not a valid git-crypt key file" "in git-crypt's words"
untouched "and nothing has changed"
runs 1 "a missing one too" "$OURS" unlock "$T/none.key"
is "$(cat "$T/err")" "Error: $T/none.key: unable to read key file" "in git-crypt's words"
runs 1 "an unset variable" hubcrypt unlock --key-env NOT_SET_HERE
has "$T/err" "'NOT_SET_HERE' is not set" "is named"
runs 1 "one good and one bad key file" hubcrypt unlock "$T/made.key" "$T/short.key"
untouched "change nothing"
echo edit >>README
runs 1 "a tree with changes is refused" "$OURS" unlock "$T/made.key"
has "$T/err" 'Error: Working directory not clean.' "in git-crypt's words"
git checkout -q README
untouched "and nothing has changed"
runs 1 "outside a repository unlock fails" env -C "$T" "$OURS" unlock "$T/made.key"
has "$T/err" "'git status' failed - is this a Git repository?" "in git-crypt's words"

# Another git is at work, or was killed at it.
: >.git/index.lock
runs 1 "an index that is locked stops unlock" hubcrypt unlock "$T/made.key"
has "$T/err" "index.lock" "and is named"
has "$T/err" "nothing was changed" "that is said"
rm .git/index.lock
untouched "and nothing has changed"

# One file damaged in the repository: the others open, so it is not the key.
fresh
{ head -c 30 one.secret; echo x; } >damaged && mv damaged one.secret
git commit -qam damaged
runs 1 "a damaged file is found before anything changes" hubcrypt unlock "$T/made.key"
has "$T/err" 'tampered' "and not taken for a wrong key"
has "$T/err" "'one.secret'" "its name is told"
untouched "and nothing has changed"
fresh
printf '%s\n' '*.secret text eol=lf' >>.gitattributes && git commit -qam eol
runs 1 "attributes that would damage ciphertext are refused" hubcrypt unlock "$T/made.key"
has "$T/err" "attribute 'text'" "by name"
has "$T/err" '.gitattributes' "with the line to add"
untouched "and nothing has changed"

# A file that was committed in the clear.
fresh
echo clear >clear.secret && git -c core.hooksPath=/dev/null add clear.secret && git commit -qm clear
runs 0 "a file stored in plaintext does not stop unlock" hubcrypt unlock "$T/made.key"
has "$T/err" '1 file should be encrypted' "but is warned about"

# A file that was encrypted twice, as git-crypt's filter makes it, which does not know its own ciphertext.
fresh
git cat-file blob :one.secret >"$T/inner"
if command -v git-crypt >/dev/null 2>&1; then
	id=$(git-crypt clean --key-file="$T/made.key" <"$T/inner" | git hash-object --no-filters -w --stdin)
	git update-index --cacheinfo "100644,$id,one.secret" && git commit -qm twice && git checkout -q -- .
	runs 0 "a file that was encrypted twice does not stop unlock" hubcrypt unlock "$T/made.key"
	has "$T/err" "1 file was encrypted twice and left as it is: 'one.secret'" "but is named"
	sealed one.secret && plain deep/er/two.sh && [ -z "$(git status --porcelain)" ]
	ok $? "it stays as it was, and the tree is clean"
	runs 1 "doctor" hubcrypt doctor
	has "$T/out" "'one.secret' was encrypted twice" "finds it"
	runs 1 "rotate" hubcrypt rotate v2
	has "$T/err" "'one.secret' was encrypted twice" "refuses it"
	runs 0 "lock" hubcrypt lock
	is "$(git status --porcelain)" "" "takes it as it is"
	hubcrypt unlock "$T/made.key" 2>/dev/null
	hubcrypt cat :one.secret | hubcrypt smudge >"$T/one" && cp "$T/one" one.secret && git commit -qam once
	is "$(cat one.secret; git rev-parse HEAD:one.secret)" "the first
$(git rev-parse HEAD~2:one.secret)" "and doctor's advice repairs it"
	runs 0 "for good" hubcrypt doctor
else
	skip "git-crypt is not installed"
fi

# --- odd entries ---------------------------------------------------------------------------------------------------------------

fresh
git update-index --skip-worktree one.secret && rm one.secret
git update-index --assume-unchanged deep/er/two.sh
runs 0 "a skip-worktree file that is not there is left out" hubcrypt unlock "$T/made.key"
[ ! -e one.secret ] && plain deep/er/two.sh && plain 'with space/three [*].secret'
ok $? "the others are unlocked, one that is assumed unchanged as well"
is "$(git ls-files -v deep/er/two.sh)" 'h deep/er/two.sh' "and it keeps its mark"
fresh
git update-index --assume-unchanged one.secret
echo 'my edit' >one.secret
runs 0 "an edited file that is assumed unchanged" hubcrypt unlock "$T/made.key"
is "$(cat one.secret)" 'my edit' "keeps the edit"
has "$T/err" 'edited file' "with a warning"

# A folder replaced by a link out of the tree must not be followed.
fresh
mkdir "$T/outside" && cp deep/er/two.sh "$T/outside/two.sh" && cp deep/er/two.sh "$T/kept"
git update-index --assume-unchanged deep/er/two.sh && rm -r deep/er && ln -s "$T/outside" deep/er
hubcrypt unlock "$T/made.key" >/dev/null 2>&1
same "$T/outside/two.sh" "$T/kept" "a link in the place of a folder is not followed out of the tree"

# git-crypt's touch-and-checkout would leave these alone: written in this second, and clean passes ciphertext.
fresh
git config filter.git-crypt.process '"hubcrypt" process' && git config filter.git-crypt.required true
runs 0 "a clone in which the filter was set up by hand" hubcrypt unlock "$T/made.key"
opened "is unlocked as well"

# What a killed run leaves counts as clean, and the next one finishes it.
fresh
runs 0 "unlocked" hubcrypt unlock "$T/made.key"
git cat-file blob :one.secret >one.secret
# git itself sees another size there and says " M"; lock and unlock look at the content.
runs 0 "refresh" hubcrypt refresh
opened "decrypts it"
cp .git/git-crypt/keys/default "$T/mine"
git cat-file blob :one.secret >one.secret
runs 0 "and so does unlock" hubcrypt unlock "$T/made.key"
opened "again"
runs 1 "a wrong key for an unlocked clone" hubcrypt unlock "$T/other.key"
opened "changes nothing"
same .git/git-crypt/keys/default "$T/mine" "nor the key that is there"

# Keys of several names at once.
cd "$T/made" && hubcrypt init -k second 2>/dev/null && hubcrypt export-key -k second "$T/second.key" &&
	echo '*.two filter=git-crypt-second diff=git-crypt-second' >>.gitattributes && echo two >x.two && git add . && git commit -qm two || exit 255
fresh
runs 0 "two keys" hubcrypt unlock "$T/made.key" "$T/second.key"
is "$(cat x.two) $(cat one.secret)" 'two the first' "open the files of both"
fresh
runs 0 "one of them" hubcrypt unlock "$T/second.key"
plain x.two && sealed one.secret
ok $? "opens its own"
is "$(git status --porcelain)" '' "and the tree is clean"

cd "$T" || exit 255
# SHA-256, a split index, a separate git directory, a submodule.
git init -q --object-format=sha256 "$T/long" && cd "$T/long" && hubcrypt init 2>/dev/null && hubcrypt export-key "$T/long.key" &&
	echo '*.s filter=git-crypt diff=git-crypt' >.gitattributes && echo long >a.s && git add . && git commit -qm 1 || exit 255
git clone -q "$T/long" "$T/long2" && cd "$T/long2" || exit 255
runs 0 "a SHA-256 repository" hubcrypt unlock "$T/long.key"
is "$(cat a.s)" long "is unlocked"
fresh
git update-index --split-index
runs 0 "a split index" hubcrypt unlock "$T/made.key"
opened "is no obstacle"
cd "$T" && rm -rf "$T/c" && git clone -q --separate-git-dir="$T/sep.git" "$T/made" "$T/c" && cd "$T/c" || exit 255
runs 0 "a separate git directory" hubcrypt unlock "$T/made.key"
is "$(cat one.secret) $(wc -c <"$T/sep.git/git-crypt/keys/default")" 'the first 148' "has the key"
git init -q "$T/super" && cd "$T/super" && git submodule -q add "$T/made" sub 2>/dev/null && git commit -qm sub && cd sub || exit 255
runs 0 "a submodule" hubcrypt unlock "$T/made.key"
is "$(cat one.secret) $(wc -c <"$T/super/.git/modules/sub/git-crypt/keys/default")" 'the first 148' "has its own"
done_testing
