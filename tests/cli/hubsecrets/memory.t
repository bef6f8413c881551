#!/bin/sh
# A plaintext value is nowhere in the memory of any process when it ends, and in no file that it leaves.  The same look does find
# it when wiping is switched off.
. "${0%/*}/../../tap.sh"

SCAN=$BUILD/tests/standin/memscan
NOWIPE=$BUILD/tests/standin/nowipe.so
[ "$(id -u)" = 0 ] || skip_all 'only root may read the memory of a process that is closed to others'
! grep -q __asan_init "$BIN/hubsecrets" || skip_all 'a sanitizer keeps freed memory'
needs age-keygen

age-keygen >key.txt 2>/dev/null
export SOPS_AGE_KEY_FILE=$T/key.txt
to=$(sed -n 's/^# public key: //p' key.txt)

# Made at run time, in two halves: the marker is in no argument vector and no program text.
marker=$(head -c 12 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
hex=$(printf %s "$marker" | od -An -v -tx1 | tr -d ' \n')
long=$(printf %s "$marker" | sed 's/./&&&&/g')
cat >plain.yaml <<END
# $marker in a comment
hub:
    token: $marker
    list: [a, "$marker", 'x $marker y']
    text: |
        first
        $marker
        last
    folded: >-
        $marker
        $long
END
cp plain.yaml enc.yaml
runs 0 'a file with the marker is encrypted' hubsecrets encrypt -i --age "$to" enc.yaml
hasnt enc.yaml "$marker" 'the marker is not in it'

scan() {	# STATUS CLAIM COMMAND...: 0 nowhere, 1 found
	scan_want=$1 scan_what=$2
	shift 2
	"$SCAN" "$hex" "$@" >scan.out 2>scan.err
	scan_got=$?
	[ $scan_got -eq "$scan_want" ]
	ok $? "$scan_what" || { note "memscan ended with $scan_got"; cat scan.out scan.err | head -20 | sed 's/^/#   /'; }
}
printf '#!/bin/sh\nsed -i s/first/changed/ "$1"\n' >editor.sh && chmod +x editor.sh
export EDITOR=$T/editor.sh
mv plain.yaml "$T/../hub-marker.$$" && at_exit "rm -f '$T/../hub-marker.$$'"

scan 0 'decrypt leaves it nowhere' hubsecrets decrypt --output /dev/null enc.yaml
scan 0 'extract leaves it nowhere' hubsecrets decrypt --extract '["hub"]["token"]' --output /dev/null enc.yaml
scan 0 'set leaves it nowhere' hubsecrets set enc.yaml '["hub"]["other"]' '"x"'
scan 0 'rotate leaves it nowhere' hubsecrets rotate -i enc.yaml
scan 0 'edit leaves it nowhere' hubsecrets edit enc.yaml
cp "$T/../hub-marker.$$" again.yaml
scan 0 'encrypt leaves it nowhere' hubsecrets encrypt -i --age "$to" again.yaml
mkdir -p hub deployments/h/config deployments/h/secrets
echo 'a: 1' >hub/values.yaml
echo 'b: 1' >deployments/h/config/common.yaml
cp enc.yaml deployments/h/secrets/staging.yaml
scan 0 'hubmerge leaves it nowhere' hubmerge h staging -o /dev/null
! grep -rlF "$marker" "$T" >left.txt
ok $? 'no file holds it' || note "$(cat left.txt)"

case $(readelf -d "$BIN/hubsecrets") in
*libsodium*)
	;;
*)
	skip 'a static program cannot be kept from wiping'
	done_testing
	;;
esac
scan 1 'without wiping the same look finds it in decrypt' env LD_PRELOAD="$NOWIPE" hubsecrets decrypt --output /dev/null enc.yaml
scan 1 'and in hubmerge' env LD_PRELOAD="$NOWIPE" hubmerge h staging -o /dev/null
done_testing
