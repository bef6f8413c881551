#!/bin/sh
# Copies of the key for GPG users, made by git-crypt and opened by us.
. "${0%/*}/../../tap.sh"
needs git-crypt gpg
. "$TOP/tests/git.sh"
REAL=$(command -v git-crypt)

mkdir -m 700 "$GNUPGHOME"
for who in alice bob; do
	gpg --batch --quiet --passphrase '' --quick-generate-key "$who <$who@example.org>" default default never 2>/dev/null || skip_all "gpg makes no key"
done
repository a "$REAL"
"$REAL" init -k prod 2>/dev/null && echo '*.prod filter=git-crypt-prod diff=git-crypt-prod' >>.gitattributes && echo production >p.prod &&
	git add . && git commit -qm prod || exit 255
runs 0 "git-crypt adds users" "$REAL" add-gpg-user --trusted alice@example.org bob@example.org
runs 0 "and to a named key" "$REAL" add-gpg-user --trusted -k prod bob@example.org
for ours in hubcrypt "$OURS"; do
	rm -rf "$T/b" && git clone -q "$T/a" "$T/b" && cd "$T/b" || exit 255
	runs 0 "${ours##*/} unlocks with the secret keys at hand" "$ours" unlock
	is "$(cat one.secret p.prod)" "$(printf 'the first\nproduction')" "${ours##*/} opens every key"
	runs 0 "${ours##*/} locks again, for there are copies" "$ours" lock --all
	cd "$T" || exit 255
done
export GNUPGHOME="$T/empty" && mkdir -m 700 "$GNUPGHOME"
rm -rf b && git clone -q a b && cd b || exit 255
runs 1 "without a secret key it fails" "$OURS" unlock
is "$(grep -v '^gpg: ' "$T/err")" "$("$REAL" unlock 2>&1 | grep -v '^gpg: ')" "in git-crypt's words"
sealed one.secret && [ ! -e .git/git-crypt/keys/default ]
ok $? "and nothing has changed"
gpgconf --kill all >/dev/null 2>&1
export GNUPGHOME="$T/gnupg"

# A copy under the wrong name must not be taken.
cd "$T/a" && git mv .git-crypt/keys/prod .git-crypt/keys/stage && git commit -qm moved && cd "$T" && rm -rf b && git clone -q a b && cd b || exit 255
runs 1 "a copy that holds another key than its folder says is refused" hubcrypt unlock
sealed one.secret && [ ! -e .git/git-crypt/keys/stage ]
ok $? "and nothing has changed"
done_testing
