#!/bin/sh
# Fuzzes each target for SECONDS_EACH seconds with libFuzzer under ASan and UBSan, in a build tree of its own.
#
#	tests/fuzz/run.sh [TARGET...]
#
# New inputs go to $BUILD/corpus; what crashes is copied to testdata/fuzz/TARGET, where "make check" replays it.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-$PWD/build-fuzz} SECONDS_EACH=${SECONDS_EACH:-60} CLANG=${CLANG:-clang}
command -v "${CLANG##* }" >/dev/null || { echo "fuzzing needs clang" >&2; exit 1; }

[ $# -gt 0 ] || set -- $(ls tests/fuzz/*.c | sed 's|.*/||; s|\.c$||' | grep -v '^driver$')
# Coverage everywhere, a main() of libFuzzer's in the targets alone.
make --no-print-directory -j"$(nproc)" BUILD="$BUILD" CC="$CLANG" SANITIZE=address,undefined \
	CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' $(printf "$BUILD/tests/fuzz/%s.fuzz " "$@") || exit 1

failed=0
for target; do
	seeds=testdata/fuzz/$target
	mkdir -p "$BUILD/corpus/$target" "$BUILD/found/$target" "$seeds"
	printf '%-20s ' "$target"
	if "$BUILD/tests/fuzz/$target.fuzz" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$BUILD/found/$target/" "$BUILD/corpus/$target" "$seeds" >"$BUILD/found/$target.log" 2>&1; then
		sed -n 's/^stat::number_of_executed_units: *\(.*\)/\1 inputs, nothing found/p' "$BUILD/found/$target.log"
	else
		failed=1
		echo "FOUND something, see $BUILD/found/$target.log"
		cp "$BUILD/found/$target"/* "$seeds"/ 2>/dev/null
	fi
done
exit $failed
