#include "cmd/cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/harden.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/version.h"
#include "cmd/prompt.h"

/* --- parsing ------------------------------------------------------------------------------------------------------- */

struct parser {
	const struct cli_program	*program;
	const struct cli_verb		*verb;		/* NULL until it is known */
	const char			*verb_word;	/* the word of argv that named it */
	uint8_t				*options;
	const char			**operands;
	size_t				 count, before_dashes;
	const struct cli_option		**given;
	size_t				 given_count;
	const struct cli_manners	*manners;	/* of the drop-in, or NULL */
	bool				 drop_in, by_option, storing;	/* first find the verb, then store */
	bool				 unhelpful;	/* the failure is one that no help follows */
	const char			*builtin;	/* "help", "version", "completion" was asked for */
};

static const struct cli_option builtins[] = {
	{ .name = "help", .letter = 'h', .kind = CLI_FLAG, .help = "show this" },
	{ .name = "version", .kind = CLI_FLAG, .help = "show the version" },
	CLI_END
};

static const struct cli_verb *
find_verb(const struct cli_program *program, const char *name)
{
	for (const struct cli_verb *verb = program->verbs; verb != NULL && verb->name != NULL; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

/* By its whole name, or by its letter when ${len} is 1. */
static const struct cli_option *
find_in(const struct cli_option *const *tables, const char *name, size_t len)
{
	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL; option++)
			if ((strlen(option->name) == len && memcmp(option->name, name, len) == 0) ||
			    (len == 1 && option->letter == *name))
				return option;
	return NULL;
}

static const struct cli_option *
find_builtin(const struct cli_program *program, const char *name, size_t len)
{
	char version = program->version_letter != 0 ? program->version_letter : 'V';

	for (const struct cli_option *option = builtins; option->name != NULL; option++)
		if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
			return option;
	if (len == 1 && *name == 'h')
		return &builtins[0];
	return len == 1 && *name == version ? &builtins[1] : NULL;
}

/*
 * The verb's own come first: "updatekeys --rotate" is not the verb "--rotate".  As long as the verb is not known, those of all
 * verbs count: whether a value follows must be known then.
 */
static const struct cli_option *
find_option(const struct parser *parser, const char *name, size_t len)
{
	const struct cli_option *option = parser->verb != NULL ? find_in(parser->verb->options, name, len) : NULL;

	if (option == NULL)
		option = find_in(parser->program->options, name, len);
	if (option == NULL)
		option = find_builtin(parser->program, name, len);
	if (option == NULL && parser->verb != NULL && parser->verb_word == NULL)
		option = find_in(parser->program->unnamed, name, len);
	if (parser->verb != NULL || option != NULL)
		return option;
	for (const struct cli_verb *verb = parser->program->verbs; option == NULL && verb != NULL && verb->name != NULL; verb++)
		option = find_in(verb->options, name, len);
	return option;
}

static bool
takes_value(const struct cli_option *option)
{
	return option->kind != CLI_FLAG && (option->kind != CLI_VERB || option->argument != NULL);
}

static bool
parse_flag(const char *text, bool *out)
{
	static const char *const words[] = { "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], text) == 0) {
			*out = i < 6;
			return true;
		}
	return false;
}

/* The offset in the caller's struct is aligned for its type, because the caller took it with offsetof(). */
static void *
place(const struct parser *parser, const struct cli_option *option)
{
	return parser->options + option->offset;
}

static int
list_add(struct cli_list *list, const char *value, struct error *err)
{
	const char **items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (items == NULL)
		return err_memory(err);
	items[list->count++] = value;
	list->items = items;
	return 0;
}

/* ${origin}: how a message calls where the value comes from. */
static int
store(const struct parser *parser, const struct cli_option *option, const char *value, const char *origin,
    struct error *err)
{
	bool	flag = true;
	int64_t	number;

	switch (option->kind) {
	case CLI_FLAG:
		if (value != NULL && !parse_flag(value, &flag))
			return err_set(err, ERR_USAGE, "'%s' must be true or false, not '%s'", origin, value);
		(void)memcpy(place(parser, option), &flag, sizeof(flag));
		return 0;
	case CLI_NUMBER:
		if (!num_parse(slice_str(value), option->min, option->max, &number))
			return err_set(err, ERR_USAGE, "'%s' must be a number from %lld to %lld, not '%s'", origin,
			    (long long)option->min, (long long)option->max, value);
		(void)memcpy(place(parser, option), &number, sizeof(number));
		return 0;
	case CLI_LIST:
		return list_add(place(parser, option), value, err);
	case CLI_VERB:
	case CLI_TEXT:
		if (value != NULL)
			(void)memcpy(place(parser, option), &value, sizeof(value));
		return 0;
	}
	return 0;
}

static void
offer_names(struct nearest *nearest, const struct cli_option *const *tables)
{
	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL; option++)
			nearest_offer(nearest, slice_str(option->name));
}

