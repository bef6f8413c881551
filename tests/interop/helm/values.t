#!/bin/sh
# Real Helm makes the same values of our one file as of the layers.
. "${0%/*}/../../tap.sh"
needs helm

# A chart that prints its values; in place of the real one, whose subcharts would have to be fetched.
chart() {	# chart FOLDER [VALUES]
	mkdir -p "$1/templates"
	printf 'apiVersion: v2\nname: c\nversion: 0.1.0\n' >"$1/Chart.yaml"
	# In base64: a rendered file may not hold control characters.
	printf 'out: {{ toJson .Values | b64enc }}\n' >"$1/templates/out.yaml"
	[ $# -lt 2 ] || cp "$2" "$1/values.yaml"
}
values() { helm template x "$@" 2>"$T/helm.err" | sed -n 's/^out: //p' | base64 -d; }

# alike CLAIM CHART LAYER...: merged by Helm, and by hubmerge over the chart and without it.
alike() {
	what=$1 over=$2
	shift 2
	helm_args= hub_args=
	for layer; do helm_args="$helm_args -f $layer" hub_args="$hub_args -f $layer"; done
	want=$(values "$over" $helm_args)
	[ -n "$want" ] || { ok 1 "$what: Helm takes the layers"; note "$(cat "$T/helm.err")"; return; }
	hubmerge $hub_args --user-only -o user.yaml 2>err && is "$(values "$over" -f user.yaml)" "$want" "$what: the user form"
	hubmerge $hub_args --chart "$over" -o full.yaml 2>err && is "$(values "$over" -f full.yaml)" "$want" "$what: over the chart"
}

chart plain
cat >one.yaml <<'EOF'
a: {x: 1, l: [1, {k: null}], n: null, m: {deep: {er: 1}}}
b: &b {p: 1, q: 2}
c: {q: 0, <<: *b}
1: int key
yes: bool key
16777217.5: float key
EOF
cat >two.yaml <<'EOF'
a: {l: [], m: null, o: ~}
b: {q: null}
d: text
EOF
cat >three.yaml <<'EOF'
a: {m: {fresh: 1}}
"1": string key
EOF
alike "maps, lists and nulls" plain one.yaml two.yaml three.yaml
printf 'a: {x: 7, m: {deep: {er: 2}, gone: 1}, z: null}\nb: {r: 3}\nkeep: {this: [1, null]}\nnulls: {n: null, t: 1}\nglobal: {g: 1}\n' >defaults.yaml
chart over defaults.yaml
alike "over the defaults of a chart" over one.yaml two.yaml three.yaml
mkdir -p over/charts/sub && printf 'apiVersion: v2\nname: sub\nversion: 0.1.0\n' >over/charts/sub/Chart.yaml
printf 'k: {v: 1, w: null}\nglobal: {h: 2}\n' >over/charts/sub/values.yaml
printf 'sub: {k: {v: 2, u: null}, o: 1}\nother: 1\nglobal: {g: 1, h: {i: 1}}\n' >over/values.yaml
printf 'sub: {k: {w: 3}}\nglobal: {u: 5}\n' >sub.yaml
alike "over a chart with a subchart" over sub.yaml
printf 'other: 2\n' >other.yaml
alike "which the layers do not mention" over other.yaml
printf 'sub: {k: null}\n' >null.yaml
alike "or null" over null.yaml

cat >hard.yaml <<'EOF'
s: ["yes", "0777", "1e3", "null", "", "2001-01-01", "=", "<<", "---", "- x", "a: b", " x", "x #y", "~", "1_000", "12:30", "0x", "@a", "`b", "%c", "!d", "&e", "*f", "|", ">", "{", "[", "]", "}", ",", "#", "?", ":", "? a", ": a", "a:", "'", "\"", "\\", "{{ x }}"]
m: ["one\ntwo\n", "one\ntwo", "one\n\n", "\n", "\n\none", "  one\ntwo", "one\n  two", "\tone\ntwo", "one \ntwo", "one\n ", "---\nx\n", "a\r\nb", "x\u0085y\u2028z\u2029", "\a\b\e\0\x7F\x9F", "\uFEFFa", "a\uFEFF", "\U0001F600", "tab\there", "\u00e9\u00a0", " \n", "#\n#", "a\n#b: c\n"]
n: [0, -0, -0.0, 1, -1, 0777, 0o17, 0x1F, 0b11, 1_000, 08, 1.5, .5, 1., 1e3, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 9007199254740993, 18446744073709551615, 123456789012345678901234, 0.1, 100000000000000000000]
w: [yes, no, on, off, y, n, true, False, ~, null, Null]
t: [!!str 1, !!int "2", !!float 3, !!bool "on", !!binary aGVsbG8=, !!binary gICA, ! 12, !x 13, !!timestamp 2001-01-01, 2001-01-01 10:00:00]
k: {"": 1, "yes": 2, "1": 3, "null": 4, "a b": 5, "---": 6, "- ": 7, "?": 8, "a: b": 9, "#": 10, "\n": 11, "a\nb": 12, "<<": 13, "é": 14, "\U0001F600": 15, "\x7f": 16}
e: {m: {}, l: [], n: , d: [[], [[]], {}, [{}]]}
b:
  lit: |
    a
     b

    c
  keep: |+
    a

  fold: >-
    a
    b

    c
EOF
alike "hard texts, numbers and keys" plain hard.yaml

# --- real repositories: every hub in every environment
hubs=${HUBS:-$SHARED/data/hubs}
for repository in "$hubs"/*/; do
	[ -d "$repository/deployments" ] || continue
	name=$(basename "$repository") defaults=
	for defaults in "$repository"hub/values.yaml "$repository"*/values.yaml; do [ ! -f "$defaults" ] || break; done
	chart "$name" "$defaults"
	for config in "$repository"deployments/*/config; do
		hub=$(basename "$(dirname "$config")")
		for env in staging prod dev test sandbox; do
			[ -f "$config/$env.yaml" ] && [ "$hub" != common ] || continue
			set --
			for layer in "$repository"deployments/common/config/all.yaml "$config/common.yaml" "$config/$env.yaml"; do
				[ ! -f "$layer" ] || set -- "$@" -f "$layer"
			done
			want=$(values "$name" "$@")
			(cd "$repository" && hubmerge "$hub" "$env" --no-secrets --chart "$T/$name" -o "$T/full.yaml") 2>err
			[ -n "$want" ] && is "$(values "$name" -f full.yaml)" "$want" "$name $hub $env: Helm sees the same"
		done
	done
done
done_testing
