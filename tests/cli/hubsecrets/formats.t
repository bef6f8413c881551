#!/bin/sh
# JSON, dotenv, INI and binary files with every verb: nothing is lost, and nothing readable is left.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v perl >/dev/null || skip_all "no perl"
DOCUMENTS=${DOCUMENTS:-25}

# --- generated documents come back; what does not is named, as in YAML ---------------------------------------------------

for format in json env ini bin; do
	i=0 same=0 bad=
	while [ $i -lt $DOCUMENTS ]; do
		i=$((i + 1))
		perl "$TOP/tests/documents.pl" $format $i >plain.$format
		if ! hubsecrets encrypt --verbose --age $AGE plain.$format >sealed.$format 2>notes; then
			# the same key twice, of which sops keeps one
			grep -q 'has had before' notes || bad="$bad $i"
			continue
		fi
		hubsecrets decrypt sealed.$format >again 2>errors || { bad="$bad $i"; note "$(cat errors)"; continue; }
		if cmp -s again plain.$format; then
			same=$((same + 1))
		elif ! grep -q 'another spelling' notes; then
			bad="$bad $i"
		fi
		# A new data key changes no more than that.
		hubsecrets rotate sealed.$format >rotated.$format 2>errors && hubsecrets decrypt rotated.$format 2>errors | cmp -s - again || bad="$bad $i"
	done
	is "$bad" "" "$format: $DOCUMENTS documents are encrypted, rotated and decrypted: $same of them to the same bytes"
done

# --- the verbs -------------------------------------------------------------------------------------------------------------

printf '{\n  "a": 1.50,\n  "b": {"c": "<x>"}\n}\n' >f.json
printf '# head-line\nA=1\n\nexport B="x" # y\n' >f.env
printf '; head-line\n[s]   ; be-side\na = "1"   # why-not\n\nlong = `x;y`\n; foot-note\n' >f.ini
printf 'any-\0bytes\377\n' >f.bin

for format in json env ini bin; do
	runs 0 "$format: encrypt in place" hubsecrets encrypt --age $AGE -i f.$format
	silent "$format: silently"
	cp f.$format s.$format
	runs 0 "$format: filestatus" hubsecrets filestatus f.$format
	is "$(cat out)" '{"encrypted":true}' "$format: says that it is encrypted"
	# A binary file may hold anything, even that.
	[ $format = bin ] || runs 203 "$format: encrypting it again is refused" hubsecrets encrypt --age $AGE f.$format
	runs 200 "$format: an edit without a change" env EDITOR=true hubsecrets edit f.$format
	same f.$format s.$format "$format: leaves the file alone"
	! grep -qE 'head-|be-side|why-|foot-|x;y|<x>|any-' f.$format
	ok $? "$format: nothing readable is left"
done

# changed FORMAT CLAIM OLD NEW VERB ARGUMENT...: the lines of the plain text that differ
changed() {
	format=$1 claim=$2
	hubsecrets decrypt f.$format >before 2>/dev/null
	shift 2
	old=$1 new=$2 verb=$3
	shift 3
	runs 0 "$format: $claim" hubsecrets "$verb" f.$format "$@"
	hubsecrets decrypt f.$format >after 2>err || note "$(cat err)"
	is "$(diff before after | sed -n 's/^[<>] //p' | tr '\n' '|')" "$old$new" "$format: $claim: no other line changes"
}
changed json "a number" '  "a": 1.50,|' '  "a": 7,|' set '["a"]' 7
changed json "a member in the layout of its neighbours" '  "b": {"c": "<x>"}|' '  "b": {"c": "<x>", "d": true}|' set '["b"]["d"]' true
changed env "a value" 'A=1|' 'A=two\nlines|' set '["A"]' '"two\nlines"'
changed env "a new line" '' 'Z=5|' set '["Z"]' 5
changed env "which goes again" 'Z=5|' '' unset '["Z"]'
changed ini "a value in its quotes, before its comment" 'a = "1"   # why-not|' 'a = "2"   # why-not|' set '["s"]["a"]' '"2"'
changed ini "a new key" '' 'b    = `p;q`|' set '["s"]["b"]' '"p;q"'
changed ini "which goes again" 'b    = `p;q`|' '' unset '["s"]["b"]'
changed ini "a new section" '' '|[t]|x = 1|' set '["t"]["x"]' '"1"'
runs 4 "a list in a dotenv file is refused" hubsecrets decrypt --input-type json --output-type dotenv s.json
[ ! -s out ]; ok $? "and nothing printed"

