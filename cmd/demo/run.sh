#!/bin/sh
# "make demo": a sample repository in demo/, its secrets encrypted by way of a local KMS, its values resolved.
# "make demo-stop" (run.sh stop): ends the local KMS.  Both may be repeated; what is in demo/ is never overwritten.
#
#	BUILD=build DEMO=demo cmd/demo/run.sh [stop]
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
DEMO=${DEMO:-$TOP/demo}
LOCAL=.hubkms				# in the repository, ignored by it: the KMS's keys, its log, the environment
HUB=data100
KEY=$(sed -n 's/^ *kms: *//p' "$TOP/testdata/demo/.sops.yaml")

say() { printf '%s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# The number of the KMS process of this demo, when it runs; the lock file may be older than the last restart.
server_pid() {
	[ -r "$DEMO/$LOCAL/data/lock" ] || return 1
	pid=$(cat "$DEMO/$LOCAL/data/lock")
	name=$(cat "/proc/$pid/comm" 2>/dev/null || ps -o comm= -p "$pid" 2>/dev/null) || return 1
	# In a container nobody may wait for an orphan: what has ended keeps its number and its name.
	! grep -q '^State:[[:blank:]]*Z' "/proc/$pid/status" 2>/dev/null || return 1
	[ "${name##*/}" = hubkms ] && say "$pid"
}

stop_server() {
	pid=$(server_pid) || return 0
	kill "$pid"
	tries=0
	while [ $tries -lt 100 ]; do
		server_pid >/dev/null || return 0
		sleep 0.1
		tries=$((tries + 1))
	done
	fail "the local KMS (process $pid) does not end"
}

start_server() {
	stop_server
	mkdir -p "$DEMO/$LOCAL"
	rm -f "$DEMO/$LOCAL/env"
	nohup "$BUILD/bin/hubkms" --data "$DEMO/$LOCAL/data" --key "$KEY" --log "$DEMO/$LOCAL/log" \
	    --ready-file "$DEMO/$LOCAL/env" </dev/null >/dev/null 2>"$DEMO/$LOCAL/errors" &
	pid=$!
	while [ ! -e "$DEMO/$LOCAL/env" ]; do
		kill -0 $pid 2>/dev/null || fail "the local KMS did not start: $(cat "$DEMO/$LOCAL/errors")"
		sleep 0.05
	done
}

# How to enter: our programs first on PATH, the local KMS in place of AWS, and no credentials of yours.
write_env() {
	{
		say "# . '$DEMO/env.sh'"
		say "PATH='$BUILD/bin':\$PATH"
		say "export PATH"
		say "unset AWS_PROFILE AWS_SESSION_TOKEN"
		say ". '$DEMO/$LOCAL/env'"
	} >"$DEMO/env.sh"
}

make_repository() {
	[ ! -e "$DEMO/.git" ] || return 0
	cp -R "$TOP/testdata/demo/." "$DEMO"
	rm -f "$DEMO/SOURCE"
	git -c init.defaultBranch=main init -q "$DEMO"
	printf '%s\n' "/$LOCAL/" /env.sh >>"$DEMO/.git/info/exclude"
}

encrypt_secrets() {
	for file in deployments/*/secrets/*.yaml; do
		grep -q '^sops:' "$file" || hubsecrets encrypt -i "$file"
	done
	[ -n "$(git rev-parse -q --verify HEAD || :)" ] || {
		git add -A
		git -c user.name=demo -c user.email=demo@example.org -c commit.gpgsign=false commit -qm "a sample hub"
	}
}

try() { printf '  %-60s# %s\n' "$1" "$2"; }

tell() {
	say
	say "What happened:"
	say "  - $DEMO is a git repository with one hub, '$HUB', that has the environments staging and prod."
	say "  - A stand-in for AWS KMS runs at $AWS_ENDPOINT_URL (its log: $DEMO/$LOCAL/log)."
	say "  - deployments/$HUB/secrets/*.yaml were encrypted with the key in .sops.yaml, by way of the role there."
	say "  - The values above are what Helm would get for $HUB staging: chart, common, staging and secrets in one."
	say
	near=${DEMO#"$PWD_BEFORE"/}
	top=$TOP
	[ "$(dirname "$DEMO")" != "$TOP" ] || top=..
	say "To try next:"
	try ". $near/env.sh && cd $near" "our programs, and the local KMS in place of AWS"
	try "git show HEAD:deployments/$HUB/secrets/staging.yaml" "what git holds"
	try "hubsecrets decrypt deployments/$HUB/secrets/staging.yaml" "the very text that was encrypted"
	try "hubsecrets edit deployments/$HUB/secrets/staging.yaml" "\$EDITOR sees plaintext, the file holds ciphertext"
	try "hubmerge $HUB prod > values.yaml" "for helm upgrade -f values.yaml"
	try "make -C $top demo-stop" "ends the KMS, leaves the files"
}

PWD_BEFORE=$PWD
case ${1:-start} in
stop)
	stop_server
	exit 0
	;;
start) ;;
*)
	fail "usage: run.sh [stop]"
	;;
esac

[ -x "$BUILD/bin/hubkms" ] || fail "$BUILD/bin/hubkms is not built"
mkdir -p "$DEMO"
DEMO=$(cd "$DEMO" && pwd)
start_server
write_env
make_repository
cd "$DEMO"
. ./env.sh
encrypt_secrets
say "hubmerge $HUB staging:"
say
hubmerge "$HUB" staging
tell
