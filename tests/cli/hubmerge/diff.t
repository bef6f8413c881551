#!/bin/sh
# What changes between two environments, and between two commits: 'hubmerge diff'.
. "${0%/*}/../../tap.sh"
needs git
PATH=$BIN:$PATH
git config --global user.name a
git config --global user.email a@example.org

mkdir -p hub deployments/one/config deployments/one/secrets
echo 'name: hub' >hub/Chart.yaml
printf 'a: {kept: 1, cpu: 1}\n' >hub/values.yaml
printf 'a: {text: same}\n' >deployments/one/config/common.yaml
printf 'a: {cpu: 2, hosts: [x], gone: {deep: true}, n: 1.0}\n' >deployments/one/config/staging.yaml
printf 'a: {cpu: 4, hosts: [x, z], new: {}, n: 1}\n' >deployments/one/config/prod.yaml
printf 'a: {token: first-secret, shared: the-same-secret}\n' >deployments/one/secrets/staging.yaml
printf 'a: {token: other-secret, shared: the-same-secret}\n' >deployments/one/secrets/prod.yaml

# --- environments
runs 1 "environments that differ" hubmerge diff --allow-plaintext one staging prod
cat >want <<'END'
~ a.cpu: 2 -> 4
~ a.hosts: ["x"] -> ["x","z"]
- a.gone.deep: true
~ a.token: (secret) changed
+ a.new: {}
END
same out want "are compared leaf by leaf, numbers as numbers"
has err "1 secret is the same on both sides" "and secrets that are the same are counted"
runs 0 "an environment is like itself" hubmerge diff --allow-plaintext one prod prod
[ ! -s out ]
ok $? "nothing is printed of it"
runs 1 "--json" hubmerge diff --json --allow-plaintext one staging prod
hasnt out -secret "shows no secret"
has out '{"hub":"one","env":"prod","path":"a.cpu","change":"changed","secret":false,"old":{"value":2,"file":"deployments/one/config/staging.yaml","line":1,"column":10},"new":{"value":4,"file":"deployments/one/config/prod.yaml","line":1,"column":10}}' "but values and places"
has out '"path":"a.shared","change":"same","secret":true' "and which secrets are the same"
has out '"path":"a.token","change":"changed","secret":true,"old":{"file":"deployments/one/secrets/staging.yaml"' "and where those stand that are not"
runs 2 "an environment that there is not is an error" hubmerge diff --allow-plaintext one staging night
runs 2 "two operands are one too few" hubmerge diff one staging

# --- commits: the secrets layers as git-crypt or sops leave them are other tests'; here there are none
rm -r deployments/one/secrets
git init -q . && git add hub deployments && git commit -qm 1
sed -i 's/cpu: 4/cpu: 8/' deployments/one/config/prod.yaml
mkdir -p deployments/two/config
printf 'b: 1\n' >deployments/two/config/prod.yaml
printf 'apiVersion: v1\nkind: List\n---\nkind: x\n' >deployments/two/config/nfs.yaml
git add deployments && git commit -qm 2
runs 1 "commits that differ" hubmerge diff --rev HEAD~1..HEAD
cat >want <<'END'
one prod
~ a.cpu: 4 -> 8
two prod
+ a.kept: 1
+ a.cpu: 1
+ b: 1
END
same out want "are compared for all hubs and environments, a manifest left out"
runs 1 "one hub alone" hubmerge diff --rev HEAD~1.. one
is "$(cat out)" "one prod
~ a.cpu: 4 -> 8" "is compared in all environments"
runs 0 "or in one" hubmerge diff --rev HEAD~1..HEAD one staging
runs 0 "the files as they are" hubmerge diff --rev HEAD
sed -i 's/cpu: 8/cpu: 16/' deployments/one/config/prod.yaml
runs 1 "are compared with a commit alone" hubmerge diff --rev HEAD
has out "~ a.cpu: 8 -> 16" "when they differ"
runs 0 "a commit is like itself" hubmerge diff --rev HEAD~1..HEAD~1 --json
is "$(cat out)" "[]" "and nothing is an empty list"
runs 2 "no such commit" hubmerge diff --rev nonsense..HEAD
has err "there is no commit 'nonsense'" "is an error"
runs 2 "an option is no commit" hubmerge diff --rev=--all
runs 2 "no such hub" hubmerge diff --rev HEAD three
is "$(git status --porcelain | grep -v '^??')" " M deployments/one/config/prod.yaml" "the files and the index stay as they are"

# --- before there was anything
empty=$(git commit-tree -m 0 "$(git mktree </dev/null)")
runs 1 "a commit without hubs" hubmerge diff --rev "$empty..HEAD" one prod
has out "+ a.cpu: 8" "is one in which nothing was set"
mkdir bare && (cd bare && hubmerge diff --rev HEAD >../out 2>../err)
is $? 2 "where there are no hubs at all is an error"

