# Every source of AWS credentials for shell tests (after tests/tap.sh and tests/faulty.sh):
#
#	aws_start [HOW]		start tests/standin/awscreds as all of AWS; requests are lines of $T/aws.log, $STANDIN is where
#	aws_requests		the requests since the last aws_forget
#	aws_forget
#	aws_sops_file		let source_is ask sops too, when it is installed
#	source_is NAME KEY	with the environment and files as they are, all clients decrypt, signed by AKIA and KEY
#	case_of COMMANDS	assertions in a shell of their own, so that the environment does not outlive them

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
aws_pid=
export LIBEXEC T A STANDIN
aws_start() {
	rm -f "$T/aws.port"
	"$BUILD/tests/standin/awscreds" "$T/aws.port" "$T/aws.log" "$@" &
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

BLOB=0123456789abcdef0123456789abcdef
ours() { echo "unwrap key=$A payload=$(printf %s $BLOB | base64)" | ask; }

# A file whose data key the stand-in opens for whoever signs as he should.
sops=
aws_sops_file() {
	command -v sops >/dev/null || return 0
	printf 'a: b\n' >plain.yaml
	AWS_ACCESS_KEY_ID=AKIAUSER AWS_SECRET_ACCESS_KEY=secret-of-USER sops encrypt --kms $A plain.yaml >sops.yaml 2>sops.err && sops=yes
	[ "$sops" = yes ] || note "$(cat sops.err)"
}
source_is() {
	aws_forget
	is "$("$aws_python" "$TOP/tests/interop/boto3/decrypt.py" $A $BLOB)" "$BLOB" "$1: boto3 gets them"
	aws_requests >theirs
	has theirs "POST Decrypt AKIA$2 ok" "$1: and signs with them"
	if [ -n "$sops" ]; then
		aws_forget
		is "$(sops decrypt sops.yaml 2>sops.err)" "a: b" "$1: sops gets them"
		aws_requests >sops.requests
		has sops.requests "POST Decrypt AKIA$2 ok" "$1: and signs with them"
	fi
	aws_forget
	ours
	answered "0 asked ok $BLOB" "$1: we get them"
	aws_requests >mine
	same mine theirs "$1: by the same requests as boto3"
}
case_of() {
	(eval "$1"; printf '%s %s\n' $tap_count $tap_failed >counts)
	read -r tap_count tap_failed <counts
}
