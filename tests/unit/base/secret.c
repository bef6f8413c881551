#include "base/secret.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

/* How a child ends that writes at the given distance from the end of a secret. */
static int
child_writing_at(size_t beyond)
{
	struct error	 err = ERROR_INIT;
	struct secret	*secret;
	int		 status = 0;
	pid_t		 pid = fork();

	if (pid == 0) {
		/* A sanitizer would report the fault instead of dying of it. */
		(void)signal(SIGSEGV, SIG_DFL);
		if (secret_new(32, &secret, &err) != 0)
			_exit(1);
		((volatile uint8_t *)secret->data)[secret->len - 1 + beyond] = 1;
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const uint8_t *
leave_on_stack(void)
{
	static uint8_t	*where;
	WIPED(pad, 64);

	where = pad;
	memset(pad, 'k', sizeof(pad));
	__asm__ volatile("" : : "r"(pad) : "memory");
	return where;
}

int
main(void)
{
	CLEANUP(secret_freep) struct secret	*key = NULL, *copy = NULL, *empty = NULL;
	struct error				 err = ERROR_INIT;
	uint8_t					 bytes[4] = "abc";
	const volatile uint8_t			*stack;
	unsigned				 left = 0;

	succeeds(secret_new(32, &key, &err), err, "a secret is made");
	is_mem(key->data, key->len, (uint8_t[32]){ 0 }, 32, "of zeros");
	succeeds(secret_copy(SLICE("hunter2"), &copy, &err), err, "or as a copy");
	is_slice(secret_slice(copy), SLICE("hunter2"), "of the bytes");
	succeeds(secret_new(0, &empty, &err), err, "it may be empty");
	is_int(secret_new(SIZE_MAX - 10, &empty, &err), ERR_MEMORY, "but not endless");
	is_int(child_writing_at(0), 0, "its last byte can be written");
	is_int(child_writing_at(1), -SIGSEGV, "the byte behind it ends the process");
	secret_free(NULL);

	ok(secret_equal(SLICE("abc"), SLICE("abc")) && secret_equal(SLICE_NONE, SLICE("")), "equal bytes are equal");
	ok(!secret_equal(SLICE("abc"), SLICE("abd")) && !secret_equal(SLICE("abc"), SLICE("ab")) &&
	    !secret_equal(SLICE("abc"), SLICE("xbc")), "others are not");
	wipe(bytes, 3);
	is_mem(bytes, 3, "\0\0\0", 3, "wiping leaves zeros");
	wipe(NULL, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
	stack = leave_on_stack();
	for (int i = 0; i < 64; i++)
		left += stack[i] == 'k';
	ok(left < 16, "a wiped array is gone when its scope ends");
#else
	(void)stack;
	(void)left;
	(void)leave_on_stack;
	skip("a sanitizer forbids looking at a dead frame", 1);
#endif
	return done_testing();
}
