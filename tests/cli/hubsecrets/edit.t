#!/bin/sh
# The editor: what it is given, and what comes of what it leaves.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
umask 022

encrypted secrets <<'END'
# tokens
hub:
  token: s3cret   # rotate me
  port: 8000
list: [a, b]
text: |
  one
  two
END

# editor: a shell script from standard input, run on the file
editor() {
	cat >ed.sh
	SOPS_EDITOR="sh $T/ed.sh"
	export SOPS_EDITOR
}
fresh() { cp secrets.enc.yaml secrets.enc; cp secrets.enc.yaml file.yaml; }

# What is shown
editor <<'END'
cp "$1" seen; ls -ld "$(dirname "$1")" >folder; ls -l "$1" >mode; echo "$1" >name
END
fresh
runs 200 "nothing changed: status 200" hubsecrets file.yaml
same file.yaml secrets.enc.yaml "the file is untouched"
same seen secrets.yaml "the editor sees the plain text, in its own layout"
has err 'has not changed' "the user is told"
is "$(cut -c1-10 folder)" drwx------ "the folder is private"
is "$(cut -c1-10 mode)" -rw------- "the file is private"
is "$(basename "$(cat name)")" file.yaml "it has the name of the file"
[ ! -e "$(dirname "$(cat name)")" ]; ok $? "the folder is gone afterwards"

# A change of one value is a change of one line (and of MAC and time)
editor <<'END'
sed -i 's/8000/9000/' "$1"
END
fresh
runs 0 "a changed value" hubsecrets edit file.yaml
silent "is saved without a word"
is "$(diff secrets.enc.yaml file.yaml | grep '^>' | grep -vc lastmodified)" 2 "two lines are new, beside the time"
has file.yaml "  port: ENC[" "the value among them"
runs 0 "the file is decrypted" hubsecrets decrypt file.yaml
sed 's/8000/9000/' secrets.yaml >want
same out want "and is what was edited"

# The same in a file that sops laid out
cp "$TOP/testdata/sops/age/structure/input.yaml" theirs.yaml
cp theirs.yaml before.yaml
editor <<'END'
sed -i 's/key: value/key: other/' "$1"
END
runs 0 "a changed value in a file of sops" hubsecrets edit theirs.yaml
is "$(diff before.yaml theirs.yaml | grep '^>' | grep -vc lastmodified)" 2 "two lines are new there, too"

# Lines added, removed, moved
editor <<'END'
printf 'new: 1\n# comment\n' >"$1.new"; sed '/port/d' "$1" >>"$1.new"; mv "$1.new" "$1"
END
fresh
runs 0 "a file that the editor replaced" hubsecrets edit file.yaml
runs 0 "is decrypted" hubsecrets decrypt file.yaml
{ printf 'new: 1\n# comment\n'; sed '/port/d' secrets.yaml; } >want
same out want "to what was left"
has file.yaml "$(grep '^  token' secrets.enc.yaml)" "an unchanged value keeps its line"

# Mistakes
editor <<'END'
if [ -e again ]; then sed 's/\[a/[c/' keep >"$1"; else touch again; printf 'a: [' >"$1"; fi
END
fresh
cp secrets.yaml keep
printf '\n' | hubsecrets edit file.yaml >out 2>err
is $? 0 "a mistake can be corrected"
has err 'file.yaml:' "it is named with its place"
has err 'Press enter to return to the editor' "the user is asked"
rm -f again
hubsecrets edit file.yaml >out 2>err </dev/null
is $? 1 "the end of input ends it"
has err 'User canceled operation' "in the words of sops"
editor <<'END'
: >"$1"
END
fresh
runs 1 "an emptied file is not saved" hubsecrets edit file.yaml
has err 'completely empty' "and the message says why"
same file.yaml secrets.enc.yaml "the file is untouched"
editor <<'END'
exit 3
END
runs 201 "an editor that fails: status 201" hubsecrets edit file.yaml
same file.yaml secrets.enc.yaml "the file is untouched"
SOPS_EDITOR=/nonexistent/editor
runs 201 "an editor that is not there: status 201" hubsecrets edit file.yaml
SOPS_EDITOR="sh 'unclosed"
runs 201 "an editor with an unclosed quote" hubsecrets edit file.yaml

# How the editor's command is read
mkdir 'my tools'
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%s/arguments\n' "$T" >'my tools/ed'
chmod +x 'my tools/ed'
SOPS_EDITOR="'$T/my tools/ed' -x \"two words\" back\\ slash"
runs 200 "an editor with arguments" hubsecrets edit file.yaml
is "$(head -n 3 arguments | tr '\n' '|')" "-x|two words|back slash|" "they are split as a shell does"
SOPS_EDITOR= EDITOR="$T/my\\ tools/ed"
export EDITOR
runs 200 "EDITOR counts where SOPS_EDITOR is empty" hubsecrets edit file.yaml
unset EDITOR

# vi leaves nothing behind: it gets flags for that
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%s/arguments\n' "$T" >vim
chmod +x vim
SOPS_EDITOR=$T/vim
runs 200 "vim" hubsecrets edit file.yaml
has arguments noundofile "is told to keep no undo file"

# Somebody else changes the file meanwhile
editor <<'END'
if [ -e round ]; then
	cp "$1" second; ls "$(dirname "$1")" >beside; cp "$(dirname "$1")"/*.mine mine
	sed -i 's/port: 1/port: 2/' "$1"
else
	touch round; sed -i 's/8000/9000/' "$1"
	env -u SOPS_EDITOR hubsecrets set file.yaml '["hub"]["port"]' 1
fi
END
fresh
printf '\n' | hubsecrets edit file.yaml >out 2>err
is $? 0 "a file that was changed meanwhile"
has err "changed by somebody else" "the user is told"
has second "port: 1" "and goes on from the new version"
has mine "port: 9000" "what was written first lies beside it"
hubsecrets decrypt file.yaml >out
has out "port: 2" "the second edit is saved"
rm -f round
fresh
cp file.yaml theirs-now
hubsecrets edit file.yaml >out 2>err </dev/null
is $? 1 "without an answer it ends"
hubsecrets decrypt file.yaml >out
has out "port: 1" "the other version stays"

# A new file
editor <<'END'
cp "$1" seen
END
runs 1 "a new file without a recipient" hubsecrets edit new.yaml
[ ! -e new.yaml ]; ok $? "is not made"
printf 'creation_rules:\n  - age: %s\n' $AGE >.sops.yaml
runs 200 "a new file that is left as it is: status 200" hubsecrets edit new.yaml
[ ! -e new.yaml ]; ok $? "is not made"
has seen "hello:" "an example is shown"
editor <<'END'
printf 'a: yes\nb: 0x10\n' >"$1"
END
runs 0 "a new file" hubsecrets edit new.yaml
has err 'new.yaml:1: will come back' "lines that will come back otherwise are named"
runs 0 "is decrypted" hubsecrets decrypt new.yaml
is "$(cat out)" "a: \"yes\"
b: 16" "to what was written, as sops spells it"

# --show-master-keys
editor <<'END'
cp "$1" seen; sed -i 's/8000/7000/' "$1"
END
fresh
runs 0 "with the metadata" hubsecrets edit -s file.yaml
has seen "recipient: $AGE" "it is shown"
runs 0 "the file is decrypted" hubsecrets decrypt file.yaml
sed 's/8000/7000/' secrets.yaml >want
same out want "and holds the change"
done_testing
