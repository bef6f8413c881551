#!/bin/sh
# Binary files that are worked on in pieces: the same files, a constant of memory, and nothing released that was not verified.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"

# 12 MB that no compressor likes; above what a spill keeps in memory.
perl -e 'my $x = 1; binmode STDOUT; for (1 .. 3000000) { $x = ($x * 1664525 + 1013904223) & 0xffffffff; print pack("N", $x) }' >plain
[ "$(wc -c <plain)" -eq 12000000 ]; ok $? "a large file is there"

runs 0 "it is encrypted" hubsecrets encrypt --age $AGE plain
mv "$T/out" sealed
hubsecrets decrypt sealed | cmp -s - plain; ok $? "it comes back through a pipe"
runs 0 "it is decrypted to a file" hubsecrets decrypt --output again sealed
cmp -s again plain; ok $? "which is the same"
cp -p plain own && chmod 640 own
runs 0 "it is encrypted in place" hubsecrets encrypt --age $AGE -i own
runs 0 "and decrypted in place" hubsecrets decrypt -i own
cmp -s own plain; ok $? "and is what it was"
is "$(stat -c %a own)" 640 "with its mode"
hubsecrets decrypt --input-type binary --output-type json sealed | head -c 9 | grep -q '"data"'
ok $? "another form is made from the whole"
hubsecrets decrypt <sealed | cmp -s - plain
ok $? "standard input is read as a whole"

# Other printers of JSON write the same text otherwise.
sed '0,/\//s//\\\//' sealed >escaped
! cmp -s sealed escaped && hubsecrets decrypt escaped | cmp -s - plain
ok $? "a file with an escaped slash in its data is read"

perl -e 'local $/; $_ = <STDIN>; substr($_, 5000000, 1) = substr($_, 5000000, 1) eq "B" ? "F" : "B"; print' <sealed >damaged
echo old >target
runs 25 "a damaged file is refused" hubsecrets decrypt damaged
[ ! -s "$T/out" ]; ok $? "nothing of it is released"
is "$(cat "$T/err")" "hubsecrets: damaged: authentication tag does not match" "and it is named"
runs 25 "with a target, too" hubsecrets decrypt --output target damaged
is "$(cat target)" old "a target file stays what it was"
cp damaged inplace
runs 25 "and in place" hubsecrets decrypt -i inplace
cmp -s damaged inplace; ok $? "so does the file itself"
sed 's/\("mac": "ENC\[AES256_GCM,data:\)..../\1AAAA/' sealed >nomac
runs 51 "another MAC is refused" hubsecrets decrypt nomac
[ ! -s "$T/out" ]; ok $? "and nothing released"
hubsecrets decrypt --ignore-mac nomac | cmp -s - plain; ok $? "unless that was asked for"
runs 3 "no room on the disk" hubsecrets decrypt --output /dev/full sealed
is "$(cat "$T/err")" "hubsecrets: Could not open output file for writing: '/dev/full': No space left on device" "says where"
[ -z "$(find . -name '*.hub.*' -o -name '.hub*')" ]; ok $? "no temporary file is left"

if command -v sops >/dev/null; then
	sops decrypt sealed 2>/dev/null | cmp -s - plain; ok $? "real sops reads it"
	sops encrypt --age $AGE plain >theirs 2>/dev/null && hubsecrets decrypt theirs | cmp -s - plain; ok $? "and the reverse"
else
	skip "sops is not installed"
fi
done_testing