static int
fail_unknown(const struct parser *parser, const char *word, const char *name, size_t len, struct error *err)
{
	const struct cli_program	*program = parser->program;
	const char			*verb = parser->verb->name, *space = *verb != '\0' ? " " : "";
	struct nearest			 nearest = NEAREST(slice_of(name, len));
	bool				 letter_as_name = len == 1 && word[1] == '-';

	if (parser->manners != NULL && word[1] != '-')
		return err_set(err, ERR_USAGE, "-%c: %s", *name, parser->manners->unknown_option);
	if (parser->manners != NULL)
		return err_set(err, ERR_USAGE, "%.*s: %s", (int)strcspn(word, "="), word, parser->manners->unknown_option);
	/* The words of the original, which scripts may look for. */
	if (parser->drop_in)
		return err_set(err, ERR_USAGE, "flag provided but not defined: -%.*s", (int)len, name);
	for (const struct cli_verb *other = program->verbs; other->name != NULL && !letter_as_name; other++)
		if (other != parser->verb && find_in(other->options, name, len) != NULL) {
			(void)err_set(err, ERR_USAGE, "option '%.*s' does not belong to '%s'", (int)strcspn(word, "="), word, verb);
			return err_hint(err, "it belongs to '%s %s'; '%s%s%s --help' lists what can be used here", program->name,
			    other->name, program->name, space, verb);
		}
	offer_names(&nearest, program->options);
	offer_names(&nearest, parser->verb->options);
	(void)err_set(err, ERR_USAGE, "unknown option '%.*s'", (int)strcspn(word, "="), word);
	if (nearest.name.len > 0)
		return err_hint(err, "did you mean '--%.*s'?", SLICE_ARG(nearest.name));
	return err_hint(err, "'%s%s%s --help' lists the options", program->name, space, verb);
}

/* An option of the command line, in either pass. */
static int
visit(struct parser *parser, const struct cli_option *option, const char *word, const char *value, struct error *err)
{
	const struct cli_verb	*verb;
	char			 origin[80];

	if (option == &builtins[0] || option == &builtins[1]) {
		if (parser->builtin == NULL)
			parser->builtin = option->name;
		return 0;
	}
	if (option->kind == CLI_VERB && !parser->storing) {
		verb = find_verb(parser->program, option->verb);
		if (parser->verb != NULL && parser->verb != verb)
			return err_set(err, ERR_USAGE, "'%s' and '--%s' exclude each other", parser->verb->name, option->name);
		parser->verb = verb;
		parser->by_option = parser->verb_word == NULL;
	}
	if (!parser->storing)
		return 0;
	parser->given[parser->given_count++] = option;
	(void)snprintf(origin, sizeof(origin), "%.*s", (int)strcspn(word, "="), word);
	return store(parser, option, value, origin, err);
}

static int
need_value(const struct parser *parser, const char *word, char *const *next, const char **value, int *used,
    struct error *err)
{
	if (*next == NULL && parser->manners != NULL)
		return err_set(err, ERR_USAGE, "%s: %s", word, parser->manners->needs_value);
	if (*next == NULL)
		return err_set(err, ERR_USAGE, "option '%s' needs a value", word);
	*value = *next;
	*used = 2;
	return 0;
}

/* An operand: in the first pass the first one may name the verb. */
static void
operand(struct parser *parser, const char *word, bool after_dashes)
{
	const struct cli_verb *verb;

	if (parser->storing) {
		if (word != parser->verb_word)
			parser->operands[parser->count++] = word;
		return;
	}
	if (parser->count++ > 0 || after_dashes || parser->verb != NULL)
		return;
	if ((verb = find_verb(parser->program, word)) != NULL && !(verb->own && parser->drop_in)) {
		parser->verb = verb;
		parser->verb_word = word;
	} else if (strcmp(word, "help") == 0 || strcmp(word, "completion") == 0) {
		parser->builtin = word;
		parser->verb_word = word;
	} else if (parser->drop_in && parser->program->one_dash && strcmp(word, "h") == 0) {
		parser->builtin = "help";
		parser->verb_word = word;
	}
}

