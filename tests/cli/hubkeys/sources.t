#!/bin/sh
# Sources of AWS credentials that fail, in every way: each says who failed and why, soon, without repeating what it was sent.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/faulty.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
ROLE=arn:aws:iam::123456789012:role/web
# Never reached: whoever asks KMS has found credentials.
export AWS_ENDPOINT_URL_KMS=http://127.0.0.1:1
mkdir -p .aws/sso/cache
printf s3cret-web-token >token
printf '{"accessToken":"s3cret-sso-token","expiresAt":"2099-01-01T00:00:00UTC"}' >.aws/sso/cache/$(printf %s https://corp.example | sha1sum | sed 's/ .*//').json
cat >.aws/config <<-END
	[profile sso]
	sso_start_url = https://corp.example
	sso_region = us-east-1
	sso_account_id = 123456789012
	sso_role_name = r
END

# The environment of a source, whose server is at $URL.
environment() {
	case $1 in
	web) export AWS_ENDPOINT_URL="$URL" AWS_WEB_IDENTITY_TOKEN_FILE="$T/token" AWS_ROLE_ARN=$ROLE ;;
	sso) export AWS_ENDPOINT_URL="$URL" AWS_PROFILE=sso ;;
	container) export AWS_CONTAINER_CREDENTIALS_FULL_URI="$URL/c" AWS_CONTAINER_AUTHORIZATION_TOKEN=s3cret-agent-token ;;
	imds|imds2|imds3) export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT="$URL" ;;
	esac
}
# The answers of the first steps, so that the fault comes where it is meant to.
steps() {
	case $1 in
	imds2) echo 200:s3cret-imds-token ;;
	imds3) echo 200:s3cret-imds-token 200:role ;;
	esac
}

# launch NAME SOURCE BEHAVIOUR...: one question in the background, with a server of its own; results are in the folder NAME.
question() (
	mkdir "$1"
	cd "$1" || exit 1
	source=$2
	shift 2
	"$BUILD/tests/standin/faulty" port log $(steps "$source") "$@" &
	server=$!
	while [ ! -e port ]; do kill -0 $server || exit 1; sleep 0.02; done
	URL=http://127.0.0.1:$(cat port)
	environment "$source"
	start=$(now_ms)
	echo "unwrap key=$A payload=AAAA" | "$BUILD/tests/standin/kmsask" >answers 2>err
	echo $(($(now_ms) - start)) >took
	wc -l <log >sent
	kill $server
)
launch() { question "$@" & }

GOOD='200:{"AccessKeyId":"A","SecretAccessKey":"s3cret-key","Token":"s3cret-token","Expiration":"2099-01-01T00:00:00Z"}'
SOURCES='web sso container imds imds2 imds3'
for source in $SOURCES; do
	launch $source.close $source close
	launch $source.cut $source cut
	launch $source.garbage $source garbage
	launch $source.huge $source huge
	launch $source.headers $source headers
	launch $source.redirect $source redirect=http://127.0.0.1:1/
	launch $source.refused $source '403:{"message":"no"}'
	launch $source.throttled $source after=1:429:slower
	launch $source.unavailable $source after=1:503:later
	launch $source.empty $source 200:
	launch $source.nojson $source '200:s3cret body'
	launch $source.truncated $source '200:{"AccessKeyId":"A","SecretAccessKey":"s3cret-k'
	launch $source.list $source '200:[1,2]'
	launch $source.lacks $source '200:{"AccessKeyId":"A","Token":"s3cret-t"}'
done
for source in container imds imds2 imds3; do
	launch $source.hang $source hang
done
launch container.again container after=1:503:later close "$GOOD"
launch container.line container '200:{"AccessKeyId":"A","SecretAccessKey":"s3cret\r\nX: y","Token":"t","Expiration":"2099-01-01T00:00:00Z"}'
launch container.time container '200:{"AccessKeyId":"A","SecretAccessKey":"s3cret","Token":"t","Expiration":"soon"}'
launch imds3.failed imds3 '200:{"Code":"AssumeRoleUnauthorizedAccess","Message":"m"}'
launch imds.path imds 200:token '200:../../x'
launch imds.norole imds 200:token 404:none
launch imds.old imds 404:none 200:role "$GOOD"
launch imds.expired imds 200:t 401:x 200:t2 200:role "$GOOD"
launch imds.refuses imds 200:t 401:x 200:t2 401:x
(export AWS_EC2_METADATA_V1_DISABLED=true; launch imds.strict imds 404:none 200:role "$GOOD"; wait)
(export AWS_MAX_ATTEMPTS=1; launch web.hang web hang; launch sso.hang sso hang; wait) &
wait

