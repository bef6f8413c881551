#!/bin/sh
# The verbs that change files, killed or with a full or broken disk at any moment: the file is what it was or what it was to be, no
# plaintext lies around, and failures are told.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"
. "$TOP/tests/age.sh"

mkdir made && cd made || exit 255
for i in 1 2; do
	printf 'first: plaintext one\nsecond: plaintext two\n' >plain.yaml
	hubsecrets encrypt --age "$AGE" plain.yaml >"$i.yaml"
done
cd "$T" || exit 255
printf 'creation_rules:\n  - age: %s,%s\n' "$AGE" "$AGE2" >.sops.yaml
printf '#!/bin/sh\nsed -i "s/one/three/" "$1"\n' >editor && chmod +x editor
# What is in private folders of an editor that was killed lies in memory; here it is to be seen.
export EDITOR="$T/editor" XDG_RUNTIME_DIR="$T/run"
mkdir -m 700 run

# Where the file system knows no files without a name, a new file has one from the start.
cp -a made probe
strace -qq -o "$T/probe.log" -e trace=linkat hubsecrets set probe/1.yaml '["first"]' '"x"'
link=linkat
[ -s "$T/probe.log" ] || link=
rm -rf probe

prepare() { cd "$T" && rm -rf c run/* && cp -a made c && cd c || exit 255; }
opened() { SOPS_AGE_KEY_FILE=$T/age-1.txt hubsecrets decrypt --config /dev/null "$1" 2>"$T/err2"; }
# left: nothing but the files themselves.
left() { [ "$(ls -A | tr '\n' ' ')" = "1.yaml 2.yaml plain.yaml " ] || { why="left: $(ls -A | tr '\n' ' ')"; return 1; }; }
# sealed: each file opens, to what it held or shall hold, and no other holds plaintext.
sealed() {
	why=
	for file in 1.yaml 2.yaml; do
		text=$(opened $file) || { why="$file does not open: $(cat "$T/err2")"; return 1; }
		case $text in
		'first: plaintext one
second: plaintext two' | 'first: plaintext three
second: plaintext two') ;;
		*) why="$file holds: $text"; return 1 ;;
		esac
	done
	found=$(grep -rl plaintext . | grep -v '^./plain.yaml$') && { why="plaintext in $found"; return 1; }
	return 0
}
told() { [ $status -ne 0 ] && { [ -s "$T/err" ] || { why="not a word"; return 1; }; }; return 0; }
# Each file that is told of is as it was.
unchanged_told() {
	for file in 1.yaml 2.yaml; do
		! grep -q "$file" "$T/err" || cmp -s $file "$T/made/$file" || { why="$file failed and has changed"; return 1; }
	done
}
unchanged() { [ $status -eq 0 ] || cmp -s 1.yaml "$T/made/1.yaml" || { why="status $status, and the file has changed"; return 1; }; }
killed() { sealed; }
failed() { sealed && left && told && unchanged; }
failed_some() { sealed && left && told && unchanged_told; }
failed_edit() { failed && { [ -z "$(ls -A "$T/run")" ] || { why="left: $(ls -A "$T/run")"; return 1; }; }; }

# What the other side of a merge has.
cp made/1.yaml theirs.yaml && hubsecrets set theirs.yaml '["first"]' '"plaintext three"' || exit 255

for verb in 'set 1.yaml ["first"] "plaintext_three"' 'rotate -i 1.yaml' 'updatekeys -y 1.yaml' 'rotate -i 1.yaml 2.yaml' \
    "groups add -i --file 1.yaml --age $AGE" "merge-driver $T/made/1.yaml 1.yaml $T/theirs.yaml 7 1.yaml"; do
	# Blanks separate the words of the command.
	case $verb in set*) verb='set 1.yaml ["first"] "plaintext\u0020three"' ;; esac
	note "$verb"
	failed=failed
	case $verb in *2.yaml) failed=failed_some ;; esac
	for calls in rename,renameat,renameat2 $link fsync write; do
		every $calls signal=KILL prepare killed hubsecrets $verb
	done
	every rename,renameat,renameat2 error=EIO prepare $failed hubsecrets $verb
	[ -z "$link" ] || every $link error=EPERM prepare $failed hubsecrets $verb
	every write error=ENOSPC prepare $failed hubsecrets $verb
	every fsync error=EIO prepare $failed hubsecrets $verb
done
every unlink,unlinkat signal=KILL prepare killed hubsecrets edit 1.yaml
for calls in rename,renameat,renameat2 $link; do
	every $calls signal=KILL prepare killed hubsecrets edit 1.yaml
	every $calls error=EIO prepare failed_edit hubsecrets edit 1.yaml
done
every write error=ENOSPC prepare failed_edit hubsecrets edit 1.yaml
every fsync error=EIO prepare failed_edit hubsecrets edit 1.yaml
every write signal=TERM prepare failed_edit hubsecrets edit 1.yaml

# exec-file: a file in a private folder, when a command wants one.
gone() { sealed && left && { [ -z "$(ls -A "$T/run")" ] || { why="left: $(ls -A "$T/run")"; return 1; }; }; }
for calls in write mkdir fsync,fchmod unlink,unlinkat; do
	for fault in error=ENOSPC signal=TERM; do
		# A file that cannot be removed stays, and that is told.
		[ "$calls $fault" != 'unlink,unlinkat error=ENOSPC' ] || continue
		prepare
		inject "$calls" "$fault" 1 hubsecrets exec-file --no-fifo 1.yaml -- cat {} || continue
		gone
		ok $? "exec-file, $calls, $fault" || note "${why:-}; $(head -5 "$T/err")"
	done
done

# encrypt: the plaintext is in the file that was named, or nowhere.
plain() {
	why=
	if ! cmp -s plain.yaml "$T/made/plain.yaml"; then
		opened plain.yaml | cmp -s - "$T/made/plain.yaml" || { why="plain.yaml is neither form"; return 1; }
	fi
	found=$(grep -rl plaintext . | grep -v '^./plain.yaml$') && { why="plaintext in $found"; return 1; }
	return 0
}
plain_failed() { plain && left && told; }
for calls in rename,renameat,renameat2 $link fsync write; do
	every $calls signal=KILL prepare plain hubsecrets encrypt -i plain.yaml
	every $calls error=ENOSPC prepare plain_failed hubsecrets encrypt -i plain.yaml
done

# decrypt: until the rename, what was decrypted has no name.
clear() {
	why=
	cmp -s 1.yaml "$T/made/1.yaml" || cmp -s 1.yaml plain.yaml || { why="1.yaml is neither form"; return 1; }
}
clear_alone() { clear && left; }
for calls in ${link:+$link fsync write}; do
	every $calls signal=KILL prepare clear_alone hubsecrets decrypt -i 1.yaml
done
every rename,renameat,renameat2 signal=KILL prepare clear hubsecrets decrypt -i 1.yaml
for calls in rename,renameat,renameat2 $link fsync write; do
	every $calls error=ENOSPC prepare clear_alone hubsecrets decrypt -i 1.yaml
done

prepare
inject rename,renameat,renameat2 error=EBUSY 1 hubsecrets decrypt -i 1.yaml
clear_alone && [ $status -eq 3 ]; ok $? "a file that is mounted by itself is left alone" || note "${why:-}; $(head -5 "$T/err")"
has "$T/err" "mount its folder" "which is said"

# A large binary file goes piece by piece.
mkdir "$T/large" && cd "$T/large" || exit 255
dd if=/dev/urandom of=plain bs=1024 count=4200 2>/dev/null
hubsecrets encrypt --age "$AGE" plain >sealed
prepare_large() { cd "$T" && rm -rf c && mkdir c && cd c && cp ../large/$from file || exit 255; }
whole() {
	why=
	[ "$(ls -A)" = file ] || { why="left: $(ls -A | tr '\n' ' ')"; return 1; }
	cmp -s file ../large/plain && return 0
	opened file | cmp -s - ../large/plain || { why="neither form"; return 1; }
}
whole_told() { whole && told; }
for from in plain sealed; do
	verb='decrypt -i'
	[ $from = sealed ] || verb="encrypt -i --age $AGE"
	EVERY=9 every write error=ENOSPC prepare_large whole_told hubsecrets $verb file
	[ -z "$link" ] || EVERY=9 every write signal=KILL prepare_large whole hubsecrets $verb file
	every fsync error=EIO prepare_large whole_told hubsecrets $verb file
done
done_testing
