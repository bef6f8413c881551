#!/bin/sh
# Each source of credentials: the vendor's client for Python, and real sops when it is installed, get them from the stand-in,
# and then ours sends it the same requests.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/faulty.sh"
. "$TOP/tests/aws.sh"
[ -n "$aws_python" ] || needs python3-boto3
aws_start || skip_all "no stand-in"
# What the tests find here must not differ from machine to machine.
mkdir -p .aws/sso/cache
export AWS_DEFAULT_REGION=us-east-1

aws_sops_file
# A new profile is the whole configuration.
configure() { cat >.aws/config; }

case_of 'export AWS_ACCESS_KEY_ID=AKIAUSER AWS_SECRET_ACCESS_KEY=secret-of-USER
	source_is environment USER'
configure <<-END
	[default]
	aws_access_key_id = AKIAUSER
	aws_secret_access_key = secret-of-USER
END
case_of 'source_is "keys of a profile" USER'
configure <<-END
	[default]
	role_arn = arn:aws:iam::123456789012:role/plain
	source_profile = user
	external_id = an-id
	role_session_name = me
	[profile user]
	aws_access_key_id = AKIAUSER
	aws_secret_access_key = secret-of-USER
END
case_of 'source_is "role over source_profile" ROLE'

configure <<-END
	[profile middle]
	role_arn = arn:aws:iam::123456789012:role/one
	source_profile = user
	[profile user]
	role_arn = arn:aws:iam::123456789012:role/two
	source_profile = last
	[profile last]
	aws_access_key_id = AKIAUSER
	aws_secret_access_key = secret-of-USER
END
case_of 'export AWS_PROFILE=middle; source_is "chain of roles" ROLE'
has mine "POST AssumeRole:two AKIAUSER ok" "chain of roles: the farthest first"
has mine "POST AssumeRole:one AKIAROLE ok" "chain of roles: the next with what that gave"

printf 'header.claims.signature' >token
configure </dev/null
case_of 'export AWS_WEB_IDENTITY_TOKEN_FILE=$T/token AWS_ROLE_ARN=arn:aws:iam::123456789012:role/web
	export AWS_ROLE_SESSION_NAME=me
	source_is "web identity of the environment" WEB'
configure <<-END
	[default]
	role_arn = arn:aws:iam::123456789012:role/web
	web_identity_token_file = $T/token
END
case_of 'source_is "web identity of the profile" WEB'

configure <<-END
	[default]
	credential_process = "$T/helper" 'two words' 3
END
cat >helper <<-'END'
	#!/bin/sh
	[ "$1,$2" = "two words,3" ] || exit 1
	echo '{"Version":1,"AccessKeyId":"AKIAWEB","SecretAccessKey":"secret-of-WEB","SessionToken":"token-of-WEB","Expiration":"2099-01-01T00:00:00Z"}'
END
chmod +x helper
case_of 'source_is "credential_process" WEB'

configure </dev/null
case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI=$STANDIN/container AWS_CONTAINER_AUTHORIZATION_TOKEN=container-token
	source_is "container" CONTAINER'
printf container-token >agent-token
case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI=$STANDIN/container AWS_CONTAINER_AUTHORIZATION_TOKEN=other
	export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/agent-token
	# Clients before 2023 do not know the file.
	"$aws_python" -c "from botocore.credentials import ContainerProvider as p; p.ENV_VAR_AUTH_TOKEN_FILE" 2>/dev/null || {
		skip "container with a token file: this boto3 is too old"; exit_case=yes; }
	[ -n "${exit_case:-}" ] || source_is "container with a token file" CONTAINER'

case_of 'export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=$STANDIN
	source_is "instance metadata" IMDS'
configure <<-END
	[default]
	role_arn = arn:aws:iam::123456789012:role/plain
	credential_source = Ec2InstanceMetadata
END
case_of 'export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=$STANDIN
	source_is "role over the instance" ROLE'
configure <<-END
	[default]
	role_arn = arn:aws:iam::123456789012:role/plain
	credential_source = EcsContainer
END
case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI=$STANDIN/container AWS_CONTAINER_AUTHORIZATION_TOKEN=container-token
	source_is "role over the container" ROLE'

cache() { printf %s "$1" | sha1sum | sed 's/ .*/.json/; s,^,.aws/sso/cache/,'; }
configure <<-END
	[default]
	sso_start_url = https://corp.example/start
	sso_region = us-east-1
	sso_account_id = 123456789012
	sso_role_name = Data Reader
END
printf '{"startUrl":"https://corp.example/start","region":"us-east-1","accessToken":"sso-token","expiresAt":"2099-01-01T00:00:00Z"}' \
	>"$(cache https://corp.example/start)"
case_of 'source_is "IAM Identity Center without a session" SSO'
configure <<-END
	[default]
	sso_session = corp
	sso_account_id = 123456789012
	sso_role_name = Data Reader
	[sso-session corp]
	sso_start_url = https://corp.example/start
	sso_region = us-east-1
	sso_registration_scopes = sso:account:access
END
login() {
	printf '{"startUrl":"https://corp.example/start","region":"us-east-1","accessToken":"sso-token","expiresAt":"%s","clientId":"client",
	    "clientSecret":"client-secret","refreshToken":"refresh-1","registrationExpiresAt":"2099-01-01T00:00:00Z"}' "$1" >"$(cache corp)"
}
login 2099-01-01T00:00:00Z
case_of 'source_is "IAM Identity Center with a session" SSO'

