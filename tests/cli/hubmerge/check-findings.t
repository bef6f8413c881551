#!/bin/sh
# Each mistake that 'hubmerge check' knows, made once in a repository without any.
. "${0%/*}/../../tap.sh"

mkdir -p hub deployments/one/config deployments/one/secrets deployments/two/config deployments/two/secrets
cat >hub/Chart.yaml <<'END'
name: hub
END
cat >hub/values.yaml <<'END'
site:
  enabled: true
  title: a hub
jupyterhub:
  hub:
    config:
      Pagination:
        default_per_page: 100
  singleuser:
    extraEnv:
      SHELL: /bin/bash
END
for hub in one two; do
	cat >deployments/$hub/config/common.yaml <<'END'
site:
  title: something
jupyterhub:
  hub:
    nodeSelector:
      pool: core
    loadRoles:
      staff:
        scopes: [admin-ui]
        groups: [staff]
  singleuser:
    memory:
      limit: 4G
    extraVolumes: [{name: home}]
END
	for env in staging prod; do
		cat >deployments/$hub/config/$env.yaml <<END
jupyterhub:
  ingress:
    enabled: true
    hosts:
      - $hub-$env.example.org
END
		cat >deployments/$hub/secrets/$env.yaml <<END
jupyterhub:
    hub:
        cookieSecret: ENC[AES256_GCM,data:AAAA,iv:$hub$env,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]
sops:
    age:
        - recipient: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun
          enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            -----END AGE ENCRYPTED FILE-----
    lastmodified: "2026-01-01T00:00:00Z"
    mac: ENC[AES256_GCM,data:AAAA,iv:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]
    unencrypted_suffix: _unencrypted
    version: 3.9.0
END
	done
done
cp -r deployments clean
common=deployments/one/config/common.yaml
staging=deployments/one/config/staging.yaml
reset() { rm -rf deployments && cp -r clean deployments; }
# find WORDS CLAIM: the check fails and says so.
finds() {
	hubmerge check one >"$T/out" 2>"$T/err"
	tap_got=$?
	[ $tap_got -eq 1 ] && grep -qF -e "$1" "$T/out"
	ok $? "$2" || { note "exit status $tap_got"; sed 's/^/#   /' "$T/out" "$T/err"; }
	reset
}
# The same for a note, which is no failure.
notes() {
	hubmerge check --notes one >"$T/out" 2>"$T/err"
	tap_got=$?
	[ $tap_got -eq 0 ] && grep -qF -e "$1" "$T/out"
	ok $? "$2" || { note "exit status $tap_got"; sed 's/^/#   /' "$T/out" "$T/err"; }
	reset
}

runs 0 "a repository without mistakes gives none" hubmerge check
[ ! -s out ]
ok $? "and nothing is printed of it" || note "$(cat out)"
has err "0 errors, 0 warnings" "but for the count"

# --- keys
sed -i 's/nodeSelector/nodeSelecter/' $common
finds "$common:5:5: warning: 'jupyterhub.hub.nodeSelecter'" "a key one letter off, and where"
sed -i 's/nodeSelector/nodeSelecter/' $common
finds "did you mean 'nodeSelector'" "what it was probably meant to be"
sed -i 's/title/tilte/' $common
finds "did you mean 'title', as in hub/values.yaml:3" "a key of the chart's own values with two letters swapped"
sed -i 's/scopes/scope/' $common
finds "did you mean 'scopes'" "a key below a name of the user's own"
sed -i 's/guarantee/x/; s/limit: 4G/limits: 4G/' $common
finds "did you mean 'limit'" "a plural"
cat >>$common <<'END'
    nodeSelectr: {pool: user}
    nodeSelector: {pool: user}
END
hubmerge check one >out 2>err
ok $? "two keys side by side are both meant" || note "$(cat out)"
reset
sed -i 's/^  singleuser:/  cull: {enabled: true}\n&/' $common
hubmerge check one >out 2>err
ok $? "a setting of JupyterHub that no other hub has is known" || note "$(cat out)"
reset
sed -i 's/^    memory:/    storage: {tpye: static}\n&/' $common
finds "did you mean 'type'" "and one letter off it is found all the same"
cat >>$common <<'END'
  extraVolumes: []
END
finds "'jupyterhub.extraVolumes': no other layer or chart knows 'extraVolumes' at this level [misplaced-key]" "a subtree one level too high"
sed -i 's/^    loadRoles:/    visitors: {scopes: [self], groups: [guests]}\n&/' $common
finds "misplaced-key" "a role one level too high, though nobody knows its name"
sed -i 's/^    memory:/    cpu: {memory: {limit: 4G}}\n&/' $common
finds "should it stand one level up?" "a subtree one level too low"
sed -i 's/^    memory:/    frobnicate: true\n&/' $common
notes "[undeclared-key]" "a key that no version of the chart has is a note"
sed -i 's/^    memory:/    memory: {guarantee: 1G}\n&/' $common
finds "'memory' is in this map twice, first in line 12" "a key twice in a map"