for case in 'env ["A"] 1' 'ini ["s"]["long"] x;y' 'json ["b"]["c"] <x>'; do
	set -- $case
	runs 0 "$1: --extract" hubsecrets decrypt --extract "$2" s.$1
	is "$(cat out)" "$(echo "$3" | tr _ ' ')" "$1: the value"
done

# An edit keeps the ciphertext of what did not change.
printf '#!/bin/sh\nsed -i s/^A=1/A=9/ "$1"\n' >editor.sh
cp s.env e.env
runs 0 "env: an edit" env EDITOR="sh $T/editor.sh" hubsecrets edit e.env
is "$(diff s.env e.env | sed -n 's/^> \([a-zA-Z_]*\)=.*/\1/p' | grep -v lastmodified | tr '\n' ' ')" "A sops_mac " "env: changes its line, the time and the MAC"

# New files begin with an example.
for format in json env ini bin; do
	printf '#!/bin/sh\ncp "$1" "%s/example"\necho >>"$1"\n' "$T" >keep.sh
	runs 0 "$format: edit of a new file" env EDITOR="sh $T/keep.sh" hubsecrets edit --age $AGE new.$format
	grep -q 'Welcome to hubsecrets' example; ok $? "$format: with an example to start from"
	runs 0 "$format: which can be read" hubsecrets decrypt new.$format
done

# --- conversion -----------------------------------------------------------------------------------------------------------

runs 0 "dotenv to YAML" hubsecrets decrypt --output-type yaml s.env
is "$(cat out)" '# head-line
A: "1"
export B: '"'"'"x" # y'"'" "as sops has it"
runs 0 "INI to JSON" hubsecrets decrypt --output-type json s.ini
is "$(tr -d '\n\t' <out)" '{"DEFAULT": {},"s": {"a": "1","long": "x;y"}}' "with a section for what stands before the first"
printf '{"m": 9223372036854775808, "f": 1.0}' >p.json
runs 0 "JSON is encrypted as YAML" hubsecrets encrypt --age $AGE --output-type yaml p.json
cp out p.yaml
runs 0 "and read as YAML" hubsecrets decrypt p.yaml
is "$(cat out)" "m: 9.223372036854776e+18
f: 1" "with the numbers that sops sees"

# --- names that lie --------------------------------------------------------------------------------------------------------

printf 'A=1\n' >prod.env.local
runs 0 "a name that is nearly one of a format" hubsecrets encrypt --age $AGE prod.env.local
has err "as a binary file" "is told of"
has err "--input-type dotenv" "with what to say instead"
cp s.env other.enc
runs 1 "an encrypted file under another name" hubsecrets decrypt other.enc
has err "--input-type" "can be opened with its type"
runs 0 "as said" hubsecrets decrypt --input-type dotenv --output-type dotenv other.enc
cp s.bin again.bin
runs 0 "encrypting what is encrypted, as binary" hubsecrets encrypt --age $AGE again.bin
has err "encrypted already" "is told of, too"

# --- what is refused -------------------------------------------------------------------------------------------------------

refused() {
	claim=$1 name=$2 words=$3
	runs 2 "$claim is refused" hubsecrets encrypt --age $AGE "$name"
	has err "$words" "$claim: with the reason"
}
printf '[s]\na=1\na=2\n' >r.ini; refused "an INI key that is there twice" r.ini "has had before"
printf -- '[s]\n- = 1\n' >r.ini; refused "the INI key '-'" r.ini "give it a name"
printf '{"a": 1}\n{"b": 2}\n' >r.json; refused "text behind a JSON value" r.json "behind the JSON value"
printf '{"a": 1e999}' >r.json; refused "a JSON number beyond doubles" r.json "beyond what a double can hold"
printf 'A=1\n B\n' >r.env; refused "a dotenv line without '='" r.env "r.env:2:1"
done_testing
