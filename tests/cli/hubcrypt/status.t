#!/bin/sh
# status: git-crypt's listing to the letter, and the same facts for programs.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/git.sh"

repository made
runs 0 "a good repository" hubcrypt status
cat >"$T/want" <<'END'
not encrypted: .gitattributes
not encrypted: README
    encrypted: deep/empty
    encrypted: deep/er/two.sh
    encrypted: one.secret
    encrypted: with space/three [*].secret
END
same "$T/out" "$T/want" "is listed in git-crypt's layout, links left out"
silent "with nothing else to say"
runs 0 "-e" hubcrypt status -e
is "$(grep -c '^    encrypted: ' "$T/out") $(wc -l <"$T/out")" '4 4' "lists the encrypted ones"
runs 0 "-u" hubcrypt status -u
is "$(grep -c '^not encrypted: ' "$T/out") $(wc -l <"$T/out")" '2 2' "lists the others"
cd deep && runs 0 "from a folder below" hubcrypt status
has "$T/out" '    encrypted: ../one.secret' "paths are relative"
has "$T/out" '    encrypted: er/two.sh' "in both directions"
runs 0 "a pattern" hubcrypt status '../*.secret'
is "$(cat "$T/out")" "$(printf '    encrypted: ../one.secret\n    encrypted: ../with space/three [*].secret')" "is git's"
cd .. && runs 0 "a pattern without a match" hubcrypt status nothing
is "$(cat "$T/out")" '' "lists nothing"

echo new >untracked.secret && echo new >untracked
runs 0 "untracked files" hubcrypt status
is "$(head -n 2 "$T/out")" "$(printf 'not encrypted: untracked\n    encrypted: untracked.secret')" "come first"
rm untracked untracked.secret

# A file that was there before its attribute.
echo clear >early && git add early && git commit -qm early && echo 'early filter=git-crypt' >>.gitattributes && git commit -qm mark .gitattributes
runs 1 "a plaintext blob of a marked file" "$OURS" status
has "$T/out" '    encrypted: early *** WARNING: diff=git-crypt attribute not set *** *** WARNING: staged/committed version is NOT ENCRYPTED! ***' \
	"is warned about, diff first"
has "$T/out" 'Warning: one or more files has a git-crypt filter attribute but not a' "and explained"
has "$T/out" 'Warning: one or more files is marked for encryption via .gitattributes but' "both"
runs 1 "also with -e" "$OURS" status -e
runs 0 "not with -u" "$OURS" status -u
runs 0 "--fix" "$OURS" status -f
has "$T/out" 'early: staged encrypted version' "stages it"
has "$T/out" 'Staged 1 encrypted file.' "and counts"
index_sealed early
ok $? "ciphertext is in the index"
git commit -qm fixed
echo 'early diff=git-crypt' >>.gitattributes
runs 0 "then all is well" "$OURS" status
runs 2 "-e and -u" "$OURS" status -e -u
runs 2 "-e and -f" "$OURS" status -e -f
runs 2 "-z under git-crypt's name" "$OURS" status -z
is "$(cat "$T/err")" 'Sorry, machine-parseable output is not yet implemented' "in its words"
runs 1 "outside a repository" env -C "$T" "$OURS" status
rm -f gone && echo x >gone.later && git add gone.later && echo 'gone.later filter=git-crypt diff=git-crypt' >>.gitattributes && rm gone.later
runs 1 "--fix of a file that is not there" "$OURS" status -f
has "$T/err" 'Error: gone.later: cannot stage encrypted version because not present in working tree' "says so"
git rm -q --cached gone.later

# For programs.
nl='
'
echo odd >"odd${nl}name.secret" && git add . && git commit -qm odd
runs 0 "-z" hubcrypt status -z
is "$(tr '\0' '#' <"$T/out" | tr '\n' '|' | grep -ao 'encrypted	odd|name.secret#')" 'encrypted	odd|name.secret#' "ends names with NUL"
runs 0 "--json" hubcrypt status --json
if command -v python3 >/dev/null; then
	is "$(python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(d["guard"], d["keys"], [f for f in d["files"] if "odd" in f["path"]])' "$T/out")" \
		"False [{'name': 'default', 'unlocked': True, 'files': 6}] [{'path': 'odd\\nname.secret', 'state': 'encrypted', 'tracked': True, 'driver': 'git-crypt', 'diff': True}]" \
		"is JSON"
fi
runs 0 "-r" hubcrypt status -r
is "$(cat "$T/out")" 'default: unlocked, 6 files' "tells of the keys"
runs 0 "--exit-code when unlocked" hubcrypt status --exit-code
git clone -q . "$T/c" && cd "$T/c" || exit 255
runs 0 "a locked clone" hubcrypt status
runs 3 "--exit-code when locked" hubcrypt status --exit-code
runs 0 "-r there" hubcrypt status -r
is "$(cat "$T/out")" 'default: locked, 6 files' "says so"
done_testing
