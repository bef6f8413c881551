#ifndef YAMLMERGE_YAML_ERROR_H
#define YAMLMERGE_YAML_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What libyaml says, in its words, and what it was about. */
struct yaml_problem {
	const char	*problem;
	const char	*context;	/* "while parsing a block mapping"; NULL when there is none */
	uint32_t	 line;		/* where that began, from 1 */
	uint8_t		 byte;		/* what stands at the place of the problem; 0 at the end of the text */
	uint8_t		 context_byte;	/* what stands where the context begins */
};

/*
 * Say it in our words.  A problem that we have none for passes as it is.  Returns ERR_SYNTAX; ${at_context} tells whether the
 * beginning of the context is the better place to point at.
 */
int	yaml_error_set(struct error *err, const struct yaml_problem *problem, bool *at_context);

#endif
