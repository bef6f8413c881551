#!/bin/sh
# Commands that are given the plaintext: in their environment, or as a file that is gone afterwards.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH

encrypted a <<'END'
# a comment
TOKEN: s3cret word
N: 1000000.0
NOTHING: null
END
encrypted b <<'END'
TOKEN: other
B: |
  two
  lines
END
encrypted nested <<'END'
a: 1
b: {c: 1}
END
printf 'A=1\nB=x\n' >f.env && hubsecrets encrypt -i --age $AGE f.env
printf 'TOKEN\0bytes' >bytes && hubsecrets encrypt -i --age $AGE bytes

# wait_for FILE: until a command that runs beside us has made it.
wait_for() {
	tap_tries=0
	while [ ! -s "$1" ] && [ $tap_tries -lt 600 ]; do
		tap_tries=$((tap_tries + 1))
		sleep 0.05
	done
	[ -s "$1" ]
}

# A command that waits for a signal, and not for ever.
LONG='i=0; while [ $i -lt 1200 ]; do i=$((i + 1)); sleep 0.05; done'

# --- exec-env
for name in sops hubsecrets; do
	runs 0 "$name exec-env: a line for the shell" $name exec-env a.enc.yaml 'echo "$TOKEN/$N/$NOTHING"'
	is "$(cat out)" 's3cret word/1E+06/<nil>' "with the values as sops writes them"
	silent "and without a word"
	runs 7 "$name exec-env: the exit status of the command" $name exec-env a.enc.yaml 'exit 7'
	runs 255 "$name exec-env: a command that a signal ends" $name exec-env a.enc.yaml 'kill -9 $$'
	has err "illed" "is told"
	runs 1 "$name exec-env: a map as a value" $name exec-env nested.enc.yaml true
	has err "offending key b" "is refused by its name"
	runs 1 "$name exec-env: a NUL byte" $name exec-env bytes env
	has err NUL "is refused"
	runs 2 "$name exec-env: a missing file" $name exec-env absent.yaml true
	has err "no such file" "is told"
	runs 3 "$name exec-env --same-process" $name exec-env --same-process a.enc.yaml 'exit 3'
	runs 8 "$name exec-env --same-process --background" $name exec-env --same-process --background a.enc.yaml true
	runs 1 "$name exec-env without a command" $name exec-env a.enc.yaml
	runs 1 "$name exec-env with a wrong option" $name exec-env a.enc.yaml --wrong true
done
runs 7 "sops says the status" sops exec-env a.enc.yaml 'exit 7'
is "$(cat err)" "exit status 7" "in the words of Go"
runs 255 "and the signal" sops exec-env a.enc.yaml 'kill $$'
is "$(cat err)" "signal: terminated" "as well"
runs 7 "hubsecrets leaves that to the command" hubsecrets exec-env a.enc.yaml 'exit 7'
silent "and adds nothing"
runs 1 "sops: words behind the command" sops exec-env a.enc.yaml -- echo x
has err "error: missing file to decrypt" "are refused in its words"
has err "in quotes" "and the way out is named"
runs 1 "hubsecrets: words behind the command" hubsecrets exec-env a.enc.yaml echo x
has err "exec-env FILE -- PROGRAM" "and the way out is named"
runs 0 "sops: one word behind -- is a line for the shell" sops exec-env a.enc.yaml -- 'echo $TOKEN'
is "$(cat out)" "s3cret word" "as ever"

