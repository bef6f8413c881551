#!/usr/bin/perl
#
# Command runs recorded from sops 3.13.2, replayed with hubsecrets under that name: one line a case.  The form of a case is
# described in the README.md of the set, whose folder SOPS_VECTORS names.  VECTORS_ONLY=REGEX runs some of them.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(decode_base64);

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $build = $ENV{BUILD} ? abs_path($ENV{BUILD}) : "$top/build";
my $folder = $ENV{SOPS_VECTORS} || "$top/../shared/data/sops-vectors";
my $tmp = tempdir('hub.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $json = JSON::PP->new->utf8->allow_nonref;
my $shape_program = "$build/tests/standin/sops_shape";

# What is there of sops' formats and verbs.
my %format = map { $_ => 1 } qw(yaml json dotenv INI ini binary);
my %later = map { $_ => 1 } qw(publish keyservice);

my $count = 0;
$| = 1;
sub skip_all { print "1..0 # SKIP $_[0]\n"; exit 0 }
sub result {
	my ($case, $problem, $skip) = @_;
	my $name = $case->{id} . ($case->{note} ? ": $case->{note}" : '');

	$name =~ s/[#\n]/ /g;
	$count++;
	print defined $skip ? "ok $count # SKIP $case->{id}: $skip\n" : ($problem eq '' ? '' : 'not ') . "ok $count - $name\n";
	return if defined $skip || $problem eq '';
	$problem =~ s/^/#   /mg;
	print "$problem\n";
}

skip_all("no vectors in '$folder'") if !-r "$folder/vectors.jsonl";
$folder = abs_path($folder);
die "$build/bin/hubsecrets is not built\n" if !-x "$build/bin/hubsecrets";
mkdir "$tmp/bin";
symlink "$build/bin/hubsecrets", "$tmp/bin/sops" or die "symlink: $!";

# --- what a case needs -----------------------------------------------------------------------------------------------------

my $gnupg = "$tmp/gnupg";
my $has_pgp = do {
	local $ENV{GNUPGHOME} = $gnupg;
	mkdir $gnupg, 0700;
	system("gpg --batch --quiet --import '$folder/keys/pgp-secret.asc' >/dev/null 2>&1") == 0;
};
my ($kms_pid, %kms_env);
END {
	my $status = $?;

	kill 'TERM', $kms_pid if $kms_pid;
	waitpid $kms_pid, 0 if $kms_pid;
	system("GNUPGHOME='$gnupg' gpgconf --kill all >/dev/null 2>&1") if $has_pgp;
	$? = $status;
}

# hubkms, primed with the recorded blobs, and making up any other key that is asked for.
sub start_kms {
	return if !-x "$build/bin/hubkms";
	my $known = "$folder/keys/kms.json";

	$kms_pid = fork // die "fork: $!";
	if ($kms_pid == 0) {
		open STDOUT, '>', '/dev/null';
		exec "$build/bin/hubkms", '--data', "$tmp/kms", '--known', $known, '--any-key', '--ready-file', "$tmp/kms.ready";
		exit 127;
	}
	for (1 .. 1200) {
		last if -s "$tmp/kms.ready";
		select undef, undef, undef, 0.05;
	}
	for my $line (split /\n/, slurp("$tmp/kms.ready") // '') {
		$kms_env{$1} = $2 if $line =~ /^(?:export )?([A-Z_]+)='?([^']*)'?;?$/;
	}
}

sub slurp {
	my ($path) = @_;

	open my $file, '<:raw', $path or return undef;
	local $/;
	my $bytes = <$file> // '';
	return $bytes;
}

sub spew {
	my ($path, $bytes) = @_;

	make_path(dirname($path));
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $bytes;
	close $file or die "$path: $!";
}

sub bytes_of {
	my ($text) = @_;

	return decode_base64($text->{b64}) if ref $text;
	utf8::encode(my $bytes = $text);
	return $bytes;
}

# --- running ---------------------------------------------------------------------------------------------------------------

