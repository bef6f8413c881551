#!/bin/sh
# set and unset: one value of a file, in the layout of the file.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

encrypted base <<'END'
# head
a: 1
b:
  c: two   # beside
  d:
  - x
  - w
  # above
  - k: v
flow: {x: 1, y: [a, b]}
s_unencrypted: seen
END

# after CLAIM WANT VERB ARGUMENT...: the plain text that the verb leaves
after() {
	claim=$1 want=$2 verb=$3
	shift 3
	cp base.enc.yaml file.yaml
	runs 0 "$claim" hubsecrets "$verb" file.yaml "$@"
	silent "$claim: silently"
	hubsecrets decrypt file.yaml >out 2>err || note "$(cat err)"
	printf '%s\n' "$want" >want
	sed "$edit" base.yaml >whole
	[ -n "$want" ] || cp whole want
	same out want "$claim: the text"
}
edit='s/^a: 1/a: new/'; after "a value" "" set '["a"]' '"new"'
edit='s/c: two/c: "yes"/'; after "a word that must be quoted" "" set '["b"]["c"]' '"yes"'
edit='s/  - w/  - "1"/'; after "an element" "" set '["b"]["d"][1]' '"1"'
edit='s/k: v/k: true/'; after "a value below an element: comments are not counted" "" set '["b"]["d"][2]["k"]' true
edit='s/x: 1,/x: new,/'; after "a value in a flow map" "" set '["flow"]["x"]' '"new"'
edit='s/a, b/a, c/'; after "an element of a flow list" "" set '["flow"]["y"][1]' '"c"'
edit='s/^a: 1/a: null/'; after "null" "" set '["a"]' null
edit='s/^a: 1/a: ""/'; after "an empty string" "" set '["a"]' '""'
edit='s/^a: 1/a: 5/'; after "a number" "" set '["a"]' 5
edit='s/^a: 1/a: 9007199254740993/'; after "a number with more digits than a double has" "" set '["a"]' 9007199254740993
edit='s/seen/7/'; after "a number in clear" "" set '["s_unencrypted"]' 7
hubsecrets set file.yaml '["s_unencrypted"]' '"shown"' && grep -q '^s_unencrypted: shown' file.yaml
ok $? "a clear value is written in clear"
edit='$a\
new:\
  deep: v'
after "a path that is not there" "" set '["new"]["deep"]' '"v"'
edit='/- k: v/a\
\  - z'
after "an index behind the end" "" set '["b"]["d"][9]' '"z"'
edit='s/^a: 1/a:\
  x: v/'
after "a key below a scalar" "" set '["a"]["x"]' '"v"'
edit='/^a: 1/c\
a:\
  x: 1\
  w:\
    - 1.5\
    - z'
after "a map" "" set '["a"]' '{"x": 1, "w": [1.5, "z"]}'
edit='/^a: 1/d'; after "unset of a value" "" unset '["a"]'
edit='/  - w/d'; after "unset of an element" "" unset '["b"]["d"][1]'
edit='s/x: 1, //'; after "unset in a flow map" "" unset '["flow"]["x"]'

# Nothing but the value, the MAC and the time is another
cp base.enc.yaml file.yaml
runs 0 "a value is set" hubsecrets set file.yaml '["b"]["c"]' '"other"'
is "$(diff base.enc.yaml file.yaml | grep '^>' | grep -vc lastmodified)" 2 "two lines are new, beside the time"
! grep -q other file.yaml; ok $? "the value is not in the file"

# --idempotent
cp base.enc.yaml file.yaml
for same in '["a"] 1' '["b"]["c"] "two"' '["flow"]["y"] x' '["s_unencrypted"] "seen"'; do
	[ "${same##* }" != x ] || continue
	runs 0 "nothing to do: ${same%% *}" hubsecrets set --idempotent file.yaml "${same%% *}" "${same#* }"
	same file.yaml base.enc.yaml "the file is untouched"
done
runs 0 "nothing to remove" hubsecrets unset --idempotent file.yaml '["zz"]'
same file.yaml base.enc.yaml "the file is untouched"
runs 0 "without --idempotent it is sealed again" hubsecrets set file.yaml '["b"]["c"]' '"two"'
! cmp -s file.yaml base.enc.yaml; ok $? "under another MAC"
is "$(grep '^  c:' file.yaml)" "$(grep '^  c:' base.enc.yaml)" "and the ciphertext stays"

# Where the value comes from
cp base.enc.yaml file.yaml
printf '"from a file"' >value
runs 0 "--value-file" hubsecrets set --value-file file.yaml '["a"]' value
is "$(hubsecrets decrypt --extract '["a"]' file.yaml)" "from a file" "is read"
printf '{"k": "from standard input"}' | hubsecrets set --value-stdin file.yaml '["a"]'
is "$(hubsecrets decrypt --extract '["a"]["k"]' file.yaml)" "from standard input" "--value-stdin is read"
runs 0 "the older form" hubsecrets --set '["b"]["c"] "by option"' file.yaml
is "$(hubsecrets decrypt --extract '["b"]["c"]' file.yaml)" "by option" "sets it in place"

# An alias: what is set below one is set there alone
encrypted alias <<'END'
a_unencrypted: &x {k: v}
b_unencrypted: *x
END
cp alias.enc.yaml file.yaml
runs 0 "a value below an alias" hubsecrets set file.yaml '["b_unencrypted"]["k"]' '"other"'
is "$(hubsecrets decrypt --extract '["a_unencrypted"]["k"]' file.yaml)" v "leaves the anchor alone"
is "$(hubsecrets decrypt --extract '["b_unencrypted"]["k"]' file.yaml)" other "and is set"

# The comment of a value that goes stays, and so comes to the next one
encrypted comments <<'END'
a: 1
# of b
b: 2
c: 3
END
cp comments.enc.yaml file.yaml
runs 0 "unset below a comment" hubsecrets unset file.yaml '["b"]'
is "$(hubsecrets decrypt file.yaml)" "a: 1
# of b
c: 3" "leaves the comment"

# Several documents: the first is meant
encrypted documents <<'END'
a: 1
---
a: 2
END
cp documents.enc.yaml file.yaml
runs 0 "set in a stream" hubsecrets set file.yaml '["a"]' '"x"'
is "$(hubsecrets decrypt file.yaml)" "a: x
---
a: 2" "changes the first document"
done_testing
