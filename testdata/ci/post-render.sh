#!/bin/sh
# A Helm post-renderer, for "helm ... --post-renderer ./post-render.sh" (Helm 3; Helm 4 takes it as a plugin): what Helm rendered comes in and
# goes out, unless ciphertext would be deployed.  Values that a chart takes past hubmerge, such as by --set, are seen here too.
set -eu
rendered=$(cat)
case $rendered in
*'ENC['*,*type:*']'*)
	echo "post-render: ciphertext of sops is left in what would be deployed" >&2
	exit 1
	;;
esac
printf '%s\n' "$rendered"