name_of() {
	case $1 in
	web) echo 'a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)' ;;
	sso) echo 'IAM Identity Center (sso_session)' ;;
	container) echo 'the container (AWS_CONTAINER_CREDENTIALS_...)' ;;
	*) echo 'the EC2 instance metadata' ;;
	esac
}
# failed NAME: an error that names the source, no secret in it, in time.
failed() {
	source=${1%%.*}
	grep -q "^0 unasked [a-z-]* no AWS credentials from $(name_of $source): " "$1/answers"
	ok $? "$1: the error names the source" || note "$(cat "$1/answers" "$1/err")"
	! grep -q 's3cret' "$1/answers"
	ok $? "$1: and tells no secret" || note "$(cat "$1/answers")"
	[ "$(cat "$1/took")" -lt 30000 ]
	ok $? "$1: in time ($(cat "$1/took") ms)"
}
said() {
	grep -q "$2" "$1/answers"
	ok $? "$1: $3" || note "$(cat "$1/answers")"
}
for source in $SOURCES; do
	for fault in close cut garbage huge headers redirect refused throttled unavailable empty nojson truncated list lacks; do
		# Version 2's token is any text: these three are one.
		case $source.$fault in imds.nojson|imds.truncated|imds.list|imds.lacks) continue ;; esac
		failed $source.$fault
	done
	said $source.redirect "^0 unasked refused .*\(redirect\|status 307\)" "a redirect is not followed"
	is "$(cat $source.redirect/sent)" "$(($(steps $source | wc -w) + 1))" "$source.redirect: nor asked again"
done
for name in container.hang imds2.hang imds3.hang web.hang sso.hang container.line container.time imds3.failed imds.path imds.norole \
    imds.refuses imds.strict imds.hang; do
	failed $name
done
said imds.hang "nobody answers there" "an instance metadata service that is silent is none"
[ "$(cat imds.hang/took)" -lt 20000 ]; ok $? "imds.hang: which is found out soon"
is "$(cat container.hang/sent)" 3 "container.hang: three times"
is "$(cat container.throttled/sent)" 3 "container.throttled: too"
[ "$(cat container.throttled/took)" -ge 3900 ]; ok $? "container.throttled: after the time that it asks for"
said container.again "^0 asked network cannot connect to 'http://127.0.0.1:1'" "what goes away is survived"
said imds.old "^0 asked network cannot connect" "version 1 serves where there is no other"
said imds.expired "^0 asked network cannot connect" "a token that was not taken is renewed"
is "$(cat imds.refuses/sent)" 4 "imds.refuses: once"
said imds.strict "hop limit\|status 404" "version 1 can be forbidden"
is "$(cat imds.strict/sent)" 1 "imds.strict: then it is not asked"
is "$(cat imds.path/sent)" 2 "imds.path: a role that would lead elsewhere is not asked for"
said imds.norole "no-key .*the instance has no role" "an instance without a role says so"
said imds3.failed "denied .*AssumeRoleUnauthorizedAccess" "a failure that calls itself a success of HTTP is one"
said container.refused "denied .*refuses the authorization token" "a wrong token is said"
said web.refused "denied\|network" "a refusal is one"

# Credentials are fetched once for all questions, and anew when the service calls them expired.
several() {
	unset AWS_ENDPOINT_URL_KMS AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	export AWS_CONTAINER_CREDENTIALS_FULL_URI="$AWS_ENDPOINT_URL/c"
	for i in 1 2 3 4; do echo "wrap key=$A payload=$i"; done >asked
	{ head -n "$1" asked; echo; cat asked; } | ask
}
faulty_start "$GOOD" '200:{"CiphertextBlob":"AAAA"}'
(several 4)
is "$(grep -c 'asked ok' answers)" 8 "eight questions in two batches are answered"
is "$(grep -c ' /c ' faulty.log)" 1 "with credentials that were fetched once"
faulty_stop
faulty_start "$GOOD" '400:{"__type":"ExpiredTokenException"}' "$GOOD" '200:{"CiphertextBlob":"AAAA"}'
(several 1)
is "$(grep -c 'asked ok' answers)" 5 "credentials that have expired are fetched anew"
is "$(grep -c ' /c ' faulty.log)" 2 "once"
faulty_stop
faulty_start "$GOOD" '400:{"__type":"ExpiredTokenException"}' "$GOOD" '400:{"__type":"ExpiredTokenException"}'
(several 1; head -n 1 answers >first; mv first answers)
answered "0 asked no-key .*expired" "when the new ones have expired too, that is the answer"
faulty_stop
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL

# A login that is being renewed while another key answers: the old one is void by then, so the new one is written down.
cat >>.aws/config <<-END
	[profile corp]
	sso_session = corp
	sso_account_id = 123456789012
	sso_role_name = r
	[sso-session corp]
	sso_start_url = https://corp.example
	sso_region = us-east-1
	[profile user]
	aws_access_key_id = A
	aws_secret_access_key = s
END
cached=.aws/sso/cache/$(printf corp | sha1sum | sed 's/ .*//').json
printf '{"accessToken":"t1","expiresAt":"2020-01-01T00:00:00Z","clientId":"c","clientSecret":"s","refreshToken":"r1","registrationExpiresAt":"%s"}' \
	2099-01-01T00:00:00Z >$cached
