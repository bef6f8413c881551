#!/bin/sh
# Plugins: a small one of ours, which the age program accepts as well, with both sides of the protocol.
. "${0%/*}/../../tap.sh"
needs age

age_file=$BUILD/tests/standin/age_file
mkdir bin
ln -s "$BUILD/tests/standin/age_plugin" bin/age-plugin-hubtest
PATH=$T/bin:$PATH
age-plugin-hubtest >id.txt 2>/dev/null
recipient=$(sed -n 's/^# public key: //p' id.txt)
head -c 100 /dev/urandom >plain

age -r "$recipient" <plain >file
ok $? "age seals with the plugin"
"$age_file" open id.txt <file >back 2>err
same back plain "and we open it"
same err /dev/null "the plugin's noise is not shown"
"$age_file" seal "$recipient" <plain >file 2>err
same err /dev/null "nor is it when we seal"
age -d -i id.txt <file >back
same back plain "which age opens"

# Beside a key of another kind, on either side.
age-keygen -o other.txt 2>/dev/null
other=$(age-keygen -y other.txt)
"$age_file" seal "$recipient" "$other" <plain >file
age -d -i other.txt <file >back
same back plain "a plugin's recipient and another share a file"
"$age_file" open id.txt <file >back
same back plain "and the plugin finds its stanza"
runs 1 "an identity of the plugin opens no file of somebody else" sh -c 'age -r "$1" <plain | "$2" open id.txt' - "$other" "$age_file"
has err "no identity at hand opens this age file" "which is said as of any key"

# What is promised by one recipient must be promised by all.
HUB_TEST_PLUGIN=labels "$age_file" seal "$recipient" <plain >file
age -d -i id.txt <file >back
same back plain "labels are no obstacle to a single recipient"
runs 1 "but they do not mix with a recipient that has none" env HUB_TEST_PLUGIN=labels "$age_file" seal "$recipient" "$other"
has err "their labels differ ('one two', '')" "and both are named"

# A broken or hostile plugin.
age -r "$recipient" <plain >file
for manner in die garbage endless error; do
	HUB_TEST_PLUGIN=$manner "$age_file" open id.txt <file >out 2>err
	is $? 1 "a plugin that does this is a failure: $manner"
	same out /dev/null "and nothing is printed"
	has err "the plugin 'age-plugin-hubtest' failed: " "it is named"
	HUB_TEST_PLUGIN=$manner "$age_file" seal "$recipient" <plain >out 2>err
	is $? 1 "nor does it seal: $manner"
done
rm bin/age-plugin-hubtest
"$age_file" open id.txt <file >out 2>err
is $? 1 "a plugin that is not installed is a failure"
has err "program 'age-plugin-hubtest' is not on PATH" "with its name"

# Questions, and who answers.
ln -s "$BUILD/tests/standin/age_plugin" bin/age-plugin-hubtest
export HUB_TEST_ANSWER="$T/answer"
for manner in secret public confirm message; do
	HUB_TEST_PLUGIN=$manner "$age_file" open id.txt <file >back
	same back plain "without anybody to ask it may go on: $manner"
	is "$(cat answer)" "fail|" "and knows that nobody answered"
done
HUB_TEST_PLUGIN=unknown "$age_file" open id.txt <file >back
is "$(cat answer)" "unsupported|" "a command that we do not know is said to be so"
done_testing