/* sops takes what looks like an option behind the first file, and is none, for one more file, which it passes over. */
static bool
passes_over(const struct parser *parser)
{
	return parser->drop_in && parser->program->one_dash && parser->count > 0;
}

/* "--name", "--name=value", "--name value".  ${used}: how many words. */
static int
long_option(struct parser *parser, char *const *words, const char *name, int *used, struct error *err)
{
	size_t				 len = strcspn(name, "=");
	const char			*value = name[len] == '=' ? name + len + 1 : NULL;
	const struct cli_option		*option = find_option(parser, name, len);
	bool				 named;
	int				 rc;

	/* "--f" is no name: letters have one dash, but for the programs that make no difference. */
	if (option != NULL && len == 1 && words[0][1] == '-' && !parser->program->one_dash)
		option = NULL;
	if (option == NULL && passes_over(parser)) {
		operand(parser, words[0], true);
		return 0;
	}
	if (option == NULL)
		return parser->storing ? fail_unknown(parser, words[0], name, len, err) : 0;
	if (value == NULL && takes_value(option) && (rc = need_value(parser, words[0], words + 1, &value, used, err)) != 0)
		return parser->storing ? rc : (err_reset(err), 0);
	if (value != NULL && parser->manners != NULL && !takes_value(option))
		return err_set(err, ERR_USAGE, "--%s: %s", option->name, parser->manners->takes_no_value);
	if (value != NULL && option->kind == CLI_VERB && !takes_value(option)) {
		if (!parse_flag(value, &named))
			return err_set(err, ERR_USAGE, "'--%s' must be true or false, not '%s'", option->name, value);
		if (!named)
			return 0;
		value = NULL;
	}
	return visit(parser, option, words[0], value, err);
}

/* "-a", "-ab", "-nVALUE", "-n VALUE". */
static int
letters(struct parser *parser, char *const *words, int *used, struct error *err)
{
	for (const char *at = words[0] + 1; *at != '\0'; at++) {
		const struct cli_option	*option = find_option(parser, at, 1);
		const char		*value = NULL;
		int			 rc;

		if (option == NULL)
			return parser->storing ? fail_unknown(parser, words[0], at, 1, err) : 0;
		if (takes_value(option) || at[1] == '=')
			value = at[1] == '=' ? at + 2 : at + 1;
		if (takes_value(option) && *value == '\0' && at[1] != '=' &&
		    (rc = need_value(parser, words[0], words + 1, &value, used, err)) != 0)
			return parser->storing ? rc : (err_reset(err), 0);
		if ((rc = visit(parser, option, words[0], value, err)) != 0)
			return rc;
		if (value != NULL)
			break;
	}
	return 0;
}

static bool
is_option(const struct parser *parser, const char *word)
{
	if (word[0] != '-' || word[1] == '\0')
		return false;
	return !isdigit((unsigned char)word[1]) || find_option(parser, word + 1, 1) != NULL;
}

static int
pass(struct parser *parser, char *const *words, struct error *err)
{
	bool	ordered = parser->manners != NULL && parser->manners->options_first, dashes = false, behind_verb = !ordered;
	int	used, rc = 0;

	parser->count = 0;
	parser->before_dashes = SIZE_MAX;
	for (; *words != NULL && rc == 0; words += used) {
		const char *word = *words;

		used = 1;
		if (dashes || !is_option(parser, word)) {
			operand(parser, word, dashes);
			dashes = dashes || (ordered && word != parser->verb_word);
			behind_verb = true;
		} else if (strcmp(word, "--") == 0) {
			/* In front of the verb they end only the options there. */
			dashes = behind_verb;
			parser->before_dashes = parser->count;
		} else if (word[1] == '-' || parser->program->one_dash) {
			rc = long_option(parser, words, word + strspn(word, "-"), &used, err);
		} else {
			rc = letters(parser, words, &used, err);
		}
	}
	return rc;
}

