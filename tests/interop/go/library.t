#!/bin/sh
# A program that uses the Go library of sops reads our files.  The library comes from the module cache, never from the network:
# GOMODCACHE and GOCACHE name other places than those below the user's own home.
home=$HOME
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v go >/dev/null || skip_all "go is not installed"
export GOMODCACHE="${GOMODCACHE:-${GOPATH:-$home/go}/pkg/mod}" GOCACHE="${GOCACHE:-$home/.cache/go-build}" GOFLAGS=-mod=mod GOPROXY=off GOSUMDB=off
[ -d "$GOMODCACHE/github.com/getsops/sops" ] || skip_all "the module github.com/getsops/sops is not in the cache"
mkdir reader && cp "$TOP/tests/interop/go/main.go" reader/
version=$(cd "$GOMODCACHE/cache/download/github.com/getsops/sops/v3/@v" && ls ./*.zip | sed 's/^..//; s/\.zip$//' | sort -V | tail -n 1)
printf 'module reader\n\ngo 1.24\n\nrequire github.com/getsops/sops/v3 %s\n' "$version" >reader/go.mod
(cd reader && go build -o ../read .) >build.log 2>&1 || { note "$(tail -n 3 build.log)"; skip_all "a program with the library of sops $version cannot be built here"; }
note "the library of sops $version"

printf '# head\ntoken: s3cret\nport: 8000 # beside\nlist: [a, {b: true}]\nratio: 1.5\nlast: |\n  two\n  lines\nflow: {a: word, b: 0x10}\n' >f.yaml
printf '{"token": "s3cret", "port": 8000, "list": ["a", {"b": true}], "ratio": 1.5, "nothing": null}' >f.json
printf '# c\nA=1\nB=x y\n' >f.env
printf '[s]\na = 1\nb = two words\n' >f.ini
printf 'any\nbytes\n' >f.bin
for file in f.*; do
	type=${file#f.}
	[ $type = env ] && type=dotenv
	[ $type = bin ] && type=binary
	hubsecrets encrypt --age $AGE $file >e.${file#f.} 2>/dev/null
	runs 0 "$type" ./read e.${file#f.} $type
	cp out theirs
	if command -v sops >/dev/null; then
		sops decrypt e.${file#f.} >want
		same theirs want "is what sops makes of it"
	else
		skip "sops is not installed"
	fi
	hubsecrets decrypt --output-type json e.${file#f.} | tr -d ' \t\n' >ours.json
	if [ $type = binary ]; then
		same theirs f.bin "the same bytes"
	else
		hubsecrets encrypt --age $AGE --filename-override n.${file#f.} <theirs 2>/dev/null >again
		hubsecrets decrypt --input-type $type --output-type json again | tr -d ' \t\n' >theirs.json
		same theirs.json ours.json "has the values that we read"
	fi
done
hubsecrets rotate -i e.yaml && hubsecrets set e.yaml '["token"]' '"new"' && hubsecrets groups add -i --age $AGE --file e.yaml
runs 0 "rotated, changed, in two groups" ./read e.yaml yaml
has out "token: new" "it is read as well"
sed 's/^\(token: ENC\[AES256_GCM,data:\)./\1_/' e.yaml >torn.yaml
runs 1 "torn" ./read torn.yaml yaml
done_testing
