#!/bin/sh
# Image tags from the last commit that touched an image's folder, as hubploy computes them.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

# repository_at FOLDER OPTION...: a hub with two images, the second touched last
repository_at() {
	folder=$1
	shift
	git init -q "$@" "$folder" && cd "$folder" || exit 255
	mkdir -p deployments/h/config deployments/h/image deployments/h/other
	echo 'jupyterhub: {singleuser: {image: {tag: old}}}' >deployments/h/config/prod.yaml
	cat >deployments/h/hubploy.yaml <<-END
	images:
	  image_name: registry/first
	  images:
	    - {name: registry/second, path: other, helm_substitution_path: jupyterhub.dask.image}
	    - name: registry/noted:1234
	END
	echo 1 >deployments/h/image/Dockerfile
	git add . && git commit -qm one
	echo 2 >deployments/h/other/Dockerfile
	git add . && git commit -qm two
	echo 3 >README && git add . && git commit -qm three
	cd ..
}
tag() { sed -n "/$1/,/tag:/s/.*tag: *//p" "$T/out" | tr -d '"' | head -1; }
# Seven digits of the commit, or as many as it takes to hold a letter.
expect() { git log -n 1 --format=%H -- "$1" | sed -E 's/^([0-9]{7}[0-9]*[a-f]).*/\1/; t; s/^(.{7}).*/\1/'; }

repository_at sha1
cd sha1 || exit 255
runs 0 "the tags are set" hubmerge h prod --image-tags
is "$(tag singleuser)" "$(expect deployments/h/image)" "to the last commit of the image's folder"
is "$(tag dask)" "$(expect deployments/h/other)" "each image its own"
has "$T/out" "name: registry/first" "with the names of the images"
hasnt "$T/out" "noted" "an image without a folder is left alone"
runs 0 "without --image-tags" hubmerge h prod
has "$T/out" "tag: old" "none is set"
echo x >>deployments/h/image/Dockerfile
runs 0 "a change that is not committed" hubmerge h prod --image-tags
is "$(tag singleuser)" "$(expect deployments/h/image)" "does not count"
git checkout -q -- .
mkdir deployments/h/new && printf 'images: {images: [{name: n, path: new}]}\n' >deployments/h/hubploy.yaml
runs 1 "a folder without a commit" hubmerge h prod --image-tags
has "$T/err" "no commit has touched the image folder 'deployments/h/new'" "is told"
printf 'layers: ["deployments/{hub}/config/{env}.yaml"]\nimages: {jupyterhub.singleuser.image: "deployments/{hub}/other"}\n' >hubmerge.yaml
runs 0 "hubmerge.yaml names images of its own" hubmerge h prod
is "$(tag singleuser)" "$(expect deployments/h/other)" "and their folders"
cd ..

repository_at sha256 --object-format=sha256
cd sha256 || exit 255
runs 0 "in a repository with SHA-256" hubmerge h prod --image-tags
is "$(tag singleuser)" "$(expect deployments/h/image)" "it is the same"
cd ..

git -C sha1 checkout -q -- . && git -C sha1 config uploadpack.allowFilter true
git clone -q --filter=blob:none "file://$T/sha1" partial && cd partial || exit 255
runs 0 "in a partial clone" hubmerge h prod --image-tags
is "$(tag singleuser)" "$(expect deployments/h/image)" "too"
git sparse-checkout set --no-cone /deployments/h/config /deployments/h/hubploy.yaml 2>/dev/null
[ ! -d deployments/h/other ]; ok $? "in a sparse tree the folder is not there"
runs 0 "its tag is" hubmerge h prod --image-tags
is "$(tag dask)" "$(expect deployments/h/other)" "all the same"
cd ..
git clone -q --depth 1 "file://$T/sha1" shallow && cd shallow || exit 255
runs 1 "in a shallow clone" hubmerge h prod --image-tags
has "$T/err" "cannot be told in this shallow clone" "the tag would be wrong"
has "$T/err" "fetch-depth: 0" "and what to do is said"
cd ..

# All digits would be a number: the tag grows to the first letter.
mkdir -p bin
cat >bin/git <<'END'
#!/bin/sh
echo "1234567890abcdef1234567890abcdef12345678 0000000000000000000000000000000000000001"
END
chmod +x bin/git
cd sha1 || exit 255
runs 0 "a commit that begins with digits" env PATH="$T/bin:$PATH" hubmerge h prod
is "$(tag singleuser)" "1234567890a" "is cut behind the first letter"
done_testing
