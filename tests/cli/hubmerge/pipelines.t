#!/bin/sh
# The examples for pipelines in testdata/ci: their scripts, run as they stand over the sample repository, helm replaced where there is none.
. "${0%/*}/../../tap.sh"
needs bash

cp -R "$TOP/testdata/demo/." .
cp "$TOP/testdata/hubmerge/age-key.txt" key.txt
export SOPS_AGE_KEY_FILE="$T/key.txt"
to=$(sed -n 's/.*recipient: //p' "$TOP/testdata/hubmerge/repository/deployments/lab/secrets/staging.yaml" | head -1)
for env in staging prod; do hubsecrets encrypt -i --age "$to" deployments/data100/secrets/$env.yaml; done

real=$(command -v helm)

# A stand-in for helm that wants its values as a map, as helm does, and keeps them.
mkdir -p bin
cat >bin/helm <<'END'
#!/bin/sh
[ "$1" = dependency ] && exit 0
echo "$*" >>helm.calls
while [ $# -gt 1 ]; do
	[ "$1" != -f ] || cat "$2"
	shift
done >helm.values
[ -s helm.values ]
END
sed -i 's/cat "$2"/if [ "$2" = - ]; then cat; else cat "$2"; fi/' bin/helm
chmod +x bin/helm
PATH=$T/bin:$PATH

# script FILE JOB NAME: the text of a step, taken out by our own reader.  A "run" or an element of "script" stands on its own lines.
github() { awk -v name="$1" '$0 ~ "- name: " name { on = 1; next } on && /run: \|/ { body = 1; next } on && /run: / { sub(/.*run: /, ""); print; exit } body && /^          / { print substr($0, 11); next } body { exit }' "$TOP/testdata/ci/github-actions.yaml"; }
gitlab() { awk -v job="$1" '$0 == job ":" { on = 1 } on && /^  script:/ { body = 1; next } body && /^    - / { sub(/^    - /, ""); print; next } body { exit }' "$TOP/testdata/ci/gitlab-ci.yaml"; }

for file in github-actions gitlab-ci; do
	runs 0 "$file.yaml is YAML" hubmerge -f "$TOP/testdata/ci/$file.yaml" --helm 3
done
export HUB=data100 ENVIRONMENT=staging CI_COMMIT_BRANCH=staging
hubmerge data100 staging >want

for step in 'every hub resolves, secrets masked' deploy; do
	github "$step" >step.sh
	[ -s step.sh ]; ok $? "GitHub Actions has a step '$step'"
	runs 0 "that works" bash -e step.sh
done
same helm.values want "helm gets what hubmerge prints"
has helm.calls "upgrade --install --wait data100-staging hub" "for this hub and environment"
github 'every hub resolves, secrets masked' >step.sh
runs 0 "the check needs no key" env SOPS_AGE_KEY_FILE=/nonexistent bash -e step.sh

for job in check deploy; do
	gitlab $job | sed '/hubmerge check/d' >job.sh
	[ -s job.sh ]; ok $? "GitLab CI has a job '$job'"
	rm -f helm.values
	runs 0 "that works" sh -e job.sh
done
same helm.values want "helm gets the same"
is "$(ls -l values.yaml | cut -c1-10)" "-rw-------" "through a file for its owner alone"

# --- a failure is one to the pipeline, and leaves nothing
rm values.yaml
github deploy >step.sh
runs 1 "without a key the step of GitHub Actions fails" env SOPS_AGE_KEY_FILE=/nonexistent bash -e step.sh
is "$(wc -c <helm.values)" 0 "helm gets nothing"
gitlab deploy >job.sh
runs 1 "and so does GitLab's" env SOPS_AGE_KEY_FILE=/nonexistent sh -e job.sh
[ ! -e values.yaml ]; ok $? "which leaves no file"
if [ -c /dev/full ]; then
	(hubmerge data100 staging >/dev/full) 2>err
	is $? 1 "an output that is full is a failure"
fi

# --- the post-renderer
printf 'kind: Secret\ndata: {a: b}\n' >clean
runs 0 "what is clean passes the post-renderer" sh -c '"$0" <clean' "$TOP/testdata/ci/post-render.sh"
same out clean "as it is"
grep -h 'ENC\[' deployments/data100/secrets/staging.yaml >sealed
runs 1 "ciphertext does not" sh -c '"$0" <sealed' "$TOP/testdata/ci/post-render.sh"
is "$(wc -c <out)" 0 "and nothing comes out"

# --- with helm itself, as far as it goes without a cluster
if [ -n "$real" ]; then
	mkdir -p chart/templates && cp hub/values.yaml chart/ && printf 'apiVersion: v2\nname: c\nversion: 0.1.0\n' >chart/Chart.yaml
	printf 'out: {{ toJson .Values | b64enc }}\n' >chart/templates/out.yaml
	hubmerge data100 staging | "$real" template x chart -f - --post-renderer "$TOP/testdata/ci/post-render.sh" >rendered 2>err
	is $? 0 "helm takes the pipe and the post-renderer"
	hubmerge data100 staging -o values.yaml && "$real" template x chart -f values.yaml >again
	grep '^out:' rendered >one && grep '^out:' again >two
	same two one "and renders what it renders of the file"
fi
done_testing