# A login that has to be renewed: it is written back, since what renewed it is void now.
for who in boto3 sops ours; do
	[ "$who" != sops ] || [ -n "$sops" ] || continue
	login 2020-01-01T00:00:00Z
	aws_forget
	case $who in
	boto3) got=$("$aws_python" "$TOP/tests/interop/boto3/decrypt.py" $A $BLOB) want=$BLOB ;;
	sops) got=$(sops decrypt sops.yaml 2>&1) want='a: b' ;;
	ours) ours; got=$(sed -n 's/^0 asked ok \([^ ]*\).*/\1/p' answers) want=$BLOB ;;
	esac
	is "$got" "$want" "an old login: $who renews it"
	aws_requests >mine
	has mine "POST /token - ok" "an old login: $who sends what it takes"
	has "$(cache corp)" sso-token-2 "an old login: $who keeps the new token"
	has "$(cache corp)" refresh-2 "an old login: $who keeps what renews it the next time"
done
is "$(stat -c %a "$(cache corp)")" 600 "an old login: for nobody else to read"
case_of 'source_is "a login that we renewed" SSO'

# A code of an MFA device
configure <<-END
	[default]
	role_arn = arn:aws:iam::123456789012:role/mfa1
	source_profile = user
	mfa_serial = arn:aws:iam::123456789012:mfa/me
	[profile other]
	role_arn = arn:aws:iam::123456789012:role/mfa2
	source_profile = user
	mfa_serial = arn:aws:iam::123456789012:mfa/me
	[profile user]
	aws_access_key_id = AKIAUSER
	aws_secret_access_key = secret-of-USER
END
aws_forget
is "$(MFA_CODE=111111 "$aws_python" "$TOP/tests/interop/boto3/decrypt.py" $A $BLOB)" "$BLOB" "MFA: boto3 sends the code"
aws_requests >theirs
aws_forget
echo "unwrap key=$A payload=$(printf %s $BLOB | base64)" >question
"$aws_python" "$TOP/tests/terminal.py" 222222 "$BUILD/tests/standin/kmsask" <question >answers 2>ask.err
answered "0 asked ok $BLOB" "MFA: we send it"
aws_requests >mine
same mine theirs "MFA: by the same requests as boto3"
has tty "Code of the MFA device arn:aws:iam::123456789012:mfa/me: " "MFA: the question names the device"
is "$(cat questions)" 1 "MFA: asked once"
B=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002
aws_forget
{
	for key in $A $B; do
		for profile in default other; do
			echo "unwrap key=$key profile=$profile payload=$(printf %s $BLOB | base64)"
		done
	done
	echo
	cat question
} >questions.in
"$aws_python" "$TOP/tests/terminal.py" 333333 "$BUILD/tests/standin/kmsask" <questions.in >answers 2>ask.err
is "$(grep -c "asked ok $BLOB" answers)" 5 "MFA: two roles in two regions, and a question later"
is "$(cat questions)" 1 "MFA: asked once for all of them"
is "$(aws_requests | grep -c 'GetSessionToken AKIAUSER ok')" 1 "MFA: the code opens a session"
is "$(aws_requests | grep -c 'AssumeRole:mfa. AKIASESSION ok')" 2 "MFA: which takes on each role once"
aws_requests | grep -v Decrypt | sort -u >mine
aws_forget
is "$(MFA_CODE=444444 "$aws_python" "$TOP/tests/interop/boto3/session.py")" "mfa1 mfa2" "MFA: boto3 does the same when it is told to"
aws_requests | sort >theirs
same mine theirs "MFA: by the same requests"
aws_forget
"$aws_python" "$TOP/tests/terminal.py" 333333 "$BUILD/tests/standin/kmsask" <question >answers 2>ask.err
answered "0 unasked denied .*cannot take on the role.*access denied" "MFA: a code that was used is refused"
is "$(aws_requests | wc -l)" 1 "MFA: and not sent again"
for first in "default" "process"; do
	aws_forget
	cat >>.aws/config <<-'END'
		[profile process]
		role_arn = arn:aws:iam::123456789012:role/plain
		source_profile = slow
		[profile slow]
		credential_process = exec sleep 50
	END
	printf '%s hedge=1\n' "unwrap key=$A profile=$first payload=AAAA" "unwrap key=$A profile=user payload=$(printf %s $BLOB | base64)" >hedged
	started=$(now_ms)
	"$aws_python" "$TOP/tests/terminal.py" - "$BUILD/tests/standin/kmsask" <hedged >answers 2>ask.err
	answered "1 asked ok $BLOB" "two keys, of which the first wants $first: the other answers"
	answered "0 unasked cancelled another key answered first" "two keys: nobody waits for the first"
	[ $(($(now_ms) - started)) -lt 40000 ]; ok $? "two keys: nor has to answer"
done
setsid "$BUILD/tests/standin/kmsask" <question >answers 2>ask.err
answered "0 unasked no-key a code of the MFA device 'arn:aws:iam::123456789012:mfa/me' is needed, and there is no terminal" \
	"MFA: without a terminal this is said"

# Machines whose metadata service knows version 1 alone
configure </dev/null
aws_stop
aws_start imds1
case_of 'export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=$STANDIN
	source_is "instance metadata, version 1" IMDS'

done_testing
