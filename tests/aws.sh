# Every source of AWS credentials for shell tests (after tests/tap.sh):
#
#	aws_start		start tests/standin/awscreds as all of AWS; requests are lines of $T/aws.log, $STANDIN is where
#	aws_requests		the requests since the last aws_forget, without what differs between clients
#	aws_forget
#	ask, answered		as in tests/faulty.sh

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
aws_pid=
export LIBEXEC T A STANDIN
aws_start() {
	"$BUILD/tests/standin/awscreds" "$T/aws.port" "$T/aws.log" &
	aws_pid=$!
	while [ ! -e "$T/aws.port" ]; do
		kill -0 $aws_pid 2>/dev/null || { aws_pid=; return 1; }
		sleep 0.02
	done
	STANDIN="http://127.0.0.1:$(cat "$T/aws.port")"
	# The client for Go wants each service by its name, where a provider asks it.
	export AWS_ENDPOINT_URL="$STANDIN" AWS_ENDPOINT_URL_STS="$STANDIN" AWS_ENDPOINT_URL_SSO="$STANDIN"
	export AWS_ENDPOINT_URL_SSO_OIDC="$STANDIN"
	aws_seen=0
}
aws_stop() {
	[ -z "$aws_pid" ] || { kill $aws_pid && wait $aws_pid; } 2>/dev/null
	aws_pid=
}
at_exit aws_stop
aws_forget() { aws_seen=$(wc -l <"$T/aws.log"); }
aws_requests() { tail -n +$((aws_seen + 1)) "$T/aws.log"; }

# The vendor's client for Python, or nothing.
for aws_python in /usr/bin/python3 python3; do
	"$aws_python" -c 'import boto3' 2>/dev/null && break
	aws_python=
done
