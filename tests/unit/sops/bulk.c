#include "sops/bulk.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sops/store.h"
#include "tests/unit/sops/sealing.h"

/* Pieces are of 192 KiB: lengths around their borders, of files that are large enough. */
#define PIECE	((size_t)192 * 1024)
static const size_t lengths[] = { 16 * PIECE, 16 * PIECE + 1, 16 * PIECE + 2, 17 * PIECE - 1, 17 * PIECE, 44 * PIECE + 12345 };
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define MAX		((size_t)32 * 1024 * 1024)

static void
make_plain(size_t len, struct buf *out)
{
	struct error	 err = ERROR_INIT;
	uint8_t		*room;
	uint32_t	 state = (uint32_t)len;

	if (buf_reserve(out, len, &room, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < len; i++)
		room[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
	out->len += len;
}

static int
seal_bulk(struct slice plain, struct buf *out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_ENCRYPTED_SUFFIX, "_x");
	struct source_memory	source;
	struct sink_buf		sink;

	source_memory_init(&source, plain);
	sink_buf_init(&sink, out);
	return bulk_encrypt(&source.source, meta, datakey, -1, &sink.sink, err);
}

static int
file_of(struct slice text)
{
	int fd = memfd_create("bulk", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
		bail_out("no memory file");
	return fd;
}

/* Look, read the metadata, decrypt. */
static int
open_bulk(struct slice text, bool final, struct buf *out, struct error *err)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(bulk_release) struct bulk bulk = BULK;
	struct sink_buf	sink;
	bool		found = false;
	int		fd = file_of(text), rc;

	sink_buf_init(&sink, out);
	if ((rc = bulk_look(fd, text.len, &bulk, &found, err)) == 0 && !found)
		rc = err_set(err, ERR_UNSUPPORTED, "not found");
	if (rc == 0 && (rc = sealed_load(buf_slice(&bulk.text), &store_binary, &opened, err)) == 0) {
		ok(bulk_fits(opened.meta), "the metadata is that of a binary file");
		rc = bulk_decrypt(&bulk, opened.meta, datakey, false, final, &sink.sink, err);
	}
	(void)close(fd);
	return rc;
}

/* As files that fit in memory are read. */
static int
open_whole(struct slice text, struct opened *opened, struct error *err)
{
	struct decrypt_options options = { .ignore_mac = false };

	if (sealed_load(text, &store_binary, opened, err) != 0 || secret_copy(secret_slice(datakey), &opened->datakey, err) != 0)
		return (int)err->kind;
	return sealed_decrypt(opened, &store_binary, &options, err);
}

static void
test_length(size_t len)
{
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(MAX), sealed = BUF(MAX), again = BUF_SECRET(MAX), kept = BUF_SECRET(MAX);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error err = ERROR_INIT;

	make_plain(len, &plain);
	ok(seal_bulk(buf_slice(&plain), &sealed, &err) == 0, "%zu bytes are encrypted in pieces %s", len, err.text);
	succeeds(open_whole(buf_slice(&sealed), &opened, &err), err, "they are decrypted as a whole");
	ok(slice_eq(buf_slice(&opened.plain), buf_slice(&plain)), "and are the same");
	ok(opened.meta->rules.text[SELECT_ENCRYPTED_SUFFIX].len == 0, "rules are none");
	succeeds(open_bulk(buf_slice(&sealed), false, &again, &err), err, "they are decrypted in pieces");
	ok(slice_eq(buf_slice(&again), buf_slice(&plain)), "and are the same");
	succeeds(open_bulk(buf_slice(&sealed), true, &kept, &err), err, "and by way of a spill");
	ok(slice_eq(buf_slice(&kept), buf_slice(&plain)), "the same");
}

/* What a file that was encrypted as a whole is in pieces. */
static void
test_whole(void)
{
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(MAX), sealed = BUF(MAX), again = BUF_SECRET(MAX);
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_ENCRYPTED_SUFFIX, "");
	CLEANUP(document_freep) struct document *doc = NULL;
	struct encrypt_options	options = { .indent = 4 };
	struct error		err = ERROR_INIT;

	make_plain(5000000, &plain);
	if (plain_load(buf_slice(&plain), &store_binary, &doc, &err) != 0 ||
	    sops_encrypt(doc, &store_binary, meta, datakey, &options, &sealed, &err) != 0)
		bail_out(err.text);
	succeeds(open_bulk(buf_slice(&sealed), true, &again, &err), err, "what was encrypted as a whole is decrypted in pieces");
	ok(slice_eq(buf_slice(&again), buf_slice(&plain)), "and is the same");
}

