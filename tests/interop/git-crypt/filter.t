#!/bin/sh
# Blobs, key files and filters beside the real git-crypt, in both directions.
. "${0%/*}/../../tap.sh"
needs git git-crypt
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export SOURCE_DATE_EPOCH=0

# --- blobs, each way, for the sizes at which something changes
git-crypt keygen theirs 2>/dev/null
hubcrypt keygen ours 2>/dev/null
head -c 9000000 /dev/urandom >random
for key in theirs ours; do
	for size in 0 1 15 16 17 1023 1024 1025 100000 8388608 9000000; do
		head -c $size random >plain
		git-crypt clean --key-file=$key <plain >blob1
		hubcrypt clean --key-file=$key <plain >blob2
		cat plain | hubcrypt clean --key-file=$key >blob3
		cmp -s blob1 blob2 && cmp -s blob1 blob3
		ok $? "key of $key, $size bytes: the same blob, from a file and from a pipe" || continue
		git-crypt smudge --key-file=$key <blob2 | cmp -s - plain && hubcrypt smudge --key-file=$key <blob1 | cmp -s - plain &&
			cat blob1 | hubcrypt smudge --key-file=$key | cmp -s - plain && hubcrypt diff --key-file=$key blob1 | cmp -s - plain
		ok $? "and each opens the other's"
	done
done
for length in 23 30 100; do
	head -c 1000 random | git-crypt clean --key-file=ours | head -c $length >cut
	git-crypt smudge --key-file=ours <cut >/dev/null 2>&1; theirs=$?
	hubcrypt smudge --key-file=ours <cut >out 2>/dev/null; is "$?" "$theirs" "a blob cut to $length bytes is refused by both"
	is "$(wc -c <out)" 0 "by ours without a byte of plaintext"
done

# --- key files
head -c 96 random >legacy
git-crypt migrate-key legacy new1
hubcrypt migrate-key legacy new2
same new2 new1 "a legacy key migrates to the same file"
head -c 5000 random | git-crypt clean legacy >blob1
head -c 5000 random | hubcrypt clean legacy >blob2
same blob2 blob1 "the legacy form of clean makes the same blob"
hubcrypt smudge legacy <blob1 >plain1; git-crypt smudge legacy <blob2 >plain2
same plain1 plain2 "and the legacy form of smudge opens it"
for extra in '\0\0\0\2\0\0\0\3abc' '\0\0\0\4\0\0\0\0'; do
	{ head -c 16 ours; printf "$extra"; tail -c +17 ours; } >odd
	head -c 99 random | git-crypt clean --key-file=odd >blob1 && head -c 99 random | hubcrypt clean --key-file=odd >blob2
	same blob2 blob1 "an unknown optional field does not matter to either"
done
for extra in '\0\0\0\7\0\0\0\3abc' '\0\0\0\3\0\0\0\0' '\0\0\0\1\0\0\0\0' '\0\0\0\1\0\0\0\7default' '\0\0\0\2\0\0\377\377a'; do
	{ head -c 16 ours; printf "$extra"; tail -c +17 ours; } >odd
	echo x | git-crypt clean --key-file=odd >/dev/null 2>&1; theirs=$?
	echo x | hubcrypt clean --key-file=odd >/dev/null 2>&1; mine=$?
	case $extra in
	*'\3\0\0\0\0') is $mine 0 "the field for empty files, which git-crypt does not know, is honoured" ;;
	*) is $mine $theirs "a header field is refused by both" ;;
	esac
done
echo x >plain
tail -c +21 ours >entry
{ head -c 20 ours; tail -c +21 theirs; head -c 11 entry; printf '\11'; tail -c +13 entry; } >versions
if echo x | git-crypt clean --key-file=versions >blob1 2>/dev/null; then
	echo x | hubcrypt clean --key-file=versions >blob2
	same blob2 blob1 "a key of two versions seals with the highest"
	hubcrypt smudge --key-file=versions <blob1 >plain1
	same plain1 plain "which we open"
	git-crypt smudge --key-file=versions <blob1 >/dev/null 2>&1; is $? 1 "and git-crypt does not"
else
	ok 1 "git-crypt seals with a key of two versions"
fi

