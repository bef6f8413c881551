#!/bin/sh
# Ansible's collection community.sops with ours as its sops: lookups, filter, variables and the module that encrypts.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
command -v ansible-playbook >/dev/null || skip_all "ansible-playbook is not installed"
export ANSIBLE_HOME="$T/ansible" ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1
ansible-doc -t lookup community.sops.sops >doc 2>&1 || skip_all "the collection community.sops is not installed"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH

# The collection passes on only what it knows of the environment, and HOME.
mkdir -p .config/sops/age && cp age-1.txt .config/sops/age/keys.txt
printf 'token: s3cret\nport: 8000\nlist: [a, b]\nnested:\n  key: deep\n' >vars.sops.yaml
printf '{"key1": "value1", "n": 5}' >vars.sops.json
printf 'any\nbytes\n' >bytes.bin
for file in vars.sops.yaml vars.sops.json bytes.bin; do hubsecrets encrypt -i --age $AGE $file; done
cat >play.yml <<END
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - community.sops.load_vars: {file: vars.sops.yaml, name: loaded}
    - copy:
        dest: "$T/result.json"
        content: |
          {{ {
            "loaded": loaded,
            "lookup": lookup('community.sops.sops', 'vars.sops.yaml') | from_yaml,
            "extract": lookup('community.sops.sops', 'vars.sops.yaml', extract="['nested']['key']"),
            "json": lookup('community.sops.sops', 'vars.sops.json', input_type='json', output_type='json') | from_json,
            "binary": lookup('community.sops.sops', 'bytes.bin', input_type='binary', output_type='binary', rstrip=false),
            "filter": lookup('file', 'vars.sops.yaml', rstrip=false) | community.sops.decrypt(input_type='yaml', output_type='yaml') | from_yaml,
          } | to_json }}
    - community.sops.sops_encrypt: {path: "$T/made.sops.yaml", content_yaml: {a: 1, b: {c: x}}, age: ["$AGE", "$AGE2"]}
      register: first
    - community.sops.sops_encrypt: {path: "$T/made.sops.yaml", content_yaml: {a: 1, b: {c: x}}, age: ["$AGE", "$AGE2"]}
      register: second
    - community.sops.sops_encrypt: {path: "$T/made.sops.json", content_json: {key1: value1, key2: value2}, age: ["$AGE"], unencrypted_regex: '^key1\$'}
    - copy:
        dest: "$T/changed"
        content: "{{ first.changed }} {{ second.changed }}"
    - community.sops.load_vars: {file: plain.sops.yaml, name: none}
      register: refused
      ignore_errors: true
    - copy: {dest: "$T/refused", content: "{{ refused.msg }}"}
END
printf 'a: b\n' >plain.sops.yaml
ansible-playbook play.yml >out 2>&1
ok $? "the playbook runs" || sed 's/^/#   /' out
cat >check.py <<'END'
import json
r = json.load(open("result.json"))
want = {"token": "s3cret", "port": 8000, "list": ["a", "b"], "nested": {"key": "deep"}}
for name, value in (("loaded", want), ("lookup", want), ("filter", want), ("extract", "deep"), ("json", {"key1": "value1", "n": 5}), ("binary", "any\nbytes\n")):
    print(name, "is right" if r[name] == value else "is wrong: %r" % (r[name],))
END
python3 check.py >out 2>&1
is "$(cat out)" "loaded is right
lookup is right
filter is right
extract is right
json is right
binary is right" "all that it reads is right"
is "$(cat changed)" "True False" "the module that encrypts changes a file once"
is "$(hubsecrets decrypt --output-type json made.sops.yaml | tr -d '\t\n ')" '{"a":1,"b":{"c":"x"}}' "which is what was asked for"
is "$(grep -c recipient: made.sops.yaml)" 2 "for both recipients"
has made.sops.json '"key1": "value1"' "and with values in clear"
has refused "sops" "a file that is not encrypted is refused"
done_testing
