#!/bin/sh
# Two people or jobs that change the same file at once: no change is lost in silence.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
encrypted a <<'END'
first: one
END
cp a.enc.yaml file.yaml

# Twenty jobs set a key each: those that say that all went well are in the file.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	{ hubsecrets set file.yaml "[\"key$i\"]" "\"value $i\"" 2>"err$i"; echo $? >"status$i"; } &
done
wait
runs 0 "after twenty jobs at once the file" hubsecrets decrypt file.yaml
lost='' done=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	if [ "$(cat "status$i")" = 0 ]; then
		done=$((done + 1))
		grep -qx "key$i: value $i" out || lost="$lost $i"
	elif [ ! -s "err$i" ]; then
		lost="$lost (not a word from $i)"
	fi
done
is "$lost" "" "holds the work of each that succeeded"
is "$done" 20 "which are all: they wait for one another"
is "$(ls -A | grep -c '^\.hub')" 0 "and nothing is left behind"

# Another program changes the file while we are at work: here the one that gives us the key.
cat >change.sh <<'END'
sed 's/^first: ENC\[AES256_GCM,data:...../first: ENC[AES256_GCM,data:AAAAA/' "$T/a.enc.yaml" >"$T/file.yaml"
cat "$T/age-1.txt"
END
meanwhile() { SOPS_AGE_KEY_FILE='' SOPS_AGE_KEY_CMD="sh $T/change.sh" T="$T" "$@"; }
printf 'creation_rules:\n  - age: %s,%s\n' "$AGE" "$AGE2" >.sops.yaml
for verb in 'decrypt -i' 'rotate -i' 'set' 'unset' 'updatekeys -y'; do
	cp a.enc.yaml file.yaml
	operands=file.yaml
	[ "$verb" != set ] || operands='file.yaml ["second"] "two"'
	[ "$verb" != unset ] || operands='file.yaml ["first"]'
	meanwhile hubsecrets $verb $operands >out 2>err
	status=$?
	[ $status = 3 ] && grep -q "'file.yaml' was changed by another program meanwhile; it is not overwritten" err &&
		grep -q 'data:AAAAA' file.yaml
	ok $? "$verb does not overwrite what came meanwhile" || { note "status $status"; cat err; }
done
cp a.enc.yaml file.yaml
cat >editor.sh <<'END'
sed -i 's/one/mine/' "$1"
END
printf '\n' >enter
printf 'sh %s/change.sh >/dev/null; sed -i s/one/mine/ "$1"\n' "$T" >editor.sh
T="$T" EDITOR="sh $T/editor.sh" hubsecrets edit file.yaml >out 2>err </dev/null
is $? 1 "edit does not either"
has err "was changed by somebody else while you edited it" "and says why"
has file.yaml data:AAAAA "what the other one wrote is there"
cp a.enc.yaml link.target && ln -s link.target link.yaml
runs 0 "through a link" hubsecrets set link.yaml '["x"]' '"yes and no"'
[ -L link.yaml ] && hubsecrets decrypt link.target --input-type yaml --output-type yaml | grep -qx 'x: yes and no'
ok $? "the file behind it is changed"

# A new file that appears while its first version is written.
printf 'cp "%s" fresh.yaml; echo "a: b" >"$1"\n' "$T/a.enc.yaml" >editor.sh
EDITOR="sh $T/editor.sh" hubsecrets edit --age "$AGE" fresh.yaml >out 2>err </dev/null
is $? 1 "a file that came while another of that name was written"
same fresh.yaml a.enc.yaml "is not overwritten"

# What was typed is not lost when it cannot be written: here the folder is away for a while.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	mkdir folder && cp a.enc.yaml folder/f.yaml
	printf 'sed -i s/one/typed/ "$1"; mv "%s/folder" "%s/away"\n' "$T" "$T" >editor.sh
	: >screen.txt
	{
		tries=0
		while ! grep -q 'Press enter to write it once more' screen.txt && [ $tries -lt 600 ]; do sleep 0.05; tries=$((tries + 1)); done
		mv away folder
		echo
	} | EDITOR="sh $T/editor.sh" script -qec 'hubsecrets edit folder/f.yaml' /dev/null >screen.txt 2>&1
	runs 0 "an edit that could not be written at first" hubsecrets decrypt folder/f.yaml
	has out "first: typed" "is written in the end" || cat -v screen.txt
else
	skip "script is not installed"
fi
done_testing
