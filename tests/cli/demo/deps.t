#!/bin/sh
# What cmd/demo/deps.sh finds missing, with an apt-get that only says what it was asked for.
. "${0%/*}/../../tap.sh"

mkdir bin
printf '#!/bin/sh\necho "$@" >>"%s"\n' "$T/asked" >bin/apt-get
printf '#!/bin/sh\nshift\nexec "%s" "$@"\n' "$T/bin/apt-get" >bin/sudo
chmod +x bin/apt-get bin/sudo
deps() { rm -f asked; env PATH="$T/bin:$PATH" "$@" "$TOP/cmd/demo/deps.sh" build; }

runs 0 "where everything is there" deps CC=cc
[ ! -e asked ]; ok $? "nothing is installed, and nobody asked for root" || note "$(cat asked)"
runs 0 "a compiler of several words" deps CC="env LC_ALL=C cc"
[ ! -e asked ]; ok $? "is found as well" || note "$(cat asked)"
runs 0 "a compiler that is not there" deps CC=no-such-cc
has asked "install -y --no-install-recommends gcc libc6-dev" "is installed"
has err "installing: gcc libc6-dev" "which is said"
runs 2 "an unknown list" "$TOP/cmd/demo/deps.sh" everything
has err "usage: deps.sh build|check|ci" "is refused"
done_testing
