#!/bin/sh
# Alternatives: the first is asked at once, the others together when it fails or after 300 ms; the first answer counts.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"
. "$TOP/tests/faulty.sh"

key() { printf 'arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000000%s' "$1"; }
for n in 1 2 3; do
	kms_start --any-key
	ask <<-END
		wrap key=$(key $n) payload=datakey
	END
	kms_stop
	sed -n 's/^0 asked ok - //p' answers >enc.$n
done
# questions: the three keys as alternatives
questions() {
	for n in 1 2 3; do echo "unwrap hedge=1 key=$(key $n) payload=$(cat enc.$n)"; done
}
# with FAULTS...: asks the three under these faults; sets took and, in kms.log, who was asked
with() {
	rm -f kms.log
	kms_start "$@"
	start=$(now_ms)
	questions | ask
	took=$(($(now_ms) - start))
	kms_stop
}
# soon LIMIT COMMAND...: did it take less?  A machine that is busy gets five chances, since what waits in vain waits each time.
soon() {
	soon_limit=$1 soon_tries=0
	shift
	while [ $took -ge $soon_limit ] && [ $soon_tries -lt 5 ]; do
		soon_tries=$((soon_tries + 1))
		"$@"
	done
	[ $took -lt $soon_limit ]
}
asked() { grep -c " Decrypt .*$(key "$1")" kms.log; }

with
answered "0 asked ok datakey" "the first key answers"
answered "1 unasked cancelled" "the second is not asked"
answered "2 unasked cancelled" "nor the third"
is "$(asked 1) $(asked 2) $(asked 3)" "1 0 0" "so only one line is in the audit log"

with --fault "deny,key=$(key 1)"
answered "0 asked denied" "the first key refuses"
[ "$(grep -c 'asked ok datakey' answers)" = 1 ]; ok $? "then another answers, once"
soon 250 with --fault "deny,key=$(key 1)"; ok $? "at once ($took ms)"

with --fault "slow:5000,key=$(key 1)"
answered "0 asked cancelled" "a slow key is left alone"
[ "$(grep -c 'asked ok datakey' answers)" = 1 ]; ok $? "when another has answered"
[ $took -ge 300 ] && soon 1500 with --fault "slow:5000,key=$(key 1)"; ok $? "after 300 ms ($took ms)"

with --fault "500,key=$(key 1)" --fault "500,key=$(key 2)"
answered "2 asked ok datakey" "two broken keys do not keep the third from answering"
soon 1500 with --fault "500,key=$(key 1)" --fault "500,key=$(key 2)"; ok $? "soon ($took ms)"

with --fault deny
is "$(grep -c 'asked denied' answers)" 3 "when all refuse, each says why"
is "$(asked 1) $(asked 2) $(asked 3)" "1 1 1" "and each was asked once"

# Different groups do not wait for each other; nothing waits without a group.
apart() {
	kms_start --fault slow:400
	start=$(now_ms)
	for n in 1 2 3; do echo "unwrap hedge=$n key=$(key $n) payload=$(cat enc.$n)"; echo "unwrap key=$(key $n) payload=$(cat enc.$n) context=a:b"; done | ask
	took=$(($(now_ms) - start))
	kms_stop
}
apart
is "$(grep -c 'asked ok datakey' answers)" 3 "groups of one are all answered"
soon 1200 apart; ok $? "in parallel ($took ms)"

# The first of a group cannot even be asked.
kms_start
{ echo "unwrap hedge=9 key=nonsense payload=x"; echo "unwrap hedge=9 key=$(key 2) payload=$(cat enc.2)"; } | ask
answered "0 unasked syntax" "a first key that cannot be asked"
answered "1 asked ok datakey" "gives way at once"
kms_stop

# Many at once.
forty() {
	faulty_start 'delay=50:200:{"Plaintext":"MDEyMw=="}'
	start=$(now_ms)
	i=0
	while [ $i -lt 40 ]; do i=$((i + 1)); echo "unwrap key=$(key 1) payload=$(printf %04d $i)"; done | ask
	took=$(($(now_ms) - start))
}
forty
is "$(grep -c 'asked ok 0123' answers)" 40 "forty questions are answered"
most=$(awk '$6 > most { most = $6 } END { print most }' faulty.log)
[ "$most" -le 8 ] && [ "$most" -ge 2 ]; ok $? "over at most 8 connections ($most)"
faulty_stop
again() { forty; faulty_stop; }
soon 1500 again; ok $? "in parallel ($took ms)"
done_testing
