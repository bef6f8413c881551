#!/bin/sh
# make bench: processor time beside the peers that are installed (sops, helm, rops, git-crypt, yq on PATH), in one run on one machine.
# Each row gives our time, the peer's, the ratio and the budget of the design (as a ratio), and the floor of a C program that does only
# the unavoidable work.  Nothing here fails: a figure is something to read.
#
#	BENCH_ROWS='decrypt merge'	only rows whose name contains one of these words
#	BENCH_RUNS=20			runs a figure (the median counts)
set -u
TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
RUNS=${BENCH_RUNS:-11}
ONLY=${BENCH_ROWS:-}
MEASURE=$BUILD/tests/bench/measure
FLOOR=$BUILD/tests/bench/floor
PATH=$BUILD/bin:$PATH
# Creating files on a busy disk hides what is measured.
for base in /dev/shm "${TMPDIR:-/tmp}"; do [ -d "$base" ] && [ -w "$base" ] && break; done
WORK=$(mktemp -d "$base/hub-bench.XXXXXX") || exit 1
trap 'kill $(cat "$WORK"/*.pid 2>/dev/null) 2>/dev/null; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM HUP
export HOME="$WORK" XDG_CONFIG_HOME="$WORK/.config" SOPS_DISABLE_VERSION_CHECK=1 LC_ALL=C.UTF-8 PATH
cd "$WORK" || exit 1

have() { command -v "$1" >/dev/null 2>&1; }
wanted() {
	[ -z "$ONLY" ] && return 0
	for word in $ONLY; do case "$1" in *"$word"*) return 0 ;; esac; done
	return 1
}

# cpu RUNS COMMAND...: "CPU WALL PEAK", or nothing when it fails.
cpu() { bench_runs=$1; shift; "$MEASURE" -n "$bench_runs" "$@" 2>>"$WORK/failures"; }

# row NAME BUDGET MEMORY_KIB FLOOR OURS PEER [COLUMN]: prints a line.  BUDGET is "12" (at least so many times less) or "<1" (below the peer);
# OURS, PEER and FLOOR are "CPU WALL PEAK"; COLUMN 1 is processor time, 2 wall time.
row() {
	[ -n "$5" ] || { printf '%-46s %s\n' "$1" "our program failed: see below"; return; }
	printf '%s\n%s\n%s\n' "$5" "${6:-}" "${4:-}" | awk -v name="$1" -v budget="$2" -v memory="$3" -v c="${7:-1}" '
		NR == 1 { ours = $c; mem = $3 } NR == 2 { peer = $c; peermem = $3 } NR == 3 { floor = $c }
		END {
			line = sprintf("%-46s %9.2f ms", name, ours)
			line = line (peer != "" ? sprintf(" %10.2f ms %7.1fx", peer, peer / ours) : sprintf(" %13s %8s", "no peer", ""))
			if (peer == "" || budget == "") verdict = ""
			else if (budget ~ /^</) verdict = peer / ours >= 1 / substr(budget, 2) ? "met" : "MISSED"
			else verdict = peer / ours >= budget ? "met" : "MISSED"
			line = line sprintf(" %7s %-6s", budget, verdict)
			line = line (floor != "" ? sprintf(" floor %8.2f", floor) : sprintf(" %14s", ""))
			line = line sprintf("  %6.1f MB", mem / 1024)
			if (memory != "") line = line (mem <= memory ? " (at most " : " (MORE THAN ") sprintf("%.0f)", memory / 1024)
			print line
		}'
}

title() { printf '\n%s\n%-46s %12s %13s %8s %7s\n' "$1" "" "ours" "peer" "ratio" "budget"; }

# values N: a YAML file of N values in maps of 50, every tenth a number, some comments.
values() {
	awk -v n="$1" 'BEGIN {
		srand(7)
		for (i = 0; i < n; i++) {
			if (i % 50 == 0) printf "section%05d:\n", i / 50
			if (i % 97 == 0) print "    # what follows was rotated last winter"
			if (i % 10 == 3) printf "    number%05d: %d\n", i, rand() * 1000000
			else { printf "    key%05d: ", i; for (k = 0; k < 32; k++) printf "%x", int(rand() * 16); print "" }
		}
	}'
}

