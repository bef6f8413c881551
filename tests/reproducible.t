#!/bin/sh
# Built twice, in two folders of different names: the same bytes.  One program and its archives stand for all: they are
# made by the same rules, and what else could differ, dates, is looked for in every source.
. "${0%/*}/tap.sh"

program=bin/hubcrypt
[ -e "$TOP/cmd/hubcrypt/main.c" ] || skip_all "there is no hubcrypt"
mkdir "$T/one"
(cd "$TOP" && tar cf - Makefile base crypto gitfilter yamlmerge sops kms cmd) | (cd "$T/one" && tar xf -)
cp -r "$T/one" "$T/another-of-a-longer-name"
for copy in one another-of-a-longer-name; do
	env -u MAKEFLAGS -u MAKELEVEL -u BUILD make -C "$T/$copy" -j2 BUILD=out CFLAGS='-O0 -g' SANITIZE= out/$program >"$T/log" 2>&1
	ok $? "a build in $copy" || note "$(tail -20 "$T/log")"
done
same one/out/$program another-of-a-longer-name/out/$program "the program's bytes are the same"
same one/out/lib/base.a another-of-a-longer-name/out/lib/base.a "an archive's too"
[ -s one/out/$program ] && ! grep -qaF "$T" one/out/$program
ok $? "no name of the folder is inside"

cd "$TOP" || exit 255
grep -rnE --include='*.[ch]' '__(DATE|TIME|TIMESTAMP)__' base crypto kms gitfilter yamlmerge sops cmd >"$T/found"
[ ! -s "$T/found" ]
ok $? "no source asks for the time of its compilation" || note "$(cat "$T/found")"

done_testing
