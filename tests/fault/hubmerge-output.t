#!/bin/sh
# hubmerge that is killed, or whose system calls fail, at any moment: the output file is the old one or the new one, never half of one, and a
# failure is one to the caller.
. "${0%/*}/../tap.sh"
. "$TOP/tests/fault.sh"

cp -R "$TOP/testdata/hubmerge/repository/." .
export SOPS_AGE_KEY_FILE="$TOP/testdata/hubmerge/age-key.txt"
new=$TOP/testdata/hubmerge/full.yaml
printf 'old: values\n' >old

prepare() { rm -rf values.yaml .values.yaml* ./*.tmp all; cp old values.yaml; chmod 600 values.yaml; }
whole() {
	why=
	cmp -s values.yaml old || cmp -s values.yaml "$new" || { why="values.yaml is neither"; return 1; }
	[ "$(ls -l values.yaml | cut -c1-10)" = "-rw-------" ] || { why="its mode"; return 1; }
}
# A status of 0 promises the new file, and any other one a word.
told() {
	whole || return 1
	if [ $status -eq 0 ]; then
		cmp -s values.yaml "$new" || { why="status 0 and the old file"; return 1; }
	else
		[ -s err ] || { why="not a word"; return 1; }
		! grep -q Gr33n err || { why="a secret in the message"; return 1; }
	fi
}

for calls in write openat rename,renameat,renameat2; do
	every $calls signal=KILL prepare whole hubmerge lab staging -o values.yaml
done
every write error=ENOSPC prepare told hubmerge lab staging -o values.yaml
every fsync,fdatasync error=EIO prepare told hubmerge lab staging -o values.yaml
every rename,renameat,renameat2 error=EACCES prepare told hubmerge lab staging -o values.yaml
EVERY=3 every openat error=EMFILE prepare told hubmerge lab staging -o values.yaml

# A new file: there is nothing until it is whole, and nothing else beside it.
prepare_new() { prepare; rm -f values.yaml .hub.*; }
alone() {
	why=
	[ -z "$(find . -name '*.hub*' -o -name '.hub*')" ] || { why="something is left beside it"; return 1; }
	[ ! -e values.yaml ] || { cmp -s values.yaml "$new" && [ "$(ls -l values.yaml | cut -c1-10)" = "-rw-------" ]; } || { why="half of it"; return 1; }
}
prepare_new
if strace -qq -e trace=open,openat -o trace.log hubmerge lab staging -o values.yaml 2>/dev/null && grep -q 'O_TMPFILE.*= [0-9]' trace.log; then
	nameless=yes
	for calls in write fsync linkat,rename,renameat,renameat2 close; do
		every $calls signal=KILL prepare_new alone hubmerge lab staging -o values.yaml
	done
else
	skip "this file system has no files without names"
fi

# An existing file is replaced: what is left when we are killed just before is whole, for us alone, and named so that git takes it for the same.
left() {
	whole || return 1
	for file in .hub.*; do
		[ -e "$file" ] || continue
		case $file in *.values.yaml) ;; *) why="the name $file"; return 1 ;; esac
		cmp -s "$file" "$new" && [ "$(ls -l "$file" | cut -c1-10)" = "-rw-------" ] || { why="half a file"; return 1; }
	done
}
prepare_old() { rm -f .hub.*; prepare; }
prepare_old
[ -z "${nameless:-}" ] || every linkat,rename,renameat,renameat2 signal=KILL prepare_old left hubmerge lab staging -o values.yaml
rm -f .hub.*

# To a pipe: all of it, or a status that is not 0.
piped() {
	why=
	[ $status -ne 0 ] || cmp -s out "$new" || { why="status 0 and something else"; return 1; }
	[ $status -eq 0 ] || [ -s err ] || { why="not a word"; return 1; }
}
every write error=EIO prepare piped hubmerge lab staging

# --all: each file is whole or not there.
all_whole() {
	why=
	for file in $(find all -name '*.yaml' 2>/dev/null); do
		case $file in
		all/lab/staging.yaml) cmp -s "$file" "$new" || { why="$file is not whole"; return 1; } ;;
		*) [ -s "$file" ] || { why="$file is empty"; return 1; } ;;
		esac
	done
}
for calls in write linkat,rename,renameat,renameat2 mkdir,mkdirat; do
	every $calls signal=KILL prepare all_whole hubmerge --all -o all
done
every write error=ENOSPC prepare all_whole hubmerge --all -o all
done_testing
