#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
err_setv(struct error *err, enum err_kind kind, const char *format, va_list arguments)
{
	if (err->kind == ERR_NONE) {
		err->kind = kind;
		(void)vsnprintf(err->text, sizeof(err->text), format, arguments);
	}
	return err->kind;
}

int
err_set(struct error *err, enum err_kind kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)err_setv(err, kind, format, arguments);
	va_end(arguments);
	return err->kind;
}

int
err_errno(struct error *err, const char *format, ...)
{
	int	saved = errno;
	va_list	arguments;
	size_t	len;

	if (err->kind != ERR_NONE)
		return err->kind;
	va_start(arguments, format);
	(void)err_setv(err, saved == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, format, arguments);
	va_end(arguments);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(saved));
	return err->kind;
}

int
err_memory(struct error *err)
{
	return err_set(err, ERR_MEMORY, "out of memory");
}

int
err_wrap(struct error *err, const char *format, ...)
{
	char	inner[ERR_TEXT_MAX];
	va_list	arguments;
	size_t	len;

	(void)memcpy(inner, err->text, sizeof(inner));
	va_start(arguments, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", inner);
	return err->kind;
}

int
err_at(struct error *err, uint32_t line, uint32_t column)
{
	if (err->line == 0) {
		err->line = line;
		err->column = column;
	}
	return err->kind;
}

int
err_file(struct error *err, const char *path)
{
	if (err->path[0] == '\0')
		(void)snprintf(err->path, sizeof(err->path), "%s", path);
	return err->kind;
}

int
err_hint(struct error *err, const char *format, ...)
{
	va_list arguments;

	if (err->hint[0] == '\0') {
		va_start(arguments, format);
		(void)vsnprintf(err->hint, sizeof(err->hint), format, arguments);
		va_end(arguments);
	}
	return err->kind;
}

void
err_reset(struct error *err)
{
	*err = ERROR_INIT;
}
