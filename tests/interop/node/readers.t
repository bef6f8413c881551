#!/bin/sh
# Packages for node, where NODE_PATH or a folder above finds them: sops-wrapper runs sops, and throws at any word on standard error;
# sops-age reads our files by itself.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v node >/dev/null || skip_all "node is not installed"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
printf '{"token": "s3cret", "port": 8000, "list": ["a", {"b": true}], "ratio": 1.5, "nothing": null}' >f.json
printf 'token: s3cret\nport: 8000\n# a comment\nlist: [a, {b: true}]\nratio: 1.5\nlast: |\n  two\n  lines\n' >f.yaml
printf 'A=1\nB=x y\n' >f.env
for file in f.*; do hubsecrets encrypt --age $AGE $file >e.${file#f.}; done
want_json='{"token":"s3cret","port":8000,"list":["a",{"b":true}],"ratio":1.5,"nothing":null}'

if node -e "require('sops-wrapper')" 2>/dev/null; then
	cat >wrapper.js <<'END'
const { execSops, decryptSops } = require('sops-wrapper');
console.log(execSops(['--version']).split('\n')[0]);
console.log(JSON.stringify(decryptSops('e.json')));
console.log(JSON.stringify(decryptSops('e.yaml').last));
END
	runs 0 "sops-wrapper" node wrapper.js
	is "$(cat out)" "sops 3.13.2
$want_json
\"two\\nlines\\n\"" "reads what ours prints"
else
	skip "sops-wrapper is not installed"
fi

# An ES module alone is looked for from the file on, not in NODE_PATH.
for folder in $(echo "${NODE_PATH:-}" | tr : ' '); do [ ! -d "$folder/sops-age" ] || ln -s "$folder" node_modules; done
if [ -d node_modules/sops-age ]; then
	cat >age.mjs <<'END'
import { decryptSops } from "sops-age";
for (const path of process.argv.slice(2))
	console.log(JSON.stringify(await decryptSops({ path })));
END
	runs 0 "sops-age" node age.mjs e.json e.yaml e.env
	is "$(cat out)" "$want_json
{\"token\":\"s3cret\",\"port\":8000,\"list\":[\"a\",{\"b\":true}],\"ratio\":1.5,\"last\":\"two\\nlines\\n\"}
{\"A\":\"1\",\"B\":\"x y\"}" "reads our files, but for INI, which it does not know"
	runs 0 "after a change" sh -c "hubsecrets set e.yaml '[\"token\"]' '\"new\"' && hubsecrets rotate -i e.yaml && node age.mjs e.yaml"
	has out '"token":"new"' "it reads them as well"
else
	skip "sops-age is not installed"
fi
done_testing
