#!/bin/sh
# A layer under sops means to hubmerge what "sops --decrypt" and Helm make of it, whoever encrypted it.
. "${0%/*}/../../tap.sh"
needs helm sops age-keygen

age-keygen >key.txt 2>/dev/null
export SOPS_AGE_KEY_FILE=$T/key.txt
to=$(sed -n 's/^# public key: //p' key.txt)

mkdir -p chart/templates
printf 'apiVersion: v2\nname: c\nversion: 0.1.0\n' >chart/Chart.yaml
printf 'out: {{ toJson .Values | b64enc }}\n' >chart/templates/out.yaml
values() { helm template x chart "$@" 2>"$T/helm.err" | sed -n 's/^out: //p' | base64 -d; }

# The same values below an encrypted and below a clear key.
cat >items <<'EOF'
- [yes, no, on, off, y, n, true, False, ~, null, "", "yes", "12", '~']
- [0777, 0o17, 0x1F, 0b11, 1_000, 12345_54321, 08, 1e3, 1.0, 1.50, .5, 1e21, 1e-7, 100000.0, 1234567.5, -0, 9007199254740993]
- [2001-01-01, 2001-12-14t21:59:43.10-05:00, 2001-01-01 1:2:3, "2001-01-01", 12:30, 190:20:30, 2001-02-30]
- ["0b-1", 0b-1, 0o-7, "1e3", 1e400, 0x, 1.2.3, 100Mi, =, a:b, x#y, "- x", "a: b", " x", "x ", "#c", "@a", "%b", "`c", "\U0001F600", "\t", "\x07", "é"]
- !!str 12
- !!int "12"
- !!float 3
- ! 12
- !foo 12
- !!binary aGVsbG8=
- {yes: 1, "no": 2, a: {}, b: []}
- "one\ntwo\n"
EOF
{ echo 'sealed:'; sed 's/^/  /' items; echo 'clear_unencrypted:'; sed 's/^/  /' items; } >plain.yaml
cat >>plain.yaml <<'EOF'
block: |
  one
   two

  three
kept: |+
  x

folded: >-
  a
  b
merge: &m {p: 1, q: 2}
into: {p: 0, <<: *m, q: 3}
EOF

for program in sops hubsecrets; do
	cp plain.yaml $program.yaml
	runs 0 "$program encrypts a layer" $program encrypt -i --age "$to" $program.yaml
	sops decrypt $program.yaml >decrypted.yaml 2>err
	ok $? "sops decrypts it" || note "$(cat err)"
	want=$(values -f decrypted.yaml)
	[ -n "$want" ]; ok $? "Helm takes the plain text" || note "$(cat "$T/helm.err")"
	runs 0 "hubmerge merges it" hubmerge -f $program.yaml -o merged.yaml
	is "$(values -f merged.yaml)" "$want" "into what sops and Helm see"
done

# Below a plain layer the same words are booleans.
values -f plain.yaml >plain.json
hubmerge -f plain.yaml -o merged.yaml 2>err
is "$(values -f merged.yaml)" "$(cat plain.json)" "the plain file is what Helm sees in it"
[ "$(cat plain.json)" != "$want" ]; ok $? "and that is something else"

printf '{"a": "yes", "b_unencrypted": [1.0, 1e3, "x"], "c": {"d": null}}\n' >layer.json
sops encrypt -i --age "$to" layer.json && sops decrypt layer.json >decrypted.json
runs 0 "a JSON file of sops is a layer, too" hubmerge -f layer.json -o merged.yaml
is "$(values -f merged.yaml)" "$(values -f decrypted.json)" "with the same values"
done_testing
