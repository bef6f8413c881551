#!/bin/sh
# The forms in which scripts, actions and Makefiles call git-crypt, with our program under that name.
. "${0%/*}/../../tap.sh"
needs bash
. "$TOP/tests/git.sh"
PATH=$T/dropin:$PATH

repository made git-crypt
git-crypt init -k prod 2>/dev/null && git-crypt export-key -k prod "$T/prod.key" &&
	echo '*.prod filter=git-crypt-prod diff=git-crypt-prod' >>.gitattributes && echo p >p.prod && git add . && git commit -qm prod || exit 255
cd "$T" || exit 255
KEY=$(base64 <made.key) && export KEY
# form CLAIM LINE: a line of bash in a fresh clone; then the clone is unlocked.
form() {
	cd "$T" && rm -rf c && git clone -q made c && cd c || exit 255
	runs 0 "$1" bash -o pipefail -c "$2"
	[ "$(cat one.secret)" = 'the first' ] && [ -f .git/git-crypt/keys/default ] && [ "$(wc -c <.git/git-crypt/keys/default)" -eq 148 ]
	ok $? "  unlocks, and the key is where scripts look for it"
}
form "a key file in the tree, removed afterwards" 'echo "$KEY" | base64 -d > ./git-crypt-key && git-crypt unlock ./git-crypt-key && rm ./git-crypt-key'
form "hubploy's workflow, two words and a dash" 'echo "$KEY" | base64 -d | git crypt unlock - && git crypt status'
form "/dev/stdin from a pipe" 'echo "$KEY" | base64 -d | git-crypt unlock /dev/stdin'
form "process substitution" 'git-crypt unlock <(echo "$KEY" | base64 -d)'
form "several keys" "git-crypt unlock '$T/made.key' '$T/prod.key'"
form "the key copied into place first" "mkdir -p .git/git-crypt/keys && cp '$T/made.key' .git/git-crypt/keys/default && git-crypt unlock .git/git-crypt/keys/default"
form "a link to it" "mkdir -p .git/git-crypt/keys && ln -s '$T/made.key' .git/git-crypt/keys/default && git-crypt unlock .git/git-crypt/keys/default"
form "twice" "git-crypt unlock '$T/made.key' && git-crypt unlock '$T/made.key'"
form "and once more with the key in a variable" "git-crypt unlock '$T/made.key'; git-crypt unlock <(base64 -d <<<\"\$KEY\")"

# exports LINE: standard output or $T/x is the key.
exports() {
	rm -f "$T/x"
	bash -c "$1" >"$T/stdout" 2>"$T/err"
	[ -e "$T/x" ] || mv "$T/stdout" "$T/x"
	same "$T/x" "$T/${2:-made.key}" "$1"
}
exports "git-crypt export-key '$T/x'"
exports 'git-crypt export-key -'
exports 'git-crypt export-key -- -'
exports 'git-crypt export-key /dev/stdout'
exports 'git-crypt export-key - | base64 | base64 -d'
# Nobody waits for the process behind >( ), so it says when it is done.
exports "git-crypt export-key >(cat >'$T/x'; : >'$T/done'); for i in \$(seq 500); do [ ! -e '$T/done' ] || break; sleep 0.02; done"
git-crypt unlock "$T/prod.key"
exports 'git-crypt export-key -k prod -' prod.key
exports "git-crypt export-key --key-name prod '$T/x'" prod.key
exports "git crypt export-key --key-name=prod '$T/x'" prod.key

is "$(git-crypt status | grep '^    encrypted: ' | cut -b16- | head -n 1)" deep/empty "status | grep | cut gives names"
is "$(git-crypt status | grep -v 'not encrypted' | awk '{print $2}' | grep one)" one.secret "so does awk"
is "$(git-crypt status -e | while read -r s f; do echo "$f"; done | grep one)" one.secret "and a shell's read"
runs 0 "status as a test" sh -c 'git-crypt status >/dev/null 2>&1'
[ "$(git config filter.git-crypt.clean)" = '"git-crypt" clean' ]
ok $? "the configured filter is the word that scripts look for"
runs 0 "--version" git-crypt --version
runs 0 "version" git-crypt version
case $(cat "$T/out") in 'git-crypt '[0-9]*) ok 0 "  prints git-crypt's line" ;; *) ok 1 "  prints git-crypt's line" ;; esac
runs 0 "lock" git-crypt lock
[ ! -e .git/git-crypt/keys/default ]
ok $? "  removes the key that scripts test for"
runs 1 "lock when locked" git-crypt lock
runs 0 "lock -a" git-crypt lock -a
runs 0 "lock --all again" git-crypt lock --all
git-crypt unlock "$T/made.key" && echo x >>one.secret
runs 1 "unlock with changed files" git-crypt unlock "$T/made.key"
runs 1 "lock with changed files" git-crypt lock
is "$(tail -n 1 one.secret)" x "  touches nothing"
runs 0 "lock -f" git-crypt lock -f
done_testing
