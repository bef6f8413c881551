/* What --help and completions say: the tables of cli.h, printed. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cli.h"

#define TEXT_MAX	((size_t)256 * 1024)
#define COLUMN		26	/* where explanations begin */

/* --- help ---------------------------------------------------------------------------------------------------------- */

static int
put_row(struct buf *out, const char *left, const char *help, struct error *err)
{
	/* A long left side has a line of its own. */
	bool	fits = strlen(left) + 4 <= COLUMN;
	int	rc = buf_printf(out, err, "  %-*s%s", fits ? COLUMN - 2 : 0, left, fits ? "" : "\n");

	if (rc == 0 && !fits)
		rc = buf_repeat(out, ' ', COLUMN, err);
	return rc != 0 ? rc : buf_printf(out, err, "%s", help);
}

static int
put_option(struct buf *out, const struct cli_option *option, struct error *err)
{
	char	left[100], letter[8] = "    ";
	int	rc;

	if (option->letter != 0)
		(void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name, option->argument != NULL ? " " : "",
	    option->argument != NULL ? option->argument : "");
	rc = put_row(out, left, option->help, err);
	if (rc == 0 && option->standard != NULL)
		rc = buf_printf(out, err, " (default: %s)", option->standard);
	if (rc == 0 && option->environment != NULL)
		rc = buf_printf(out, err, " [%s]", option->environment);
	return rc != 0 ? rc : buf_byte(out, '\n', err);
}

static int
put_tables(struct buf *out, const char *title, const struct cli_option *const *tables, struct error *err)
{
	bool	titled = false;
	int	rc = 0;

	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL && rc == 0; option++) {
			if (option->help == NULL)
				continue;
			if (!titled)
				rc = buf_printf(out, err, "\n%s:\n", title);
			titled = true;
			if (rc == 0)
				rc = put_option(out, option, err);
		}
	return rc;
}

static int
put_builtins(struct buf *out, const struct cli_program *program, bool titled, struct error *err)
{
	struct cli_option	help = { .name = "help", .letter = 'h', .help = "show this" }, version = { .name = "version",
				    .letter = program->version_letter != 0 ? program->version_letter : 'V',
				    .help = "show the version" };
	int			rc = titled ? 0 : buf_printf(out, err, "\nOptions:\n");

	if (rc == 0)
		rc = put_option(out, &help, err);
	return rc != 0 ? rc : put_option(out, &version, err);
}

static bool
has_visible(const struct cli_option *const *tables)
{
	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL; option++)
			if (option->help != NULL)
				return true;
	return false;
}

/* " FILE PATH", or nothing. */
static void
operands_of(const struct cli_verb *verb, char *text, size_t room)
{
	bool any = verb->operands != NULL && *verb->operands != '\0';

	(void)snprintf(text, room, "%s%s", any ? " " : "", any ? verb->operands : "");
}

static int
help_verb(struct buf *out, const struct cli_program *program, const struct cli_verb *verb, struct error *err)
{
	char	operands[100];
	int	rc;

	operands_of(verb, operands, sizeof(operands));
	rc = buf_printf(out, err, "Usage: %s%s%s [options]%s\n%s\n", program->name, *verb->name != '\0' ? " " : "",
	    verb->name, operands, verb->help != NULL ? verb->help : program->help);
	if (rc == 0 && verb->details != NULL)
		rc = buf_printf(out, err, "\n%s\n", verb->details);
	if (rc == 0)
		rc = put_tables(out, "Options", verb->options, err);
	if (rc == 0)
		rc = put_tables(out, "Options of every command", program->options, err);
	return rc != 0 ? rc : put_builtins(out, program, has_visible(program->options) || has_visible(verb->options), err);
}

