#!/bin/sh
# init: a key for a repository that has none, here or anywhere.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

runs 1 "outside a repository init fails" hubcrypt init
has err 'not in a git repository' "and says why"

git init -q r && cd r || exit 255
runs 0 "a repository is initialised" hubcrypt init
is "$(wc -c <.git/git-crypt/keys/default)" 148 "the key file has the length of git-crypt's"
is "$(stat -c %a .git/git-crypt/keys/default)" 600 "and only its owner may read it"
is "$(ls -A .git/git-crypt/keys)" default "nothing else is in the folder, for each entry is taken for a key"
for line in 'filter.git-crypt.clean "hubcrypt" clean' 'filter.git-crypt.smudge "hubcrypt" smudge' \
    'filter.git-crypt.process "hubcrypt" process' 'filter.git-crypt.required true'; do
	is "$(git config "${line%% *}")" "${line#* }" "${line%% *} is set"
done
is "$(git config diff.git-crypt.textconv)" "$(realpath "$LIBEXEC")/hubcrypt-textconv" "textconv is the helper, as one plain word"
has .git/config 'merge "git-crypt"' "a merge driver is set"

cp .git/git-crypt/keys/default ../before
runs 1 "a second init is refused" hubcrypt init
runs 1 "under git-crypt's name too" "$OURS" init
is "$(cat "$T/err")" 'Error: this repository has already been initialized with git-crypt.' "in its words"
same .git/git-crypt/keys/default ../before "the key is what it was"

runs 0 "a named key" hubcrypt init -k other
is "$(wc -c <.git/git-crypt/keys/other)" 161 "has its name in the file"
is "$(git config filter.git-crypt-other.process)" '"hubcrypt" process --key-name=other' "and in its filter"
for name in default 'a b' ../../x '' "$(printf '%0129d' 0)"; do
	runs 1 "no key is called '$(printf %.20s "$name")'" "$OURS" init -k "$name"
	has "$T/err" 'git-crypt: Error: ' "and the message is git-crypt's"
done
is "$(ls .git/git-crypt/keys)" "$(printf 'default\nother')" "none of them was made"
runs 2 "two operands are a mistake" "$OURS" init a b
has "$T/err" 'Error: git-crypt init takes no arguments' "which is said"

# A clone of a repository whose key is elsewhere: a second key would make everybody's checkouts fail.
cd "$T" && repository made && cd "$T" || exit 255
git clone -q made clone && cd clone || exit 255
runs 1 "init refuses where files are encrypted with a key that is not here" hubcrypt init
has "$T/err" "files encrypted with the key 'default'" "and says so"
has "$T/err" "hubcrypt unlock" "and what to do"
[ ! -e .git/git-crypt/keys/default ]
ok $? "no key was made"
is "$(git config filter.git-crypt.clean)" '' "no filter was set"
runs 0 "another key is no problem" hubcrypt init -k fresh
git init -q ../users && cd ../users && mkdir -p .git-crypt/keys/default/0 && : >.git-crypt/keys/default/0/X.gpg && git add . || exit 255
runs 1 "init refuses where a user has the key" hubcrypt init
has "$T/err" 'users of' "and says so"

# A repository of another user, as containers have them.
if [ "$(id -u)" -eq 0 ]; then
	git init -q "$T/theirs" && chown -R 65534 "$T/theirs" && cd "$T/theirs" || exit 255
	for verb in init unlock lock status check; do
		runs 1 "$verb where git refuses to work" hubcrypt $verb
		has "$T/err" "dubious ownership" "$verb says why"
		has "$T/err" "git config --global --add safe.directory" "$verb gives git's way out"
	done
	runs 1 "under git-crypt's name" "$OURS" unlock
	has "$T/err" "fatal: detected dubious ownership" "git is heard"
	is "$(tail -n 1 "$T/err")" "git-crypt: Error: 'git status' failed - is this a Git repository?" "and then git-crypt"
	[ ! -e .git/git-crypt/keys/default ] && [ ! -e .git/git-crypt/unexported/default ]
	ok $? "no key was made"
else
	skip "only root can make a repository of another user"
fi
# Configuration that cannot be written.
git init -q "$T/busy" && cd "$T/busy" && : >.git/config.lock || exit 255
runs 1 "init with a configuration that is locked" hubcrypt init
has "$T/err" "nothing was changed" "changes nothing"
[ ! -e .git/git-crypt/keys/default ] && [ ! -e .git/git-crypt/unexported/default ]
ok $? "no key stays"
rm .git/config.lock && runs 0 "and then it does" hubcrypt init

cd "$T/users" || exit 255
git init -q --bare ../bare.git && cd ../bare.git || exit 255
runs 0 "a bare repository is initialised" hubcrypt init
[ -s git-crypt/keys/default ]
ok $? "and has its key"

cd "$T/clone" || exit 255
runs 0 "init with a key file is the old way to unlock" "$OURS" init "$T/made.key"
has "$T/err" deprecated "and says so"
is "$(cat one.secret)" 'the first' "but it does"
done_testing
