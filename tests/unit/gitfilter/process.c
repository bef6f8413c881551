/* Conversations with the filter process: what git sends is a file, what it gets another. */
#include "gitfilter/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/harden.h"
#include "tests/tap.h"

#define ROOM	((size_t)40 * 1024 * 1024)
#define HELLO	"git-filter-client\n|version=2\n|.|capability=clean\n|capability=smudge\n|capability=delay\n|."
#define HELLO_ANSWER "git-filter-server\n|version=2\n|.|capability=clean\n|capability=smudge\n|."

static struct filter	*filter;
static struct buf	 sent = BUF(ROOM), got = BUF(ROOM), talk = BUF(100000);
static struct error	 failure;

static void
must(int rc)
{
	if (rc != 0)
		bail_out("out of room");
}

static void
add_packet(struct buf *out, struct slice data)
{
	struct error err = ERROR_INIT;

	must(buf_printf(out, &err, "%04zx", data.len + 4));
	must(buf_append(out, data, &err));
}

/* "a\n|b\n|.": packets between bars, a dot alone is a flush. */
static void
add(struct buf *out, const char *script)
{
	struct slice	rest = slice_str(script), part;
	struct error	err = ERROR_INIT;

	while (slice_split(&rest, '|', &part)) {
		if (slice_eq(part, SLICE(".")))
			must(buf_str(out, "0000", &err));
		else
			add_packet(out, part);
	}
}

static void
begin(const char *script)
{
	buf_reset(&sent);
	add(&sent, script);
}

static void
report(struct slice path, const struct error *err_opt)
{
	struct error err = ERROR_INIT;

	must(buf_printf(&talk, &err, "[%.*s: %d]", SLICE_ARG(path), err_opt != NULL ? (int)err_opt->kind : 0));
}

/* Serves what was sent; what came back is in ${got}. */
static int
serve_bytes(struct slice bytes, struct filter *by, const struct error *broken)
{
	CLEANUP(file_closep) int		in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	CLEANUP(pktline_freep) struct pktline	*line = NULL;
	struct error				 err = ERROR_INIT;
	int					 rc;

	err_reset(&failure);
	buf_reset(&got);
	buf_reset(&talk);
	if (in < 0 || out < 0 || file_write_all(in, bytes, &err) != 0 || lseek(in, 0, SEEK_SET) != 0 ||
	    pktline_new(in, out, &line, &err) != 0)
		bail_out("no files");
	rc = process_serve(line, by, broken, report, &failure);
	must(pktline_send(line, &err));
	if (lseek(out, 0, SEEK_SET) != 0 || file_read_fd(out, &got, &err) != 0)
		bail_out(err.text);
	return rc;
}

static int
serve(void)
{
	return serve_bytes(buf_slice(&sent), filter, NULL);
}

static bool
answers(const char *script)
{
	CLEANUP(buf_release) struct buf want = BUF(100000);

	add(&want, script);
	if (slice_eq(buf_slice(&got), buf_slice(&want)))
		return true;
	tap_show("got", got.data, got.len);
	tap_show("want", want.data, want.len);
	return false;
}

static bool
told(const char *want)
{
	struct error err = ERROR_INIT;

	must(buf_terminate(&talk, &err));
	return is_str((const char *)talk.data, want, "  and what is told");
}

/* The content of the one file that was answered with success, out of its packets. */
static bool
content(struct buf *out)
{
	struct slice		rest = buf_slice(&got), data;
	enum pktline_kind	kind;
	struct error		err = ERROR_INIT;
	int			flushes = 0;

	buf_reset(out);
	while (pktline_parse(&rest, &kind, &data, &err) == 0) {
		flushes += kind == PKTLINE_FLUSH;
		if (flushes == 2 && kind == PKTLINE_TEXT && !slice_eq(data, SLICE("status=success\n")))
			return false;
		if (flushes == 3 && kind == PKTLINE_TEXT)
			must(buf_append(out, data, &err));
	}
	return flushes == 5 && rest.len == 0;
}

static void
test_handshake(void)
{
	begin(HELLO);
	ok(serve() == 0 && answers(HELLO_ANSWER), "clean and smudge are offered, delay is not");
	begin("git-filter-client\n|version=2\n|.|capability=smudge\n|capability=magic\n|.");
	ok(serve() == 0 && answers("git-filter-server\n|version=2\n|.|capability=smudge\n|."), "nothing that git did not offer");
	begin("git-filter-client|version=3|version=2|.|capability=clean|.");
	ok(serve() == 0 && answers("git-filter-server\n|version=2\n|.|capability=clean\n|."), "a version beside ours does not matter");
	begin("git-filter-client\n|version=3\n|.");
	ok(serve() == ERR_SYNTAX && got.len == 0, "only later versions are refused");
	begin("hello\n|version=2\n|.");
	is_int(serve(), ERR_SYNTAX, "another program is refused");
	is_int(serve_bytes(SLICE_NONE, filter, NULL), ERR_SYNTAX, "nothing at all is refused");
	is_int(serve_bytes(SLICE("GET / HTTP/1.1\r\n\r\n"), filter, NULL), ERR_SYNTAX, "garbage is refused");
	is_int(serve_bytes(SLICE("ffffxxxx"), filter, NULL), ERR_LIMIT, "a packet that is larger than any is refused");
	is_int(serve_bytes(SLICE("0003"), filter, NULL), ERR_SYNTAX, "a length that does not count itself is refused");
	buf_reset(&sent);
	add(&sent, "git-filter-client\n");
	for (int i = 0; i < 2000; i++)
		add(&sent, "version=2\n");
	is_int(serve(), ERR_LIMIT, "a list without an end is refused");
}

