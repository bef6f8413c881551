#!/bin/sh
# The corners of AWS' configuration files and endpoint settings, as the vendor's client for Python reads them.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/aws.sh"
[ -n "$aws_python" ] || needs python3-boto3
mkdir -p .aws
AWSCONFIG="$BUILD/tests/standin/awsconfig" "$aws_python" "$TOP/tests/interop/boto3/config.py"
exit $?
