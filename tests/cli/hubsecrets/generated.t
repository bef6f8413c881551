#!/bin/sh
# Generated YAML (tests/documents.pl, the same for the same numbers): encrypting and decrypting loses nothing, an edit of one value changes that
# value, the time and the MAC alone, and where sops is installed it reads the same as from its own file.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v perl >/dev/null || skip_all "no perl"
DOCUMENTS=${DOCUMENTS:-40} FIRST=${FIRST:-1}

cat >editor <<'END'
#!/bin/sh
sed -i 's/^target: old value/target: new value/' "$1"
END
chmod +x editor
export EDITOR="$T/editor"

i=$((FIRST - 1)) lost= edited= read= refused=0 same=0 compared=0
while [ $i -lt $((FIRST - 1 + DOCUMENTS)) ]; do
	i=$((i + 1))
	perl "$TOP/tests/documents.pl" yaml $i >plain.yaml
	if ! hubsecrets encrypt --verbose --age $AGE plain.yaml >sealed.yaml 2>notes; then
		grep -q 'plain.yaml:[0-9]*:' notes && [ ! -s sealed.yaml ] || lost="$lost $i(refused: $(head -n 1 notes))"
		refused=$((refused + 1))
		continue
	fi
	hubsecrets decrypt sealed.yaml >again.yaml 2>errors || { lost="$lost $i($(head -n 1 errors))"; continue; }
	# Lines that are not what they were, and those that were named when the file was encrypted
	diff plain.yaml again.yaml | sed -n 's/^\([0-9]*\)\(,\([0-9]*\)\)\{0,1\}[acd].*/\1 \3/p' |
		while read -r from to; do seq "$from" "${to:-$from}"; done >changed
	sed -n -e 's/^hubsecrets: plain.yaml:\([0-9]*\): will .*/\1 \1/p' -e 's/^hubsecrets: plain.yaml:[0-9]*: lines \([0-9]*\) to \([0-9]*\) .*/\1 \2/p' notes |
		while read -r from to; do seq "$from" "$to"; done >named
	[ ! -s changed ] || grep -vxFf named changed >unnamed && [ -s unnamed ] && lost="$lost $i(line $(head -n 1 unnamed))"
	rm -f unnamed
	! cmp -s plain.yaml again.yaml || same=$((same + 1))
	cp sealed.yaml edited.yaml
	if hubsecrets edit edited.yaml 2>errors; then
		diff sealed.yaml edited.yaml | sed -n 's/^> *\([a-z]*\):.*/\1/p' | sort -u | tr '\n' ' ' >keys
		case $(cat keys) in
		'lastmodified mac target ' | 'mac target ') ;;
		*) edited="$edited $i($(cat keys))" ;;
		esac
		hubsecrets decrypt edited.yaml 2>/dev/null | diff again.yaml - | grep -c '^[<>]' >count
		[ "$(cat count)" = 2 ] || edited="$edited $i($(cat count) lines)"
	else
		edited="$edited $i($(head -n 1 errors))"
	fi
	if command -v sops >/dev/null && sops encrypt --age $AGE plain.yaml >theirs.yaml 2>/dev/null && sops decrypt theirs.yaml >want 2>/dev/null; then
		compared=$((compared + 1))
		sops decrypt sealed.yaml >got 2>errors && cmp -s got want || read="$read $i($(head -n 1 errors))"
	fi
done
is "$lost" "" "$DOCUMENTS documents ($refused refused with a reason) come back: $same of them to the same bytes, the others but for lines that were named"
is "$edited" "" "an edit changes one value, the time and the MAC"
if command -v sops >/dev/null; then
	is "$read" "" "sops reads $compared of them as it reads its own"
else
	skip "sops is not installed"
fi
done_testing
