# A local KMS for shell tests (after tests/tap.sh):
#
#	kms_start [OPTION...]	start hubkms (more options: hubkms(1)) and take on its environment; its log is $T/kms.log
#	kms_stop		end it; its keys stay in $T/kms, so that kms_start finds them again
#
# It is ended at the end of the test in any case.  kmscall OPERATION [BODY] sends one signed request.

kms_pid=
kmscall() { "$BUILD/tests/standin/kmscall" "$@"; }

kms_start() {
	rm -f "$T/kms.env"
	"$BIN/hubkms" --data "$T/kms" --ready-file "$T/kms.env" --log "$T/kms.log" "$@" >"$T/kms.out" 2>"$T/kms.err" </dev/null &
	kms_pid=$!
	while [ ! -e "$T/kms.env" ]; do
		kill -0 $kms_pid 2>/dev/null || { note "hubkms does not start:"; note "$(cat "$T/kms.err")"; kms_pid=; return 1; }
		sleep 0.02
	done
	. "$T/kms.env"
}

kms_stop() {
	[ -n "$kms_pid" ] || return 0
	kill $kms_pid 2>/dev/null
	wait $kms_pid
	kms_status=$?
	kms_pid=
	return $kms_status
}
at_exit kms_stop
