#include "cmd/hubsecrets/three.h"

#include "base/limits.h"
#include "base/linemerge.h"
#include "sops/encrypt.h"
#include "sops/reuse.h"

void
three_release(struct three *three)
{
	for (size_t i = 0; i < VERSIONS; i++) {
		buf_release(&three->version[i].stored);
		buf_release(&three->version[i].text);
		opened_release(&three->version[i].opened);
	}
	keyring_free(three->ring);
}

static int
open_version(struct three *three, struct version *version, struct error *err)
{
	CLEANUP(unwrap_report_release) struct unwrap_report report = UNWRAP_REPORT;
	struct unwrap_options	unwrap = { .ring = three->ring };
	struct decrypt_options	options = { .ignore_mac = false };

	if (version->stored.len == 0)
		return 0;
	if (sealed_load(buf_slice(&version->stored), three->store, &version->opened, err) != 0) {
		if (err->kind != ERR_NO_METADATA)
			return stage_failed(three->args, STAGE_SEALED, err);
		err_reset(err);
		return buf_append(&version->text, buf_slice(&version->stored), err);
	}
	version->sealed = true;
	if (datakey_unwrap(version->opened.meta, &unwrap, &version->opened.datakey, &report, err) != 0) {
		cli_report(buf_slice(&report.text));
		return stage_failed(three->args, STAGE_UNWRAP, err);
	}
	if (sealed_decrypt(&version->opened, three->store, &options, err) != 0)
		return stage_failed(three->args, STAGE_OPEN, err);
	return buf_append(&version->text, buf_slice(&version->opened.plain), err);
}

/* Encrypted on one side only: it was done there, or it was undone on the other. */
static int
choose_sealed(struct three *three, struct error *err)
{
	const struct version *base = &three->version[VERSION_BASE], *ours = &three->version[VERSION_OURS],
	    *theirs = &three->version[VERSION_THEIRS];

	three->recipients = three->datakey = ours->sealed ? ours : theirs->sealed ? theirs : NULL;
	if (three->recipients == NULL || !base->sealed)
		return 0;
	err_set(err, ERR_CONFLICT, "'%s' is no longer encrypted on %s side", three->name, ours->sealed ? "the other" : "this");
	err_hint(err, "encrypt it there, or take this side's with 'git checkout --ours'");
	return stage_failed(three->args, STAGE_OTHER, err);
}

static int
choose_keys(struct three *three, struct error *err)
{
	const struct version *base = &three->version[VERSION_BASE], *ours = &three->version[VERSION_OURS],
	    *theirs = &three->version[VERSION_THEIRS];
	struct merge3_keys keys;

	if (!ours->sealed || !theirs->sealed)
		return choose_sealed(three, err);
	if (merge3_keys(base->sealed ? &base->opened : NULL, &ours->opened, &theirs->opened, &keys, err) != 0)
		return stage_failed(three->args, STAGE_OTHER, err);
	three->recipients = keys.recipients == MERGE3_THEIRS ? theirs : ours;
	three->datakey = keys.datakey == MERGE3_THEIRS ? theirs : ours;
	three->keys_conflict = keys.conflict;
	return 0;
}

int
three_open(struct three *three, struct error *err)
{
	static const char *const words[VERSIONS] = { "the common ancestor", "our version", "their version" };

	three->store = store_for_name(slice_str(three->name));
	if (keyring_new(&three->ring, err) != 0)
		return stage_failed(three->args, STAGE_OTHER, err);
	for (size_t i = 0; i < VERSIONS; i++)
		if (open_version(three, &three->version[i], err) != 0)
			return err_wrap(err, "cannot open %s of '%s'", words[i], three->name);
	return choose_keys(three, err);
}

static int
lines(const struct slice version[static 3], struct buf *out, bool *conflict, struct error *err)
{
	return linemerge_run(&(struct linemerge){ version[VERSION_BASE], version[VERSION_OURS], version[VERSION_THEIRS], 0 }, out,
	    conflict, err);
}

int
three_merge(const struct three *three, struct buf *out, struct merge3_conflicts *conflicts, struct error *err)
{
	struct merge3 versions = { three->store, buf_slice(&three->version[VERSION_BASE].text),
	    buf_slice(&three->version[VERSION_OURS].text), buf_slice(&three->version[VERSION_THEIRS].text),
	    three->store->binary ? NULL : lines };

	if (merge3_run(&versions, out, conflicts, err) != 0)
		return stage_failed(three->args, STAGE_OTHER, err);
	if (three->keys_conflict) {
		conflicts->count++;
		if (buf_str(&conflicts->paths, "(recipients or rules)\n", err) != 0)
			return stage_failed(three->args, STAGE_OTHER, err);
	}
	return 0;
}

int
three_lines(const struct three *three, struct buf *out, bool *conflict, struct error *err)
{
	const struct slice version[3] = { buf_slice(&three->version[VERSION_BASE].text),
	    buf_slice(&three->version[VERSION_OURS].text), buf_slice(&three->version[VERSION_THEIRS].text) };

	return lines(version, out, conflict, err) != 0 ? stage_failed(three->args, STAGE_OTHER, err) : 0;
}

/* The containers of a version, as far as they were made with the data key of the result. */
static int
remember(const struct three *three, const struct version *version, struct reuse *reuse, struct error *err)
{
	CLEANUP(edits_release) struct edits unused = EDITS;
	struct decrypt_options	options = { .reuse_opt = reuse };
	struct decrypt_report	report = { 0 };

	if (!version->sealed || !secret_equal(secret_slice(version->opened.datakey), secret_slice(three->datakey->opened.datakey)))
		return 0;
	return sops_decrypt(version->opened.doc, three->store, version->opened.meta, version->opened.datakey, &options, &unused, &report,
	    err);
}

int
three_seal(const struct three *three, struct slice text, struct buf *out, struct error *err)
{
	CLEANUP(reuse_freep) struct reuse *reuse = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(document_freep) struct document *doc = NULL;
	struct encrypt_options options = { .indent = 0 };

	if (three->recipients == NULL)
		return buf_append(out, text, err);
	if (reuse_new(&reuse, err) != 0 || remember(three, &three->version[VERSION_OURS], reuse, err) != 0 ||
	    remember(three, &three->version[VERSION_THEIRS], reuse, err) != 0 ||
	    plain_load(text, three->store, &doc, err) != 0 || metadata_copy(three->recipients->opened.meta, &meta, err) != 0 ||
	    metadata_raise_version(meta, err) != 0)
		return (int)err->kind;
	/* One side changed the recipients, the other the data key: theirs have not seen it yet. */
	if (three->recipients != three->datakey && datakey_wrap(meta, three->datakey->opened.datakey, three->ring, err) != 0)
		return (int)err->kind;
	options.reuse_opt = reuse;
	return sops_encrypt(doc, three->store, meta, three->datakey->opened.datakey, &options, out, err);
}

void
three_tell(const struct three *three, const struct merge3_conflicts *conflicts)
{
	struct slice	rest = buf_slice(&conflicts->paths), path;
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_MESSAGE);
	struct error	unheard = ERROR_INIT;

	cli_note("%s: both sides changed", three->name);
	while (rest.len > 0 && slice_split(&rest, '\n', &path))
		if (buf_printf(&text, &unheard, "  %.*s\n", SLICE_ARG(path)) != 0)
			break;
	cli_report(buf_slice(&text));
}
