#!/bin/sh
# Credentials and the tokens that were shown for them are nowhere in the memory of the helper, or of who started it, at the end.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/faulty.sh"
. "$TOP/tests/aws.sh"
SCAN=$BUILD/tests/standin/memscan
[ "$(id -u)" = 0 ] || skip_all 'only root may read the memory of a process that is closed to others'
! grep -q __asan_init "$BIN/hubsecrets" || skip_all 'a sanitizer keeps freed memory'
aws_start || skip_all "no stand-in"
mkdir -p .aws/sso/cache
printf 'unwrap key=%s payload=AAAA\n' $A >question
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

# nowhere NAME TEXT...: none of the texts is left.
nowhere() {
	name=$1
	shift
	"$BUILD/tests/standin/kmsask" <question >answers 2>ask.err
	answered "0 asked ok" "$name: there are credentials"
	for text; do
		"$SCAN" "$(hex "$text")" "$BUILD/tests/standin/kmsask" <question >scan.out 2>scan.err
		is $? 0 "$name: '$text' is nowhere"
	done
}

printf header.claims.signature >token
case_of 'export AWS_WEB_IDENTITY_TOKEN_FILE=$T/token AWS_ROLE_ARN=arn:aws:iam::123456789012:role/web
	nowhere "web identity" header.claims.signature secret-of-WEB token-of-WEB'
printf container-token >token
case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI=$STANDIN/container AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$T/token
	nowhere container container-token secret-of-CONTAINER token-of-CONTAINER'
case_of 'export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT=$STANDIN
	nowhere "instance metadata" imds-token secret-of-IMDS token-of-IMDS'
cat >.aws/config <<-END
	[default]
	sso_start_url = https://corp.example
	sso_region = us-east-1
	sso_account_id = 123456789012
	sso_role_name = Data Reader
	[profile process]
	credential_process = cat $T/keys
END
printf '{"accessToken":"sso-token","expiresAt":"2099-01-01T00:00:00Z"}' >".aws/sso/cache/$(printf %s https://corp.example | sha1sum | sed 's/ .*//').json"
case_of 'nowhere "IAM Identity Center" sso-token secret-of-SSO token-of-SSO'
printf '{"Version":1,"AccessKeyId":"AKIAWEB","SecretAccessKey":"secret-of-WEB","SessionToken":"token-of-WEB"}' >keys
case_of 'export AWS_PROFILE=process; nowhere credential_process secret-of-WEB token-of-WEB'
case $(readelf -d "$BUILD/tests/standin/kmsask") in
*libsodium*)
	export AWS_PROFILE=process
	"$SCAN" "$(hex token-of-WEB)" env LD_PRELOAD="$BUILD/tests/standin/nowipe.so" "$BUILD/tests/standin/kmsask" <question >scan.out 2>scan.err
	is $? 1 "without wiping the same look finds one" ;;
*) skip 'a static program cannot be kept from wiping' ;;
esac
done_testing