# --- one deployment without names
mkdir class && echo 'singleuser: {cpu: {limit: 2}}' >class/config.yaml && git add class && git commit -qm class
echo 'singleuser: {cpu: {limit: 3}}' >class/config.yaml
(cd class && hubmerge diff --rev HEAD >../out)
is "$? $(cat out)" "1 ~ singleuser.cpu.limit: 2 -> 3" "a class has no names, and its diff none either"
(cd class && hubmerge explain singleuser >../out)
is "$(head -n 1 out)" "singleuser.cpu.limit: 3" "nor its explanation"
echo 'singleuser: {cpu: {limti: 3}, memory: {limit: 1G}}' >class/config.yaml
(cd class && hubmerge check >../out 2>../err)
is "$?" 1 "and it can be checked"
git checkout -q class && git rm -rqf class && git commit -qm unclass

# A layer that is a link: within the tree it is followed, out of it it is not.
echo 'c: outside' >"$T/outside.yaml"
ln -s prod.yaml deployments/two/config/inside.yaml
ln -s "$T/outside.yaml" deployments/two/config/outside.yaml
ln -s ../../../../outside.yaml deployments/two/config/above.yaml
git add deployments/two && git commit -qm 3
runs 1 "links in a commit" hubmerge diff --rev HEAD~1..HEAD two
has out "two inside" "lead to the files of that commit"
hasnt out outside "and to no others"

# Trees that no git makes by itself: paths and links that lead out.
name=victim-$$.yaml
blob=$(echo 'c: attack' | git hash-object -w --stdin)
link() { printf '%s' "$1" | git hash-object -w --stdin; }
tree() { git mktree; }
good=$(git rev-parse HEAD:deployments/one)
inner=$(printf '100644 blob %s\t%s\n' "$blob" "$name" | tree)
up=$(printf '040000 tree %s\t..\n' "$inner" | tree 2>/dev/null || :)
dot=$(link .)
out2=$(link dot.yaml/../../..)	# by its words two levels up, in truth three: the folder that the private one is in
far=$(link "$T")
odd=$(printf '120000 blob %s\tdot.yaml\n120000 blob %s\tescape.yaml\n120000 blob %s\tfar.yaml\n' "$dot" "$out2" "$far" | tree)
both=$(printf '120000 blob %s\tescape.yaml\n120000 blob %s\tdot.yaml\n040000 tree %s\tescape.yaml\n' "$out2" "$dot" "$inner" | tree 2>/dev/null || :)
entries=$(printf '040000 tree %s\tone\n040000 tree %s\todd\n' "$good" "$odd"
	[ -z "$both" ] || printf '040000 tree %s\tboth\n' "$both"
	[ -z "$up" ] || printf '040000 tree %s\tup\n' "$up")
top=$(printf '040000 tree %s\tdeployments\n' "$(printf '%s\n' "$entries" | tree)" | tree)
evil=$(git commit-tree -m evil "$top")
hubmerge diff --rev "$evil..$evil" one >out 2>err
is "$? $(cat out)" "0 " "a commit with paths and links that lead out can be looked at"
is "$(find "${XDG_RUNTIME_DIR:-/dev/shm}" /dev/shm "$T" -name "$name" 2>/dev/null)" "" "and nothing is written outside of a private folder"
rm -f "/dev/shm/$name"
[ -n "$up$both" ]
ok $? "(git made such trees for this test)"

# One that cannot be resolved.
printf 'a: [\n' >deployments/two/config/prod.yaml
git commit -qam 4
runs 2 "an environment that cannot be read" hubmerge diff --rev HEAD~2..HEAD
has err "two prod in 'HEAD'" "is named"
has out "~ a.cpu: 8 -> 16" "and stops no other"
runs 1 "below the top of a repository" sh -c 'cd .. && mkdir -p outer/inner && cp -r "$0"/hub "$0"/deployments outer/inner && cd outer && git init -q . &&
	rm -r inner/deployments/two && git add . && git commit -qm 1 && sed -i s/16/32/ inner/deployments/one/config/prod.yaml && git commit -qam 2 &&
	cd inner && hubmerge diff --rev HEAD~..HEAD' "$T"
has out "~ a.cpu: 16 -> 32" "names are those of the current folder"
rm -rf ../outer

# --- git-crypt: a commit has ciphertext, the keys are the clone's
if [ -x "$BIN/hubcrypt" ]; then
	git checkout -q . && git rm -rq deployments/two && mkdir deployments/one/secrets && hubcrypt init >/dev/null 2>&1 &&
		echo 'deployments/*/secrets/** filter=git-crypt diff=git-crypt' >.gitattributes &&
		for env in staging prod; do echo 'a: {token: first-secret}' >deployments/one/secrets/$env.yaml; done &&
		git add .gitattributes deployments && git commit -qm 5 &&
		echo 'a: {token: other-secret}' >deployments/one/secrets/prod.yaml && git commit -qam 6 2>"$T/err" || note "$(cat "$T/err")"
	runs 1 "secrets under git-crypt" hubmerge diff --rev HEAD~1..HEAD one
	is "$(cat out)" "one prod
~ a.token: (secret) changed" "are opened and told apart"
	has err "1 secret is the same" "and those that stay are counted"
	runs 0 "with --public they are not" hubmerge diff --public --rev HEAD~1..HEAD one
	[ -z "$(find /dev/shm /tmp -maxdepth 1 -name 'hub.*' -user "$(id -u)" -newer .gitattributes -exec grep -rl first-secret {} + 2>/dev/null | grep -v "^$T")" ]
	ok $? "nothing in clear is left behind"
else
	skip "hubcrypt is not built"
fi

done_testing
