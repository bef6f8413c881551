#!/bin/sh
# lock that is killed, or whose disk is full, at any moment: the key goes only when every file is ciphertext, and a second run
# repairs.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" && git clone -q made locked && git clone -q made opened && cd opened && hubcrypt unlock "$T/made.key" || exit 255
prepare() { cd "$T" && rm -rf c && cp -a opened c && cd c || exit 255; }
whole() {
	why=
	# A git that was killed leaves its locks, which only the user may remove.
	[ -z "${FOLLOW:-}" ] || rm -f .git/index.lock .git/config.lock
	tries=0
	while [ -e .git/index.lock ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
	for file in one.secret deep/er/two.sh 'with space/three [*].secret' deep/empty; do
		cmp -s "$file" "$T/made/$file" || cmp -s "$file" "$T/locked/$file" || { why="$file is neither form"; return 1; }
	done
	[ "$(git ls-files -o | wc -l)" -eq 0 ] || { why="left in the tree: $(git ls-files -o)"; return 1; }
	# Plaintext has its key and its filter.
	if plain one.secret || plain deep/er/two.sh || plain 'with space/three [*].secret'; then
		[ -s .git/git-crypt/keys/default ] || { why="plaintext without its key"; return 1; }
		git config filter.git-crypt.process >/dev/null || { why="plaintext without its filter"; return 1; }
	fi
}
repairs() {
	if [ -e .git/git-crypt/keys/default ]; then
		hubcrypt lock >"$T/out2" 2>"$T/err2" || { why="second run: $(cat "$T/err2")"; return 1; }
	fi
	sealed one.secret && sealed deep/er/two.sh && sealed 'with space/three [*].secret' || { why="not locked"; return 1; }
	[ ! -e .git/git-crypt/keys/default ] || { why="key stays"; return 1; }
	[ -z "$(git status --porcelain)" ] || { why="not clean: $(git status --porcelain)"; return 1; }
	hubcrypt unlock "$T/made.key" >"$T/out2" 2>"$T/err2" || { why="unlock: $(cat "$T/err2")"; return 1; }
	cmp -s one.secret "$T/made/one.secret" || { why="unlock gave something else"; return 1; }
}
survives() { whole && repairs; }
failed() {
	whole || return 1
	[ $status -eq 0 ] || [ -s "$T/err" ] || { why="not a word"; return 1; }
	[ $status -ne 0 ] || [ ! -e .git/git-crypt/keys/default ] || { why="status 0 and not locked"; return 1; }
	repairs
}

for calls in rename,renameat,renameat2 unlink,unlinkat write; do
	every $calls signal=KILL prepare survives hubcrypt lock
done
EVERY=2 every clone,clone3,vfork signal=KILL prepare survives hubcrypt lock
EVERY=5 every pipe2 signal=KILL prepare survives hubcrypt lock
FOLLOW=-f every rename,renameat,renameat2 signal=KILL prepare survives hubcrypt lock
FOLLOW=-f EVERY=2 every unlink,unlinkat signal=KILL prepare survives hubcrypt lock
every rename,renameat,renameat2 error=ENOSPC prepare failed hubcrypt lock
every unlink,unlinkat error=EIO prepare failed hubcrypt lock
every write error=ENOSPC prepare failed hubcrypt lock
EVERY=5 every pipe2 error=EMFILE prepare failed hubcrypt lock
EVERY=3 every clone,clone3,vfork error=EAGAIN prepare failed hubcrypt lock
done_testing
