#!/bin/sh
# encrypt --reuse: values that an older version has keep their ciphertext.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
encrypted a <<'END'
# a note
user: admin
pass: s3cret
list: [one, two, one]
END
cp a.enc.yaml old.yaml
sealed() { sed -n "s/^$1: //p" "$2"; }

sed 's/s3cret/an other/' a.yaml >b.yaml
runs 0 "a new version of a file" hubsecrets encrypt --age "$AGE" --reuse old.yaml b.yaml
cp out new.yaml
silent "without a word"
is "$(sealed user new.yaml)" "$(sealed user old.yaml)" "keeps the ciphertext of a value that is the same"
is "$(sealed list new.yaml)" "$(sealed list old.yaml)" "and of lists"
[ "$(sealed pass new.yaml)" != "$(sealed pass old.yaml)" ]; ok $? "and not that of another one"
is "$(sed -n '/enc: |/,/recipient/p' new.yaml)" "$(sed -n '/enc: |/,/recipient/p' old.yaml)" "the wrapped data key stays"
is "$(diff old.yaml new.yaml | sed -n 's/^> *\([a-z]*\):.*/\1/p' | grep -v lastmodified | tr '\n' ' ')" "pass mac " \
	"nothing differs but the value, the MAC and its time"
hubsecrets decrypt new.yaml | cmp -s - b.yaml; ok $? "it opens to the new text"
! command -v sops >/dev/null || is "$(sops decrypt --extract '["pass"]' new.yaml)" "an other" "sops opens it, too"
runs 0 "the same text" hubsecrets encrypt --age "$AGE" --reuse old.yaml a.yaml
same out old.yaml "gives the same bytes, time and all"
runs 0 "in place, over the old version" hubsecrets encrypt --age "$AGE" --reuse old.yaml --output old.yaml a.yaml
same old.yaml a.enc.yaml "changes nothing"

runs 0 "other recipients" hubsecrets encrypt --age "$AGE,$AGE2" --reuse old.yaml a.yaml
is "$(sealed user out)" "$(sealed user old.yaml)" "the ciphertext stays"
is "$(grep -c recipient: out)" 2 "the data key is wrapped for both"
cp out two.yaml
hubsecrets decrypt --config /dev/null two.yaml | cmp -s - a.yaml; ok $? "and it opens"
runs 0 "other rules" hubsecrets encrypt --age "$AGE" --encrypted-regex '^pass$' --reuse old.yaml a.yaml
is "$(sealed user out) $(sealed pass out)" "admin $(sealed pass old.yaml)" "what is in clear now is in clear"
printf 'pass: admin\nuser: s3cret\n' >swapped.yaml
runs 0 "values that change places" hubsecrets encrypt --age "$AGE" --reuse old.yaml swapped.yaml
! grep -qF "$(sealed user old.yaml)" out && ! grep -qF "$(sealed pass old.yaml)" out
ok $? "get new ciphertext: it belongs to one place"

runs 0 "an older version that is not there" hubsecrets encrypt --age "$AGE" --reuse absent.yaml a.yaml
has err "'absent.yaml' is not there yet: everything is encrypted anew" "is said"
runs 128 "one that no key opens" env SOPS_AGE_KEY_FILE="$T/age-2.txt" hubsecrets encrypt --age "$AGE" --reuse old.yaml a.yaml
[ ! -s out ]; ok $? "is a failure, not a file without reuse"
echo '{"user": "admin"}' >c.json
runs 8 "one of another format" hubsecrets encrypt --age "$AGE" --reuse old.yaml c.json
has err "'old.yaml' is a yaml file, and the new one is json" "is refused"
sed -i 's/^user: ENC\[AES256_GCM,data:../user: ENC[AES256_GCM,data:AA/' old.yaml
runs 25 "one that was tampered with" hubsecrets encrypt --age "$AGE" --reuse old.yaml a.yaml
runs 8 "several files" hubsecrets encrypt -i --age "$AGE" --reuse old.yaml a.yaml b.yaml
hubsecrets encrypt --age "$AGE" c.json >c.enc.json
runs 0 "JSON" hubsecrets encrypt --age "$AGE" --reuse c.enc.json c.json
same out c.enc.json "as well"
printf 'any\000bytes' >d.bin
hubsecrets encrypt --age "$AGE" d.bin >d.enc.bin
runs 0 "a binary file" hubsecrets encrypt --age "$AGE" --reuse d.enc.bin d.bin
same out d.enc.bin "too"
done_testing