/* --- from words to arguments --------------------------------------------------------------------------------------- */

/* The first operand, before the verb is known to be the default one; NULL when there is none. */
static const char *
first_operand(struct parser *parser, char *const *words, struct error *err)
{
	parser->storing = false;
	for (; *words != NULL; words++) {
		int used = 1;

		if (!is_option(parser, *words))
			return *words;
		if (strcmp(*words, "--") == 0)
			return NULL;
		if ((*words)[1] == '-' || parser->program->one_dash)
			(void)long_option(parser, words, *words + strspn(*words, "-"), &used, err);
		else
			(void)letters(parser, words, &used, err);
		words += used - 1;
	}
	return NULL;
}

/* Without a text: the help that follows says it all. */
static int
fail_with_help(struct error *err)
{
	return err_set(err, ERR_USAGE, "%s", "");
}

static int
fail_no_command(struct parser *parser, const char *word, enum err_kind kind, struct error *err)
{
	const char *name = parser->program->name;

	parser->unhelpful = true;
	return err_set(err, kind, "Error: '%s' is not a %s command. See '%s help'.", word, name, name);
}

/*
 * The default verb takes any word for its operand, also a mistyped verb.  A word that names no file,
 * looks like none and is close to a verb is refused, unless operands are names of other things.
 */
static int
choose_default(struct parser *parser, char *const *words, struct error *err)
{
	const struct cli_program	*program = parser->program;
	const char			*word = first_operand(parser, words, err);
	struct nearest			 nearest = NEAREST(slice_str(word));

	if (parser->manners != NULL && program->default_verb == NULL)
		return word == NULL ? fail_with_help(err) : fail_no_command(parser, word, ERR_USAGE, err);
	if (word == NULL && program->default_verb == NULL) {
		(void)err_set(err, ERR_USAGE, "no command given");
		return err_hint(err, "'%s --help' lists them", program->name);
	}
	for (const struct cli_verb *verb = program->verbs; word != NULL && verb->name != NULL; verb++)
		if (verb->help != NULL && !(verb->own && parser->drop_in))
			nearest_offer(&nearest, slice_str(verb->name));
	if (program->default_verb == NULL) {
		(void)err_set(err, ERR_USAGE, "unknown command '%s'", word);
		return nearest.name.len > 0 ? err_hint(err, "did you mean '%.*s'?", SLICE_ARG(nearest.name)) :
		    err_hint(err, "'%s --help' lists the commands", program->name);
	}
	if (!program->default_takes_names && nearest.name.len > 0 && strpbrk(word, "./") == NULL && access(word, F_OK) != 0) {
		(void)err_set(err, ERR_USAGE, "'%s' is neither a command nor a file; did you mean '%.*s'?", word, SLICE_ARG(nearest.name));
		return err_hint(err, "'%s -- %s' takes it as it is", program->name, word);
	}
	parser->verb = find_verb(program, program->default_verb);
	return 0;
}

static bool
is_given(const struct parser *parser, const struct cli_option *option)
{
	for (size_t i = 0; i < parser->given_count; i++)
		if (parser->given[i] == option ||
		    (parser->given[i]->offset == option->offset && parser->given[i]->kind == option->kind && option->kind != CLI_VERB))
			return true;
	return false;
}

/* What was not said, from the environment or by default. */
static int
fill_in(const struct parser *parser, const struct cli_option *const *tables, struct error *err)
{
	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL; option++) {
			const char	*value = option->environment != NULL ? getenv(option->environment) : NULL;
			const char	*origin = option->environment;
			int		 rc;

			if (is_given(parser, option))
				continue;
			if (value == NULL || *value == '\0') {
				value = option->standard;
				origin = option->name;
			}
			if (value != NULL && (rc = store(parser, option, value, origin, err)) != 0)
				return rc;
		}
	return 0;
}

