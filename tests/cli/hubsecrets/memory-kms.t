#!/bin/sh
# A data key that came over the network is nowhere in the memory of hubsecrets or of its helper when they end.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"

SCAN=$BUILD/tests/standin/memscan
NOWIPE=$BUILD/tests/standin/nowipe.so
[ "$(id -u)" = 0 ] || skip_all 'only root may read the memory of a process that is closed to others'
! grep -q __asan_init "$BIN/hubsecrets" || skip_all 'a sanitizer keeps freed memory'

# The worked example of sops' format: its data key is these 32 bytes of text, so the stand-in can be told the answer.
key=0123456789abcdef0123456789abcdef
encoded=$(printf %s $key | base64)
arn=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
enc=$(printf 'any bytes that stand for it' | base64)
printf '{"blobs": [{"arn": "%s", "context": {}, "ciphertext": "%s", "plaintext": "%s"}]}\n' $arn "$enc" "$encoded" >known.json
kms_start --any-key --known known.json
cat >enc.yaml <<END
on_: ENC[AES256_GCM,data:67TjdTw=,iv:1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=,tag:BU1TmyjZggZna1d46A/91w==,type:str]
sops:
    kms:
        - arn: $arn
          created_at: "2026-11-21T11:03:09Z"
          enc: $enc
          aws_profile: ""
    lastmodified: "2026-11-21T11:03:09Z"
    mac: ENC[AES256_GCM,data:CU+XMV8gH+oBYi9XA1YG8FswaCaoLCd0ynBEdPepruVfsmouVD1JOOJJKmXgmeMLsIAwvMJ1Gh6am7E5fO1qAV6fsM28sBu6Tnvf5BaHAt9VRlN8YDxVsWryZft/EUnBfiC12cTK+6a1ZRlz5yDzt1GGgKhiFpM77CW+xLxw/g0=,iv:vg6yKD09MuE8f1ea5QB+pXtnxtd4YmNKaww0jTygW2Y=,tag:63Fg9H55Zj9U95MtdNewYQ==,type:str]
    unencrypted_suffix: _unencrypted
    version: 3.13.2
END
# Credentials by file: those in the environment stay on every process's stack.
export AWS_SHARED_CREDENTIALS_FILE=$T/kms/credentials
secret=$AWS_SECRET_ACCESS_KEY
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

scan() {	# STATUS CLAIM HEX COMMAND...: 0 nowhere, 1 found
	scan_want=$1 scan_what=$2
	shift 2
	"$SCAN" "$@" >scan.out 2>scan.err
	scan_got=$?
	[ $scan_got -eq "$scan_want" ]
	ok $? "$scan_what" || { note "memscan ended with $scan_got"; head -20 scan.out scan.err | sed 's/^/#   /'; }
}

# The value is another file's and fails, which shows that the data key was there and tried.
runs 25 'the data key comes from the service' hubsecrets decrypt enc.yaml
scan 3 'the data key is nowhere' "$(hex $key)" hubsecrets decrypt enc.yaml
scan 3 'nor is its base64 text' "$(hex "${encoded%??}")" hubsecrets decrypt enc.yaml
scan 3 'nor is the secret access key' "$(hex "$secret")" hubsecrets decrypt enc.yaml
case $(readelf -d "$BIN/hubsecrets") in
*libsodium*)
	;;
*)
	skip 'a static program cannot be kept from wiping'
	done_testing
	;;
esac
scan 1 'without wiping the same look finds the data key' "$(hex $key)" env LD_PRELOAD="$NOWIPE" hubsecrets decrypt enc.yaml
scan 1 'and the secret access key' "$(hex "$secret")" env LD_PRELOAD="$NOWIPE" hubsecrets decrypt enc.yaml
done_testing