# --- schema
cat >hub/values.schema.json <<'END'
{"type": "object", "properties": {"site": {"$ref": "#/$defs/site"}, "jupyterhub": {"type": "object"}},
 "$defs": {"site": {"type": "object", "additionalProperties": false,
  "properties": {"enabled": {"type": "boolean"}, "title": {"type": "string"}, "motto": {"type": "string"}}}}}
END
sed -i 's/title/motot/' $common
finds "did you mean 'motto'" "a key that only the chart's schema knows"
sed -i 's/title/owner/' $common
finds "the chart's values.schema.json does not allow the key 'owner' here [refused-key]" "a key that the schema refuses is an error"
sed -i 's/title: something/title: [a]/' $common
finds "error: 'site.title': the chart takes a scalar here, and this is a list [wrong-kind]" "a value of a kind that the schema refuses"
sed -i 's/title: something/enabled: "false"/' $common
finds "the chart takes a boolean here, and this is a string [wrong-kind]" "a boolean in quotes, too"
rm hub/values.schema.json
sed -i 's/^    memory:/    events: "false"\n&/' $common
notes "the chart takes a boolean here, and this is a string [wrong-kind]" "of what is known without a schema it is a note"

# --- subcharts
mkdir -p hub/charts/mailer
echo 'name: mailer' >hub/charts/mailer/Chart.yaml
printf 'smtp:\n  server: x\n  port: 25\n' >hub/charts/mailer/values.yaml
printf 'mailer:\n  smtp:\n    sevrer: y\n' >>$common
finds "did you mean 'server', as in hub/charts/mailer/values.yaml:2" "a key of an unpacked subchart"
printf 'global:\n  region: eu\n' >>hub/charts/mailer/values.yaml
printf 'global:\n  regoin: us\n' >>$common
finds "did you mean 'region', as in hub/charts/mailer/values.yaml:5" "a global of a subchart, which is set at the top"
rm -r hub/charts

# --- secrets
rm deployments/one/secrets/prod.yaml
finds "[secrets-missing]" "a secrets layer that other environments have is missing"
printf 'jupyterhub:\n  hub:\n    cookieSecret: 0123456789abcdef\n' >deployments/one/secrets/prod.yaml
finds "deployments/one/secrets/prod.yaml: error: this secrets layer is in clear [secrets-plaintext]" "a secrets layer in clear"
hasnt out 0123456789abcdef "and the secret is not shown"
sed -i 's/^        cookieSecret.*/&\n        apiToken: 0123456789abcdef/' deployments/one/secrets/prod.yaml
finds "deployments/one/secrets/prod.yaml:4:19: error: 'apiToken': this value is in clear" "a value in clear in an encrypted file"
hasnt out 0123456789abcdef "and it is not shown either"
sed -i 's/^    loadRoles:/    cookieSecret: "0123456789abcdef"\n&/' $common
finds "'cookieSecret' is in clear in a layer that is not encrypted [secrets-plaintext]" "a token in a public layer"
sed -i 's/title: something/title: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]/' $common
finds "[encrypted-value]" "an encrypted value in a file without keys"

# --- values
sed -i 's/title: something/title: "{{ .Values.name }}"/' $common
finds "[template]" "a template of Helm"
printf '  hub:\n    config:\n' >>$staging
finds "this null removes 1 setting of hub/values.yaml: Pagination.default_per_page [null-wipes]" "a bare key that wipes a map of the chart, and what goes"
printf '  hub:\n    config: null\n' >>$staging
notes "[null-wipes]" "a null that is written is a note"
printf '  hub:\n    nodeSelector: core\n' >>$staging
finds "a string takes the place of the map in $common:5 [kind-changed]" "a value of another kind"
sed -i 's/^    memory:/    cmd: [start]\n&/' $common
printf '  singleuser:\n    cmd: start\n' >>$staging
notes "a string takes the place of the list in $common:12 [kind-changed]" "where the chart takes either kind it is a note"
sed -i 's/title: something/title: yes/' $common
finds "Helm reads 'yes' as true [boolean-word]" "a word that is a boolean in YAML 1.1"
sed -i 's/title: something/enabled: on/' $common
notes "Helm reads 'on' as true [boolean-word]" "where a boolean is meant it is a note"
sed -i 's/title: something/title: 9007199254740993/' $common
finds "Helm rounds this integer to a double [rounded-number]" "an integer beyond 2^53"
sed -i 's/^    memory:/    image: {name: a, tag: 1234e56}\n&/' $common
finds "[rounded-number]" "a tag of digits with an e"
sed -i 's/^    memory:/    image: {name: registry:5000\/a}\n&/' $common
notes "has no tag in any layer [untagged-image]" "an image without a tag"
printf '  singleuser:\n    extraVolumes: [{name: a}, {name: b}]\n' >>$staging
notes "a list of 2 takes the place of the list of 1 in $common:14 [list-replaced]" "a list that replaces another, with both lengths"
printf '  singleuser:\n    memory: {limit: 4G}\n' >>$staging
notes "$common:13 says the same [repeated-value]" "a value that is so already"
printf 'apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Secret\n' >deployments/one/config/nfs.yaml
notes "a manifest, not a layer of values [unused-layer]" "a manifest beside the layers"
echo '# nothing yet' >deployments/one/config/staging.yaml
notes "a layer without values [unused-layer]" "a layer without values"
printf 'a: [\n' >$staging
finds "$staging:" "a layer that cannot be read is a finding"
printf 'a: 1\n---\nb: 2\n' >$staging
finds "[broken-layer]" "and so is one that the versions of Helm read differently"

