#include "cmd/gitcrypt.h"

#include <string.h>

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const char *
prefix(const struct error *err, bool *hint)
{
	/* Where we refuse what git-crypt does, there are no words to keep, and the user must learn what to do instead. */
	*hint = err->kind == ERR_REFUSED || err->kind == ERR_CONFLICT;
	if (begins(err->text, "Error: ") || begins(err->text, "git-crypt: "))
		return "";
	switch (err->kind) {
	case ERR_TAMPERED:
		return "git-crypt: error";
	case ERR_SYSTEM:
		return "git-crypt: System error";
	case ERR_CRYPTO:
		return "git-crypt: Crypto error";
	default:
		return "git-crypt: Error";
	}
}

/* What git-crypt says about a wrong number of operands; the others let their help speak. */
static const char *
wrong_count(const struct cli_verb *verb)
{
	static const struct {
		const char *verb, *line;
	} lines[] = {
		{ "init", "Error: git-crypt init takes no arguments" },
		{ "lock", "Error: git-crypt lock takes no arguments" },
		{ "keygen", "Error: no filename specified" },
		{ "export-key", "Error: no filename specified" },
		{ "migrate-key", "Error: filenames not specified" },
		{ "add-gpg-user", "Error: no GPG user ID specified" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (strcmp(lines[i].verb, verb->name) == 0)
			return lines[i].line;
	return NULL;
}

const struct cli_manners gitcrypt_manners = {
	.options_first = true, .asides_on_stderr = true,
	.unknown_option = "Invalid option", .needs_value = "Option requires a value", .takes_no_value = "Option takes no value",
	.wrong_count = wrong_count, .prefix = prefix,
};
