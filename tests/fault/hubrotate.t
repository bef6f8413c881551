#!/bin/sh
# A rotation that is killed, or whose disk is full, at any moment: the file is the old one or the new one, whole, and no plaintext is left
# anywhere; a second run goes on.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

mkdir made && cd made && git init -q . || exit 255
layer=deployments/one/secrets/prod.yaml
mkdir -p deployments/one/config deployments/one/secrets && echo 'a: 1' >deployments/one/config/prod.yaml
printf 'hub:\n  cookieSecret: plain-cookie\nproxy:\n  secretToken: plain-token\nother: plain-other\n' >$layer
hubsecrets encrypt --age $AGE -i $layer 2>/dev/null && git add . && git commit -qm first || exit 255
mkdir "$T/tmp" && export TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/tmp"

prepare() { cd "$T" && rm -rf c tmp/* && cp -a made c && cd c && git update-index -q --refresh || exit 255; }
value() { hubsecrets decrypt --extract "$1" $layer 2>"$T/err2"; }
whole() {
	why=
	[ "$(value '["other"]')" = plain-other ] || { why="the file does not open: $(cat "$T/err2")"; return 1; }
	token=$(value '["proxy"]["secretToken"]') cookie=$(value '["hub"]["cookieSecret"]')
	case $token:$cookie in
	plain-token:plain-cookie) cmp -s $layer ../made/$layer || { why="neither old nor new"; return 1; } ;;
	plain-token:* | *:plain-cookie) why="half a rotation"; return 1 ;;
	esac
	for word in plain-token plain-cookie plain-other "$token" "$cookie"; do
		! grep -rqF "$word" "$T/c/deployments" "$T/tmp" || { why="plaintext is left"; return 1; }
	done
}
repairs() {
	hubrotate one prod all --force >"$T/out2" 2>"$T/err2" || { why="second run: $(cat "$T/err2")"; return 1; }
	[ "$(value '["proxy"]["secretToken"]')" != plain-token ] && whole
}
killed() { whole && repairs; }
failed() {
	whole || return 1
	# What failed last may be the report.
	[ $status -eq 0 ] || grep -q 'standard output' "$T/err" || cmp -s $layer ../made/$layer || { why="status $status, and changed"; return 1; }
	repairs
}

for calls in rename,renameat,renameat2 fsync write; do
	every $calls signal=KILL prepare killed hubrotate one prod all
done
EVERY=4 every all signal=KILL prepare killed hubrotate one prod all
every rename,renameat,renameat2 error=ENOSPC prepare failed hubrotate one prod all
every fsync error=EIO prepare failed hubrotate one prod all
every write error=ENOSPC prepare failed hubrotate one prod all
every clone,clone3,vfork error=EAGAIN prepare failed hubrotate one prod all
done_testing
