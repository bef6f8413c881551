#!/bin/sh
# Many files under KMS keys in one run: their questions are asked at once, the same one once, and one that is refused fails alone.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/kms.sh"
arn() { echo "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-00000000000$1"; }
kms_start --any-key || skip_all "hubkms does not start"
mkdir files
for i in 1 2 3 4 5 6 7 8 9; do echo "v: value $i" >"files/$i.yaml"; done
runs 0 "nine files are encrypted" hubsecrets encrypt --config /dev/null -i --kms "$(arn 1)" files/1.yaml files/2.yaml files/3.yaml \
	files/4.yaml files/5.yaml files/6.yaml files/7.yaml files/8.yaml
runs 0 "one of them under another key" hubsecrets encrypt --config /dev/null -i --kms "$(arn 2)" files/9.yaml
is "$(grep -l "$(arn 1)" files/*.yaml | wc -l)" 8 "each for its key"
kms_stop

asked() { grep -c "\"operation\":\"$1\"\|TrentService.$1\| $1 " kms.log; }
rm -f kms.log
kms_start --any-key --fault "deny,key=$(arn 2)"
mkdir same && for i in 1 2 3 4 5; do cp files/1.yaml same/$i.yaml; done
runs 0 "five copies of a file" hubsecrets decrypt --output clear same/1.yaml same/2.yaml same/3.yaml same/4.yaml same/5.yaml
is "$(cat clear/*.yaml | sort -u)" "v: value 1" "open"
is "$(asked Decrypt)" 1 "with one question" || head -5 kms.log
cp -r files before
runs 1 "rotate, where one key is refused" hubsecrets rotate -i --recursive files
has err "8 files rotated" "the others are done"
has err "files/9.yaml" "that one is named"
has err "1 of 9 files failed, and is as it was" "and counted"
same files/9.yaml before/9.yaml "and as it was"
rm -rf clear
runs 1 "decrypt" hubsecrets decrypt --recursive --output clear files
is "$(cat clear/*.yaml | wc -l)" 8 "opens the others"
runs 1 "encrypt for a key that refuses" hubsecrets encrypt --config /dev/null -i --kms "$(arn 2)" clear/1.yaml clear/2.yaml
is "$(cat clear/1.yaml)" "v: value 1" "leaves the plaintext as it was"
has err "2 of 2 files failed, and are as they were" "and says so"

# On a terminal a line says how far the run is, and is gone at the end.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	TERM=xterm script -qec 'hubsecrets decrypt --output screen same/1.yaml same/2.yaml' /dev/null >screen.txt 2>&1 </dev/null
	grep -q "recovering 2 data keys$(printf '\r')" screen.txt && grep -q "2 files decrypted" screen.txt
	ok $? "on a terminal it is said what takes time" || note "$(cat -v screen.txt)"
	TERM=dumb script -qec 'hubsecrets decrypt --output screen same/1.yaml same/2.yaml' /dev/null >screen.txt 2>&1 </dev/null
	! grep -q "recovering" screen.txt; ok $? "but not where lines cannot be taken away"
else
	skip "script is not installed"
fi
done_testing
