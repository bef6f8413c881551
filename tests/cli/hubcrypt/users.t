#!/bin/sh
# Who can unlock: adding, listing and removing, by GPG and age, and what is refused.
. "${0%/*}/../../tap.sh"
needs gpg
. "$TOP/tests/git.sh"

mkdir -m 700 "$GNUPGHOME"
generate() { gpg --batch --quiet --passphrase '' --quick-generate-key "$@" 2>/dev/null; }
generate 'alice <alice@example.org>' default default 1y && generate 'bob: b <bob@example.org>' default default never &&
	generate 'signer <signer@example.org>' default sign never || skip_all "gpg makes no key"
print_of() { gpg --batch --with-colons --list-keys "$1" | sed -n 's/^fpr:.*:\([0-9A-F]*\):$/\1/p' | head -1; }
alice=$(print_of alice@example.org) bob=$(print_of bob@example.org)

repository a
runs 0 "add a GPG user" hubcrypt add-gpg-user alice@example.org
is "$(git log -1 --format=%B)" "Add 1 git-crypt collaborator

New collaborators:

    $alice
        alice <alice@example.org>" "the commit tells who"
is "$(git status --porcelain)" "" "and is complete"
runs 0 "lock has nothing against it now" hubcrypt lock
runs 0 "unlock with the secret key" hubcrypt unlock
runs 0 "-n stages alone" hubcrypt add-gpg-user -n "$bob"
is "$(git status --porcelain)" "A  .git-crypt/keys/default/0/$bob.gpg" "and makes no commit"
git commit -qm bob
runs 1 "a user id that looks like an option is one of nobody" hubcrypt add-gpg-user -- --version
has "$T/err" "'--version' not found" "and gpg does not take it for one"
runs 1 "an empty user id is one of nobody" hubcrypt add-gpg-user ""
runs 1 "a key that only signs is refused" hubcrypt add-gpg-user signer@example.org
has "$T/err" "cannot be used to encrypt" "and why"
is "$(git status --porcelain)" "" "nothing was written"

# A key that nobody has vouched for.
gpg --batch --export alice@example.org bob@example.org >pub 2>/dev/null
GNUPGHOME=$T/other && mkdir -m 700 "$GNUPGHOME" && gpg --batch --quiet --import pub 2>/dev/null
rm pub
git rm -rq .git-crypt && git commit -qm none
runs 1 "gpg is not sure whose key it is" hubcrypt add-gpg-user alice@example.org
has "$T/err" "gpg is not sure" "and says so"
runs 0 "the whole fingerprint is a decision" hubcrypt add-gpg-user "$alice"
runs 0 "so is --trusted" hubcrypt add-gpg-user --trusted bob@example.org
gpgconf --kill all >/dev/null 2>&1
GNUPGHOME=$T/gnupg

runs 0 "ls-gpg-users" hubcrypt ls-gpg-users
has "$T/out" "$alice" "lists fingerprints"
has "$T/out" "alice <alice@example.org> (expires 20" "names and expiry"
runs 0 "ls-gpg-users --json" hubcrypt ls-gpg-users --json
has "$T/out" "\"key\":\"default\",\"type\":\"gpg\",\"id\":\"$bob\"" "tells programs the same"

# Removing.
runs 1 "a stranger cannot be removed" hubcrypt rm-gpg-user signer@example.org
has "$T/err" "is no user of the key 'default'" "and that is why"
runs 0 "remove by name" hubcrypt rm-gpg-user bob@example.org
has "$T/err" "still has" "the key is not unlearned, and that is said"
[ ! -e ".git-crypt/keys/default/0/$bob.gpg" ] && [ -z "$(git status --porcelain)" ]
ok $? "the copy is gone, committed"
runs 0 "remove by the end of a fingerprint" hubcrypt rm-gpg-user "$(printf %s "$alice" | tail -c 16)"
is "$(git ls-files .git-crypt/keys)" "" "nobody is left"
runs 0 "a copy that was never committed" hubcrypt add-gpg-user -n alice@example.org
runs 0 "can be removed" hubcrypt rm-gpg-user alice@example.org
is "$(git status --porcelain)" "" "without a trace"

# Named keys have users of their own.
runs 0 "a named key" hubcrypt init -k prod
runs 0 "has users of its own" hubcrypt add-gpg-user -k prod alice@example.org
is "$(git ls-files .git-crypt/keys)" ".git-crypt/keys/prod/0/$alice.gpg" "in its own folder"
runs 1 "a name that leads out of the folder is refused" hubcrypt add-gpg-user -k ../prod alice@example.org

