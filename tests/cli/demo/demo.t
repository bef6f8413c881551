#!/bin/sh
# "make demo" in a folder of its own: what it leaves can be entered, changed, run again and ended.
. "${0%/*}/../../tap.sh"

DEMO=$T/demo
export DEMO BUILD
at_exit '"$TOP/cmd/demo/run.sh" stop'

runs 0 "the demo runs" "$TOP/cmd/demo/run.sh"
silent "without complaints"
has out "not-a-real-client-secret-staging" "the resolved values hold the secrets"
has out "data100-staging.example.org" "and the environment's settings"
has out "authenticator_class: canvasoauthenticator.CanvasOAuthenticator" "and the chart's"
has out "hubsecrets edit" "it says what to try next"
cp out first
for name in staging prod; do
	file=demo/deployments/data100/secrets/$name.yaml
	hasnt $file not-a-real "the file of $name holds no secret"
	has $file "role: arn:aws:iam::123456789012:role/hub-deployer" "but the role to open it with"
	has $file "cookieSecret: ENC[" "and its keys in clear"
done
is "$(git -C demo status --porcelain)" "" "everything is committed, but what is local"
! git -C demo grep -q not-a-real HEAD; ok $? "and no secret with it"
has demo/.hubkms/log "AssumeRole us-east-1 arn:aws:iam::123456789012:role/hub-deployer" "the role was assumed"

# Enter, as the last lines say.
. demo/env.sh
cd demo || exit 1
runs 0 "inside, secrets are decrypted" hubsecrets decrypt deployments/data100/secrets/staging.yaml
has "$T/out" "cookieSecret: not-a-real-cookie-secret-staging" "to the sample's text"
same "$T/out" "$TOP/testdata/demo/deployments/data100/secrets/staging.yaml" "byte for byte"
EDITOR="sed -i s/not-a-real-cookie-secret-staging/changed-by-hand/"
export EDITOR
runs 0 "and edited" hubsecrets edit deployments/data100/secrets/staging.yaml
runs 0 "and merged" hubmerge data100 staging
has "$T/out" "cookieSecret: changed-by-hand" "with the change"
is "$(git diff -U0 | sed -n 's/^+ *\([A-Za-z]*\): .*/\1/p' | grep -v lastmodified | tr '\n' ' ')" "cookieSecret mac " \
    "the diff is the value, the date and the MAC"
cd "$T" || exit 1

runs 0 "the demo runs again" "$TOP/cmd/demo/run.sh"
silent "without complaints"
has out "cookieSecret: changed-by-hand" "and keeps what was changed"
pid=$(cat demo/.hubkms/data/lock)
runs 0 "it can be ended" "$TOP/cmd/demo/run.sh" stop
silent "in silence"
! grep -q "^State:[[:blank:]]*[^Z[:blank:]]" "/proc/$pid/status" 2>/dev/null; ok $? "the local KMS is gone"
runs 0 "and ended again" "$TOP/cmd/demo/run.sh" stop
runs 1 "an unknown word" "$TOP/cmd/demo/run.sh" begin
has err "usage: run.sh [stop]" "is refused"
done_testing
