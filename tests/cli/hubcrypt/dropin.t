#!/bin/sh
# Under the name git-crypt: the grammar, streams, statuses and words that scripts know (specification of git-crypt 0.7, sections 3.0 to 3.13).
. "${0%/*}/../../tap.sh"
needs git

mkdir -p there/bin there/libexec
ln -s "$BIN/hubcrypt" there/bin/git-crypt
gc=$T/there/bin/git-crypt
git init -q repo 2>/dev/null
cd repo || exit 255
says() { has "$T/err" "$1" "$2"; }
whole() { is "$(cat "$T/err")" "$1" "$2"; }	# all that was said

runs 0 "--version" $gc --version
whole "git-crypt 0.8.0" "prints on standard error"
is "$(wc -c <"$T/out")" 0 "and not on standard output"
runs 0 "version" $gc version
is "$(cat "$T/out")" "git-crypt 0.8.0" "prints on standard output"
runs 0 "version behind two dashes" $gc -- version
is "$(cat "$T/out")" "git-crypt 0.8.0" "prints there, too"
runs 0 "--help" $gc --help
says "Usage: git-crypt" "prints on standard error"
runs 0 "help" $gc help
has "$T/out" "Usage: git-crypt" "prints on standard output"
silent "alone"
runs 0 "help of a command" $gc help keygen
has "$T/out" "Usage: git-crypt keygen" "is on standard output"
runs 1 "help of an unknown command" $gc help bogus
whole "Error: 'bogus' is not a git-crypt command. See 'git-crypt help'." "is an error"
runs 2 "no command" $gc
says "Usage: git-crypt" "shows the usage"
runs 2 "an unknown command" $gc bogus
whole "Error: 'bogus' is not a git-crypt command. See 'git-crypt help'." "is told so"
runs 2 "an unknown global option" $gc --foo version
says "git-crypt: --foo: Unknown option" "is named"
says "Usage: git-crypt" "and the usage shown"
runs 2 "an option that does not exist" $gc export-key --foo x
says "git-crypt: Error: --foo: Invalid option" "is named"
says "Usage: git-crypt export-key" "and the command's help shown"
runs 2 "a letter that does not exist" $gc export-key -x x
says "git-crypt: Error: -x: Invalid option" "is named"
runs 2 "an option without its value" $gc clean --key-name
says "git-crypt: Error: --key-name: Option requires a value" "is named"
runs 2 "keygen without a file" $gc keygen
says "Error: no filename specified" "in git-crypt's words"
runs 2 "migrate-key with one" $gc migrate-key a
says "Error: filenames not specified" "in git-crypt's words"
runs 2 "clean with two operands" $gc clean a b
says "Usage: git-crypt clean" "shows its usage"
runs 2 "an option behind an operand is an operand" $gc export-key x -k name

runs 0 "keygen" $gc keygen "$T/key"
whole "Generating key..." "says one line"
runs 1 "keygen onto a file" $gc keygen "$T/key"
whole "$T/key: File already exists" "in git-crypt's words"
runs 1 "export-key without a key" $gc export-key x
whole "git-crypt: Error: Unable to open key file - have you unlocked/initialized this repository yet?" "in git-crypt's words"
runs 1 "smudge without a key" sh -c "$gc clean --key-file='$T/key' </dev/null | $gc smudge"
whole "git-crypt: Error: Unable to open key file - have you unlocked/initialized this repository yet?" "too"
runs 1 "a bad key name" $gc export-key -k a/b x
whole "git-crypt: Error: Key names may contain only A-Z, a-z, 0-9, '-', and '_'" "in git-crypt's words"
runs 1 "'default' as a key name" $gc export-key --key-name=default x
whole "git-crypt: Error: \`default' is not a legal key name" "too"
runs 1 "an empty one" $gc export-key --key-name= x
whole "git-crypt: Error: Key name may not be empty" "too"
runs 1 "a key file that is missing" $gc clean --key-file=none
whole "git-crypt: Error: Unable to open key file: none" "in git-crypt's words"
printf x >bad
runs 1 "a damaged one" $gc clean --key-file=bad
whole "git-crypt: This repository contains a malformed key file.  It may be corrupted." "too"
printf '\0GITCRYPTKEY\0\0\0\3' >bad
runs 1 "an incompatible one" $gc clean --key-file=bad
whole "git-crypt: This repository contains a incompatible key file.  Please upgrade git-crypt." "too"
runs 1 "diff of a missing file" $gc diff --key-file="$T/key" none
whole "git-crypt: none: unable to open for reading" "in git-crypt's words"
runs 1 "migrate-key of a missing file" $gc migrate-key none x
whole "Error: none: unable to open for reading" "too"
runs 1 "of one that is no legacy key" $gc migrate-key "$T/key" x
whole "Error: $T/key: not a valid legacy git-crypt key file" "too"
printf 'short' >plain
$gc smudge --key-file="$T/key" <plain >"$T/out" 2>"$T/err"
is $? 0 "smudge of a short plaintext file"
same "$T/out" plain "passes it (git-crypt 0.7 loses it)"
is "$(head -1 "$T/err")" "git-crypt: Warning: file not encrypted" "with git-crypt's warning"
$gc diff --key-file="$T/key" plain >"$T/out" 2>"$T/err"
same "$T/out" plain "diff passes it, too"
silent "in silence"
{ printf '\0GITCRYPT\0'; head -c 40 /dev/zero; } >blob
$gc smudge --key-file="$T/key" <blob >"$T/out" 2>"$T/err"
is $? 1 "smudge of what does not verify"
whole "git-crypt: error: encrypted file has been tampered with!" "is told in git-crypt's words"
is "$(wc -c <"$T/out")" 0 "and nothing comes out (git-crypt prints it)"
for form in "--key-file=$T/key" "--key-file $T/key"; do
	printf 'text' | $gc clean $form >"$T/out" 2>"$T/err"; is "$?" 0 "clean $form"
done
mkdir -p .git/git-crypt/keys && $gc keygen - 2>/dev/null >.git/git-crypt/keys/default
for form in "-" "-- -" "/dev/stdout"; do
	runs 0 "export-key $form" $gc export-key $form
	same "$T/out" .git/git-crypt/keys/default "is the key"
done
done_testing
