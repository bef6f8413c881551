#ifndef KMS_ANSWER_H
#define KMS_ANSWER_H

#include "base/error.h"
#include "kms/request.h"

/*
 * The helper's side of kms/client.h: many questions at once, to whichever services they name, under one
 * deadline.  Identical questions are asked once, alternatives (hedge) in their order; credentials,
 * connections and clock offsets are kept from batch to batch.
 */
#define ANSWER_HEDGE_MS		300

struct answer;

int	answer_new(struct answer **out, struct error *err) WARN_UNUSED;
void	answer_free(struct answer *answer);
DEFINE_CLEANUP(struct answer, answer_free)

/* Call ${waiting}, from answer_batch(), when a person or a program of the user's begins to be asked. */
void	answer_on_waiting(struct answer *answer, void (*waiting)(void *object), void *object);

/*
 * Before the end: wait, for at most ${ms}, for what must not be lost on its way, a renewed login that is to be written down.
 */
void	answer_settle(struct answer *answer, unsigned ms);

/*
 * answer_batch(answer, requests, n, deadline_ms, watched_fd, replies, err):
 * Fill all replies, each with an answer or its own error; the caller releases them.  Fails, with nothing
 * in them, for want of memory, and with ERR_CANCELLED when the other side of ${watched_fd} (-1: none)
 * closed: nobody wants the answers.
 */
int	answer_batch(struct answer *answer, const struct kms_request *requests, size_t n, unsigned deadline_ms,
	    int watched_fd, struct kms_reply *replies, struct error *err) WARN_UNUSED;

#endif
