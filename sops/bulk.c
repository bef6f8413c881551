#include "sops/bulk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/spill.h"
#include "sops/binary.h"
#include "sops/mac.h"
#include "sops/store_formats.h"
#include "sops/value.h"
#include "yamlmerge/bytes.h"

#define PATH		SLICE(BYTES_KEY ":")
#define PIECE		((size_t)192 * 1024)		/* plain bytes at a time: a multiple of 3 */
#define PIECE_TEXT	(PIECE / 3 * 4)
#define STAND_IN	SLICE("AAAA")			/* for the data, where the text around it is parsed */
#define HEAD_MAX	((size_t)4096)			/* of the file, up to its data */
#define FOOT_MAX	((size_t)512 * 1024)		/* and behind it: recipients */
#define GCM_MAX		(((uint64_t)1 << 36) - 32)	/* NIST SP 800-38D 5.2.1.1 */

void
bulk_release(struct bulk *bulk)
{
	buf_release(&bulk->text);
}

/* --- sealing --------------------------------------------------------------------------------------------------------- */

static int
seal_data(struct value_cipher *cipher, struct mac *mac, struct source *plain, struct sink *out, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_SECRET(PIECE), text = BUF(PIECE_TEXT);
	uint64_t	 all = 0;
	uint8_t		*room;
	size_t		 got;
	int		 rc;

	if ((rc = buf_reserve(&bytes, PIECE, &room, err)) != 0)
		return rc;
	bytes.len = PIECE;	/* all of it is wiped */
	do {
		buf_reset(&text);
		if ((rc = source_read(plain, room, PIECE, &got, err)) != 0)
			return rc;
		if ((all += got) > GCM_MAX)
			return err_set(err, ERR_LIMIT, "more than 64 GiB, which AES-GCM cannot encrypt as one value");
		if ((rc = mac_add(mac, slice_of(room, got), err)) != 0 ||
		    (rc = value_seal_update(cipher, slice_of(room, got), &text, err)) != 0 ||
		    (rc = sink_write(out, buf_slice(&text), err)) != 0)
			return rc;
	} while (got == PIECE);
	return 0;
}

int
bulk_encrypt(struct source *plain, struct metadata *meta, const struct secret *datakey, int indent, struct sink *out,
    struct error *err)
{
	CLEANUP(value_cipher_freep) struct value_cipher *cipher = NULL;
	CLEANUP(mac_freep) struct mac *mac = NULL;
	CLEANUP(buf_release) struct buf text = BUF(FOOT_MAX);
	size_t start, foot, len;

