#include "crypto/age_plugin.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ask.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/run.h"
#include "base/secret.h"
#include "crypto/age_header.h"
#include "crypto/bech32.h"

#define RECIPIENT	"age1"			/* and a name: the prefix of a recipient */
#define IDENTITY	"AGE-PLUGIN-"		/* and a name, and '-' */
#define PROGRAM		"age-plugin-"
#define NAME_MAX_LEN	100
#define GOODBYE_MS	2000			/* to end by itself when all is said */
#define LISTEN_MS	10000			/* to take what we say */
#define LABELS_MAX	64

static unsigned patience_ms = 5 * 60 * 1000;	/* a person may have to find a token and touch it */

void
age_plugin_set_patience(unsigned ms)
{
	patience_ms = ms;
}

/* --- talking ----------------------------------------------------------------------------------------------------- */

struct talk {
	const struct age_plugin_key	*key;
	int				 fd;
	struct buf			 heard;
	size_t				 at;		/* what of it has been understood */
	struct arena			 bodies;
	struct error			 complaint;	/* the first that it made */
};

static void
talk_release(struct talk *talk)
{
	buf_release(&talk->heard);
	arena_release(&talk->bodies);
}

static int
wait_for(const struct talk *talk, short events, struct error *err)
{
	struct pollfd	waited = { .fd = talk->fd, .events = events };
	unsigned	patience = events == POLLOUT && patience_ms > LISTEN_MS ? LISTEN_MS : patience_ms;
	int		n;

	do {
		n = poll(&waited, 1, (int)patience);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "cannot wait for it");
	return n > 0 ? 0 : err_set(err, ERR_TIMEOUT, "it %s for %u seconds",
	    events == POLLOUT ? "did not listen" : "was silent", patience / 1000);
}

static int
say_bytes(const struct talk *talk, struct slice bytes, struct error *err)
{
	int rc;

	while (bytes.len > 0) {
		ssize_t n = send(talk->fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			bytes = slice_from(bytes, (size_t)n);
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if ((rc = wait_for(talk, POLLOUT, err)) != 0)
				return rc;
		} else if (n < 0 && errno != EINTR)
			return err_set(err, ERR_CHILD, "it does not listen");
	}
	return 0;
}

static int
say(const struct talk *talk, struct slice words, struct slice body, struct error *err)
{
	CLEANUP(buf_release) struct buf	stanza = BUF_SECRET(AGE_PLUGIN_TALK_MAX);
	int				rc = age_stanza_print(words, body, &stanza, err);

	return rc != 0 ? rc : say_bytes(talk, buf_slice(&stanza), err);
}

/* The next command. */
static int
hear(struct talk *talk, struct age_stanza *out, struct error *err)
{
	for (;;) {
		struct slice	rest = slice_from(buf_slice(&talk->heard), talk->at);
		struct error	wrong = ERROR_INIT;
		size_t		used, left = talk->heard.max - talk->heard.len, want = left < 4096 ? left : 4096;
		uint8_t		*room;
		ssize_t		n;
		int		rc = age_stanza_parse(rest, &talk->bodies, out, &used, &wrong);

		if (rc != 0)
			return rc == ERR_MEMORY ? err_memory(err) : err_set(err, ERR_CHILD, "it does not keep to the protocol");
		if (used > 0) {
			talk->at += used;
			return 0;
		}
		if (want == 0)
			return err_set(err, ERR_CHILD, "it said more than %zu bytes", talk->heard.max);
		if ((rc = wait_for(talk, POLLIN, err)) != 0 || (rc = buf_reserve(&talk->heard, want, &room, err)) != 0)
			return rc;
		n = read(talk->fd, room, want);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return err_set(err, ERR_CHILD, "it ended before it was done");
		talk->heard.len += n > 0 ? (size_t)n : 0;
	}
}

/* --- what any plugin may want ---------------------------------------------------------------------------------------- */

/* The first word of ${words}, which is taken off it; empty where there is none. */
static struct slice
take_word(struct slice *words)
{
	struct slice word = SLICE_NONE;

	if (words->data != NULL && slice_split(words, ' ', &word))
		return word;
	return SLICE_NONE;
}

