#!/bin/sh
# Layers that several environments or hubs read: staging and prod are never given the same value, and what hubs share is rotated once.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
. "$TOP/tests/git.sh"

git init -q repo && cd repo || exit 255
for hub in one two; do
	mkdir -p deployments/$hub/config deployments/$hub/secrets
	for env in prod staging; do echo 'a: 1' >deployments/$hub/config/$env.yaml; done
done
cat >hubmerge.yaml <<'END'
layers:
  - common-{env}-secrets.yaml
  - shared-secrets.yaml
  - deployments/{hub}/config/{env}.yaml
END
for env in prod staging; do printf 'proxy:\n  secretToken: abc\n' >common-$env-secrets.yaml; done
printf 'hub:\n  cookieSecret: shared\n' >shared-secrets.yaml
for file in *-secrets.yaml; do hubsecrets encrypt --age $AGE -i $file || exit 255; done
git add . && git commit -qm first

runs 1 "a value that two environments share is refused" hubrotate one prod cookie-secret
has "$T/err" "'hub.cookieSecret' comes from a layer that 'staging' has, too" "with the other one"
has "$T/err" "shared-secrets.yaml:2" "and the place"
runs 1 "also with others" hubrotate one prod all
runs 1 "also over all hubs" hubrotate --all prod all
is "$(git status --porcelain)" "" "nothing is changed"
echo 'hub: {cookieSecret: own}' >deployments/one/config/staging.yaml && git commit -qam own
runs 1 "also when only another hub would give both the same" hubrotate one prod cookie-secret
has "$T/err" "that 'two staging' has, too" "which is named"
echo 'hub: {cookieSecret: own}' >deployments/two/config/staging.yaml && git commit -qam own
runs 0 "where the other environments have their own, it is rotated" hubrotate one prod cookie-secret
has "$T/err" "'shared-secrets.yaml' is a layer of the hub 'two', too" "and other hubs are told of"
git commit -qam cookie

runs 0 "over all hubs what they share" hubrotate --all prod proxy-token --json
is "$(tr '{' '\n' <"$T/out" | grep -c '"changed":true')" 1 "is rotated once"
has "$T/out" '"changed":false,"why":"it is the value of another hub, too, which was rotated before"' "and told for the others"
is "$(git diff --stat | grep -c secrets)" 1 "in one file"
git commit -qam proxy

# --- one file under two names
rm hubmerge.yaml
printf 'proxy:\n  secretToken: abc\n' >deployments/one/secrets/prod.yaml
hubsecrets encrypt --age $AGE -i deployments/one/secrets/prod.yaml
ln -s prod.yaml deployments/one/secrets/staging.yaml && git add . && git commit -qm link
runs 1 "a link from one environment to the other is seen through" hubrotate one staging proxy-token
has "$T/err" "that 'prod' has, too" "and refused"
rm deployments/one/secrets/staging.yaml && mkdir real && git mv deployments/one/secrets/prod.yaml real/prod.yaml
cp real/prod.yaml deployments/one/secrets/staging.yaml
ln -s ../../../real/prod.yaml deployments/one/secrets/prod.yaml && git add . && git commit -qm link2
runs 0 "a link to a file elsewhere" hubrotate one prod proxy-token
is "$(git status --porcelain)" " M real/prod.yaml" "stays, and the file changes"
runs 1 "its uncommitted changes are seen" hubrotate one prod proxy-token
has "$T/err" "has changes that are not committed" "and refused"
git checkout -q .

# --- the same value in two layers
runs 0 "a value that another environment has, too" hubrotate one prod proxy-token
has "$T/err" "'proxy.secretToken' of 'one staging' has the value that 'prod' had until now (deployments/one/secrets/staging.yaml:2)" "is told"
hasnt "$T/err" abc "but not shown"
runs 0 "rotated again" hubrotate one prod proxy-token --force
silent "it is another one"
git checkout -q .
printf 'proxy:\n  secretToken: abc\n' >deployments/one/secrets/staging.yaml
hubsecrets encrypt --age $AGE2 -i deployments/one/secrets/staging.yaml && git commit -qam else
runs 0 "where no key opens the other one" hubrotate one prod proxy-token
silent "nothing is said of it"
git checkout -q . && git revert --no-edit HEAD >/dev/null

# --- git itself
mkdir "$T/broken" && printf '#!/bin/sh\necho >&2 "fatal: something is wrong"\nexit 128\n' >"$T/broken/git" && chmod +x "$T/broken/git"
runs 1 "where git fails" env PATH="$T/broken:$PATH" hubrotate one prod proxy-token
has "$T/err" "cannot tell whether 'deployments/one/secrets/prod.yaml' has changes" "nothing is taken for committed"
has "$T/err" "something is wrong" "and its words are told"
is "$(git status --porcelain)" "" "nothing is changed"
cp -R . ../no-git && cd ../no-git && rm -rf .git
runs 0 "without a repository there is nothing to commit" hubrotate one prod proxy-token
hasnt "$T/err" "commit" "and nothing to tell of it"

# --- what can be done here, and not what hubmerge could do
rm real/prod.yaml deployments/one/secrets/prod.yaml
runs 1 "a missing layer" hubrotate one prod proxy-token
has "$T/err" "restore the file" "is to be restored"
hasnt "$T/err" "--no-secrets" "there is no going on without it"
runs 1 "a layer that no key opens" env SOPS_AGE_KEY_FILE=/nonexistent hubrotate one staging proxy-token
hasnt "$T/err" "--no-secrets" "nor without that"
rm -rf deployments/*/secrets && mkdir secrets
runs 1 "a submodule of secrets that is not checked out" hubrotate one staging proxy-token
has "$T/err" "git submodule update --init" "is what is missing"
runs 0 "without secrets" hubmerge one staging
has "$T/err" "the secrets folder is empty: is it a submodule that is not checked out?" "it is told, too"
done_testing