static int
check_count(const struct parser *parser, struct error *err)
{
	const struct cli_verb	*verb = parser->verb;
	const char		*space = *verb->name != '\0' ? " " : "";

	if (parser->manners != NULL && (parser->count < verb->min || parser->count > verb->max)) {
		const char *line = parser->manners->wrong_count(verb);

		return line != NULL ? err_set(err, ERR_USAGE, "%s", line) : fail_with_help(err);
	}
	if (parser->count < verb->min)
		(void)err_set(err, ERR_USAGE, "'%s' needs %s", *verb->name != '\0' ? verb->name : parser->program->name,
		    verb->operands);
	else if (parser->count > verb->max)
		(void)err_set(err, ERR_USAGE, "more than '%s' takes: '%s'",
		    *verb->name != '\0' ? verb->name : parser->program->name, parser->operands[verb->max]);
	else
		return 0;
	return err_hint(err, "usage: %s%s%s [options]%s%s", parser->program->name, space, verb->name,
	    verb->operands != NULL && *verb->operands != '\0' ? " " : "", verb->operands != NULL ? verb->operands : "");
}

/* The only options in front of the verb. */
static int
check_before_verb(const struct cli_program *program, const char *word, struct error *err)
{
	if (word == NULL || word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0 || strcmp(word, "--help") == 0 ||
	    strcmp(word, "--version") == 0)
		return 0;
	return err_set(err, ERR_USAGE, "%s: %s: Unknown option", program->name, word);
}

static int
parse(struct parser *parser, char *const *words, struct error *err)
{
	int rc;

	if (parser->manners != NULL && parser->manners->options_first && (rc = check_before_verb(parser->program, words[0], err)) != 0)
		return rc;
	if ((rc = pass(parser, words, err)) != 0 || parser->builtin != NULL)
		return rc;
	if (parser->verb == NULL && (rc = choose_default(parser, words, err)) != 0)
		return rc;
	parser->storing = true;
	if ((rc = pass(parser, words, err)) != 0 || (rc = fill_in(parser, parser->program->options, err)) != 0 ||
	    (rc = fill_in(parser, parser->verb->options, err)) != 0)
		return rc;
	return check_count(parser, err);
}

bool
cli_given(const struct cli_args *args, const char *name)
{
	for (const struct cli_option *const *option = args->given; *option != NULL; option++)
		if (strcmp((*option)->name, name) == 0)
			return true;
	return false;
}

/* --- main ---------------------------------------------------------------------------------------------------------- */

/* "help [VERB]", "completion SHELL", --help and --version. */
static int
run_builtin(struct parser *parser, char *const *words, struct error *err)
{
	const struct cli_verb	*verb = parser->verb;
	const char		*asked = parser->builtin;
	int			 rc;

	/* Nothing else is printed then. */
	if (parser->manners != NULL && parser->manners->asides_on_stderr && parser->verb_word != asked)
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	if (strcmp(asked, "version") == 0) {
		if (parser->program->version != NULL)
			parser->program->version(parser->drop_in);
		else
			(void)printf("%s %s\n", parser->program->name, HUB_VERSION);
		return 0;
	}
	if (parser->verb_word == NULL || (strcmp(parser->verb_word, asked) != 0 && strcmp(parser->verb_word, "h") != 0))
		return cli_help(parser->program, verb, err);
	/* These two have no options: what follows are operands. */
	parser->storing = true;
	parser->verb = &(const struct cli_verb){ .name = asked };
	if ((rc = pass(parser, words, err)) != 0)
		return rc;
	if (strcmp(asked, "completion") == 0)
		return cli_completion(parser->program, parser->count == 1 ? parser->operands[0] : "", err);
	if (parser->count > 0 && (verb = find_verb(parser->program, parser->operands[0])) == NULL && parser->manners != NULL)
		return fail_no_command(parser, parser->operands[0], ERR_NOT_FOUND, err);
	if (parser->count > 0 && verb == NULL)
		return err_set(err, ERR_USAGE, "unknown command '%s'", parser->operands[0]);
	return cli_help(parser->program, verb, err);
}

static int
run_verb(const struct parser *parser, int *status, struct error *err)
{
	const struct cli_args args = {
		.options = parser->options, .operands = parser->operands, .count = parser->count, .verb = parser->verb,
		.before_dashes = parser->before_dashes < parser->count ? parser->before_dashes : parser->count,
		.by_option = parser->by_option, .by_default = parser->verb_word == NULL && !parser->by_option,
		.drop_in = parser->drop_in, .status = status, .given = parser->given,
	};

	return parser->verb->run(&args, err);
}

static int
exit_status(const struct cli_program *program, enum err_kind kind)
{
	for (const struct cli_status *row = program->statuses; row != NULL && row->kind != ERR_NONE; row++)
		if (row->kind == kind)
			return row->status;
	if (kind != ERR_USAGE)
		return 1;
	return program->usage_status != 0 ? program->usage_status : 2;
}

