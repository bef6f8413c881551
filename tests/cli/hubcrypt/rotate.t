#!/bin/sh
# rotate: one commit, old commits still open, everybody who stays has the new key; refusals change nothing.
. "${0%/*}/../../tap.sh"
needs gpg
. "$TOP/tests/git.sh"

mkdir -m 700 "$GNUPGHOME"
for who in alice bob; do
	gpg --batch --quiet --passphrase '' --quick-generate-key "$who <$who@example.org>" default default never 2>/dev/null || skip_all "gpg makes no key"
done
print_of() { gpg --batch --with-colons --list-keys "$1" | sed -n 's/^fpr:.*:\([0-9A-F]*\):$/\1/p' | head -1; }
alice=$(print_of alice@example.org) bob=$(print_of bob@example.org)

# Attributes in several files, a macro, a quoted pattern, other line ends; users; an assume-unchanged and a skipped file.
repository made
printf '[attr]secret filter=git-crypt diff=git-crypt merge=git-crypt\r\n# filter=git-crypt in a comment stays\n"q *" secret\n*.txt filter=git-crypt-other -diff\n' >>.gitattributes
printf 'm* secret\n' >'with space/.gitattributes'
echo quoted >'q 1' && echo macro >'with space/m'
git add . && git commit -qm more && hubcrypt add-gpg-user alice@example.org bob@example.org >/dev/null && hubcrypt rm-gpg-user bob@example.org >/dev/null 2>&1
if command -v age-keygen >/dev/null 2>&1; then
	age-keygen -o "$T/id" 2>/dev/null && hubcrypt add-age-user "$(age-keygen -y "$T/id")" >/dev/null
fi
files='one.secret deep/er/two.sh deep/empty with%space/three%[*].secret q%1 with%space/m'
# fresh: a copy of it all, at its top.
fresh() { cd "$T" && rm -rf c && cp -r made c && cd c && git status >/dev/null || exit 255; }
# unchanged CLAIM: as if nothing had been tried.
unchanged() {
	[ "$(git rev-parse HEAD)" = "$before" ] && [ -z "$(git status --porcelain -uno)" ] && [ ! -e .git/git-crypt/keys/v2 ] &&
		[ ! -e .git/git-crypt/rotating ] && ! git config --get-regexp 'filter\.git-crypt-v2.*' >/dev/null &&
		[ "$(cat one.secret)" = 'the first' ]
	ok $? "$1" || note "$(git status --short; find .git/git-crypt; cat .git/config)"
}
# open_with KEY REV PATH: decrypt a blob with just one key.
open_with() { git cat-file blob "$2:$3" | hubcrypt smudge --key-file=".git/git-crypt/keys/$1" 2>/dev/null; }
before=$(git rev-parse HEAD)

fresh
git update-index --assume-unchanged one.secret
git update-index --skip-worktree 'q 1'
runs 0 "rotate" hubcrypt rotate v2
is "$(cat "$T/out")" "" "prints nothing to standard output"
has "$T/err" "6 files are encrypted with the new key 'v2'" "tells how many files"
has "$T/err" "$alice" "and who has the new key"
hasnt "$T/err" "$bob" "who was removed has not"
has "$T/err" "change them" "and what is left to do"
is "$(git rev-list --count "$before..HEAD")" 1 "one commit"
is "$(git status --porcelain)" "" "that leaves the tree clean"
is "$(git ls-files -v | sed -n '/^[hS]/p')" "h one.secret
S q 1" "marks in the index stay"
bad=
for file in $files; do
	file=$(printf %s "$file" | tr % ' ')
	open_with v2 HEAD "$file" >"$T/new" && open_with default "$before" "$file" >"$T/old" && cmp -s "$T/new" "$T/old" || bad="$bad $file"
	! open_with default HEAD "$file" >/dev/null || bad="$bad $file(old)"
