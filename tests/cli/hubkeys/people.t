#!/bin/sh
# hubkeys by hand: what it is, and whether a key can be reached.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
hubkeys=$LIBEXEC/hubkeys
runs 0 "--help says what it is" "$hubkeys" --help
has out "the network helper of the suite" "in one line"
silent "and nothing else"
runs 0 "--version says which" "$hubkeys" --version
runs 2 "without a verb it is a mistake" "$hubkeys"
runs 2 "an unknown option is a mistake" "$hubkeys" describe --nope "$A"
runs 2 "'serve' wants a socket" "$hubkeys" serve
has err "standard input is not a socket" "and says so"

kms_start --key $A
runs 0 "a key can be reached" "$hubkeys" describe $A
has out "arn: $A" "and is described"
has out "state: Enabled" "with its state"
runs 1 "one key of two cannot" "$hubkeys" describe $A "${A%1}2"
has err "'${A%1}2'" "and is named"
has err "hint: check the region" "with a hint"
has err "1 of 2 keys could not be described" "and counted"
runs 0 "under a role" "$hubkeys" describe --role arn:aws:iam::123456789012:role/r $A
runs 1 "a profile that does not exist" "$hubkeys" describe --aws-profile nope $A
has err "no AWS profile 'nope'" "is named"
mkdir .aws
printf '[profile lab]\nservices = here\nrole_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = base\nexternal_id = x1\n[services here]\nkms =\n  endpoint_url = %s\nsts =\n  endpoint_url = %s\n' "$AWS_ENDPOINT_URL" "$AWS_ENDPOINT_URL" >.aws/config
printf '[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >.aws/credentials
(unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; AWS_PROFILE=lab "$hubkeys" describe $A >out 2>err)
is $? 0 "a profile with a role, its source and its own endpoints"
grep -q "DescribeKey.*assumed-role/chained/" kms.log; ok $? "is used as it says"
printf '[broken\n' >>.aws/config
runs 1 "a broken file of settings" "$hubkeys" describe $A
has err "config:11: " "is named with its line"
kms_stop
done_testing
