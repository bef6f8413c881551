#!/usr/bin/perl
#
# A document for tests, the same for the same number:
#
#	documents.pl yaml|json|env|ini|bin NUMBER
#
# Values of every kind in every spelling, comments in every place, odd blanks, with and without a line break at the end.

use strict;
use warnings;

my ($format, $number) = @ARGV;
srand(7919 * $number + 13);
binmode STDOUT;

sub pick { return $_[int rand @_] }
sub word {
	my ($most) = @_;
	return join '', map {
		pick('a', 'b', 'x y', '"', "'", '`', '"""', ';', '#', '=', ':', '\\', '\\n', "\xc3\xa9", "\xf0\x9f\x98\x80", ' ', "\t", '1', '%', '[', ']',
		    '<', '&', "\r", '.', 'ENC[', '{', 'null', 'true')
	} 1 .. int rand($most + 1);
}
sub end { return pick('', "\n", "\n", "\n\n") }

sub env {
	my @lines = map {
		pick("#" . word(4), '', map { pick('A', 'export B', 'C c', '') . "$_=" . word(8) } $_, $_ + 100, $_ + 200)
	} 1 .. int rand 9;
	return join("\n", @lines) . end();
}

sub ini_value {
	return pick('v', '"v"', "'v'", '`v ; w`', '"""v"""', "\"\"\"v\n; w\n\"\"\"", '', 'v ; c', 'v # c ; d', '"v" ; x', '`v` ; y', "x\\\n  y", '"x\\y"');
}
sub ini {
	my @lines = map {
		pick('[' . pick('s', 't', 'a b', "\xc3\xa9") . ']' . pick('', ' ; sc', '  # x'), pick(';', '#', ' ;', ';;', '# ') . pick('', ' text', ' two words '), '',
		    map { pick("k$_", "key $_", "`k=$_`", "\"q$_\"", "  i$_") . pick('=', ' = ', ':', '  =  ') . ini_value() } $_, $_ + 100, $_ + 200)
	} 1 .. 1 + int rand 9;
	my $text = join(pick("\n", "\n", "\n", "\r\n"), @lines) . end();

	return $text;
}

