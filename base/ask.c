#include "base/ask.h"

static const struct asker *known;

void
ask_through(const struct asker *asker)
{
	known = asker;
}

static int
nobody(struct error *err)
{
	return err_set(err, ERR_UNSUPPORTED, "there is nobody to ask");
}

int
ask_secret(const char *prompt, struct secret **out, struct error *err)
{
	return known != NULL ? known->secret(prompt, out, err) : nobody(err);
}

int
ask_line(const char *prompt, struct buf *out, struct error *err)
{
	return known != NULL ? known->line(prompt, out, err) : nobody(err);
}

int
ask_tell(const char *text, struct error *err)
{
	return known != NULL ? known->tell(text, err) : nobody(err);
}