static void
test_files(void)
{
	char				want[64];
	CLEANUP(buf_release) struct buf	blob = BUF(1000);

	begin(HELLO "|command=clean\n|pathname=a=b\n|.|sec|ret|.");
	ok(serve() == 0 && told(""), "a file is cleaned");
	ok(content(&blob) && blob.len == 28, "status, content, an empty list");
	begin(HELLO "|command=smudge\n|pathname=a\n|ref=refs/heads/x\n|blob=0123\n|can-delay=1\n|.");
	add_packet(&sent, buf_slice(&blob));
	add(&sent, ".|command=smudge\n|pathname=b\n|.|plain|.");
	ok(serve() == 0 && answers(HELLO_ANSWER "|status=success\n|.|secret|.|.|status=success\n|.|plain|.|."), "files are smudged");
	told("[b: 0]");
	begin(HELLO "|command=smudge\n|pathname=first\n|.");
	blob.data[27] ^= 1;
	add_packet(&sent, buf_slice(&blob));
	blob.data[27] ^= 1;
	add(&sent, ".|command=smudge\n|pathname=wrong\n|pathname=second\n|.");
	add_packet(&sent, buf_slice(&blob));
	add(&sent, ".");
	ok(serve() == 0 && answers(HELLO_ANSWER "|status=error\n|.|status=success\n|.|secret|.|."),
	    "a file that was tampered with is an error of its own, and the next is served");
	(void)snprintf(want, sizeof(want), "[first: %d]", ERR_TAMPERED);
	told(want);
	begin(HELLO "|command=smudge\n|pathname=one\n|pathname=two\n|.|plain|.");
	ok(serve() == 0, "of two paths");
	told("[two: 0]");
	begin(HELLO "|command=clean\n|pathname=empty\n|.|.|command=smudge\n|.|.");
	ok(serve() == 0 && slice_ends(buf_slice(&got), SLICE("0013status=success\n000000000000")),
	    "empty content has no packet, and a path may be missing");
}

static void
test_large(void)
{
	static uint8_t			piece[PKTLINE_DATA];
	CLEANUP(buf_release) struct buf	blob = BUF(ROOM), plain = BUF(ROOM);

	(void)memset(piece, 'x', sizeof(piece));
	begin(HELLO "|command=clean\n|pathname=large\n|.");
	for (int i = 0; i < 160; i++)
		add_packet(&sent, slice_of(piece, sizeof(piece)));
	add(&sent, ".");
	ok(serve() == 0 && content(&blob) && blob.len == 160 * sizeof(piece) + 22, "ten megabytes are cleaned");
	begin(HELLO "|command=smudge\n|pathname=large\n|.");
	for (size_t at = 0; at < blob.len; at += sizeof(piece))
		add_packet(&sent, slice_sub(buf_slice(&blob), at, at + sizeof(piece)));
	add(&sent, ".");
	ok(serve() == 0 && content(&plain) && plain.len == 160 * sizeof(piece) && plain.data[plain.len - 1] == 'x', "and smudged");
	sent.data[sent.len - 5] ^= 1;
	ok(serve() == 0 && answers(HELLO_ANSWER "|status=error\n|."), "a changed bit at the end lets nothing out");
}

static void
test_endings(void)
{
	CLEANUP(buf_release) struct buf	all = BUF(10000);
	struct error			err = ERROR_INIT;
	size_t				whole = 0, fine;

	begin(HELLO);
	fine = sent.len;
	add(&sent, "command=clean\n|pathname=a\n|.|secret|.");
	must(buf_append(&all, buf_slice(&sent), &err));
	for (size_t len = 0; len < all.len; len++)
		whole += serve_bytes(slice_sub(buf_slice(&all), 0, len), filter, NULL) == 0;
	is_int(whole, 1, "a peer that dies anywhere but between two files is a failure");
	is_int(serve_bytes(slice_sub(buf_slice(&all), 0, fine), filter, NULL), 0, "between two files it is the end");
	begin(HELLO "|command=clean\n|pathname=a\n|.|sec");
	ok(serve() == ERR_SYNTAX && talk.len == 0 && answers(HELLO_ANSWER), "half a file is not answered");
	begin(HELLO "|command=list_available_blobs\n|.");
	is_int(serve(), ERR_UNSUPPORTED, "an unknown command ends it, and is not waited for");
	begin(HELLO "|.");
	is_int(serve(), ERR_UNSUPPORTED, "so does none");
}

static void
test_broken(void)
{
	struct error broken = ERROR_INIT;

	(void)err_set(&broken, ERR_SYNTAX, "the key file is damaged");
	begin(HELLO "|command=clean\n|pathname=a\n|.|secret|.|command=smudge\n|pathname=b\n|.|x|.");
	is_int(serve_bytes(buf_slice(&sent), NULL, &broken), 0, "without a usable key the handshake is made all the same");
	ok(answers(HELLO_ANSWER "|status=error\n|.|status=error\n|."), "each file is an error");
}

int
main(void)
{
	struct error	err = ERROR_INIT;
	struct keyfile	*key;

	harden_process();
	if (keyfile_generate("", &key, &err) != 0 || filter_new_key(key, &filter, &err) != 0)
		bail_out(err.text);
	filter_drain_first(filter);
	test_handshake();
	test_files();
	test_large();
	test_endings();
	test_broken();
	filter_free(filter);
	buf_release(&sent);
	buf_release(&got);
	buf_release(&talk);
	return done_testing();
}
