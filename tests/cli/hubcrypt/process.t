#!/bin/sh
# The filter process and a peer that is not git: garbage, huge packets, death.  It must end, and never hang.
. "${0%/*}/../../tap.sh"

pkt() {	# pkt WORD...: packets; "." is a flush
	for word; do
		if [ "$word" = . ]; then printf 0000; else printf '%04x%s' $((${#word} + 4)) "$word"; fi
	done
}
hello() { pkt git-filter-client version=2 . capability=clean capability=smudge .; }
ends() {	# ends STATUS CLAIM: hubcrypt process, given $T/in, ends in time
	timeout 20 hubcrypt process --key-file="$T/key" <"$T/in" >"$T/out" 2>"$T/err"
	is $? "$1" "$2"
}

hubcrypt keygen "$T/key" 2>/dev/null
{ hello; pkt command=clean pathname=a . secret . command=clean pathname=b . . ; } >in
ends 0 "a peer that speaks the protocol is served until it leaves"
silent "in silence"
has out "status=success" "with success"
: >in
ends 1 "a peer that says nothing"
has err "within a list" "is told"
head -c 100000 /dev/zero >in
ends 1 "zeros"
seq 1 100000 >in
ends 1 "text"
printf 'fff0' >in; head -c 100000 /dev/zero >>in
ends 1 "a packet as large as any, with nothing that we know"
printf 'fff1' >in; head -c 100000 /dev/zero >>in
ends 1 "and one that is larger than any"
{ hello; pkt command=clean pathname=a .; pkt secret; } >in
ends 1 "death within a file"
hasnt out "status" "is not answered"
hasnt err "secret" "nor quoted"
{ hello; printf '0010comm'; } >in
ends 1 "death within a packet"
{ hello; pkt command=delete pathname=a .; } >in
ends 1 "an unknown command"

# The other direction: a reader that goes away, and one that never reads.
{ hello; pkt command=clean pathname=a .; printf 'fff0'; head -c 65516 /dev/zero; printf 0000; } >in
( timeout 20 hubcrypt process --key-file=key <in 2>err; echo $? >status ) | head -c 10 >/dev/null
[ "$(cat status)" -le 1 ]; ok $? "a reader that goes away ends it"
mkfifo pipe
( exec 3<>pipe; timeout 3 hubcrypt process --key-file=key <&3 >/dev/null 2>&1; echo $? >status )
is "$(cat status)" 124 "a peer that keeps its side open is waited for, as git is"

# Content of any size in constant memory.
{ hello; pkt command=clean pathname=a .; i=0; while [ $i -lt 1600 ]; do printf fff0; head -c 65516 /dev/zero; i=$((i + 1)); done; printf 0000; } >in
if [ -x "$BUILD/tests/bench/measure" ] && ! nm -D "$(command -v hubcrypt)" 2>/dev/null | grep -q __asan; then
	peak=$("$BUILD/tests/bench/measure" -i in hubcrypt process --key-file=key | cut -d' ' -f3)
	[ "${peak:-99999}" -lt 40960 ]; ok $? "100 MB through the process take ${peak:-no} KiB of memory"
	head -c 104857600 /dev/zero >large
	for verb in clean smudge; do
		peak=$("$BUILD/tests/bench/measure" -i large hubcrypt $verb --key-file=key | cut -d' ' -f3)
		[ "${peak:-99999}" -lt 40960 ]; ok $? "100 MB through $verb take ${peak:-no} KiB"
		hubcrypt $verb --key-file=key <large >other && mv other large
	done
	is "$(tr -d '\0' <large | wc -c)" 0 "and come back"
else
	skip "memory is measured without sanitizers"
fi

# git-crypt cannot read 4 GiB.
if truncate -s 4294967318 huge 2>/dev/null; then
	runs 1 "a file that is too large for the format" sh -c 'timeout 20 hubcrypt clean --key-file=key <huge'
	has "$T/err" "file too long to encrypt securely" "is refused"
	is "$(wc -c <"$T/out")" 0 "before anything is written, and before it is read"
	rm huge
else
	skip "no room for a sparse file of 4 GiB"
fi

# Files are spilled encrypted, and leave nothing behind.
printf 'needle in a large file' >large; head -c 30000000 /dev/zero >>large
cat large | TMPDIR="$T/full" hubcrypt clean --key-file=key >blob 2>err
is $? 1 "a temporary folder that is missing fails the file"
has err "temporary" "and is named"
cat large | hubcrypt clean --key-file=key >blob
hubcrypt smudge --key-file=key <blob | cmp -s - large; ok $? "a pipe's content is sealed as a file's is"
hubcrypt clean --key-file=key <large | cmp -s - blob; ok $? "to the same blob"
is "$(find "$T" -name 'hubcrypt.*' | wc -l)" 0 "no temporary file is left"
done_testing
