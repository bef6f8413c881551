#include "kms/aws_cred_parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/*
 * FORMAT.md 3.13.  The person is asked on /dev/tty, which belongs to this process as much as to the program that
 * started it; the code is shown while it is typed, being worth nothing once it was used.  Meanwhile everything else
 * goes on.
 */
#define PATIENCE_MS	120000
#define ANSWER_MAX	256
#define CODE_LEN	6

/* A role that waits for a code. */
struct mfa_wait {
	struct mfa_wait		*next;
	struct aws_mfa		*mfa;
	struct aws_identity	*identity;
};

/* A device of somebody's. */
struct aws_mfa {
	struct aws_mfa		*next;
	struct aws		*aws;
	struct aws_identity	*by;		/* whose it is */
	struct buf		 device;
	struct mfa_wait		*waiting;
	struct aws_identity	*session;	/* opened with its code, or NULL */
	char			 code[CODE_LEN + 1];
	int			 tty;		/* -1: its owner is not being asked */
	struct http_watch	*watch;
	struct http_timer	*timer;
	struct buf		 answer;
};

static void
prompt_close(struct aws_mfa *mfa)
{
	http_watch_cancel(TAKE(mfa->watch));
	http_timer_cancel(TAKE(mfa->timer));
	file_closep(&mfa->tty);
	mfa->tty = -1;
	buf_release(&mfa->answer);
}

void
aws_cred_mfa_free_all(struct aws *aws)
{
	while (aws->mfa != NULL) {
		struct aws_mfa *first = aws->mfa;

		aws->mfa = first->next;
		prompt_close(first);
		buf_release(&first->device);
		free(first);
	}
}

/* --- the session that several roles share --- */

/* Whose session this is. */
static struct aws_mfa *
mfa_of_session(const struct aws_identity *identity)
{
	struct aws_mfa *mfa = identity->aws->mfa;

	while (mfa != NULL && mfa->session != identity)
		mfa = mfa->next;
	return mfa;
}

static void
session_answered(void *object, const struct aws_answer *answer)
{
	struct aws_identity	*identity = object;
	struct aws_mfa		*mfa = mfa_of_session(identity);
	struct error		 problem = *answer->error;

	if (problem.kind != ERR_NONE || aws_sts_credentials_read(answer->body, &identity->credentials, &problem) != 0) {
		(void)err_wrap(&problem, "cannot open a session with the code of '%.*s'", SLICE_ARG(identity->role.device));
		/* The code is used up: who comes later needs another. */
		if (mfa != NULL)
			mfa->session = NULL;
	}
	aws_cred_done(identity, &problem);
}

static void
session_stop(void *work)
{
	aws_cancel(work);
}

static int
session_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(buf_release) struct buf form = BUF(8 * KIB);
	struct aws_question question = { .service = AWS_STS, .region = identity->region, .profile = identity->profile,
		.content_type = SLICE(AWS_STS_TYPE), .identity = identity->parent };
	const struct aws_mfa	*mfa = mfa_of_session(identity);
	struct aws_call		*call;

	if (mfa == NULL)
		return err_set(err, ERR_INTERNAL, "a session without its device");
	if (aws_sts_session_form(identity->role.device, slice_str(mfa->code), &form, err) != 0)
		return err->kind;
	question.body = buf_slice(&form);
	if (aws_send(identity->aws, &question, session_answered, identity, &call, err) != 0)
		return err->kind;
	aws_cred_working(identity, call, session_stop);
	return 0;
}

static const struct aws_cred_provider session_provider = {
	.name = "a session of the user's", .regional = true, .lasting = true, .fetch = session_fetch,
};

/* --- asking --- */

static void prompt_next(struct aws *aws);

