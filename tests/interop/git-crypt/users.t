#!/bin/sh
# GPG users made by one program, used by the other, on top of each other.
. "${0%/*}/../../tap.sh"
needs git-crypt gpg
. "$TOP/tests/git.sh"
REAL=$(command -v git-crypt)

mkdir -m 700 "$GNUPGHOME"
for who in alice bob bobby; do
	gpg --batch --quiet --passphrase '' --quick-generate-key "$who <$who@example.org>" default default never 2>/dev/null || skip_all "gpg makes no key"
done
print_of() { gpg --batch --with-colons --list-keys "$1" | sed -n 's/^fpr:.*:\([0-9A-F]*\):$/\1/p' | head -1; }
alice=$(print_of alice@example.org) bob=$(print_of bob@example.org)

# The same commands leave the same tree behind.
for program in "$REAL" "$OURS"; do
	name=$(basename "$(dirname "$program")")
	repository "$T/$name" "$program"
	"$program" init -k prod 2>/dev/null && echo '*.prod filter=git-crypt-prod diff=git-crypt-prod' >>.gitattributes && echo production >p.prod
	git add . && git commit -qm prod
	runs 0 "$name: add a user" "$program" add-gpg-user alice@example.org
	runs 0 "$name: two for a named key" "$program" add-gpg-user -k prod bob@example.org alice@example.org
	is "$(git log -1 --format=%s)" "Add 2 git-crypt collaborators" "$name: the commit counts them"
	runs 0 "$name: one that is there already" "$program" add-gpg-user alice@example.org
	git ls-files .git-crypt >"$T/$name.files"
	git rev-list --count HEAD >"$T/$name.commits"
	cp .git-crypt/.gitattributes "$T/$name.attributes"
	cd "$T" || exit 255
done
real=$(basename "$(dirname "$REAL")")
same dropin.files "$real.files" "the same files"
same dropin.commits "$real.commits" "the same number of commits"
same dropin.attributes "$real.attributes" "the same .gitattributes for the copies"

# Each opens what the other made, with only one secret key at hand.
for made in "$real" dropin; do
	for program in "$REAL" "$OURS"; do
		rm -rf c && git clone -q "$made" c && cd c || exit 255
		"$program" unlock >"$T/out" 2>&1
		ok $? "made by $made, unlocked by $(basename "$(dirname "$program")")"
		is "$(cat one.secret p.prod)" "$(printf 'the first\nproduction')" "with every key"
		runs 0 "and a user added on top" "$program" add-gpg-user --trusted bob@example.org
		git ls-files --error-unmatch ".git-crypt/keys/default/0/$bob.gpg" >/dev/null 2>&1
		ok $? "is committed"
		cd "$T" || exit 255
	done
done
gpg --batch --quiet --decrypt "c/.git-crypt/keys/prod/0/$alice.gpg" >copy 2>/dev/null
cp c/.git/git-crypt/keys/prod installed
same copy installed "a copy is the key file as it is installed"

# Words and statuses under git-crypt's name.
cd dropin || exit 255
for words in "nobody@example.org" "bob" ""; do
	"$REAL" add-gpg-user ${words:+"$words"} >"$T/want" 2>&1
	want=$?
	runs $want "'$words': the same status" "$OURS" add-gpg-user ${words:+"$words"}
	is "$(grep -v '^gpg: ' "$T/err" | head -1)" "$(grep -v '^gpg: ' "$T/want" | head -1)" "'$words': the same words"
done
done_testing
