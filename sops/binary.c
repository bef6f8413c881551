#include "sops/binary.h"

#include "base/limits.h"
#include "sops/mac.h"
#include "sops/reuse.h"
#include "sops/store_formats.h"
#include "sops/value.h"
#include "yamlmerge/bytes.h"
#include "yamlmerge/json_print.h"

#define PATH	SLICE(BYTES_KEY ":")

int
binary_check(const struct document *doc, struct error *err)
{
	const struct node *data = node_member(doc->root[0], SLICE(BYTES_KEY));

	if (data != NULL && data->kind == NODE_SCALAR && data->style == STYLE_DOUBLE)
		return 0;
	err_set(err, ERR_TYPE, "no binary data found in tree: this is no binary file");
	return err_hint(err, "say what it is with --input-type and --output-type");
}

static int
seal_data(struct value_cipher *cipher, struct slice data, struct reuse *reuse_opt, struct buf *out, struct error *err)
{
	const struct reuse_entry *old = NULL;

	if (data.len == 0)
		return 0;
	if (reuse_opt != NULL && reuse_take(reuse_opt, VALUE_STR, PATH, data, &old, err) != 0)
		return (int)err->kind;
	return old != NULL ? buf_append(out, old->sealed, err) : value_seal(cipher, VALUE_STR, data, PATH, out, err);
}

int
binary_reread(struct slice text, size_t start, size_t len, const struct metadata *meta, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *read = NULL;
	const struct node *data;

	if (document_parse_lent(text, &syntax_json, &doc, err) != 0 || binary_check(doc, err) != 0 ||
	    store_load_named(doc, &read, err) != 0)
		return err_wrap(err, "the new text cannot be read");
	data = node_member(doc->root[0], SLICE(BYTES_KEY));
	if (!slice_eq(data->text, slice_sub(text, start, start + len)) || !slice_eq(read->mac, meta->mac) ||
	    !slice_eq(read->lastmodified, meta->lastmodified) || read->group_count != meta->group_count)
		return err_set(err, ERR_INTERNAL, "the new text does not read as what was meant");
	return 0;
}

static int
margin(int indent, struct buf *out, struct error *err)
{
	return buf_repeat(out, indent == -1 ? '\t' : ' ', indent == -1 ? 1 : (size_t)indent, err);
}

int
binary_begin(struct metadata *meta, int indent, struct buf *out, struct error *err)
{
	for (unsigned i = 0; i < SELECT_RULES; i++)
		meta->rules.text[i] = SLICE_NONE;
	meta->mac_only_encrypted = false;
	if (indent < -1)
		return err_set(err, ERR_RANGE, "a JSON file cannot be indented by %d columns", indent);
	if (metadata_touch(meta, err) != 0 || buf_append(out, SLICE("{\n"), err) != 0 || margin(indent, out, err) != 0)
		return (int)err->kind;
	return buf_append(out, SLICE("\"" BYTES_KEY "\": \""), err);
}

int
binary_end(const struct metadata *meta, int indent, struct buf *out, struct error *err)
{
	if (buf_append(out, SLICE("\",\n"), err) != 0 || margin(indent, out, err) != 0 ||
	    buf_append(out, SLICE("\"" STORE_KEY "\": "), err) != 0 || store_print_json_member(meta, indent, out, err) != 0)
		return (int)err->kind;
	return buf_append(out, SLICE("\n}\n"), err);
}

int
binary_seal_mac(struct value_cipher *cipher, struct mac *mac, struct metadata *meta, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MAC_TEXT_LEN), sealed = BUF(4 * KIB);

	if (mac_final(mac, &text, err) != 0 || mac_seal(cipher, buf_slice(&text), meta->lastmodified, &sealed, err) != 0)
		return (int)err->kind;
	return metadata_text(meta, buf_slice(&sealed), &meta->mac, err);
}

int
binary_encrypt(const struct document *plain, struct metadata *meta, const struct secret *datakey,
    const struct encrypt_options *options, struct buf *out, struct error *err)
{
	CLEANUP(value_cipher_freep) struct value_cipher *cipher = NULL;
	CLEANUP(mac_freep) struct mac *mac = NULL;
	struct slice	data = plain->root[0]->child->text;
	int		indent = store_indent(&store_binary, options->indent);
	size_t		before = out->len, start, len;
	uint8_t		*room;

	/* Room for the base64 of it all at once: a buffer that grows holds it twice. */
	if (buf_reserve(out, data.len / 3 * 4 + 64 * KIB, &room, err) != 0 || binary_begin(meta, indent, out, err) != 0 ||
	    value_cipher_new(datakey, &cipher, err) != 0 || mac_new(false, &mac, err) != 0 || mac_add(mac, data, err) != 0 ||
	    binary_seal_mac(cipher, mac, meta, err) != 0)
		return (int)err->kind;
	start = out->len;
	if (seal_data(cipher, data, options->reuse_opt, out, err) != 0)
		return (int)err->kind;
	len = out->len - start;
	if (binary_end(meta, indent, out, err) != 0)
		return (int)err->kind;
	return binary_reread(slice_from(buf_slice(out), before), start - before, len, meta, err);
}
