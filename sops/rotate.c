#include "sops/rotate.h"

#include "base/limits.h"
#include "sops/mac.h"
#include "sops/reread.h"

static int
add_keys(struct metadata *meta, const struct key_group *add, struct error *err)
{
	struct key_group	*first;
	struct master_key	 copy;

	if (meta->group_count == 0 && metadata_group_add(meta, &first, err) != 0)
		return (int)err->kind;
	first = &meta->groups[0];
	for (size_t i = 0; i < add->count; i++)
		if (master_key_copy(&add->keys[i], &meta->arena, &copy, err) != 0 ||
		    key_group_add(first, &copy, &meta->arena, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
is_listed(const struct key_group *list, const struct master_key *key, bool *out, struct error *err)
{
	*out = false;
	for (size_t i = 0; i < list->count && !*out; i++)
		if (master_key_same(&list->keys[i], key, out, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
remove_keys(struct metadata *meta, const struct key_group *remove, size_t *removed, struct error *err)
{
	for (size_t g = 0; g < meta->group_count; g++) {
		struct key_group	*group = &meta->groups[g];
		size_t			 kept = 0;

		for (size_t i = 0; i < group->count; i++) {
			bool listed;

			if (is_listed(remove, &group->keys[i], &listed, err) != 0)
				return (int)err->kind;
			if (!listed)
				group->keys[kept++] = group->keys[i];
		}
		*removed += group->count - kept;
		group->count = kept;
	}
	return 0;
}

static int
change_keys(struct metadata *meta, const struct rotate_options *options, struct rotate_report *report, struct error *err)
{
	if (options->add_opt != NULL && options->add_opt->count != 0 && add_keys(meta, options->add_opt, err) != 0)
		return (int)err->kind;
	if (options->remove_opt == NULL || options->remove_opt->count == 0)
		return 0;
	return remove_keys(meta, options->remove_opt, &report->removed, err);
}

void
rotation_release(struct rotation *rotation)
{
	metadata_free(rotation->meta);
	secret_free(rotation->datakey);
	reseal_release(&rotation->reseal);
	edits_release(&rotation->edits);
	*rotation = ROTATION;
}

/* The first recipient that we cannot wrap a new data key for. */
static const struct master_key *
foreign_key(const struct metadata *meta)
{
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t i = 0; i < meta->groups[g].count; i++)
			if (meta->groups[g].keys[i].type->foreign)
				return &meta->groups[g].keys[i];
	return NULL;
}

/*
 * A new data key; or the old one, with every entry as it is, where a new one cannot be wrapped for all.  Then nobody may be removed,
 * for who knows the data key would go on reading; and with several groups nobody be added, who would need a share.
 */
static int
choose_key(const struct opened *opened, const struct rotate_options *options, struct rotation *rotation, struct rotate_report *report,
    struct error *err)
{
	struct metadata	*meta = rotation->meta;
	bool		 adds = options->add_opt != NULL && options->add_opt->count != 0;

	report->kept_for = options->may_keep_key && report->removed == 0 && !(adds && meta->group_count > 1) ? foreign_key(opened->meta) : NULL;
	if (report->kept_for == NULL)
		return datakey_new(&rotation->datakey, err);
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t i = 0; i < meta->groups[g].count; i++)
			meta->groups[g].keys[i].kept = meta->groups[g].keys[i].enc.len != 0;
	return secret_copy(secret_slice(opened->datakey), &rotation->datakey, err);
}

int
rotate_start(const struct opened *opened, const struct store *store, const struct rotate_options *options, struct rotation *rotation,
    struct rotate_report *report, struct error *err)
{
	struct decrypt_options how = { .ignore_mac = options->ignore_mac };

	*report = (struct rotate_report){ .removed = 0 };
	if (metadata_copy(opened->meta, &rotation->meta, err) != 0 || change_keys(rotation->meta, options, report, err) != 0 ||
	    choose_key(opened, options, rotation, report, err) != 0 ||
	    value_cipher_new(rotation->datakey, &rotation->reseal.cipher, err) != 0 ||
	    sops_reseal(opened->doc, store, opened->meta, opened->datakey, &how, &rotation->reseal, &rotation->edits, &report->decrypt,
	    err) != 0)
		return (int)err->kind;
	report->opened = true;
	return 0;
}

/* The new MAC is the old one's text under the new key and time: no value has changed. */
int
rotate_finish(const struct opened *opened, const struct store *store, const struct rotate_options *options, struct rotation *rotation,
    struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf sealed = BUF(4 * KIB);
	struct metadata	*meta = rotation->meta;
	struct reseal	*reseal = &rotation->reseal;
	size_t		 before = out->len;

	if (metadata_touch(meta, err) != 0 ||
	    mac_seal(reseal->cipher, buf_slice(&reseal->mac), meta->lastmodified, &sealed, err) != 0 ||
	    metadata_text(meta, buf_slice(&sealed), &meta->mac, err) != 0 ||
	    store_attach(store, opened->doc, meta, options->indent, &rotation->edits, err) != 0 ||
	    edits_apply(&rotation->edits, opened->doc, out, err) != 0)
		return (int)err->kind;
	return reread_resealed(opened->doc, slice_from(buf_slice(out), before), store, meta, &reseal->sealed, err);
}

int
sops_rotate(struct opened *opened, const struct store *store, struct keyring *ring, const struct rotate_options *options,
    struct buf *out, struct rotate_report *report, struct error *err)
{
	CLEANUP(rotation_release) struct rotation rotation = ROTATION;

	if (rotate_start(opened, store, options, &rotation, report, err) != 0 ||
	    datakey_wrap(rotation.meta, rotation.datakey, ring, err) != 0)
		return (int)err->kind;
	return rotate_finish(opened, store, options, &rotation, out, err);
}
