#!/bin/sh
# Files of the age program and ours, both ways, binary and armored.
. "${0%/*}/../../tap.sh"
needs age age-keygen

age_file=$BUILD/tests/standin/age_file

age-keygen -o theirs.key 2>/dev/null
runs 0 "an identity of age-keygen is read" "$age_file" recipient theirs.key
is "$(cat out)" "$(age-keygen -y theirs.key)" "and has the recipient that age-keygen names"
{ echo '# ours'; "$age_file" generate; echo; } >ours.key
runs 0 "age-keygen reads a key of ours" age-keygen -y ours.key
is "$(cat out)" "$("$age_file" recipient ours.key)" "and names the same recipient"
theirs=$(age-keygen -y theirs.key) ours=$(age-keygen -y ours.key)

for size in 0 1 32 65535 65536 65537 131072 1000000; do
	head -c $size /dev/urandom >plain
	age -r "$theirs" -r "$ours" <plain >file
	"$age_file" open ours.key <file >back
	same back plain "we open what age sealed for two, $size bytes"
	age -a -r "$theirs" <plain >file
	"$age_file" open theirs.key <file >back
	same back plain "and its armor"
	"$age_file" seal "$ours" "$theirs" <plain >file
	age -d -i theirs.key <file >back
	same back plain "age opens what we sealed for two, $size bytes"
	"$age_file" armor "$ours" <plain >file
	age -d -i ours.key <file >back
	same back plain "and our armor"
done
is "$(tail -c 1 file | od -An -tx1)" " 0a" "our armor ends in a line break"

age -r "$theirs" <plain >file
"$age_file" open ours.key <file >back 2>err
is $? 1 "a file for somebody else stays shut"
has err "no identity at hand" "with a reason"
same back /dev/null "and nothing on standard output"
done_testing
