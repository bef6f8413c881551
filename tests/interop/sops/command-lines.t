#!/usr/bin/perl
#
# The same command lines given to real sops and to hubsecrets under that name: exit status, standard output, whether anything is said
# on standard error, and what became of the files are compared.  Encrypted text is compared by what it is decrypted to, by
# real sops, and by its metadata.  LINES_ONLY=REGEX runs some of them.
#
# A row: [command line, option => value...].  Words are split at blanks, but those in '...' and "..." stay together.
#	stdin => text	env => { NAME => value }	editor => shell script
#	differ => why: only that both fail is compared, or, with ours => N, our status

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $build = $ENV{BUILD} ? abs_path($ENV{BUILD}) : "$top/build";
my ($sops) = grep { -x } map { "$_/sops" } split /:/, $ENV{PATH};
my $tmp = tempdir('hub.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $work = $tmp;		# where a worker keeps what it runs on

if (!defined $sops) {
	if (($ENV{PEERS} // '') eq 'required' && index($ENV{PEERS_ABSENT} // '', 'sops') < 0) {
		print "Bail out! sops is required and not installed\n";
		exit 255;
	}
	print "1..0 # SKIP sops is not installed\n";
	exit 0;
}
mkdir "$tmp/$_" for qw(theirs ours home start);
symlink $sops, "$tmp/theirs/sops" or die "symlink: $!";
symlink "$build/bin/hubsecrets", "$tmp/ours/sops" or die "symlink: $!";

my $age = 'age1vkenxd082m72pgllqcgyd63jdccc7hg8sv442hjj9gt4de96dcxsy5nzqj';
my $age2 = 'age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks';

# --- the files -------------------------------------------------------------------------------------------------------------

sub slurp {
	my ($path) = @_;

	open my $file, '<:raw', $path or return undef;
	local $/;
	return <$file> // '';
}

sub spew {
	my ($path, $bytes) = @_;

	open my $file, '>:raw', $path or die "$path: $!";
	print $file $bytes;
	close $file;
}

my %plain = (
	'p.yaml' => "# head\na: x\nb: 5\nf: 1.5\nlist:\n    - 1\n    - two\n    - true\nm:\n    c: y\n    d: null\n",
	'p.json' => "{\n\t\"a\": \"x\",\n\t\"b\": 5,\n\t\"list\": [\n\t\t1,\n\t\t\"two\"\n\t],\n\t\"m\": {\n\t\t\"c\": \"y\"\n\t}\n}\n",
	'p.env' => "# c\nA=1\nB=x y\n",
	'p.ini' => "[s]\na = 1\nb = x\n",
	'p.bin' => "any\nbytes\n",
	'flat.yaml' => "a: x\nb: 5\n",
	'noext' => "a: x\n",
	'ed.sh' => '',
	'val.json' => '{"k": [1, "z"]}',
	'bad.yaml' => "a: [\n",
	'empty.yaml' => '',
	'list.yaml' => "- 1\n",
	'key.txt' => '',
);
spew("$tmp/start/$_", $plain{$_}) for keys %plain;
spew("$tmp/start/key.txt", slurp("$top/testdata/sops/age/key.txt"));
spew("$tmp/home/other.txt", "AGE-SECRET-KEY-10U6FSH5C8ULH5NUF8C4MP2L203ENLD73X8SYPW4D2T53NJUU493QE34U0X\n");

sub run_in {
	my ($dir, $who, $stdin, $env, @argv) = @_;

	spew("$work/stdin", $stdin);
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		%ENV = (PATH => "$tmp/$who:/usr/bin:/bin", HOME => "$tmp/home", SOPS_AGE_KEY_FILE => "$tmp/start/key.txt", TMPDIR => $work,
		    SOPS_DISABLE_VERSION_CHECK => 1, GNUPGHOME => "$tmp/home/gnupg",
		    $ENV{ASAN_OPTIONS} ? (ASAN_OPTIONS => $ENV{ASAN_OPTIONS}) : ());
		for my $name (keys %$env) {
			defined $env->{$name} ? ($ENV{$name} = $env->{$name}) : delete $ENV{$name};
		}
		chdir $dir or exit 126;
		open STDIN, '<', "$work/stdin";
		open STDOUT, '>', "$work/stdout";
		open STDERR, '>', "$work/stderr";
		alarm 60;
		exec @argv;
		exit 127;
	}
	waitpid $pid, 0;
	return ($? & 127 ? 128 + ($? & 127) : $? >> 8, slurp("$work/stdout"), slurp("$work/stderr"));
}

for my $name ('p.yaml', 'p.json', 'p.env', 'p.ini', 'p.bin', 'flat.yaml') {
	my ($status, $out) = run_in("$tmp/start", 'theirs', '', {}, 'sops', 'encrypt', '--age', $age, $name);
	die "sops cannot encrypt $name\n" if $status != 0;
	spew("$tmp/start/" . ($name =~ s/^p/e/r =~ s/^flat/eflat/r), $out);
}
{
	my (undef, $out) = run_in("$tmp/start", 'theirs', '', {}, 'sops', 'encrypt', '--age', $age2, 'p.yaml');
	spew("$tmp/start/foreign.yaml", $out);
	(my $text = slurp("$tmp/start/e.yaml")) =~ s/^(a: ENC\[AES256_GCM,data:)./$1_/m;
	spew("$tmp/start/torn.yaml", $text);
	($text = slurp("$tmp/start/e.yaml")) =~ s/^    mac: .*\n//m;
	spew("$tmp/start/nomac.yaml", $text);
}

# --- what came of a run ----------------------------------------------------------------------------------------------------

my $json = JSON::PP->new->canonical->allow_nonref;

# An encrypted text, as what sops decrypts it to, and the names in its metadata.
sub opened {
	my ($name, $text) = @_;
	my ($type) = $name =~ /\.(yaml|json|env|ini)$/;
	my %type = (env => 'dotenv');

	# What is printed says itself what it is.
	$type = $text =~ /^\s*\{/ ? ($text =~ /"data": "ENC/ ? 'binary' : 'json') : $text =~ /^sops_mac=/m ? 'dotenv' : $text =~ /^\[sops\]/m ? 'ini' : 'yaml';
	my ($status, $plain, $err) = run_in("$tmp/start", 'theirs', $text, { SOPS_AGE_KEY_FILE => "$tmp/both.txt" }, 'sops', 'decrypt', '--input-type', $type,
	    '--output-type', $type, '/dev/stdin');
	my %names = map { $_ => 1 } $text =~ /^\s*"?((?:un)?encrypted_\w+|mac_only_encrypted|shamir_threshold|recipient|version|key_groups)\b/mg;
	my $recipients = () = $text =~ /recipient["=: ]/g;

	return $status == 0 ? "$plain\n--- " . join(' ', sort(keys %names), $recipients) : "not opened: $err";
}

sub view {
	my ($name, $text) = @_;

	$text //= '(none)';
	$text =~ s/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/TIME/g;
	$text =~ s/\/\S*hub\.\w+\/(?:case|\.sops\d+)/DIR/g;
	return $text =~ /ENC\[AES256_GCM/ && $text =~ /mac/ ? opened($name, $text) : $text;
}

sub files_of {
	my ($dir) = @_;
	my %found;

	opendir my $list, $dir or die "$dir: $!";
	for my $name (grep { -f "$dir/$_" } readdir $list) {
		my $text = slurp("$dir/$name");

		$found{$name} = $text if !defined slurp("$tmp/start/$name") || $text ne slurp("$tmp/start/$name");
	}
	return \%found;
}

sub words_of {
	my ($line) = @_;
	my @words;

	while ($line =~ /\G\s*((?:'[^']*'|"[^"]*"|[^\s'"]+)+)/g) {
		my $word = $1;
		$word =~ s/'([^']*)'|"([^"]*)"/$1 \/\/ $2/ge;
		$word =~ s/\@AGE\@/$age/g;
		$word =~ s/\@AGE2\@/$age2/g;
		push @words, $word;
	}
	return @words;
}

sub outcome {
	my ($who, $row) = @_;
	my ($line, %o) = @$row;
	my @argv = words_of($line);

	system('rm', '-rf', "$work/case");
	system('cp', '-r', "$tmp/start", "$work/case");
	if (defined $o{config}) {
		(my $text = $o{config}) =~ s/\@AGE\@/$age/g;
		$text =~ s/\@AGE2\@/$age2/g;
		spew("$work/case/.sops.yaml", $text);
	}
	spew("$work/case/ed.sh", $o{editor}) if defined $o{editor};
	my ($status, $out, $err) = run_in("$work/case", $who, $o{stdin} // '', { %{$o{env} // {}}, defined $o{editor} ? (SOPS_EDITOR => "sh ed.sh") : () }, @argv);
	my $files = files_of("$work/case");
	my $name = (grep { -e "$work/case/$_" } @argv)[0] // '';

	delete @$files{'.sops.yaml', 'ed.sh'};
	return { status => $status, out => view($name, $out), err => $err, quiet => $err eq '' ? 'silent' : 'not silent',
	    files => { map { $_ => view($_, $files->{$_}) } keys %$files } };
}

sub show {
	my ($what, $got, $want) = @_;

	return sprintf "%s:\n  ours:   %s\n  theirs: %s\n", $what, map { my $t = substr $_, 0, 1200; $t =~ s/\n/\n          /g; $t } $got, $want;
}

sub compare {
	my ($row) = @_;
	my ($line, %o) = @$row;
	my $theirs = outcome('theirs', $row);
	my $ours = outcome('ours', $row);
	my $problem = '';

	if (defined $o{differ}) {
		return show('status', "$ours->{status}: $ours->{err}", $o{ours}) if defined $o{ours} && $ours->{status} != $o{ours};
		return show('status', "$ours->{status}: $ours->{err}", $theirs->{status}) if !defined $o{ours} && !$ours->{status} != !$theirs->{status};
		return '';
	}
	$problem .= show('status', "$ours->{status}: $ours->{err}", "$theirs->{status}: $theirs->{err}") if $ours->{status} != $theirs->{status};
	# sops prints its help there when the command line is wrong.
	$problem .= show('standard output', $ours->{out}, $theirs->{out}) if $ours->{out} ne $theirs->{out} && $theirs->{out} !~ /^(?:Incorrect Usage|NAME:)/;
	$problem .= show('standard error', $ours->{err}, $theirs->{err}) if $ours->{quiet} ne $theirs->{quiet};
	$problem .= show('files', $json->encode($ours->{files}), $json->encode($theirs->{files})) if $json->encode($ours->{files}) ne $json->encode($theirs->{files});
	for my $words (@{$o{says} // []}) {
		$problem .= show('words', $ours->{err}, $words) if index($ours->{err}, $words) < 0;
		$problem .= show('words', "(theirs) $theirs->{err}", $words) if index($theirs->{err}, $words) < 0;
	}
	return $problem;
}

spew("$tmp/both.txt", slurp("$tmp/start/key.txt") . slurp("$tmp/home/other.txt"));

# --- the command lines -----------------------------------------------------------------------------------------------------

my $rule = "creation_rules:\n  - age: \@AGE\@\n";
my $set_b = "sed -i 's/^b: 5/b: 6/' \"\$1\"\n";
my @rows = (
	# decrypt, in all its forms
	(map { my $name = $_; map { ["sops $_ $name"] } 'decrypt', '-d', '--decrypt', '-decrypt', 'decrypt --', '-d --' } qw(e.yaml e.json e.env e.ini e.bin)),
	(map { my $from = $_; map { ["sops decrypt --output-type $_ $from"] } qw(yaml json dotenv binary) } qw(eflat.yaml e.env)),
	(map { ["sops -d --output-type $_ e.yaml"] } qw(json yaml binary dotenv)),
	['sops -d --output-type ini e.yaml', differ => 'both fail; the words are others'],
	['sops decrypt e.yaml --output-type json'], ['sops decrypt --output-type=json e.yaml'], ['sops decrypt -output-type json e.yaml'],
	['sops --output-type json -d e.yaml'], ['sops --output-type json --output-type yaml -d e.yaml'], ['sops -d --output-type nonsense e.yaml'],
	['sops -d --input-type nonsense e.yaml'], ["sops --decrypt --output-type '\"yaml\"' e.yaml"],
	['sops decrypt -i e.yaml'], ['sops -d -i e.yaml'], ['sops -i -d e.json'], ['sops --in-place --decrypt e.env'], ['sops decrypt -i=false e.yaml'], ['sops -d=true e.yaml'], ['sops --decrypt=1 e.yaml'], ['sops -d -e=false e.yaml'], ['sops -d=false e.yaml', editor => ":\n"], ['sops -d=x e.yaml'],
	['sops decrypt --output= e.yaml'], ['sops decrypt -i --output= e.yaml'], ['sops decrypt --output-type= e.yaml'], ['sops decrypt --extract= e.yaml'],
	['sops decrypt --in-place=true e.yaml'], ['sops decrypt --output o.yaml e.yaml'], ['sops --output o.json -d e.yaml'], ['sops decrypt --output o -i e.yaml'],
	['sops -d --output o -i e.yaml'], ['sops decrypt --output absent/o e.yaml'], ['sops decrypt --output /dev/stdout e.yaml'],
	['sops decrypt absent.yaml', says => ['Error: cannot operate on non-existent file "', '/absent.yaml"']], ['sops -d absent.yaml'], ['sops -d'], ['sops -e'], ['sops -r'],
	['sops decrypt .'], ['sops -d .'], ['sops decrypt p.yaml', says => ['sops metadata not found']], ['sops -d p.json', says => ['sops metadata not found']],
	['sops -d p.env'], ['sops -d p.ini'], ['sops -d p.bin'], ['sops -d empty.yaml'], ['sops -d bad.yaml'], ['sops decrypt -i p.yaml'],
	['sops decrypt torn.yaml'], ['sops decrypt nomac.yaml', says => ['MAC mismatch']], ['sops decrypt --ignore-mac nomac.yaml'], ['sops -d --ignore-mac nomac.yaml'],
	['sops decrypt foreign.yaml', says => ['Failed to get the data key required to decrypt the SOPS file.', 'Group 0: FAILED']], ['sops -d foreign.yaml'],
	['sops decrypt foreign.yaml', env => { SOPS_AGE_KEY_FILE => undef, SOPS_AGE_KEY => 'AGE-SECRET-KEY-10U6FSH5C8ULH5NUF8C4MP2L203ENLD73X8SYPW4D2T53NJUU493QE34U0X' }],
	['sops decrypt --decryption-order age,pgp e.yaml'], ['sops decrypt --decryption-order pgp,age,kms e.yaml'], ['sops decrypt --decryption-order age,age e.yaml'],
	['sops decrypt --decryption-order nonsense e.yaml'], ['sops decrypt e.yaml', env => { SOPS_DECRYPTION_ORDER => 'pgp' }],
	['sops decrypt --enable-local-keyservice=false e.yaml'], ['sops decrypt --enable-local-keyservice=true e.yaml'], ['sops --enable-local-keyservice=false -d e.yaml'],
	['sops decrypt e.yaml', env => { SOPS_ENABLE_LOCAL_KEYSERVICE => 'false' }], ['sops decrypt --enable-local-keyservice=maybe e.yaml'],
	(map { my $path = $_; map { ["sops $_ '$path' e.yaml"] } 'decrypt --extract', '-d --extract' } '["a"]', '["b"]', '["f"]', '["m"]', '["m"]["c"]', '["m"]["d"]', '["list"][0]',
	    '["list"][1]', '["list"][2]', '["list"]', '["absent"]', '["m"]["absent"]', '["list"][9]', 'nonsense', '["a"', '[a]', '["list"][x]'),
	[q(sops decrypt --extract "['a']" e.yaml)], [q(sops decrypt --extract "['m']['c']" e.yaml)], [q(sops decrypt --extract '' e.yaml)],
	[q(sops decrypt --extract '["m"]' --output-type json e.yaml)], [q(sops decrypt --extract '["m"]' --output-type dotenv e.yaml)],
	[q(sops decrypt --extract '["list"]' --output-type json e.yaml)], [q(sops decrypt --extract '["b"]' --output-type binary e.yaml)],
	[q(sops decrypt --extract '["A"]' e.env)], [q(sops decrypt --extract '["s"]["a"]' e.ini)], [q(sops decrypt --extract '["s"]' e.ini)], [q(sops decrypt --extract '["a"]' e.json)],
	[q(sops decrypt --extract '["list"]' e.json)], (map { ["sops decrypt --output-type ini --extract '$_' e.yaml"] } '["a"]', '["b"]', '["f"]', '["list"][2]', '["m"]["d"]'),
	[q(sops decrypt --extract '["a"]' --output o e.yaml)], [q(sops decrypt --extract '["a"]' -i e.yaml)],
	['sops decrypt', stdin => 'E:e.yaml'], ['sops decrypt --input-type yaml --output-type yaml', stdin => 'E:e.yaml'], ['sops decrypt --filename-override x.yaml', stdin => 'E:e.yaml'],
	['sops decrypt -i', stdin => 'E:e.yaml'], ['sops -d --input-type yaml --output-type json /dev/stdin', stdin => 'E:e.yaml'], ['sops -d /dev/stdin', stdin => 'E:e.bin'],
	['sops decrypt --filename-override x.json e.yaml'], ['sops decrypt -', stdin => 'E:e.yaml'], ['sops decrypt', stdin => ''], ['sops decrypt --input-type yaml', stdin => ''],
	['sops --indent 2 decrypt e.yaml'], ['sops --indent 2 -d e.json'], ['sops --indent 2 --output-type json -d e.yaml'], ['sops --indent 0 -d --output-type json e.yaml'],
	['sops decrypt e.yaml e.json'], ['sops -d e.yaml e.json'], ['sops -d e.yaml --extract x', differ => 'options work wherever they stand', ours => 91],
	['sops --verbose -d e.yaml', says => ['Data key recovered successfully']], ['sops decrypt --verbose e.yaml', differ => 'an option that sops forgot', ours => 0],
	['sops --disable-version-check decrypt e.yaml'], ['sops -d --disable-version-check e.yaml'], ['sops --check-for-updates=false -d e.yaml'],
	['sops -d e.yaml --nonsense'], ['sops decrypt e.yaml --nonsense x'], ['sops exec-env eflat.yaml --nonsense true'], ['sops -d -e e.yaml', differ => 'sops does both', ours => 1], ['sops decrypt --nonsense e.yaml'], ['sops -d --nonsense e.yaml'], ['sops -di e.yaml'], ['sops decrypt --output', differ => 'both fail'],
	['sops --config absent.yaml -d e.yaml'], ['sops --config absent.yaml decrypt e.yaml'], ['sops --config /dev/null -d e.yaml'], ['sops --config /dev/null --decrypt --input-type yaml --output-type yaml e.yaml'],
	['sops -d e.yaml', config => "creation_rules: [\n"], ['sops decrypt e.yaml', config => "nonsense: 1\n"], ['sops decrypt e.yaml', config => "creation_rules:\n  - path_regex: x\n    age: \@AGE\@\n"],
	# encrypt
	(map { my $name = $_; map { ["sops $_ $name"] } "encrypt --age $age", "-e --age $age", "--encrypt -a $age", "--age $age -e", "encrypt --age=$age" } qw(p.yaml p.json p.env p.ini p.bin)),
	['sops encrypt p.yaml', says => ['config file not found, or has no creation rules, and no keys provided through command line options']], ['sops -e p.yaml'],
	['sops encrypt p.yaml', env => { SOPS_AGE_RECIPIENTS => $age }], ['sops -e p.yaml', env => { SOPS_AGE_RECIPIENTS => "$age,$age2" }],
	['sops encrypt p.yaml', config => $rule], ['sops -e -i p.yaml', config => $rule], ['sops encrypt --in-place p.json', config => $rule], ['sops --config c.yaml -e p.yaml'],
	['sops encrypt p.yaml', config => "creation_rules:\n  - path_regex: \\.json\$\n    age: \@AGE\@\n", says => ['no matching creation rules found']],
	["sops encrypt --age $age p.yaml", config => "creation_rules:\n  - path_regex: \\.json\$\n    age: \@AGE\@\n"],
	["sops encrypt --age $age --age $age2 p.yaml"], ["sops encrypt --age $age,$age2 p.yaml"], ["sops encrypt --age ' $age , $age2 ' p.yaml"],
	["sops encrypt --age nonsense p.yaml", differ => 'both fail; sops with another status'],
	["sops encrypt --age $age e.yaml", says => ["top-level entry called 'sops'"]], ["sops -e --age $age e.json"], ["sops -e --age $age e.env"], ["sops -e --age $age e.ini"],
	["sops encrypt --age $age absent.yaml"], ["sops encrypt --age $age empty.yaml"], ["sops encrypt --age $age bad.yaml"], ["sops encrypt --age $age list.yaml"], ["sops encrypt --age $age ."],
	["sops encrypt --age $age", stdin => "a: x\n", says => ['Error: must specify --filename-override when reading from stdin']],
	["sops encrypt --age $age --filename-override n.yaml", stdin => "a: x\n"], ["sops encrypt --age $age --filename-override n.json", stdin => '{"a": 1}'],
	["sops encrypt --age $age --filename-override n.yaml --input-type json", stdin => '{"a": 1}'], ["sops encrypt --age $age --filename-override n.yaml -i", stdin => "a: x\n"], ["sops encrypt --age $age --filename-override '' p.yaml"], ["sops encrypt --age $age --filename-override ''", stdin => "a: x\n"],
	["sops encrypt --age $age --filename-override n.yaml /dev/stdin", stdin => "a: x\n"], ["sops --encrypt --age $age --input-type yaml --output-type yaml /dev/stdin", stdin => "a: x\n"],
	["sops encrypt --age $age --filename-override n.yaml", stdin => "a: x\n", config => "creation_rules:\n  - path_regex: n.yaml\n    age: \@AGE\@\n    encrypted_regex: ^z\n"],
	(map { ["sops encrypt --age $age $_ p.yaml"], ["sops -e --age $age $_ p.yaml"] } '--unencrypted-suffix a', '--encrypted-suffix a', "--unencrypted-regex '^(a|m)\$'", "--encrypted-regex '^(a|m)\$'",
	    "--encrypted-regex ''", "--unencrypted-suffix ''", "--encrypted-regex a --unencrypted-regex b", "--shamir-secret-sharing-threshold 1"),
	["sops -e --age $age --encrypted-comment-regex head p.yaml"], ["sops -e --age $age --unencrypted-comment-regex head p.yaml"], ["sops --mac-only-encrypted --encrypted-regex '^a' -e --age $age p.yaml"],
	["sops --mac-only-encrypted encrypt --encrypted-regex '^a' --age $age p.yaml"], ["sops encrypt --age $age --encrypted-regex a p.bin"],
	["sops encrypt --age $age --encryption-context nonsense p.yaml"], ["sops encrypt --age $age --encryption-context a:b p.yaml"],
	["sops encrypt --age $age --output o.yaml p.yaml"], ["sops encrypt --age $age --output o.yaml -i p.yaml"], ["sops --output o.json -e --age $age p.json"], ["sops encrypt --age $age --output absent/o p.yaml"],
	["sops encrypt --age $age --output-type json p.yaml"], ["sops encrypt --age $age --input-type yaml noext", differ => 'sops writes a file that it cannot read back by its name', ours => 2], ["sops encrypt --age $age --input-type yaml --output-type yaml noext"], ["sops encrypt --age $age --input-type binary p.yaml"],
	["sops encrypt --age $age noext"], ["sops encrypt --age $age -i noext"], ["sops encrypt p.yaml --age $age"], ["sops encrypt --age $age p.yaml p.json"], ["sops --indent 2 -e --age $age p.yaml"],
	['sops encrypt --pgp 0000000000000000000000000000000000000000 p.yaml', differ => 'both fail'],
	# edit
	['sops e.yaml', editor => $set_b], ['sops edit e.yaml', editor => $set_b], ['sops edit e.yaml', editor => ":\n", says => ['File has not changed, exiting.']],
	['sops e.yaml', editor => "exit 3\n"], ['sops edit e.yaml', editor => "kill -9 \$\$\n"], ['sops edit e.yaml', env => { SOPS_EDITOR => 'absent-editor' }],
	['sops edit e.yaml', env => { SOPS_EDITOR => 'sh', EDITOR => 'absent' }, editor => $set_b], ['sops edit e.yaml', env => { EDITOR => 'sh ed.sh', SOPS_EDITOR => '' }, editor => $set_b, differ => 'an empty SOPS_EDITOR is none to both', ours => 0],
	['sops edit e.yaml', editor => "cat \"\$1\" >seen; basename \"\$1\" >name; $set_b"], ['sops edit e.json', editor => "cat \"\$1\" >seen; sed -i 's/5/6/' \"\$1\"\n"],
	['sops edit e.env', editor => "cat \"\$1\" >seen; echo C=3 >>\"\$1\"\n"], ['sops edit e.ini', editor => "cat \"\$1\" >seen; echo 'c = 3' >>\"\$1\"\n"], ['sops edit e.bin', editor => "cat \"\$1\" >seen; echo more >>\"\$1\"\n", differ => 'sops adds a rule to the metadata of a binary file', ours => 0],
	["sops edit --age $age n.yaml", editor => "echo 'a: 1' >\"\$1\"\n"], ["sops --age $age n.json", editor => "echo '{\"a\": 1}' >\"\$1\"\n"], ['sops edit n.yaml', editor => ":\n"],
	['sops n.yaml', editor => "echo 'a: 1' >\"\$1\"\n", config => $rule], ["sops edit --age $age n.yaml", editor => ":\n"], ['sops edit p.yaml', editor => ":\n"], ['sops edit .', editor => ":\n"],
	['sops edit nomac.yaml', editor => $set_b], ['sops edit --ignore-mac nomac.yaml', editor => $set_b], ['sops edit', editor => ":\n"], ['sops edit foreign.yaml', editor => $set_b],
	['sops --input-type yaml --output-type yaml e.yaml', editor => $set_b], ['sops edit torn.yaml', editor => $set_b],
	# rotate
	(map { ["sops $_ e.yaml"] } 'rotate', 'rotate -i', '-r', '-r -i', '--rotate --in-place', '--rotate --output o.yaml', 'rotate --output o.yaml', "rotate --add-age $age2", "rotate -i --add-age $age2", "-r -i --add-age $age2",
	    "rotate --rm-age $age2", "rotate --add-age $age2 --rm-age $age"),
	["sops rotate -i --rm-age $age e.yaml", differ => 'both fail'], ['sops rotate absent.yaml'], ["sops rotate --add-age $age2 absent.yaml"], ["sops -r --add-age $age2 absent.yaml"], ["sops --add-age $age2 absent.yaml", differ => 'sops fails with 49'],
	['sops rotate p.yaml'], ['sops rotate'], ['sops rotate nomac.yaml'], ['sops rotate foreign.yaml'], ['sops rotate --output-type json e.yaml'], ['sops rotate --output-type yaml e.json'], ['sops rotate --output-type nonsense e.yaml'], ['sops -r --output-type json --output o.json e.yaml'], ['sops rotate e.json'], ['sops rotate e.env'], ['sops rotate -i e.bin'], ['sops rotate --ignore-mac nomac.yaml', differ => 'an option that sops forgot', ours => 0],
	# set and unset
	(map { ["sops set e.yaml $_"] } q('["a"]' '"new"'), q('["n"]["o"]' '{"k": [1, null]}'), q('["list"][0]' 7), q('["list"][9]' '"end"'), q('["b"]' '"text"'), q('["m"]' '{"x": "y"}'), q('["a"]' 'true'),
	    q('["a"]' 'nonsense'), q('nonsense' '"x"'), q('["a"]'), q(), q('["a"]' '"x"' more), q('["a"]' '"x"'), q('["sops"]' '"x"'), q('["b"]' '5 6'), q('["b"]' '"x"y'), q('["b"]' ' 5 ')),
	[q(sops set e.yaml --idempotent '["a"]' '"x"'), differ => 'options work wherever they stand', ours => 0], [q(sops set --idempotent e.yaml '["a"]' '"x"')], [q(sops set e.yaml '["a"]' '"x"' --idempotent)],
	[q(sops set e.yaml '["list"]["a"]' '"x"'), differ => 'sops crashes with a panic', ours => 1], [q(sops set --shamir-secret-sharing-threshold 1 e.yaml '["a"]' '"n"')],
	[q(sops set --value-file e.yaml '["a"]' val.json)], [q(sops set --value-file e.yaml '["a"]' absent)], [q(sops set --value-stdin e.yaml '["a"]'), stdin => '"typed"'], [q(sops set --value-stdin e.yaml '["a"]' more), stdin => '"typed"'],
	[q(sops set --value-stdin e.yaml '["a"]'), stdin => 'raw'], [q(sops set absent.yaml '["a"]' 1)], [q(sops set p.yaml '["a"]' 1)], [q(sops set e.json '["a"]' '"n"')], [q(sops set e.env '["A"]' '"n"')], [q(sops set e.ini '["s"]["a"]' '"n"')],
	[q(sops --set '["a"] "new"' e.yaml)], [q(sops --set '["m"]["c"] {"x": 1}' e.yaml)], [q(sops --set '["a"]' e.yaml)], [q(sops --set 'nonsense' e.yaml)], [q(sops --set '["a"] nonsense' e.yaml)], [q(sops --set '["a"] "new"' absent.yaml)],
	[q(sops --set '["a"] "new"' --in-place e.yaml)], [q(sops --set '["list"][0] 9' e.yaml)], [q(sops --set '["a"]' '"new"' e.yaml), differ => 'a common mistake: sops says that the format is wrong'],
	(map { ["sops unset e.yaml $_"] } q('["a"]'), q('["m"]["c"]'), q('["list"][0]'), q('["absent"]'), q('["list"][9]'), q(), q('nonsense'), q('["a"]' more)), [q(sops unset e.yaml --idempotent '["absent"]'), differ => 'options work wherever they stand', ours => 0], [q(sops unset --idempotent e.yaml '["absent"]')], [q(sops unset e.yaml '["absent"]' --idempotent)], [q(sops unset absent.yaml '["a"]')], [q(sops unset p.yaml '["a"]')],
	# updatekeys
	(map { ["sops updatekeys $_ e.yaml", config => "creation_rules:\n  - age: \@AGE\@,\@AGE2\@\n"] } '-y', '--yes', '-y --input-type yaml'), ['sops updatekeys -y e.yaml', config => $rule], ['sops updatekeys -y e.yaml', config => "creation_rules:\n  - age: \@AGE2\@,\@AGE\@\n"], ['sops updatekeys e.yaml', config => $rule],
	['sops updatekeys e.yaml', config => "creation_rules:\n  - age: \@AGE\@,\@AGE2\@\n", stdin => "n\n"], ['sops updatekeys e.yaml', config => "creation_rules:\n  - age: \@AGE\@,\@AGE2\@\n", stdin => "y\n"],
	['sops updatekeys e.yaml', config => "creation_rules:\n  - age: \@AGE\@,\@AGE2\@\n", stdin => ''], ['sops updatekeys -y e.yaml'], ['sops updatekeys -y absent.yaml', config => $rule], ['sops updatekeys -y p.yaml', config => $rule], ['sops updatekeys -y .', config => $rule],
	['sops updatekeys -y e.yaml e.json', config => "creation_rules:\n  - age: \@AGE\@,\@AGE2\@\n"], ['sops updatekeys -y e.yaml absent.yaml', config => $rule], ['sops updatekeys -y', config => $rule], ['sops updatekeys -y e.env', config => "creation_rules:\n  - age: \@AGE2\@\n"],
	# filestatus
	(map { ["sops filestatus $_"] } qw(e.yaml e.json e.env e.ini e.bin p.yaml p.json p.env p.ini noext nomac.yaml absent.yaml bad.yaml empty.yaml list.yaml .)), ['sops filestatus --input-type yaml p.bin'], ['sops filestatus --input-type yaml e.env'], ['sops filestatus'], ['sops filestatus --input-type json e.json'],
	# exec-env, exec-file
	(map { ["sops exec-env eflat.yaml $_"] } q('echo "$a/$b"'), q('exit 9'), q('kill -9 $$'), q(-- 'echo $a'), q(-- echo x), q(echo x), q(''), q(), q('cat'), q('absent-command')), ["sops exec-env e.yaml 'true'", says => ['offending key list']],
	["sops exec-env --pristine eflat.yaml 'env | sort; echo \$PATH'"], ["sops exec-env eflat.yaml --pristine"], ["sops exec-env --same-process eflat.yaml 'echo \$a; exit 4'"], ["sops exec-env absent.yaml true", says => ['Error reading file']],
	["sops exec-env --user no-such-user eflat.yaml true", says => ['unknown user no-such-user']], ["sops exec-env foreign.yaml true"], ["sops exec-env p.yaml true"], ['sops exec-env e.ini true', differ => 'both fail; sops with its own section in mind'],
	(map { ["sops exec-file $_"] } q(e.yaml 'cat {}'), q(--no-fifo e.yaml 'cat {}; basename {} | cut -c1-8'), q(--filename n.yaml e.yaml 'cat {}; basename {}'), q(--output-type json e.yaml 'cat {}'), q(--filename ../n e.yaml 'cat {}'), q(e.yaml 'exit 4'),
	    q(e.yaml 'kill -15 $$'), q(e.yaml 'ls -l {} | cut -c1-10'), q(--no-fifo e.bin 'cat {}'), q(e.yaml), q(), q(absent.yaml true), q(--input-type yaml --output-type yaml e.yaml 'cat {}'), q(e.yaml 'echo none')),
	# groups
	["sops groups add -f e.yaml --age $age2"], ["sops groups add -i --file e.yaml --age $age2"], ["sops groups add -f e.yaml --age $age,$age2"], ["sops groups add -f e.yaml --age $age2 --age $age"], ["sops groups add e.yaml --age $age2"], ["sops groups add -f absent.yaml --age $age2"], ["sops groups add -f p.yaml --age $age2"],
	['sops groups delete -f e.yaml'], ['sops groups delete -f e.yaml x'], ['sops groups delete -f e.yaml 7', differ => 'sops crashes with a panic', ours => 1], ['sops groups delete -f e.yaml 0', differ => 'sops writes a file that nobody can open', ours => 1],
	['sops groups add -f e.yaml', differ => 'sops writes a file that nobody can open', ours => 1], ["sops groups add -f e.yaml --age $age2 --shamir-secret-sharing-threshold 1", differ => 'sops writes shares that make no key', ours => 1],
	# the configuration
	['sops --config .sops.yaml encrypt p.yaml', config => $rule], ['sops --config .sops.yaml -e p.yaml', config => $rule], ['sops encrypt --config .sops.yaml p.yaml', config => $rule, differ => 'an option that sops takes in front of the verb alone', ours => 0],
	['sops encrypt p.yaml', config => $rule, env => { SOPS_CONFIG => '.sops.yaml' }], ['sops encrypt p.yaml', config => $rule, env => { SOPS_CONFIG => 'absent.yaml' }], ['sops --config absent.yaml encrypt p.yaml', config => $rule],
	['sops encrypt p.yaml', config => ''], ['sops encrypt p.yaml', config => "creation_rules: []\n"], ['sops encrypt p.yaml', config => "destination_rules: []\n"],
	(map { ["sops encrypt p.yaml", config => "creation_rules:\n  - age: \@AGE\@\n$_"] } "    encrypted_regex: ^a\n", "    unencrypted_regex: ^a\n", "    encrypted_suffix: a\n", "    unencrypted_suffix: a\n", "    encrypted_comment_regex: head\n",
	    "    unencrypted_comment_regex: head\n", "    mac_only_encrypted: true\n    encrypted_regex: ^a\n", "    encrypted_regex: ^a\n    unencrypted_regex: ^b\n", "    nonsense: 1\n", "    shamir_threshold: 1\n", "stores:\n  yaml:\n    indent: 2\n"),
	['sops encrypt p.json', config => "creation_rules:\n  - age: \@AGE\@\nstores:\n  json:\n    indent: 3\n"], ['sops -d e.yaml', config => "creation_rules:\n  - age: \@AGE\@\nstores:\n  yaml:\n    indent: 2\n", differ => 'the layout of a file stays', ours => 0],
	['sops encrypt p.yaml', config => "creation_rules:\n  - path_regex: nothing\n    age: \@AGE2\@\n  - path_regex: ^p\\.\n    age: \@AGE\@\n"], ['sops encrypt p.yaml', config => "creation_rules:\n  - age: [ \@AGE\@, \@AGE2\@ ]\n"],
	['sops encrypt p.yaml', config => "creation_rules:\n  - key_groups:\n      - age: [ \@AGE\@ ]\n      - age: [ \@AGE2\@ ]\n"], ['sops encrypt p.yaml', config => "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [ \@AGE\@ ]\n      - age: [ \@AGE2\@ ]\n      - age: [ \@AGE\@ ]\n"],
	['sops encrypt --filename-override sub/x.yaml p.json', config => "creation_rules:\n  - path_regex: sub/x\n    age: \@AGE\@\n", differ => 'JSON is read as YAML by both', ours => 0], ['sops encrypt p.yaml', config => "creation_rules:\n  - path_regex: '('\n    age: \@AGE\@\n"],
	["sops encrypt --age $age2 p.yaml", config => "creation_rules:\n  - age: \@AGE\@\n    encrypted_regex: ^a\n"], ["sops encrypt --encrypted-suffix z p.yaml", config => "creation_rules:\n  - age: \@AGE\@\n    encrypted_regex: ^a\n"],
	# key services that nobody runs
	['sops decrypt --keyservice tcp://127.0.0.1:1 e.yaml'], ['sops decrypt --keyservice nonsense e.yaml'], ['sops decrypt e.yaml', env => { SOPS_KEYSERVICE => 'tcp://127.0.0.1:1' }],
	# variables that hold keys
	['sops decrypt e.yaml', env => { SOPS_AGE_KEY_FILE => 'absent.txt' }], ['sops decrypt e.yaml', env => { SOPS_AGE_KEY_FILE => undef, SOPS_AGE_KEY_CMD => 'cat key.txt' }], ['sops decrypt e.yaml', env => { SOPS_AGE_KEY_FILE => undef, SOPS_AGE_KEY_CMD => 'false' }],
	['sops decrypt e.yaml', env => { SOPS_AGE_KEY_FILE => undef }], ['sops decrypt e.yaml', env => { SOPS_AGE_KEY_FILE => undef, SOPS_AGE_KEY => 'nonsense' }], ['sops encrypt p.yaml', env => { SOPS_AGE_RECIPIENTS => 'nonsense' }, differ => 'both fail'],
	# the rest
	['sops --version'], ['sops -v'], ['sops --version --disable-version-check'], ['sops -v p.yaml'], ['sops --help', differ => 'help of our own', ours => 0], ['sops -h', differ => 'help of our own', ours => 0], ['sops decrypt --help', differ => 'help of our own', ours => 0], ['sops help', differ => 'help of our own', ours => 0],
	['sops'], ['sops --verbose'], ['sops --generate-bash-completion', differ => 'other verbs', ours => 0], ['sops decrypt --generate-bash-completion'],
	# the older form takes the options of every verb
	["sops --age $age -d e.yaml"], ['sops --aws-profile p --ignore-mac --config /dev/null --output-type yaml --input-type yaml --decrypt e.yaml'], ["sops -d --add-age $age2 e.yaml"], ["sops -e --ignore-mac --age $age p.yaml"],
	['sops --kms nonsense -d e.yaml'], ['sops --unencrypted-regex x -d e.yaml'], ['sops -s -d e.yaml'], ['sops --extract x -e p.yaml'], ['sops --shamir-secret-sharing-threshold 2 -d e.yaml'],
	['sops decrpyt e.yaml', editor => ":\n", differ => 'a mistyped verb is no file', ours => 1], ['sops publish e.yaml', differ => 'comes later', ours => 1], ['sops keyservice --network tcp --address x', differ => 'comes later', ours => 1],
	['sops completion bash', differ => 'completions of our own', ours => 0], ['sops completion zsh', differ => 'completions of our own', ours => 0], ['sops completion fish', differ => 'sops has none', ours => 0],
	['sops p.yaml', editor => ":\n"], ['sops absent.yaml'],
);

# --- running them, by two workers --------------------------------------------------------------------------------------------

sub name_of {
	my ($line, %o) = @_;
	my $name = $line;

	$name =~ s/\Q$age\E/A/g;
	$name =~ s/\Q$age2\E/B/g;
	$name =~ s/[#\n]/ /g;
	$name .= ' (' . join(', ', map { "$_=" . ($o{env}{$_} // 'unset') } sort keys %{$o{env}}) . ')' if $o{env};
	$name =~ s/AGE-SECRET-KEY-\S+/.../g;
	$name .= ", on purpose otherwise: $o{differ}" if defined $o{differ};
	return $name;
}

sub work {
	my ($worker, $workers) = @_;

	$work = "$tmp/work$worker";
	mkdir $work;
	open my $results, '>', "$work/results" or die "results: $!";
	for (my $i = $worker; $i < @rows; $i += $workers) {
		my ($line, %o) = @{$rows[$i]};

		next if $ENV{LINES_ONLY} && $line !~ /$ENV{LINES_ONLY}/;
		$o{stdin} = slurp("$tmp/start/$1") if defined $o{stdin} && $o{stdin} =~ /^E:(.*)/;
		# sops is not always of one mind: exec-file may lose its own file to a command that ends at once.
		my ($problem, $tries) = ('x', 0);

		$problem = compare([$line, %o]) while $problem ne '' && $tries++ < 3;
		print $results $json->encode([$i, name_of($line, %o), $problem]), "\n";
	}
	close $results or die "results: $!";
}

my $workers = 2;
my @pids;
$| = 1;
for my $worker (0 .. $workers - 1) {
	my $pid = fork // die "fork: $!";

	if ($pid == 0) {
		eval { work($worker, $workers) };
		print STDERR $@;
		require POSIX;
		POSIX::_exit($@ ne '');
	}
	push @pids, $pid;
}
my ($count, $failed) = (0, 0);
for my $pid (@pids) {
	waitpid $pid, 0;
	die "a worker failed\n" if $? != 0;
}
for my $result (sort { $a->[0] <=> $b->[0] } map { map { $json->decode($_) } split /\n/, slurp("$tmp/work$_/results") } 0 .. $workers - 1) {
	my (undef, $name, $problem) = @$result;

	$count++;
	$failed++ if $problem ne '';
	print $problem eq '' ? '' : 'not ', "ok $count - $name\n";
	next if $problem eq '';
	$problem =~ s/^/#   /mg;
	print "$problem\n";
}
print "1..$count\n";
exit($failed != 0);
