#!/bin/sh
# The output is one document that every YAML reader reads alike, and the same each time.
. "${0%/*}/../../tap.sh"

cat >layer.yaml <<'EOF'
strings: {a: "yes", b: "0777", c: "1e3", d: "null", e: "", f: "2001-01-01", g: "0o7", h: "=", i: "<<", j: "---", k: "- x", l: "a: b", m: " x", n: "x #y", o: "~", p: "1_000", q: "12:30", r: ".5"}
"---": dashes
"---- BEGIN": more
"yes": 1
"1": 2
"": 3
"<<": 4
"1.5": 5
"a: b": 6
"null": 7
block: "one\n  two\n\nthree\n"
stripped: "one\ntwo"
kept: "one\n\n\n"
blank: "  one\ntwo\n"
tab: "\tone\ntwo\n"
dashes: "---\n--- x\n...\n"
control: "a\x07b\rc\x85d\u2028e"
astral: "\U0001F600"
numbers: [0777, 0x1F, 1_000, 1e3, 1.50, -0.0, 1e21, 1e-7, 9007199254740991, 0b101, .5]
words: [yes, no, ~, on, off]
empty: {map: {}, list: [], nothing: }
nested: [[1, [2]], {a: [{b: 1}]}]
EOF
runs 0 "a layer of hard cases" hubmerge -f layer.yaml
cp out first
silent "without a word"
runs 0 "its output is a layer again" hubmerge -f first
same out first "with the same output"
grep -q '^---' first
is $? 1 "no line begins with three dashes"
hasnt first '&' "there are no anchors"
is "$(tail -c 1 first | od -An -c | tr -d ' ')" '\n' "it ends with a line break"
is "$(tr -d '\n' <first | LC_ALL=C tr -d ' -~' | wc -c)" 0 "and has nothing but printable ASCII where that is all there was"
for line in '  - 511' '  - 31' '  - 1000' '  - 1.5' '  - -0.0' '  - 1.0e+21' '  - 1.0e-7' '  - 0.5' '  - 5' '  - true' '  - false' '  - null' \
	'  a: "yes"' '  b: "0777"' '  f: "2001-01-01"' '"yes": 1' '"1": 2' '"": 3' '"1.5": 5' '  map: {}' '  list: []' '  nothing: null'; do
	grep -qxF -e "$line" first
	ok $? "there is a line '$line'"
done
done_testing
