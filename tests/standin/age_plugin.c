#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/age_header.h"
#include "crypto/bech32.h"
#include "crypto/random.h"

/*
 * An age plugin for the tests, of ours and of the age program: linked as age-plugin-NAME it handles "age1NAME1..." and
 * "AGE-PLUGIN-NAME-1...".  A key is 16 bytes, the same in both, and wrapping is an exclusive or: it protects nothing.
 *
 *	age-plugin-NAME			print a new identity file
 *
 * HUB_TEST_PLUGIN makes it misbehave or talkative: see the table at the end of converse().
 */
#define KEY_LEN	AGE_FILE_KEY_LEN

static const char *manner = "";
static char name[100];

struct side {
	struct buf	heard;
	size_t		at;
	struct arena	arena;
	uint8_t		key[64][KEY_LEN];	/* of the recipients or identities that were added */
	size_t		keys;
};

static void
die(const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", name, why);
	exit(1);
}

static void
put(const void *bytes, size_t len)
{
	if (write(STDOUT_FILENO, bytes, len) != (ssize_t)len)
		exit(1);
}

static void
say(const char *words, struct slice body)
{
	CLEANUP(buf_release) struct buf	text = BUF(MIB);
	struct error			err = ERROR_INIT;

	if (age_stanza_print(slice_str(words), body, &text, &err) != 0)
		die(err.text);
	put(text.data, text.len);
}

static struct age_stanza
hear(struct side *side)
{
	struct error	err = ERROR_INIT;
	size_t		used;
	uint8_t		*room;

	for (;;) {
		struct age_stanza	stanza;
		ssize_t			n;

		if (age_stanza_parse(slice_from(buf_slice(&side->heard), side->at), &side->arena, &stanza, &used, &err) != 0)
			die(err.text);
		side->at += used;
		if (used > 0)
			return stanza;
		if (buf_reserve(&side->heard, 4096, &room, &err) != 0)
			die(err.text);
		if ((n = read(STDIN_FILENO, room, 4096)) <= 0)
			die("nobody is there");
		side->heard.len += (size_t)n;
	}
}

static void
add_key(struct side *side, struct slice text)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(KIB);
	struct error			err = ERROR_INIT;
	struct slice			prefix;

	if (side->keys == 64 || bech32_decode(text, &prefix, &bytes, &err) != 0 || bytes.len != KEY_LEN)
		die("not a key of mine");
	(void)memcpy(side->key[side->keys++], bytes.data, KEY_LEN);
}

static void
mix(const uint8_t *key, struct slice in, uint8_t out[static KEY_LEN])
{
	for (size_t i = 0; i < KEY_LEN; i++)
		out[i] = in.data[i] ^ key[i];
}

/* Ask what we were told to ask, and say on standard error what the answer was. */
static void
chat(struct side *side)
{
	struct age_stanza answer;

	if (strcmp(manner, "secret") == 0)
		say("request-secret", SLICE("PIN, please:"));
	else if (strcmp(manner, "public") == 0)
		say("request-public", SLICE("your name?"));
	else if (strcmp(manner, "confirm") == 0)
		say("confirm eWVz bm8", SLICE("use the key?"));
	else if (strcmp(manner, "message") == 0)
		say("msg", SLICE("touch the \x1b[2J token"));
	else if (strcmp(manner, "unknown") == 0)
		say("grease-me some words", SLICE("and more than is usual of them, so that there are two lines of base64"));
	else
		return;
	answer = hear(side);
	if (getenv("HUB_TEST_ANSWER") != NULL) {
		FILE *file = fopen(getenv("HUB_TEST_ANSWER"), "we");

		if (file == NULL || fprintf(file, "%.*s|%.*s\n", SLICE_ARG(answer.words), SLICE_ARG(answer.body)) < 0 || fclose(file) != 0)
			die("cannot note the answer");
	}
}

/* What a broken or hostile plugin might do when it is its turn. */
static void
misbehave(void)
{
	if (strcmp(manner, "die") == 0)
		die("broken");
	if (strcmp(manner, "garbage") == 0)
		put("this is no stanza\n", 18);
	else if (strcmp(manner, "silence") == 0)
		for (;;)
			pause();
	else if (strcmp(manner, "flood") == 0)
		for (;;)
			put("-> grease\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n", 76);
	else if (strcmp(manner, "endless") == 0)
		for (;;)
			put("-> recipient-stanza-without-an-end-", 35);
}

