#!/bin/sh
# Completions, loaded by the shells that are there.
. "${0%/*}/../../tap.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH

# complete NAME WORD...: what bash offers for the last word.
complete() {
	bash --norc -c '
		source <("$1" completion bash)
		name=$1 words=("$@")
		COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
		function=$(complete -p "$name" | sed "s/.*-F \([^ ]*\).*/\1/")
		"$function" "$name" "${words[COMP_CWORD]}" ""
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" >offered 2>&1
}
if command -v bash >/dev/null; then
	for name in hubsecrets sops; do
		complete $name dec
		is "$(cat offered)" decrypt "bash: $name dec"
		complete $name ''
		for verb in encrypt decrypt edit rotate set unset updatekeys filestatus exec-env exec-file groups; do
			grep -qx $verb offered; ok $? "bash: $name offers '$verb'"
		done
		complete $name decrypt --ext
		is "$(cat offered)" --extract "bash: an option of the verb"
		complete $name --ignore-mac decrypt --in
		is "$(sort -u offered)" "--in-place
--indent
--input-type" "bash: with another option in front"
		complete $name exec-env --pris
		is "$(cat offered)" --pristine "bash: an option of exec-env"
		complete $name decrypt secre
		is "$(cat offered)" "" "bash: file names are left to bash"
		complete $name --rota
		is "$(cat offered)" --rotate "bash: the older form"
	done
	bash --norc -c 'source <(hubsecrets completion bash) && complete -p sops' >out 2>&1
	has out _hubsecrets "bash: the completions of hubsecrets are those of sops, too"
	for program in hubmerge hubcrypt hubrotate hubkms; do
		[ -x "$BIN/$program" ] || continue
		runs 0 "$program completion bash" $program completion bash
		bash -n out; ok $? "is a script"
	done
else
	skip "bash is not installed"
fi
for name in hubsecrets sops; do
	if command -v zsh >/dev/null; then
		zsh -f -c "autoload -U compinit; compinit -D; source <($name completion zsh); print \$_comps[$name]" >out 2>&1
		is "$(cat out)" _$name "zsh: $name is completed"
	else
		skip "zsh is not installed"
	fi
	if command -v fish >/dev/null; then
		fish --no-config -c "$name completion fish | source; complete -C '$name decr'" >out 2>&1
		has out decrypt "fish: $name decr"
	else
		skip "fish is not installed"
	fi
	runs 0 "$name completion zsh" $name completion zsh
	is "$(head -n 1 out | cut -d' ' -f1,2)" "#compdef $name" "is a file of completions"
	runs 0 "$name completion fish" $name completion fish
	has out "complete -c $name" "is one as well"
	runs 1 "$name completion csh" $name completion csh
	has err "bash, zsh and fish" "names those that there are"
done

runs 0 "sops h" sops h
has out "Usage: sops" "is help"
# The completions of sops itself ask the program: they work with ours.
runs 0 "sops --generate-bash-completion" sops --generate-bash-completion
grep -qx exec-env out; ok $? "lists verbs"
runs 0 "sops decrypt --extr --generate-bash-completion" sops decrypt --extr --generate-bash-completion
grep -qx -e --extract out; ok $? "lists options"
runs 0 "sops decrypt --generate-bash-completion" sops decrypt --generate-bash-completion
[ ! -s out ]; ok $? "leaves files to the shell"

# A reader that goes away
for name in sops hubsecrets; do
	for command in --version --help 'completion bash'; do
		is "$( (sleep 0.1; $name $command; echo $? >&3) 3>&1 >/dev/full 2>err | cat)" 1 "$name $command: a full device is told"
	done
done
done_testing
