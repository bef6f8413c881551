# For shell tests that encrypt (after tap.sh): two age keys that are published on purpose.
#
# $AGE and $AGE2 are recipients, age-1.txt and age-2.txt their identities; SOPS_AGE_KEY_FILE names the first.

AGE=age1vkenxd082m72pgllqcgyd63jdccc7hg8sv442hjj9gt4de96dcxsy5nzqj
cp "$TOP/testdata/sops/age/key.txt" age-1.txt
AGE2=age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks
echo AGE-SECRET-KEY-10U6FSH5C8ULH5NUF8C4MP2L203ENLD73X8SYPW4D2T53NJUU493QE34U0X >age-2.txt
SOPS_AGE_KEY_FILE=$T/age-1.txt
export SOPS_AGE_KEY_FILE

# encrypted NAME [OPTION...]: the file NAME.yaml from standard input, and encrypted beside it as NAME.enc.yaml.
encrypted() {
	tap_name=$1
	shift
	cat >"$tap_name.yaml"
	hubsecrets encrypt --age $AGE "$@" "$tap_name.yaml" >"$tap_name.enc.yaml" 2>"$tap_name.notes" || note "$(cat "$tap_name.notes")"
}
