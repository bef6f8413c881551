#!/bin/sh
# Where the result goes, and where the input comes from.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
umask 022
encrypted a <<'END'
x: secret
l: [1, 2]
END

# in place
cp a.yaml file.yaml && chmod 640 file.yaml && ln -s file.yaml link.yaml
runs 0 "encrypt in place, through a symbolic link" hubsecrets encrypt -i --age $AGE link.yaml
silent "silently"
[ -L link.yaml ]; ok $? "the link stays"
has file.yaml 'x: ENC[' "its target is encrypted"
is "$(ls -l file.yaml | cut -c1-10)" -rw-r----- "the mode stays"
runs 0 "decrypt in place" hubsecrets decrypt --in-place file.yaml
same file.yaml a.yaml "gives the plain text"
is "$(ls -l file.yaml | cut -c1-10)" -rw-r----- "the mode stays"
is "$(ls | grep -c '^\.\|tmp')" 0 "no temporary file is left"

# --output
runs 0 "to another file" hubsecrets decrypt --output out.yaml a.enc.yaml
same out.yaml a.yaml "which has the plain text"
[ ! -s out ]; ok $? "standard output has nothing"
: >held && chmod 600 held && ls -i held >inode
runs 0 "to a file that is there" hubsecrets --output held --decrypt a.enc.yaml
same held a.yaml "which is replaced"
is "$(ls -l held | cut -c1-10)" -rw------- "and keeps its mode"
hubsecrets decrypt --output /dev/stdout a.enc.yaml | cat >out
same out a.yaml "/dev/stdout is standard output"
mkfifo fifo
cat fifo >out & hubsecrets decrypt --output fifo a.enc.yaml; wait
same out a.yaml "a FIFO is written through"
[ -p fifo ]; ok $? "and stays one"

# input
hubsecrets decrypt --input-type yaml --output-type yaml <a.enc.yaml >out
same out a.yaml "standard input, with its type"
hubsecrets decrypt --filename-override x.yaml <a.enc.yaml >out
same out a.yaml "standard input, with a name"
hubsecrets -d --input-type yaml --output-type yaml /dev/stdin <a.enc.yaml >out
same out a.yaml "/dev/stdin"
cat a.enc.yaml | hubsecrets decrypt --input-type yaml --output-type yaml /dev/stdin >out
same out a.yaml "/dev/stdin, a pipe"
hubsecrets encrypt --age $AGE --filename-override x.yaml <a.yaml >enc.yaml
runs 0 "encrypted from standard input" hubsecrets decrypt enc.yaml
same out a.yaml "is what it was"
cp a.enc.yaml secrets.enc
runs 0 "a file of another name" hubsecrets decrypt --input-type yaml --output-type yaml secrets.enc
same out a.yaml "with its type"

# --extract and other types
runs 0 "one string" hubsecrets decrypt --extract '["x"]' a.enc.yaml
is "$(od -An -c out | tr -d ' ')" secret "is printed raw"
runs 0 "a list" hubsecrets decrypt --extract "['l']" a.enc.yaml
is "$(cat out)" "- 1
- 2" "is printed as YAML"
runs 0 "as JSON" hubsecrets decrypt --output-type json a.enc.yaml
is "$(cat out)" "$(printf '{\n\t"x": "secret",\n\t"l": [\n\t\t1,\n\t\t2\n\t]\n}')" "in sops' layout"
encrypted flat <<'END'
A: one
B: |
  two
  three
N: 5
END
runs 0 "as dotenv" hubsecrets -d --output-type dotenv flat.enc.yaml
is "$(cat out)" 'A=one
B=two\nthree\n
N=5' "a line a value"
runs 4 "what dotenv cannot hold" hubsecrets decrypt --output-type dotenv a.enc.yaml
has err "'l'" "names the key"
runs 0 "with another indentation" hubsecrets --indent 2 decrypt a.enc.yaml
is "$(cat out)" "x: secret
l:
  - 1
  - 2" "the whole document is printed anew"

# options in any place
for form in "decrypt a.enc.yaml --output-type json" "--output-type json decrypt a.enc.yaml" "-d --output-type json a.enc.yaml" \
    "-d a.enc.yaml -output-type=json" "decrypt --output-type yaml --output-type json a.enc.yaml"; do
	runs 0 "'$form'" hubsecrets $form
	has out '"x": "secret"' "is understood"
done
runs 0 "filestatus" hubsecrets filestatus a.enc.yaml
is "$(cat out)" '{"encrypted":true}' "of an encrypted file"
runs 0 "filestatus" hubsecrets filestatus a.yaml
is "$(cat out)" '{"encrypted":false}' "of a plain one"
runs 1 "filestatus of nothing" hubsecrets filestatus absent.yaml

# A reader that goes away
hubsecrets decrypt a.enc.yaml | true
ok $? "a reader that goes away hurts nobody"
if [ -e /dev/full ]; then
	hubsecrets decrypt a.enc.yaml >/dev/full 2>err
	is $? 3 "a full disk is noticed"
	has err "standard output" "and named"
else
	skip "no /dev/full"
	skip "no /dev/full"
fi

# A reader that has gone: silence, and the end that SIGPIPE makes
mkdir -p names && ln -sf "$BIN/hubsecrets" names/sops
mkfifo gone
exec 3<>gone 4>gone 3<&-
for program in hubsecrets names/sops; do
	for command in 'decrypt a.enc.yaml' 'filestatus a.enc.yaml' '--version' 'completion bash' '-d --extract ["x"] a.enc.yaml'; do
		$program $command >&4 2>err
		is $?/"$(cat err)" 141/ "$program $command, with nobody who reads: as SIGPIPE ends it, without a word"
	done
	$program decrypt absent.yaml >&4 2>err
	is $? 100 "$program: another failure is told all the same"
	[ -s err ]; ok $? "with its words"
done
exec 4>&-
done_testing
