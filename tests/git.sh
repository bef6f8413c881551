# git for shell tests, after tap.sh: an identity, no hooks or settings of the machine's, and repositories with encrypted files.

git config --global user.name 'A Tester'
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global protocol.file.allow always

# The drop-in name, as "make install NAMES=git-crypt" gives it.
mkdir "$T/dropin"
ln -s "$BIN/hubcrypt" "$T/dropin/git-crypt"
OURS=$T/dropin/git-crypt

# sealed FILE, plain FILE: is it ciphertext?
sealed() { [ "$(head -c 9 "$1" 2>/dev/null | tr '\0' .)" = .GITCRYPT ]; }
plain() { [ -e "$1" ] && ! sealed "$1"; }
# index_sealed PATH...: are the index blobs?
index_sealed() {
	for git_path; do
		git cat-file blob ":$git_path" >"$T/blob" && sealed "$T/blob" || return 1
	done
}

# repository FOLDER [PROGRAM]: a new one with a key, secrets of several kinds and a first commit; its key is FOLDER.key.  We are
# at its top afterwards.
repository() {
	git init -q "$1" && cd "$1" || exit 255
	"${2:-hubcrypt}" init 2>/dev/null
	"${2:-hubcrypt}" export-key "$PWD.key"
	printf '%s\n' '*.secret filter=git-crypt diff=git-crypt' 'deep/** filter=git-crypt diff=git-crypt' >.gitattributes
	mkdir -p deep/er 'with space'
	echo 'not secret' >README
	echo 'the first' >one.secret
	printf '#!/bin/sh\n' >deep/er/two.sh
	chmod 755 deep/er/two.sh
	printf 'no line end' >'with space/three [*].secret'
	: >deep/empty
	ln -s one.secret link.secret
	git add . && git commit -qm first
}
