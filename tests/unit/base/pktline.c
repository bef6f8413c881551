#include "base/pktline.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/tap.h"

static const struct {
	const char		*bytes, *data;
	int			 rc;
	enum pktline_kind	 kind;
	size_t			 left;
} packets[] = {
	{ "0006a\n", "a\n", 0, PKTLINE_TEXT, 0 },
	{ "0004", "", 0, PKTLINE_TEXT, 0 },
	{ "0005xyz", "x", 0, PKTLINE_TEXT, 2 },
	{ "00000005", "", 0, PKTLINE_FLUSH, 4 },
	{ "0001", "", 0, PKTLINE_DELIM, 0 },
	{ "000Ahello!", "hello!", 0, PKTLINE_TEXT, 0 },
	{ "", NULL, ERR_NOT_FOUND, 0, 0 },
	{ "000", NULL, ERR_NOT_FOUND, 0, 3 },
	{ "0006a", NULL, ERR_NOT_FOUND, 0, 5 },
	{ "fff0", NULL, ERR_NOT_FOUND, 0, 4 },
	{ "fff1", NULL, ERR_LIMIT, 0, 4 },
	{ "ffff", NULL, ERR_LIMIT, 0, 4 },
	{ "0002", NULL, ERR_SYNTAX, 0, 4 },
	{ "0003", NULL, ERR_SYNTAX, 0, 4 },
	{ "00g5x", NULL, ERR_SYNTAX, 0, 5 },
	{ "-001", NULL, ERR_SYNTAX, 0, 4 },
	{ " 005", NULL, ERR_SYNTAX, 0, 4 },
	{ "0x05", NULL, ERR_SYNTAX, 0, 4 },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
		struct slice		rest = slice_str(packets[i].bytes), data = SLICE("?");
		enum pktline_kind	kind = PKTLINE_END;
		struct error		err = ERROR_INIT;

		is_int(pktline_parse(&rest, &kind, &data, &err), packets[i].rc, packets[i].bytes);
		is_int(rest.len, packets[i].left, "consumes what it should");
		if (packets[i].rc == 0) {
			is_int(kind, packets[i].kind, "is of its kind");
			is_slice(data, slice_str(packets[i].data), "and holds its data");
		} else {
			is_int(err.kind, packets[i].rc == ERR_NOT_FOUND ? ERR_NONE : packets[i].rc, "an incomplete one is no error");
		}
	}
}

/* Everything that a peer may send, over pipes that are filled by a child. */
static void
test_connection(void)
{
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	CLEANUP(buf_release) struct buf		 large = BUF(1000000), back = BUF(1000000);
	struct error				 err = ERROR_INIT;
	struct slice				 data;
	int					 there[2], here[2], status;
	pid_t					 pid;

	if (buf_repeat(&large, 'z', 200000, &err) != 0 || pipe2(there, O_CLOEXEC) != 0 || pipe2(here, O_CLOEXEC) != 0)
		bail_out("cannot prepare");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		/* An echo that ends with its input. */
		char	bytes[5000];
		ssize_t	n;

		(void)close(there[1]);
		(void)close(here[0]);
		while ((n = read(there[0], bytes, sizeof(bytes))) > 0)
			if (file_write_all(here[1], slice_of(bytes, (size_t)n), &err) != 0)
				_exit(1);
		_exit(0);
	}
	(void)close(there[0]);
	(void)close(here[1]);
	if (!succeeds(pktline_new(here[0], there[1], &line, &err), err, "a connection"))
		return;
	succeeds(pktline_printf(line, &err, "command=%s\n", "clean"), err, "a line is written");
	succeeds(pktline_delim(line, &err), err, "a delimiter");
	succeeds(pktline_write(line, SLICE_NONE, &err), err, "nothing makes no packet");
	succeeds(pktline_flush(line, &err), err, "a flush");
	/* Reading sends first; without that both would wait for ever. */
	succeeds(pktline_read(line, &data, &err), err, "and the line comes back");
	is_slice(data, SLICE("command=clean\n"), "as it was");
	is_slice(pktline_chomp(data), SLICE("command=clean"), "and without its end");
	is_slice(pktline_chomp(SLICE("x")), SLICE("x"), "which it need not have");
	ok(pktline_read(line, &data, &err) == 0 && pktline_kind(line) == PKTLINE_DELIM && data.len == 0, "the delimiter");
	ok(pktline_read(line, &data, &err) == 0 && pktline_kind(line) == PKTLINE_FLUSH && data.len == 0, "the flush");

	/* More at once than pipes hold would stop the echo, so in two parts. */
	for (int part = 0; part < 2; part++) {
		succeeds(pktline_write(line, slice_sub(buf_slice(&large), 0, 60000), &err), err, "much is written");
		succeeds(pktline_flush(line, &err), err, "and flushed");
		succeeds(pktline_read_all(line, &back, &err), err, "and read up to the flush");
	}
	is_slice(buf_slice(&back), slice_sub(buf_slice(&large), 0, 120000), "all of it");
	is_int(pktline_printf(line, &err, "%2000d", 1), ERR_LIMIT, "a line has an end");
	err_reset(&err);
	(void)close(there[1]);
	ok(pktline_read(line, &data, &err) == 0 && pktline_kind(line) == PKTLINE_END, "the end of the connection is an answer");
	is_int(pktline_read_all(line, &back, &err), ERR_SYNTAX, "but not before a flush packet");
	(void)waitpid(pid, &status, 0);
}

