#include "sops/datakey_parts.h"

#include <string.h>

#include "base/utf8.h"

#define ERROR_COLUMNS	60
#define REPORT_COLUMNS	75
#define NAME_COLUMNS	200		/* an RSA key goes on for hundreds */

/* One word, with nothing in it that a terminal would obey. */
static int
print_word(struct slice word, struct buf *out, struct error *err)
{
	int rc = 0;

	while (word.len > 0 && rc == 0) {
		uint32_t	point;
		size_t		len = utf8_decode(word, &point);

		if (len > 0 && utf8_is_printable(point))
			rc = buf_append(out, slice_sub(word, 0, len), err);
		else
			rc = buf_byte(out, '?', err);
		word = slice_from(word, len > 0 ? len : 1);
	}
	return rc;
}

/* Lines of at most ${columns}, broken at blanks; the first begins with ${first}, the others with ${other}. */
static int
print_wrapped(struct slice text, size_t columns, const char *first, const char *other, struct buf *out, struct error *err)
{
	struct slice	lines = text, line, words, word;
	int		rc = buf_str(out, first, err);

	for (bool begun = false; rc == 0 && lines.data != NULL && slice_split(&lines, '\n', &line); begun = true) {
		size_t at = 0;

		if (begun && ((rc = buf_byte(out, '\n', err)) != 0 || (rc = buf_str(out, other, err)) != 0))
			return rc;
		for (words = line; rc == 0 && words.data != NULL && slice_split(&words, ' ', &word);) {
			size_t width = utf8_count(word);

			if (width == 0)
				continue;
			if (at > 0 && at + 1 + width > columns) {
				if ((rc = buf_byte(out, '\n', err)) != 0 || (rc = buf_str(out, other, err)) != 0)
					return rc;
				at = 0;
			} else if (at > 0) {
				at++;
				if ((rc = buf_byte(out, ' ', err)) != 0)
					return rc;
			}
			at += width;
			rc = print_word(word, out, err);
		}
	}
	return rc != 0 ? rc : buf_byte(out, '\n', err);
}

/* What sops says of an age key: people search for these words. */
static int
report_age(const struct error *failed, const struct identities *identities, struct buf *text, struct error *err)
{
	CLEANUP(buf_release) struct buf	looked = BUF(LIMIT_CONFIG);
	bool				loaded = strcmp(failed->text, MASTERKEY_NO_IDENTITY) != 0;
	int				rc;

	if ((rc = identities_report(identities, &looked, err)) != 0 ||
	    (loaded && (rc = buf_str(text, "failed to create reader for decrypting sops data key with age: ", err)) != 0) ||
	    (rc = buf_str(text, loaded && failed->kind == ERR_NO_KEY ?
	    "identity did not match any of the recipients: incorrect identity for recipient block" : failed->text, err)) != 0)
		return rc;
	return looked.len > 0 ? buf_printf(text, err, ". %.*s", SLICE_ARG(buf_slice(&looked))) : 0;
}

static int
report_key(const struct attempt *attempt, const struct identities *identities, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(LIMIT_CONFIG), text = BUF(LIMIT_CONFIG);
	int				rc;

	if ((rc = master_key_identity(attempt->key, &name, err)) != 0 || (rc = buf_str(out, "  ", err)) != 0 ||
	    (rc = print_word(buf_slice(&name), out, err)) != 0 || (rc = buf_str(out, ": FAILED\n", err)) != 0)
		return rc;
	/* Each age key tells where identities were looked for. */
	rc = attempt->key->type->id == KEY_AGE ? report_age(attempt->failed_opt, identities, &text, err) :
	    buf_str(&text, attempt->failed_opt->text, err);
	if (rc != 0)
		return rc;
	return print_wrapped(buf_slice(&text), ERROR_COLUMNS, "    - | ", "      | ", out, err);
}

/* The layout and the words are those of sops (its wrappers show them to people). */
int
datakey_report(const struct job *job, const struct identities *identities, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(KIB);
	int rc = buf_str(out, "Failed to get the data key required to decrypt the SOPS file.\n\n", err);

	for (size_t g = 0; g < job->group_count && rc == 0; g++) {
		const struct group_state	*group = &job->groups[g];
		bool				 begun = false;

		rc = buf_printf(out, err, "Group %zu: %s\n", g, group->share != NULL ? "SUCCESS" : "FAILED");
		for (size_t k = 0; k < group->count && rc == 0 && group->share == NULL; k++) {
			if (group->attempts[k].failed_opt == NULL)
				continue;
			if (begun && (rc = buf_str(out, "  \n", err)) != 0)
				break;
			begun = true;
			rc = report_key(&group->attempts[k], identities, out, err);
		}
		if (rc == 0)
			rc = buf_byte(out, '\n', err);
	}
	if (rc != 0)
		return rc;
	if (job->group_count <= 1)
		rc = buf_str(&text, "Recovery failed because no master key was able to decrypt the file. In order for SOPS to recover the file, at "
		    "least one key has to be successful, but none were.", err);
	else
		rc = buf_printf(&text, err, "Recovery failed because the file was encrypted with a Shamir threshold of %zu, but only %zu part(s) were "
		    "successfully recovered, one for each successful key group. In order for SOPS to recover the file, at least %zu groups have to "
		    "be successful. In order for a group to be successful, decryption has to succeed with any of the keys in that key group.",
		    datakey_needed(job), job->opened, datakey_needed(job));
	return rc != 0 ? rc : print_wrapped(buf_slice(&text), REPORT_COLUMNS, "", "", out, err);
}

