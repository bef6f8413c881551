#!/bin/sh
# Key files: made, exported, migrated, and those that are refused.
. "${0%/*}/../../tap.sh"
needs git

runs 0 "a key is made" hubcrypt keygen key
is "$(wc -c <key) $(stat -c %a key)" "148 600" "148 bytes, its owner's alone"
runs 1 "an existing file is not replaced" hubcrypt keygen key
has err "exists already" "which is said"
runs 0 "a key to standard output" hubcrypt keygen -
is "$(wc -c <out)" 148 "has as many bytes"
cmp -s key out && false; is $? 1 "and is another one"

git init -q repo 2>/dev/null
mkdir -p repo/.git/git-crypt/keys repo/.git/git-crypt/unexported
cp key repo/.git/git-crypt/keys/default
: >repo/.git/git-crypt/unexported/default
cd repo || exit 255
runs 1 "an export to a folder that is missing fails" hubcrypt export-key "$T/none/key"
[ -e .git/git-crypt/unexported/default ]; ok $? "and the key still counts as this clone's alone"
printf 'old' >"$T/old"; chmod 644 "$T/old"
runs 0 "a key is exported onto a file that all may read" hubcrypt export-key "$T/old"
silent "in silence"
is "$(stat -c %a "$T/old")" 600 "which is its owner's alone then"
same "$T/old" "$T/key" "and holds the key"
[ ! -e .git/git-crypt/unexported/default ]; ok $? "the mark that nobody else has the key is gone"
# At no moment does a file that others can read hold the key.
if command -v strace >/dev/null 2>&1; then
	chmod 644 "$T/old"
	strace -f -qq -e trace=openat,open,fchmod,write,rename,renameat,renameat2 -o "$T/trace" hubcrypt export-key "$T/old" 2>/dev/null
	grep -q '"[^"]*/old", O_[A-Z|_]*\(WRONLY\|RDWR\)' "$T/trace" && false
	is $? 1 "the old file itself is never written"
else
	skip "strace is not installed"
fi
for to in - /dev/stdout /dev/fd/1; do
	runs 0 "exported to $to" hubcrypt export-key $to
	same "$T/out" "$T/key" "it is the key"
done
runs 0 "a lone dash after two" hubcrypt export-key -- -
same "$T/out" "$T/key" "is standard output, too"
runs 1 "a key that is not here" hubcrypt export-key -k other "$T/x"
has "$T/err" "have you unlocked" "is missed in git-crypt's words"
for name in ../../x default '' 'a b' "$(printf %0129d 0)"; do
	runs 1 "the name '$(printf %.20s "$name")' is refused" hubcrypt export-key -k "$name" "$T/x"
	[ ! -e "$T/x" ]; ok $? "and nothing written"
	runs 1 "by clean, too" hubcrypt clean -k "$name"
done
runs 2 "no file is a mistake" hubcrypt export-key
runs 2 "two are one" hubcrypt export-key a b
cd .. || exit 255
runs 1 "outside a repository there is no key to export" hubcrypt export-key x
has err "not in a git repository" "which is said"

# --- legacy keys
head -c 96 /dev/urandom >legacy
runs 0 "a legacy key is migrated" hubcrypt migrate-key legacy new
is "$(wc -c <new) $(stat -c %a new)" "148 600" "to a file like every other"
printf 'some text' >text
hubcrypt clean legacy <text >one; hubcrypt clean --key-file=new <text >two
same one two "both make the same blob"
hubcrypt smudge legacy <two >three
same three text "and open it"
hubcrypt diff legacy two >three
same three text "textconv, too"
hubcrypt migrate-key - - <legacy >piped
same piped new "from pipe to pipe"
head -c 95 legacy >short
runs 1 "95 bytes are no legacy key" hubcrypt migrate-key short x
runs 1 "nor is a key of today" hubcrypt migrate-key new x
runs 1 "nor a file that is missing" hubcrypt migrate-key none x
[ ! -e x ]; ok $? "nothing is written then"

# --- key files that are refused
bad() { runs 1 "$1 is refused" hubcrypt clean --key-file=bad; is "$(wc -c <out)" 0 "and nothing comes out"; }
head -c 147 key >bad; bad "a key cut short"
{ cat key; printf x; } >bad; bad "a stray byte"
{ printf '\0GITCRYPTKEY\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0\0\0'; } >bad; bad "an entry without its keys (git-crypt takes zeros)"
{ head -c 44 key; head -c 32 /dev/zero; tail -c +77 key; } >bad; is "$(wc -c <bad)" 148 "a key of 148 bytes"; bad "a cipher key of zeros"
{ head -c 16 key; printf '\0\0\0\0'; } >bad; bad "a file without an entry"
{ head -c 15 key; printf '\3'; tail -c +17 key; } >bad; bad "a later format"
{ head -c 16 key; printf '\0\0\0\7\0\0\0\1x'; tail -c +17 key; } >bad; bad "an unknown critical field"
{ head -c 16 key; printf '\0\0\0\1\0\0\0\4../x'; tail -c +17 key; } >bad; bad "a name that is a path"
: >bad; bad "an empty file"
{ head -c 16 key; printf '\0\0\0\2\0\20\0\0'; head -c 1048576 /dev/zero; tail -c +17 key; } >fine
runs 0 "an unknown optional field of a megabyte is skipped" hubcrypt clean --key-file=fine
{ head -c 16 key; printf '\0\0\0\2\0\20\0\1'; head -c 1048577 /dev/zero; tail -c +17 key; } >bad; bad "a larger one"
runs 1 "a key file that is missing" hubcrypt clean --key-file=none
runs 1 "a folder" hubcrypt clean --key-file=repo
done_testing
