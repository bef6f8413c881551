#ifndef CMD_HUBMERGE_CHECK_PRINT_H
#define CMD_HUBMERGE_CHECK_PRINT_H

#include <stdbool.h>

#include "base/error.h"
#include "yamlmerge/check.h"

/* What was found, for people, for programs, and for code-review pages (SARIF 2.1.0).  All to standard output. */
struct check_print {
	bool	notes;		/* those, too */
};

int	check_print_text(const struct check *check, const struct check_print *how, struct error *err) WARN_UNUSED;
int	check_print_json(const struct check *check, const struct check_print *how, struct error *err) WARN_UNUSED;
int	check_print_sarif(const struct check *check, const struct check_print *how, struct error *err) WARN_UNUSED;

#endif
