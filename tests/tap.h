#ifndef TESTS_TAP_H
#define TESTS_TAP_H

/*
 * The Test Anything Protocol for C tests: one line a claim, flushed at once, the plan at the end.
 * Each claim returns whether it held, so that a test can stop using what it could not make.
 *
 *	is_int(num, 7, "a claim in words");
 *	return done_testing();
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5))) static inline bool
tap_claim(bool held, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("%sok %d - ", held ? "" : "not ", ++tap_count);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	if (!held) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return held;
}

/* Each byte printable or escaped: a diagnostic must stay on its line. */
static inline void
tap_show(const char *name, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	printf("#   %s: ", name);
	if (data == NULL) {
		printf("NULL\n");
		return;
	}
	putchar('"');
	for (size_t i = 0; i < len && i < 2000; i++)
		if (bytes[i] >= ' ' && bytes[i] < 127)
			putchar(bytes[i]);
		else if (bytes[i] == '\n')
			printf("\\n");
		else
			printf("\\x%02x", bytes[i]);
	printf("\" (%zu bytes)\n", len);
	fflush(stdout);
}

static inline bool
tap_is_int(intmax_t got, intmax_t want, const char *file, int line, const char *what)
{
	if (tap_claim(got == want, file, line, "%s", what))
		return true;
	printf("#   got: %" PRIdMAX "\n#   want: %" PRIdMAX "\n", got, want);
	return false;
}

static inline bool
tap_is_mem(const void *got, size_t got_len, const void *want, size_t want_len, const char *file, int line,
    const char *what)
{
	bool same = got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0);

	if (tap_claim(same, file, line, "%s", what))
		return true;
	tap_show("got", got, got_len);
	tap_show("want", want, want_len);
	return false;
}

static inline bool
tap_is_str(const char *got, const char *want, const char *file, int line, const char *what)
{
	if (got != NULL && want != NULL)
		return tap_is_mem(got, strlen(got), want, strlen(want), file, line, what);
	return tap_claim(got == want, file, line, "%s", what);
}

/* ok(condition, "claim %d", n) */
#define ok(held, ...)		tap_claim((held), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, what)	tap_is_int((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, (what))
#define is_str(got, want, what)	tap_is_str((got), (want), __FILE__, __LINE__, (what))
#define is_mem(got, got_len, want, want_len, what)						\
	tap_is_mem((got), (got_len), (want), (want_len), __FILE__, __LINE__, (what))
/* Two slices. */
#define is_slice(got, want, what)								\
	tap_is_mem((got).data, (got).len, (want).data, (want).len, __FILE__, __LINE__, (what))
/* A call that takes "struct error err" last: 0, or the message is shown. */
#define succeeds(call, err, what) __extension__ ({						\
	bool held_ = tap_claim((call) == 0, __FILE__, __LINE__, "%s", (what));			\
	if (!held_)										\
		printf("#   error %d: %s\n#   hint: %s\n", (int)(err).kind, (err).text, (err).hint);	\
	held_;											\
})

static inline void
skip(const char *reason, int count)
{
	while (count-- > 0)
		printf("ok %d # SKIP %s\n", ++tap_count, reason);
	fflush(stdout);
}

/* The whole file, before any claim. */
__attribute__((noreturn)) static inline void
skip_all(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	exit(0);
}

__attribute__((noreturn)) static inline void
bail_out(const char *reason)
{
	printf("Bail out! %s\n", reason);
	exit(255);
}

static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

/*
 * The folder of a vector set: the environment variable ${name}, else ${standard}; NULL when the folder
 * is absent (skip with a word).
 */
static inline const char *
tap_folder(const char *name, const char *standard)
{
	const char	*folder = getenv(name);
	FILE		*there;

	if (folder == NULL || *folder == '\0')
		folder = standard;
	if ((there = fopen(folder, "r")) == NULL)
		return NULL;
	(void)fclose(there);
	return folder;
}

#endif
