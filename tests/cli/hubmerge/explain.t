#!/bin/sh
# Where a value comes from: 'hubmerge explain', --annotate, and the other forms of the result.
. "${0%/*}/../../tap.sh"

mkdir -p hub/charts/sub deployments/one/config deployments/one/secrets
echo 'name: hub' >hub/Chart.yaml
echo 'name: sub' >hub/charts/sub/Chart.yaml
cat >hub/values.yaml <<'END'
jupyterhub:
  hub:
    db: {type: sqlite, pvc: {storage: 1Gi}}
  cmd: [start]
sub:
  only: here
END
cat >deployments/one/config/common.yaml <<'END'
jupyterhub:
  hub:
    replicas: 1
    text: |
      two
      lines
    empty: {}
  cmd: [start, now]
END
cat >deployments/one/config/prod.yaml <<'END'
jupyterhub:
  hub:
    replicas: 2
    db: null
END
cat >deployments/one/secrets/prod.yaml <<'END'
jupyterhub:
  hub:
    cookieSecret: top-secret-value
END

runs 0 "one value is explained" hubmerge explain --allow-plaintext one prod jupyterhub.hub.replicas
cat >want <<'END'
jupyterhub.hub.replicas: 2
    set in    deployments/one/config/prod.yaml:3:15
    replaces  deployments/one/config/common.yaml:3:15  1
END
same out want "with the layer that set it, and what it replaces"
runs 0 "so is a list" hubmerge explain --allow-plaintext one prod jupyterhub.cmd
has out 'replaces  hub/values.yaml:4:3  ["start"]' "down to the chart"
runs 0 "and an element of it" hubmerge explain --allow-plaintext one prod 'jupyterhub.cmd[1]'
has out 'jupyterhub.cmd[1]: "now"' "by its index"
runs 0 "a subtree is explained leaf by leaf" hubmerge explain --allow-plaintext one prod jupyterhub.hub
is "$(grep -c '^jupyterhub' out)" 5 "empty maps and nulls included"
has out 'jupyterhub.hub.text: "two\nlines\n"' "a text stays on one line"
has out "jupyterhub.hub.db: null" "a null is a value"
runs 0 "without a path all is" hubmerge explain --allow-plaintext one prod
has out "jupyterhub.hub.cookieSecret: (secret)" "secrets are masked"
hasnt out top-secret "and not shown"
runs 0 "--json" hubmerge explain --json --allow-plaintext one prod
hasnt out top-secret "has none of them either"
has out '{"path":"jupyterhub.hub.replicas","value":2,"file":"deployments/one/config/prod.yaml","line":3,"column":15,"replaces":[{"value":1,"file":"deployments/one/config/common.yaml","line":3,"column":15}]}' "and says the same"
has out '{"path":"jupyterhub.hub.cookieSecret","secret":true,"file":"deployments/one/secrets/prod.yaml","line":3' "that a value is secret included"
runs 0 "what --set gives has its origin, too" hubmerge explain --allow-plaintext --set jupyterhub.hub.replicas=3 one prod jupyterhub.hub.replicas
has out "set in    --set" "the option"

runs 1 "a path that a null removed is an error" hubmerge explain --allow-plaintext one prod jupyterhub.hub.db.type
has err "hub/values.yaml:3 sets it, but deployments/one/config/prod.yaml:4 replaces all of 'jupyterhub.hub.db'" "that says so"
runs 1 "a path with a slip is an error" hubmerge explain --allow-plaintext one prod jupyterhub.hub.replica
has err "did you mean 'replicas'?" "with the key that was meant"
runs 1 "a path that is left to Helm is an error" hubmerge explain --allow-plaintext one prod sub.only
has err "leaves 'sub' to Helm" "that says so"
runs 1 "a malformed path is an error" hubmerge explain --allow-plaintext one prod 'a[x'

# --- the result in other forms
runs 0 "--annotate" hubmerge --allow-plaintext --annotate one prod
cp out annotated
has annotated 'replicas: 2 # deployments/one/config/prod.yaml:3' "says beside each scalar where it was set"
has annotated '    text: | # deployments/one/config/common.yaml:4' "beside the head of a text"
has annotated '  # deployments/one/config/common.yaml:8' "and above a list"
hubmerge --allow-plaintext one prod >plain
runs 0 "what is annotated reads back" hubmerge -f annotated
same out plain "to the same values"
runs 0 "--format json" hubmerge --allow-plaintext --format json one prod
cp out values.json
if command -v python3 >/dev/null; then
	python3 -c 'import json; v = json.load(open("values.json")); exit(v["jupyterhub"]["hub"]["text"] != "two\nlines\n")'
	ok $? "is JSON"
else
	skip "python3 is not installed"
fi
runs 0 "which reads back" hubmerge -f values.json
same out plain "to the same values"
runs 2 "JSON has no comments" hubmerge --format json --annotate one prod
runs 2 "another format is refused" hubmerge --format toml one prod
printf '"\\u2028\\u0085\\x7f\\"\\\\": "\\n\\t\\u2029\\ufeff \\U0001F600"\nn: [1e300, -0.0, 12345678901234567]\n' >odd.yaml
hubmerge -f odd.yaml >plain 2>/dev/null
hubmerge -f odd.yaml --format json >odd.json 2>/dev/null
hubmerge -f odd.json >out 2>err
same out plain "what YAML takes for a line break is escaped"

done_testing