runs 0 "a program and its arguments" hubsecrets exec-env a.enc.yaml -- printenv TOKEN N
is "$(cat out)" "s3cret word
1E+06" "is run with the values"
runs 0 "an argument that a shell would expand" hubsecrets exec-env a.enc.yaml -- printf '%s\n' '$TOKEN' --help
is "$(cat out)" '$TOKEN
--help' "is what it is"
runs 0 "several files" hubsecrets exec-env a.enc.yaml f.env b.enc.yaml -- sh -c 'echo "$TOKEN/$A/$N/$B"'
is "$(cat out)" "other/1/1E+06/two
lines" "add up, and the last one wins"
runs 127 "a program that is not there" hubsecrets exec-env a.enc.yaml -- absent-program
has err "absent-program" "is named"
runs 126 "a program that is none" hubsecrets exec-env a.enc.yaml -- /
TOKEN=inherited
export TOKEN
runs 0 "a variable that was there" hubsecrets exec-env a.enc.yaml -- sh -c 'echo "$TOKEN"; env | grep -c ^TOKEN='
is "$(cat out)" "s3cret word
1" "is replaced"
unset TOKEN
runs 0 "what is around" hubsecrets exec-env a.enc.yaml 'test -n "$HOME$SOPS_AGE_KEY_FILE"; cat'
INHERITED=yes
export INHERITED
runs 0 "--pristine" hubsecrets exec-env --pristine a.enc.yaml -- /usr/bin/env
is "$(sort out)" 'N=1E+06
NOTHING=<nil>
TOKEN=s3cret word' "leaves nothing of it"
runs 0 "standard input" sh -c 'echo typed | hubsecrets exec-env a.enc.yaml cat'
is "$(cat out)" typed "is the command's"
runs 0 "the arguments of all processes" hubsecrets exec-env a.enc.yaml 'cat /proc/$PPID/cmdline /proc/$$/cmdline 2>/dev/null | tr "\0" " "'
hasnt out "s3cret word" "hold no secret"

# --- signals
for signal in TERM HUP INT USR1; do
	rm -f ready got
	hubsecrets exec-env a.enc.yaml -- sh -c "trap 'echo $signal >got; exit 5' $signal; echo x >ready; $LONG" >/dev/null 2>&1 &
	pid=$!
	wait_for ready
	# A shell lets what it starts in the background ignore SIGINT.
	[ $signal = INT ] && { kill -TERM $pid; wait $pid; is $? 255 "INT is ignored in the background, TERM ends the command"; continue; }
	kill -$signal $pid
	wait $pid
	is $? 5 "SIG$signal reaches the command, whose status counts"
	is "$(cat got 2>/dev/null)" $signal "and it is that signal"
done

# --- the terminal
typist=$BUILD/tests/standin/typist
if [ -x "$typist" ] && "$typist" shown echo -- true 2>/dev/null; then
	runs 6 "Ctrl-C reaches a command that handles it" "$typist" shown echo ready ^C -- hubsecrets exec-env a.enc.yaml \
	    "n=0; trap 'n=\$((n + 1)); echo \$n >got; exit 6' INT; echo ready >/dev/tty; $LONG"
	is "$(cat got)" 1 "once"
	for verb in exec-env 'exec-file --no-fifo' exec-file; do
		file=$([ "$verb" = exec-env ] || echo '{}')
		runs 130 "Ctrl-C ends $verb with its command" "$typist" shown echo ready ^C -- hubsecrets $verb a.enc.yaml "echo '$file' >path; echo ready >/dev/tty; $LONG"
		path=$(cat path)
		[ -z "$path" ] || [ ! -e "${path%/*}" ]; ok $? "and leaves nothing"
	done
else
	skip "no terminal can be had"
fi

