# A misbehaving server for shell tests (after tests/tap.sh):
#
#	faulty_start BEHAVIOUR...	start it (tests/standin/faulty.c) as the endpoint of AWS; requests are lines of $T/faulty.log
#	faulty_stop
#	ask				questions on standard input (tests/standin/kmsask.c), answers in $T/answers

faulty_pid=
export LIBEXEC
faulty_start() {
	rm -f "$T/faulty.port"
	"$BUILD/tests/standin/faulty" "$T/faulty.port" "$T/faulty.log" "$@" &
	faulty_pid=$!
	while [ ! -e "$T/faulty.port" ]; do
		kill -0 $faulty_pid 2>/dev/null || { faulty_pid=; return 1; }
		sleep 0.02
	done
	export AWS_ENDPOINT_URL="http://127.0.0.1:$(cat "$T/faulty.port")"
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=secret
}
faulty_stop() {
	[ -n "$faulty_pid" ] || return 0
	kill $faulty_pid 2>/dev/null
	wait $faulty_pid 2>/dev/null
	faulty_pid=
}
at_exit faulty_stop

ask() { "$BUILD/tests/standin/kmsask" >"$T/answers" 2>"$T/ask.err"; }
# answered LINE CLAIM: a line of the answers that begins so.
answered() {
	grep -q -e "^$1" "$T/answers"
	ok $? "$2" || { note "no line '$1' in:"; sed 's/^/#   /' "$T/answers" "$T/ask.err"; return 1; }
}
# milliseconds since some beginning
now_ms() { date +%s%3N; }
