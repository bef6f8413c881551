#!/bin/sh
# Installs what was built: programs, helpers, the manual page that lies beside a program's source, completions.
#
#	install.sh [remove]	with BUILD DESTDIR bindir libexecdir mandir datadir from the Makefile
#
# NAMES="sops git-crypt" also offers hubsecrets and hubcrypt under the names of the programs that they stand in for, as
# symbolic links; a real program of that name is never overwritten.
set -eu
cd "$(dirname "$0")/.."

bin=${DESTDIR:-}$bindir
helpers=${DESTDIR:-}$libexecdir/hubtools
man=${DESTDIR:-}$mandir
bash=${DESTDIR:-}$datadir/bash-completion/completions
zsh=${DESTDIR:-}$datadir/zsh/site-functions
fish=${DESTDIR:-}$datadir/fish/vendor_completions.d

program_of() {
	case $1 in
	sops) echo hubsecrets ;;
	git-crypt) echo hubcrypt ;;
	*) echo "NAMES: '$1' is not a name that one of our programs answers to; 'sops' and 'git-crypt' are" >&2; return 1 ;;
	esac
}
page() { ls "cmd/$1/$1".[1-9] 2>/dev/null || true; }	# the manual page of a program
section() { echo "$man/man${1##*.}"; }

if [ "${1:-}" = remove ]; then
	for name in sops git-crypt; do
		real=$(program_of $name)
		# Only our own links go.
		[ "$(readlink "$bin/$name" 2>/dev/null)" != "$real" ] ||
			rm -f "$bin/$name" "$man/man1/$name.1" "$bash/$name" "$fish/$name.fish"
	done
	for source in cmd/*/main.c; do
		name=$(basename "$(dirname "$source")")
		rm -f "$bin/$name" "$helpers/$name" "$bash/$name" "$zsh/_$name" "$fish/$name.fish"
		for file in $(page "$name"); do rm -f "$(section "$file")/$name.${file##*.}"; done
	done
	rmdir "$helpers" 2>/dev/null || true
	exit 0
fi

# Everything that can be refused is refused first.
for name in ${NAMES:-}; do
	real=$(program_of "$name")
	if [ -e "$bin/$name" ] && [ "$(readlink "$bin/$name")" != "$real" ]; then
		echo "'$bin/$name' is another program; remove it first, or install without NAMES" >&2
		exit 1
	fi
done

complete() {	# complete PROGRAM SHELL FILE: not every program has completions, and a foreign one cannot be run here
	if "$1" completion "$2" >"$BUILD/completion" 2>/dev/null </dev/null && [ -s "$BUILD/completion" ]; then
		install -d "$(dirname "$3")"
		install -m 644 "$BUILD/completion" "$3"
	fi
	rm -f "$BUILD/completion"
}

install -d "$bin" "$helpers"
for program in "$BUILD"/bin/* "$BUILD"/libexec/hubtools/*; do
	[ -f "$program" ] || continue
	name=${program##*/}
	case $program in
	*/bin/*)
		install -m 755 "$program" "$bin/$name"
		complete "$program" bash "$bash/$name"
		complete "$program" zsh "$zsh/_$name"
		complete "$program" fish "$fish/$name.fish" ;;
	*)
		install -m 755 "$program" "$helpers/$name" ;;
	esac
	for file in $(page "$name"); do
		install -d "$(section "$file")"
		install -m 644 "$file" "$(section "$file")/$name.${file##*.}"
	done
done

for name in ${NAMES:-}; do
	real=$(program_of "$name")
	ln -sf "$real" "$bin/$name"
	[ ! -f "$man/man1/$real.1" ] || ln -sf "$real.1" "$man/man1/$name.1"
	[ ! -f "$bash/$real" ] || ln -sf "$real" "$bash/$name"
	[ ! -f "$fish/$real.fish" ] || ln -sf "$real.fish" "$fish/$name.fish"
done
