#!/bin/sh
# A proxy token whose four-digit checksum is the old one's is drawn again; and neither the old value nor the new one is left in memory,
# in a file, in an argument or in a message.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

SCAN=$BUILD/tests/standin/memscan
NOWIPE=$BUILD/tests/standin/nowipe.so
DRAWS=$BUILD/tests/standin/draws.so
! grep -q __asan_init "$BIN/hubrotate" || skip_all 'a sanitizer wants to be loaded first'
case $(readelf -d "$BIN/hubrotate") in
*libsodium*) ;;
*) skip_all 'a static program cannot be given numbers' ;;
esac

git init -q repo && cd repo || exit 255
layer=deployments/one/secrets/prod.yaml
old=$(printf '%064d' 0 | tr 0 a) new=$(printf '%064d' 0 | tr 0 b)
first=af2e$(printf '%060d' 0)
mkdir -p deployments/one/config deployments/one/secrets && echo 'a: 1' >deployments/one/config/prod.yaml
printf "proxy:\n  secretToken: $old\nhub:\n  cookieSecret: $old\n" >../plain && cp ../plain $layer
hubsecrets encrypt --age $AGE -i $layer && git add . && git commit -qm first
token() { hubsecrets decrypt --extract "$1" $layer; }

is "$(printf %s $first | sha256sum | cut -c 1-4)" "$(printf %s $old | sha256sum | cut -c 1-4)" "two tokens with one checksum"
runs 0 "a cookie secret is what was drawn" env LD_PRELOAD="$DRAWS" hubrotate one prod cookie-secret
is "$(token '["hub"]["cookieSecret"]')" $first "at first"
git checkout -q .
runs 0 "a proxy token with the checksum of the old one" env LD_PRELOAD="$DRAWS" hubrotate one prod proxy-token
is "$(token '["proxy"]["secretToken"]')" $new "is drawn again"
git checkout -q .

rm ../plain
command -v strace >/dev/null && strace -o /dev/null -e trace=none true 2>/dev/null || untraced=1
for words in "proxy-token" "all --json" "all --dry-run" "all --age"; do
	[ -z "${untraced:-}" ] || { skip "strace may not trace here"; continue; }
	env LD_PRELOAD="$DRAWS" strace -f -qq -e trace=execve,write -s 400 -o "$T/calls" hubrotate one prod $words >"$T/out" 2>"$T/err"
	[ -s "$T/out" ] && ! grep -qE "$old|$new|$first" "$T/calls" "$T/out" "$T/err"
	ok $? "$words: no value is written or given to a program in clear" || note "$(cat "$T/err")"
	! grep -rqE "$old|$new|$first" .
	ok $? "$words: nor in any file"
	git checkout -q .
done
if [ "$(id -u)" = 0 ]; then
	hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
	for value in $old $new; do
		[ $value = $old ] && which=old || which=new
		"$SCAN" "$(hex $value)" env LD_PRELOAD="$DRAWS" hubrotate one prod proxy-token >"$T/out" 2>"$T/err"
		is $? 0 "the $which value is nowhere in memory at the end"
		git checkout -q .
		"$SCAN" "$(hex $value)" env LD_PRELOAD="$DRAWS:$NOWIPE" hubrotate one prod proxy-token >"$T/out" 2>"$T/err"
		is $? 1 "and would, without wiping"
		git checkout -q .
	done
else
	skip 'only root may read the memory of a process that is closed to others'
fi
done_testing
