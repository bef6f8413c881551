#ifndef CMD_CLI_H
#define CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * The command line of every program, as data.  One table of options drives parsing, defaults, --help
 * and completions; one table of verbs is the program's contents page; one function prints errors.
 *
 *	struct options { const char *output; bool in_place; struct cli_list age; int64_t indent; };
 *
 *	static const struct cli_option output_options[] = {
 *		{ "output", 'o', CLI_TEXT, offsetof(struct options, output), .argument = "FILE",
 *		    .help = "write there instead of standard output" },
 *		{ "in-place", 'i', CLI_FLAG, offsetof(struct options, in_place), .help = "replace the file" },
 *		CLI_END
 *	};
 *	static const struct cli_verb verbs[] = {
 *		{ "decrypt", verb_decrypt, "[FILE]", 0, 1, .options = { output_options }, .help = "print plaintext" },
 *		{ 0 }
 *	};
 *	static const struct cli_program program = {
 *		.name = "hubsecrets", .drop_in = "sops", .help = "encrypt the values of files",
 *		.options_size = sizeof(struct options), .verbs = verbs, .statuses = statuses,
 *	};
 *	int main(int argc, char **argv) { return cli_main(&program, argc, argv); }
 *
 * Options stand before and after operands, before and after the verb; "--name=value", "--name value",
 * "-n value", "-nvalue" and flags in one word ("-ab") unless the program is one_dash.  Flags take a value
 * only with '='.  "--" ends options, "-" is an operand, so is "-5" where no option is called so.  No
 * abbreviations.  --help and --version, "help [VERB]" and "completion bash|zsh|fish" are always there.
 */
enum cli_kind {
	CLI_FLAG,	/* bool */
	CLI_TEXT,	/* const char *, the last one given wins; NULL when absent */
	CLI_LIST,	/* struct cli_list, in the order given */
	CLI_NUMBER,	/* int64_t, between .min and .max */
	CLI_VERB,	/* selects the verb .verb, as its name in front would; with .argument it is a CLI_TEXT besides */
};

struct cli_list {
	const char	**items;
	size_t		  count;
};

struct cli_option {
	const char	*name;		/* without dashes */
	char		 letter;	/* the short form, or 0 */
	enum cli_kind	 kind;
	size_t		 offset;	/* of its value in the program's struct of options */
	const char	*argument;	/* what --help calls its value: "FILE" */
	const char	*help;		/* a line; NULL: accepted, but not shown */
	const char	*standard;	/* the value when nothing was said ("true" for a flag), shown in help; or NULL */
	const char	*environment;	/* the variable that gives the value when the option is absent, or NULL */
	int64_t		 min, max;	/* of a CLI_NUMBER */
	const char	*verb;		/* of a CLI_VERB */
};
#define CLI_END		{ .name = NULL }

struct cli_args {
	const void		*options;	/* the program's struct, filled in */
	const char *const	*operands;	/* ends with NULL */
	size_t			 count;
	size_t			 before_dashes;	/* those in front of "--"; all of them when there is none */
	const struct cli_verb	*verb;
	bool			 by_option;	/* the verb was chosen by a CLI_VERB option: sops' legacy form */
	bool			 by_default;	/* no verb was named: the program's default verb */
	bool			 drop_in;	/* called by the name of the program that we stand in for */
	int			*status;	/* what a verb puts here is the exit status, failed or not; -1: the table says */
	const struct cli_option	*const *given;	/* the options on the command line, ends with NULL: see cli_given() */
};

#define CLI_TABLES	10

struct cli_verb {
	const char	*name;
	int		(*run)(const struct cli_args *args, struct error *err);	/* 0 or a kind, as everywhere */
	const char	*operands;	/* as --help shows them: "FILE [PATH]" */
	unsigned	 min, max;	/* how many; CLI_ANY: no upper limit */
	const char	*help;		/* a line; NULL: works, but is not shown */
	const struct cli_option	*options[CLI_TABLES];	/* tables, each ended by CLI_END */
	const char	*details;	/* more lines for its --help, or NULL */
	bool		 own;		/* the program that we stand in for has no such verb: by its name, the word is an operand */
};
#define CLI_ANY		UINT32_MAX

struct cli_status {
	enum err_kind	kind;
	int		status;
};

/*
 * What a stand-in keeps of the original beyond its silence.  Without manners the drop-in name changes nothing but the
 * talk (see cli_error()).
 */
