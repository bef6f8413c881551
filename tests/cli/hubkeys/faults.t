#!/bin/sh
# What servers and networks do wrong: each ends in one clear failure, within its time, and never in an answer.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/faulty.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
GOOD='200:{"Plaintext":"MDEyMw=="}'

# case BEHAVIOURS... : one question to a server that behaves so
fault() {
	faulty_start "$@"
	ask <<-END
		unwrap key=$A payload=AAAA
	END
	faulty_stop
}
sent() { wc -l <faulty.log | tr -d ' '; }

fault "$GOOD"
answered "0 asked ok 0123" "a good answer is one"
is "$(sent)" 1 "after one request"
grep -q "^1 / [0-9]\{8\}T[0-9]\{6\}Z TrentService.Decrypt " faulty.log; ok $? "which is signed, and names its operation"

fault '500:{"__type":"KMSInternalException"}' 503:oops "$GOOD"
answered "0 asked ok 0123" "errors of the server are tried again"
is "$(sent)" 3 "twice"
fault '500:{"__type":"KMSInternalException","message":"broken"}'
answered "0 asked network .*status 500 KMSInternalException: broken" "a server that stays broken is a failure"
is "$(sent)" 3 "after three attempts"
fault '400:{"__type":"ThrottlingException"}' "$GOOD"
answered "0 asked ok 0123" "too many requests: tried again"
AWS_MAX_ATTEMPTS=1
export AWS_MAX_ATTEMPTS
fault '400:{"__type":"ThrottlingException"}' "$GOOD"
answered "0 asked network .*too many requests" "unless AWS_MAX_ATTEMPTS says once"
AWS_MAX_ATTEMPTS=many
fault "$GOOD"
answered "0 unasked config AWS_MAX_ATTEMPTS" "a number of attempts that is none is an error"
unset AWS_MAX_ATTEMPTS
fault close cut "$GOOD"
answered "0 asked ok 0123" "broken connections are tried again"
fault cut
answered "0 asked network" "half an answer is none"
fault close
answered "0 asked network" "a closed connection is no answer"
fault garbage
answered "0 asked network" "bytes that are no HTTP are no answer"

fault '400:{"__type":"AccessDeniedException","Message":"User is not authorized"}'
answered "0 asked denied .*access denied (AccessDeniedException: User is not authorized)" "a refusal is a refusal"
is "$(sent)" 1 "and is not tried again"
fault '400:{"__type":"ExpiredTokenException"}'
answered "0 asked no-key .*expired" "an expired session is one"
is "$(sent)" 1 "and is not tried again with the same keys"
fault '403:<html>a proxy</html>'
answered "0 asked network .*status 403: <html>a proxy" "a page from a proxy is shown"
fault redirect=http://127.0.0.1:1/
answered "0 asked refused .*redirect" "a redirect is not followed"
is "$(sent)" 1 "nor tried again"
fault skew=7200
answered "0 asked denied .*clock" "a wrong clock is said"
is "$(sent)" 1 "and a date that anybody could have written is not believed"

fault huge
answered "0 asked limit .*more than 1048576 bytes" "an answer above the limit is cut off"
fault headers
answered "0 asked" "endless headers come to an end"
hasnt answers " ok " "which is a failure"
for body in '' garbage '{}' '[]' '{"Plaintext":""}' '{"Plaintext":"?"}' '{"Plaintext":7}' '{"Plaintext":"MDEyMw==","Plaintext":"MDEyMw=="}'; do
	fault "200:$body"
	answered "0 asked network AWS KMS gave no usable answer" "an answer '$body' is none"
	hasnt answers MDEyMw "and is not repeated"
done

# Nobody there.
faulty_start "$GOOD"
faulty_stop
start=$(now_ms)
ask <<-END
	unwrap key=$A payload=AAAA
END
answered "0 asked network cannot connect to 'http://127.0.0.1" "a server that is not there"
[ $(($(now_ms) - start)) -lt 3000 ]; ok $? "is reported soon"

# Endpoints that are not to be used.
AWS_ENDPOINT_URL=http://10.255.255.1:1
ask <<-END
	unwrap key=$A payload=AAAA
END
answered "0 unasked refused .*in clear" "plain http to another machine is refused"
AWS_ENDPOINT_URL=ftp://127.0.0.1
ask <<-END
	unwrap key=$A payload=AAAA
END
answered "0 unasked config .*not a URL" "another protocol too"

# A proxy of the environment sees nothing that is for this machine.
faulty_start "$GOOD"
http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 "$BUILD/tests/standin/kmsask" >answers <<-END
	unwrap key=$A payload=AAAA
END
answered "0 asked ok 0123" "a proxy is not used for this machine"
faulty_stop
done_testing