sub json_string {
	my $text = word(5);

	$text =~ s/([\\"])/\\$1/g;
	$text =~ s/\t/\\t/g;
	$text =~ s/\r/\\r/g;
	$text =~ s/</\\u003c/g if rand() < 0.3;
	return "\"$text\"";
}
my $unit = pick("\t", '  ', '    ', ' ', undef);
sub json_value {
	my ($depth) = @_;
	my $kind = $depth < 3 ? int rand 8 : 9;
	my ($line, $close) = defined $unit ? ("\n" . $unit x ($depth + 1), "\n" . $unit x $depth) : ('', '');

	return pick(json_string(), json_string(), 1, 0, -7, '-0', '1.5', '1.50', '15e-1', '1E30', '1e-9', '1.0', 'true', 'false', 'null', '""',
	    '9223372036854775807', '9223372036854775808', '1e21', '123456789.125', '100000000000000000000') if $kind > 1 && $depth > 0;
	my @items = map { ($kind == 1 && $depth > 0 ? '' : "\"k$_" . pick('', '<', ' ') . '": ') . json_value($depth + 1) } 1 .. int rand($depth ? 4 : 7);
	return ($kind == 1 && $depth > 0 ? '[]' : '{}') if !@items;
	return ($kind == 1 && $depth > 0 ? '[' : '{') . $line . join(',' . ($line eq '' ? ' ' : $line), @items) . $close . ($kind == 1 && $depth > 0 ? ']' : '}');
}

# YAML: one map (or a few documents), each value in a style of its own, comments wherever there may be one.
my $step = pick(2, 2, 4, 1, 3);
my $keys = 0;
my @anchors;
sub comment { return rand() < 0.25 ? (' ' x $_[0]) . '#' . pick('', ' ') . pick('note', "x: y", "\xc3\xa9 #", '') . "\n" : '' }
sub beside { return rand() < 0.15 ? pick(' ', '  ', "\t") . '# beside' : '' }
sub yaml_plain {
	return pick('one', 'two words', '12', '-7', '0x1F', '1.5', '1.0', '1e3', 'true', 'yes', 'null', '~', '2001-02-03', '2001-02-03T04:05:06Z', '12:30',
	    "\xc3\xa9t\xc3\xa9", "\xf0\x9f\x98\x80", '.inf', "a'b", 'a"b', 'c:d', 'x#y', '-x', '1_000', 'http://host/p?q=1', '!!str 5', '0o17', '010');
}
sub yaml_flow {
	my ($depth) = @_;
	my $kind = $depth > 2 ? 3 : int rand 4;

	return '[' . join(pick(', ', ','), map { yaml_flow($depth + 1) } 1 .. int rand 4) . ']' if $kind == 0;
	return '{' . join(', ', map { 'f' . $keys++ . ': ' . yaml_flow($depth + 1) } 1 .. int rand 4) . '}' if $kind == 1;
	return pick('one', '12', '"q, ]"', "'s}'", 'true', '1.5', '"\\n"', 'null', '"\xc3\xa9"');
}
sub yaml_block {
	my ($indent) = @_;
	my $text = join '', map { pick('', '', '  ') . pick('line', 'two words', '# no comment', 'a: b', "\ttab", "\xc3\xa9") . "\n" } 1 .. 1 + int rand 4;

	$text =~ s/\A\s+//;
	$text =~ s/^/' ' x ($indent + 2)/gme;
	$text .= "\n" if rand() < 0.2;
	return pick('|', '|-', '|+', '|', '>-') . beside() . "\n" . $text;
}
sub yaml_value {
	my ($indent, $depth) = @_;
	my $kind = int rand($depth > 3 ? 5 : 9);

	return ' ' . yaml_plain() . beside() . "\n" if $kind <= 1;
	return ' ' . pick('"double \\" \\\\ \\t"', "'single '' it'", '""', "''", '"yes"', "'12'", '"\xe2\x82\xac"', "'# x'") . beside() . "\n" if $kind == 2;
	return ' ' . yaml_block($indent) if $kind == 3;
	if ($kind == 4) {
		my $flow = yaml_flow(0);

		# sops puts a comment beside an empty map into it, where it reads a file of ours.
		return ' ' . $flow . ($flow eq '{}' ? '' : beside()) . "\n";
	}
	return beside() . "\n" if $kind == 5;
	return beside() . "\n" . yaml_list($indent + pick(0, $step), $depth + 1) if $kind == 6;
	return beside() . "\n" . yaml_map($indent + $step, $depth + 1);
}
sub yaml_key { my $name = 'k' . $keys++; return pick($name, $name, $name, "\"$name\"", "'$name x'", "$name-x.y", "\xc3\xa9$name") }
sub yaml_map {
	my ($indent, $depth) = @_;

	return join '', map { comment($indent) . (rand() < 0.1 ? "\n" : '') . ' ' x $indent . yaml_key() . ':' . yaml_value($indent, $depth) } 1 .. 1 + int rand 4;
}
sub yaml_list {
	my ($indent, $depth) = @_;

	# A comment in a list that is encrypted is one that sops loses: see the tests of those.
	return join '', map { ' ' x $indent . '-' . (rand() < 0.3 ? ' ' . 'm' . $keys++ . ':' . yaml_value($indent + 2, $depth + 1) :
	    ' ' . pick(yaml_plain(), '"q"', "'s'", yaml_flow(1)) . "\n") } 1 .. 1 + int rand 4;
}
sub yaml {
	my $text = join pick("---\n", "--- # d\n", "...\n---\n"), map { yaml_map(0, 0) } 1 .. pick(1, 1, 1, 2);

	$text = "---\n$text" if rand() < 0.2;
	$text .= "target: old value\n";
	chomp $text if rand() < 0.15;
	return $text;
}

print $format eq 'yaml' ? yaml() : $format eq 'env' ? env() : $format eq 'ini' ? ini() : $format eq 'json' ? json_value(0) . pick('', "\n") :
    join '', map { chr int rand 256 } 1 .. int rand(pick(1, 40, 5000));
