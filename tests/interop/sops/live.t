#!/bin/sh
# Real sops and hubsecrets with the same age key: each opens and changes what the other wrote.
. "${0%/*}/../../tap.sh"
needs sops
CASES=$TOP/testdata/sops/age
export SOPS_AGE_KEY_FILE="$CASES/key.txt"
AGE=$(sed -n 's/^# public key: //p' "$CASES/key.txt")

for case in "$CASES"/*/plain.yaml; do
	dir=${case%/*}
	name=$(basename "$dir")
	options=$(cat "$dir/options" 2>/dev/null)
	key="--age $AGE"
	rm -f .sops.yaml
	[ ! -e "$dir/.sops.yaml" ] || { cp "$dir/.sops.yaml" . && key=; }

	# sops writes, hubsecrets reads
	cp "$case" plain.yaml
	runs 0 "$name: sops encrypts" sops $options $key --encrypt plain.yaml
	cp out theirs.yaml
	runs 0 "$name: hubsecrets decrypts what sops wrote" hubsecrets decrypt theirs.yaml
	same out "$dir/expected.yaml" "$name: as sops decrypts it"

	# hubsecrets writes, sops reads
	runs 0 "$name: hubsecrets encrypts" hubsecrets encrypt $key $options plain.yaml
	cp out ours.yaml
	runs 0 "$name: sops decrypts what hubsecrets wrote" sops decrypt ours.yaml
	same out "$dir/expected.yaml" "$name: to what it makes of its own file"

	# each changes the other's file
	runs 0 "$name: sops rotates ours" sops rotate -i ours.yaml
	runs 0 "$name: hubsecrets decrypts that" hubsecrets decrypt ours.yaml
	same out "$dir/expected.yaml" "$name: to the same text"
	runs 0 "$name: hubsecrets rotates theirs" hubsecrets rotate -i theirs.yaml
	runs 0 "$name: sops decrypts that" sops decrypt theirs.yaml
	same out "$dir/expected.yaml" "$name: to the same text"
	for program in sops hubsecrets; do
		[ $program = sops ] && { other=hubsecrets file=ours.yaml; } || { other=sops file=theirs.yaml; }
		runs 0 "$name: $program sets a value" $program set $file '["new"]["deep"]' '{"x": [1, "a\nb", true, null, 1.5]}'
		runs 0 "$name: $other finds it" $other decrypt --extract '["new"]["deep"]["x"]' $file
		is "$(cat out)" "- 1
- |-
  a
  b
- true
- null
- 1.5" "$name: with its types"
		runs 0 "$name: $program removes it" $program unset $file '["new"]'
		runs 0 "$name: $other opens what is left" $other decrypt $file
		same out "$dir/expected.yaml" "$name: which is what it was"
	done
done

# Comments in places where sops reads and writes them differently
rm -f .sops.yaml
cat >comments.yaml <<'END'
# head

top: 1 # beside
map: # at the key
  # first
  a: 1

  # last of map
list:
# above one
- one # beside one
# above two
- two
# end of list
flow: [a, # in flow
  b] # after it

# foot
END
runs 0 "comments: hubsecrets encrypts" hubsecrets encrypt --age "$AGE" comments.yaml
cp out ours.yaml
runs 0 "comments: sops decrypts" sops decrypt ours.yaml
for text in head beside 'at the key' first 'last of map' 'above one' 'beside one' 'above two' 'end of list' 'in flow' 'after it' foot; do
	has out "# $text" "comments: sops opens '$text'"
done
hasnt out 'ENC[' "comments: sops opens every one"
runs 0 "comments: hubsecrets decrypts" hubsecrets decrypt ours.yaml
same out comments.yaml "comments: to the same bytes"

# The sign for what was plain, and other spellings, are only spellings to sops
cat >spelling.yaml <<'END'
flow: {a: word, b: [1, 2.50, true, 'x', "z"], c: http://x/y=z}
hex: 0x1F
exp: 1e3
one: 1.0
emoji: go 🚀
quoted: 'it''s'
block: >-
  one line
END
runs 0 "spelling: hubsecrets encrypts" hubsecrets encrypt --age "$AGE" spelling.yaml
cp out ours.yaml
runs 0 "spelling: sops decrypts" sops decrypt ours.yaml
cp out theirs.plain
runs 0 "spelling: sops encrypts" sops encrypt --age "$AGE" spelling.yaml
cp out theirs.yaml
runs 0 "spelling: and decrypts its own" sops decrypt theirs.yaml
same out theirs.plain "spelling: to the same text"
runs 0 "spelling: hubsecrets decrypts" hubsecrets decrypt ours.yaml
sed 's/0x1F/31/' spelling.yaml >expected.yaml
same out expected.yaml "spelling: to the same bytes, but for the hexadecimal number"
done_testing