static int
prompt_text(const struct talk *talk, struct slice body, const char *end, struct buf *out, struct error *err)
{
	int rc = buf_printf(out, err, "%s: %.*s%s", talk->key->program, SLICE_ARG(slice_sub(body, 0, 4000)), end);

	return rc != 0 ? rc : buf_terminate(out, err);
}

/* "confirm YES [NO]", both in base64: which of the two?  ERR_UNSUPPORTED, ERR_CANCELLED: nobody says. */
static int
confirm(const struct talk *talk, const struct age_stanza *command, bool *yes, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(16 * KIB), first = BUF(KIB), second = BUF(KIB), answer = BUF(KIB);
	int				rc;

	if (base64_decode_as(command->argument[1], BASE64_NO_PADDING, &first, err) != 0 ||
	    (command->arguments > 2 && base64_decode_as(command->argument[2], BASE64_NO_PADDING, &second, err) != 0) ||
	    (rc = buf_printf(&text, err, " (y: %.*s", SLICE_ARG(buf_slice(&first)))) != 0 ||
	    (second.len > 0 && (rc = buf_printf(&text, err, "; n: %.*s", SLICE_ARG(buf_slice(&second)))) != 0) ||
	    (rc = buf_str(&text, ") ", err)) != 0 || (rc = buf_terminate(&text, err)) != 0)
		return (int)err->kind;
	CLEANUP(buf_release) struct buf	question = BUF(32 * KIB);

	if ((rc = prompt_text(talk, command->body, (const char *)text.data, &question, err)) != 0 ||
	    (rc = ask_line((const char *)question.data, &answer, err)) != 0)
		return rc;
	*yes = answer.len > 0 && (answer.data[0] == 'y' || answer.data[0] == 'Y');
	return 0;
}

static int
ask_for(const struct talk *talk, const struct age_stanza *command, bool secret, struct error *err)
{
	CLEANUP(buf_release) struct buf		question = BUF(32 * KIB), shown = BUF(8 * KIB);
	CLEANUP(secret_freep) struct secret	*hidden = NULL;
	struct error				 why = ERROR_INIT;
	int					 rc = prompt_text(talk, command->body, " ", &question, err);

	if (rc != 0)
		return rc;
	rc = secret ? ask_secret((const char *)question.data, &hidden, &why) : ask_line((const char *)question.data, &shown, &why);
	if (rc != 0)
		return say(talk, SLICE("fail"), SLICE_NONE, err);
	return say(talk, SLICE("ok"), secret ? secret_slice(hidden) : buf_slice(&shown), err);
}

/* Commands of both machines; whatever we do not know is answered so. */
static int
answer_common(struct talk *talk, const struct age_stanza *command, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(32 * KIB);
	struct error			why = ERROR_INIT;
	struct slice			name = command->argument[0];
	bool				yes;
	int				rc;

	if (slice_eq(name, SLICE("msg"))) {
		if ((rc = prompt_text(talk, command->body, "", &text, err)) != 0)
			return rc;
		return say(talk, ask_tell((const char *)text.data, &why) == 0 ? SLICE("ok") : SLICE("fail"), SLICE_NONE, err);
	}
	if (slice_eq(name, SLICE("request-public")) || slice_eq(name, SLICE("request-secret")))
		return ask_for(talk, command, slice_eq(name, SLICE("request-secret")), err);
	if (slice_eq(name, SLICE("confirm"))) {
		if (confirm(talk, command, &yes, &why) != 0)
			return say(talk, SLICE("fail"), SLICE_NONE, err);
		return say(talk, yes ? SLICE("ok yes") : SLICE("ok no"), SLICE_NONE, err);
	}
	if (slice_eq(name, SLICE("error"))) {
		(void)err_set(&talk->complaint, ERR_CHILD, "it says: %.*s",
		    SLICE_ARG(slice_sub(slice_trim(command->body), 0, 600)));
		return say(talk, SLICE("ok"), SLICE_NONE, err);
	}
	return say(talk, SLICE("unsupported"), SLICE_NONE, err);
}

