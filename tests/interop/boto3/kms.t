#!/bin/sh
# The vendor's own client for Python against hubkms: every operation, and the errors that its callers catch.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

for python in /usr/bin/python3 python3; do
	"$python" -c 'import boto3' 2>/dev/null && break
	python=
done
[ -n "$python" ] || needs python3-boto3
kms_start --fault throttle:1,op=ListAliases --fault 500:1,op=ListAliases --fault cut:1,op=ListAliases \
    --fault garbage:1,op=GetCallerIdentity --fault deny,key=role/denied
"$python" "$TOP/tests/interop/boto3/kms.py"
exit $?
