#!/bin/sh
# The filter under git's own commands, single-file and as a process, with a key, without one, and guarding.
. "${0%/*}/../../tap.sh"
needs git
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

configure() {	# configure REPOSITORY [process]: the lines that init writes
	git -C "$1" config filter.git-crypt.clean '"hubcrypt" clean'
	git -C "$1" config filter.git-crypt.smudge '"hubcrypt" smudge'
	git -C "$1" config filter.git-crypt.required true
	git -C "$1" config diff.git-crypt.textconv '"hubcrypt" diff'
	[ "${2:-}" != process ] || git -C "$1" config filter.git-crypt.process '"hubcrypt" process'
}
key() { mkdir -p "$1/.git/git-crypt/keys" && cp key "$1/.git/git-crypt/keys/default"; }
stored() { git -C "$1" cat-file blob ":$2"; }	# as it is in the index
sealed() { stored "$1" "$2" | head -c 10 | od -An -tx1 | tr -d ' \n'; }
MAGIC=00474954435259505400

hubcrypt keygen key 2>/dev/null
git init -q plain 2>/dev/null
configure plain process && key plain
cd plain || exit 255
printf '*.s filter=git-crypt diff=git-crypt\n' >.gitattributes
printf 'one\n' >a.s; : >empty.s; mkdir 'sub dir'; printf 'two\n' >'sub dir/b=c.s'; printf 'odd\n' >"$(printf 'new\nline.s')"; printf 'x\n' >plain.txt
seq 1 300000 >large.s
runs 0 "git add stores files through the process" git add .
silent "in silence"
is "$(sealed . a.s)" $MAGIC "what is stored is a blob"
is "$(sealed . "$(printf 'new\nline.s')")" $MAGIC "also under a name with a line break"
is "$(sealed . 'sub dir/b=c.s')" $MAGIC "and under one with a blank and an equals sign"
is "$(stored . plain.txt)" x "other files stay as they are"
stored . a.s | hubcrypt smudge --key-file=../key >../opened
is "$(cat ../opened)" one "the single-file filter opens what the process sealed"
git commit -qm one
runs 0 "a clean tree" git status --porcelain
is "$(cat "$T/out")" "" "is clean"
cp -r . ../copy
rm -f ./*.s
GIT_TRACE="$T/trace" git checkout -q -- . 2>"$T/err"
is "$(grep -c "run_command.*hubcrypt.* process" "$T/trace")" 1 "one process serves a whole checkout"
same large.s ../copy/large.s "a large file comes back"
is "$(cat a.s)$(cat 'sub dir/b=c.s')" onetwo "small ones, too"
[ -f empty.s ] && [ ! -s empty.s ]; ok $? "an empty one is empty"
printf 'changed\n' >a.s
git diff >"$T/diff" 2>&1
has "$T/diff" '+changed' "git diff shows plaintext"
git stash -q 2>"$T/err" && is "$(cat a.s)" one "git stash works" && git stash pop -q
is "$(cat a.s)" changed "and pop"
git commit -qam two
runs 0 "a linked worktree is made" git worktree add -q ../linked
is "$(cat ../linked/a.s)" changed "and holds plaintext: worktrees share the key"
cd "sub dir" || exit 255
printf 'from below\n' >d.s
runs 0 "git add below the top" git add d.s
cd .. || exit 255
is "$(sealed . 'sub dir/d.s')" $MAGIC "seals"
git commit -qm three

# --- ciphertext in the tree
stored . a.s >a.s
git add a.s
is "$(git status --porcelain)" "" "ciphertext of this key in the tree is not sealed again"
git checkout-index -f a.s

# --- a blob that was tampered with
stored . a.s >../blob
for how in process single; do
	[ $how = process ] || git config --unset filter.git-crypt.process
	id=$( (head -c 25 ../blob; printf 'XYZ'; tail -c +29 ../blob) | git hash-object -w --stdin --no-filters)
	git update-index --cacheinfo "100644,$id,a.s"
	rm a.s
	runs 128 "$how: git refuses a blob that was tampered with" git checkout -- a.s
	has "$T/err" "tampered" "and says so"
	[ ! -e a.s ]; ok $? "no plaintext is left in the tree"
	rm -f large.s
	runs 0 "$how: the other files come back" git checkout -- large.s
	git reset -q HEAD a.s && git checkout -q -- a.s
done
configure . process

# --- conversions that would damage the ciphertext
printf '*.s text eol=lf\n' >>.gitattributes
i=0; caught=0; whole=0
for i in $(seq 1 100); do seq "$i" "$((i + 1500))" >"f$i.s"; done
for i in $(seq 1 100); do
	if git add "f$i.s" 2>>../refusals; then
		[ "$(stored . "f$i.s" | hubcrypt smudge --key-file=../key 2>&1 | md5sum)" = "$(md5sum <"f$i.s")" ] && whole=$((whole + 1))
	else
		caught=$((caught + 1))
	fi
done
is $((caught + whole)) 100 "with a text attribute each file is stored whole or refused ($caught refused)"
[ $caught -gt 0 ]; ok $? "some are refused"
has ../refusals "'text'" "the attribute is named"
has ../refusals "-text" "and what to write in .gitattributes"
git checkout -q .gitattributes
printf '*.s -text\n' >>.gitattributes
runs 0 "with -text all of them are stored" git add .
git reset -q --hard; rm -f f*.s

# --- without a key
git clone -q . ../locked 2>/dev/null
cd ../locked || exit 255
is "$(git -C . show HEAD:a.s | head -c 10 | od -An -tx1 | tr -d ' \n')" $MAGIC "a clone without filters has ciphertext"
configure . process
for how in process single; do
	[ $how = process ] || git config --unset filter.git-crypt.process
	printf 'secret\n' >new.s
	runs 128 "$how: without a key git add of plaintext fails" git add new.s
	has "$T/err" "have you unlocked" "and says why"
	rm new.s a.s
	runs 128 "$how: so does a checkout" git checkout -- a.s
	git -c filter.git-crypt.smudge= -c filter.git-crypt.process= -c filter.git-crypt.required=false checkout -q -- a.s
	: >none.s
	runs 0 "$how: an empty file may be added" git add none.s
	git reset -q
	rm none.s
done
configure . process
mkdir -p .git/git-crypt && : >.git/git-crypt/guard
printf 'secret\n' >new.s
runs 128 "the guard stops plaintext" git add new.s
runs 128 "also in a commit of everything" sh -c 'git add -A && git commit -m x'
rm new.s a.s
runs 0 "and lets ciphertext through" git checkout -- a.s
silent "in silence"
runs 0 "a branch can be made and left" sh -c 'git checkout -q -b side && git checkout -q -'
is "$(git status --porcelain)" "" "the tree is clean"
printf '%s\n' 'was here in the clear' >old.s
id=$(git hash-object -w --no-filters old.s)
git update-index --add --cacheinfo "100644,$id,old.s"
git -c filter.git-crypt.clean= -c filter.git-crypt.process= -c filter.git-crypt.required=false commit -qm clear
touch old.s
runs 0 "plaintext that the index has already does not stop git status" git status --porcelain
is "$(cat "$T/out")" "" "and is unchanged"
printf 'more\n' >>old.s
runs 128 "changed it is stopped" git add old.s
git checkout -q -- old.s

# --- a damaged key
key() { :; }
cd ../plain || exit 255
head -c 100 ../key >.git/git-crypt/keys/default
touch a.s; printf 'edit\n' >a.s
runs 128 "a damaged key file fails the file" git add a.s
has "$T/err" "malformed key file" "and is named"
hasnt "$T/err" "hung up" "git does not die of the process"
done_testing