/* A failure of the plugin never condemns the file: its kind says whose fault it is. */
static int
conclude(const struct age_plugin_key *key, int rc, struct error *err)
{
	if (rc == 0 || rc == ERR_NO_KEY || rc == ERR_MEMORY)
		return rc;
	if (rc != ERR_TIMEOUT)
		err->kind = ERR_CHILD;
	(void)err_wrap(err, "the plugin '%s' failed", key->program);
	return (int)err->kind;
}

/* --- recipients ------------------------------------------------------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

static int
take_labels(struct age_plugin_key *key, struct slice words, struct error *err)
{
	struct slice	label[LABELS_MAX];
	size_t		n = 0;
	int		rc = 0;

	(void)take_word(&words);
	for (struct slice word; n < LABELS_MAX && (word = take_word(&words)).len > 0;)
		label[n++] = word;
	if (n > 1)
		qsort(label, n, sizeof(*label), by_text);
	buf_reset(&key->labels);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = buf_printf(&key->labels, err, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(label[i]));
	return rc;
}

/* "recipient-stanza 0 TYPE ARGUMENT...": of the only file, with a type. */
static int
take_stanza(const struct age_stanza *command, struct buf *header, struct error *err)
{
	struct slice words = command->words;

	(void)take_word(&words);
	if (!slice_eq(take_word(&words), SLICE("0")) || words.len == 0)
		return err_set(err, ERR_CHILD, "it does not keep to the protocol");
	return age_stanza_print(words, command->body, header, err);
}

static int
converse_recipient(struct age_plugin_key *key, struct talk *talk, const uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct buf *header, struct error *err)
{
	CLEANUP(buf_release) struct buf	add = BUF(2 * BECH32_MAX);
	size_t				start = header->len;
	int				rc;

	if ((rc = buf_printf(&add, err, "add-recipient %.*s", SLICE_ARG(buf_slice(&key->text)))) != 0 ||
	    (rc = say(talk, buf_slice(&add), SLICE_NONE, err)) != 0 ||
	    (rc = say(talk, SLICE("wrap-file-key"), slice_of(file_key, AGE_FILE_KEY_LEN), err)) != 0 ||
	    (rc = say(talk, SLICE("extension-labels"), SLICE_NONE, err)) != 0 ||
	    (rc = say(talk, SLICE("done"), SLICE_NONE, err)) != 0)
		return rc;
	for (;;) {
		struct age_stanza command;

		if ((rc = hear(talk, &command, err)) != 0)
			return rc;
		if (slice_eq(command.argument[0], SLICE("done")))
			break;
		if (slice_eq(command.argument[0], SLICE("recipient-stanza"))) {
			if ((rc = take_stanza(&command, header, err)) == 0)
				rc = say(talk, SLICE("ok"), SLICE_NONE, err);
		} else if (slice_eq(command.argument[0], SLICE("labels"))) {
			if ((rc = take_labels(key, command.words, err)) == 0)
				rc = say(talk, SLICE("ok"), SLICE_NONE, err);
		} else
			rc = answer_common(talk, &command, err);
		if (rc != 0)
			return rc;
	}
	if (talk->complaint.kind != ERR_NONE) {
		*err = talk->complaint;
		return (int)err->kind;
	}
	return header->len > start ? 0 : err_set(err, ERR_CHILD, "it made nothing");
}

int
age_plugin_wrap(struct age_plugin_key *key, int fd, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header,
    struct error *err)
{
	CLEANUP(talk_release) struct talk	talk = {
		.key = key, .fd = fd, .heard = BUF(AGE_PLUGIN_TALK_MAX), .bodies = ARENA(2 * AGE_PLUGIN_TALK_MAX),
	};
	size_t					start = header->len;
	int					rc;

	buf_reset(&key->labels);
	if ((rc = converse_recipient(key, &talk, file_key, header, err)) != 0)
		buf_truncate(header, start);
	return conclude(key, rc, err);
}

