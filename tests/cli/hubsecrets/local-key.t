#!/bin/sh
# Decrypting with an age key is a local matter: no other program, no socket (design D5, D6).
. "${0%/*}/../../tap.sh"
needs strace

KEY=AGE-SECRET-KEY-1D5YT47MH33Q25PV5UUDX6040AFZPSW2XNZN0HTK3JW7GD4JR4TQS8DPV4C
RECIPIENT=age1ntuvyu5xvyu2p2l8l2t4fx53rz3gc8380ggmna3r58srpe0h59qsdcse0k
export SOPS_AGE_KEY="$KEY"

printf 'hub:\n  token: hunter2\n' >plain.yaml
runs 0 "a file is encrypted to an age key" hubsecrets encrypt --age $RECIPIENT --output age.yaml plain.yaml

# The same file with a KMS key beside it, which stands first and leads nowhere: the local key is asked first.
awk '/^sops:/ { print; print "    kms:"; print "        - arn: arn:aws:kms:us-east-1:123456789012:key/none";
	print "          aws_profile: \"\""; print "          created_at: \"2026-01-02T03:04:05Z\""; print "          enc: AAAA"; next }
	{ print }' age.yaml >both.yaml

# AddressSanitizer's leak checker wants to trace as well, which only one can.
for file in age.yaml both.yaml; do
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=execve,socket,socketpair,connect,fork,vfork,clone,clone3 "$BIN/hubsecrets" decrypt $file >out 2>err
	ok $? "$file is decrypted"
	same out plain.yaml "to what it was"
	is "$(grep -c execve trace)" 1 "no other program is started"
	! grep -E '(socket|socketpair|connect|fork|vfork|clone|clone3)\(' trace >found
	ok $? "and no socket is opened" || note "$(cat found)"
done
done_testing
