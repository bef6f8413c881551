#!/bin/sh
# What programs that call sops count on, where it is not obvious: the points that were collected from them, one by one.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
mkdir keys && mv age-1.txt keys/ && export SOPS_AGE_KEY_FILE=$T/keys/age-1.txt
printf 'a: x\nb: 5\nd: 2024-01-01\nlist:\n    - 1\n    - a\nm:\n    c: "y"\n' >p.yaml
sops -e --age $AGE p.yaml >e.yaml
sops -d e.yaml >plain.yaml

# 1: the version
runs 0 "1: --version" sops --version
is "$(head -n 1 out)" "sops 3.13.2" "1: word, blank, three numbers"
silent "1: and nothing else"
for words in '--disable-version-check --version' '-v --disable-version-check' '--check-for-updates -v'; do
	runs 0 "1: $words" sops $words
	is "$(head -n 1 out)" "sops 3.13.2" "1: the same"
done
for words in '--disable-version-check -d e.yaml' '-d --disable-version-check e.yaml' 'decrypt --disable-version-check e.yaml' 'decrypt e.yaml --disable-version-check'; do
	runs 0 "1: $words" sops $words
done

# 2: nothing on standard error when all went well, nothing on standard output when it failed
for words in '-d e.yaml' 'decrypt e.yaml' "encrypt --age $AGE p.yaml" 'filestatus e.yaml' 'rotate e.yaml' 'decrypt --extract ["a"] e.yaml'; do
	runs 0 "2: $words" sops $words
	silent "2: in silence"
done
for words in '-d p.yaml' 'decrypt absent.yaml' 'encrypt p.yaml' 'encrypt e.yaml' 'decrypt --extract ["no"] e.yaml' 'filestatus absent' 'decrypt --input-type json e.yaml'; do
	sops $words >out 2>err
	[ $? -ne 0 ] && [ ! -s out ] && [ -s err ]; ok $? "2: '$words' fails with words on standard error alone"
done
runs 0 "2: --verbose" sops --verbose -d e.yaml
has err "Data key recovered successfully" "2: has the words that are looked for"

# 3: exit statuses
sed 's/^\(a: ENC\[AES256_GCM,data:\)./\1_/' e.yaml >torn.yaml
sed '/^    mac:/d' e.yaml >nomac.yaml
status() { runs $1 "3: status $1: sops $2" sops $2; }
status 1 "decrypt p.yaml"
status 2 "encrypt --age $AGE ."
status 7 'set e.yaml nonsense 1'
status 7 'set e.yaml ["a"] nonsense'
status 8 "decrypt -i --output o e.yaml"
status 8 "encrypt --age $AGE --encrypted-regex a --unencrypted-regex b p.yaml"
status 25 "decrypt torn.yaml"
status 51 "decrypt nomac.yaml"
status 91 "decrypt --extract nonsense e.yaml"
status 100 "decrypt absent.yaml"
status 100 "-d"
SOPS_AGE_KEY_FILE=/dev/null status 128 "decrypt e.yaml"
SOPS_EDITOR=true status 200 "edit e.yaml"
SOPS_EDITOR=false status 201 "edit e.yaml"
status 203 "encrypt --age $AGE e.yaml"
status 49 "rotate --add-age $AGE absent.yaml"
status 112 "decrypt --decryption-order age,age e.yaml"

# 4: .sops.yaml is searched from the working directory
mkdir -p sub elsewhere
printf 'creation_rules:\n  - age: %s\n' $AGE2 >sub/.sops.yaml
printf 'creation_rules:\n  - age: %s\n' $AGE >elsewhere/.sops.yaml
cp p.yaml sub/
runs 0 "4: a file of another folder" sh -c 'cd elsewhere && sops encrypt ../sub/p.yaml'
grep -q $AGE out; ok $? "4: goes by the rules of the working directory"

# 5: unknown settings pass in silence
printf 'creation_rules:\n  - age: %s\n    nonsense: x\nalso: 1\n' $AGE >unknown.yaml
runs 0 "5: unknown settings" sops --config unknown.yaml encrypt p.yaml
silent "5: pass in silence"

# 6: of repeated options the last one wins; an unknown type is none
runs 0 "6: --age twice" sops encrypt --age $AGE --age $AGE2 p.yaml
is "$(sed -n 's/^ *recipient: //p' out)" $AGE2 "6: the last one alone"
runs 0 "6: --output-type twice" sops decrypt --output-type json --output-type yaml e.yaml
same out plain.yaml "6: the last one"
runs 0 "6: --config twice" sops --config absent.yaml --config /dev/null decrypt e.yaml
runs 0 "6: a type with its quotes" sops decrypt --output-type '"yaml"' e.yaml
same out plain.yaml "6: is ignored"

# 7: /dev/stdin and pipes are names of files, /dev/stdout and pipes take output
runs 0 "7: /dev/stdin, a pipe" sh -c 'cat e.yaml | sops -d --input-type yaml --output-type yaml /dev/stdin'
same out plain.yaml "7: is read"
if command -v bash >/dev/null; then
	runs 0 "7: <(...)" bash -c 'sops -d --input-type yaml --output-type yaml <(cat e.yaml)'
	same out plain.yaml "7: is read"