# The program in a folder, with nothing inherited but PATH.  Returns its status, output and errors.
sub run {
	my ($dir, $env, $stdin, @command) = @_;

	spew("$tmp/stdin", $stdin);
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		%ENV = (PATH => "$tmp/bin:$ENV{PATH}", HOME => "$tmp/home", SOPS_AGE_KEY_FILE => "$folder/keys/age-1.txt",
		    GNUPGHOME => $gnupg, SOPS_DISABLE_VERSION_CHECK => 1, TMPDIR => $tmp, %kms_env,
		    $ENV{ASAN_OPTIONS} ? (ASAN_OPTIONS => $ENV{ASAN_OPTIONS}) : ());
		for my $name (keys %$env) {
			my $value = $env->{$name};

			if (!defined $value) {
				delete $ENV{$name};
				next;
			}
			$value =~ s/\{KEYS\}/$folder\/keys/g;
			$ENV{$name} = $value;
		}
		chdir $dir or exit 126;
		open STDIN, '<', "$tmp/stdin";
		open STDOUT, '>', "$tmp/stdout";
		open STDERR, '>', "$tmp/stderr";
		exec { $command[0] } @command;
		exit 127;
	}
	waitpid $pid, 0;
	return ($? & 127 ? 128 + ($? & 127) : $? >> 8, slurp("$tmp/stdout"), slurp("$tmp/stderr"));
}

# What a text says, by the help of sops_shape.
sub shape_of {
	my ($name, $text) = @_;
	my ($status, $out, $err) = run($tmp, {}, $text, $shape_program, $name);

	return { problem => "the output cannot be read: $err" } if $status != 0;
	return $json->decode($out);
}

# --- comparing -------------------------------------------------------------------------------------------------------------

my $canonical = JSON::PP->new->canonical->allow_nonref;
sub text_of { return $canonical->encode($_[0]) }

