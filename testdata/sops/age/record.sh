#!/bin/sh
# Make the files of this folder again, with real sops on PATH: each CASE/plain.yaml encrypted to input.yaml under the options in
# CASE/options, and what sops decrypts it to, expected.yaml.
set -eu
cd "$(dirname "$0")"
SOPS_AGE_KEY_FILE=$PWD/key.txt
export SOPS_AGE_KEY_FILE
recipient=$(sed -n 's/^# public key: //p' key.txt)
for case in */plain.yaml; do
	dir=${case%/*}
	options=$(cat "$dir/options" 2>/dev/null || :)
	(cd "$dir" && if [ -e .sops.yaml ]; then
		sops encrypt plain.yaml
	else
		# shellcheck disable=SC2086
		sops --config /dev/null $options --age "$recipient" --encrypt plain.yaml
	fi >input.yaml && sops --config /dev/null decrypt input.yaml >expected.yaml)
done
