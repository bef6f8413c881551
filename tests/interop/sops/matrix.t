#!/bin/sh
# Each format, each type of key, each command: what real sops wrote is read here and, where sops is installed, what is written here is read
# by sops.  The recordings need no sops (testdata/sops/matrix).
. "${0%/*}/../../tap.sh"
needs gpg
. "$TOP/tests/kms.sh"

CASES=$TOP/testdata/sops/matrix
export SOPS_AGE_KEY_FILE="$CASES/../age/key.txt"
AGE=$(sed -n 's/^# public key: //p' "$SOPS_AGE_KEY_FILE")
OTHER=age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks
ARN=arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
mkdir -m 700 gnupg && export GNUPGHOME="$T/gnupg"
at_exit 'gpgconf --homedir "$T/gnupg" --kill all 2>/dev/null'
gpg --batch --quiet --import "$CASES/pgp-secret.asc" 2>/dev/null
PGP=$(gpg --batch --with-colons --list-keys 2>/dev/null | sed -n 's/^fpr:::::::::\([0-9A-F]*\):.*/\1/p' | head -n 1)
[ -n "$PGP" ]; ok $? "there is a PGP key"
cp -R "$CASES/kms" kms && chmod -R u+rwX kms
kms_start
recipient() {
	case $1 in
	age) echo --age "$AGE" ;;
	pgp) echo --pgp "$PGP" ;;
	kms) echo --kms "$ARN" ;;
	esac
}
# An escape that was not needed comes back as the character: the one spelling that may differ.
spelled() { sed 's/\\U0001F511/🔑/' "$1"; }
same_text() { [ "$(spelled "$1" | cksum)" = "$(spelled "$2" | cksum)" ] || { why="$3 differs: $(diff "$1" "$2" | head -5)"; return 1; }; }

# Paths of a value that is there and of one that is not, a value for it, and what stands for it in the plain text
paths() {
	case $1 in
	yaml) there='["map"]["list"][0]' new='["map"]["fresh"]' json='"n\u00e9w"' ;;
	json) there='["map"]["list"][0]' new='["map"]["fresh"]' json='{"x": [1, "y"]}' ;;
	env) there='["STRING"]' new='["FRESH"]' json='"new value"' ;;
	ini) there='["section"]["number"]' new='["other"]["fresh"]' json='"new value"' ;;
	bin) there= ;;
	esac
}
printf '#!/bin/sh\nsed -i "s/one word/other words/; s/any bytes/other bytes/" "$1"\n' >editor && chmod +x editor
export EDITOR="$T/editor"

# change PROGRAM COMMAND FILE: one command on an encrypted file
change() {
	case $2 in
	edit) "$1" edit "$3" ;;
	rotate) "$1" rotate -i --add-age $OTHER "$3" ;;
	updatekeys) "$1" --config rules updatekeys -y "$3" ;;
	set) [ -z "$there" ] || "$1" set "$3" "$new" "$json" ;;
	unset) [ -z "$there" ] || "$1" unset "$3" "$there" ;;
	esac >"$T/out" 2>"$T/err" || { why="$1 $2: $(head -3 "$T/err")"; return 1; }
}
# In place, so that the type goes by the name; sops takes "bin" for binary as we do.
reads() { "$1" decrypt "$2" >"$3" 2>"$T/err" || { why="$1 decrypt: $(head -3 "$T/err")"; return 1; }; }

for format in yaml json env ini bin; do
	paths $format
	for key in age pgp kms; do
		runs 0 "$format, $key: what sops wrote" hubsecrets decrypt "$CASES/sealed/$key.$format"
		same out "$CASES/expected/file.$format" "$format, $key: is read as sops reads it"
		# shellcheck disable=SC2046
		hubsecrets encrypt $(recipient $key) "$CASES/plain/file.$format" >"ours.$key.$format" 2>err || note "$(cat err)"
		hubsecrets decrypt "ours.$key.$format" >got 2>err
		same got "$CASES/plain/file.$format" "$format, $key: what is encrypted here comes back"
		# What follows starts from one text, spelled as sops prints it.
		# shellcheck disable=SC2046
		hubsecrets encrypt $(recipient $key) "$CASES/expected/file.$format" >"ours.$key.$format" 2>err || note "$(cat err)"
		printf 'creation_rules:\n- %s: "%s"\n  age: %s\n' $key "$(recipient $key | cut -d' ' -f2)" $OTHER >rules
		[ $key != age ] || printf 'creation_rules:\n- age: "%s,%s"\n' $AGE $OTHER >rules
		for command in edit rotate updatekeys set unset; do
			why=
			cp "$CASES/sealed/$key.$format" theirs.$format && cp "ours.$key.$format" mine.$format
			change hubsecrets $command theirs.$format && change hubsecrets $command mine.$format &&
				reads hubsecrets theirs.$format a && reads hubsecrets mine.$format b && same_text a b "the result of $command"
			ok $? "$format, $key: $command here, on either's file" || note "$why"
		done
		if ! command -v sops >/dev/null; then
			skip "$format, $key: sops is not installed"
			continue
		fi
		why=
		reads sops "ours.$key.$format" got && same_text got "$CASES/expected/file.$format" "what sops reads"
		ok $? "$format, $key: sops reads what is encrypted here" || note "$why"
		for command in edit rotate updatekeys set unset; do
			why=
			cp "$CASES/sealed/$key.$format" theirs.$format && cp "ours.$key.$format" mine.$format && cp mine.$format both.$format
			change hubsecrets $command theirs.$format && change sops $command mine.$format && change hubsecrets $command both.$format &&
				reads sops theirs.$format a && reads hubsecrets mine.$format b && reads sops both.$format c &&
				same_text a b "the result of $command" && same_text a c "the result of $command"
			ok $? "$format, $key: $command, read by the other" || note "$why"
		done
	done
done
done_testing