sub show {
	my ($what, $got, $want) = @_;

	return sprintf "%s:\n  got:  %s\n  want: %s\n", $what, map { my $t = substr $_ // 'nothing', 0, 1500; $t =~ s/\n/\n        /g; $t } $got, $want;
}

sub difference {
	my ($what, $got, $want) = @_;
	my ($a, $b) = (text_of($got), text_of($want));

	return $a eq $b ? '' : show($what, $a, $b);
}

sub plain_shape {
	my ($shape) = @_;

	return {
		leaves => [map { [$_->[0], $_->[1]] } @{$shape->{leaves}}],
		metadata => $shape->{metadata},
		comments => [map { [[map { "$_" } @{$_->[0]}], $_->[1]] } @{$shape->{comments}}],
	};
}

sub compare_shape {
	my ($got, $want) = @_;

	return $got->{problem} if $got->{problem};
	my $have = plain_shape($got);
	my $problem = difference('leaves', $have->{leaves}, $want->{leaves} // []);

	$problem .= difference('metadata', $have->{metadata}, $want->{metadata}) if $want->{metadata};
	$problem .= difference('comments', $have->{comments},
	    [map { [[map { "$_" } @{$_->[0]}], $_->[1]] } @{$want->{comments} // []}]);
	return $problem;
}

# The same values and comments, laid out otherwise: numbers by value.
sub meaning {
	my ($name, $text) = @_;
	my $shape = shape_of($name, $text);

	return $shape->{problem} if $shape->{problem};
	return text_of([[map { [$_->[0], $_->[1], $_->[2] =~ /^(int|float)$/ ? ('number', $_->[3] + 0) : ($_->[2], $_->[3])] } @{$shape->{leaves}}],
	    [sort { $a cmp $b } map { $_->[1] } @{$shape->{comments}}]]);
}

sub same_meaning {
	my ($name, $got, $want) = @_;

	return '' if $got eq $want;
	return $name =~ /\.(ya?ml|json|env|ini)$/ && meaning($name, $got) eq meaning($name, $want) ? '' : show('text', $got, $want);
}

sub number_or_text {
	my ($type, $value) = @_;

	return $type =~ /^(int|float)$/ ? $value + 0 : $type eq 'bool' ? ($value =~ /^t/i ? 'true' : 'false') : $value;
}

# [path joined with dots, type, value] of each leaf after decryption.
sub leaves_after {
	my ($sealed, $plain) = @_;
	my @found;

	for my $i (0 .. $#{$sealed->{leaves}}) {
		my ($path, $state) = @{$sealed->{leaves}[$i]};
		my $value = $plain->{leaves}[$i];

		next if $state =~ /^(null|emptymap|emptylist)$/;
		(my $type = $state) =~ s/^enc://;
		push @found, [join('.', grep { !/^\d+$/ } map { "$_" } @$path), $type, number_or_text($type eq 'clear' ? $value->[2] : $type, $value->[3])];
	}
	return \@found;
}

sub expected_leaves {
	return [map { my ($path, $type, $value) = @$_; [$path, $type, ref $value ? ($value ? 'true' : 'false') : $value] } @{$_[0]}];
}

sub check_leaves {
	my ($case, $want, $dir, $first) = @_;
	my $after = slurp("$dir/$first") // '';
	my ($status, $plain, $err) = run($dir, $case->{env} // {}, '', 'sops', 'decrypt', $first);

	return "decrypting again gives status $status: $err" if $status != 0;
	my ($sealed, $opened) = (shape_of($first, $after), shape_of($first, $plain));
	my $problem = '';

	if ($want->{leaves_after}) {
		my ($got, $expected) = (leaves_after($sealed, $opened), expected_leaves($want->{leaves_after}));

		for my $i (0 .. ($#$got > $#$expected ? $#$got : $#$expected)) {
			my ($a, $b) = ($got->[$i], $expected->[$i]);
			my $numeric = $a && $b && $a->[1] =~ /^(int|float)$/;

			next if $a && $b && $a->[0] eq $b->[0] && $a->[1] eq $b->[1] && ($numeric ? $a->[2] == $b->[2] : "$a->[2]" eq "$b->[2]");
			$problem .= show("leaf $i after", text_of($a), text_of($b));
		}
	}
	$problem .= compare_shape($sealed, $want->{shape_after}) if $want->{shape_after};
	return $problem;
}

sub check_files {
	my ($want, $dir) = @_;
	my $problem = '';

	for my $name (sort keys %{$want // {}}) {
		my $got = slurp("$dir/$name");

		if (!defined $want->{$name}) {
			$problem .= "file '$name' should be absent\n" if defined $got;
		} elsif (!defined $got || $got ne bytes_of($want->{$name})) {
			$problem .= show("file '$name'", $got, bytes_of($want->{$name}));
		}
	}
	return $problem;
}

# An encrypted file was printed: what it looks like, and what comes of decrypting it.
sub check_encrypted {
	my ($case, $want, $dir, $name, $out) = @_;
	my $problem = '';

	if ($want->{shape} || $want->{metadata} || $want->{keys_by_group}) {
		my $got = shape_of($name, $out);

		return $got->{problem} if $got->{problem};
		$problem .= compare_shape($got, $want->{shape}) if $want->{shape};
		$problem .= difference('metadata', $got->{metadata}, $want->{metadata}) if $want->{metadata};
		$problem .= difference('keys', $got->{keys}, $want->{keys_by_group}) if $want->{keys_by_group};
	}
	return $problem if !exists $want->{decrypted} && !exists $want->{decrypt_exit};
	(my $again = $name) =~ s/^.*\///;
	spew("$dir/again/$again", $out);
	my ($status, $plain, $err) = run("$dir/again", $case->{env} // {}, '', 'sops', 'decrypt', $again);
	my $expected = exists $want->{decrypted} && defined $want->{decrypted} ? 0 : $want->{decrypt_exit} // 0;

	return $problem . "decrypting gives status $status, want $expected: $err" if $status != $expected;
	return $problem if !defined $want->{decrypted};
	return $problem if $plain eq bytes_of($case->{files}{$name} // $case->{stdin} // '');
	return $problem . same_meaning($again, $plain, bytes_of($want->{decrypted}));
}

sub wanted {
	my ($case) = @_;
	my %want = %{$case->{expect}};
	my $differ = $case->{differ} // return (\%want, 0);
	my @changed = grep { $_ ne 'why' } keys %$differ;

	if (@changed) {
		# An exit status of our own comes with words of our own.
		delete $want{stderr_has} if exists $differ->{exit};
		delete @want{qw(stdout shape decrypted files sample mac_ok)} if exists $differ->{exit} && $differ->{exit} != 0;
		delete $want{decrypt_exit} if exists $differ->{decrypted} || exists $differ->{decrypt_exit};
		delete $want{stdout} if exists $differ->{exit} && !exists $differ->{stdout};
		@want{@changed} = @$differ{@changed};
	}
	return (\%want, !@changed);
}

sub first_file {
	my ($case) = @_;
	my @words = grep { !/^-/ } @{$case->{argv}};

	for my $word (@words) {
		return $word if exists $case->{files}{$word};
	}
	return (sort keys %{$case->{files}})[0];
}

sub check {
	my ($case) = @_;
	my ($want, $any_layout) = wanted($case);

	# What was altered is laid out by somebody else than sops, and stays so.
	$any_layout ||= $case->{kind} eq 'tamper';
	my $dir = "$tmp/case";

	system('rm', '-rf', $dir);
	make_path($dir, "$tmp/home", "$dir/again");
	rmdir "$dir/again";
	spew("$dir/$_", bytes_of($case->{files}{$_})) for keys %{$case->{files}};
	my $name = first_file($case);
	my $before = defined $name ? slurp("$dir/$name") : undef;
	my ($status, $out, $err) = run($dir, $case->{env} // {}, bytes_of($case->{stdin} // ''), 'sops', @{$case->{argv}});
	my $problem = '';

	return "status $status, want $want->{exit}: $err" if defined $want->{exit} && $status != $want->{exit};
	return "accepted, and sops refuses it" if exists $want->{accepted} && !exists $want->{exit} && !$want->{accepted} != !!$status;
	for my $words (@{$want->{stderr_has} // []}) {
		$problem .= show('standard error', $err, $words) if index($err, $words) < 0;
	}
	# updatekeys shows what it is about to ask for.
	$problem .= "a failure printed on standard output\n"
	    if $status != 0 && $out ne '' && !defined $want->{stdout} && $case->{argv}[0] ne 'updatekeys';
	$problem .= "files were changed by a failure\n"
	    if $status != 0 && defined $before && (slurp("$dir/$name") // '') ne $before;
	if (defined $want->{stdout} && $out ne bytes_of($want->{stdout})) {
		$problem .= $any_layout ? same_meaning($name, $out, bytes_of($want->{stdout})) :
		    show('standard output', $out, bytes_of($want->{stdout}));
	}
	$problem .= check_files($want->{files}, $dir) if !$any_layout;
	return $problem if $status != 0;
	$problem .= check_encrypted($case, $want, $dir, $name, $out) if $case->{argv}[0] ne 'decrypt' && $out ne '';
	$problem .= check_leaves($case, $want, $dir, $name) if $want->{leaves_after} || $want->{shape_after};
	$problem .= "the file was " . ($want->{rewritten} ? 'not ' : '') . "rewritten\n"
	    if exists $want->{rewritten} && (slurp("$dir/$name") ne $before) != !!$want->{rewritten};
	return $problem;
}

# --- which cases -----------------------------------------------------------------------------------------------------------

sub format_of {
	my ($name) = @_;

	return $name =~ /\.ya?ml$/ ? 'yaml' : $name =~ /\.json$/ ? 'json' : $name =~ /\.env$/ ? 'dotenv' : $name =~ /\.ini$/ ? 'INI' : 'binary';
}

# Why a case cannot be run yet, or undef.
sub reason {
	my ($case) = @_;
	my @argv = @{$case->{argv}};
	my %needs = map { $_ => 1 } @{$case->{needs} // []};

	for (@argv) {
		return "'$_' is not there yet" if $later{$_};
	}
	return 'no gpg here' if $needs{pgp} && !$has_pgp;
	return 'no hubkms here' if $needs{kms} && !%kms_env;
	my ($override) = map { $argv[$_] eq '--filename-override' ? $argv[$_ + 1] : () } 0 .. $#argv;
	my ($type) = map { $argv[$_] =~ /^--?(?:input|output)-type$/ ? $argv[$_ + 1] : () } 0 .. $#argv;
	my @names = defined $override ? ($override) : grep { !/^\./ && !/\.sh$/ } grep { my $f = $_; grep { $_ eq $f } @argv } keys %{$case->{files}};
	my @formats = map { format_of($_) } @names;

	@formats = ('binary') if !@formats && defined $case->{stdin} && !$override;
	push @formats, $type if defined $type && $type =~ /^(json|dotenv|ini|binary)$/ && !grep { $_ eq 'yaml' } @formats;
	for (@formats) {
		return "$_ files are not supported yet" if !$format{$_};
	}
	return undef;
}

start_kms();
open my $vectors, '<:raw', "$folder/vectors.jsonl" or die "$folder/vectors.jsonl: $!";
my $failed = 0;
while (my $line = <$vectors>) {
	next if $line !~ /\S/;
	my $case = $json->decode($line);

	next if $ENV{VECTORS_ONLY} && $case->{id} !~ /$ENV{VECTORS_ONLY}/;
	my $skip = reason($case);
	my $problem = defined $skip ? '' : check($case);

	$failed++ if $problem ne '';
	result($case, $problem, $skip);
}
print "1..$count\n";
exit($failed != 0);
