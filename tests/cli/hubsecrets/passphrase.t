#!/bin/sh
# Keys under a passphrase: asked for at the terminal, once, when they are needed.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

unset SOPS_AGE_KEY_FILE
# at ANSWERS... -- COMMAND: with somebody at the terminal; what it showed is in "shown", its state in "echo".
typist=$BUILD/tests/standin/typist
at() { "$typist" shown echo "$@" >out 2>err </dev/null; }
at -- true || skip_all "this system gives out no terminals"
cp "$TOP"/testdata/ssh/* .
chmod 600 locked rsa-pkcs8-locked
cp rsa.pub rsa-pkcs8-locked.pub
printf 'a: 1\n' >plain.yaml
hubsecrets encrypt --age "$(cut -d' ' -f1,2 locked.pub)" plain.yaml >ssh.yaml
hubsecrets encrypt --age "$(cut -d' ' -f1,2 rsa.pub)" plain.yaml >rsa.yaml
hubsecrets encrypt --age $AGE plain.yaml >age.yaml

SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked at 'passphrase for "locked": ' 'a passphrase' -- hubsecrets decrypt ssh.yaml
is $? 0 "an SSH key opens when its passphrase is typed"
same out plain.yaml "to the plaintext"
same err /dev/null "standard error stays free"
is "$(tr -d '\r' <shown)" 'Enter passphrase for "locked": ' "the terminal shows the question and no answer"
SOPS_AGE_SSH_PRIVATE_KEY_FILE=rsa-pkcs8-locked at 'passphrase for "rsa-pkcs8-locked": ' secret -- hubsecrets decrypt rsa.yaml
same out plain.yaml "an older form of key opens with its .pub file beside it"
mkdir -p .ssh && cp locked .ssh/id_ed25519
at 'id_ed25519": ' 'a passphrase' -- hubsecrets decrypt ssh.yaml
same out plain.yaml "so does the user's own key"
rm -r .ssh
SOPS_AGE_KEY_FILE=age-1.txt at -- hubsecrets decrypt age.yaml
same out plain.yaml "where another key fits"
same shown /dev/null "nobody is asked"
SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked at 'locked": ' wrong -- hubsecrets decrypt ssh.yaml
is $? 128 "a wrong passphrase is a failure"
same out /dev/null "nothing is printed"
has err "the passphrase is wrong" "with the reason"
SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked at 'locked": ' '' -- hubsecrets decrypt ssh.yaml
is $? 128 "no passphrase, too"

# The terminal is as it was, whatever happens.
SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked at 'locked": ' '^C' -- hubsecrets decrypt ssh.yaml
is $? 130 "an interrupt ends it"
is "$(cat echo)" echo "and the terminal shows what is typed again"
SOPS_AGE_SSH_PRIVATE_KEY_FILE=locked at 'locked": ' '^Z' 'locked": ' 'a passphrase' -- hubsecrets decrypt ssh.yaml
same out plain.yaml "after a stop the question is asked again"
is "$(cat echo)" echo "and the terminal is as it was"

# Identity files under a passphrase (testdata/age/SOURCE).
SOPS_AGE_KEY_FILE=$TOP/testdata/age/identity.age at "identity 'SOPS_AGE_KEY_FILE': " secret -- hubsecrets decrypt age.yaml
same out plain.yaml "an encrypted identity file opens"
SOPS_AGE_KEY=$(cat "$TOP/testdata/age/identity.asc") at "identity 'SOPS_AGE_KEY': " secret -- hubsecrets decrypt age.yaml
same out plain.yaml "its text in the environment, too"
mkdir -p .config/sops/age && cp "$TOP/testdata/age/identity.age" .config/sops/age/keys.txt	# the standard file

# Nobody is there.
command -v setsid >/dev/null && {
	setsid -w hubsecrets decrypt age.yaml >out 2>err </dev/null
	is $? 128 "without a terminal it is a failure"
	tr -s ' \n|' ' ' <err >flat
	has flat "there is no terminal to ask at" "and said to be"
	has flat "type its passphrase at a terminal" "with what to do"
}
done_testing