/* --- identities ------------------------------------------------------------------------------------------------------- */

static int
send_stanzas(const struct talk *talk, const struct age_stanza *stanzas, size_t n, struct error *err)
{
	CLEANUP(buf_release) struct buf	words = BUF(2 * LIMIT_AGE_HEADER);
	int				rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		buf_reset(&words);
		if ((rc = buf_printf(&words, err, "recipient-stanza 0 %.*s", SLICE_ARG(stanzas[i].words))) == 0)
			rc = say(talk, buf_slice(&words), stanzas[i].body, err);
	}
	return rc;
}

/* "file-key 0" with the key as its body; the first counts. */
static int
take_file_key(const struct age_stanza *command, bool *have, uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err)
{
	if (!slice_eq(command->argument[1], SLICE("0")) || command->arguments != 2 ||
	    command->body.len != AGE_FILE_KEY_LEN || *have)
		return err_set(err, ERR_CHILD, "it does not keep to the protocol");
	(void)memcpy(file_key, command->body.data, AGE_FILE_KEY_LEN);
	*have = true;
	return 0;
}

static int
converse_identity(const struct age_plugin_key *key, struct talk *talk, const struct age_stanza *stanzas, size_t n,
    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err)
{
	CLEANUP(buf_release) struct buf	add = BUF_SECRET(2 * BECH32_MAX);
	bool				have = false;
	int				rc;

	if ((rc = buf_printf(&add, err, "add-identity %.*s", SLICE_ARG(buf_slice(&key->text)))) != 0 ||
	    (rc = say(talk, buf_slice(&add), SLICE_NONE, err)) != 0 || (rc = send_stanzas(talk, stanzas, n, err)) != 0 ||
	    (rc = say(talk, SLICE("done"), SLICE_NONE, err)) != 0)
		return rc;
	for (;;) {
		struct age_stanza command;

		if ((rc = hear(talk, &command, err)) != 0)
			return rc;
		if (slice_eq(command.argument[0], SLICE("done")))
			break;
		if (slice_eq(command.argument[0], SLICE("file-key"))) {
			if ((rc = take_file_key(&command, &have, file_key, err)) == 0)
				rc = say(talk, SLICE("ok"), SLICE_NONE, err);
		} else
			rc = answer_common(talk, &command, err);
		if (rc != 0)
			return rc;
	}
	if (have)
		return 0;
	if (talk->complaint.kind == ERR_NONE)
		return err_set(err, ERR_NO_KEY, "for another identity");
	*err = talk->complaint;
	return (int)err->kind;
}

int
age_plugin_unwrap(const struct age_plugin_key *key, int fd, const struct age_stanza *stanzas, size_t n,
    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err)
{
	CLEANUP(talk_release) struct talk	talk = {
		.key = key, .fd = fd, .heard = BUF_SECRET(AGE_PLUGIN_TALK_MAX), .bodies = ARENA_SECRET(2 * AGE_PLUGIN_TALK_MAX),
	};

	return conclude(key, converse_identity(key, &talk, stanzas, n, file_key, err), err);
}

/* --- the type --------------------------------------------------------------------------------------------------------- */

static int
start(const struct age_plugin_key *key, const char *machine, struct run_peer *peer, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(8 * KIB);
	int				rc;

	if ((rc = run_find(key->program, &path, err)) == 0) {
		const char *const argv[] = { (const char *)path.data, machine, NULL };

		rc = run_peer_start_quiet(argv, peer, err);
	}
	if (rc == 0 || rc == ERR_MEMORY)
		return rc;
	err->kind = ERR_CHILD;
	return err_hint(err, "keys that begin with '%.30s' need the age plugin of that name", (const char *)key->text.data);
}

static int
wrap(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header, struct error *err)
{
	CLEANUP(run_peer_kill) struct run_peer	peer = RUN_PEER_NONE;
	struct age_plugin_key			*key = state;
	int					 rc;

	if ((rc = start(key, "--age-plugin=recipient-v1", &peer, err)) == 0 &&
	    (rc = age_plugin_wrap(key, peer.fd, file_key, header, err)) == 0)
		run_peer_stop(&peer, GOODBYE_MS, NULL);
	return rc;
}

