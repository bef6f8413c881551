#!/bin/sh
# Repositories made by one program are unlocked, edited, committed, locked and unlocked again by the other.
. "${0%/*}/../../tap.sh"
needs git-crypt
. "$TOP/tests/git.sh"
REAL=$(command -v git-crypt)

# round MAKER OTHER: the programs by name.
round() {
	maker=$1 other=$2 names="${1##*/} then ${2##*/}"
	cd "$T" && rm -rf a b && repository a "$maker" || exit 255
	"$maker" init -k prod 2>/dev/null && "$maker" export-key -k prod "$T/prod.key" || exit 255
	echo '*.prod filter=git-crypt-prod diff=git-crypt-prod' >>.gitattributes && echo production >p.prod
	head -c 100000 /dev/urandom >random.secret && git add . && git commit -qm second
	index_sealed one.secret deep/er/two.sh deep/empty p.prod random.secret
	ok $? "$names: what the first commits is encrypted"

	git clone -q "$T/a" "$T/b" && cd "$T/b" || exit 255
	runs 0 "$names: the second unlocks" "$other" unlock "$T/a.key" "$T/prod.key"
	cmp -s random.secret ../a/random.secret && [ "$(cat p.prod)" = production ] && [ "$(cat 'with space/three [*].secret')" = 'no line end' ]
	ok $? "$names: and reads everything"
	is "$(git status --porcelain -- . ':!deep/empty')" '' "$names: the tree is clean"
	"$other" export-key "$T/b.key"
	same "$T/b.key" "$T/a.key" "$names: exported again the key is the same"
	echo edited >one.secret && echo 'other production' >p.prod && git add one.secret p.prod && git commit -qm edited
	git add --renormalize . && is "$(git diff --cached --name-only)" '' "$names: cleaned again, every blob is identical"
	index_sealed one.secret p.prod
	ok $? "$names: its own commit is encrypted"
	# git-crypt cannot lock with an empty file that git takes for modified.
	runs 0 "$names: it locks" "$other" lock --all --force
	sealed one.secret && sealed p.prod && [ -z "$(ls -A .git/git-crypt/keys)" ] && [ -z "$(git config --get-regexp '^filter.git-crypt')" ]
	ok $? "$names: everything"

	cd "$T/a" && git pull -q "$T/b" main || exit 255
	is "$(cat one.secret p.prod)" "$(printf 'edited\nother production')" "$names: the first reads what the second committed"
	runs 0 "$names: and locks" "$maker" lock --all --force ${3:-}
	runs 0 "$names: the second unlocks the first one's clone" "$other" unlock "$T/b.key" "$T/prod.key"
	is "$(cat one.secret p.prod)" "$(printf 'edited\nother production')" "$names: and reads"
	runs 0 "$names: and locks it" "$other" lock --all --force
	runs 0 "$names: and the first unlocks it" "$maker" unlock "$T/a.key" "$T/prod.key"
	is "$(cat one.secret p.prod)" "$(printf 'edited\nother production')" "$names: and reads"
	# One after the other without a lock between.
	runs 0 "$names: unlocked by both" "$other" unlock "$T/a.key"
	is "$(cat one.secret)" edited "$names: it stays readable"
	runs 0 "$names: the configuration of one" "$maker" lock --force
	[ -z "$(git config --get-regexp '^(filter|diff).git-crypt\.')" ] && sealed one.secret
	ok $? "$names: is removed by the other"
}
round "$REAL" hubcrypt
round hubcrypt "$REAL"
round "$REAL" "$OURS"
round "$OURS" "$REAL"

# After a rotation git-crypt reads both sides of it, each with its own key.
cd "$T" && rm -rf a b && repository a && hubcrypt rotate second 2>/dev/null && hubcrypt export-key -k second "$T/second.key" || exit 255
git clone -q "$T/a" "$T/b" && cd "$T/b" && runs 0 "after a rotation git-crypt unlocks" "$REAL" unlock "$T/a.key" "$T/second.key"
is "$(cat one.secret)" 'the first' "with the new key"
runs 0 "the commit before it" git checkout -q HEAD~1
is "$(cat one.secret deep/er/two.sh)" "$(printf 'the first\n#!/bin/sh')" "opens with the old one"
runs 0 "and back" git checkout -q main
is "$(cat one.secret)" 'the first' "it reads again"

# What "status" says, character for character.
cd "$T" && rm -rf s && repository s "$REAL"
echo clear >early && echo x >untracked.secret && echo y >untracked && git add early && git commit -qm early && echo 'early filter=git-crypt' >>.gitattributes
for where in . deep; do
	for arguments in '' -e -u -r '-- one.secret' '*.secret' none '-e -u' '-f -e' '-r -e' -z '-x' '--bad'; do
		(cd $where && "$REAL" status $arguments >"$T/real.out" 2>"$T/real.err" </dev/null; echo $? >"$T/real.status")
		(cd $where && "$OURS" status $arguments >"$T/our.out" 2>"$T/our.err" </dev/null; echo $? >"$T/our.status")
		cmp -s "$T/real.out" "$T/our.out" && cmp -s "$T/real.status" "$T/our.status"
		ok $? "status $arguments in $where: output and exit status are git-crypt's" ||
			note "$(diff "$T/real.out" "$T/our.out"; cat "$T/real.status" "$T/our.status" "$T/our.err")"
	done
done
is "$("$OURS" status -f 2>&1; echo $?)" "$(git reset -q && "$REAL" status -f 2>&1; echo $?)" "so is what --fix says"

# The words of failures.
git add . && git commit -qm all
for arguments in 'lock -k none' 'lock -a -k x' 'lock x' 'unlock none' 'unlock README' 'init' 'init a b' 'init -k default' 'init -k a/b' 'lock -x' \
    'lock --key-name' 'lock --all=1'; do
	"$REAL" $arguments >"$T/real.out" 2>"$T/real.err" </dev/null
	echo $? >>"$T/real.out"
	"$OURS" $arguments >"$T/our.out" 2>"$T/our.err" </dev/null
	echo $? >>"$T/our.out"
	same "$T/our.out" "$T/real.out" "$arguments: exit status is git-crypt's"
	head -n 1 "$T/real.err" >"$T/want" && head -n 1 "$T/our.err" >"$T/got"
	same "$T/got" "$T/want" "$arguments: and so are the words"
done
cd "$T" && mkdir nowhere && cd nowhere || exit 255
for arguments in lock 'unlock ../a.key' status; do
	is "$("$OURS" $arguments 2>&1 | tail -n 1; "$OURS" $arguments >/dev/null 2>&1; echo $?)" \
		"$("$REAL" $arguments 2>&1 | tail -n 1; "$REAL" $arguments >/dev/null 2>&1; echo $?)" "$arguments outside a repository: words and status"
done
done_testing