faulty_start 'delay=1200:200:{"accessToken":"t2","expiresIn":3600,"refreshToken":"r2"}' '200:{"Plaintext":"MDEyMw=="}'
(unset AWS_ENDPOINT_URL_KMS; printf '%s hedge=1\n' "unwrap key=$A profile=corp payload=AAAA" "unwrap key=$A profile=user payload=AAAA" | ask)
answered "1 asked ok 0123" "a login is renewed, and another key answers first"
has $cached '"t2"' "a login is renewed: the new one is kept"
has $cached '"r2"' "a login is renewed: and what renews it"
faulty_stop
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL

# Programs
program() {
	printf '[default]\ncredential_process = %s\n' "$2" >.aws/config
	echo "unwrap key=$A payload=AAAA" | AWS_PROFILE= "$BUILD/tests/standin/kmsask" >answers 2>ask.err
	answered "0 unasked $3" "credential_process: $1"
	hasnt answers s3cret "credential_process: $1: its output is not repeated"
}
P='no AWS credentials from a program (credential_process): '
program "one that is not there" /nowhere/program "no-key ${P}it failed with status 127"
program "one that fails" 'echo s3cret; exit 3' "no-key ${P}it failed with status 3"
program "one that dies" 'kill -9 $$' "no-key ${P}it was ended by signal 9"
program "one that says nothing" true "syntax ${P}its output is not what AWS specifies"
program "one that prints text" 'echo s3cret' "syntax ${P}its output is not what AWS specifies"
program "another version" "echo '{\"Version\":2,\"AccessKeyId\":\"s3cret\",\"SecretAccessKey\":\"s\"}'" "syntax .*'Version' is not 1"
program "a version that is no number" "echo '{\"Version\":\"1\",\"AccessKeyId\":\"s3cret\",\"SecretAccessKey\":\"s\"}'" "syntax .*'Version' is not 1"
program "no secret" "echo '{\"Version\":1,\"AccessKeyId\":\"s3cret\"}'" "syntax .*lacks a string 'SecretAccessKey'"
program "too much" 'yes s3cret' "limit ${P}it wrote more than 65536 bytes"
program "another end of time" "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cret\",\"Expiration\":\"never\"}'" "syntax .*'Expiration' is not a point in time"
# Nothing of an encrypted file becomes a part of a command; a name only chooses among the user's own profiles.
printf '[profile p]\ncredential_process = touch never\n' >.aws/config
# (kmsask splits at blanks, so the hostile name has none)
echo "unwrap key=$A profile=p;touch\${IFS}never payload=AAAA" | ask
answered "0 unasked config there is no AWS profile" "a name that is a command is no profile"
[ ! -e never ]; ok $? "and is not run"
# The socket is not the program's to read.
printf '[default]\ncredential_process = cat >stdin; exit 1\n' >.aws/config
echo "unwrap key=$A payload=AAAA" | AWS_PROFILE= "$BUILD/tests/standin/kmsask" >answers 2>ask.err
[ ! -s stdin ]; ok $? "a program that reads finds nothing"

# Hosts that a variable must not lead to
unset AWS_PROFILE
: >.aws/config
uri() {
	echo "unwrap key=$A payload=AAAA" | AWS_CONTAINER_CREDENTIALS_FULL_URI=$1 "$BUILD/tests/standin/kmsask" >answers 2>ask.err
	answered "0 unasked $2" "a container's credentials: $1"
}
for host in example.com 169.254.169.254 10.0.0.1 169.254.170.24 127.0.0.1.example 0.0.0.0 2130706433 '[::ffff:127.0.0.1]' '[fd00:ec2::24]'; do
	uri "http://$host/c" "refused .*without TLS"
done
for url in 'http://127.0.0.1@example.com/' 'http://127.0.0.1#@example.com/' ftp://127.0.0.1/ file:///etc/passwd '//127.0.0.1/'; do
	uri "$url" "config .*not a URL that can be used"
done
echo "unwrap key=$A payload=AAAA" | AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=@example.com/x "$BUILD/tests/standin/kmsask" >answers 2>ask.err
answered "0 unasked config .*not a path that begins with '/'" "a relative one that is none"
printf 'token\nX: y' >token
echo "unwrap key=$A payload=AAAA" | AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/ \
	AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/token "$BUILD/tests/standin/kmsask" >answers 2>ask.err
answered "0 unasked config .*holds a line break" "a token that would be two headers"
echo "unwrap key=$A payload=AAAA" | AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=http://example.com \
	"$BUILD/tests/standin/kmsask" >answers 2>ask.err
answered "0 unasked refused .*without TLS" "an instance's metadata elsewhere"
echo "unwrap key=$A payload=AAAA" | ask
answered "0 unasked no-key there are no AWS credentials, neither in the environment nor in the profile 'default'" \
	"instance metadata that is disabled is not asked"
done_testing