done
is "$bad" "" "every file opens with the new key and no other, and holds what it held"
git show HEAD:.gitattributes | tr -d '\r' >"$T/attributes"
is "$(cat "$T/attributes")" '*.secret filter=git-crypt-v2 diff=git-crypt-v2
deep/** filter=git-crypt-v2 diff=git-crypt-v2
[attr]secret filter=git-crypt-v2 diff=git-crypt-v2 merge=git-crypt-v2
# filter=git-crypt in a comment stays
"q *" secret
*.txt filter=git-crypt-other -diff' "attributes, and nothing else, name the new driver"
is "$(git show HEAD:.gitattributes | tr -cd '\r' | wc -c)" 1 "line ends stay"
runs 0 "check finds nothing" hubcrypt check HEAD
[ ! -e .git/git-crypt/rotating ] && [ "$(ls .git/git-crypt/keys)" = "default
v2" ]
ok $? "both keys are installed, and no mark is left"
git update-index --no-assume-unchanged one.secret && git update-index --no-skip-worktree 'q 1'
runs 0 "an older commit checks out" git checkout -q "$before"
is "$(cat one.secret 'q 1')" "the first
quoted" "and opens"
runs 0 "and back" git checkout -q main
is "$(cat one.secret 'q 1')" "the first
quoted" "too"
runs 0 "a difference across the change" git diff "$before" HEAD -- one.secret
is "$(grep -c '^[+-]' "$T/out")" 0 "is none of the text"
git clone -q . "$T/clone" && cd "$T/clone" && runs 0 "a clone unlocks with GPG" hubcrypt unlock
is "$(cat one.secret 'with space/m')" "the first
macro" "both keys"
if [ -e "$T/id" ]; then
	cd "$T" && rm -rf clone && git clone -q c clone && cd clone && runs 0 "and with age" hubcrypt unlock -i "$T/id"
	is "$(cat one.secret)" "the first" "too"
fi
cd "$T/c" && runs 0 "rotate again, from a named key" hubcrypt rotate -k v2 v3
is "$(git check-attr filter one.secret)" "one.secret: filter: git-crypt-v3" "to a third"

# Another clone that only has the old key can pull.
fresh
git clone -q . "$T/other" && cd "$T/other" && hubcrypt unlock "$T/made.key" && cd "$T/c" && hubcrypt rotate v2 2>/dev/null
cd "$T/other" && runs 0 "another clone pulls" git pull -q
sealed one.secret
ok $? "and has ciphertext"
runs 0 "until it unlocks" hubcrypt unlock
is "$(cat one.secret)" "the first" "again"

# A sparse checkout, with a sparse index, and a split one.
fresh
mkdir in out && cp one.secret in/a.secret && cp one.secret out/b.secret && git add . && git commit -qm sparse
git config index.sparse true && git sparse-checkout set --cone in with\ space deep .git-crypt
runs 0 "in a sparse checkout" hubcrypt rotate v2
is "$(git status --porcelain)" "" "the tree is clean"
is "$(git ls-files | sort | uniq -d)" "" "and every path is in the index once"
git sparse-checkout disable
is "$(cat out/b.secret)" "the first" "what was left out opens when it comes"
git config core.splitIndex true && git update-index --split-index
runs 0 "with a split index" hubcrypt rotate -k v2 v3
is "$(git status --porcelain)" "" "the tree is clean"
fresh
git sparse-checkout set --cone deep
before=$(git rev-parse HEAD)
runs 1 "a tree without the users' copies" hubcrypt rotate v2
has "$T/err" ".git-crypt/" "is refused"
unchanged "and nothing has changed"

# A linked worktree.
fresh
git worktree add -q "$T/linked" -b linked && cd "$T/linked" && runs 0 "from a linked worktree" hubcrypt rotate v2
is "$(git status --porcelain; git -C "$T/c" status --porcelain)" "" "both trees are clean"
is "$(cat one.secret "$T/c/one.secret" | sort -u)" "the first" "and open"

# Refusals.
fresh
echo edit >>README
runs 1 "changes in the tree" hubcrypt rotate v2
git checkout -q README
unchanged "change nothing"
runs 1 "a name that is taken by a key" hubcrypt rotate -k default v2
hubcrypt init -k v4 2>/dev/null
runs 1 "a key of that name" hubcrypt rotate v4
runs 1 "an impossible name" hubcrypt rotate ../v2
runs 1 "the same name" hubcrypt rotate -k v4 v4
unchanged "change nothing"
fresh
echo '*.secret filter=git-crypt' >.git/info/attributes
runs 1 "info/attributes would keep the old driver" hubcrypt rotate v2
has "$T/err" "info/attributes" "and is blamed"
unchanged "nothing has changed"
fresh
git config core.attributesFile "$T/global" && echo 'README filter=git-crypt' >"$T/global" && touch README && git add README && git commit -qm global
before=$(git rev-parse HEAD)
runs 1 "so would a global file" hubcrypt rotate v2
has "$T/err" "'README' would keep" "and the path is named"
unchanged "nothing has changed"
before=$(git -C "$T/made" rev-parse HEAD)
fresh
mkdir pub && echo x >pub/x && git add pub && git commit -qm pub && printf 'x filter=git-crypt\n' >pub/.gitattributes && touch pub/x
runs 1 "an untracked .gitattributes" hubcrypt rotate v2
[ ! -e .git/git-crypt/keys/v2 ] && [ ! -e .git/git-crypt/rotating ]
ok $? "nothing has changed"
fresh
git config gpg.program /bin/false
runs 1 "a user who cannot be given the key" hubcrypt rotate v2
has "$T/err" "$alice" "is named"
unchanged "nothing has changed"
fresh
printf '#!/bin/sh\nexit 1\n' >.git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
runs 1 "a hook that says no" hubcrypt rotate v2
unchanged "nothing has changed"
# A run that was killed after its commit, on another branch: its key is not this run's to remove.
fresh
git checkout -q -b elsewhere && hubcrypt rotate v2 2>/dev/null && git checkout -q main && printf 'default\nv2\n' >.git/git-crypt/rotating
printf '#!/bin/sh\nexit 1\n' >.git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
runs 1 "a key of an earlier run" hubcrypt rotate v2
[ -e .git/git-crypt/keys/v2 ]
ok $? "is not removed"
rm .git/hooks/pre-commit
runs 0 "and taken up by the next one" hubcrypt rotate v2
fresh
id=$(head -c 40 /dev/urandom | { printf '\0GITCRYPT\0'; cat; } | git hash-object --no-filters -w --stdin) && git update-index --cacheinfo "100644,$id,one.secret" &&
	git commit -qm damaged && before=$(git rev-parse HEAD)
git cat-file blob HEAD:one.secret >one.secret
runs 1 "a file that no key opens" hubcrypt rotate v2
[ "$(git rev-parse HEAD)" = "$before" ] && [ ! -e .git/git-crypt/keys/v2 ]
ok $? "nothing has changed"
cd "$T/made" && before=$(git rev-parse HEAD)
git init -q "$T/none" && cd "$T/none" && git commit -q --allow-empty -m none && hubcrypt init 2>/dev/null
runs 1 "nothing to rotate" hubcrypt rotate v2
runs 1 "a second rotation while one is unfinished" sh -c 'printf "default\nv9\n" >.git/git-crypt/rotating; hubcrypt rotate v2'
has "$T/err" "hubcrypt rotate v9" "says how to finish the first"
done_testing
