#include "sops/rewrap.h"

#include "base/limits.h"
#include "sops/reread.h"
#include "yamlmerge/edit.h"

/* Nothing but recipients may be another, and the file must still say what the old one said. */
static int
check(const struct opened *opened, struct slice text, const struct store *store, const struct metadata *meta, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *read = NULL;

	if (document_parse(text, store->syntax, &doc, err) != 0 || store_load(store, doc, &read, err) != 0)
		return err_wrap(err, "the new text cannot be read");
	if (!slice_eq(read->mac, opened->meta->mac) || !slice_eq(read->lastmodified, opened->meta->lastmodified) ||
	    read->group_count != meta->group_count)
		return err_set(err, ERR_INTERNAL, "the new text does not hold the metadata that was meant");
	return reread_same(opened->doc, doc, store, err);
}

int
rewrap_finish(const struct opened *opened, const struct store *store, const struct metadata *meta, int indent, struct buf *out,
    struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	size_t before = out->len;

	if (store_attach(store, opened->doc, meta, indent, &edits, err) != 0 ||
	    edits_apply(&edits, opened->doc, out, err) != 0)
		return (int)err->kind;
	return check(opened, slice_from(buf_slice(out), before), store, meta, err);
}

int
rewrap(const struct opened *opened, const struct store *store, struct metadata *meta, int indent, struct keyring *ring,
    struct buf *out, struct error *err)
{
	if (datakey_wrap(meta, opened->datakey, ring, err) != 0)
		return (int)err->kind;
	return rewrap_finish(opened, store, meta, indent, out, err);
}

int
rewrap_add_group(struct metadata *meta, const struct key_group *keys, uint32_t threshold, struct error *err)
{
	struct key_group	*group;
	struct master_key	 copy;

	/* sops writes the empty group, and with it a file that nobody can ever open. */
	if (keys->count == 0)
		return err_set(err, ERR_NO_KEY, "the new group has no key");
	if (metadata_group_add(meta, &group, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < keys->count; i++)
		if (master_key_copy(&keys->keys[i], &meta->arena, &copy, err) != 0 ||
		    key_group_add(group, &copy, &meta->arena, err) != 0)
			return (int)err->kind;
	if (threshold != 0)
		meta->shamir_threshold = threshold;
	return 0;
}

int
rewrap_delete_group(struct metadata *meta, size_t index, uint32_t threshold, struct error *err)
{
	uint32_t needed = threshold != 0 ? threshold : meta->shamir_threshold;

	if (index >= meta->group_count)
		return err_set(err, ERR_RANGE, "there is no group %zu: the file has %zu, counted from 0", index, meta->group_count);
	if (meta->group_count == 1)
		return err_set(err, ERR_NO_KEY, "without its only key group nobody could open the file");
	if (needed >= meta->group_count) {
		err_set(err, ERR_RANGE, "removing this key group will make the Shamir threshold impossible to satisfy: "
		    "Shamir threshold is %u, but we only have %zu key groups", (unsigned)needed, meta->group_count - 1);
		return err_hint(err, "a smaller threshold can be given with --shamir-secret-sharing-threshold");
	}
	for (size_t i = index + 1; i < meta->group_count; i++)
		meta->groups[i - 1] = meta->groups[i];
	meta->group_count--;
	/* With one group the key is whole, and no threshold says anything. */
	meta->shamir_threshold = meta->group_count == 1 ? 0 : needed;
	return 0;
}