# --- a repository of git-crypt's, and our process filter in it
git init -q repo 2>/dev/null
cd repo || exit 255
git-crypt init 2>/dev/null
git-crypt init -k team 2>/dev/null
printf '*.s filter=git-crypt diff=git-crypt\n*.t filter=git-crypt-team diff=git-crypt-team\n' >.gitattributes
for i in $(seq 1 60); do seq "$i" 300 >"f$i.s"; seq "$i" 200 >"g$i.t"; done
: >empty.s
git add . && git commit -qm theirs
git ls-files -s >"$T/theirs"
process() {	# the lines that hubcrypt writes beside git-crypt's
	git config filter.git-crypt.process '"hubcrypt" process'
	git config filter.git-crypt-team.process '"hubcrypt" process --key-name=team'
}
process
rm .git/index
GIT_TRACE="$T/trace" git add . 2>/dev/null
git ls-files -s >"$T/ours"
same "$T/ours" "$T/theirs" "the process stores the very same blobs, of both keys"
is "$(grep -c 'run_command.*process' "$T/trace")" 2 "one process a key for all files"
cp -r . ../copy
rm -f ./*.s ./*.t
git checkout -q -- .
is "$(cd .. && diff -r -x .git copy repo && echo equal)" equal "and checks the same files out"
printf 'edited\n' >f1.s; printf 'edited\n' >g1.t
git commit -qam ours
git config --unset filter.git-crypt.process; git config --unset filter.git-crypt-team.process
rm -f ./*.s ./*.t
git checkout -q -- .
is "$(cat f1.s g1.t)" "edited
edited" "git-crypt checks out what the process stored"
is "$(touch ./*.s; git status --porcelain)" "" "and finds nothing changed"
git-crypt export-key ../exported1; hubcrypt export-key ../exported2
same ../exported2 ../exported1 "both export the same key"
git-crypt export-key -k team ../exported1; hubcrypt export-key --key-name team ../exported2
same ../exported2 ../exported1 "a named one, too"
long=$(printf %0128d 1)
git-crypt init -k "$long" 2>/dev/null
hubcrypt export-key -k "$long" ../exported2
is "$(wc -c <../exported2)" $((148 + 8 + 128)) "the longest name"

# --- git's commands with the process beside git-crypt's own lines
process
# (not with an empty file: git itself finds that one modified for ever)
git rm -q --cached empty.s && rm empty.s && git commit -qm "no empty file"
git branch side HEAD~2
git checkout -q side && git rm -q --cached empty.s && rm empty.s && git commit -qm "no empty file" && git checkout -q -
git checkout -q side
printf 'side\n' >f2.s
git commit -qam side
runs 0 "merge" git merge -q -m merged -
is "$(cat f1.s f2.s)" "edited
side" "has both"
runs 0 "rebase" git rebase -q HEAD~1
git archive HEAD f2.s | tar xO >"$T/out"
is "$(cat "$T/out")" side "archive"
printf 'later\n' >f3.s; git stash -q; git stash pop -q
is "$(cat f3.s)" later "stash"
git checkout -q -- f3.s
runs 0 "worktree" git worktree add -q ../tree
is "$(cat ../tree/f2.s)" side "has plaintext, where git-crypt's own filter fails"
runs 0 "clone with the process in the global configuration" sh -c '
	git clone -q --no-checkout . ../clone && mkdir -p ../clone/.git/git-crypt/keys && cp .git/git-crypt/keys/* ../clone/.git/git-crypt/keys &&
	cd ../clone && git config filter.git-crypt.process "hubcrypt process" && git config filter.git-crypt.required true &&
	git config filter.git-crypt-team.process "hubcrypt process -k team" && git checkout -q'
is "$(cat ../clone/f2.s)" side "has plaintext"
if git init -q --object-format=sha256 ../sha256 2>/dev/null; then
	cd ../sha256 || exit 255
	git-crypt init 2>/dev/null
	git config filter.git-crypt.process '"hubcrypt" process'
	printf '*.s filter=git-crypt\n' >.gitattributes; echo x >a.s
	git add . && git commit -qm x && rm a.s && git checkout -q -- . && is "$(cat a.s)" x "a SHA-256 repository works"
else
	skip "this git has no SHA-256"
fi
done_testing