static void
free_lists(const struct parser *parser, const struct cli_option *const *tables)
{
	for (size_t i = 0; i < CLI_TABLES && tables[i] != NULL; i++)
		for (const struct cli_option *option = tables[i]; option->name != NULL; option++)
			if (option->kind == CLI_LIST) {
				struct cli_list *list = place(parser, option);

				free(list->items);
				*list = (struct cli_list){ 0 };
			}
}

static void
parser_release(struct parser *parser)
{
	if (parser->options != NULL) {
		free_lists(parser, parser->program->options);
		free_lists(parser, parser->program->unnamed);
		for (const struct cli_verb *verb = parser->program->verbs; verb != NULL && verb->name != NULL; verb++)
			free_lists(parser, verb->options);
	}
	free(parser->options);
	free(parser->operands);
	free(parser->given);
}

/* A file that we open must not become standard output because somebody started us without one. */
static void
open_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

/* The failure, and the help of its verb after it, on standard error; a command that does not exist has none. */
static void
explain_usage(const struct parser *parser, struct error *err)
{
	struct error unheard = ERROR_INIT;

	cli_error(err);
	if (!parser->unhelpful) {
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		if (cli_help(parser->program, parser->verb, &unheard) != 0)
			err_reset(&unheard);
	}
	err->text[0] = '\0';
}

/* The completions of sops ask the program itself: its words so far, and this one. */
#define COMPLETE	"--generate-bash-completion"

static int
complete(const struct parser *parser, int argc, char **argv, struct error *err)
{
	const struct cli_verb *verb = NULL;

	for (int i = 1; i < argc - 1 && verb == NULL; i++)
		verb = find_verb(parser->program, argv[i]);
	return cli_complete(parser->program, verb, argc > 2 ? argv[argc - 2] : "", err);
}

static int
run(const struct cli_program *program, bool drop_in, int argc, char **argv, int *status, struct error *err)
{
	CLEANUP(parser_release) struct parser	parser = {
		.program = program, .drop_in = drop_in, .manners = drop_in ? program->manners : NULL
	};
	size_t					words = argc > 0 ? (size_t)argc : 1;
	int					rc;

	parser.options = calloc(1, program->options_size + 1);
	parser.operands = calloc(words + 1, sizeof(*parser.operands));
	/* A word may hold many letters. */
	for (int i = 1; i < argc; i++)
		words += strlen(argv[i]);
	parser.given = calloc(words + 1, sizeof(*parser.given));
	if (parser.options == NULL || parser.operands == NULL || parser.given == NULL)
		return err_memory(err);
	if (drop_in && program->one_dash && argc > 1 && strcmp(argv[argc - 1], COMPLETE) == 0)
		return complete(&parser, argc, argv, err);
	if ((rc = parse(&parser, argv + (argc > 0), err)) != 0) {
		if (parser.manners != NULL && rc == ERR_USAGE)
			explain_usage(&parser, err);
		return rc;
	}
	rc = parser.builtin != NULL ? run_builtin(&parser, argv + (argc > 0), err) : run_verb(&parser, status, err);
	/* What stdio still holds may meet a full disk. */
	return rc != 0 ? rc : cli_flush(err);
}

int
cli_main(const struct cli_program *program, int argc, char **argv)
{
	struct cli_program	original;
	struct error		err = ERROR_INIT;
	const char		*called = argc > 0 ? argv[0] : program->name, *slash = strrchr(called, '/');
	int			 status = -1, kind;
	bool			 drop_in;

	harden_process();
	open_standard_streams();
	prompt_install();
	drop_in = program->drop_in != NULL && strcmp(slash != NULL ? slash + 1 : called, program->drop_in) == 0;
	cli_speak_as(drop_in ? program->drop_in : program->name, drop_in, program->manners);
	/* Its help speaks of the command as the user called it. */
	if (drop_in) {
		original = *program;
		original.name = program->drop_in;
		program = &original;
	}
	kind = run(program, drop_in, argc, argv, &status, &err);
	if (kind != 0)
		cli_error(&err);
	cli_end_unheard();
	if (status >= 0)
		return status;
	return kind == 0 ? 0 : exit_status(program, (enum err_kind)kind);
}