/* --- in our words -------------------------------------------------------------------------------------------------- */

/* Text of others: on one line, with nothing in it that a terminal would obey. */
static int
print_line(const char *before, struct slice text, size_t most, struct buf *out, struct error *err)
{
	struct slice	rest = slice_sub(text, 0, most), word;
	int		rc = buf_str(out, before, err);

	for (bool begun = false; rc == 0 && rest.data != NULL && slice_split(&rest, ' ', &word); begun = true)
		if (!begun || (rc = buf_byte(out, ' ', err)) == 0)
			rc = print_word(word, out, err);
	return rc == 0 && text.len > most ? buf_str(out, "...", err) : rc;
}

static int
explain_key(const struct job *job, size_t group, const struct attempt *attempt, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(LIMIT_CONFIG);
	int				rc;

	if ((rc = master_key_identity(attempt->key, &name, err)) != 0 || (rc = buf_str(out, "  ", err)) != 0 ||
	    (job->group_count > 1 && (rc = buf_printf(out, err, "group %zu: ", group + 1)) != 0) ||
	    (rc = print_line("", buf_slice(&name), NAME_COLUMNS, out, err)) != 0 ||
	    (rc = print_line(": ", slice_str(attempt->failed_opt->text), SIZE_MAX, out, err)) != 0)
		return rc;
	return buf_byte(out, '\n', err);
}

/* Keys of one kind often fail for one reason: what to do about it is said once. */
static int
explain_hint(const struct error *failed, struct buf *hints, struct error *err)
{
	CLEANUP(buf_release) struct buf	line = BUF(LIMIT_CONFIG);
	int				rc;

	if (failed->hint[0] == '\0')
		return 0;
	if ((rc = print_line("hint: ", slice_str(failed->hint), SIZE_MAX, &line, err)) != 0 ||
	    (rc = buf_byte(&line, '\n', err)) != 0)
		return rc;
	if (hints->len > 0 && memmem(hints->data, hints->len, line.data, line.len) != NULL)
		return 0;
	return buf_append(hints, buf_slice(&line), err);
}

static void
summarise(const struct job *job, size_t failed, struct error *summary)
{
	if (job->group_count > 1)
		err_set(summary, ERR_NO_KEY, "cannot get the data key: %zu of the %zu key groups must open, and %zu %s",
		    datakey_needed(job), job->group_count, job->opened, job->opened == 1 ? "does" : "do");
	else if (failed == 0)
		err_set(summary, ERR_NO_KEY, "cannot get the data key: the file names no key");
	else if (failed == 1)
		err_set(summary, ERR_NO_KEY, "cannot get the data key: the only key does not open it");
	else
		err_set(summary, ERR_NO_KEY, "cannot get the data key: none of the %zu keys opens it", failed);
}

int
datakey_explain(const struct job *job, const struct identities *identities, struct buf *out, struct error *summary,
    struct error *err)
{
	CLEANUP(buf_release) struct buf	hints = BUF(LIMIT_MESSAGE), looked = BUF(LIMIT_CONFIG);
	size_t				failed = 0;
	bool				age = false;
	int				rc = 0;

	for (size_t g = 0; g < job->group_count; g++) {
		if (rc == 0 && job->group_count > 1 && job->groups[g].share != NULL)
			rc = buf_printf(out, err, "  group %zu: opens\n", g + 1);
		for (size_t k = 0; k < job->groups[g].count && rc == 0 && job->groups[g].share == NULL; k++) {
			const struct attempt *attempt = &job->groups[g].attempts[k];

			if (attempt->failed_opt == NULL)
				continue;
			failed++;
			age = age || attempt->key->type->id == KEY_AGE;
			if ((rc = explain_key(job, g, attempt, out, err)) == 0)
				rc = explain_hint(attempt->failed_opt, &hints, err);
		}
	}
	if (rc != 0 || (rc = buf_append(out, buf_slice(&hints), err)) != 0 ||
	    (age && (rc = identities_report(identities, &looked, err)) != 0))
		return rc;
	summarise(job, failed, summary);
	if (looked.len == 0)
		return 0;
	return (rc = print_line("", buf_slice(&looked), SIZE_MAX, out, err)) != 0 ? rc : buf_byte(out, '\n', err);
}
