#include "crypto/age.h"

#include "base/ask.h"
#include "base/limits.h"
#include "tests/tap.h"

/* Identity files under a passphrase.  Making one takes a quarter of a second: they are made once. */
static const char	*answer;
static unsigned		 questions;

static int
answer_secret(const char *prompt, struct secret **out, struct error *err)
{
	questions++;
	is_slice(slice_str(prompt), SLICE("Enter passphrase for identity 'a file': "), "the question is age's");
	return answer == NULL ? err_set(err, ERR_CANCELLED, "no answer was given") : secret_copy(slice_str(answer), out, err);
}

static void
lock(const char *text, struct buf *out)
{
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL;
	struct error						err = ERROR_INIT;

	if (age_recipients_new(&to, &err) != 0 || age_recipients_add_passphrase(to, SLICE("secret"), &err) != 0 ||
	    age_seal(to, slice_str(text), out, &err) != 0)
		bail_out(err.text);
}

/* What comes of opening ${file} with the one locked identity file, and with another identity before it. */
static int
open_with(struct slice locked, const char *first_opt, struct slice file, struct error *err)
{
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	CLEANUP(buf_release) struct buf				out = BUF_SECRET(MIB);
	struct error						again = ERROR_INIT;
	int							rc;

	questions = 0;
	err_reset(err);
	if (age_identities_new(&with, err) != 0 || age_identities_add_locked(with, locked, "a file", err) != 0 ||
	    (first_opt != NULL && age_identities_parse(with, slice_str(first_opt), 0, err) != 0))
		bail_out(err->text);
	rc = age_open(with, file, &out, err);
	if (rc == 0)
		is_slice(buf_slice(&out), SLICE("x"), "it opens to the plaintext");
	buf_reset(&out);
	is_int(age_open(with, file, &out, &again), rc, "and a second time the same");
	return rc;
}

int
main(void)
{
	static const struct asker				asker = { .secret = answer_secret };
	CLEANUP(buf_release) struct buf				own = BUF_SECRET(KIB), other = BUF_SECRET(KIB), text = BUF_SECRET(MIB), file = BUF(MIB);
	CLEANUP(buf_release) struct buf				locked = BUF(MIB), broken = BUF(MIB), empty = BUF(MIB), line = BUF(KIB), ssh = BUF(MIB);
	CLEANUP(age_identities_freep) struct age_identities	*keys = NULL;
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL, *to_ssh = NULL;
	struct error						err = ERROR_INIT;

	if (age_identity_generate(&own, &err) != 0 || age_identity_generate(&other, &err) != 0 || buf_terminate(&own, &err) != 0 ||
	    buf_terminate(&other, &err) != 0 || age_identities_new(&keys, &err) != 0 ||
	    age_identities_parse(keys, slice_str((const char *)own.data), 0, &err) != 0 || age_identities_recipient(keys, 0, &line, &err) != 0 ||
	    age_recipients_new(&to, &err) != 0 || age_recipients_add(to, buf_slice(&line), &err) != 0 || age_seal(to, SLICE("x"), &file, &err) != 0 ||
	    age_recipients_new(&to_ssh, &err) != 0 || age_recipients_add(to_ssh,
	    SLICE("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj12A"), &err) != 0 ||
	    age_seal(to_ssh, SLICE("x"), &ssh, &err) != 0 || buf_printf(&text, &err, "# mine\r\n%s\r\n", (const char *)own.data) != 0 ||
	    buf_terminate(&text, &err) != 0)
		bail_out(err.text);
	lock((const char *)text.data, &locked);
	lock("# mine\nno key\n", &broken);
	lock("# nothing\n", &empty);

	ask_through(&asker);
	answer = "secret";
	is_int(open_with(buf_slice(&locked), NULL, buf_slice(&file), &err), 0, "the passphrase opens the identity file");
	is_int(questions, 1, "it is asked for once");
	is_int(open_with(buf_slice(&locked), (const char *)own.data, buf_slice(&file), &err), 0, "where another identity fits");
	is_int(questions, 0, "nobody is asked, whatever the order");
	is_int(open_with(buf_slice(&locked), NULL, buf_slice(&ssh), &err), ERR_NO_KEY, "for an SSH key's file");
	is_int(questions, 0, "nobody is asked, for none is in there");
	is_int(open_with(buf_slice(&broken), NULL, buf_slice(&file), &err), ERR_UNSUPPORTED, "a file of something else is of no use");
	is_int(err.line, 2, "its line is named");
	is_int(open_with(buf_slice(&empty), NULL, buf_slice(&file), &err), ERR_UNSUPPORTED, "nor is one without a key");
	answer = "Secret";
	is_int(open_with(buf_slice(&locked), NULL, buf_slice(&file), &err), ERR_DENIED, "a wrong passphrase opens nothing");
	is_int(questions, 1, "and is asked for once");
	answer = NULL;
	is_int(open_with(buf_slice(&locked), NULL, buf_slice(&file), &err), ERR_CANCELLED, "nor does none");
	ask_through(NULL);
	is_int(open_with(buf_slice(&locked), NULL, buf_slice(&file), &err), ERR_UNSUPPORTED, "nor is there a way without somebody to ask");
	ok(err.hint[0] != '\0', "but a hint what to do");
	err_reset(&err);
	is_int(age_identities_add_locked(keys, buf_slice(&file), "x", &err), ERR_UNSUPPORTED, "one that is not under a passphrase is refused at once");
	return done_testing();
}