static int
unwrap_any(void *state, const struct age_stanza *stanzas, size_t n, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	CLEANUP(run_peer_kill) struct run_peer	peer = RUN_PEER_NONE;
	const struct age_plugin_key		*key = state;
	int					 rc;

	if ((rc = start(key, "--age-plugin=identity-v1", &peer, err)) == 0 &&
	    ((rc = age_plugin_unwrap(key, peer.fd, stanzas, n, file_key, err)) == 0 || rc == ERR_NO_KEY))
		run_peer_stop(&peer, GOODBYE_MS, NULL);
	return rc;
}

static void
key_free(void *state)
{
	struct age_plugin_key *key = state;

	free(key->program);
	buf_release(&key->text);
	buf_release(&key->labels);
	free(key);
}

/* Nothing that a path or an option could be made of: the name may come from a file. */
static bool
is_safe(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '+' && c != '-' && c != '.' && c != '_')
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

static int
key_new(struct slice text, struct slice name, void **state, struct error *err)
{
	struct age_plugin_key	*key;
	int			 rc;

	if (!is_safe(name))
		return err_set(err, ERR_SYNTAX, "the name of its plugin cannot be the name of a program");
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return err_memory(err);
	key->text = BUF_SECRET(BECH32_MAX + 1);
	key->labels = BUF(LIMIT_AGE_HEADER);
	if ((key->program = malloc(sizeof(PROGRAM) + name.len)) == NULL)
		rc = err_memory(err);
	else if ((rc = buf_append(&key->text, text, err)) == 0)
		rc = buf_terminate(&key->text, err);
	if (rc != 0) {
		key_free(key);
		return rc;
	}
	(void)memcpy(key->program, PROGRAM, sizeof(PROGRAM));
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		key->program[sizeof(PROGRAM) - 1 + i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	key->program[sizeof(PROGRAM) - 1 + name.len] = '\0';
	*state = key;
	return 0;
}

/* The prefix of a plugin's recipients holds a '1' itself, which that of an X25519 key does not. */
static bool
recipient_recognised(struct slice text)
{
	return slice_starts(text, SLICE(RECIPIENT)) && slice_find(text, '1', sizeof(RECIPIENT) - 1) < text.len;
}

static int
recipient_parse(struct slice text, void **state, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(BECH32_MAX);
	struct slice			prefix;
	int				rc;

	if ((rc = bech32_decode(text, &prefix, &bytes, err)) != 0)
		return rc;
	if (!slice_starts(prefix, SLICE(RECIPIENT)))
		return err_set(err, ERR_SYNTAX, "it names no plugin");
	return key_new(text, slice_from(prefix, sizeof(RECIPIENT) - 1), state, err);
}

static bool
identity_recognised(struct slice text)
{
	return slice_starts(text, SLICE(IDENTITY));
}

static int
identity_parse(struct slice text, void **state, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(BECH32_MAX);
	struct slice			prefix;
	int				rc;

	if ((rc = bech32_decode(text, &prefix, &bytes, err)) != 0)
		return rc;
	if (!slice_starts(prefix, SLICE(IDENTITY)) || !slice_ends(prefix, SLICE("-")))
		return err_set(err, ERR_SYNTAX, "it names no plugin");
	return key_new(text, slice_sub(prefix, sizeof(IDENTITY) - 1, prefix.len - 1), state, err);
}

static struct slice
labels(const void *state)
{
	return buf_slice(&((const struct age_plugin_key *)state)->labels);
}

static bool
waits(const void *state UNUSED)
{
	return true;
}

const struct age_type age_plugin = {
	.name = "plugin",
	.recipient_recognised = recipient_recognised,
	.recipient_parse = recipient_parse,
	.recipient_free = key_free,
	.wrap = wrap,
	.labels = labels,
	.identity_recognised = identity_recognised,
	.identity_parse = identity_parse,
	.identity_free = key_free,
	.unwrap_any = unwrap_any,
	.waits = waits,
};
