#!/bin/sh
# rotate that is killed, or whose disk is full, at any moment: the old key stays, HEAD is the old commit or the new
# one, and a second run repairs.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
needs age age-keygen
. "$TOP/tests/git.sh"

repository made
age-keygen -o "$T/id" 2>/dev/null && who=$(age-keygen -y "$T/id")
hubcrypt add-age-user "$who" >/dev/null
before=$(git rev-parse HEAD)
prepare() { cd "$T" && rm -rf c && cp -a made c && cd c && git update-index -q --refresh || exit 255; }
files='one.secret deep/er/two.sh with%space/three%[*].secret deep/empty'
# whole: the tree's secrets are plaintext throughout, the old key is there, and HEAD opens with the keys that are.
whole() {
	why=
	[ -z "${FOLLOW:-}" ] || find .git -name '*.lock' -exec rm -f {} +
	tries=0
	while [ -e .git/index.lock ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
	cmp -s .git/git-crypt/keys/default "$T/made.key" || { why="the old key"; return 1; }
	for file in $files; do
		file=$(printf %s "$file" | tr % ' ')
		cmp -s "$file" "$T/made/$file" || { why="$file has changed"; return 1; }
		hubcrypt cat "HEAD:$file" 2>"$T/err2" | cmp -s - "$T/made/$file" || { why="HEAD:$file does not open: $(cat "$T/err2")"; return 1; }
	done
	[ -z "$(git ls-files -o --exclude='.git-crypt/*/v2/')" ] || { why="left in the tree: $(git ls-files -o)"; return 1; }
}
repairs() {
	if ! hubcrypt rotate v2 >"$T/out2" 2>"$T/err2"; then
		# Nothing left to do: the first run was through but for its last words.
		[ ! -e .git/git-crypt/rotating ] && [ "$(git rev-parse HEAD~1)" = "$before" ] || { why="second run: $(cat "$T/err2")"; return 1; }
	fi
	[ "$(git rev-list --count "$before..HEAD")" = 1 ] || { why="commits: $(git log --oneline)"; return 1; }
	[ -z "$(git status --porcelain)" ] || { why="not clean: $(git status --porcelain)"; return 1; }
	[ ! -e .git/git-crypt/rotating ] || { why="the mark stays"; return 1; }
	[ "$(git check-attr filter one.secret)" = 'one.secret: filter: git-crypt-v2' ] || { why="attributes"; return 1; }
	hubcrypt check HEAD >/dev/null 2>&1 && whole
}
killed() { whole && repairs; }
# A failure before the commit has changed nothing.
failed() {
	whole || return 1
	if [ $status -ne 0 ] && [ "$(git rev-parse HEAD)" = "$before" ]; then
		[ -z "$(git status --porcelain)" ] || { why="status $status and not clean"; return 1; }
		[ -s "$T/err" ] || { why="not a word"; return 1; }
	fi
	repairs
}

for calls in rename,renameat,renameat2 unlink,unlinkat; do
	every $calls signal=KILL prepare killed hubcrypt rotate v2
done
EVERY=2 every fsync signal=KILL prepare killed hubcrypt rotate v2
EVERY=6 every write signal=KILL prepare killed hubcrypt rotate v2
EVERY=8 every clone,clone3,vfork signal=KILL prepare killed hubcrypt rotate v2
EVERY=22 every pipe2 signal=KILL prepare killed hubcrypt rotate v2
FOLLOW=-f every rename,renameat,renameat2 signal=KILL prepare killed hubcrypt rotate v2
every rename,renameat,renameat2 error=ENOSPC prepare failed hubcrypt rotate v2
every unlink,unlinkat error=EIO prepare failed hubcrypt rotate v2
EVERY=6 every write error=ENOSPC prepare failed hubcrypt rotate v2
EVERY=22 every pipe2 error=EMFILE prepare failed hubcrypt rotate v2
EVERY=10 every clone,clone3,vfork error=EAGAIN prepare failed hubcrypt rotate v2
EVERY=2 every fsync error=EIO prepare failed hubcrypt rotate v2
done_testing
