#!/bin/sh
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

runs 2 "a data directory is needed" hubkms
has err "no data directory given" "and the message says so"
runs 2 "an operand is a mistake" hubkms --data d operand
runs 2 "so is an unknown fault" hubkms --data d --fault fast
has err "unknown fault 'fast'" "which is named"
runs 2 "so is an address by name" hubkms --data d --listen localhost:80
has err "'localhost:80' is not a numeric address" "which is named"
runs 1 "another address needs --allow-remote" hubkms --data d --listen 0.0.0.0:0
has err "allow-remote" "which the hint tells"
[ ! -e d ]; ok $? "and nothing was made"
runs 1 "a malformed --key" hubkms --data d --key arn:aws:iam::123456789012:role/x
has err "is not the ARN of a key or alias" "is refused"
echo nonsense >known
runs 1 "a malformed --known" hubkms --data d --known known
has err "cannot use the table of known ciphertexts in 'known'" "is refused"
echo '[me]' >credentials
runs 1 "credentials without a key" hubkms --data d --credentials credentials
has err "credentials:2:1" "are refused, with the line"
rm -rf d

umask 022
kms_start --listen '[::1]:0' 2>/dev/null
if [ -n "$kms_pid" ]; then
	has "$T/kms.env" "AWS_ENDPOINT_URL=http://[::1]:" "IPv6 loopback needs no leave"
	kms_stop
else
	skip "no IPv6 here"
fi

kms_start --region eu-west-1
same kms.out kms.env "the ready file holds what was printed"
is "$AWS_REGION $AWS_DEFAULT_REGION" "eu-west-1 eu-west-1" "the region asked for is in it"
[ ! -s kms.err ]; ok $? "and nothing else is said"
is "$(ls -ld kms kms/keys kms/credentials kms.env | cut -c1-10 | tr '\n' ' ')" "drwx------ -rw------- -rw------- -rw------- " \
    "directory, keys, credentials and ready file are their owner's only"
is "$(cat kms/lock)" "$kms_pid" "the lock names the process"
has kms/credentials "aws_access_key_id = $AWS_ACCESS_KEY_ID" "the credentials are a file for clients too"
runs 1 "a second server" hubkms --data kms
has err "another hubkms uses the data directory 'kms'" "finds the directory taken"
runs 1 "a port that is taken" hubkms --data d2 --listen "${AWS_ENDPOINT_URL#http://}"
has err "cannot listen on 127.0.0.1" "cannot be had"
runs 0 "a signed request is answered" kmscall ListKeys
kms_stop; ok $? "SIGTERM ends it with status 0"
runs 3 "and it is gone" kmscall ListKeys
first=$AWS_ACCESS_KEY_ID
kms_start
is "$AWS_ACCESS_KEY_ID" "$first" "a restart keeps the credentials"
kill -INT $kms_pid; wait $kms_pid
is $? 0 "SIGINT ends it too"
kms_pid=

printf '[ann]\naws_access_key_id = AKIAANN\naws_secret_access_key = it'"'"'s $HOME\n[bob]\naws_access_key_id = AKIABOB\naws_secret_access_key = b\n' >credentials
kms_start --credentials credentials
is "$AWS_SECRET_ACCESS_KEY" 'it'"'"'s $HOME' "any secret survives the shell"
runs 0 "the first user is the environment's" kmscall GetCallerIdentity
has out ":user/ann<" "by its name"
AWS_ACCESS_KEY_ID=AKIABOB AWS_SECRET_ACCESS_KEY=b
runs 0 "the second is accepted as well" kmscall GetCallerIdentity
has out ":user/bob<" "by its own"
kms_stop

done_testing
