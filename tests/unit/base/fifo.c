#include "base/fifo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/harden.h"
#include "tests/tap.h"

/* All that a reader gets until the end. */
static bool
reads(const char *path, struct slice want)
{
	CLEANUP(buf_release) struct buf got = BUF(1024 * 1024);
	struct error err = ERROR_INIT;

	return file_read(path, &got, &err) == 0 && slice_eq(buf_slice(&got), want);
}

int
main(void)
{
	static uint8_t	large[300000];
	char		folder[] = "/tmp/hub-fifo.XXXXXX", path[64], first[3];
	struct error	err = ERROR_INIT;
	struct stat	st;
	pid_t		server = 0;
	int		fd;
	bool		well = true;

	harden_process();
	if (mkdtemp(folder) == NULL)
		bail_out("no folder");
	(void)snprintf(path, sizeof(path), "%s/f", folder);
	memset(large, 'x', sizeof(large));
	succeeds(fifo_serve(path, slice_of(large, sizeof(large)), &server, &err), err, "more bytes than a pipe holds are served");
	ok(stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 07777) == 0600, "from a FIFO for the user alone");
	ok(reads(path, slice_of(large, sizeof(large))), "a reader gets them all");
	ok(reads(path, slice_of(large, sizeof(large))), "a second one, too, and once");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ok(fd >= 0 && read(fd, first, sizeof(first)) == sizeof(first) && close(fd) == 0, "one that has enough");
	ok(reads(path, slice_of(large, sizeof(large))), "leaves everything to the next");
	for (int i = 0; i < 200 && well; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		well = fd >= 0 && read(fd, first, sizeof(first)) == sizeof(first) && close(fd) == 0 && reads(path, slice_of(large, sizeof(large)));
	}
	ok(well, "however often");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ok(fd >= 0 && read(fd, first, sizeof(first)) == sizeof(first) && reads(path, slice_of(large, sizeof(large))) &&
	    read(fd, first, sizeof(first)) == sizeof(first) && close(fd) == 0, "two at a time do not wait for each other");
	fifo_stop(&server);
	is_int(server, 0, "the server ends");
	fifo_stop(&server);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ok(fd >= 0 && read(fd, first, sizeof(first)) == 0, "and nobody serves any more");
	(void)close(fd);
	is_int(fifo_serve(path, SLICE("x"), &server, &err), ERR_SYSTEM, "a name that is taken is refused");
	is_int(server, 0, "without a server");
	(void)unlink(path);
	(void)rmdir(folder);
	return done_testing();
}
