#!/bin/sh
# However a value is written, it alone changes: block scalars, CRLF, lists in brackets, numbers; what is empty is not there; what
# other places share is refused.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

git init -q repo && cd repo || exit 255
layer=deployments/one/secrets/prod.yaml
mkdir -p deployments/one/config deployments/one/secrets && echo 'a: 1' >deployments/one/config/prod.yaml
echo 'deployments/*/secrets/** filter=git-crypt diff=git-crypt' >.gitattributes
hubcrypt init 2>/dev/null
masked() { sed 's/[0-9a-f]\{64\}/HEX/' "$1"; }
# becomes NAME BEFORE AFTER WORD...: texts for printf
becomes() {
	edits_name=$1 edits_after=$3
	printf "$2" >$layer
	shift 3
	hubrotate one prod "$@" --force >"$T/out" 2>"$T/err" || note "$(cat "$T/err")"
	printf "$edits_after" >"$T/wanted"
	masked $layer >"$T/got"
	same "$T/got" "$T/wanted" "$edits_name"
}
# refused NAME BEFORE TEXT WORD...
refused() {
	edits_name=$1 edits_text=$3
	printf "$2" >$layer && cp $layer "$T/wanted"
	shift 3
	runs 1 "$edits_name: refused" hubrotate one prod "$@" --force
	has "$T/err" "$edits_text" "$edits_name: with the reason"
	same $layer "$T/wanted" "$edits_name: unchanged"
}

becomes "CRLF" 'proxy:\r\n  secretToken: abc # x\r\nz: 1\r\n' 'proxy:\r\n  secretToken: "HEX" # x\r\nz: 1\r\n' proxy-token
becomes "no line end" 'proxy:\n  secretToken: abc' 'proxy:\n  secretToken: "HEX"' proxy-token
becomes "a byte order mark" '\357\273\277proxy:\n  secretToken: abc\n' '\357\273\277proxy:\n  secretToken: "HEX"\n' proxy-token
becomes "a block scalar" 'proxy:\n  secretToken: |\n    abc\n  z: 1\n' 'proxy:\n  secretToken: "HEX"\n  z: 1\n' proxy-token
becomes "a block scalar at the end" 'proxy:\n  secretToken: |\n    abc\n' 'proxy:\n  secretToken: "HEX"\n' proxy-token
becomes "a folded one with a comment" 'proxy:\n  secretToken: >-  # c\n    abc\n    def\n\n  z: 1\n' \
	'proxy:\n  secretToken: "HEX" # c\n\n  z: 1\n' proxy-token
becomes "a plain one over two lines" 'proxy:\n  secretToken: abc\n    def # k\n  z: 1\n' 'proxy:\n  secretToken: "HEX" # k\n  z: 1\n' proxy-token
becomes "a number" 'proxy:\n  secretToken: 123 # k\n' 'proxy:\n  secretToken: "HEX" # k\n' proxy-token
becomes "in braces" '{proxy: {secretToken: abc}, z: 1}\n' '{proxy: {secretToken: "HEX"}, z: 1}\n' proxy-token
becomes "keys that are no plain words" 'hub:\n  services:\n    y.z: {api_token: b}\n' 'hub:\n  services:\n    y.z: {api_token: "HEX"}\n' \
	service-token y.z

keys='hub:\n  config:\n    CryptKeeper:\n      keys:'
becomes "a list with CRLF" "hub:\r\n  config:\r\n    CryptKeeper:\r\n      keys:\r\n      - a\r\n" \
	"hub:\r\n  config:\r\n    CryptKeeper:\r\n      keys:\r\n      - \"HEX\"\r\n      - a\r\n" crypt-keeper
becomes "block scalars in a list" "$keys\n      - |\n        a\n      - b\n" "$keys\n      - \"HEX\"\n      - |\n        a\n      - b\n" crypt-keeper
becomes "block scalars in a list, pruned" "$keys\n      - |\n        a\n      - >-\n        b\nz: 1\n" "$keys\n      - |\n        a\nz: 1\n" \
	crypt-keeper --prune
becomes "comments, pruned" "$keys\n      # 1\n      - a # 2\n      # 3\n      - b # 4\n      # 5\n" "$keys\n      # 1\n      - a # 2\n      # 5\n" \
	crypt-keeper --prune
