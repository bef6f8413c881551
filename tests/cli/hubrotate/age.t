#!/bin/sh
# How old a value is, from git's history: through merges and renames of its file, behind links, in a clone without all of it.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

git init -q repo && cd repo || exit 255
layer=deployments/one/secrets/prod.yaml
mkdir -p deployments/one/config deployments/one/secrets && echo 'a: 1' >deployments/one/config/prod.yaml
runs 1 "where nothing is committed there is no secrets layer" hubrotate one prod all --age
printf 'proxy:\n  secretToken: abc\nhub:\n  cookieSecret: def\n  # some lines, so that git sees a renamed file for what it is\n  x: [1, 2, 3]\n' >$layer
hubsecrets encrypt --age $AGE -i $layer
runs 0 "without a commit" hubrotate one prod proxy-token --age
has "$T/out" "is not committed as it is" "it has no age"
# commit YEAR: all that there is
commit() { git add -A && GIT_AUTHOR_DATE="$1-01-01T00:00:00Z" GIT_COMMITTER_DATE="$1-01-01T00:00:00Z" git commit -qm "$1"; }
rotate() { hubrotate one prod "$1" --force >/dev/null 2>"$T/err" || note "$(cat "$T/err")"; }
# since SECRET YEAR WHAT
since() {
	runs 0 "$3" hubrotate one prod "$1" --age
	has "$T/out" "since $2-01-01" "is from $2"
}
commit 2001
since proxy-token 2001 "the first commit"

# --- two branches: one rotates, the other one changes something else, later
git checkout -qb other
rotate cookie-secret && commit 2004
git checkout -q main
rotate proxy-token && commit 2003
main=$(git rev-parse HEAD)
GIT_COMMITTER_DATE=2005-01-01T00:00:00Z git merge -q --no-commit other >/dev/null 2>&1
git checkout -q main -- $layer 2>/dev/null && commit 2005
since proxy-token 2003 "what one side of a merge set, not the merge"
has "$T/out" "commit $(echo $main | cut -c 1-10)" "with that side's commit"
since cookie-secret 2001 "what the other side changed in vain"

# --- another name
git mv $layer deployments/one/secrets/old.yaml && mkdir -p secrets/deployments/one/secrets
git mv deployments/one/secrets/old.yaml secrets/deployments/one/secrets/prod.yaml && commit 2006
since proxy-token 2003 "a file that got another name"
layer=secrets/deployments/one/secrets/prod.yaml
git mv $layer there.yaml && mkdir -p deployments/one/secrets && ln -s ../../../there.yaml deployments/one/secrets/prod.yaml && commit 2007
since proxy-token 2003 "a link to it"
rotate proxy-token && commit 2008
since proxy-token 2008 "rotated again"
since cookie-secret 2001 "and not the other one"

# --- less history
git clone -q --depth 1 "file://$PWD" ../shallow && cd ../shallow || exit 255
runs 0 "a shallow clone" hubrotate one prod cookie-secret --age
has "$T/out" "is at least " "does not say more than it knows"
has "$T/out" "since 2008-01-01 or before (this clone has no more history)" "and why"
hubrotate one prod cookie-secret --age --json >"$T/out"
has "$T/out" '"atLeast":true' "also as JSON"
cp -R . ../no-git && cd ../no-git && rm -rf .git
runs 0 "without a repository" hubrotate one prod cookie-secret --age
has "$T/out" "is not committed as it is" "there is no age"
cd ../repo || exit 255
mkdir "$T/broken" && printf '#!/bin/sh\necho >&2 "fatal: something is wrong"\nexit 128\n' >"$T/broken/git" && chmod +x "$T/broken/git"
runs 1 "where git fails" env PATH="$T/broken:$PATH" hubrotate one prod proxy-token --age
has "$T/err" "something is wrong" "that is told"
git init -q --object-format=sha256 ../sha256 2>/dev/null && {
	cp -R deployments there.yaml ../sha256 && cd ../sha256 && commit 2010
	since cookie-secret 2010 "a repository with SHA-256"
}
done_testing