	if (value_cipher_new(datakey, &cipher, err) != 0 || mac_new(false, &mac, err) != 0 ||
	    binary_begin(meta, indent, &text, err) != 0)
		return (int)err->kind;
	start = text.len;
	if (value_seal_begin(cipher, PATH, &text, err) != 0 || sink_write(out, buf_slice(&text), err) != 0 ||
	    seal_data(cipher, mac, plain, out, err) != 0 || buf_append(&text, STAND_IN, err) != 0)
		return (int)err->kind;
	foot = text.len;
	if (value_seal_final(cipher, VALUE_STR, &text, err) != 0)
		return (int)err->kind;
	len = text.len - start;
	if (binary_seal_mac(cipher, mac, meta, err) != 0 || binary_end(meta, indent, &text, err) != 0 ||
	    binary_reread(buf_slice(&text), start, len, meta, err) != 0)
		return (int)err->kind;
	return sink_write(out, slice_from(buf_slice(&text), foot), err);
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

static int
read_at(int fd, uint64_t at, uint8_t *into, size_t len, struct error *err)
{
	while (len > 0) {
		ssize_t n = pread(fd, into, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_errno(err, "cannot read the file") :
			    err_set(err, ERR_SYSTEM, "the file became shorter while it was read");
		into += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
read_span(int fd, uint64_t at, size_t len, struct buf *out, struct error *err)
{
	uint8_t	*room;
	int	 rc;

	if ((rc = buf_reserve(out, len, &room, err)) != 0 || (rc = read_at(fd, at, room, len, err)) != 0)
		return rc;
	out->len += len;
	return 0;
}

int
bulk_look(int fd, uint64_t size, struct bulk *out, bool *found, struct error *err)
{
	static const struct slice	begin = SLICE("\"ENC[AES256_GCM,data:"), end = SLICE(",iv:");
	CLEANUP(buf_release) struct buf	head = BUF(HEAD_MAX), foot = BUF(FOOT_MAX);
	const uint8_t			*first;
	size_t				start, stop;
	int				rc;

	*found = false;
	if (size < BULK_MIN)
		return 0;
	if ((rc = read_span(fd, 0, HEAD_MAX, &head, err)) != 0 ||
	    (rc = read_span(fd, size - FOOT_MAX, FOOT_MAX, &foot, err)) != 0)
		return rc;
	/* The data is the first value, and its end the first thing in the foot that is no base64. */
	if ((first = memmem(head.data, head.len, begin.data, begin.len)) == NULL)
		return 0;
	start = (size_t)(first - head.data) + begin.len;
	if ((stop = slice_find(buf_slice(&foot), ',', 0)) == foot.len || !slice_starts(slice_from(buf_slice(&foot), stop), end))
		return 0;
	out->fd = fd;
	out->start = start;
	out->end = size - FOOT_MAX + stop;
	if ((out->end - out->start) % 4 != 0)
		return 0;
	buf_reset(&out->text);
	if ((rc = buf_append(&out->text, slice_sub(buf_slice(&head), 0, start), err)) != 0 ||
	    (rc = buf_append(&out->text, STAND_IN, err)) != 0 ||
	    (rc = buf_append(&out->text, slice_from(buf_slice(&foot), stop), err)) != 0)
		return rc;
	*found = true;
	return 0;
}

bool
bulk_fits(const struct metadata *meta)
{
	static const struct slice usual = SLICE("_unencrypted");	/* what metadata without a rule is given */

	for (unsigned i = 0; i < SELECT_RULES; i++)
		if (meta->rules.text[i].len != 0 &&
		    (i != SELECT_UNENCRYPTED_SUFFIX || !slice_eq(meta->rules.text[i], usual)))
			return false;
	return !meta->mac_only_encrypted;
}

/* The plaintext as a source, which has been verified when its end was read. */
struct opening {
	struct source		 source;	/* first: source_read() hands us this */
	const struct bulk	*bulk;
	const struct metadata	*meta;
	struct value_cipher	*cipher;
	struct mac		*mac;
	struct buf		 text, plain;
	uint64_t		 at;
	size_t			 given;		/* of plain */
	bool			 ignore_mac;
};

static void
opening_release(struct opening *o)
{
	value_cipher_free(o->cipher);
	mac_free(o->mac);
	buf_release(&o->text);
	buf_release(&o->plain);
}

static int
verify(struct opening *o, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MAC_TEXT_LEN);
	int rc;

	if ((rc = value_open_final(o->cipher, err)) != 0 || (rc = mac_final(o->mac, &text, err)) != 0 || o->ignore_mac)
		return rc;
	return mac_check(o->cipher, o->meta->mac, o->meta->lastmodified, buf_slice(&text), err);
}

static int
next_piece(struct opening *o, struct error *err)
{
	size_t	len = o->bulk->end - o->at < PIECE_TEXT ? (size_t)(o->bulk->end - o->at) : PIECE_TEXT;
	int	rc;

	buf_reset(&o->text);
	buf_reset(&o->plain);
	o->given = 0;
	if ((rc = read_span(o->bulk->fd, o->at, len, &o->text, err)) != 0)
		return rc;
	o->at += len;
	if ((rc = value_open_update(o->cipher, buf_slice(&o->text), &o->plain, err)) != 0)
		return rc;
	/* Padding before the end, which in one piece would be refused, too. */
	if (o->at < o->bulk->end && o->plain.len != len / 4 * 3)
		return err_set(err, ERR_SYNTAX, "the 'data' part of an encrypted value is damaged");
	if ((rc = mac_add(o->mac, buf_slice(&o->plain), err)) != 0)
		return rc;
	return o->at == o->bulk->end ? verify(o, err) : 0;
}

static int
opening_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct opening	*o = (struct opening *)(void *)source;
	struct slice	 part;
	int		 rc;

	if (o->given == o->plain.len && o->at < o->bulk->end && (rc = next_piece(o, err)) != 0)
		return rc;
	part = slice_sub(buf_slice(&o->plain), o->given, o->given + room);
	if (part.len > 0)
		(void)memcpy(into, part.data, part.len);
	o->given += part.len;
	*got = part.len;
	return 0;
}

static int
opening_start(struct opening *o, const struct secret *datakey, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	struct value_parts	 parts;
	enum value_type		 type;
	const struct node	*data;
	int			 rc;

	if ((rc = document_parse(buf_slice(&o->bulk->text), &syntax_json, &doc, err)) != 0 || (rc = binary_check(doc, err)) != 0 ||
	    (rc = value_cipher_new(datakey, &o->cipher, err)) != 0 || (rc = mac_new(false, &o->mac, err)) != 0)
		return rc;
	data = node_member(doc->root[0], SLICE(BYTES_KEY));
	if (!value_recognise(data->text, &parts) || !slice_eq(parts.data, STAND_IN))
		return err_set(err, ERR_SYNTAX, "the item '" BYTES_KEY "' is not encrypted");
	if ((rc = value_open_begin(o->cipher, &parts, PATH, &type, err)) != 0)
		return rc;
	return type == VALUE_STR ? 0 : err_set(err, ERR_SYNTAX, "the data of a binary file is a string");
}

static int
copy(struct source *from, struct sink *to, struct error *err)
{
	CLEANUP(buf_release) struct buf bytes = BUF_SECRET(STREAM_CHUNK);
	uint8_t	*room;
	size_t	 got;
	int	 rc;

	if ((rc = buf_reserve(&bytes, STREAM_CHUNK, &room, err)) != 0)
		return rc;
	bytes.len = STREAM_CHUNK;	/* all of it is wiped */
	do {
		if ((rc = source_read(from, room, STREAM_CHUNK, &got, err)) != 0 ||
		    (rc = sink_write(to, slice_of(room, got), err)) != 0)
			return rc;
	} while (got == STREAM_CHUNK);
	return 0;
}

int
bulk_decrypt(const struct bulk *bulk, const struct metadata *meta, const struct secret *datakey, bool ignore_mac, bool final,
    struct sink *out, struct error *err)
{
	CLEANUP(opening_release) struct opening opening = {
		.source = { opening_read, NULL }, .bulk = bulk, .meta = meta, .at = bulk->start, .ignore_mac = ignore_mac,
		.text = BUF(PIECE_TEXT), .plain = BUF_SECRET(PIECE),
	};
	CLEANUP(spill_freep) struct spill *spill = NULL;
	struct source	*from = &opening.source;
	int		 rc;

	if ((rc = opening_start(&opening, datakey, err)) != 0)
		return rc;
	if (final) {
		if ((rc = spill_new(&spill, err)) != 0)
			return rc;
		from = spill_begin(spill, &opening.source);
		/* To the end, where tag and MAC are checked. */
		if ((rc = spill_drain(spill, err)) != 0 || (rc = source_rewind(from, err)) != 0)
			return rc;
	}
	return copy(from, out, err);
}
