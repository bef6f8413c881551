#!/bin/sh
# Keys survive restarts and crashes: what was answered is there afterwards, whatever the moment.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

KEY=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
ALIAS=arn:aws:kms:us-east-1:123456789012:alias/demo
kms_start --key $KEY --key $ALIAS
runs 0 "a key given by ARN encrypts" kmscall Encrypt "{\"KeyId\":\"$KEY\",\"Plaintext\":\"c2VjcmV0\",\"EncryptionContext\":{\"a\":\"b\"}}"
blob=$(sed -n 's/.*"CiphertextBlob":"\([^"]*\)".*/\1/p' out)
kms_stop
kms_start
runs 0 "after a restart it decrypts" kmscall Decrypt "{\"CiphertextBlob\":\"$blob\",\"EncryptionContext\":{\"a\":\"b\"}}"
has out '"Plaintext":"c2VjcmV0"' "what it encrypted"
runs 0 "the alias is there still" kmscall DescribeKey '{"KeyId":"alias/demo"}'
hasnt kms.log c2VjcmV0 "the log holds no plaintext"
hasnt kms.log "$blob" "and no ciphertext"
hasnt kms.log "$AWS_SECRET_ACCESS_KEY" "and no secret"

# Keys are made one after the other; the server is killed in the middle, several times.
: >answered
for turn in 1 2 3; do
	while kmscall CreateKey >reply 2>/dev/null; do
		sed -n 's/.*"KeyId":"\([^"]*\)".*/\1/p' reply >>answered
	done &
	maker=$!
	sleep 0.2
	kill -KILL $kms_pid
	wait $kms_pid 2>/dev/null
	wait $maker
	kms_start || break
done
[ "$(wc -l <answered)" -ge 3 ]; ok $? "keys were made before each crash ($(wc -l <answered))"
missing=0
while read -r id; do
	grep -q "key/$id " kms/keys || missing=$((missing + 1))
done <answered
is $missing 0 "and every one that was answered is there"
runs 0 "the server lists them" kmscall ListKeys '{"Limit":1000}'
kms_stop

# Damage is told, with the line, and nothing is overwritten.
cp kms/keys before
sed '3s/enabled/perhaps/' before >kms/keys
cp kms/keys damaged
runs 1 "a damaged file of keys stops the start" hubkms --data kms
has err "kms/keys:3:1" "with file and line"
same kms/keys damaged "and stays as it is"
done_testing