# A link in the place of the folder leads nowhere.
mkdir "$T/outside" && git rm -rq .git-crypt && git commit -qm none && rm -rf .git-crypt && ln -s "$T/outside" .git-crypt
runs 1 "a symbolic link in the place of .git-crypt is refused" hubcrypt add-gpg-user alice@example.org
is "$(ls -A "$T/outside")" "" "nothing is written behind it"
rm .git-crypt

# A sparse checkout that hides the folder.
git clone -q "$T/a" "$T/sparse" && cd "$T/sparse" && mkdir -p .git/git-crypt/keys && cp "$T/a/.git/git-crypt/keys/default" .git/git-crypt/keys
mkdir -p .git-crypt/keys/default/0 && : >.git-crypt/keys/default/0/x && git add . && git commit -qm x && git config index.sparse true && git sparse-checkout set --cone deep
runs 0 "add a user where the folder is not checked out" hubcrypt add-gpg-user alice@example.org
is "$(git ls-files | sort | uniq -d)" "" "every path is in the index once"
git ls-tree -r --name-only HEAD .git-crypt >"$T/out"
is "$(grep -c . "$T/out")" 3 "and the commit keeps what was there"
git clone -q --no-checkout . "$T/hidden" && cd "$T/hidden" && git sparse-checkout set --cone deep && git checkout -q main || exit 255
runs 1 "unlock where the users' copies are not checked out" hubcrypt unlock
has "$T/err" "git sparse-checkout add .git-crypt" "says how to get them"
runs 0 "ls-gpg-users there" hubcrypt ls-gpg-users
has "$T/err" "git sparse-checkout add .git-crypt" "too"
git sparse-checkout add .git-crypt && runs 0 "and then" hubcrypt unlock
runs 0 "they are listed" hubcrypt ls-gpg-users
has "$T/out" "alice" "by name"
silent "and nothing else is said"
cd "$T/a" || exit 255

# A gpg that dies or talks nonsense.
cat >"$T/gpg-dies" <<'END'
#!/bin/sh
kill -9 $$
END
cat >"$T/gpg-lies" <<'END'
#!/bin/sh
printf 'pub:u:::::::::::E\nfpr:::::::::../../x:\nfpr:::::::::ABCD:\nuid:u\n'
END
chmod +x "$T/gpg-dies" "$T/gpg-lies"
git config gpg.program "$T/gpg-dies"
runs 1 "a gpg that is killed" hubcrypt add-gpg-user alice@example.org
git config gpg.program "$T/gpg-lies"
runs 1 "a gpg that answers with a path" hubcrypt add-gpg-user alice@example.org
git config gpg.program "$T/none"
runs 1 "a gpg that is not there" hubcrypt add-gpg-user alice@example.org
has "$T/err" "gpg.program" "which setting names it"
is "$(git status --porcelain)" "" "all the while nothing is written"
git config --unset gpg.program

# age.
if command -v age-keygen >/dev/null 2>&1; then
	age-keygen -o "$T/id" 2>/dev/null
	who=$(age-keygen -y "$T/id")
	runs 0 "add an age recipient" hubcrypt add-age-user "$who"
	same .git-crypt/age/default/0/recipients - "is on the list" <<END
$who
END
	runs 0 "twice is once" hubcrypt add-age-user "$who"
	is "$(wc -l <.git-crypt/age/default/0/recipients)" 1 "on the list"
	age -d -i "$T/id" .git-crypt/age/default/0/*.age >"$T/copy"
	same "$T/copy" .git/git-crypt/keys/default "age itself opens the copy"
	runs 1 "not a recipient" hubcrypt add-age-user age1bogus
	cd "$T" && rm -rf c && git clone -q a c && cd c || exit 255
	runs 0 "unlock with the identity" hubcrypt unlock --identity "$T/id"
	is "$(cat one.secret)" "the first" "decrypts"
	runs 0 "remove the recipient" hubcrypt rm-age-user "$who"
	is "$(git ls-files .git-crypt/age)" "" "list and copy are gone"
	age-keygen -o "$T/stranger" 2>/dev/null
	cd "$T" && rm -rf c && git clone -q a c && cd c || exit 255
	runs 1 "another identity does not unlock" hubcrypt unlock --identity "$T/stranger"
	[ ! -e .git/git-crypt/keys/default ]
	ok $? "and installs nothing"
else
	skip "age is not installed"
fi
done_testing
