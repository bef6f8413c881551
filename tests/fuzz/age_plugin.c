#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/age_plugin.h"
#include "tests/fuzz/fuzz.h"

/* What a plugin says, to both sides of the protocol; it is small enough to wait in the socket while we speak. */
static void
converse(struct slice text, bool recipient)
{
	static const uint8_t	file_key[AGE_FILE_KEY_LEN];
	char			program[] = "age-plugin-fuzz";
	struct age_plugin_key	key = { .program = program, .text = BUF(KIB), .labels = BUF(LIMIT_AGE_HEADER) };
	struct age_stanza	stanza = { .argument = { SLICE("fuzz") }, .arguments = 1, .words = SLICE("fuzz"), .body = SLICE("body") };
	struct buf		header = BUF(MIB);
	struct error		err = ERROR_INIT;
	uint8_t			got[AGE_FILE_KEY_LEN];
	int			ends[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	if (send(ends[1], text.data, text.len, MSG_DONTWAIT) == (ssize_t)text.len && shutdown(ends[1], SHUT_WR) == 0) {
		age_plugin_set_patience(1000);
		rc = recipient ? age_plugin_wrap(&key, ends[0], file_key, &header, &err) : age_plugin_unwrap(&key, ends[0], &stanza, 1, got, &err);
		MUST(rc == (int)err.kind);
		MUST(rc == 0 || rc == ERR_CHILD || rc == ERR_NO_KEY || rc == ERR_TIMEOUT || rc == ERR_MEMORY);
		MUST(rc == 0 || header.len == 0);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	buf_release(&key.labels);
	buf_release(&header);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 16 * KIB)
		return 0;
	converse(slice_of(data, size), true);
	converse(slice_of(data, size), false);
	return 0;
}
