#!/usr/bin/perl
#
# A document for tests, the same for the same number:
#
#	documents.pl json|env|ini|bin NUMBER
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

print $format eq 'env' ? env() : $format eq 'ini' ? ini() : $format eq 'json' ? json_value(0) . pick('', "\n") :
    join '', map { chr int rand 256 } 1 .. int rand(pick(1, 40, 5000));
