# Faults from outside for shell tests, after tap.sh: system calls of a program fail, or end it, one after the other (strace -e
# inject).  Without -f only our own process is hit; its "when=N" counts the calls of that process.

command -v strace >/dev/null 2>&1 || skip_all "strace is not installed"
strace -o /dev/null -e trace=none true 2>/dev/null || skip_all "strace may not trace here"

# AddressSanitizer's leak checker wants to trace as well, which only one can.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

# What a program that was killed could not remove goes with the test.
mkdir -m 700 "$T/private" && export XDG_RUNTIME_DIR="$T/private"

# FOLLOW=-f in front of these hits its children too, each Nth call of each.

# inject CALLS FAULT N COMMAND...: its status in $status, its words in $T/err; fails when the Nth call was never made.
inject() {
	inject_calls=$1 inject_fault=$2 inject_n=$3
	shift 3
	strace -qq ${FOLLOW:-} -o "$T/strace.log" -e trace="$inject_calls" -e inject="$inject_calls:$inject_fault:when=$inject_n" "$@" >"$T/out" 2>"$T/err" </dev/null
	status=$?
	case $inject_fault in
	signal=*) grep -q 'killed by' "$T/strace.log" ;;
	*) grep -q '(INJECTED)' "$T/strace.log" ;;
	esac
}
# every CALLS FAULT PREPARE CHECK COMMAND...: for each N as long as it is reached; PREPARE before each run, CHECK afterwards.  One
# claim for all.  EVERY=3 in front of it takes each third N, unless FAULT_ALL is set.
every() {
	every_calls=$1 every_fault=$2 every_prepare=$3 every_check=$4 n=1 every_bad= every_count=0
	every_step=${EVERY:-1}
	[ -z "${FAULT_ALL:-}" ] || every_step=1
	shift 4
	while [ $n -le 500 ]; do
		$every_prepare
		inject "$every_calls" "$every_fault" $n "$@" || break
		$every_check || { every_bad="$every_bad $n"; [ -n "${FAULT_ALL:-}" ] || break; }
		every_count=$((every_count + 1))
		n=$((n + every_step))
	done
	[ -z "$every_bad" ] && [ $every_count -gt 0 ]
	ok $? "$every_calls, $every_fault: $every_count runs to call $n" || note "N:$every_bad; ${why:-}; $(head -5 "$T/err")"
}