# --- exec-file
for name in sops hubsecrets; do
	runs 0 "$name exec-file" $name exec-file a.enc.yaml 'basename {}; test -p {}; echo $?; ls -l {} | cut -c1-10; ls -ld $(dirname {}) | cut -c1-10; echo {} >path; cat {}'
	{ printf 'tmp-file\n0\nprw-------\ndrwx------\n'; cat a.yaml; } >want
	same out want "gives a private FIFO"
	silent "without a word"
	[ ! -e "$(cat path)" ] && [ ! -e "$(dirname "$(cat path)")" ]; ok $? "that is gone afterwards"
	runs 0 "$name exec-file --no-fifo" $name exec-file --no-fifo a.enc.yaml 'test -f {}; echo $?; ls -l {} | cut -c1-10; echo {} >path; cat {}'
	{ printf '0\n-rw-------\n'; cat a.yaml; } >want
	same out want "gives a private file"
	[ ! -e "$(dirname "$(cat path)")" ]; ok $? "that is gone afterwards"
	runs 0 "$name exec-file --filename" $name exec-file --filename n.json --output-type json a.enc.yaml 'basename {}; cat {}'
	is "$(head -n 2 out)" "n.json
{" "has that name, and the type that was asked for"
	for wrong in a/b ../b /b . ..; do
		runs 1 "$name exec-file --filename $wrong" $name exec-file --filename $wrong a.enc.yaml 'cat {}'
	done
	runs 3 "$name exec-file: the exit status" $name exec-file a.enc.yaml 'exit 3'
	runs 2 "$name exec-file: a missing file" $name exec-file absent.yaml true
	runs 0 "$name exec-file: a command that reads nothing" $name exec-file a.enc.yaml true
	runs 0 "$name exec-file: a FIFO that is read twice" $name exec-file a.enc.yaml 'cat {} {}; cat {}'
	cat a.yaml a.yaml a.yaml >want
	same out want "is filled again"
	runs 0 "$name exec-file: a reader that stops early" $name exec-file a.enc.yaml 'head -c 3 {} >/dev/null; cat {}'
	same out a.yaml "harms nobody"
done
runs 0 "exec-file with a program and its arguments" hubsecrets exec-file a.enc.yaml -- cat -- {}
same out a.yaml "puts the path into each of them"
runs 0 "exec-file: the environment" hubsecrets exec-file a.enc.yaml env
hasnt out "s3cret" "holds no secret"
head -c 3000000 /dev/zero >large && hubsecrets encrypt -i --age $AGE large
runs 0 "exec-file: a file larger than a pipe holds" hubsecrets exec-file large 'wc -c <{}; wc -c <{}'
is "$(tr -d ' ' <out | tr '\n' ' ')" "3000000 3000000 " "comes whole"

for how in --no-fifo ''; do
	for signal in TERM HUP USR1; do
		rm -f ready
		hubsecrets exec-file $how a.enc.yaml "echo {} >ready; $LONG" >/dev/null 2>&1 &
		pid=$!
		wait_for ready
		kill -$signal $pid
		wait $pid
		is $? 255 "exec-file $how: SIG$signal ends the command"
		[ ! -e "$(dirname "$(cat ready)")" ]; ok $? "and the folder is gone"
	done
done
rm -f ready
hubsecrets exec-file a.enc.yaml "echo \$\$ >command; echo {} >ready; $LONG" >/dev/null 2>&1 &
pid=$!
wait_for ready
kill -9 $pid
wait $pid 2>/dev/null
kill "$(cat command)"
path=$(cat ready)
[ -p "$path" ] && ! grep -rqs s3cret "${path%/*}" --devices=skip; ok $? "SIGKILL leaves an empty FIFO behind at worst"
rm -rf "${path%/*}"
rm -f ready
hubsecrets exec-file --no-fifo a.enc.yaml "echo \$\$ >command; echo {} >ready; $LONG" >/dev/null 2>&1 &
pid=$!
wait_for ready
kill -9 $pid
wait $pid 2>/dev/null
tap_tries=0
while [ -e "$(dirname "$(cat ready)")" ] && [ $tap_tries -lt 600 ]; do tap_tries=$((tap_tries + 1)); sleep 0.05; done
[ ! -e "$(dirname "$(cat ready)")" ]; ok $? "the file of --no-fifo goes even then"
kill "$(cat command)"

# --- background
runs 0 "exec-env --background" sops exec-env --background a.enc.yaml 'echo "$TOKEN" >later'
has err "exec-env's --background option is deprecated" "is told to be deprecated"
wait_for later
is "$(cat later)" "s3cret word" "runs nevertheless"
runs 0 "exec-file --background" hubsecrets exec-file --background a.enc.yaml 'echo {} >path; cat {} >behind.new; mv behind.new behind'
wait_for behind
same behind a.yaml "has its file while it runs"
tap_tries=0
while [ -e "$(dirname "$(cat path)")" ] && [ $tap_tries -lt 600 ]; do tap_tries=$((tap_tries + 1)); sleep 0.05; done
[ ! -e "$(dirname "$(cat path)")" ]; ok $? "and no longer"

# --- another user
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
	# Where there is no shared memory, the file's folder is made in here.
	chmod 1777 "$T"
	runs 0 "--user" hubsecrets exec-env --user nobody a.enc.yaml 'id -un; id -Gn; echo "$USER $LOGNAME $HOME $TOKEN"'
	is "$(sed -n 1p out)" nobody "is that user"
	is "$(id -Gn nobody)" "$(sed -n 2p out)" "with that user's groups"
	is "$(sed -n 3p out)" "nobody nobody $(getent passwd nobody | cut -d: -f6) s3cret word" "and environment"
	runs 0 "exec-file --user" hubsecrets exec-file --user nobody a.enc.yaml 'cat {}'
	same out a.yaml "can read the file"
	runs 1 "--user of nobody that we know" hubsecrets exec-env --user no-such-user a.enc.yaml true
	has err "unknown user no-such-user" "is refused"
else
	skip "--user needs root"
fi
done_testing