static int
help_program(struct buf *out, const struct cli_program *program, const struct cli_verb *by_default, struct error *err)
{
	char	operands[100];
	bool	verbs = false, nameless = by_default != NULL && *by_default->name == '\0';
	int	rc = 0;

	for (const struct cli_verb *verb = program->verbs; verb->name != NULL; verb++)
		verbs = verbs || (verb->help != NULL && *verb->name != '\0');
	if (by_default != NULL) {
		operands_of(by_default, operands, sizeof(operands));
		rc = buf_printf(out, err, "Usage: %s [options]%s\n", program->name, operands);
	}
	if (rc == 0 && verbs)
		rc = buf_printf(out, err, "%s %s [options] COMMAND ...\n", by_default != NULL ? "      " : "Usage:", program->name);
	if (rc == 0)
		rc = buf_printf(out, err, "%s\n%s", program->help, verbs ? "\nCommands:\n" : "");
	for (const struct cli_verb *verb = program->verbs; verb->name != NULL && rc == 0; verb++) {
		char left[200];

		if (verb->help == NULL || *verb->name == '\0')
			continue;
		operands_of(verb, operands, sizeof(operands));
		(void)snprintf(left, sizeof(left), "%s%s", verb->name, operands);
		if ((rc = put_row(out, left, verb->help, err)) == 0)
			rc = buf_byte(out, '\n', err);
	}
	/* A verb without a name has no help of its own. */
	if (rc == 0 && nameless)
		rc = put_tables(out, verbs ? "Options without a command" : "Options", by_default->options, err);
	if (rc == 0)
		rc = put_tables(out, verbs ? "Options of every command" : "More options", program->options, err);
	if (rc == 0)
		rc = put_builtins(out, program, has_visible(program->options) ||
		    (nameless && has_visible(by_default->options)), err);
	if (rc == 0 && verbs)
		rc = buf_printf(out, err, "\n'%s COMMAND --help' tells more about a command.\n", program->name);
	return rc != 0 || program->details == NULL ? rc : buf_printf(out, err, "\n%s\n", program->details);
}

static const struct cli_verb *
default_verb(const struct cli_program *program)
{
	for (const struct cli_verb *verb = program->verbs; program->default_verb != NULL && verb->name != NULL; verb++)
		if (strcmp(verb->name, program->default_verb) == 0)
			return verb;
	return NULL;
}

int
cli_help(const struct cli_program *program, const struct cli_verb *verb_opt, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(TEXT_MAX);
	int				rc;

	rc = verb_opt != NULL ? help_verb(&text, program, verb_opt, err) :
	    help_program(&text, program, default_verb(program), err);
	return rc != 0 ? rc : cli_output(buf_slice(&text), err);
}

/* --- completions --------------------------------------------------------------------------------------------------- */

/* Each name after ${before}; hidden verbs stay hidden. */
static int
put_verbs(struct buf *out, const struct cli_program *program, const char *between, struct error *err)
{
	int	rc = 0;
	bool	first = true;

	for (const struct cli_verb *verb = program->verbs; verb->name != NULL && rc == 0; verb++)
		if (verb->help != NULL && *verb->name != '\0') {
			rc = buf_printf(out, err, "%s%s", first ? "" : between, verb->name);
			first = false;
		}
	return rc;
}

static int
put_names(struct buf *out, const struct cli_option *const *tables, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL && rc == 0; option++)
			if (option->help != NULL)
				rc = buf_printf(out, err, "--%s ", option->name);
	return rc;
}

/* The names after "case $verb in", one arm a verb; ${by_default} serves where none is named. */
static int
put_arms(struct buf *out, const struct cli_program *program, const char *before, const char *after, struct error *err)
{
	const struct cli_verb	*by_default = default_verb(program);
	int			 rc = 0;

	for (const struct cli_verb *verb = program->verbs; verb->name != NULL && rc == 0; verb++) {
		if (verb->help == NULL || *verb->name == '\0')
			continue;
		if ((rc = buf_printf(out, err, "\t\t%s) %s", verb->name, before)) == 0 &&
		    (rc = put_names(out, verb->options, err)) == 0 && (rc = put_names(out, program->options, err)) == 0)
			rc = buf_printf(out, err, "--help%s ;;\n", after);
	}
	if (rc == 0 && (rc = buf_printf(out, err, "\t\t*) %s", before)) == 0 &&
	    (by_default == NULL || (rc = put_names(out, by_default->options, err)) == 0) &&
	    (rc = put_names(out, program->options, err)) == 0)
		rc = buf_printf(out, err, "--help --version%s ;;\n", after);
	return rc;
}

