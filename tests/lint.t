#!/bin/sh
# Manual pages and scripts are well formed, and what is meant to be run can be.
. "${0%/*}/tap.sh"
cd "$TOP" || exit 255

for page in cmd/*/*.[1-9]; do
	[ -e "$page" ] || continue
	if command -v mandoc >/dev/null; then
		mandoc -Tlint -W warning "$page" >"$T/found" 2>&1
		ok $? "$page is well formed" || note "$(cat "$T/found")"
	elif [ "${PEERS:-}" = required ]; then
		ok 1 "mandoc is installed"
	else
		skip "mandoc is not installed"
	fi
done
for program in "$BIN"/*; do
	[ -f "$program" ] || continue
	name=${program##*/}
	[ -e "cmd/$name/$name.1" ]
	ok $? "$name has a manual page"
	# What the page does not mention, nobody finds.
	[ ! -e "cmd/$name/$name.1" ] || {
		verbs=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z][-a-z]*\).*/\1/p')
		for verb in "" $verbs; do "$program" $verb --help </dev/null 2>/dev/null; done |
			sed -n 's/^ \{1,8\}\(-., \)\{0,1\}--\([a-z][-a-z0-9]*\).*/\2/p' | sort -u | grep -vxE 'help|version' | while read -r option; do
			grep -qE "(Fl -$option|-$(echo "$option" | sed 's/-/\\\\?-/g'))( |\$|,|\\b)" "cmd/$name/$name.1" || echo "--$option"
		done >"$T/found"
		[ ! -s "$T/found" ]
		ok $? "$name's page tells of every option that --help shows, of each verb too" || note "$(cat "$T/found")"
	}
done

# The files beside tap.sh are read by others, not run.
scripts=$(find cmd tests .ci \( -name '*.sh' -o -name '*.t' -o -path .ci/run \) ! -path 'tests/*.sh' -o -path 'tests/*/*.sh' | sort)
for script in $scripts; do
	case $(head -n 1 "$script") in
	'#!/bin/sh'*) sh -n "$script" 2>"$T/found" ;;
	'#!'*bash*) bash -n "$script" 2>"$T/found" ;;
	'#!'*) : >"$T/found" ;;
	*) echo "no interpreter on its first line" >"$T/found"; false ;;
	esac
	ok $? "$script can be parsed" || note "$(cat "$T/found")"
done
for script in $scripts; do
	[ -x "$script" ] || echo "$script"
done >"$T/found"
[ ! -s "$T/found" ]
ok $? "every script may be run" || note "$(cat "$T/found")"

[ -s .clang-format ]
ok $? "the style is checked in"
find . \( -name build -o -name 'build-*' -o -name .git -o -name testdata \) -prune -o \( -name '*.[ch]' -o -name '*.sh' -o -name '*.t' \) -print |
	xargs grep -lE '[[:blank:]]+$' >"$T/found"
[ ! -s "$T/found" ]
ok $? "no line ends in blanks" || note "$(cat "$T/found")"

done_testing
