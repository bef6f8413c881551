#!/bin/sh
# New tokens and keys, in the layer that supplies the effective value, and nothing else changed.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

mkdir repo && cd repo || exit 255
cp -R "$TOP/testdata/demo/." . && rm -f .sops.yaml && git init -q .
secrets=deployments/data100/secrets/staging.yaml
cat >>$secrets <<'END'
  # kept
  extra: [1, 2] # beside
END
for file in deployments/data100/secrets/*.yaml; do hubsecrets encrypt --age $AGE -i $file 2>/dev/null || exit 255; done
git add . && git commit -qm first
value() { hubsecrets decrypt --extract "$1" $secrets; }
hex64() { printf %s "$1" | grep -qxE '[0-9a-f]{64}'; }
# others: every line of the file that git shows as changed, by its key
changed() { git diff -U0 -- "${1:-$secrets}" | sed -n 's/^[+] *\([A-Za-z_-]*\):.*/\1/p' | grep -v lastmodified | sort | tr '\n' ' '; }
committed() { git commit -qam "${1:-next}"; }

# --- proxy token
cp $secrets ../before
hubsecrets decrypt $secrets >../plain-before
runs 0 "the proxy token is rotated" hubrotate data100 staging proxy-token
has "$T/out" "jupyterhub.proxy.secretToken, $secrets:" "the place is told"
has "$T/out" "nobody is logged out" "and what it means"
silent "and nothing else"
token=$(value '["jupyterhub"]["proxy"]["secretToken"]')
hex64 "$token"; ok $? "it has 64 hex digits"
hasnt "$T/out" "$token" "the value is not shown"
is "$(changed)" "mac secretToken " "only its line, the time and the MAC changed"
hubsecrets decrypt $secrets | grep -q "^    secretToken: \"$token\"\$"; ok $? "it is quoted"
hubsecrets decrypt $secrets | sed 's/secretToken:.*/X/' >../a; sed 's/secretToken:.*/X/' ../plain-before >../b
same ../a ../b "the plain text is the same but for that"
is "$(git status --porcelain)" " M $secrets" "one file changed"
runs 1 "a file with uncommitted changes is refused" hubrotate data100 staging proxy-token
has "$T/err" "has changes that are not committed" "with the reason"
has "$T/err" "--force" "and what to do"
runs 0 "--force rotates on top of them" hubrotate data100 staging proxy-token --force
[ "$(value '["jupyterhub"]["proxy"]["secretToken"]')" != "$token" ]; ok $? "to another value"
committed

# --- cookie secret, service token
runs 0 "the cookie secret" hubrotate data100 staging cookie-secret
is "$(changed)" "cookieSecret mac " "is the only value that changed"
has "$T/out" "everybody has to log in again" "users are told of"
committed
runs 0 "a service token" hubrotate data100 staging service-token metrics
is "$(changed)" "apiToken mac " "is the only value that changed"
committed
runs 1 "an unknown service is refused" hubrotate data100 staging service-token nothing
has "$T/err" "no layer holds a token of the service 'nothing'" "with its name"

# --- dry run, JSON, all
cp $secrets ../before
runs 0 "a dry run" hubrotate data100 staging all --dry-run
has "$T/out" "would get a new value" "says what would be done"
has "$T/out" "crypt-keeper is in no layer" "and what there is not"
same ../before $secrets "and does nothing"
runs 0 "JSON" hubrotate data100 staging all --json
jq -e 'length == 3 and all(.[]; .changed and .file == "'$secrets'" and .encryption == "sops" and (.line > 0))' "$T/out" >/dev/null 2>&1 ||
	{ ! command -v jq >/dev/null && grep -q '^\[{"hub":"data100","environment":"staging","secret":"proxy-token",' "$T/out"; }
ok $? "lists what was done" || note "$(cat "$T/out")"
is "$(changed)" "apiToken cookieSecret mac secretToken " "all of them changed, and nothing else"
committed

# --- the effective place
hubsecrets set $secrets '["jupyterhub"]["hub"]["config"]["ConfigurableHTTPProxy"]["auth_token"]' '"abc"' && committed
runs 0 "where hub.config has a proxy token" hubrotate data100 staging proxy-token
is "$(changed)" "auth_token mac " "that one is rotated"
committed
sed -i 's/^jupyterhub:/&\n  proxy: {secretToken: in-clear}/' deployments/data100/config/common.yaml
hubsecrets unset deployments/data100/secrets/prod.yaml '["jupyterhub"]["proxy"]["secretToken"]'
git add . && committed
runs 1 "a value of a public layer is refused" hubrotate data100 prod proxy-token
has "$T/err" "comes from a layer that anybody can read: deployments/data100/config/common.yaml:" "with its place"
has "$T/err" "hubsecrets set" "and what to do"
is "$(git status --porcelain)" "" "nothing was changed"
hubsecrets unset deployments/data100/secrets/prod.yaml '["jupyterhub"]["hub"]["cookieSecret"]' && committed
runs 1 "a value that is absent is refused" hubrotate data100 prod cookie-secret
has "$T/err" "no layer holds a cookie-secret" "with the reason"
has "$T/err" "the cluster keeps one of its own" "and what there is instead"

# --- CryptKeeper
cat >../keys <<'END'
#!/bin/sh
sed -i 's/^    config:/&\n      CryptKeeper:\n        # newest first\n        keys:\n          - "aaaa"   # old\n          - bbbb/' "$1"
END
chmod +x ../keys
EDITOR=$PWD/../keys hubsecrets edit $secrets; committed
runs 0 "a CryptKeeper key" hubrotate data100 staging crypt-keeper
hubsecrets decrypt $secrets | sed -n '/keys:/,/Canvas/p' >../list
is "$(sed -n '2s/[0-9a-f]\{64\}/HEX/p' ../list)" '          - "HEX"' "is put first"
is "$(sed -n 3,4p ../list)" "$(printf '          - "aaaa"   # old\n          - bbbb')" "and the old ones are kept"
committed
new=$(value '["jupyterhub"]["hub"]["config"]["CryptKeeper"]["keys"][0]')
runs 0 "--prune" hubrotate data100 staging crypt-keeper --prune
is "$(hubsecrets decrypt $secrets | sed -n '/keys:/,/Canvas/p' | grep -c '^ *- ')" 1 "drops the old ones"
is "$(value '["jupyterhub"]["hub"]["config"]["CryptKeeper"]["keys"][0]')" "$new" "and keeps the first"
committed
runs 2 "--prune is for keys alone" hubrotate data100 staging proxy-token --prune

# --- words
runs 2 "without a secret nothing is rotated" hubrotate data100 staging
has "$T/err" "proxy-token, cookie-secret, crypt-keeper, service-token NAME or all" "and the choices are told"
runs 1 "an unknown hub" hubrotate data10 staging all
has "$T/err" "data100" "a near name is told"

# --- how old
GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' hubrotate data100 staging proxy-token >/dev/null
GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' git commit -qam old
hubrotate data100 staging cookie-secret >/dev/null && committed
runs 0 "--age" hubrotate data100 staging proxy-token --age
has "$T/out" "since 2020-01-01, commit $(git rev-parse HEAD~1 | cut -c 1-10)" "tells when it was rotated, not when the file changed"
hubrotate data100 staging proxy-token >/dev/null
runs 0 "--age of a value that is not committed" hubrotate data100 staging proxy-token --age
has "$T/out" "is not committed" "says so"

done_testing