/* The name that is completed as well: of the program that we stand in for, unless we were called by it. */
static const char *
other_name(const struct cli_program *program)
{
	return program->drop_in == NULL || strcmp(program->drop_in, program->name) == 0 ? "" : program->drop_in;
}

static int
complete_bash(struct buf *out, const struct cli_program *program, struct error *err)
{
	const char	*name = program->name;
	int		 rc;

	if ((rc = buf_printf(out, err, "_%s() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} verb= i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t", name)) != 0 ||
	    (rc = put_verbs(out, program, "|", err)) != 0 ||
	    (rc = buf_str(out, out->data[out->len - 1] == '\t' ? "-) ;;\n" : ") verb=${COMP_WORDS[i]}; break ;;\n", err)) != 0 ||
	    (rc = buf_str(out, "\t\tesac\n\tdone\n\tif [[ $word == -* ]]; then\n\t\tcase $verb in\n", err)) != 0 ||
	    (rc = put_arms(out, program, "COMPREPLY=($(compgen -W \"", "\" -- \"$word\"))", err)) != 0 ||
	    (rc = buf_str(out, "\t\tesac\n\telif [[ -z $verb ]]; then\n\t\tCOMPREPLY=($(compgen -W \"", err)) != 0 ||
	    (rc = put_verbs(out, program, " ", err)) != 0)
		return rc;
	return buf_printf(out, err, "\" -- \"$word\"))\n\tfi\n}\ncomplete -o bashdefault -o default -F _%s %s%s%s\n", name, name,
	    other_name(program)[0] != '\0' ? " " : "", other_name(program));
}

static int
complete_zsh(struct buf *out, const struct cli_program *program, struct error *err)
{
	const char	*name = program->name;
	int		 rc;

	if ((rc = buf_printf(out, err, "#compdef %s%s%s\n_%s() {\n\tlocal verb= word\n\tfor word in ${words[2,CURRENT-1]}; do\n"
	    "\t\tcase $word in\n\t\t", name, other_name(program)[0] != '\0' ? " " : "",
	    other_name(program), name)) != 0 ||
	    (rc = put_verbs(out, program, "|", err)) != 0 ||
	    (rc = buf_str(out, out->data[out->len - 1] == '\t' ? "-) ;;\n" : ") verb=$word; break ;;\n", err)) != 0 ||
	    (rc = buf_str(out, "\t\tesac\n\tdone\n\tif [[ $PREFIX == -* ]]; then\n\t\tcase $verb in\n", err)) != 0 ||
	    (rc = put_arms(out, program, "compadd -- ", "", err)) != 0 ||
	    (rc = buf_str(out, "\t\tesac\n\telse\n\t\t[[ -n $verb ]] || compadd -- ", err)) != 0 ||
	    (rc = put_verbs(out, program, " ", err)) != 0)
		return rc;
	/* Loaded from a folder of functions it is the function; otherwise, as by "source", it has to be made known. */
	return buf_printf(out, err, "\n\t\t_files\n\tfi\n}\nif [[ $funcstack[1] == _%s ]]; then _%s \"$@\"; else compdef _%s %s %s; fi\n",
	    name, name, name, name, other_name(program));
}

/* Between single quotes. */
static int
put_quoted(struct buf *out, const char *text, struct error *err)
{
	int rc = 0;

	for (; *text != '\0' && rc == 0; text++)
		rc = *text == '\'' || *text == '\\' ? buf_printf(out, err, "\\%c", *text) : buf_byte(out, (uint8_t)*text, err);
	return rc;
}

