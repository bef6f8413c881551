#!/bin/sh
# PGP keys through gpg: subkeys, several recipients, keys that cannot be used, an agent that cannot ask; and sops reads what we
# write, and we what it writes, where it is installed.
. "${0%/*}/../../tap.sh"
needs gpg

# A short path: the agent's socket is in this folder.
export GNUPGHOME="$T/g"
mkdir -m 700 "$GNUPGHOME"
echo 's2k-count 65536' >"$GNUPGHOME/gpg-agent.conf"	# else the agent measures the machine, which takes seconds
at_exit 'GNUPGHOME="$T/g" gpgconf --kill all >/dev/null 2>&1; GNUPGHOME="$T/e" gpgconf --kill all >/dev/null 2>&1'
# key NAME [EXPIRY [USAGE]]
key() {
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1@example.org" ed25519 sign "${2:-never}" 2>/dev/null || skip_all "gpg makes no key"
	[ "${3:-}" = sign ] || gpg --batch --quiet --passphrase '' --quick-add-key "$(fpr "$1")" cv25519 encr "${2:-never}" 2>/dev/null || skip_all "gpg makes no subkey"
}
# fpr NAME [N]: the N-th fingerprint of a key
fpr() { gpg --list-keys --with-colons "$1@example.org" 2>/dev/null | awk -F: '/^fpr/ { print $10 }' | sed -n "${2:-1}p"; }
key one
key two
key short seconds=1
key revoked
key signs never sign
ONE=$(fpr one) TWO=$(fpr two) SUB=$(fpr one 2)
sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(fpr revoked).rev" | gpg --batch --quiet --import 2>/dev/null
printf 'a: 1\nb:\n  - "x"\n' >plain.yaml

for peer in hubsecrets sops; do
	command -v $peer >/dev/null || { skip "$peer is not installed"; continue; }
	for reader in hubsecrets sops; do
		command -v $reader >/dev/null || continue
		[ $peer$reader != sopssops ] || continue
		for recipients in "$ONE,$TWO" "$SUB!" "$TWO"; do
			$peer encrypt --pgp "$recipients" plain.yaml >sealed.yaml 2>err || note "$(cat err)"
			$reader decrypt --output-type json sealed.yaml 2>err | tr -d ' \t\n' >json
			is "$(cat json)" '{"a":1,"b":["x"]}' "$reader reads what $peer wrote for $(echo "$recipients" | tr -d 0-9A-F | sed 's/^,$/two keys/; s/^!$/a subkey/; s/^$/a key/')" ||
				note "$(cat err)"
		done
	done
done

hubsecrets encrypt --pgp "$(echo "$ONE" | sed 's/..../& /g')" plain.yaml >sealed.yaml
has sealed.yaml "fp: $ONE" "blanks in a fingerprint are dropped"
gpg --batch --quiet --yes --delete-secret-keys "$ONE" 2>/dev/null
hubsecrets encrypt --pgp "$ONE,$TWO" plain.yaml >sealed.yaml
runs 0 "the second key opens what the first does not" hubsecrets decrypt sealed.yaml
same out plain.yaml "to the plaintext"
silent "in silence"

# refused STATUS FINGERPRINT WORDS CLAIM
refused() {
	runs 1 "$3" hubsecrets encrypt --pgp "$1" plain.yaml
	has err "$2" "with the reason"
	same out /dev/null "and nothing is written"
}
while gpg --list-keys --with-colons short@example.org 2>/dev/null | grep -q '^pub:[^e]'; do sleep 0.2; done
refused "$(fpr short)" "OpenPGP key '$(fpr short)' has expired" "a key that has expired is refused"
refused "$(fpr revoked)" "OpenPGP key '$(fpr revoked)' is revoked" "so is one that is revoked"
refused "$(fpr signs)" "OpenPGP key '$(fpr signs)' cannot be used to encrypt" "one that only signs"
refused 0123456789ABCDEF0123456789ABCDEF01234567 "gpg has no usable public key '0123456789ABCDEF0123456789ABCDEF01234567'" "one that gpg does not know"
has err "gpg --import" "with what to do"
refused one@example.org "'one@example.org' is not an OpenPGP fingerprint" "and a name in place of a fingerprint"
refused "$TWO,$(fpr revoked)" "is revoked" "one bad recipient of two stops everything"

# Reading without the key, without gpg, with a gpg that is broken.
export GNUPGHOME="$T/e"
mkdir -m 700 "$GNUPGHOME"
runs 128 "without a secret key" hubsecrets decrypt sealed.yaml
has err "  $ONE: gpg has no secret key" "each key is named with the reason"
has err "hint: import the secret key" "and what to do is said"
export GNUPGHOME="$T/g"
runs 128 "without gpg" env SOPS_GPG_EXEC=/nonexistent/gpg hubsecrets decrypt sealed.yaml
has err "gpg cannot be run" "it is named"
has err "SOPS_GPG_EXEC" "with what to do"
printf '#!/bin/sh\necho broken >&2\nexit 3\n' >broken && chmod +x broken
runs 128 "with one that is broken" env SOPS_GPG_EXEC="$T/broken" hubsecrets decrypt sealed.yaml
has err "gpg cannot decrypt: broken" "its own words are told"
printf '#!/bin/sh\nexec gpg "$@"\n' >other && chmod +x other
runs 0 "SOPS_GPG_EXEC names another program" env SOPS_GPG_EXEC="$T/other" hubsecrets decrypt sealed.yaml

# A key under a passphrase, and who is asked for it.
printf 'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519\nName-Email: locked@example.org\nPassphrase: secret\n%%commit\n' |
	gpg --batch --quiet --gen-key 2>/dev/null
hubsecrets encrypt --pgp "$(fpr locked)" plain.yaml >locked.yaml
# agent WHAT: a program that answers for the user
agent() {
	printf '#!/bin/sh\necho OK ready\nwhile read -r word rest; do case $word in\nGETPIN) %s ;;\nBYE) echo OK; exit ;;\n*) echo OK ;;\nesac; done\n' "$1" >pinentry
	chmod +x pinentry
	printf 's2k-count 65536\npinentry-program %s\n' "$T/pinentry" >"$GNUPGHOME/gpg-agent.conf"
	gpgconf --kill gpg-agent
}
agent 'echo D secret; echo OK'
runs 0 "the agent asks for the passphrase" hubsecrets decrypt locked.yaml
agent 'echo ERR 83886179 cancelled'
runs 128 "a closed window" hubsecrets decrypt locked.yaml
has err "the passphrase window of gpg was closed" "is said to be"
agent 'echo D wrong; echo OK'
runs 128 "a wrong passphrase, three times" hubsecrets decrypt locked.yaml
tr -s ' \n|' ' ' <err >flat
has flat "passphrase" "is said to be wrong"
echo "pinentry-program /bin/false" >"$GNUPGHOME/gpg-agent.conf"
gpgconf --kill gpg-agent
runs 128 "an agent that cannot ask" hubsecrets decrypt locked.yaml
tr -s ' \n|' ' ' <err >flat
has flat "gpg cannot ask for the passphrase of its key" "is said to be"
has flat "GPG_TTY" "with what to do"
done_testing
