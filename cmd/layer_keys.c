#include "cmd/layer_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sops/decrypt.h"

struct layer_key {
	const char		*path;
	struct buf		 bytes;
	struct opened		 opened;	/* while the key is being asked for */
	struct unwrap_job	 job;
	size_t			 uses;		/* to come */
};

struct layer_keys {
	struct layer_key	*list;		/* by path */
	size_t			 count;
};

void
layer_keys_free(struct layer_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		secret_free(keys->list[i].job.datakey);
		unwrap_report_release(&keys->list[i].job.report);
		opened_release(&keys->list[i].opened);
		buf_release(&keys->list[i].bytes);
	}
	free(keys->list);
	free(keys);
}

/* --- asking --------------------------------------------------------------------------------------------------------------- */

static bool
asks_service(const struct metadata *meta)
{
	for (size_t i = 0; i < meta->group_count; i++)
		for (size_t k = 0; k < meta->groups[i].count; k++)
			if (meta->groups[i].keys[k].type->network)
				return true;
	return false;
}

/* What cannot be read is left to who opens it. */
static bool
load(struct layer_key *key)
{
	struct error ignored = ERROR_INIT;

	key->bytes = BUF(LIMIT_DOCUMENT);
	key->opened = OPENED;
	key->job = (struct unwrap_job){ .report = UNWRAP_REPORT, .error = ERROR_INIT };
	if (file_read(key->path, &key->bytes, &ignored) == 0 && memmem(key->bytes.data, key->bytes.len, "sops", 4) != NULL &&
	    sealed_load(buf_slice(&key->bytes), layer_io_store(key->path), &key->opened, &ignored) == 0 &&
	    (key->uses > 1 || asks_service(key->opened.meta)))
		return true;
	opened_release(&key->opened);
	buf_release(&key->bytes);
	return false;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
ask(struct layer_io *io, struct error *err)
{
	struct layer_keys	*keys = io->keys;
	struct unwrap_job	*jobs;
	struct unwrap_options	 options;
	int			 rc;

	if (keys->count == 0)
		return 0;
	if ((io->ring == NULL && keyring_new(&io->ring, err) != 0))
		return (int)err->kind;
	if ((jobs = calloc(keys->count, sizeof(*jobs))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < keys->count; i++) {
		jobs[i] = keys->list[i].job;
		jobs[i].meta = keys->list[i].opened.meta;
	}
	options = (struct unwrap_options){ .ring = io->ring };
	rc = datakey_unwrap_many(jobs, keys->count, &options, err);
	for (size_t i = 0; i < keys->count; i++) {
		keys->list[i].job = jobs[i];
		opened_release(&keys->list[i].opened);
		keys->list[i].opened = OPENED;
		buf_release(&keys->list[i].bytes);
	}
	free(jobs);
	return rc;
}

int
layer_io_prefetch(struct layer_io *io, const char **paths, size_t count, struct error *err)
{
	if (count == 0)
		return 0;
	qsort(paths, count, sizeof(*paths), by_text);
	if (io->keys == NULL && (io->keys = calloc(1, sizeof(*io->keys))) == NULL)
		return err_memory(err);
	if ((io->keys->list = calloc(count, sizeof(*io->keys->list))) == NULL)
		return err_memory(err);
	for (size_t i = 0, uses; i < count; i += uses) {
		struct layer_key *key = &io->keys->list[io->keys->count];

		for (uses = 1; i + uses < count && strcmp(paths[i], paths[i + uses]) == 0; uses++)
			;
		key->path = paths[i];
		key->uses = uses;
		io->keys->count += load(key);
	}
	return ask(io, err);
}

/* --- answering ------------------------------------------------------------------------------------------------------------ */

static int
find(const void *path, const void *key)
{
	return strcmp(path, ((const struct layer_key *)key)->path);
}

/* The last use takes the key itself; one before it a copy. */
static int
hand_over(struct layer_key *key, struct secret **out, struct error *err)
{
	if (key->uses > 0)
		key->uses--;
	if (key->uses == 0) {
		*out = TAKE(key->job.datakey);
		return 0;
	}
	if (secret_new(key->job.datakey->len, out, err) != 0)
		return (int)err->kind;
	(void)memcpy((*out)->data, key->job.datakey->data, key->job.datakey->len);
	return 0;
}

int
layer_keys_take(struct layer_keys *keys_opt, const char *path, struct secret **out, struct unwrap_report *report, struct error *err)
{
	struct layer_key *key = keys_opt != NULL && keys_opt->count > 0 ?
	    bsearch(path, keys_opt->list, keys_opt->count, sizeof(*keys_opt->list), find) : NULL;

	*out = NULL;
	if (key == NULL || (key->job.datakey == NULL && key->job.error.kind == ERR_NONE))
		return 0;
	if (key->job.error.kind == ERR_NONE)
		return hand_over(key, out, err);
	if (buf_append(&report->text, buf_slice(&key->job.report.text), err) != 0)
		return (int)err->kind;
	*err = key->job.error;
	return (int)err->kind;
}
