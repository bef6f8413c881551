#include "gitfilter/driver.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "gitfilter/gitcmd.h"

#define BASE	"git-crypt"

void
driver_name(const char *key_name, char out[static DRIVER_NAME_MAX])
{
	(void)snprintf(out, DRIVER_NAME_MAX, BASE "%s%s", key_name[0] != '\0' ? "-" : "", key_name);
}

bool
driver_key_name(struct slice driver, char out[static KEYFILE_NAME_MAX + 1])
{
	struct error ignored = ERROR_INIT;

	out[0] = '\0';
	if (slice_eq(driver, SLICE(BASE)))
		return true;
	if (!slice_starts(driver, SLICE(BASE "-")))
		return false;
	driver = slice_from(driver, strlen(BASE "-"));
	if (keyfile_check_name(driver, &ignored) != 0)
		return false;
	(void)memcpy(out, driver.data, driver.len);
	out[driver.len] = '\0';
	return true;
}

/* --- command lines -------------------------------------------------------------------------------- */

/* In double quotes, as git-crypt writes it: git hands the line to a shell. */
static int
append_quoted(struct buf *out, const char *word, struct error *err)
{
	int rc = buf_byte(out, '"', err);

	for (; rc == 0 && *word != '\0'; word++) {
		if (strchr("\"\\$`", *word) != NULL)
			rc = buf_byte(out, '\\', err);
		if (rc == 0)
			rc = buf_byte(out, (uint8_t)*word, err);
	}
	return rc != 0 ? rc : buf_byte(out, '"', err);
}

/* Would git run this without a shell, and a shell read it as one word? */
static bool
is_plain_word(const char *word)
{
	for (; *word != '\0'; word++)
		if (!(*word >= 'a' && *word <= 'z') && !(*word >= 'A' && *word <= 'Z') && !(*word >= '0' && *word <= '9') &&
		    strchr("/._-+,:@%", *word) == NULL)
			return false;
	return true;
}

/* "EXE" VERB [--key-name=NAME]REST, NUL behind it. */
static int
command_line(struct buf *out, const char *command, const char *verb, const char *key_name, const char *rest, struct error *err)
{
	int rc;

	buf_reset(out);
	if ((rc = append_quoted(out, command, err)) != 0 || (rc = buf_printf(out, err, " %s", verb)) != 0)
		return rc;
	if (key_name[0] != '\0' && (rc = buf_printf(out, err, " --key-name=%s", key_name)) != 0)
		return rc;
	if ((rc = buf_str(out, rest, err)) != 0)
		return rc;
	return buf_terminate(out, err);
}

/* --- configuration -------------------------------------------------------------------------------- */

static int
set(const char *section, const char *driver, const char *variable, const char *value, struct error *err)
{
	CLEANUP(buf_release) struct buf	ignored = BUF(4 * KIB);
	char				name[DRIVER_NAME_MAX + 64];

	(void)snprintf(name, sizeof(name), "%s.%s.%s", section, driver, variable);
	return gitcmd_run((const char *const[]){ "config", "--local", "--replace-all", name, value, NULL }, SLICE_NONE, &ignored, err);
}

/* Is one of these variables of a section set?  ${variables}: "one|two".  The names of drivers need no escape but for the dots. */
static int
any_set(const char *section, const char *driver, const char *variables, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	values = BUF(256 * KIB);
	char				pattern[DRIVER_NAME_MAX + 128];
	int				status, rc;

	(void)snprintf(pattern, sizeof(pattern), "^%s[.]%s[.](%s)$", section, driver, variables);
	rc = gitcmd_status((const char *const[]){ "config", "--local", "--name-only", "--get-regexp", pattern, NULL }, SLICE_NONE, &values,
	    &status, err);
	if (rc != 0)
		return rc;
	*out = status == 0;
	return status == 0 || status == 1 ? 0 : err_set(err, ERR_CHILD, "'git config' failed with status %d", status);
}

static int
remove_section(const char *section, const char *driver, const char *variables, struct error *err)
{
	CLEANUP(buf_release) struct buf	ignored = BUF(4 * KIB);
	char				name[DRIVER_NAME_MAX + 64];
	bool				there;
	int				rc;

	if ((rc = any_set(section, driver, variables, &there, err)) != 0 || !there)
		return rc;
	(void)snprintf(name, sizeof(name), "%s.%s", section, driver);
	return gitcmd_run((const char *const[]){ "config", "--local", "--remove-section", name, NULL }, SLICE_NONE, &ignored, err);
}

/* A name with a slash is made absolute, since git runs the filter at the top of the tree; a bare one is looked up in PATH. */
static const char *
absolute(const char *command, char out[static PATH_MAX])
{
	if (command[0] == '/' || strchr(command, '/') == NULL || realpath(command, out) == NULL)
		return command;
	return out;
}

static int
install_filter(const char *command, const char *driver, const char *key_name, struct error *err)
{
	static const char *const	verbs[] = { "smudge", "clean", "process" };
	CLEANUP(buf_release) struct buf	line = BUF(2 * PATH_MAX);
	int				rc;

	/* Required first: a run that ends here leaves a filter that fails and not one that lets plaintext through. */
	if ((rc = set("filter", driver, "required", "true", err)) != 0)
		return rc;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if ((rc = command_line(&line, command, verbs[i], key_name, "", err)) != 0 ||
		    (rc = set("filter", driver, verbs[i], (const char *)line.data, err)) != 0)
			return rc;
	return 0;
}

int
driver_install(const struct driver_program *program, const char *key_name, bool filter_only, struct error *err)
{
	CLEANUP(buf_release) struct buf	line = BUF(2 * PATH_MAX);
	char				driver[DRIVER_NAME_MAX], path[PATH_MAX];
	const char			*command = absolute(program->command, path);
	int				rc;

	driver_name(key_name, driver);
	if ((rc = install_filter(command, driver, key_name, err)) != 0 || filter_only)
		return rc;
	if (program->textconv != NULL && is_plain_word(program->textconv)) {
		rc = set("diff", driver, "textconv", program->textconv, err);
	} else if ((rc = command_line(&line, command, "diff", key_name, "", err)) == 0) {
		rc = set("diff", driver, "textconv", (const char *)line.data, err);
	}
	if (rc != 0 || (rc = command_line(&line, command, "merge", key_name, " %O %A %B %L %P", err)) != 0)
		return rc;
	if ((rc = set("merge", driver, "driver", (const char *)line.data, err)) != 0)
		return rc;
	return set("merge", driver, "name", "three-way merge of encrypted files", err);
}

int
driver_remove_diff(const char *key_name, struct error *err)
{
	char driver[DRIVER_NAME_MAX];

	driver_name(key_name, driver);
	return remove_section("diff", driver, "textconv", err);
}

int
driver_remove(const char *key_name, struct error *err)
{
	char	driver[DRIVER_NAME_MAX];
	int	rc;

	driver_name(key_name, driver);
	rc = remove_section("filter", driver, "smudge|clean|process|required", err);
	return rc != 0 ? rc : driver_remove_diff(key_name, err);
}

int
driver_is_installed(const char *key_name, bool *installed, struct error *err)
{
	char driver[DRIVER_NAME_MAX];

	driver_name(key_name, driver);
	return any_set("filter", driver, "clean|process", installed, err);
}