/* A byte of the data, the tag, the IV, the MAC; a part of the data cut out. */
static void
test_altered(void)
{
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(MAX), sealed = BUF(MAX);
	struct error	err = ERROR_INIT;
	const char	*const marks[] = { ",iv:", ",tag:", "\"mac\": \"ENC[AES256_GCM,data:" };

	make_plain(16 * PIECE + 1, &plain);
	if (seal_bulk(buf_slice(&plain), &sealed, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i <= COUNT(marks); i++)
		for (int final = 0; final < 2; final++) {
			CLEANUP(buf_release) struct buf out = BUF_SECRET(MAX);
			size_t at = i == COUNT(marks) ? sealed.len / 2 :
			    (size_t)((uint8_t *)memmem(sealed.data, sealed.len, marks[i], strlen(marks[i])) - sealed.data) + strlen(marks[i]);
			uint8_t byte = sealed.data[at];

			sealed.data[at] = byte == 'B' ? 'F' : 'B';
			err = ERROR_INIT;
			(void)!open_bulk(buf_slice(&sealed), final, &out, &err);
			sealed.data[at] = byte;
			ok(err.kind == (i == 2 ? ERR_MAC : ERR_TAMPERED), "a changed byte %s is noticed: %s",
			    i < COUNT(marks) ? marks[i] : "of the data", err.text);
			ok(!final || out.len == 0, "nothing was released");
		}
	for (size_t cut = 1; cut < 6; cut++) {
		CLEANUP(buf_release) struct buf text = BUF(MAX), out = BUF_SECRET(MAX);

		err = ERROR_INIT;
		if (buf_append(&text, slice_sub(buf_slice(&sealed), 0, sealed.len / 2), &err) != 0 ||
		    buf_append(&text, slice_from(buf_slice(&sealed), sealed.len / 2 + cut), &err) != 0)
			bail_out(err.text);
		(void)!open_bulk(buf_slice(&text), true, &out, &err);
		ok(err.kind == (cut == 4 ? ERR_TAMPERED : ERR_UNSUPPORTED) && out.len == 0, "%zu characters less: %s", cut, err.text);
	}
}

static void
test_others(void)
{
	CLEANUP(buf_release) struct buf text = BUF(MAX);
	CLEANUP(bulk_release) struct bulk bulk = BULK;
	struct error	err = ERROR_INIT;
	bool		found = true;
	int		fd;

	if (buf_str(&text, "{\"other\": \"ENC[AES256_GCM,data:\", \"data\": \"", &err) != 0 || buf_repeat(&text, 'A', 5000000, &err) != 0)
		bail_out(err.text);
	fd = file_of(buf_slice(&text));
	succeeds(bulk_look(fd, text.len, &bulk, &found, &err), err, "another file is looked at");
	ok(!found, "and is not taken");
	found = true;
	succeeds(bulk_look(fd, 1000, &bulk, &found, &err), err, "a small one is looked at");
	ok(!found, "nor is that");
	(void)close(fd);
}

int
main(void)
{
	for (size_t i = 0; i < COUNT(lengths); i++)
		test_length(lengths[i]);
	test_whole();
	test_altered();
	test_others();
	secret_free(datakey);
	return done_testing();
}
