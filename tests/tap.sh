# TAP for shell tests (POSIX sh).  A test begins with
#
#	#!/bin/sh
#	. "${0%/*}/../../tap.sh"
#
# and ends with done_testing.  It gets a private folder, $T, which is also the working directory, HOME and TMPDIR, and is
# removed at the end; $TOP is the source tree, $SHARED the folder beside it, $BIN and $LIBEXEC hold the programs.

set -u
# Signals as a terminal has them, whoever started the test: nohup and background jobs ignore some, and so would all that is started here.
if [ -z "${TAP_SIGNALS:-}" ] && command -v perl >/dev/null; then
	TAP_SIGNALS=default exec perl -e '$SIG{$_} = "DEFAULT" for qw(HUP INT QUIT PIPE TERM); exec @ARGV or exit 255' "$0" "$@"
fi
unset TAP_SIGNALS
TOP=$(cd "$(dirname "$0")" && while [ ! -e Makefile ] && [ "$PWD" != / ]; do cd ..; done && pwd)
SHARED=${SHARED:-$TOP/../shared}
BUILD=${BUILD:-$TOP/build}
BIN=$BUILD/bin
LIBEXEC=$BUILD/libexec/hubtools
PATH=$BIN:$PATH
T=$(mktemp -d "${TMPDIR:-/tmp}/hub.XXXXXX") || exit 255
export PATH
export HOME="$T" TMPDIR="$T" XDG_CONFIG_HOME="$T/.config" GNUPGHOME="$T/gnupg" LC_ALL=C.UTF-8
export GIT_CONFIG_NOSYSTEM=1 SOPS_DISABLE_VERSION_CHECK=1
unset SOPS_AGE_KEY SOPS_AGE_KEY_FILE SOPS_AGE_KEY_CMD SOPS_AGE_RECIPIENTS SOPS_KMS_ARN SOPS_PGP_FP SOPS_CONFIG SOPS_EDITOR EDITOR VISUAL
unset AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL
export AWS_EC2_METADATA_DISABLED=true	# no test asks the machine that it happens to run on
cd "$T" || exit 255

tap_count=0 tap_failed=0 tap_at_exit=:
at_exit() { tap_at_exit="$1; $tap_at_exit"; }	# commands for the end of the test, newest first
tap_end() {
	eval "$tap_at_exit"
	[ ! -d "$GNUPGHOME" ] || gpgconf --kill all >/dev/null 2>&1
	cd / && rm -rf "$T"
}
trap tap_end EXIT
trap 'exit 129' HUP INT TERM

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# ok STATUS CLAIM: holds when STATUS is 0.  Use as: command; ok $? "claim"
ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' $tap_count "$2"
	else
		printf 'not ok %d - %s\n' $tap_count "$2"
		tap_failed=$((tap_failed + 1))
		return 1
	fi
}

# is GOT WANT CLAIM: two strings.
is() {
	[ "$1" = "$2" ]
	ok $? "$3" || { note "got:  $1"; note "want: $2"; return 1; }
}

# same FILE FILE CLAIM: equal bytes.
same() {
	cmp -s "$1" "$2"
	ok $? "$3" || { diff "$2" "$1" 2>&1 | head -40 | sed 's/^/#   /'; return 1; }
}

# has FILE WORDS CLAIM, hasnt FILE WORDS CLAIM: a fixed string, or none of it, in a file.
has() {
	grep -qF -e "$2" "$1"
	ok $? "$3" || { note "'$2' is not in $1:"; head -20 "$1" | sed 's/^/#   /'; return 1; }
}
hasnt() {
	! grep -qF -e "$2" "$1"
	ok $? "$3" || { note "'$2' is in $1:"; head -20 "$1" | sed 's/^/#   /'; return 1; }
}

# runs STATUS CLAIM COMMAND...: runs it, keeps $T/out and $T/err, compares the exit status.
runs() {
	tap_want=$1 tap_what=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null
	tap_got=$?
	[ $tap_got -eq "$tap_want" ]
	ok $? "$tap_what" || {
		note "exit status $tap_got, want $tap_want: $*"
		head -20 "$T/err" | sed 's/^/#   stderr: /'
		return 1
	}
}

# silent CLAIM: the last "runs" printed nothing on standard error.
silent() {
	[ ! -s "$T/err" ]
	ok $? "$1" || { head -20 "$T/err" | sed 's/^/#   stderr: /'; return 1; }
}

skip() { tap_count=$((tap_count + 1)); printf 'ok %d # SKIP %s\n' $tap_count "$1"; }
skip_all() { printf '1..0 # SKIP %s\n' "$1"; exit 0; }

# needs PROGRAM...: skips the whole file when one is missing; where PEERS=required (CI), that is a failure instead, but
# for those of PEERS_ABSENT, which not every machine can have.
needs() {
	for tap_program; do
		command -v "$tap_program" >/dev/null 2>&1 && continue
		if [ "${PEERS:-}" = required ] && [ "${PEERS_ABSENT:-}" = "${PEERS_ABSENT#*"$tap_program"}" ]; then
			printf 'Bail out! %s is required and not installed\n' "$tap_program"
			exit 255
		fi
		skip_all "$tap_program is not installed"
	done
}

done_testing() {
	printf '1..%d\n' $tap_count
	[ $tap_failed -eq 0 ]
	exit $?
}
