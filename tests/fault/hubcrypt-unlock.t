#!/bin/sh
# unlock that is killed, or whose disk is full, at any moment: no file is missing or short, no plaintext lies beside the files, and
# a second run repairs.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
. "$TOP/tests/git.sh"

repository made
cd "$T" && git clone -q made locked || exit 255
prepare() { cd "$T" && rm -rf c && cp -a locked c && cd c || exit 255; }
# whole: each file is its blob or its plaintext, and there is nothing else.
whole() {
	why=
	# A git that was killed leaves its locks, which only the user may remove.
	[ -z "${FOLLOW:-}" ] || rm -f .git/index.lock .git/config.lock
	tries=0
	while [ -e .git/index.lock ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
	for file in one.secret deep/er/two.sh 'with space/three [*].secret' deep/empty; do
		cmp -s "$file" "$T/made/$file" || cmp -s "$file" "$T/locked/$file" || { why="$file is neither form"; return 1; }
	done
	[ -x deep/er/two.sh ] || { why="mode lost"; return 1; }
	[ "$(git ls-files -o | wc -l)" -eq 0 ] || { why="left in the tree: $(git ls-files -o)"; return 1; }
}
all_plain() {
	for file in one.secret deep/er/two.sh 'with space/three [*].secret'; do
		cmp -s "$file" "$T/made/$file" || { why="$file is not plaintext"; return 1; }
	done
}
repairs() {
	hubcrypt unlock "$T/made.key" >"$T/out2" 2>"$T/err2" || { why="second run: $(cat "$T/err2")"; return 1; }
	all_plain || return 1
	[ -z "$(git status --porcelain)" ] || { why="not clean: $(git status --porcelain)"; return 1; }
	cmp -s .git/git-crypt/keys/default "$T/made.key" || { why="key"; return 1; }
	[ -z "$(ls -A .git/git-crypt/tmp)" ] || { why="temporary files stay"; return 1; }
}
killed() { whole && repairs; }
# A failure: what it was, or done.
failed() {
	whole || return 1
	if [ $status -eq 0 ]; then
		all_plain || return 1
	else
		sealed one.secret && sealed deep/er/two.sh || { why="status $status and files are in plaintext"; return 1; }
		[ ! -e .git/git-crypt/keys/default ] || { why="status $status and the key stays"; return 1; }
		! git config filter.git-crypt.clean >/dev/null || { why="status $status and the filter stays"; return 1; }
		[ -s "$T/err" ] || { why="not a word"; return 1; }
	fi
	repairs
}

for calls in rename,renameat,renameat2 unlink,unlinkat fsync write; do
	every $calls signal=KILL prepare killed hubcrypt unlock "$T/made.key"
done
EVERY=2 every clone,clone3,vfork signal=KILL prepare killed hubcrypt unlock "$T/made.key"
EVERY=5 every pipe2 signal=KILL prepare killed hubcrypt unlock "$T/made.key"
FOLLOW=-f every rename,renameat,renameat2 signal=KILL prepare killed hubcrypt unlock "$T/made.key"
FOLLOW=-f EVERY=2 every unlink,unlinkat signal=KILL prepare killed hubcrypt unlock "$T/made.key"
every rename,renameat,renameat2 error=ENOSPC prepare failed hubcrypt unlock "$T/made.key"
every unlink,unlinkat error=EIO prepare failed hubcrypt unlock "$T/made.key"
every write error=ENOSPC prepare failed hubcrypt unlock "$T/made.key"
EVERY=5 every pipe2 error=EMFILE prepare failed hubcrypt unlock "$T/made.key"
EVERY=3 every clone,clone3,vfork error=EAGAIN prepare failed hubcrypt unlock "$T/made.key"
every fsync error=EIO prepare failed hubcrypt unlock "$T/made.key"
done_testing