static void
wrap(struct side *side, struct slice file_key)
{
	char	words[100];
	uint8_t	body[KEY_LEN];

	if (strcmp(manner, "labels") == 0 || strcmp(manner, "other-labels") == 0) {
		say(*manner == 'l' ? "labels one two" : "labels three", SLICE_NONE);
		(void)hear(side);
	}
	for (size_t i = 0; i < side->keys; i++) {
		(void)snprintf(words, sizeof(words), "recipient-stanza %d %s for-you", strcmp(manner, "index") == 0 ? 1 : 0, name + strlen("age-plugin-"));
		mix(side->key[i], file_key, body);
		if (strcmp(manner, "nothing") == 0)
			continue;
		say(words, slice_of(body, sizeof(body)));
		(void)hear(side);
	}
}

static void
converse(struct side *side, bool recipient)
{
	uint8_t	file_key[KEY_LEN] = { 0 }, kept[KEY_LEN] = { 0 };
	bool	have = false;

	for (;;) {
		struct age_stanza command = hear(side);

		if (slice_eq(command.argument[0], SLICE("done")))
			break;
		if (slice_eq(command.argument[0], SLICE("add-recipient")) || slice_eq(command.argument[0], SLICE("add-identity")))
			add_key(side, command.argument[1]);
		else if (slice_eq(command.argument[0], SLICE("wrap-file-key")) && command.body.len == KEY_LEN)
			(void)memcpy(kept, command.body.data, KEY_LEN);
		else if (slice_eq(command.argument[0], SLICE("recipient-stanza")) && side->keys > 0 && command.body.len == KEY_LEN &&
		    slice_eq(command.argument[2], slice_str(name + strlen("age-plugin-")))) {
			mix(side->key[0], command.body, file_key);
			have = true;
		}
	}
	misbehave();
	chat(side);
	if (strcmp(manner, "error") == 0) {
		say("error internal", SLICE("the token is \x1b[31mgone"));
		(void)hear(side);
	} else if (recipient)
		wrap(side, slice_of(kept, sizeof(kept)));
	else if (have) {
		say("file-key 0", slice_of(file_key, strcmp(manner, "short") == 0 ? 15 : sizeof(file_key)));
		(void)hear(side);
	}
	say("done", SLICE_NONE);
}

/* The letters of ${from}, all in one case. */
static struct slice
in_case(const char *before, const char *from, const char *behind, bool upper, struct buf *out)
{
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (buf_printf(out, &err, "%s%s%s", before, from, behind) != 0)
		die(err.text);
	for (size_t i = 0; i < out->len; i++)
		if (upper && out->data[i] >= 'a' && out->data[i] <= 'z')
			out->data[i] = (uint8_t)(out->data[i] - 0x20);
	return buf_slice(out);
}

static void
generate(const char *kind)
{
	CLEANUP(buf_release) struct buf	prefix = BUF(KIB), text = BUF(KIB);
	struct error			err = ERROR_INIT;
	uint8_t				key[KEY_LEN];

	random_bytes(key, sizeof(key));
	if (buf_str(&text, "# public key: ", &err) != 0 ||
	    bech32_encode(in_case("age1", kind, "", false, &prefix), slice_of(key, sizeof(key)), &text, &err) != 0 || buf_byte(&text, '\n', &err) != 0 ||
	    bech32_encode(in_case("age-plugin-", kind, "-", true, &prefix), slice_of(key, sizeof(key)), &text, &err) != 0 ||
	    buf_byte(&text, '\n', &err) != 0)
		die(err.text);
	put(text.data, text.len);
}

int
main(int argc, char **argv)
{
	struct side	 side = { .heard = BUF(4 * MIB), .arena = ARENA(4 * MIB) };
	const char	*slash = strrchr(argv[0], '/');

	(void)snprintf(name, sizeof(name), "%s", slash != NULL ? slash + 1 : argv[0]);
	if (strncmp(name, "age-plugin-", 11) != 0)
		die("call me by the name of a plugin");
	if (getenv("HUB_TEST_PLUGIN") != NULL)
		manner = getenv("HUB_TEST_PLUGIN");
	(void)fprintf(stderr, "%s: noise that nobody should see\n", name);
	if (argc == 1)
		generate(name + strlen("age-plugin-"));
	else if (strcmp(argv[1], "--age-plugin=recipient-v1") == 0 || strcmp(argv[1], "--age-plugin=identity-v1") == 0)
		converse(&side, strcmp(argv[1], "--age-plugin=recipient-v1") == 0);
	else
		die("what?");
	return 0;
}
