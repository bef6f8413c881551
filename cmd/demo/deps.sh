#!/bin/sh
# Installs what is missing to build ("build"), to run the tests as well ("check"), and with everything that the tests
# can make use of ("ci"): by apt on Debian 12, 13 and Ubuntu 24.04, asking for root only when something is missing.
# On other systems it says what is missing; README.md has a table of their package names.
set -u

missing=
need() {	# need PACKAGE COMMAND...: the package is missing when the command fails
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
library() { need "$2" pkg-config --exists "$1"; }
program() { need "$2" command -v "$1"; }
# CC may be several words ("ccache gcc").
has_headers() { echo '#include <stdio.h>' | ${CC:-cc} -E - ; }
has_boto3() {	# the interpreter of the system, or the one on PATH
	for python in /usr/bin/python3 python3; do
		"$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("boto3") is None)' && return 0
	done
	return 1
}

for_build() {
	for_cc=${CC:-cc}
	program "${for_cc%% *}" gcc
	need libc6-dev has_headers
	program make make
	program pkg-config pkgconf
	library openssl libssl-dev
	library libsodium libsodium-dev
	library yaml-0.1 libyaml-dev
	library libpcre2-8 libpcre2-dev
	library libcurl libcurl4-openssl-dev
	library jansson libjansson-dev
	library libgit2 libgit2-dev
	library libmicrohttpd libmicrohttpd-dev
}

for_check() {
	for_build
	program prove perl
	program git git
	program gpg gnupg
	program age age
	program git-crypt git-crypt
	program ssh-keygen openssh-client
	program readelf binutils
	program strace strace
	program mandoc mandoc
	need python3-boto3 has_boto3
}

for_ci() {
	for_check
	program nginx nginx
	program valgrind valgrind
	program expect expect
	program clang clang
	need libclang-rt-dev sanitizes clang
	program debootstrap debootstrap
}
sanitizes() { echo 'int main(void) { return 0; }' | "$1" -fsanitize=address,undefined -x c - -o /dev/null; }

case ${1:-} in
build|check|ci) "for_$1" ;;
*) echo "usage: deps.sh build|check|ci" >&2; exit 2 ;;
esac
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "missing (by the names of Debian's packages):$missing" >&2
	echo "hint: README.md has a table of the names on other systems; install them and run this again" >&2
	exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "missing packages, and neither root nor sudo to install them" >&2
		echo "hint: as root: apt-get install$missing" >&2
		exit 1
	}
	as_root="sudo DEBIAN_FRONTEND=noninteractive"
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# Both words and packages are split on purpose.
{ $as_root apt-get -qq update && $as_root apt-get -qq install -y --no-install-recommends $missing; } >&2 </dev/null || {
	echo "the packages could not be installed; what apt said is above" >&2
	exit 1
}