# --- the chart's own values
cp hub/values.yaml values
sed -i 's/singleuser/singelusr/; s/extraEnv/exrtaEnv/; s/singelusr/singleuser/' hub/values.yaml
runs 1 "the chart's own values are looked at" hubmerge check
has out "hub/values.yaml:10:5: warning: 'jupyterhub.singleuser.exrtaEnv'" "for slips, too"
runs 0 "but not when a hub is named" hubmerge check one
mv values hub/values.yaml

# --- what is locked
for env in staging prod; do
	printf '\0GITCRYPT\0abcdefghijklxxxx%s' $env >deployments/one/secrets/$env.yaml
done
notes "deployments/one/secrets/prod.yaml: note: encrypted by git-crypt" "a layer that is locked is a note"
for env in staging prod; do
	printf '\0GITCRYPT\0abcdefghijklxxxxsame' >deployments/one/secrets/$env.yaml
done
finds "its secrets are those of deployments/one/secrets/prod.yaml, all of them [secrets-equal]" "two of the same content have the same ciphertext"
reset
cp deployments/one/secrets/prod.yaml deployments/one/secrets/staging.yaml
finds "deployments/one/secrets/staging.yaml:3:23: warning: 1 value is that of deployments/one/secrets/prod.yaml, ciphertext and all" "a value that was copied"
rm deployments/one/secrets/*
notes "the secrets folder of hub 'one' is empty" "an empty folder may be a submodule"

# --- equal tokens, which only a clone that git-crypt unlocked shows
if command -v git >/dev/null; then
	git init -q . && printf 'secrets/** filter=git-crypt\ndeployments/*/secrets/** filter=git-crypt\n' >.gitattributes
	for env in staging prod; do
		printf 'jupyterhub:\n  hub:\n    cookieSecret: 0123456789abcdef\n' >deployments/one/secrets/$env.yaml
	done
	finds "have the same secret here: deployments/one/secrets/prod.yaml:3 [secrets-equal]" "one token for two environments"
	hasnt out 0123456789abcdef "which is not shown"
	rm -rf .git .gitattributes
else
	skip "git is not installed"
fi

# --- accepting
sed -i 's/    nodeSelector:/    nodeSelecter:  # hubmerge: allow unknown-key/' $common
runs 0 "a comment on the line accepts a finding" hubmerge check one
has err "1 finding accepted" "which is counted"
reset
sed -i 's/^    nodeSelector:/    # hubmerge: allow unknown-key, template\n    # (as upstream spells it)\n    nodeSelecter:/' $common
runs 0 "a comment above the line does, too" hubmerge check one
reset
sed -i 's/    nodeSelector:/    nodeSelecter:  # hubmerge: allow template/' $common
runs 1 "one that names another rule does not" hubmerge check one
reset

# --- whose findings
sed -i 's/nodeSelector/nodeSelecter/' deployments/two/config/common.yaml
runs 0 "findings of other hubs are not shown" hubmerge check one
runs 1 "unless nobody asks for a hub" hubmerge check
reset
sed -i 's/hosts/hostz/' deployments/one/config/prod.yaml
runs 0 "nor those of other environments" hubmerge check one staging
runs 1 "but those of this one" hubmerge check one prod
reset
runs 2 "a hub that there is not is no finding" hubmerge check three
runs 2 "nor is an environment" hubmerge check one night
mkdir empty
(cd empty && hubmerge check >"$T/out" 2>"$T/err")
is $? 2 "a folder without hubs is not taken for one without mistakes"

done_testing
