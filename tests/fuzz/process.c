/* Any bytes as the other side of git's filter protocol: the process ends, and answers are well-formed packets. */
#include "gitfilter/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#define ANSWER_MAX	((size_t)64 * 1024 * 1024)

static struct filter *
filter(void)
{
	static struct filter	*made;
	struct error		 err = ERROR_INIT;
	struct keyfile		*key;

	if (made != NULL)
		return made;
	MUST(keyfile_generate("", &key, &err) == 0 && filter_new_key(key, &made, &err) == 0);
	filter_drain_first(made);
	return made;
}

static void
report(struct slice path, const struct error *err_opt)
{
	(void)path;
	(void)err_opt;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(file_closep) int		in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	CLEANUP(buf_release) struct buf		 answer = BUF(ANSWER_MAX);
	struct error				 err = ERROR_INIT;
	enum pktline_kind			 kind;
	struct slice				 rest, packet;

	MUST(in >= 0 && out >= 0 && file_write_all(in, slice_of(data, size), &err) == 0 && lseek(in, 0, SEEK_SET) == 0);
	MUST(pktline_new(in, out, &line, &err) == 0);
	if (process_serve(line, filter(), NULL, report, &err) != 0)
		err_reset(&err);
	MUST(pktline_send(line, &err) == 0 && lseek(out, 0, SEEK_SET) == 0 && file_read_fd(out, &answer, &err) == 0);
	for (rest = buf_slice(&answer); rest.len > 0;)
		MUST(pktline_parse(&rest, &kind, &packet, &err) == 0);
	return 0;
}