static void
test_splitting(void)
{
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	CLEANUP(buf_release) struct buf		 large = BUF(1000000), sent = BUF(1000000);
	char					 name[] = "/tmp/pktline-test.XXXXXX";
	struct error				 err = ERROR_INIT;
	struct slice				 rest, data;
	enum pktline_kind			 kind;
	int					 fd = mkstemp(name);

	(void)unlink(name);
	if (buf_repeat(&large, 'z', 150000, &err) != 0 || pktline_new(fd, fd, &line, &err) != 0)
		bail_out("cannot prepare");
	if (pktline_write(line, buf_slice(&large), &err) != 0 || pktline_send(line, &err) != 0)
		bail_out(err.text);
	(void)lseek(fd, 0, SEEK_SET);
	if (file_read_fd(fd, &sent, &err) != 0)
		bail_out(err.text);
	rest = buf_slice(&sent);
	ok(pktline_parse(&rest, &kind, &data, &err) == 0 && data.len == PKTLINE_DATA, "long data fill packets");
	ok(pktline_parse(&rest, &kind, &data, &err) == 0 && data.len == PKTLINE_DATA, "one after the other");
	ok(pktline_parse(&rest, &kind, &data, &err) == 0 && data.len == 150000 - 2 * PKTLINE_DATA && rest.len == 0,
	    "the last holds the rest");
	is_mem(sent.data, 4, "fff0", 4, "lengths are written in lower case");
	(void)close(fd);
}

/* One read of what a peer said before it went away. */
static int
read_once(const char *said, struct error *err)
{
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	struct slice				 data;
	int					 ends[2], rc;

	if (pipe(ends) != 0 || pktline_new(ends[0], ends[1], &line, err) != 0)
		bail_out("cannot prepare");
	if (file_write_all(ends[1], slice_str(said), err) != 0)
		bail_out("cannot write");
	(void)close(ends[1]);
	rc = pktline_read(line, &data, err);
	(void)close(ends[0]);
	return rc;
}

static void
test_failures(void)
{
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	static const char			 zeros[60000];
	struct error				 err = ERROR_INIT;
	struct slice				 data;
	int					 ends[2], rc = 0;

	is_int(read_once("00", &err), ERR_SYNTAX, "a connection that ends within a length is broken");
	err_reset(&err);
	is_int(read_once("0009x", &err), ERR_SYNTAX, "or within data");
	is_str(err.text, "the connection ended within a packet", "which is said");
	err_reset(&err);
	is_int(read_once("nonsense", &err), ERR_SYNTAX, "so is one that speaks another language");
	err_reset(&err);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pktline_new(ends[0], ends[0], &line, &err) != 0)
		bail_out("cannot prepare");
	pktline_deadline(line, 50);
	is_int(pktline_read(line, &data, &err), ERR_TIMEOUT, "a peer that says nothing is given up");
	err_reset(&err);
	pktline_deadline(line, 50);
	for (int i = 0; i < 100 && rc == 0; i++)
		rc = pktline_write(line, slice_of(zeros, sizeof(zeros)), &err);
	is_int(rc, ERR_TIMEOUT, "so is one that does not listen");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	test_parse();
	test_connection();
	test_splitting();
	test_failures();
	return done_testing();
}
