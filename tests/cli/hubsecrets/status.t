#!/bin/sh
# status: when files were changed and their keys made.  config show: what a file of that name would get.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
encrypted a <<'END'
x: secret
END
mkdir -p d/e && cp a.enc.yaml d/new.yaml && cp a.yaml d/clear.yaml
arn=arn:aws:kms:us-east-1:123456789012:key/1d2e3f40-5a6b-4c7d-8e9f-0a1b2c3d4e5f
# As sops would write it, a year and more ago.
sed -e "s/^ *lastmodified: .*/    lastmodified: \"2024-03-01T10:00:00Z\"/" -e "s|^sops:|&\n    kms:\n        - arn: $arn\n          created_at: \"2023-12-24T00:00:00Z\"\n          enc: AQ==\n          aws_profile: \"\"|" a.enc.yaml >d/e/old.yaml

unset SOPS_AGE_KEY_FILE
runs 0 "status" hubsecrets status d/new.yaml
is "$(cat out | sed 's/[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/DATE/')" "d/new.yaml: changed DATE, 0 days ago
    age $AGE (without a date)" "says what the file knows, without a key"
runs 0 "of a folder" hubsecrets status --recursive d
is "$(grep -c changed out)" 2 "of what is encrypted in it"
has out "d/e/old.yaml: changed 2024-03-01, " "with dates"
has out "    kms $arn since 2023-12-24, " "of keys, too"
runs 0 "nothing too old" hubsecrets status --older-than 90d d/new.yaml
runs 1 "something too old" hubsecrets status --older-than 26w -R d
is "$(grep -c OLD out)" 2 "is marked: the time of the last change, and of the key"
runs 1 "a year" hubsecrets status --older-than 1y -R d
runs 0 "a hundred years" hubsecrets status --older-than 100y -R d
runs 1 "for programs" hubsecrets status --older-than 90d --json -R d
has out '"path":"d/e/old.yaml","lastmodified":"2024-03-01T10:00:00Z","days":' "the same"
has out "\"type\":\"kms\",\"key\":\"$arn\",\"created_at\":\"2023-12-24T00:00:00Z\"" "with keys"
has out '"old":true' "and judgement"
! command -v python3 >/dev/null || python3 -c 'import json, sys; json.load(open(sys.argv[1]))' out; ok $? "as JSON"
for age in 5 x 0d -1d 5dd 99999999999d ''; do
	hubsecrets status --older-than "$age" d/new.yaml >out 2>err
	got=$?
	case $age in 5) want=0 ;; *) want=2 ;; esac
	is $got $want "--older-than '$age'"
done
runs 2 "a file that is not encrypted" hubsecrets status d/clear.yaml d/new.yaml
has err "d/clear.yaml: sops metadata not found" "is told"
has out "d/new.yaml: changed" "the other one is shown"
runs 2 "no file" hubsecrets status

# config show
runs 1 "config show without a configuration" hubsecrets config show x.yaml
has err "config file not found" "says so"
cat >.sops.yaml <<END
creation_rules:
  - path_regex: \\.env\$
    age: $AGE
    encrypted_regex: ^(KEY|PASS)
    mac_only_encrypted: true
  - path_regex: ^shared/
    shamir_threshold: 2
    key_groups:
      - age: [$AGE]
      - age: [$AGE2]
      - kms: [{arn: "$arn", role: "arn:aws:iam::123456789012:role/r"}]
END
runs 0 "config show" hubsecrets config show a.env
is "$(cat out)" "a.env
    type: dotenv
    rule: 1 of $T/.sops.yaml, line 2, path_regex \\.env\$
    recipients: any one
        age $AGE
    selection: encrypted_regex ^(KEY|PASS)
    MAC: over encrypted values" "says which rule, keys and selection"
runs 0 "with groups" hubsecrets config show shared/b.json
has out "    recipients: 2 of 3 groups" "how many are needed"
has out "      group 3: any one" "each of them"
has out "        kms $arn+arn:aws:iam::123456789012:role/r" "and what is in it"
runs 0 "for programs" hubsecrets config show --json a.env shared/b.json
has out '"rule":{"index":0,"line":2,"path_regex":"\\.env$"},"groups":[[{"type":"age","key":"'"$AGE"'"}]],"shamir_threshold":0,"selection":{"encrypted_regex":"^(KEY|PASS)"},"mac_only_encrypted":true}' "the same"
has out '"shamir_threshold":2' "of all files"
! command -v python3 >/dev/null || python3 -c 'import json, sys; json.load(open(sys.argv[1]))' out; ok $? "as JSON"
runs 1 "a file that no rule matches" hubsecrets config show other.yaml
has err "no matching creation rules found" "is told"
runs 1 "something else than show" hubsecrets config list a.env
has err "usage: hubsecrets config show FILE" "is told"
runs 1 "show what?" hubsecrets config show
done_testing