/* Everybody who waits for this device goes on, or fails. */
static void
mfa_release(struct aws_mfa *mfa, const struct error *problem)
{
	struct mfa_wait		*waiting = TAKE(mfa->waiting);
	bool			 several = waiting != NULL && waiting->next != NULL;
	struct slice		 code = several ? SLICE_NONE : slice_str(mfa->code);
	struct error		 all = *problem;

	prompt_close(mfa);
	if (all.kind == ERR_NONE && several) {
		struct aws_identity like = { .provider = &session_provider, .parent = mfa->by, .profile = waiting->identity->profile,
			.region = waiting->identity->region, .role = { .device = buf_slice(&mfa->device) } };

		(void)!aws_cred_identity(mfa->aws, &like, &mfa->session, &all);
	}
	/* None of them can be stopped any more: whoever is woken below may try. */
	for (struct mfa_wait *each = waiting; each != NULL; each = each->next)
		each->identity->work = NULL;
	while (waiting != NULL) {
		struct mfa_wait		*first = waiting;
		struct aws_identity	*identity = first->identity;
		struct error		 each = all;

		waiting = first->next;
		free(first);
		if (each.kind != ERR_NONE || aws_cred_assume(identity, several ? mfa->session : mfa->by, code, &each) != 0)
			aws_cred_done(identity, &each);
	}
	prompt_next(mfa->aws);
}

static void
prompt_rings(void *object)
{
	struct aws_mfa	*mfa = object;
	struct error	 problem = ERROR_INIT;

	mfa->timer = NULL;
	err_set(&problem, ERR_TIMEOUT, "no code of the MFA device '%.*s' was typed within %d seconds",
	    SLICE_ARG(buf_slice(&mfa->device)), PATIENCE_MS / 1000);
	mfa_release(mfa, &problem);
}

static bool
is_code(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len == CODE_LEN;
}

static void
prompt_readable(void *object)
{
	struct aws_mfa	*mfa = object;
	struct error	 problem = ERROR_INIT;
	struct slice	 text;
	uint8_t		*room;
	ssize_t		 n = 0;

	if (buf_reserve(&mfa->answer, ANSWER_MAX / 2, &room, &problem) == 0 && (n = read(mfa->tty, room, ANSWER_MAX / 2)) > 0) {
		mfa->answer.len += (size_t)n;
		text = slice_trim(buf_slice(&mfa->answer));
		if (!slice_ends(buf_slice(&mfa->answer), SLICE("\n")))
			return;
		if (is_code(text)) {
			memcpy(mfa->code, text.data, CODE_LEN);
			mfa_release(mfa, &problem);
			return;
		}
		buf_reset(&mfa->answer);
		if (text.len != 0 && file_write_all(mfa->tty, SLICE("It has six digits: "), &problem) == 0)
			return;
	}
	err_reset(&problem);
	err_set(&problem, ERR_CANCELLED, "no code of the MFA device '%.*s' was given", SLICE_ARG(buf_slice(&mfa->device)));
	mfa_release(mfa, &problem);
}

/* The device's name comes from a file: nothing in it may move the cursor. */
static int
prompt_write(const struct aws_mfa *mfa, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(4 * KIB);

	if (buf_str(&text, "Code of the MFA device ", err) != 0)
		return err->kind;
	for (size_t i = 0; i < mfa->device.len; i++) {
		uint8_t c = mfa->device.data[i];

		if (buf_byte(&text, c > ' ' && c < 0x7f ? c : '?', err) != 0)
			return err->kind;
	}
	if (buf_str(&text, ": ", err) != 0)
		return err->kind;
	return file_write_all(mfa->tty, buf_slice(&text), err);
}

