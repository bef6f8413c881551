#!/bin/sh
# check: what no filter can stop is found, in the index, in commits and ranges, without a key.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

# leak PATH TEXT: stage plaintext past the filters, as a client without them would.
leak() {
	id=$(printf '%s\n' "$2" | git hash-object --no-filters -w --stdin)
	git update-index --add --cacheinfo "100644,$id,$1"
}

repository a
first=$(git rev-parse HEAD)
runs 0 "an index where all is well" hubcrypt check
silent "says nothing"
is "$(cat "$T/out")" "" "at all"
runs 0 "a commit where all is well" hubcrypt check HEAD
leak two.secret open
runs 1 "plaintext in the index" hubcrypt check
is "$(cat "$T/out")" "two.secret: is to be encrypted, and is not" "is named"
runs 1 "in JSON" hubcrypt check --json
is "$(cat "$T/out")" '{"problems":[{"path":"two.secret","driver":"git-crypt","problem":"plaintext"}],"revisions":1,"files":5,"ok":false}' "too"
git commit -qm leak
leaked=$(git rev-parse HEAD)
git rm -q --cached two.secret && git commit -qm repaired && rm -f two.secret
runs 0 "a repaired index" hubcrypt check
runs 1 "but a range has it" hubcrypt check "$first..HEAD"
is "$(cat "$T/out")" "$(printf %.12s "$leaked"): two.secret: is to be encrypted, and is not" "in its commit"
runs 0 "a range without it" hubcrypt check "$leaked..HEAD"
runs 1 "that commit" hubcrypt check "$leaked"
runs 1 "no such revision" hubcrypt check nowhere
runs 1 "an option of git's is none of ours" hubcrypt check -- --all
cd deep/er && runs 1 "from a folder below" hubcrypt check "$first..HEAD"
cd ../..

# An attribute that goes away.
sed -i '/^\*\.secret/d' .gitattributes && git add .gitattributes
runs 1 "an attribute is gone, the file is still ciphertext" hubcrypt check
has "$T/out" "one.secret: has lost its attribute" "is told"
leak one.secret open
runs 1 "and when it is plaintext" hubcrypt check
has "$T/out" "one.secret: was encrypted before, and is not any more" "too"
runs 0 "unless that is meant" hubcrypt check --allow-decrypted
git commit -qm decrypted
runs 1 "in the commit that did it" hubcrypt check HEAD
git commit -q --allow-empty -m after
runs 0 "and not in the next one" hubcrypt check HEAD
# Each commit has its own attributes, whatever the tree says.
echo '*' >.gitattributes
runs 0 "attributes of the tree do not matter" hubcrypt check "$first"
git reset -q --hard "$first"

# Files that git or we must read.
echo '* filter=git-crypt diff=git-crypt' >.gitattributes && git add .gitattributes
runs 1 "a pattern that encrypts .gitattributes" hubcrypt check
has "$T/out" ".gitattributes: must not be encrypted" "is told"
git reset -q --hard "$first"
: >three.secret && id=$(git hash-object --no-filters -w three.secret) && git update-index --add --cacheinfo "100644,$id,three.secret"
runs 0 "an empty file has no secret" hubcrypt check
git reset -q --hard "$first"

# Attributes with which git damages ciphertext, as the commit has them.
echo '* text=auto eol=lf' | cat - .gitattributes >x && mv x .gitattributes && git commit -qam harmless
runs 0 "text=auto does no harm" hubcrypt check HEAD
echo 'one.secret eol=lf' >>.gitattributes && git add .gitattributes
runs 0 "nor does eol beside it" hubcrypt check
echo 'one.secret text' >>.gitattributes && git add .gitattributes
runs 1 "text does" hubcrypt check
is "$(grep -c . "$T/out")" 1 "and is told once a file"
git commit -qm text && echo >.gitattributes
runs 1 "in the commit" hubcrypt check HEAD
has "$T/out" "one.secret: has an attribute with which git damages it" "whatever the tree has"
git reset -q --hard "$first"

# No key, no tree.
cd "$T" && git clone -q a locked && cd locked && runs 0 "a locked clone" hubcrypt check
leak four.secret open && git commit -qm leak && runs 1 "is checked as well" hubcrypt check HEAD
git clone -q --bare . "$T/bare" && cd "$T/bare" && runs 1 "a bare repository" hubcrypt check
has "$T/out" "four.secret" "by its HEAD"
is "$(find . -name 'sharedindex*' -o -name index)" "" "and no index is left in it"
git init -q "$T/empty" && cd "$T/empty" && runs 0 "a repository without a commit" hubcrypt check
cd "$T" && runs 1 "no repository" hubcrypt check

# A merge is compared with its first parent.
cd "$T/a" && leak five.secret open && side=$(git commit-tree -p HEAD -m side "$(git write-tree)") && git reset -q --hard "$first" &&
	git update-ref HEAD "$(git commit-tree -p HEAD -p "$side" -m merged "$side^{tree}")"
runs 1 "what a merge brings" hubcrypt check HEAD
is "$(wc -l <"$T/out")" 1 "is told once"
runs 1 "a range with a merge" hubcrypt check "$first..HEAD"
is "$(wc -l <"$T/out")" 2 "tells both commits"

# SHA-256, where git has it.
if git init -q --object-format=sha256 "$T/sha" 2>/dev/null; then
	cd "$T/sha" && echo '*.secret filter=git-crypt' >.gitattributes && git add . && git commit -qm one && leak one.secret open
	runs 1 "a repository with SHA-256" hubcrypt check
	git commit -qm leak && runs 1 "and its commits" hubcrypt check HEAD~1..HEAD
fi

# Hooks.
cd "$T/a" && git reset -q --hard "$first"
runs 0 "install-hooks" hubcrypt install-hooks
runs 0 "twice" hubcrypt install-hooks
leak six.secret open
runs 1 "a commit of plaintext is stopped" git commit -qm leak
has "$T/err" "1 problem" "by the hook"
git commit -qnm leak && git init -q --bare "$T/remote" && git remote add origin "$T/remote"
runs 1 "so is a push of it" git push -q origin main
is "$(git -C "$T/remote" for-each-ref)" "" "nothing has left"
git push -q --no-verify origin main 2>/dev/null && git rm -q --cached six.secret && git commit -qm repaired
runs 0 "what the other side has already is not asked again" git push -q origin main
runs 0 "a commit from before" git push -q origin "$first:refs/heads/x"
runs 0 "deleting a branch publishes nothing" git push -q origin :refs/heads/x
runs 1 "input that is not the hook's" sh -c "echo bogus | hubcrypt check --pre-push origin"
rm .git/hooks/pre-commit && echo '#!/bin/sh' >.git/hooks/pre-push && cp .git/hooks/pre-push "$T/hook"
runs 1 "somebody else's hook is not touched" hubcrypt install-hooks
same .git/hooks/pre-push "$T/hook" "not at all"
[ ! -e .git/hooks/pre-commit ]
ok $? "and no other is written"
has "$T/err" "check --pre-push" "the line to add is told"
done_testing
