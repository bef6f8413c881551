#!/bin/sh
# The house rules that a machine can check: who includes whom, where third-party headers appear, what each executable
# needs, and functions that nobody calls.
. "${0%/*}/tap.sh"
cd "$TOP" || exit 255

# --- who includes whom ---------------------------------------------------------------------------------------------------

# includes FOLDER PATTERN: lines of FOLDER's sources that include a file of ours which PATTERN does not allow.
includes() {
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" | grep -vE "include[[:space:]]*\"($2)" >"$T/found"
	[ ! -s "$T/found" ]
	ok $? "$1 includes only what is below it" || note "$(cat "$T/found")"
}
includes base 'base/'
includes crypto '(crypto|base)/'
includes kms '(kms|crypto|base)/'
includes gitfilter '(gitfilter|crypto|base)/'
includes yamlmerge '(yamlmerge|base)/'
includes sops '(sops|yamlmerge|crypto|base)/|kms/(request|client)\.h"'
includes cmd '(cmd|sops|gitfilter|kms|yamlmerge|crypto|base)/'

# A program's folder is its own.
for folder in cmd/*/; do
	name=$(basename "$folder")
	grep -rnE --include='*.[ch]' '^#include "cmd/[^"]*/' "$folder" | grep -vF "\"cmd/$name/" >"$T/found"
	[ ! -s "$T/found" ]
	ok $? "cmd/$name includes no other program's files" || note "$(cat "$T/found")"
done

# gitfilter and sops meet in one place.
for file in $(grep -rlE --include='*.[ch]' '^#include "gitfilter/' cmd); do
	! grep -q '^#include "sops/' "$file" || echo "$file"
done | grep -v '^cmd/layer_io\.c$' >"$T/found"
[ ! -s "$T/found" ]
ok $? "sops and gitfilter meet in cmd/layer_io.c alone" || note "$(cat "$T/found")"

# --- third-party headers -------------------------------------------------------------------------------------------------

# foreign HEADER PLACES: every file that includes <HEADER...> is one of PLACES.
foreign() {
	grep -rlE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*<$1" base crypto kms gitfilter yamlmerge sops cmd |
		grep -vE "^($2)\$" >"$T/found"
	[ ! -s "$T/found" ]
	ok $? "<$1> is included only where style says" || note "$(cat "$T/found")"
}
foreign 'openssl/' 'crypto/[a-z0-9_]*\.c'
foreign 'sodium' '(base/secret|crypto/[a-z0-9_]*)\.c'
foreign 'yaml\.h' 'yamlmerge/yaml_[a-z]*\.c'
foreign 'pcre2' 'sops/regex\.c'
foreign 'curl/' 'kms/http\.c'
foreign 'jansson' 'kms/json\.c'
foreign 'git2' 'gitfilter/(repo|merge)\.c'
foreign 'microhttpd' 'kms/server_http\.c'
foreign 'nghttp2' 'cmd/hubsecrets-keyservice/[a-z0-9_]*\.c'

# --- what each executable needs (design D6) ------------------------------------------------------------------------------

allowed() {
	case $1 in
	hubcrypt) echo 'crypto|sodium' ;;
	hubsecrets|hubmerge|hubrotate) echo 'crypto|sodium|yaml-0|pcre2-8' ;;
	hubkeys) echo 'curl|jansson|crypto|sodium' ;;
	hubcrypt-admin) echo 'git2|crypto|sodium' ;;
	hubcrypt-textconv) echo 'none' ;;
	hubsecrets-keyservice) echo 'nghttp2|crypto|sodium' ;;
	hubkms) echo 'microhttpd|jansson|crypto|sodium' ;;
	*) echo 'none' ;;
	esac
}
libc='linux-vdso|ld-linux[-a-z0-9_]*|ld-musl[-a-z0-9_]*|libc|libm|libpthread|libdl|librt'
for program in "$BIN"/* "$LIBEXEC"/*; do
	[ -f "$program" ] || continue
	name=${program##*/}
	readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$T/needed"
	if grep -qa '__asan_init\|__ubsan_handle' "$program"; then
		skip "$name is built with a sanitizer"
		continue
	fi
	grep -vE "^($libc)\.so|^lib($(allowed "$name"))\.so" "$T/needed" >"$T/found"
	[ ! -s "$T/found" ] && [ -s "$T/needed" ]
	ok $? "$name needs no library but those of its row" || note "$(cat "$T/found")"
done

# --- functions that nobody calls -----------------------------------------------------------------------------------------

# never FUNCTIONS REASON
never() {
	grep -rnE --include='*.[ch]' "(^|[^A-Za-z0-9_.>])($1)[[:space:]]*\(" base crypto kms gitfilter yamlmerge sops cmd |
		grep -vE ':[[:space:]]*(/?\*|//)' >"$T/found"
	[ ! -s "$T/found" ]
	ok $? "$2" || note "$(cat "$T/found")"
}
never 'strcpy|strcat|stpcpy|sprintf|vsprintf|gets|scanf|sscanf|strtok' 'no function writes without knowing the room'
never 'system|popen|wordexp' 'no shell is started'
never 'atoi|atol|atoll|strtol|strtoul|strtoll|strtoull' 'text becomes a number through base/num.h'
never 'tmpnam|mktemp|tempnam|tmpfile' 'temporary files are made by base/'
never 'dlopen|dlsym' 'nothing is loaded at run time'
never 'alloca|setjmp|longjmp' 'no stack tricks'
grep -rnE --include='*.c' '(^|[^A-Za-z0-9_])(exit|abort|perror|puts|printf|fputs)[[:space:]]*\(|fprintf\((stderr|stdout)' base crypto kms gitfilter \
	yamlmerge sops | grep -vE ':[[:space:]]*(/?\*|//)' >"$T/found"
[ ! -s "$T/found" ]
ok $? "libraries never print and never exit" || note "$(cat "$T/found")"

# --- files ---------------------------------------------------------------------------------------------------------------

# A unit test is found by the name of what it tests; those that go by another begin with a file's name.
for test in tests/unit/*/*.c; do
	file=${test#tests/unit/}
	stem=${file%.c}
	case $stem in *_vectors|*_folds|*_testkit) continue ;; esac	# of recorded cases
	[ -e "$file" ] || [ -e "$stem.h" ] || ls "${stem%%_*}".* >/dev/null 2>&1 || echo "$test"
done >"$T/found"
[ ! -s "$T/found" ]
ok $? "every unit test tests a file" || note "$(cat "$T/found")"

for target in tests/fuzz/*.c; do
	name=$(basename "$target" .c)
	[ "$name" = driver ] || [ -n "$(ls "testdata/fuzz/$name" 2>/dev/null)" ] || echo "$name"
done >"$T/found"
[ ! -s "$T/found" ]
ok $? "every fuzz target has a corpus" || note "$(cat "$T/found")"

if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files | tr '\n' '\0' | xargs -0 grep -lIE '/(work|farm|root|home/[a-z]+)/' 2>/dev/null | grep -vE '^(testdata/|tests/layering\.t)' >"$T/found"
	[ ! -s "$T/found" ]
	ok $? "no file names a path of one machine" || note "$(cat "$T/found")"
else
	skip "not a git repository"
fi

done_testing