becomes "no line end, pruned" "$keys\r\n      - a\r\n      - b" "$keys\r\n      - a" crypt-keeper --prune
becomes "a list in brackets" "$keys [-a, b] # c\n" "$keys [\"HEX\", -a, b] # c\n" crypt-keeper
becomes "a list in brackets, pruned" "$keys [-a, b] # c\n" "$keys [-a] # c\n" crypt-keeper --prune
becomes "brackets over several lines" "$keys [\n        a, # one\n        b, # two\n      ]\n" \
	"$keys [\n        \"HEX\", a, # one\n        b, # two\n      ]\n" crypt-keeper
becomes "brackets over several lines, pruned" "$keys [\n        a, # one\n        b, # two\n      ]\n" "$keys [\n        a, # one\n      ]\n" \
	crypt-keeper --prune
hasnt "$T/out" "drop the old keys" "who has pruned is not told to"
has "$T/out" "auth state that only an old key opens is gone" "but what it means"
becomes "a single key, pruned" "$keys\n      - a\n" "$keys\n      - a\n" crypt-keeper --prune
has "$T/out" "stays as it is: it has one key only" "is told"
hubrotate one prod crypt-keeper --prune --force --json >"$T/out"
has "$T/out" '"changed":false,"why":"it has one key only"' "also as JSON"

refused "an empty text" 'proxy:\n  secretToken: ""\n' "no layer holds a proxy-token" proxy-token
refused "an empty list" "$keys []\n" "no layer holds a crypt-keeper" crypt-keeper
becomes "an empty text where the chart looks first" 'hub:\n  config:\n    ConfigurableHTTPProxy: {auth_token: ""}\nproxy:\n  secretToken: abc\n' \
	'hub:\n  config:\n    ConfigurableHTTPProxy: {auth_token: ""}\nproxy:\n  secretToken: "HEX"\n' proxy-token
refused "a map" 'proxy:\n  secretToken: {a: 1}\n' "'proxy.secretToken' is no string" proxy-token
refused "a map that an alias stands for" 'x: &m\n  secretToken: abc\nproxy: *m\n' "shares its value with another place" proxy-token
refused "a map that is merged in" 'x: &m\n  proxy:\n    secretToken: abc\n<<: *m\n' "shares its value with another place" proxy-token
printf -- '---\nproxy:\n  secretToken: abc\n---\nq: 1\n' >$layer
runs 1 "what the versions of Helm read differently is refused" hubrotate one prod proxy-token --force
has "$T/err" "--helm 3 or --helm 4" "with what to do"
runs 1 "with it, too, when the file holds more than one document" hubrotate one prod proxy-token --force --helm 4
has "$T/err" "holds more than one document" "with the reason"
printf '%%YAML 1.1\n---\nproxy:\n  secretToken: abc\n' >$layer
runs 1 "a directive is refused" hubrotate one prod proxy-token --force
runs 0 "what --helm decides" hubrotate one prod proxy-token --force --helm 3

# --- under sops
rm .gitattributes
printf 'proxy:\n  secretToken: abc\nz: zz\n' >$layer
hubsecrets encrypt --age $AGE --encrypted-regex '^z$' -i $layer && cp $layer "$T/wanted"
runs 1 "a file whose rules leave the value in clear is refused" hubrotate one prod proxy-token --force
has "$T/err" "the rules of '$layer' leave this value in clear" "with the reason"
same $layer "$T/wanted" "and stays as it is"
printf 'proxy:\n  secretToken: |\n    abc\nz: zz\n' >$layer
hubsecrets encrypt --age $AGE -i $layer
runs 0 "a block scalar in a file of sops" hubrotate one prod proxy-token --force
is "$(hubsecrets decrypt $layer | sed 's/[0-9a-f]\{64\}/HEX/')" "$(printf 'proxy:\n  secretToken: "HEX"\nz: zz')" "is rotated"
printf '{"proxy":{"secretToken":"abc"},"z":1}' >$layer
hubsecrets encrypt --age $AGE -i --input-type json --output-type json $layer
runs 0 "JSON in a layer of that name" hubrotate one prod proxy-token --force
is "$(hubsecrets decrypt $layer | tr -d ' \t\n' | sed 's/[0-9a-f]\{64\}/HEX/')" '{"proxy":{"secretToken":"HEX"},"z":1}' "is rotated, too"

# --- in clear
printf 'proxy:\n  secretToken: abc\n' >$layer
runs 1 "a layer in clear is refused" hubrotate one prod proxy-token --force
has "$T/err" "--allow-plaintext" "with what to do"
runs 0 "and --allow-plaintext does that" hubrotate one prod proxy-token --force --allow-plaintext
is "$(masked $layer)" "$(printf 'proxy:\n  secretToken: "HEX"')" "in place"
done_testing
