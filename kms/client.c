#include "kms/client.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/pktline.h"
#include "base/run.h"

/* What the helper may need beyond its own deadline to start and to answer, and to end when told to. */
#define GRACE_MS	3000
#define PATIENCE_MS	3000

struct kms_client {
	struct run_peer	 helper;
	struct pktline	*line;		/* NULL while no helper runs */
};

int
kms_client_new(struct kms_client **out, struct error *err)
{
	struct kms_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return err_memory(err);
	client->helper = RUN_PEER_NONE;
	*out = client;
	return 0;
}

/* The next question starts a new helper. */
static void
client_stop(struct kms_client *client)
{
	pktline_free(TAKE(client->line));
	run_peer_stop(&client->helper, PATIENCE_MS, NULL);
	client->helper = RUN_PEER_NONE;
}

void
kms_client_free(struct kms_client *client)
{
	if (client == NULL)
		return;
	client_stop(client);
	free(client);
}

static int
client_start(struct kms_client *client, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(64 * KIB);
	const char *argv[] = { NULL, "serve", NULL };

	if (client->line != NULL)
		return 0;
	if (run_helper_path("hubkeys", &path, err) != 0)
		return err->kind;
	argv[0] = (const char *)path.data;
	if (run_peer_start(argv, &client->helper, err) != 0)
		return err->kind;
	return pktline_new(client->helper.fd, client->helper.fd, &client->line, err);
}

static int
answers_read(struct pktline *line, struct kms_answers *answers, struct error *err)
{
	struct slice data;

	while (!answers->complete) {
		if (pktline_read(line, &data, err) != 0)
			return err->kind;
		switch (pktline_kind(line)) {
		case PKTLINE_TEXT:
			if (kms_answers_line(answers, data, err) != 0)
				return err->kind;
			break;
		case PKTLINE_FLUSH:
			if (kms_answers_flush(answers, err) != 0)
				return err->kind;
			break;
		case PKTLINE_DELIM:
			/* FORMAT.md 2: somebody is asked, and takes the time that people take. */
			pktline_deadline(line, KMS_PATIENCE_MS + KMS_DEADLINE_MS + GRACE_MS);
			break;
		default:
			return err_set(err, ERR_CHILD, "the helper ended before it had answered");
		}
	}
	return 0;
}

static int
client_converse(struct kms_client *client, const struct kms_request *requests, struct kms_answers *answers,
    struct error *err)
{
	if (client_start(client, err) != 0)
		return err->kind;
	pktline_deadline(client->line, KMS_DEADLINE_MS + GRACE_MS);
	if (kms_batch_write(requests, answers->count, KMS_DEADLINE_MS, client->line, err) != 0)
		return err->kind;
	return answers_read(client->line, answers, err);
}

int
kms_client_ask(struct kms_client *client, const struct kms_request *requests, size_t n, struct kms_reply *replies,
    struct error *err)
{
	struct kms_answers answers = { .replies = replies, .count = n };

	for (size_t i = 0; i < n; i++)
		replies[i] = (struct kms_reply){ .datakey = NULL };
	if (n == 0 || client_converse(client, requests, &answers, err) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		kms_reply_release(&replies[i]);
	client_stop(client);
	return err_wrap(err, "cannot ask the network helper 'hubkeys'");
}
