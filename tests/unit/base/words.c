#include "base/words.h"

#include "base/limits.h"
#include "tests/tap.h"

int
main(void)
{
	static const struct {
		const char *text, *words[5];
	} cases[] = {
		{ "vim", { "vim" } }, { "  code  --wait\t", { "code", "--wait" } }, { "'a b' \"c d\"e", { "a b", "c de" } },
		{ "a\\ b \"\\\"\\x\" '\\'", { "a b", "\"\\x", "\\" } }, { "'' \"\"", { "", "" } }, { "a$HOME *|;", { "a$HOME", "*|;" } },
		{ "a\\\nb", { "ab" } }, { "x\\", { "x\\" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
		struct error	  err = ERROR_INIT;
		const char	**argv = NULL;
		size_t		  n = 0;

		if (!succeeds(words_split(slice_str(cases[i].text), &arena, &argv, &err), err, cases[i].text))
			continue;
		for (; argv[n] != NULL && n < 5; n++)
			is_str(argv[n], cases[i].words[n], "a word");
		ok(n < 5 && cases[i].words[n] == NULL, "and no more words");
	}
	static const struct slice bad[] = { SLICE(""), SLICE("  \n"), SLICE("'a"), SLICE("a \"b"), SLICE("a\0b") };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
		struct error	  err = ERROR_INIT;
		const char	**argv;

		is_int(words_split(bad[i], &arena, &argv, &err), ERR_SYNTAX, "no word, an open quote or a NUL is refused");
	}
	return done_testing();
}
