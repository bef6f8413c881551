#!/bin/sh
# SSH keys as recipients, both ways with the age program.
. "${0%/*}/../../tap.sh"
needs age ssh-keygen

age_file=$BUILD/tests/standin/age_file
head -c 100 /dev/urandom >plain

for kind in ed25519 'rsa -b 2048' 'rsa -b 4096'; do
	rm -f key key.pub
	ssh-keygen -q -t $kind -N '' -C 'a comment' -f key
	age -R key.pub <plain >file
	"$age_file" open key <file >back
	same back plain "we open what age sealed for an SSH key ($kind)"
	"$age_file" seal "$(cat key.pub)" <plain >file
	age -d -i key <file >back
	same back plain "age opens what we sealed for it"
	is "$("$age_file" recipient key)" "$(cut -d' ' -f1,2 key.pub)" "we print its public half as ssh-keygen does"
done

ssh-keygen -q -t ed25519 -N secret -f locked
age -R locked.pub <plain >file
"$age_file" open locked <file >back 2>err
is $? 1 "a key under a passphrase is of no use without anybody to ask"
has err "protected by a passphrase" "which is the reason"
done_testing
