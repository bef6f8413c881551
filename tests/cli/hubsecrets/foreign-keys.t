#!/bin/sh
# Files that also carry keys of services which we cannot ask yet: they open with another key, and keep those entries.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

GCP=projects/p/locations/global/keyRings/r/cryptoKeys/k
printf 'a: 1\nb: two\n' >plain.yaml
hubsecrets encrypt --age $AGE plain.yaml >age.yaml
sed '/^    lastmodified:/,$d' age.yaml >cloud.yaml
cat >entries <<E2
    azure_kv:
        - created_at: "2024-01-01T00:00:00Z"
          enc: AAAA
          name: k
          vault_url: https://v.vault.azure.net
          version: 0123456789abcdef
    gcp_kms:
        - created_at: "2024-01-01T00:00:00Z"
          enc: CiQAZZZZ
          resource_id: $GCP
    hc_vault:
        - created_at: "2024-01-01T00:00:00Z"
          enc: vault:v1:AAAA
          engine_path: transit
          key_name: k
          vault_address: https://vault.example.org:8200
    hckms:
        - created_at: "2024-01-01T00:00:00Z"
          enc: BBBB
          key_id: tr-west-1:abc-def
E2
cat entries >>cloud.yaml
sed -n '/^    lastmodified:/,$p' age.yaml >>cloud.yaml

# kept FILE CLAIM: all four entries are in it, byte for byte.
kept() { sed -n '/^    azure_kv:/,/key_id:/p' "$1" >found; same found entries "$2"; }
# there FILE CLAIM: sops reads it, where it is installed.
there() {
	command -v sops >/dev/null || { skip "sops is not installed"; return; }
	is "$(sops decrypt "$1" 2>&1)" "$(cat plain.yaml)" "$2"
}

runs 0 "such a file opens" hubsecrets decrypt cloud.yaml
same out plain.yaml "to its plaintext"
silent "in silence"
cp cloud.yaml file.yaml
runs 0 "a value is set" hubsecrets set file.yaml '["a"]' 2
kept file.yaml "and the entries stay"
runs 0 "and back" hubsecrets set file.yaml '["a"]' 1
there file.yaml "and sops reads it"

cp cloud.yaml file.yaml
runs 0 "the values are rotated" hubsecrets rotate -i file.yaml
has err "the data key stays: a new one cannot be wrapped for its key of type 'gcp_kms'" "under the same data key, which is said"
kept file.yaml "and the entries stay, as they are still good"
grep -F "$(grep '^a:' cloud.yaml)" file.yaml >/dev/null
is $? 1 "the ciphertext is another"
there file.yaml "sops reads it"
runs 0 "with a new recipient" hubsecrets rotate --add-age $AGE2 -i file.yaml
kept file.yaml "the entries stay, too"
SOPS_AGE_KEY_FILE=age-2.txt hubsecrets decrypt file.yaml >out
same out plain.yaml "and the new recipient reads"

cp cloud.yaml file.yaml
runs 1 "with a recipient to be removed it is refused" hubsecrets rotate -i --add-age $AGE2 --rm-age $AGE file.yaml
has err "cannot wrap the data key for '$GCP': keys of type 'gcp_kms' are not supported yet" "for who knows the data key would read on"
same file.yaml cloud.yaml "and the file is untouched"
ln -s "$BIN/hubsecrets" sops
runs 1 "under the name of sops it is refused, too" ./sops rotate -i file.yaml
same file.yaml cloud.yaml "and the file is untouched"
runs 0 "without these entries there is a new data key" hubsecrets rotate -i --rm-gcp-kms $GCP --rm-hckms tr-west-1:abc-def \
	--rm-azure-kv https://v.vault.azure.net/keys/k/0123456789abcdef --rm-hc-vault-transit https://vault.example.org:8200/v1/transit/keys/k file.yaml
silent "and no warning"
there file.yaml "which sops finds"

cp cloud.yaml file.yaml
printf 'creation_rules:\n  - age: [%s, %s]\n    gcp_kms: %s\n' $AGE $AGE2 $GCP >.sops.yaml
runs 0 "updatekeys keeps an entry that the rule has as well" hubsecrets updatekeys -y file.yaml
has file.yaml "enc: CiQAZZZZ" "as it is"
hasnt file.yaml hckms "and drops the others"
SOPS_AGE_KEY_FILE=age-2.txt hubsecrets decrypt file.yaml >out
same out plain.yaml "the new recipient reads"
runs 1 "a new file cannot be made for such a key" hubsecrets encrypt plain.yaml
has err "keys of type 'gcp_kms' are not supported yet" "which is named"

runs 128 "without another key there is no way in" env SOPS_AGE_KEY_FILE="$T/none" hubsecrets decrypt cloud.yaml
has err "  $GCP: keys of type 'gcp_kms' are not supported yet" "and each is named"
has err "hint: sops itself uses keys of such types" "with what to do"
is "$(hubsecrets filestatus cloud.yaml)" '{"encrypted":true}' "the status needs no key"
done_testing
