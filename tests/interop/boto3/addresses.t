#!/bin/sh
# The fixed addresses that agents and metadata services have, in a network of our own where they are this machine.
[ "${1:-}" = inside ] || {
	! unshare -rn ip link set lo up 2>/dev/null || exec unshare -rn "$0" inside
	echo "1..0 # SKIP no network of our own can be made here"
	exit 0
}
. "${0%/*}/../../tap.sh"
. "$TOP/tests/faulty.sh"
. "$TOP/tests/aws.sh"
[ -n "$aws_python" ] || needs python3-boto3
ip link set lo up
for address in 169.254.170.2 169.254.170.23 169.254.169.254; do
	ip addr add $address/32 dev lo || skip_all "no such addresses"
done
for address in fd00:ec2::23 fd00:ec2::254; do
	ip addr add $address/128 dev lo || skip_all "no such addresses"
done
aws_start any || skip_all "no port 80"
mkdir -p .aws
export AWS_DEFAULT_REGION=us-east-1
aws_sops_file

export AWS_CONTAINER_AUTHORIZATION_TOKEN=container-token
case_of 'export AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/container
	source_is "container of ECS, at 169.254.170.2" CONTAINER'
case_of 'export AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/container AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/
	source_is "the relative address goes first" CONTAINER'
# Clients before 2023 do not know this one.
if "$aws_python" -c "from botocore.credentials import ContainerProvider as p; p.ENV_VAR_AUTH_TOKEN_FILE" 2>/dev/null; then
	case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/container
		source_is "pod of EKS, at 169.254.170.23" CONTAINER'
	case_of 'export AWS_CONTAINER_CREDENTIALS_FULL_URI="http://[fd00:ec2::23]/container"
		source_is "pod of EKS, at fd00:ec2::23" CONTAINER'
else
	skip "pod of EKS: this boto3 is too old"
fi
unset AWS_CONTAINER_AUTHORIZATION_TOKEN
case_of 'export AWS_EC2_METADATA_DISABLED=false
	source_is "instance metadata, at 169.254.169.254" IMDS'
case_of 'export AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6
	source_is "instance metadata, at fd00:ec2::254" IMDS'
done_testing
