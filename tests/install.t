#!/bin/sh
# "make install" and "make uninstall": what lands where, and that nothing else is touched.
. "${0%/*}/tap.sh"

run_install() {
	env BUILD="$BUILD" DESTDIR="$T/root" bindir=/usr/bin libexecdir=/usr/libexec mandir=/usr/share/man datadir=/usr/share \
		NAMES="${NAMES:-}" "$TOP/cmd/install.sh" "$@"
}
installed() { (cd "$T/root" 2>/dev/null && find . \( -type f -o -type l \) | sort); }
root=$T/root

runs 0 "installing works" run_install
silent "in silence"
for program in "$BIN"/*; do
	name=${program##*/}
	same "$program" "$root/usr/bin/$name" "$name is among the programs"
	[ ! -e "$TOP/cmd/$name/$name.1" ] || same "$TOP/cmd/$name/$name.1" "$root/usr/share/man/man1/$name.1" "with its manual page"
	runs 0 "it runs where it was installed" "$root/usr/bin/$name" --version
	"$program" completion bash >"$T/completion" 2>/dev/null &&
		same "$T/completion" "$root/usr/share/bash-completion/completions/$name" "with its completions"
done
for helper in "$LIBEXEC"/*; do
	same "$helper" "$root/usr/libexec/hubtools/${helper##*/}" "${helper##*/} is among the helpers"
done
[ ! -e "$root/usr/bin/sops" ] && [ ! -e "$root/usr/bin/git-crypt" ]
ok $? "no name of another program is taken"

NAMES="sops git-crypt"
[ -e "$BIN/hubsecrets" ] && [ -e "$BIN/hubcrypt" ] && {
	runs 0 "unless it is asked for" run_install
	is "$(readlink "$root/usr/bin/sops")" hubsecrets "then as a link"
	runs 0 "by which the program runs" "$root/usr/bin/sops" --version
	is "$(sed -n '1s/ [0-9.]*$//p' "$T/out")" sops "as the one that it stands in for"
	is "$(readlink "$root/usr/bin/git-crypt")" hubcrypt "the other one too"
	runs 0 "installing again works" run_install
}
installed >"$T/before"
touch "$root/usr/bin/bystander"
runs 0 "uninstalling works" run_install remove
is "$(installed)" ./usr/bin/bystander "and leaves nothing but what was not ours"

echo real >"$root/usr/bin/sops"
runs 1 "a real program of that name is not overwritten" run_install
has "$T/err" "is another program" "which is said"
is "$(installed)" "./usr/bin/bystander
./usr/bin/sops" "before anything is installed"
runs 0 "nor removed" run_install remove
is "$(cat "$root/usr/bin/sops")" real "it stays"
NAMES=helm
runs 1 "names that we do not answer to are refused" run_install

done_testing