static int
fish_options(struct buf *out, const char *name, const char *condition, const struct cli_option *const *tables,
    struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL && rc == 0; option++) {
			if (option->help == NULL)
				continue;
			rc = buf_printf(out, err, "complete -c %s%s -l %s", name, condition, option->name);
			if (rc == 0 && option->letter != 0)
				rc = buf_printf(out, err, " -s %c", option->letter);
			if (rc == 0)
				rc = buf_printf(out, err, "%s -d '", option->argument != NULL ? " -r" : "");
			if (rc == 0 && (rc = put_quoted(out, option->help, err)) == 0)
				rc = buf_str(out, "'\n", err);
		}
	return rc;
}

static int
complete_fish(struct buf *out, const struct cli_program *program, struct error *err)
{
	const struct cli_verb	*by_default = default_verb(program);
	char			 condition[100];
	int			 rc = fish_options(out, program->name, "", program->options, err);

	if (rc == 0 && other_name(program)[0] != '\0')
		rc = buf_printf(out, err, "complete -c %s -w %s\n", other_name(program), program->name);
	if (rc == 0 && by_default != NULL)
		rc = fish_options(out, program->name, " -n __fish_use_subcommand", by_default->options, err);
	for (const struct cli_verb *verb = program->verbs; verb->name != NULL && rc == 0; verb++) {
		if (verb->help == NULL || *verb->name == '\0')
			continue;
		if ((rc = buf_printf(out, err, "complete -c %s -n __fish_use_subcommand -a %s -d '", program->name,
		    verb->name)) != 0 || (rc = put_quoted(out, verb->help, err)) != 0 || (rc = buf_str(out, "'\n", err)) != 0)
			return rc;
		(void)snprintf(condition, sizeof(condition), " -n '__fish_seen_subcommand_from %s'", verb->name);
		rc = fish_options(out, program->name, condition, verb->options, err);
	}
	return rc;
}

static int
put_lines(struct buf *out, const struct cli_option *const *tables, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL && rc == 0; option++)
			if (option->help != NULL && (rc = buf_printf(out, err, "--%s\n", option->name)) == 0 && option->letter != 0)
				rc = buf_printf(out, err, "-%c\n", option->letter);
	return rc;
}

int
cli_complete(const struct cli_program *program, const struct cli_verb *verb_opt, const char *last, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(TEXT_MAX);
	const struct cli_verb *verb = verb_opt != NULL ? verb_opt : default_verb(program);
	int rc = 0;

	if (*last == '-') {
		if (verb != NULL)
			rc = put_lines(&text, verb->options, err);
		if (rc == 0)
			rc = put_lines(&text, program->options, err);
		if (rc == 0)
			rc = buf_str(&text, "--help\n-h\n", err);
	} else if (verb_opt == NULL && (rc = put_verbs(&text, program, "\n", err)) == 0)
		rc = buf_str(&text, "\ncompletion\nhelp\n", err);
	return rc != 0 ? rc : cli_output(buf_slice(&text), err);
}

int
cli_completion(const struct cli_program *program, const char *shell, struct error *err)
{
	static const struct {
		const char	*shell;
		int		(*write)(struct buf *out, const struct cli_program *program, struct error *err);
	} shells[] = { { "bash", complete_bash }, { "zsh", complete_zsh }, { "fish", complete_fish } };
	CLEANUP(buf_release) struct buf text = BUF(TEXT_MAX);

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
		if (strcmp(shells[i].shell, shell) == 0) {
			int rc = shells[i].write(&text, program, err);

			return rc != 0 ? rc : cli_output(buf_slice(&text), err);
		}
	(void)err_set(err, ERR_USAGE, "completions exist for bash, zsh and fish");
	return err_hint(err, "for example: %s completion bash", program->name);
}
