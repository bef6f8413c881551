#include "crypto/age_plugin.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ask.h"
#include "base/limits.h"
#include "crypto/bech32.h"
#include "tests/tap.h"

/* The other side of the conversation is a text that is there from the start: what it says does not depend on our answers. */
static const uint8_t	file_key[AGE_FILE_KEY_LEN] = "sixteen letters.";
static struct buf	sent = { .max = MIB };		/* all that we said */

static void *
listen_to(void *fd)
{
	uint8_t		part[4096];
	ssize_t		n;
	struct error	err = ERROR_INIT;

	while ((n = read(*(int *)fd, part, sizeof(part))) > 0)
		if (buf_append(&sent, slice_of(part, (size_t)n), &err) != 0)
			bail_out(err.text);
	return NULL;
}

/* Leads the conversation with a plugin that says ${text}. */
static int
converse(const char *text, bool recipient, struct age_plugin_key *key, struct buf *header, uint8_t got[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	struct age_stanza	stanza = { .argument = { SLICE("test"), SLICE("a") }, .arguments = 2, .words = SLICE("test a"), .body = SLICE("body") };
	int			ends[2], rc;
	pthread_t		thread;

	buf_reset(&sent);
	buf_reset(header);
	err_reset(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || write(ends[1], text, strlen(text)) != (ssize_t)strlen(text) ||
	    shutdown(ends[1], SHUT_WR) != 0 || pthread_create(&thread, NULL, listen_to, &ends[1]) != 0)
		bail_out("no socket");
	rc = recipient ? age_plugin_wrap(key, ends[0], file_key, header, err) : age_plugin_unwrap(key, ends[0], &stanza, 1, got, err);
	(void)close(ends[0]);
	(void)pthread_join(thread, NULL);
	(void)close(ends[1]);
	return rc;
}

#define KEY16	"AAECAwQFBgcICQoLDA0ODw"

static void
check_recipient(struct age_plugin_key *key)
{
	static const struct {
		const char	*says;
		int		 kind;
		const char	*header, *labels, *what;
	} cases[] = {
		{ "-> recipient-stanza 0 test a b\nAAAA\n-> done\n\n", 0, "-> test a b\nAAAA\n", "", "a stanza is taken over" },
		{ "-> recipient-stanza 0 test\n\n-> recipient-stanza 0 more\nAAAA\n-> done\n\n", 0, "-> test\n\n-> more\nAAAA\n", "", "so are two" },
		{ "-> labels two one\n\n-> recipient-stanza 0 t\n\n-> done\n\n", 0, "-> t\n\n", "one two", "labels are kept, in order" },
		{ "-> new-command x\nAAAA\n-> recipient-stanza 0 t\n\n-> done\n\n", 0, "-> t\n\n", "", "an unknown command stops nothing" },
		{ "-> msg\nAAAA\n-> request-public\nAAAA\n-> request-secret\nAAAA\n-> confirm AAAA AAAA\nAAAA\n-> recipient-stanza 0 t\n\n-> done\n\n", 0,
		    "-> t\n\n", "", "nor do questions that nobody can answer" },
		{ "-> done\n\n", ERR_CHILD, "", "", "no stanza is a failure" },
		{ "-> recipient-stanza 1 test\n\n-> done\n\n", ERR_CHILD, "", "", "so is one for another file" },
		{ "-> recipient-stanza 0\n\n-> done\n\n", ERR_CHILD, "", "", "one without a type" },
		{ "-> recipient-stanza\n\n-> done\n\n", ERR_CHILD, "", "", "one without anything" },
		{ "-> recipient-stanza 0 t\n\n", ERR_CHILD, "", "", "an end before it is done" },
		{ "-> recipient-stanza 0 t\n", ERR_CHILD, "", "", "an end within a stanza" },
		{ "-> recipient-stanza 0 t\n\n-> error internal\naXQgaXMgZ29uZQ\n-> done\n\n", ERR_CHILD, "", "", "an error, stanza or not" },
		{ "hello\n", ERR_CHILD, "", "", "anything but stanzas" },
		{ "-> recipient-stanza 0 \x01\n\n", ERR_CHILD, "", "", "a control character" },
		{ "-> recipient-stanza 0 t\n====\n", ERR_CHILD, "", "", "what is not base64" },
		{ "", ERR_CHILD, "", "", "silence and an end" },
	};
	CLEANUP(buf_release) struct buf	header = BUF(MIB);
	uint8_t				got[AGE_FILE_KEY_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error err = ERROR_INIT;

		if (!is_int(converse(cases[i].says, true, key, &header, got, &err), cases[i].kind, cases[i].what))
			printf("#   %s\n", err.text);
		is_slice(buf_slice(&header), slice_str(cases[i].header), "the header gets what it should");
		is_slice(buf_slice(&key->labels), slice_str(cases[i].labels), "and the labels are right");
	}
	(void)converse("-> recipient-stanza 0 t\n\n-> x\n\n-> done\n\n", true, key, &header, got, &(struct error){ .kind = ERR_NONE });
	is_slice(buf_slice(&sent), SLICE("-> add-recipient age1test1xyz\n\n-> wrap-file-key\nc2l4dGVlbiBsZXR0ZXJzLg\n-> extension-labels\n\n-> done\n\n"
	    "-> ok\n\n-> unsupported\n\n"), "what we say is the protocol's");
}

static void
check_identity(struct age_plugin_key *key)
{
	static const struct {
		const char	*says;
		int		 kind;
		const char	*what;
	} cases[] = {
		{ "-> file-key 0\n" KEY16 "\n-> done\n\n", 0, "a file key is taken" },
		{ "-> done\n\n", ERR_NO_KEY, "without one nothing was for it" },
		{ "-> file-key 1\n" KEY16 "\n-> done\n\n", ERR_CHILD, "one for another file is not" },
		{ "-> file-key 0\nAAAA\n-> done\n\n", ERR_CHILD, "nor one of another length" },
		{ "-> file-key 0\n" KEY16 "\n-> file-key 0\n" KEY16 "\n-> done\n\n", ERR_CHILD, "nor a second one" },
		{ "-> file-key\n" KEY16 "\n-> done\n\n", ERR_CHILD, "nor one for no file" },
		{ "-> file-key 0\n" KEY16 "\n", ERR_CHILD, "an end before it is done is a failure" },
		{ "-> error identity 0\naXQgaXMgZ29uZQ\n-> done\n\n", ERR_CHILD, "so is an error" },
		{ "-> error stanza 0 0\naXQgaXMgZ29uZQ\n-> file-key 0\n" KEY16 "\n-> done\n\n", 0, "but not when it finds the key all the same" },
	};
	CLEANUP(buf_release) struct buf	header = BUF(MIB);
	uint8_t				got[AGE_FILE_KEY_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error err = ERROR_INIT;

		(void)memset(got, 0xff, sizeof(got));
		if (!is_int(converse(cases[i].says, false, key, &header, got, &err), cases[i].kind, cases[i].what))
			printf("#   %s\n", err.text);
		if (cases[i].kind == 0)
			is_slice(slice_of(got, sizeof(got)), SLICE("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"), "the right one");
		if (strstr(cases[i].says, "error identity") != NULL)
			ok(strstr(err.text, "'age-plugin-test' failed: it says: it is gone") != NULL, "with its own words");
	}
	(void)converse("-> done\n\n", false, key, &header, got, &(struct error){ .kind = ERR_NONE });
	is_slice(buf_slice(&sent), SLICE("-> add-identity age1test1xyz\n\n-> recipient-stanza 0 test a\nYm9keQ\n-> done\n\n"), "what we say is the protocol's");
}

/* --- questions ---------------------------------------------------------------------------------------------------------- */

static int
secret(const char *prompt, struct secret **out, struct error *err)
{
	return secret_copy(slice_str(prompt), out, err);
}

static int
line(const char *prompt, struct buf *out, struct error *err)
{
	return buf_str(out, strstr(prompt, "(y: yes; n: no)") != NULL ? "y" : "me", err);
}

static int
tell(const char *text, struct error *err)
{
	return strcmp(text, "age-plugin-test: touch") == 0 ? 0 : err_set(err, ERR_SYSTEM, "other words");
}

static bool
was_sent(struct slice words)
{
	return memmem(sent.data, sent.len, words.data, words.len) != NULL;
}

static void
check_questions(struct age_plugin_key *key)
{
	static const struct asker	asker = { secret, line, tell };
	CLEANUP(buf_release) struct buf	header = BUF(MIB);
	struct error			err = ERROR_INIT;
	uint8_t				got[AGE_FILE_KEY_LEN];

	ask_through(&asker);
	(void)converse("-> msg\ndG91Y2g\n-> request-public\nbmFtZT8\n-> request-secret\nUElOOg\n-> confirm eWVz bm8\nc3VyZT8\n-> confirm !\n\n"
	    "-> done\n\n", false, key, &header, got, &err);
	ok(was_sent(SLICE("-> done\n\n-> ok\n\n-> ok\nbWU\n-> ok\n")), "what a person says goes to the plugin");
	ok(was_sent(SLICE("-> ok\nYWdlLXBsdWdpbi10ZXN0OiBQSU46IA\n-> ok yes\n\n-> fail\n\n")),
	    "secrets and decisions, too; a malformed question fails");
	ask_through(NULL);
}

static void
check_names(void)
{
	static const struct {
		const char	*prefix;
		bool		 identity;
		int		 kind;
	} cases[] = {
		{ "age1yubikey", false, 0 }, { "age1a.b-c+d_2", false, 0 }, { "age1tag", false, 0 }, { "age1a/b", false, ERR_SYNTAX },
		{ "age1a b", false, ERR_SYNTAX }, { "age1a;b", false, ERR_SYNTAX }, { "AGE-PLUGIN-YUBIKEY-", true, 0 },
		{ "AGE-PLUGIN-../X-", true, ERR_SYNTAX }, { "AGE-PLUGIN--", true, ERR_SYNTAX }, { "AGE-PLUGIN-X", true, ERR_SYNTAX },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(buf_release) struct buf	text = BUF(KIB);
		struct error			err = ERROR_INIT;
		void				*state = NULL;

		/* A blank cannot be in a prefix: the text says so, too. */
		if (bech32_encode(slice_str(cases[i].prefix), SLICE("data"), &text, &err) != 0) {
			ok(cases[i].kind != 0, "'%s' cannot even be written", cases[i].prefix);
			continue;
		}
		if (cases[i].identity)
			is_int(age_plugin.identity_parse(buf_slice(&text), &state, &err), cases[i].kind, cases[i].prefix);
		else
			is_int(age_plugin.recipient_parse(buf_slice(&text), &state, &err), cases[i].kind, cases[i].prefix);
		if (state != NULL)
			age_plugin.recipient_free(state);
	}
	ok(!age_plugin.recipient_recognised(SLICE("age1vkenxd082m72pgllqcgyd63jdccc7hg8sv442hjj9gt4de96dcxsy5nzqj")), "an X25519 key is no plugin's");
}

int
main(void)
{
	char			program[] = "age-plugin-test";
	struct age_plugin_key	key = { .program = program, .text = BUF(KIB), .labels = BUF(KIB) };
	struct error		err = ERROR_INIT;

	if (buf_str(&key.text, "age1test1xyz", &err) != 0)
		bail_out(err.text);
	check_recipient(&key);
	check_identity(&key);
	check_questions(&key);
	check_names();
	buf_release(&key.text);
	buf_release(&key.labels);
	buf_release(&sent);
	return done_testing();
}
