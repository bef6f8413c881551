#!/bin/sh
# What 'hubmerge check' prints for programs: JSON, and SARIF 2.1.0 as its rules have it.
. "${0%/*}/../../tap.sh"
needs python3

mkdir -p hub "deployments/a b%/config" deployments/two/config
echo 'name: hub' >hub/Chart.yaml
printf 'site: {enabled: true}\n' >hub/values.yaml
printf 'site:\n  enabeld: "\303\244 \\" \\\\ \\x07"\nnum: 9007199254740993\n"\342\202\254uro\\n": {x: 1}\n' >"deployments/a b%/config/prod.yaml"
printf 'site:\n  enabled: true\n' >deployments/two/config/prod.yaml
printf 'site: [\n' >deployments/two/config/dev.yaml

runs 1 "with --json the status is the same" hubmerge check --json
cp out json
runs 1 "and so it is with --sarif" hubmerge check --sarif --notes
cp out sarif
runs 2 "both at once are refused" hubmerge check --json --sarif
cat >look.py <<'END'
import json, re, sys, urllib.parse
found = json.load(open("json"))
log = json.load(open("sarif"))
claims = []
def ok(held, what):
    print("ok" if held else "not ok", "-", what)
ok(found["errors"] == 1 and found["warnings"] == 2, "JSON has the numbers of findings")
ok(len(found["findings"]) == 3 and all(f["level"] in ("error", "warning") for f in found["findings"]), "and no notes unless asked")
first = found["findings"][0]
ok((first["rule"], first["level"], first["file"], first["line"], first["column"], first["path"]) ==
   ("unknown-key", "warning", "deployments/a b%/config/prod.yaml", 2, 3, "site.enabeld"), "a finding has its rule, level and place")
ok("did you mean 'enabled'" in first["hint"], "and a hint")

# SARIF 2.1.0, the properties that we print: required ones, their types and their values (sections in brackets).
run, = log["runs"]
ok(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json"), "SARIF: version and schema [3.13]")
driver = run["tool"]["driver"]
ok(driver["name"] == "hubmerge" and isinstance(driver["version"], str), "a tool with a name [3.19]")
rules = driver["rules"]
ids = [r["id"] for r in rules]
ok(len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z]+(-[a-z]+)*", i) for i in ids), "rules with ids of their own [3.49.3]")
ok(all(r[k]["text"].strip() for r in rules for k in ("shortDescription", "fullDescription")), "each is described [3.49.9]")
ok(all(r["defaultConfiguration"]["level"] in ("note", "warning", "error") for r in rules), "and has a level [3.50]")
ok(run["columnKind"] == "unicodeCodePoints", "columns are code points [3.14.17]")
results = run["results"]
ok(len(results) >= 3, "there are results [3.14.23]")
ok(all(ids[r["ruleIndex"]] == r["ruleId"] for r in results), "ruleIndex and ruleId agree [3.27.6]")
ok(all(r["level"] in ("none", "note", "warning", "error") and r["message"]["text"] for r in results), "each has a level and a message [3.27]")
places = [l["physicalLocation"] for r in results for l in r["locations"]]
ok(len(places) == len(results), "and one place [3.27.12]")
uris = [p["artifactLocation"]["uri"] for p in places]
ok(all(re.fullmatch(r"[A-Za-z0-9/\-._~%]+", u) for u in uris) and
   "deployments/a b%/config/prod.yaml" in [urllib.parse.unquote(u) for u in uris], "URIs are escaped [3.10.1]")
ok(all(p["artifactLocation"]["uriBaseId"] == "%SRCROOT%" for p in places), "and relative to the sources [3.4.4]")
regions = [p["region"] for p in places if "region" in p]
ok(all(r["startLine"] >= 1 and r["startColumn"] >= 1 for r in regions) and regions, "lines and columns count from one [3.30]")
known = {"ruleId", "ruleIndex", "level", "message", "locations"}
ok(all(set(r) <= known for r in results) and set(run) <= {"tool", "columnKind", "results"} and
   set(log) <= {"$schema", "version", "runs"}, "nothing is there that SARIF does not have")
END
python3 look.py >claims 2>trouble || note "$(cat trouble)"
[ "$(grep -c . claims)" -eq 18 ]
ok $? "all of that was looked at"
while read -r line; do
	[ "${line%% -*}" = ok ]
	ok $? "${line#* - }"
done <claims

# The same from run to run, whatever the hash seed.
hubmerge check --json --notes >again1
hubmerge check --json --notes >again2
same again1 again2 "the output is the same from run to run"

done_testing
