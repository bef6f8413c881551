#!/bin/sh
# doctor: one thing wrong at a time is found, with what to do; a healthy clone has no problem.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
hubcrypt export-key "$T/key" && sed -i 's/ diff=git-crypt/& merge=git-crypt/' .gitattributes && git commit -qam merge
# fresh: a copy, at its top.  finds WORDS CLAIM, fine WORDS CLAIM: a problem is, or is not, among the findings.
fresh() { cd "$T" && rm -rf c && cp -r made c && cd c && git status >/dev/null || exit 255; }
finds() {
	hubcrypt doctor >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] && grep '^problem' "$T/out" | grep -qF -e "$1" && grep -A1 '^problem' "$T/out" | grep -q '^ *fix: '
	ok $? "$2" || note "$(cat "$T/out" "$T/err")"
}
notes() {
	hubcrypt doctor >"$T/out" 2>"$T/err"
	grep '^note' "$T/out" | grep -qF -e "$1"
	ok $? "$2" || note "$(cat "$T/out" "$T/err")"
}

fresh
runs 0 "a healthy clone" hubcrypt doctor
has "$T/out" "key 'default' is installed, for 4 tracked files" "its key"
has "$T/out" "4 encrypted files open" "its files"
notes "no pre-commit hook" "that there are no hooks is no problem"
runs 0 "in JSON" hubcrypt doctor --json
has "$T/out" '{"level":"ok","text":"key' "too"
hubcrypt install-hooks && hubcrypt doctor >"$T/out"
has "$T/out" "ok       a pre-commit hook is in place" "and with hooks"
fresh
hubcrypt init -k lone 2>/dev/null
finds "key 'lone' exists in this clone alone" "a key that nobody else has"
fresh
chmod 644 .git/git-crypt/keys/default
finds "others may read the key file" "a key file that others may read"
fresh
printf 'x' >>.git/git-crypt/keys/default
finds "cannot be used" "a damaged key"
fresh
git config --remove-section filter.git-crypt
finds "filter 'git-crypt' is not set up" "a key without its filter"
fresh
git config filter.git-crypt.required false
finds "is not true" "a filter that is not required"
fresh
git config filter.git-crypt.process '"/nowhere/hubcrypt" process'
finds "cannot be found" "a program that is not there"
fresh
git config --unset filter.git-crypt.process
notes "a process for each file" "a slow configuration"
fresh
git config diff.git-crypt.cachetextconv true
finds "keeps plaintext" "a cache of plaintext"
fresh
git config rerere.enabled true
finds "rerere is on" "rerere"
fresh
sed -i 's/ merge=git-crypt//' .gitattributes && git commit -qam nomerge
notes "no 'merge' attribute" "a merge attribute that is missing"
fresh
sed -i 's/ diff=git-crypt//' .gitattributes && git commit -qam nodiff
finds "no 'diff' attribute" "a diff attribute that is missing"
fresh
echo '*.secret text' >>.gitattributes
finds "would damage its ciphertext" "an attribute that damages"
fresh
echo '*.md filter=git-cyrpt' >>.gitattributes && echo x >a.md && git add . && git commit -qm typo
finds "a 'filter' that does not exist" "a slip of the pen"
fresh
echo '*.md filter=git-crypt' >.git/info/attributes
finds "in this clone alone" "attributes that nobody else has"
fresh
git config git-crypt.repoStateDir state && mkdir -p state/keys/default/0 && : >state/keys/default/0/0123456789ABCDEF0123456789ABCDEF01234567.gpg
finds "'state/.gitattributes' is missing" "users' copies without their .gitattributes"
fresh
id=$(echo open | git hash-object --no-filters -w --stdin) && git update-index --cacheinfo "100644,$id,one.secret"
finds "is to be encrypted, and is not" "a file in plaintext"
fresh
git cat-file blob HEAD:one.secret >one.secret
finds "still ciphertext in this tree" "a file that was never decrypted"
fresh
id=$({ git cat-file blob HEAD:one.secret; echo x; } | git hash-object --no-filters -w --stdin) && git update-index --cacheinfo "100644,$id,one.secret"
git cat-file blob ":one.secret" >one.secret
finds "opened by no key" "a damaged file"
cd "$T" && git clone -q made locked && cd locked
finds "would be committed in plaintext" "a locked clone without a guard"
hubcrypt guard
runs 0 "a locked clone under guard is fine" hubcrypt doctor
has "$T/out" "the guard is on" "and says so"
hubcrypt unlock "$T/key" && rm .git/git-crypt/keys/default .git/git-crypt/guard
finds "git's commands will fail" "a filter whose key is gone"

# cat, which needs no file in the tree.
cd "$T/made" || exit 255
runs 0 "cat of a revision" hubcrypt cat HEAD:one.secret
is "$(cat "$T/out")" "the first" "is plaintext"
runs 0 "cat of the index" hubcrypt cat :one.secret
cd deep/er && runs 0 "cat of a relative path" hubcrypt cat HEAD:./two.sh
cd ../..
runs 0 "cat of a file that is not encrypted" hubcrypt cat HEAD:README
is "$(cat "$T/out")" "not secret" "is that file"
runs 0 "cat of an empty secret" hubcrypt cat HEAD:deep/empty
is "$(cat "$T/out")" "" "is empty"
runs 1 "cat of nothing" hubcrypt cat HEAD:none
runs 1 "cat of a folder" hubcrypt cat HEAD:deep
runs 2 "cat of no path" hubcrypt cat HEAD
cd "$T/locked" && runs 1 "cat without the key" hubcrypt cat HEAD:one.secret
is "$(cat "$T/out")" "" "prints nothing"
git clone -q --bare "$T/made" "$T/bare" && cd "$T/bare" && mkdir -p git-crypt/keys && cp "$T/key" git-crypt/keys/default
runs 0 "cat in a bare repository" hubcrypt cat HEAD:one.secret
is "$(cat "$T/out")" "the first" "with its key"
done_testing
