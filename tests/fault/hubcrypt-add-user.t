#!/bin/sh
# add-age-user and add-gpg-user that are killed, or whose disk is full, at any moment: the key stays, no copy in the tree is short or
# in the clear, and a second run repairs.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
needs age age-keygen gpg
. "$TOP/tests/git.sh"

mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'alice <alice@example.org>' default default never 2>/dev/null || skip_all "gpg makes no key"
alice=$(gpg --batch --with-colons --list-keys alice@example.org | sed -n 's/^fpr:.*:\([0-9A-F]*\):$/\1/p' | head -1)
age-keygen -o "$T/id" 2>/dev/null && who=$(age-keygen -y "$T/id")
repository made
prepare() { cd "$T" && rm -rf c && cp -a made c && cd c && git update-index -q --refresh || exit 255; }
# opens FILE: the copy is the key.
opens() {
	case $1 in
	*.age) age -d -i "$T/id" "$1" 2>/dev/null | cmp -s - "$T/made.key" ;;
	*.gpg) gpg --batch --quiet -d "$1" 2>/dev/null | cmp -s - "$T/made.key" ;;
	esac
}
# whole: what there is of copies is complete, and nothing beside them holds a key.
whole() {
	why=
	[ -z "${FOLLOW:-}" ] || find .git -name '*.lock' -exec rm -f {} +
	cmp -s .git/git-crypt/keys/default "$T/made.key" || { why="the key"; return 1; }
	for copy in .git-crypt/age/default/0/*.age .git-crypt/keys/default/0/*.gpg; do
		[ ! -e "$copy" ] || opens "$copy" || { why="$copy does not open"; return 1; }
	done
	! grep -rlaq GITCRYPTKEY .git-crypt 2>/dev/null || { why="a key in the clear"; return 1; }
	[ -z "$(git ls-files -o -- ':!.git-crypt')" ] || { why="left in the tree: $(git ls-files -o)"; return 1; }
	[ -z "$(git status --porcelain -- ':!.git-crypt')" ] || { why="other files: $(git status --porcelain)"; return 1; }
}
repairs() {
	hubcrypt "$verb" "$user" >"$T/out2" 2>"$T/err2" || { why="second run: $(cat "$T/err2")"; return 1; }
	whole || return 1
	[ -z "$(git status --porcelain)" ] || { why="not clean: $(git status --porcelain)"; return 1; }
	[ "$(git rev-list --count HEAD)" = 2 ] || { why="commits: $(git log --oneline)"; return 1; }
	[ "$(git ls-files .git-crypt | wc -l)" = "$files" ] && [ -z "$(git ls-files -o)" ] || { why="files: $(git ls-files -o .git-crypt)"; return 1; }
	case $user in age*) [ "$(cat .git-crypt/age/default/0/recipients)" = "$user" ] || { why="the list"; return 1; } ;; esac
}
survives() { whole && repairs; }
failed() {
	whole || return 1
	[ $status -eq 0 ] || [ -s "$T/err" ] || { why="not a word"; return 1; }
	repairs
}

# The age copy is sealed here, the GPG one by a child: the same calls, so a part of them will do for that.
for verb in add-age-user add-gpg-user; do
	case $verb in *age*) user=$who files=3 few=1 ;; *) user=$alice files=2 few=5 ;; esac
	for calls in rename,renameat,renameat2 unlink,unlinkat fsync write; do
		EVERY=$few every $calls signal=KILL prepare survives hubcrypt $verb "$user"
	done
	EVERY=$((2 * few)) every clone,clone3,vfork signal=KILL prepare survives hubcrypt $verb "$user"
	EVERY=$((4 * few)) every pipe2 signal=KILL prepare survives hubcrypt $verb "$user"
	FOLLOW=-f EVERY=$few every rename,renameat,renameat2 signal=KILL prepare survives hubcrypt $verb "$user"
	EVERY=$few every rename,renameat,renameat2 error=ENOSPC prepare failed hubcrypt $verb "$user"
	EVERY=$few every unlink,unlinkat error=EIO prepare failed hubcrypt $verb "$user"
	EVERY=$few every fsync error=EIO prepare failed hubcrypt $verb "$user"
	EVERY=$few every write error=ENOSPC prepare failed hubcrypt $verb "$user"
	EVERY=$((2 * few)) every mkdir error=ENOSPC prepare failed hubcrypt $verb "$user"
	EVERY=$((2 * few)) every clone,clone3,vfork error=EAGAIN prepare failed hubcrypt $verb "$user"
	EVERY=$((4 * few)) every pipe2 error=EMFILE prepare failed hubcrypt $verb "$user"
done
done_testing
