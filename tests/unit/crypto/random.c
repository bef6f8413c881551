#include "crypto/random.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

#define MANY	1000

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

int
main(void)
{
	static uint8_t	drawn[MANY][16];
	uint8_t		mine[16], childs[16], large[5000] = { 0 };
	unsigned	equal = 0, zeros = 0;
	int		ends[2], status = -1;
	pid_t		child;

	for (size_t i = 0; i < MANY; i++)
		random_nonce(drawn[i], sizeof(drawn[i]));
	qsort(drawn, MANY, sizeof(*drawn), by_bytes);
	for (size_t i = 1; i < MANY; i++)
		equal += memcmp(drawn[i - 1], drawn[i], 16) == 0;
	is_int(equal, 0, "no two of a thousand nonces are equal, across many stocks");

	random_nonce(large, sizeof(large));
	for (size_t i = 0; i < sizeof(large); i++)
		zeros += large[i] == 0;
	ok(zeros < sizeof(large) / 64, "more bytes than a stock holds come all the same");
	(void)memset(large, 0, sizeof(large));
	random_bytes(large, sizeof(large));
	zeros = 0;
	for (size_t i = 0; i < sizeof(large); i++)
		zeros += large[i] == 0;
	ok(zeros < sizeof(large) / 64, "bytes for keys are random to the last");

	/* The stock is full here: a child that inherited it would draw what we draw next. */
	if (pipe(ends) != 0 || (child = fork()) < 0)
		bail_out("no child");
	if (child == 0) {
		random_nonce(childs, sizeof(childs));
		_exit(write(ends[1], childs, sizeof(childs)) != (ssize_t)sizeof(childs));
	}
	random_nonce(mine, sizeof(mine));
	ok(read(ends[0], childs, sizeof(childs)) == (ssize_t)sizeof(childs) && waitpid(child, &status, 0) == child &&
	    status == 0, "a child draws a nonce");
	ok(memcmp(mine, childs, sizeof(mine)) != 0, "and not the one that its parent draws");
	return done_testing();
}
