#include "yamlmerge/yaml_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/harden.h"
#include "tests/unit/yamlmerge/yaml_test.h"

/*
 * What libyaml frees is wiped: a word that was in a document is nowhere in our memory once the document is freed.  The word is
 * never whole in this program but where it is put on purpose: it is kept and compared through a mask.
 */
#define WORD_LEN	24

static const uint8_t masked[WORD_LEN] = "\x27\x3a\x21\x11\x0c\x1d\x3e\x08\x2f\x31\x3b\x05\x3b\x29\x2a\x32\x0e\x23\x1a\x19\x2c\x11\x06\x3d";
static volatile uint8_t mask = 0x4b;

static void
word_put(uint8_t *to)
{
	for (size_t i = 0; i < WORD_LEN; i++)
		to[i] = masked[i] ^ mask;
}

static bool
word_at(const uint8_t *p)
{
	for (size_t i = 0; i < WORD_LEN; i++)
		if ((p[i] ^ mask) != masked[i])
			return false;
	return true;
}

/* How often the word is in writable memory; a part of it counts as well from 16 bytes on. */
static unsigned
words_in_memory(void)
{
	static uint8_t	block[1 << 16];
	FILE		*maps = fopen("/proc/self/maps", "r");
	int		 memory = open("/proc/self/mem", O_RDONLY);
	char		 line[512], access[5];
	unsigned long	 from, to;
	unsigned	 found = 0;
	ssize_t		 n;

	if (maps == NULL || memory < 0)
		return UINT32_MAX;
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, access) != 3 || access[0] != 'r' || access[1] != 'w' || to - from > (64u << 20))
			continue;
		for (; from < to; from += sizeof(block) - WORD_LEN) {
			uintptr_t own = (uintptr_t)block;

			if (from < own + sizeof(block) && from + sizeof(block) > own)
				continue;		/* the copy that we are looking at */
			if ((n = pread(memory, block, to - from < sizeof(block) ? to - from : sizeof(block), (off_t)from)) < WORD_LEN)
				break;
			for (ssize_t i = 0; i + WORD_LEN <= n; i++)
				found += word_at(block + i);
			explicit_bzero(block, sizeof(block));
		}
	}
	(void)close(memory);
	(void)fclose(maps);
	return found;
}

/* A document with the word in every style, also where it has to be decoded. */
static void
parse_word(void)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(4096);
	CLEANUP(document_freep) struct document *doc = NULL;
	static const char *const around[] = {
		"a: %s\n", "b: '%s'\n", "c: \"\\x41%s\"\n", "d: |\n  %s\n", "e: &%s 1\n", "f: !%s x\n", "%s: 1\n", "# %s\n", "g: [%s, {%s: x}]\n", "h: %s\n  x\n",
	};
	struct error	err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		for (const char *p = around[i]; *p != '\0'; p++) {
			uint8_t	*room;

			if (buf_reserve(&text, WORD_LEN, &room, &err) != 0)
				bail_out("no memory");
			if (p[0] == '%') {
				word_put(room);
				text.len += WORD_LEN;
				p++;
			} else if (buf_byte(&text, (uint8_t)*p, &err) != 0)
				bail_out("no memory");
		}
	if (document_parse(buf_slice(&text), &syntax_yaml, &doc, &err) != 0)
		printf("# %s\n", err.text);
	ok(doc != NULL && words_in_memory() > 5, "while the document lives, the word is found");
}

int
main(void)
{
	uint8_t *control;

	if (HARDEN_SANITIZED)
		skip_all("a sanitizer keeps freed memory");
	if (words_in_memory() == UINT32_MAX)
		skip_all("this system does not show a process its memory");
	for (size_t i = 0; i < WORD_LEN; i++)
		if ((masked[i] ^ mask) == '\0' || (masked[i] ^ mask) <= ' ')
			bail_out("the word is no word");
	is_int(words_in_memory(), 0, "the word is not there before");
	parse_word();
	is_int(words_in_memory(), 0, "when the document is freed, the word is nowhere");
	if ((control = malloc(4000)) == NULL)
		bail_out("no memory");
	word_put(control + 2000);
	free(control);
	ok(words_in_memory() > 0, "memory that is freed without wiping would be found");
	return done_testing();
}
