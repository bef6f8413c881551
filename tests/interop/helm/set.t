#!/bin/sh
# Real Helm sets the same by --set and its kin, over generated arguments.
. "${0%/*}/../../tap.sh"
needs helm perl

mkdir -p chart/templates
printf 'apiVersion: v2\nname: c\nversion: 0.1.0\n' >chart/Chart.yaml
printf 'out: {{ toJson .Values | b64enc }}\n' >chart/templates/out.yaml
values() { helm template x chart "$@" 2>"$T/helm.err" | sed -n 's/^out: //p' | base64 -d; }
cat >below.yaml <<'EOF'
a: {b: 1, c: [1, {d: 2}], "": {x: 1}}
b: [1, {a: 1}, [2]]
c: null
EOF

# Lines of OPTION TAB ARGUMENT.
cat >generate.pl <<'EOF'
srand(shift);
my @keys = ('a', 'b', 'c', 'd', 'a b', '1', 'true', 'e\\.f', '');
my @values = ('1', '0', '-5', '+7', '007', '1.5', 'x', 'true', 'NULL', '', '{}', '{1,x}', '{x', ' ', 'a=b', '\\,', 'x\\,y', '1e3',
    '99999999999999999999', '{a,,b}', '"q"');
my @json = ('1', '-0', '1.5e3', '"s"', 'null', 'true', '[1,{"x":2}]', '{"x":{"y":1}}', '', '01', '[1', '{"a":1,"a":2}', ' 1 ', '"\\u00e9"');
my @options = ('set', 'set', 'set', 'set-string', 'set-json', 'set-json', 'set-literal');
sub one { $_[rand @_] }
sub path { my $p = one(@keys); $p .= one('.' . one(@keys), '[' . int(rand 3) . ']') for 1 .. int rand 3; $p }
for (1 .. shift) {
	my $option = one(@options);
	my $argument = join ',', map { path() . one('=', '=', '=', '=', '=', '') . one($option eq 'set-json' ? @json : @values) } 1 .. 1 + int rand 3;
	# A letter too many or too few now and then.
	substr($argument, rand length $argument, int rand 2) = one(split //, '.,=[]{}\\ a1') if rand() < .2;
	print "$option\t$argument\n";
}
EOF
perl generate.pl "${SEED:-11}" "${CASES:-36}" >arguments
tab=$(printf '\t')
while IFS=$tab read -r option argument; do
	want=$(values -f below.yaml "--$option" "$argument")
	if hubmerge -f below.yaml "--$option=$argument" --helm 3 -o set.yaml 2>err; then
		is "$(values -f set.yaml)" "$want" "--$option '$argument' sets the same"
	elif grep -q 'beyond 2^53' err; then
		[ -n "$want" ]; ok $? "--$option '$argument' is more than a file can say"
	else
		is "$want" "" "--$option '$argument' is refused by both"
	fi
done <arguments

# The order of kinds is Helm's, whatever that of the command line.
printf 'a file\n' >file.txt
set -- --set-literal l=literal --set-file f.g=file.txt,s=file.txt --set-string s=string,t=1 --set t=2,s=3,j=4 --set-json 'j=[1],l={},k={"a":1}'
hubmerge -f below.yaml "$@" -o set.yaml 2>err
is "$(values -f set.yaml)" "$(values -f below.yaml "$@")" "all kinds at once, in Helm's order"
done_testing
