#include "base/ask.h"

#include "tests/tap.h"

static int
secret(const char *prompt, struct secret **out, struct error *err)
{
	return secret_copy(slice_str(prompt), out, err);
}

static int
line(const char *prompt, struct buf *out, struct error *err)
{
	return buf_str(out, prompt, err);
}

static int
tell(const char *text, struct error *err)
{
	return err_set(err, ERR_SYSTEM, "%s", text);
}

int
main(void)
{
	static const struct asker		asker = { secret, line, tell };
	CLEANUP(secret_freep) struct secret	*answer = NULL;
	CLEANUP(buf_release) struct buf		out = BUF(100);
	struct error				err = ERROR_INIT, said = ERROR_INIT;

	is_int(ask_secret("x", &answer, &err), ERR_UNSUPPORTED, "at first there is nobody to ask");
	ok(answer == NULL, "and no answer");
	ask_through(&asker);
	err_reset(&err);
	succeeds(ask_secret("a secret", &answer, &err), err, "a question for a secret reaches the asker");
	is_slice(answer != NULL ? secret_slice(answer) : SLICE_NONE, SLICE("a secret"), "with its words");
	succeeds(ask_line("a line", &out, &err), err, "so does one for a line");
	is_slice(buf_slice(&out), SLICE("a line"), "and its answer comes back");
	is_int(ask_tell("words", &said), ERR_SYSTEM, "and what it is told, and cannot say");
	ask_through(NULL);
	is_int(ask_line("x", &out, &err), ERR_UNSUPPORTED, "nobody again");
	is_int(ask_tell("x", &err), ERR_UNSUPPORTED, "nor anybody to tell");
	return done_testing();
}
