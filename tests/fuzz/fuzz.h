#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* What every fuzz target defines: feed ${data} to a parser; returns 0.  Crashing is how it reports. */
int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant of the parser.  Unlike assert(), it is there in every build. */
#define MUST(holds)		\
	do {			\
		if (!(holds))	\
			abort();	\
	} while (0)

#endif
