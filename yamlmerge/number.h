#ifndef YAMLMERGE_NUMBER_H
#define YAMLMERGE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Numbers to text and back, exactly: the shortest digits that read back as the same double, in the four
 * spellings that our file formats use, and correctly rounded reading.  Independent of the locale.
 */

/* The longest of them: the smallest denormal spelled positionally has 326 characters. */
#define NUMBER_TEXT_MAX		344

enum number_style {
	NUMBER_PLAIN,		/* positional always, "+Inf", "NaN": sops' plaintext and MAC (sops-format 1.3.1) */
	NUMBER_YAML,		/* exponent below 1e-4 and from 1e6 on, ".inf", ".nan": sops' YAML output (6.5.1) */
	NUMBER_JSON,		/* exponent below 1e-6 and from 1e21 on: JSON output (7.1); infinities are spelled as in YAML */
	NUMBER_KEY,		/* as NUMBER_YAML, of the value rounded to 32 bits: Helm's map keys */
};

/* Write the text of ${value} to ${out}, NUL behind it, and return its length. */
size_t	number_format(double value, enum number_style style, char out[static NUMBER_TEXT_MAX]);
size_t	number_format_int(int64_t value, char out[static NUMBER_TEXT_MAX]);
size_t	number_format_uint(uint64_t value, char out[static NUMBER_TEXT_MAX]);

enum number_result {
	NUMBER_OK,
	NUMBER_MALFORMED,	/* not a number, or something behind it; an answer, not a fault */
	NUMBER_OVERFLOW,	/* beyond the type; ${out} is set to an infinity for floats */
};

/*
 * number_parse_float(text, out):
 * [+-] digits [. digits] [e[+-]digits], with digits on at least one side of the point; nothing else (no
 * hexadecimal, no "inf", no blanks, no underscores), all of ${text}.  Correctly rounded; underflow is no error.
 */
enum number_result	number_parse_float(struct slice text, double *out);
/* What sops accepts as the plaintext of type:float: the above, hexadecimal floats, and inf, infinity, nan in any case. */
enum number_result	number_parse_float_loose(struct slice text, double *out);
/* [+-] decimal digits, all of ${text}, within signed 64 bits: the plaintext of type:int. */
enum number_result	number_parse_int(struct slice text, int64_t *out);

#endif
