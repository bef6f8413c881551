#include "sops/rotate.h"

#include "tests/unit/sops/sealing.h"

#define OTHER	"age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks"

static struct keyring *ring;

static void
keys(const char *list, struct arena *arena, struct key_group *out)
{
	struct error err = ERROR_INIT;

	if (key_group_parse(out, &key_types[KEY_AGE], slice_str(list), NULL, arena, &err) != 0)
		bail_out(err.text);
}

/* A sealed text of ours, rotated with these changes; ${out} is what comes of it. */
static int
rotate(struct slice sealed, const char *add, const char *remove, struct buf *out, struct rotate_report *report, struct error *err)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
	struct key_group	added = { .count = 0 }, removed = { .count = 0 };
	struct rotate_options	options = { .add_opt = &added, .remove_opt = &removed };

	keys(add, &arena, &added);
	keys(remove, &arena, &removed);
	if (sealed_load(sealed, &store_yaml, &opened, err) != 0 ||
	    secret_copy(secret_slice(datakey), &opened.datakey, err) != 0)
		return (int)err->kind;
	return sops_rotate(&opened, &store_yaml, ring, &options, out, report, err);
}

static void
test_layout(struct slice sealed)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT), before = BUF(LIMIT_DOCUMENT), after = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct rotate_report	report;
	struct decrypt_options	options = { .ignore_mac = false };
	struct error		err = ERROR_INIT;

	if (!succeeds(rotate(sealed, "", "", &out, &report, &err), err, "a file is rotated"))
		return;
	abbreviate(sealed, true, &before);
	abbreviate(buf_slice(&out), true, &after);
	is_str((const char *)after.data, (const char *)before.data, "everything but ciphertext stays, types too");
	ok(memmem(out.data, out.len, sealed.data, slice_find(sealed, '\n', 0)) == NULL, "ciphertext does not");
	if (sealed_load(buf_slice(&out), &store_yaml, &opened, &err) != 0 ||
	    secret_copy(secret_slice(datakey), &opened.datakey, &err) != 0)
		bail_out(err.text);
	(void)!sealed_decrypt(&opened, &store_yaml, &options, &err);
	is_int(err.kind, ERR_TAMPERED, "the old data key opens nothing");
}

static const struct {
	const char	*claim, *add, *remove;
	enum err_kind	 kind;
	size_t		 count, removed;
} changes[] = {
	{ "a recipient is added", OTHER, "", ERR_NONE, 2, 0 },
	{ "one that is there is added again, as in sops", AGE_RECIPIENT, "", ERR_NONE, 2, 0 },
	{ "one that is not there is removed", "", OTHER, ERR_NONE, 1, 0 },
	{ "one takes the place of another", OTHER, AGE_RECIPIENT, ERR_NONE, 1, 1 },
	{ "the last one cannot be removed", "", AGE_RECIPIENT, ERR_NO_KEY, 0, 0 },
};

static void
test_change(struct slice sealed, size_t i)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct rotate_report	report;
	struct error		err = ERROR_INIT;

	(void)!rotate(sealed, changes[i].add, changes[i].remove, &out, &report, &err);
	if (!ok(err.kind == changes[i].kind, "%s (%s)", changes[i].claim, err.text) || changes[i].kind != ERR_NONE)
		return;
	if (!succeeds(sealed_load(buf_slice(&out), &store_yaml, &opened, &err), err, "the new file can be read"))
		return;
	is_int(opened.meta->groups[0].count, changes[i].count, "and has as many recipients");
	is_int(report.removed, changes[i].removed, "of whom as many were removed");
}

static void
test_damaged(struct slice sealed)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT), out = BUF(LIMIT_DOCUMENT);
	struct rotate_report	report;
	struct error		err = ERROR_INIT;

	if (buf_append(&text, sealed, &err) != 0)
		bail_out(err.text);
	text.data[0] = 'z';
	(void)!rotate(buf_slice(&text), "", "", &out, &report, &err);
	is_int(err.kind, ERR_TAMPERED, "a damaged file is not rotated");
	is_int(out.len, 0, "and nothing comes of it");
	ok(!report.opened, "and the report says that it was not opened");
}

int
main(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(SELECT_UNENCRYPTED_SUFFIX, "_unencrypted");
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	if (keyring_new(&ring, &err) != 0 ||
	    !succeeds(seal_text(SLICE("a: one # c\nb: 'q'\nc: [x, \"z\", 1]\nd: |\n  t\ne: 0x10\n# k\nf: 1.0\ng_unencrypted: seen\n"), meta, NULL, NULL,
	    &sealed, &err), err, "a file"))
		return done_testing();
	test_layout(buf_slice(&sealed));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		test_change(buf_slice(&sealed), i);
	test_damaged(buf_slice(&sealed));
	keyring_free(ring);
	secret_free(datakey);
	return done_testing();
}