# --- start-up ---------------------------------------------------------------------------------------------------------
have age-keygen && age-keygen >age.txt 2>/dev/null || { echo "age-keygen is needed" >&2; exit 1; }
export SOPS_AGE_KEY_FILE="$WORK/age.txt"
ROPS_AGE=$(grep ^AGE age.txt)
export ROPS_AGE
RECIPIENT=$(sed -n 's/^# public key: //p' age.txt)
peer_cpu() { have "$2" || return 0; bench_n=$1; shift; cpu "$bench_n" "$@"; }

printf 'processor time (user and system) of the whole process tree, median of %s runs; memory is that of the largest process\n' "$RUNS"
if wanted start-up; then
	title "start-up"
	# The floor is a program that is linked with the same libraries and does nothing.
	row "hubsecrets --version / sops" 12 "" "$(cpu 50 "$FLOOR")" "$(cpu 50 hubsecrets --version)" "$(peer_cpu 20 sops --version --disable-version-check)"
	[ -x "$BUILD-static/bin/hubsecrets" ] && row "the same, static" 25 "" "$(cpu 50 "$BUILD-static/tests/bench/floor")" \
		"$(cpu 50 "$BUILD-static/bin/hubsecrets" --version)" "$(peer_cpu 20 sops --version --disable-version-check)"
fi