fi
runs 1 "7: /dev/stdin without a type is binary" sh -c 'sops -d /dev/stdin <e.yaml'
runs 100 "7: -d without a file, with something to read" sh -c 'sops -d <e.yaml'
runs 0 "7: --output /dev/stdout" sh -c 'sops -d --output /dev/stdout e.yaml | cat'
same out plain.yaml "7: is standard output"
mkfifo fifo
cat fifo >out & sops -d --output fifo e.yaml; wait
same out plain.yaml "7: a FIFO is written through"
cp e.yaml target.yaml && chmod 640 target.yaml && ln -s target.yaml link.yaml
runs 0 "7: in place, through a link" sops -d -i link.yaml
[ -h link.yaml ] && cmp -s target.yaml plain.yaml; ok $? "7: changes what it points to"
is "$(ls -l target.yaml | cut -c1-10)" -rw-r----- "7: whose mode stays"

# 8: the editor
printf 'basename "$1" >name; env | grep -c "^SOPS_EDITOR=" >/dev/null; test -t 0; cat >/dev/null; echo shown\n' >ed.sh
cp e.yaml noextension
for name in e.yaml noextension; do
	SOPS_EDITOR="sh ed.sh" EDITOR=false runs 200 "8: SOPS_EDITOR is before EDITOR" sops --input-type yaml --output-type yaml edit $name
	is "$(cat name)" $name "8: the file has the same name"
	is "$(cat out)" shown "8: standard output is the editor's"
done
cp e.yaml before
printf 'rm "$1"\n' >ed.sh
SOPS_EDITOR="sh ed.sh" runs 2 "8: an editor that removes the file" sops e.yaml
has err "editor" "8: is told"
same e.yaml before "8: and nothing is changed"
printf 'sed -i "s/x/new/" "$1"; exit 1\n' >ed.sh
SOPS_EDITOR="sh ed.sh" runs 201 "8: an editor that fails" sops e.yaml
same e.yaml before "8: changes nothing, whatever it wrote"

# 9: text that is compared
runs 0 "9: times" sops -d --output-type json e.yaml
has out '"d": "2024-01-01T00:00:00Z"' "9: are written in full"
head -n 2 out | tail -n 1 | grep -q '^	"a": "x",$'; ok $? "9: JSON has tabs"
[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]; ok $? "9: and a last line break"
printf '[s]\nlong_name = 1\nb = 2\n' >p.ini && sops encrypt -i --age $AGE p.ini
runs 0 "9: INI" sops -d p.ini
printf 'long_name = 1\nb = 2\n' >want
tail -n 2 out >got; same got want "9: keeps its layout, where sops aligns"

# 10: --extract
extracts() { runs 0 "10: --extract $1" sops -d --extract "$1" ${3:-} e.yaml; printf "$2" >want; same out want "10: as it is printed"; }
extracts '["a"]' 'x'
extracts "['a']" 'x'
extracts '["b"]' '5\n'
printf -- '- 1\n- a\n' >want
runs 0 "10: a list" sops -d --extract '["list"]' e.yaml
same out want "10: is a list of the format"
extracts '["m"]' 'c=y\n' '--output-type dotenv'
runs 1 "10: a key that is not there" sops -d --extract '["m"]["absent"]' e.yaml
has err absent "10: is named"

# 11: what is searched for in files
grep -q '^ *mac: .*,type:str]$' e.yaml && grep -qx sops: e.yaml; ok $? "11: YAML"
printf 'K=v\n' >k.env && sops -e --age $AGE k.env | grep -q '^sops_mac='; ok $? "11: dotenv"
printf 'bytes' >bin && sops -e --age $AGE bin >e.bin && grep -q '"data": "ENC\[AES256_GCM,data:' e.bin; ok $? "11: binary"
sops -e --age $AGE --encrypted-regex '^(data|stringData)$' p.yaml | grep -qxF '    encrypted_regex: ^(data|stringData)$'; ok $? "11: a rule without quotes"

# 12: names that lie
for name in bin p.yaml; do
	sops encrypt --age $AGE --input-type binary --output-type binary $name >lies.json
	grep -q '"data": "ENC' lies.json; ok $? "12: $name as a binary file is JSON"
	sops decrypt --input-type binary --output-type binary lies.json >out
	same out $name "12: and comes back"
done

# Wrong but common
runs 7 "--set PATH VALUE FILE" sops --set '["a"]' '"new"' e.yaml
has err "Invalid --set format" "is refused in the words of sops"
runs 1 "exec-env FILE -- PROGRAM ARGUMENT" sops exec-env e.yaml -- printenv a
has err "must be one argument" "is refused with what to do"
runs 0 "-v FILE" sops -v e.yaml
runs 0 "options behind the file" sops decrypt e.yaml --output-type json
has out '"a": "x"' "count"
runs 0 "options behind the file, in the older form" sops -d e.yaml --output-type json
has out '"a": "x"' "count as well"
done_testing
