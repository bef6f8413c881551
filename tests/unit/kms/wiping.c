#include "kms/wiping.h"

#include "tests/tap.h"

int
main(void)
{
	char *text = wiping_strdup("hello"), *zero;

	is_str(text, "hello", "text is copied");
	text = wiping_realloc(text, 10000);
	is_str(text, "hello", "growing keeps what was there");
	text = wiping_realloc(text, 3);
	is_mem(text, 3, "hel", 3, "shrinking keeps what fits");
	wiping_free(text);
	wiping_free(NULL);
	zero = wiping_calloc(100, 10);
	ok(zero != NULL && zero[0] == 0 && memcmp(zero, zero + 1, 999) == 0, "calloc gives zeros");
	wiping_free(zero);
	ok(wiping_calloc(SIZE_MAX / 2, 3) == NULL && wiping_malloc(SIZE_MAX) == NULL, "sizes that do not fit give nothing");
	text = wiping_realloc(NULL, 5);
	ok(text != NULL && ((uintptr_t)text & 15) == 0, "realloc of nothing allocates, aligned for any type");
	wiping_free(text);
	return done_testing();
}