static int
prompt_open(struct aws_mfa *mfa, struct error *err)
{
	struct http *http = mfa->aws->http;

	http_timer_cancel(TAKE(mfa->timer));
	mfa->answer = BUF(ANSWER_MAX);
	if ((mfa->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		err_set(err, ERR_NO_KEY, "a code of the MFA device '%.*s' is needed, and there is no terminal to ask for it",
		    SLICE_ARG(buf_slice(&mfa->device)));
		return err_hint(err, "run it at a terminal, or open a session with 'aws sts get-session-token --serial-number %.*s "
		    "--token-code CODE' and put it into the environment", SLICE_ARG(buf_slice(&mfa->device)));
	}
	if (prompt_write(mfa, err) != 0 ||
	    http_watch(http, mfa->tty, prompt_readable, mfa, &mfa->watch, err) != 0 ||
	    http_after(http, PATIENCE_MS, prompt_rings, mfa, &mfa->timer, err) != 0) {
		prompt_close(mfa);
		return err_wrap(err, "cannot ask for a code of the MFA device '%.*s'", SLICE_ARG(buf_slice(&mfa->device)));
	}
	return 0;
}

static bool
somebody_is_asked(const struct aws *aws)
{
	for (const struct aws_mfa *each = aws->mfa; each != NULL; each = each->next)
		if (each->tty >= 0)
			return true;
	return false;
}

/* One question at a time. */
static void
prompt_next(struct aws *aws)
{
	struct error problem = ERROR_INIT;

	for (struct aws_mfa *each = aws->mfa; each != NULL && !somebody_is_asked(aws); each = each->next)
		if (each->waiting != NULL && prompt_open(each, &problem) != 0) {
			mfa_release(each, &problem);
			return;
		}
}

static void
next_rings(void *object)
{
	struct aws_mfa *mfa = object;

	mfa->timer = NULL;
	prompt_next(mfa->aws);
}

/* A question that nobody waits for any more is taken back; then it is another device's turn, but not from here. */
static void
wait_stop(void *work)
{
	struct mfa_wait	*wait = work, **place = &wait->mfa->waiting;
	struct aws_mfa	*mfa = wait->mfa;
	struct error	 unheard = ERROR_INIT;

	while (*place != wait)
		place = &(*place)->next;
	*place = wait->next;
	free(wait);
	if (mfa->waiting != NULL || mfa->tty < 0)
		return;
	(void)!file_write_all(mfa->tty, SLICE("(not needed any more)\n"), &unheard);
	prompt_close(mfa);
	(void)!http_after(mfa->aws->http, 0, next_rings, mfa, &mfa->timer, &unheard);
}

static int
mfa_get(struct aws_identity *identity, struct aws_mfa **out, struct error *err)
{
	struct aws	*aws = identity->aws;
	struct aws_mfa	*mfa = aws->mfa;

	while (mfa != NULL && (mfa->by != identity->parent || !slice_eq(buf_slice(&mfa->device), identity->role.device)))
		mfa = mfa->next;
	if ((*out = mfa) != NULL)
		return 0;
	if ((mfa = calloc(1, sizeof(*mfa))) == NULL)
		return err_memory(err);
	*mfa = (struct aws_mfa){ .next = aws->mfa, .aws = aws, .by = identity->parent, .device = BUF(2 * KIB), .tty = -1 };
	if (buf_append(&mfa->device, identity->role.device, err) != 0) {
		free(mfa);
		return err->kind;
	}
	*out = aws->mfa = mfa;
	return 0;
}

int
aws_cred_mfa_fetch(struct aws_identity *identity, struct error *err)
{
	struct aws_mfa	*mfa;
	struct mfa_wait	*wait;

	if (mfa_get(identity, &mfa, err) != 0)
		return err->kind;
	if (mfa->session != NULL)
		return aws_cred_assume(identity, mfa->session, SLICE_NONE, err);
	if (!somebody_is_asked(identity->aws) && prompt_open(mfa, err) != 0)
		return err->kind;
	if ((wait = calloc(1, sizeof(*wait))) == NULL)
		return err_memory(err);
	*wait = (struct mfa_wait){ .next = mfa->waiting, .mfa = mfa, .identity = identity };
	mfa->waiting = wait;
	aws_cred_working(identity, wait, wait_stop);
	identity->asking = true;
	return 0;
}