struct cli_manners {
	/* Only --help and --version stand before the verb; options end at the first operand. */
	bool		 options_first;
	/* --help and --version print on standard error; "help" as a word does not. */
	bool		 asides_on_stderr;
	/* A mistake in the options or the number of operands, which the verb's help follows on standard error. */
	const char	*unknown_option, *needs_value, *takes_no_value;	/* after "OPTION: " */
	/* What is wrong with the number of operands, as a whole line; NULL: the help says it. */
	const char	*(*wrong_count)(const struct cli_verb *verb);
	/* What stands before the text of a failure; and is its hint shown? */
	const char	*(*prefix)(const struct error *err, bool *hint);
};

struct cli_program {
	const char		*name;
	const char		*drop_in;	/* the other name that it answers to, with that one's manners; or NULL */
	const char		*help;		/* a line */
	const char		*details;	/* the end of --help, or NULL */
	size_t			 options_size;
	const struct cli_verb	*verbs;		/* ended by a nameless one */
	const char		*default_verb;	/* when the first operand names no verb; may be one without help; or NULL */
	bool			default_takes_names;	/* its operands are no files: a word close to a verb may well be one */
	const struct cli_option	*options[CLI_TABLES];	/* accepted with every verb */
	const struct cli_option	*unnamed[CLI_TABLES];	/* accepted, too, when no word names the verb (sops' older form) */
	const struct cli_status	*statuses;	/* kind to exit status, ended by ERR_NONE; others give 1 */
	int			 usage_status;	/* ERR_USAGE not in the table: 0 means 2 */
	bool			 one_dash;	/* "-name" is "--name" and flags do not share a word (sops) */
	char			 version_letter;	/* short form of --version, 0: 'V' */
	void			(*version)(bool drop_in);	/* prints it; NULL: "NAME 1.2.3" */
	const struct cli_manners *manners;	/* under the drop-in name; or NULL */
};

/* All of main(): hardens the process, parses, runs the verb, reports its failure, gives the exit status. */
int	cli_main(const struct cli_program *program, int argc, char **argv);

/* Whether the option stood on the command line: not a default, not the environment. */
bool	cli_given(const struct cli_args *args, const char *name);

/*
 * All of it to standard output, unbuffered: secrets leave no copy in stdio.  The message names standard output.  When its reader
 * has gone ("| head"), no message is printed at all, and the program ends as SIGPIPE would have ended it: cli_end_unheard().
 */
int	cli_output(struct slice bytes, struct error *err) WARN_UNUSED;
int	cli_flush(struct error *err) WARN_UNUSED;	/* what stdio holds of standard output */
void	cli_end_unheard(void);

/*
 * Talk, on standard error, foreign control characters made visible.  cli_error() is what cli_main() does
 * with a failure: "tool: file:line:column: message" and "hint: ...", or nothing when its text is empty.
 * Under its drop-in name a program is as quiet as the original: errors have neither its name in front nor a
 * hint (unless its manners say otherwise), and cli_warn() is silent.
 */
void	cli_error(const struct error *err);
void	cli_warn(const char *format, ...) PRINTF_LIKE(1, 2);	/* "tool: warning: ..." */
void	cli_note(const char *format, ...) PRINTF_LIKE(1, 2);	/* "tool: ...", when the user asked to be told */
/*
 * How far a long run is: a line on a terminal that the next one replaces and any other talk removes; elsewhere nothing, and
 * nothing in the first moments.
 */
void	cli_progress(const char *format, ...) PRINTF_LIKE(1, 2);
void	cli_progress_now(void);						/* the next line is not kept back: what follows may take long */
void	cli_progress_end(void);						/* takes it away */
void	cli_report(struct slice text);				/* whole lines, as they are, line breaks and tabs kept */
/*
 * A failure told in the original's words: under the drop-in name the line (its break is added) is printed as it stands and
 * ${err} left without text; under our own name ${err} is not touched.  Returns the kind of ${err}.
 */
int	cli_retell(const struct cli_args *args, struct error *err, const char *format, ...) PRINTF_LIKE(3, 4);
void	cli_speak_as(const char *name, bool drop_in, const struct cli_manners *manners_opt);	/* cli_main() has done it */

/* The help of a verb, or of the whole program, and completions: used by cli_main(). */
int	cli_help(const struct cli_program *program, const struct cli_verb *verb_opt, struct error *err) WARN_UNUSED;
int	cli_completion(const struct cli_program *program, const char *shell, struct error *err) WARN_UNUSED;
/* What the original's completions ask for: the words that may stand behind ${words}, one a line.  ${verb_opt} is among them. */
int	cli_complete(const struct cli_program *program, const struct cli_verb *verb_opt, const char *last, struct error *err) WARN_UNUSED;

#endif
