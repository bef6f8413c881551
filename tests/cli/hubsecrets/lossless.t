#!/bin/sh
# Encrypting and decrypting gives the same bytes, for every layer of real hubs that sops can encrypt, but for the lines that encrypt
# names.  How many those are may only fall.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
HUBS=${HUBS:-$SHARED/data/hubs}
[ -d "$HUBS" ] || skip_all "no hubs in '$HUBS'"
NAMED_AT_MOST=4		# of the hubs in ../shared/data

find "$HUBS" \( -name '*.yaml' -o -name '*.yml' \) -type f | sort >files
named=0
while read -r file; do
	name=${file#"$HUBS"/}
	# Ciphertext, templates, and what is no map of values are not ours to encrypt.
	case $(head -c 9 "$file" | tr '\0' '.') in .GITCRYPT) continue ;; esac
	! grep -q '^sops:' "$file" || continue
	cp "$file" plain.yaml
	hubsecrets encrypt --verbose --age $AGE plain.yaml >sealed.yaml 2>notes
	status=$?
	if [ $status -ne 0 ]; then
		grep -qE 'already defined|not a map|comments alone|is empty|template|line [0-9]|plain.yaml:[0-9]+:[0-9]+: ' notes
		ok $? "$name is refused with a reason: $(head -n 1 notes)"
		[ ! -s sealed.yaml ]; ok $? "$name: nothing is printed then"
		continue
	fi
	hubsecrets decrypt sealed.yaml >again.yaml 2>errors
	ok $? "$name is encrypted and decrypted" || { note "$(cat errors)"; continue; }
	# Lines of the plain file that are not in the new one as they were
	diff plain.yaml again.yaml | sed -n 's/^\([0-9]*\)\(,\([0-9]*\)\)\{0,1\}[acd].*/\1 \3/p' |
		while read -r from to; do seq "$from" "${to:-$from}"; done >changed
	sed -n -e 's/^hubsecrets: plain.yaml:\([0-9]*\): will .*/\1 \1/p' -e 's/^hubsecrets: plain.yaml:[0-9]*: lines \([0-9]*\) to \([0-9]*\) .*/\1 \2/p' notes |
		while read -r from to; do seq "$from" "$to"; done >lines
	grep -vxFf lines changed >unnamed
	[ ! -s unnamed ]
	ok $? "$name comes back, but for lines that were named" || note "lines $(tr '\n' ' ' <unnamed)" "$(diff plain.yaml again.yaml | head -20)"
	sed "s|^|$name: line |" lines | sed 's/^/# named: /'
	named=$((named + $(wc -l <lines)))
done <files
if [ "$HUBS" = "$SHARED/data/hubs" ]; then
	[ $named -le $NAMED_AT_MOST ]
	ok $? "lines that come back in another spelling: $named, and $NAMED_AT_MOST were known"
fi
done_testing
