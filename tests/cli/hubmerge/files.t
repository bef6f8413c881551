#!/bin/sh
# hubmerge -f: any files, in Helm's order; where the output goes.
. "${0%/*}/../../tap.sh"

printf 'a: {x: 1, l: [1, 2]}\nb: 1\n' >one.yaml
printf 'a: {l: [3], z: "yes"}\nb: null\n' >two,comma.yaml
cat >want <<'EOF'
a:
  x: 1
  l:
    - 3
  z: "yes"
b: null
EOF

runs 0 "two files merge" hubmerge -f one.yaml -f two,comma.yaml
same out want "the later one wins, lists are replaced, nulls stay"
runs 0 "the order is that of the command line" hubmerge -f two,comma.yaml -f one.yaml
has out "b: 1" "the other way round, the other value"

hubmerge -f one.yaml -f - <two,comma.yaml >out
ok $? "'-' is standard input"
same out want "with the same result"
echo 'a: 5' | hubmerge -f - -o - >out
is "$(cat out)" "a: 5" "'-o -' is standard output"

: >empty.yaml
runs 0 "an empty file is a layer" hubmerge -f empty.yaml
is "$(cat out)" "{}" "that leaves an empty map"

# --- -o
umask 022
runs 0 "-o writes a file" hubmerge -f one.yaml -f two,comma.yaml -o result.yaml
same result.yaml want "with the result"
is "$(cat out)" "" "and nothing to standard output"
is "$(ls -l result.yaml | cut -c1-10)" "-rw-------" "readable by its owner alone"
chmod 644 result.yaml
runs 0 "one that is there is replaced" hubmerge -f one.yaml -o result.yaml
is "$(ls -l result.yaml | cut -c1-10)" "-rw-------" "and closed to others"
cp result.yaml before
printf 'a: [\n' >broken.yaml
runs 1 "when merging fails" hubmerge -f one.yaml -f broken.yaml -o result.yaml
same result.yaml before "the file is what it was"
runs 1 "a folder that is not there" hubmerge -f one.yaml -o missing/result.yaml
has err "cannot write 'missing/result.yaml'" "is named"

# --- a chart without HUB and ENV
mkdir -p chart/charts/sub
printf 'name: chart\n' >chart/Chart.yaml
printf 'name: sub\n' >chart/charts/sub/Chart.yaml
printf 'first: 1\na: {x: 9, y2: 9}\nsub: {k: 1}\nglobal: {g: 1}\n' >chart/values.yaml
runs 0 "--chart lays the files over a chart" hubmerge -f one.yaml --chart chart -v
cat >want <<'EOF'
first: 1
a:
  x: 1
  y2: 9
  l:
    - 1
    - 2
b: 1
EOF
same out want "whose keys come first; subcharts and globals stay out"
has err "left to Helm: 'sub' of the chart (it belongs to a subchart)" "-v says so"
has err "left to Helm: 'global' of the chart (globals are handed down by Helm)" "of each"
printf 'sub: 5\n' >wrong.yaml
runs 1 "a subchart's values must be a map" hubmerge -f wrong.yaml --chart chart
has err "wrong.yaml:1:6: 'sub' is a subchart" "or the message says where they are not"

# --- warnings
printf 'a:\n  b: 1\n  b: 2\ntag: 12e5\n' >twice.yaml
runs 0 "a duplicate key is accepted, as Helm does" hubmerge -f twice.yaml
has err "twice.yaml:3:6: 'a.b': duplicate key: this value replaces that of line 2" "with a warning"
has err "twice.yaml:4:6: 'tag': digits with an 'e'" "and so is a number in place of a name"
has out "b: 2" "the last one wins"
runs 1 "--strict takes a warning for an error" hubmerge --strict -f twice.yaml
is "$(cat out)" "" "and prints nothing"
printf 'a: 1\n...\nb: 2\n' >ended.yaml
runs 0 "text behind '...' is left out, as Helm does" hubmerge -f ended.yaml
has err "ended.yaml:3: Helm ignores" "with a warning"
is "$(cat out)" "a: 1" "and is not in the result"
done_testing