# --- values of one file -----------------------------------------------------------------------------------------------
# N, RUNS, then the budgets: decrypt, encrypt, against rops, memory in KiB (none: six times the file), and those of a static build
# where they differ.
crypt() {
	values "$1" >"plain$1.yaml"
	hubsecrets encrypt --age "$RECIPIENT" "plain$1.yaml" >"enc$1.yaml" || return
	memory=${6:-$(($(wc -c <"enc$1.yaml") * 6 / 1024))}
	sops_d=$(peer_cpu "$2" sops decrypt "enc$1.yaml") sops_e=$(peer_cpu "$2" sops encrypt --age "$RECIPIENT" "plain$1.yaml")
	rops_d='' rops_e=''
	if have rops && rops encrypt -f yaml --age "$RECIPIENT" <"plain$1.yaml" >"rops$1.yaml" 2>/dev/null; then
		rops_d=$(cpu "$2" -i "rops$1.yaml" rops decrypt -f yaml)
		rops_e=$(cpu "$2" -i "plain$1.yaml" rops encrypt -f yaml --age "$RECIPIENT")
	fi
	for variant in "$BUILD" "$BUILD-static"; do
		[ -x "$variant/bin/hubsecrets" ] || continue
		label=$([ "$variant" = "$BUILD" ] || echo ", static")
		[ -z "$label" ] || [ $# -lt 7 ] || set -- "$1" "$2" "$7" "$7" "$8"
		floor=$(cpu "$2" "$variant/tests/bench/floor" "enc$1.yaml")
		ours_d=$(cpu "$2" "$variant/bin/hubsecrets" decrypt "enc$1.yaml")
		ours_e=$(cpu "$2" "$variant/bin/hubsecrets" encrypt --age "$RECIPIENT" "plain$1.yaml")
		row "decrypt $1 values / sops$label" "$3" "$memory" "$floor" "$ours_d" "$sops_d"
		row "encrypt $1 values / sops$label" "$4" "$memory" "$floor" "$ours_e" "$sops_e"
		row "decrypt $1 values / rops$label" "$5" "" "$floor" "$ours_d" "$rops_d"
		row "encrypt $1 values / rops$label" "$5" "" "$floor" "$ours_e" "$rops_e"
	done
}
if wanted decrypt || wanted encrypt; then
	title "decrypt and encrypt, age key"
	crypt 10 "$RUNS" 9 9 "" 6144 16 "<1"
	crypt 500 "$RUNS" 14 14 "<1" 6144
	crypt 5000 5 20 14 "<1" 12288
	crypt 50000 3 24 16 "<0.5"
fi
if wanted change; then
	title "change one value of 50,000"
	[ -e enc50000.yaml ] || { values 50000 >plain50000.yaml; hubsecrets encrypt --age "$RECIPIENT" plain50000.yaml >enc50000.yaml; }
	printf '#!/bin/sh\nsed -i "s/^    key00000: .*/    key00000: changed-$$/" "$1"\n' >editor.sh && chmod +x editor.sh
	export EDITOR="$WORK/editor.sh"
	for program in hubsecrets sops; do
		have $program || continue
		cp enc50000.yaml "set-$program.yaml"; cp enc50000.yaml "edit-$program.yaml"
	done
	PATH_IN='["section00000"]["key00000"]'
	row "set / sops" 20 "" "" "$(cpu 3 hubsecrets set set-hubsecrets.yaml "$PATH_IN" '"new"')" "$(peer_cpu 3 sops set set-sops.yaml "$PATH_IN" '"new"')"
	row "rotate / sops" 14 "" "" "$(cpu 3 hubsecrets rotate enc50000.yaml)" "$(peer_cpu 3 sops rotate enc50000.yaml)"
	row "edit / sops" 18 "" "" "$(cpu 3 hubsecrets edit edit-hubsecrets.yaml)" "$(peer_cpu 3 sops edit edit-sops.yaml)"
fi

# --- one hub ----------------------------------------------------------------------------------------------------------
if wanted merge; then
	title "one hub, secrets under an age key"
	cp -r "$TOP/testdata/demo" hub-repo && cd hub-repo || exit 1
	rm -f .sops.yaml
	hubsecrets encrypt -i --age "$RECIPIENT" deployments/data100/secrets/staging.yaml
	mkdir -p print/templates && cp hub/values.yaml print/ && printf 'apiVersion: v2\nname: print\nversion: 0.0.1\n' >print/Chart.yaml
	printf '{{ toYaml .Values }}\n' >print/templates/values.yaml
	cat >sops-helm.sh <<-'END'
		#!/bin/sh
		d=deployments/data100
		sops decrypt $d/secrets/staging.yaml | helm template x print -f $d/config/common.yaml -f $d/config/staging.yaml -f -
	END
	cat >rops-yq.sh <<-'END'
		#!/bin/sh
		d=deployments/data100
		rops decrypt -f yaml <$d/secrets/staging.rops.yaml >plain.yaml &&
		yq eval-all '. as $i ireduce ({}; . * $i)' hub/values.yaml $d/config/common.yaml $d/config/staging.yaml plain.yaml; rm -f plain.yaml
	END
	chmod +x sops-helm.sh rops-yq.sh
	peer=''
	have sops && have helm && peer=$(cpu 7 ./sops-helm.sh)
	row "hubmerge / sops + helm" 25 8192 "$(cpu 20 "$FLOOR" deployments/data100/secrets/staging.yaml)" "$(cpu 30 hubmerge data100 staging)" "$peer"
	[ -x "$BUILD-static/bin/hubmerge" ] && row "the same, static" 25 8192 "" "$(cpu 30 "$BUILD-static/bin/hubmerge" data100 staging)" "$peer"
	if have rops && have yq; then
		hubsecrets decrypt deployments/data100/secrets/staging.yaml >s.yaml
		rops encrypt -f yaml --age "$RECIPIENT" <s.yaml >deployments/data100/secrets/staging.rops.yaml 2>/dev/null
		row "hubmerge / rops + yq" 10 8192 "" "$(cpu 30 hubmerge data100 staging)" "$(cpu 7 ./rops-yq.sh)"
	fi
	cd "$WORK" || exit 1
fi

# --- AWS KMS, 50 ms a request -----------------------------------------------------------------------------------------
for part in "$TOP"/tests/bench/*.part; do
	[ -e "$part" ] || continue
	. "$part"
done

[ ! -s "$WORK/failures" ] || { printf '\nwhat failed:\n'; sort "$WORK/failures" | uniq -c; }
