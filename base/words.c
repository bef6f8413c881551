#include "base/words.h"

#include "base/buf.h"

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One word from ${at} on, which is no blank, without its quoting. */
static int
read_word(struct slice text, size_t *at, struct buf *word, struct error *err)
{
	uint8_t	quote = 0;
	int	rc = 0;

	for (; *at < text.len && rc == 0 && (quote != 0 || !is_blank(text.data[*at])); (*at)++) {
		uint8_t c = text.data[*at], next = *at + 1 < text.len ? text.data[*at + 1] : 0;

		if (c == '\\' && quote != '\'' && next != 0 && (quote == 0 || strchr("\\\"$`\n", next) != NULL)) {
			(*at)++;
			if (next != '\n')
				rc = buf_byte(word, next, err);
		} else if (c == quote)
			quote = 0;
		else if (quote == 0 && (c == '\'' || c == '"'))
			quote = c;
		else
			rc = buf_byte(word, c, err);
	}
	if (rc == 0 && quote != 0)
		return err_set(err, ERR_SYNTAX, "a %c is left open", quote);
	return rc;
}

int
words_split(struct slice text, struct arena *arena, const char ***argv, struct error *err)
{
	CLEANUP(buf_release) struct buf word = BUF(text.len + 1);
	const char	**list;
	struct slice	  copy = SLICE_NONE;
	size_t		  count = 0, at = 0;
	void		 *room;
	int		  rc;

	if (text.len > 0 && memchr(text.data, 0, text.len) != NULL)
		return err_set(err, ERR_SYNTAX, "it holds a NUL byte");
	if ((rc = arena_alloc(arena, (text.len / 2 + 2) * sizeof(*list), &room, err)) != 0)
		return rc;
	list = room;
	while (at < text.len) {
		if (is_blank(text.data[at])) {
			at++;
			continue;
		}
		buf_reset(&word);
		if ((rc = read_word(text, &at, &word, err)) != 0 || (rc = arena_copy(arena, buf_slice(&word), &copy, err)) != 0)
			return rc;
		list[count++] = (const char *)copy.data;	/* the arena puts a NUL behind it */
	}
	if (count == 0)
		return err_set(err, ERR_SYNTAX, "it names no command");
	*argv = list;
	return 0;
}
