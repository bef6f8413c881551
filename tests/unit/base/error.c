#include "base/error.h"

#include <errno.h>

#include "tests/tap.h"

int
main(void)
{
	struct error	err = ERROR_INIT;
	char		long_text[3000];

	is_int(err_set(&err, ERR_SYNTAX, "bad %s %d", "word", 7), ERR_SYNTAX, "the first cause is recorded");
	is_str(err.text, "bad word 7", "in words");
	is_int(err_set(&err, ERR_LIMIT, "later"), ERR_SYNTAX, "a later one does not replace it");
	is_str(err.text, "bad word 7", "nor its words");
	is_int(err_memory(&err), ERR_SYNTAX, "not even running out of memory");
	is_int(err_wrap(&err, "cannot read '%s'", "a"), ERR_SYNTAX, "a context keeps the kind");
	is_int(err_wrap(&err, "cannot start"), ERR_SYNTAX, "so does another");
	is_str(err.text, "cannot start: cannot read 'a': bad word 7", "contexts stand outermost first");

	is_int(err_at(&err, 3, 5), ERR_SYNTAX, "a place");
	(void)err_at(&err, 9, 9);
	ok(err.line == 3 && err.column == 5, "is that of the innermost caller");
	(void)err_file(&err, "inner.yaml");
	(void)err_file(&err, "outer.yaml");
	is_str(err.path, "inner.yaml", "and its file");
	(void)err_hint(&err, "do %s", "this");
	(void)err_hint(&err, "do that");
	is_str(err.hint, "do this", "the first hint stays");

	err_reset(&err);
	ok(err.kind == ERR_NONE && err.line == 0 && err.path[0] == '\0' && err.text[0] == '\0' && err.hint[0] == '\0',
	    "forgetting empties all of it");

	errno = EACCES;
	is_int(err_errno(&err, "cannot open '%s'", "x"), ERR_SYSTEM, "a system call's failure is named");
	is_str(err.text, "cannot open 'x': Permission denied", "with the system's words");
	err_reset(&err);
	errno = ENOENT;
	is_int(err_errno(&err, "cannot open"), ERR_NOT_FOUND, "a missing file has a kind of its own");
	errno = EIO;
	is_int(err_errno(&err, "again"), ERR_NOT_FOUND, "and stays the first cause");

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	err_reset(&err);
	(void)err_set(&err, ERR_SYNTAX, "%s", long_text);
	is_int(strlen(err.text), ERR_TEXT_MAX - 1, "a long message is cut");
	(void)err_wrap(&err, "%s", long_text);
	is_int(strlen(err.text), ERR_TEXT_MAX - 1, "also with a long context");
	(void)err_wrap(&err, "short");
	ok(strncmp(err.text, "short: xxx", 10) == 0, "a short one in front is kept whole");
	(void)err_hint(&err, "%s", long_text);
	(void)err_file(&err, long_text);
	ok(strlen(err.hint) == ERR_HINT_MAX - 1 && strlen(err.path) == ERR_PATH_MAX - 1, "hint and path are cut too");
	return done_testing();
}
