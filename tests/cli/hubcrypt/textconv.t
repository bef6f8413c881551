#!/bin/sh
# What git diff starts: plaintext passes without a library, ciphertext is opened.
. "${0%/*}/../../tap.sh"
needs git
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
conv=$LIBEXEC/hubcrypt-textconv

hubcrypt keygen key 2>/dev/null
git init -q repo 2>/dev/null
mkdir -p repo/.git/git-crypt/keys
cp key repo/.git/git-crypt/keys/default
cd repo || exit 255
seq 1 100000 >text
hubcrypt clean <text >blob
runs 0 "plaintext passes" "$conv" text
same "$T/out" text "byte for byte"
runs 0 "ciphertext is opened" "$conv" blob
same "$T/out" text "by the clone's key"
for size in 0 1 10 21 22 23; do
	head -c $size text >short
	runs 0 "$size bytes pass" "$conv" short
	same "$T/out" short "as they are"
	head -c $size blob >short
	[ $size -gt 21 ] || { runs 0 "so do $size bytes of a blob" "$conv" short; same "$T/out" short "which is none"; }
	hubcrypt diff short >"$T/diff" 2>"$T/err"
	[ $size -gt 21 ] || same "$T/diff" short "and for 'hubcrypt diff' $size bytes are plaintext, too"
done
# Whatever that byte was, it is another one.
{ head -c 1000 blob; head -c 1001 blob | tail -c 1 | LC_ALL=C tr '\000-\376\377' '\001-\377\000'; tail -c +1002 blob; } >bad
runs 1 "a blob that was tampered with fails" "$conv" bad
has "$T/err" tampered "and says so"
is "$(wc -c <"$T/out")" 0 "without a byte of plaintext"
runs 1 "a file that is missing fails" "$conv" none
runs 2 "no file is a mistake" "$conv"
runs 1 "hubcrypt diff of a missing file" hubcrypt diff none
has "$T/err" "none: unable to open for reading" "says which"
sh -c "'$conv' text | head -c 1 >/dev/null"; ok $? "a reader that goes away is no drama"

printf 'one\n' >a.s
printf '*.s filter=git-crypt diff=git-crypt\n' >.gitattributes
git config filter.git-crypt.process '"hubcrypt" process'
git config filter.git-crypt.required true
git config diff.git-crypt.textconv "$conv"
git add a.s .gitattributes
git commit -qm one
printf 'two\n' >a.s
git diff >"$T/diff"
has "$T/diff" -one "git diff shows what was"
has "$T/diff" +two "and what is"
git commit -qam two
git log -p >"$T/log"
has "$T/log" +two "git log -p, too"
done_testing
