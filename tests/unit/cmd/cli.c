/* A program of some verbs, its main() called once a case; what it prints goes to files. */
#include "cmd/cli.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "tests/tap.h"

struct options {
	const char	*output, *mode, *value;
	bool		 in_place, verbose, local;
	struct cli_list	 age;
	int64_t		 indent;
};

static int
show(const struct cli_args *args, struct error *err)
{
	const struct options *o = args->options;

	(void)err;
	printf("%s", *args->verb->name != '\0' ? args->verb->name : "(default)");
	for (size_t i = 0; i < args->count; i++)
		printf(" [%s]", args->operands[i]);
	if (o->output != NULL)
		printf(" output=%s", o->output);
	if (o->value != NULL)
		printf(" value=%s", o->value);
	printf("%s%s%s", o->in_place ? " in-place" : "", o->verbose ? " verbose" : "", o->local ? "" : " not-local");
	for (size_t i = 0; i < o->age.count; i++)
		printf(" age=%s", o->age.items[i]);
	if (o->indent != 4)
		printf(" indent=%lld", (long long)o->indent);
	printf("%s%s%s\n", args->by_option ? " by-option" : "", args->by_default ? " by-default" : "",
	    cli_given(args, "output") ? " given" : "");
	return 0;
}

static int
fail(const struct cli_args *args, struct error *err)
{
	if (strcmp(args->operands[0], "own") == 0) {
		*args->status = 77;
		return ERR_CHILD;
	}
	(void)err_set(err, strcmp(args->operands[0], "mac") == 0 ? ERR_MAC : ERR_SYSTEM, "bad \x1b[31m\xff'%s'\n", args->operands[0]);
	(void)err_at(err, 3, 7);
	(void)err_file(err, "a.yaml");
	(void)err_hint(err, "mend it");
	cli_warn("odd");
	return err->kind;
}

static const struct cli_option common[] = {
	{ "verbose", 'v', CLI_FLAG, offsetof(struct options, verbose), .help = "tell more" },
	{ "enable-local", 0, CLI_FLAG, offsetof(struct options, local), .help = "ask here", .standard = "true" },
	{ "indent", 0, CLI_NUMBER, offsetof(struct options, indent), "N", "blanks", .standard = "4", .min = 0, .max = 9 },
	CLI_END
};
static const struct cli_option legacy[] = {
	{ "decrypt", 'd', CLI_VERB, .verb = "decrypt", .help = "as the command" },
	{ "set", 0, CLI_VERB, offsetof(struct options, value), "TEXT", "as the command", .verb = "set" },
	CLI_END
};
static const struct cli_option output_options[] = {
	{ "output", 'o', CLI_TEXT, offsetof(struct options, output), "FILE", .help = "write there" },
	{ "in-place", 'i', CLI_FLAG, offsetof(struct options, in_place), .help = "replace" },
	CLI_END
};
static const struct cli_option key_options[] = {
	{ "age", 'a', CLI_LIST, offsetof(struct options, age), "KEY", "recipient", .environment = "TEST_AGE" },
	{ "hidden", 0, CLI_FLAG, .offset = offsetof(struct options, in_place) },
	CLI_END
};
static const struct cli_option own_options[] = {
	{ "decrypt", 0, CLI_FLAG, offsetof(struct options, in_place), .help = "an option that is called as a verb" },
	CLI_END
};
static const struct cli_verb verbs[] = {
	{ "decrypt", show, "[FILE]", 0, 1, .options = { output_options }, .help = "print plaintext" },
	{ "encrypt", show, "FILE...", 1, CLI_ANY, .options = { output_options, key_options }, .help = "hide it" },
	{ "set", show, "FILE PATH VALUE", 0, 3, .help = "change a value" },
	{ "fail", fail, "WAY", 1, 1, .help = "fail" },
	{ "mine", show, "FILE", 0, 1, .options = { own_options }, .help = "what the original has not", .own = true },
	{ "", show, "FILE", 1, 1, .options = { output_options } },
	{ 0 }
};
static const struct cli_status statuses[] = { { ERR_MAC, 51 }, { ERR_NONE, 0 } };
static const struct cli_program program = {
	.name = "tool", .drop_in = "old", .help = "a program", .options_size = sizeof(struct options), .verbs = verbs,
	.default_verb = "", .options = { common, legacy }, .statuses = statuses,
};
static const struct cli_program strict = {
	.name = "strict", .help = "a program", .options_size = sizeof(struct options), .verbs = verbs, .options = { common },
	.usage_status = 5,
};
static const struct cli_program sops = {
	.name = "new", .help = "a program", .options_size = sizeof(struct options), .verbs = verbs, .default_verb = "",
	.options = { common, legacy }, .one_dash = true, .version_letter = 'V',
};

static char	out[20000], errors[20000];

static void
slurp(int fd, char *into, size_t room)
{
	ssize_t n = pread(fd, into, room - 1, 0);

	into[n > 0 ? n : 0] = '\0';
}

/* In a child, since a program's voice and hardening are a process' own. */
static int
call(const struct cli_program *which, const char *words)
{
	char	*argv[40], line[1000], name[] = "/tmp/cli-test.XXXXXX", name2[] = "/tmp/cli-test.XXXXXX";
	int	 argc = 0, fd_out = mkstemp(name), fd_err = mkstemp(name2), status = 0;
	pid_t	 pid;

	(void)unlink(name);
	(void)unlink(name2);
	(void)snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok(line, " "); word != NULL && argc < 39; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)dup2(fd_out, 1);
		(void)dup2(fd_err, 2);
		status = cli_main(which, argc, argv);
		fflush(stdout);
		_exit(status);
	}
	(void)waitpid(pid, &status, 0);
	slurp(fd_out, out, sizeof(out));
	slurp(fd_err, errors, sizeof(errors));
	(void)close(fd_out);
	(void)close(fd_err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const struct cli_program	*program;
	const char			*words, *out, *claim;
} good[] = {
	{ &program, "tool decrypt f", "decrypt [f]\n", "a verb and its operand" },
	{ &program, "tool decrypt", "decrypt\n", "an operand that is optional" },
	{ &program, "tool -i decrypt --output x f", "decrypt [f] output=x in-place given\n", "options before and after the verb" },
	{ &program, "tool --output x decrypt f", "decrypt [f] output=x given\n", "a value before the verb is no verb" },
	{ &program, "tool --output decrypt decrypt f", "decrypt [f] output=decrypt given\n", "even when it is called like one" },
	{ &program, "tool decrypt f -o x --verbose", "decrypt [f] output=x verbose given\n", "options after the operand" },
	{ &program, "tool decrypt --output=x=y f", "decrypt [f] output=x=y given\n", "a value with '='" },
	{ &program, "tool decrypt --output= f", "decrypt [f] output= given\n", "an empty value" },
	{ &program, "tool decrypt -iv f", "decrypt [f] in-place verbose\n", "flags in one word" },
	{ &program, "tool decrypt -ivox f", "decrypt [f] output=x in-place verbose given\n", "with a value at its end" },
	{ &program, "tool decrypt -o -x f", "decrypt [f] output=-x given\n", "a value may begin with a dash" },
	{ &program, "tool decrypt -o a -o b f", "decrypt [f] output=b given\n", "the last value wins" },
	{ &program, "tool encrypt -a x f --age y g", "encrypt [f] [g] age=x age=y\n", "a list keeps all" },
	{ &program, "tool decrypt --in-place=false f", "decrypt [f]\n", "a flag takes a value with '='" },
	{ &program, "tool decrypt --enable-local=false f", "decrypt [f] not-local\n", "a flag that is on can be turned off" },
	{ &program, "tool decrypt -- -i", "decrypt [-i]\n", "'--' ends options" },
	{ &program, "tool decrypt -", "decrypt [-]\n", "'-' is an operand" },
	{ &program, "tool set f p -5", "set [f] [p] [-5]\n", "so is a negative number" },
	{ &program, "tool decrypt --indent 2 f", "decrypt [f] indent=2\n", "a number" },
	{ &program, "tool f.yaml", "(default) [f.yaml] by-default\n", "without a verb the default one is meant" },
	{ &program, "tool -o x f.yaml", "(default) [f.yaml] output=x by-default given\n", "with its options" },
	{ &program, "tool -- decrypt", "(default) [decrypt] by-default\n", "'--' before it makes a verb's name an operand" },
	{ &program, "tool -d f", "decrypt [f] by-option\n", "an option that selects a verb" },
	{ &program, "tool f -o x -d", "decrypt [f] output=x by-option given\n", "anywhere" },
	{ &program, "tool decrypt -d f", "decrypt [f]\n", "also beside the verb itself" },
	{ &program, "tool -d decrypt", "decrypt [decrypt] by-option\n", "after it a verb's name is an operand" },
	{ &program, "tool --set x f", "set [f] value=x by-option\n", "and one with a value" },
	{ &program, "tool encrypt f --hidden", "encrypt [f] in-place\n", "an option without help works" },
	{ &program, "tool mine --decrypt f", "mine [f] in-place\n", "a verb's own option goes before one that selects a verb" },
	{ &program, "old mine -o x", "(default) [mine] output=x by-default given\n", "a verb of ours is a file's name where we stand in" },
	{ &sops, "new -decrypt -output x f", "decrypt [f] output=x by-option given\n", "one dash serves for two" },
	{ &sops, "new decrypt -output=x --o=y f", "decrypt [f] output=y given\n", "and two for one" },
	{ &sops, "new -d -i f", "decrypt [f] in-place by-option\n", "with letters too" },
};

static const struct {
	const struct cli_program	*program;
	const char			*words;
	int				 status;
	const char			*errors;
} bad[] = {
	{ &program, "tool decrypt --ouptut x f", 2, "tool: unknown option '--ouptut'\nhint: did you mean '--output'?\n" },
	{ &program, "tool decrypt --wholly=x f", 2, "tool: unknown option '--wholly'\nhint: 'tool decrypt --help' lists the options\n" },
	{ &program, "tool decrypt --age x f", 2, "tool: option '--age' does not belong to 'decrypt'\nhint: it belongs to 'tool encrypt'; 'tool decrypt --help' lists what can be used here\n" },
	{ &program, "tool decrypt -z f", 2, "tool: unknown option '-z'\nhint: 'tool decrypt --help' lists the options\n" },
	{ &program, "tool decrypt --o x", 2, "tool: unknown option '--o'\nhint: 'tool decrypt --help' lists the options\n" },
	{ &program, "tool decrypt --output", 2, "tool: option '--output' needs a value\n" },
	{ &program, "tool decrypt -o", 2, "tool: option '-o' needs a value\n" },
	{ &program, "tool decrypt --in-place=maybe f", 2, "tool: '--in-place' must be true or false, not 'maybe'\n" },
	{ &program, "tool decrypt --indent 10 f", 2, "tool: '--indent' must be a number from 0 to 9, not '10'\n" },
	{ &program, "tool decrypt a b", 2, "tool: more than 'decrypt' takes: 'b'\nhint: usage: tool decrypt [options] [FILE]\n" },
	{ &program, "tool encrypt", 2, "tool: 'encrypt' needs FILE...\nhint: usage: tool encrypt [options] FILE...\n" },
	{ &program, "tool decrpyt", 2, "tool: 'decrpyt' is neither a command nor a file; did you mean 'decrypt'?\nhint: 'tool -- decrpyt' takes it as it is\n" },
	{ &program, "tool encrypt -d f", 2, "tool: 'encrypt' and '--decrypt' exclude each other\n" },
	{ &program, "tool -d --set x f", 2, "tool: 'decrypt' and '--set' exclude each other\n" },
	{ &program, "tool --decrypt=x f", 2, "tool: '--decrypt' must be true or false, not 'x'\n" },
	{ &sops, "new -di f", 2, "new: unknown option '-di'\nhint: 'new --help' lists the options\n" },
	{ &strict, "strict", 5, "strict: no command given\nhint: 'strict --help' lists them\n" },
	{ &strict, "strict decrpyt", 5, "strict: unknown command 'decrpyt'\nhint: did you mean 'decrypt'?\n" },
	{ &strict, "strict something", 5, "strict: unknown command 'something'\nhint: 'strict --help' lists the commands\n" },
	{ &program, "tool completion tcsh", 2, "tool: completions exist for bash, zsh and fish\nhint: for example: tool completion bash\n" },
	{ &program, "tool help nothing", 2, "tool: unknown command 'nothing'\n" },
	{ &program, "tool fail mac", 51, "tool: warning: odd\ntool: a.yaml:3:7: bad \\x1b[31m\\xff'mac'\\x0a\nhint: mend it\n" },
	{ &program, "tool fail else", 1, "tool: warning: odd\ntool: a.yaml:3:7: bad \\x1b[31m\\xff'else'\\x0a\nhint: mend it\n" },
	{ &program, "old fail mac", 51, "a.yaml:3:7: bad \\x1b[31m\\xff'mac'\\x0a\n" },
	{ &program, "/usr/bin/old fail mac", 51, "a.yaml:3:7: bad \\x1b[31m\\xff'mac'\\x0a\n" },
	{ &program, "tool fail own", 77, "" },
};

int
main(void)
{
	(void)unsetenv("TEST_AGE");
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		is_int(call(good[i].program, good[i].words), 0, good[i].claim);
		is_str(out, good[i].out, good[i].words);
		is_str(errors, "", "in silence");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		is_int(call(bad[i].program, bad[i].words), bad[i].status, bad[i].words);
		is_str(errors, bad[i].errors, "says what is wrong");
		is_str(out, "", "and prints nothing");
	}

	(void)setenv("TEST_AGE", "from-env", 1);
	is_int(call(&program, "tool encrypt f"), 0, "the environment gives a value");
	is_str(out, "encrypt [f] age=from-env\n", "that nothing else gave");
	is_int(call(&program, "tool encrypt f -a x"), 0, "the command line");
	is_str(out, "encrypt [f] age=x\n", "goes before it");

	is_int(call(&program, "tool --help"), 0, "help is no failure");
	ok(strstr(out, "decrypt [FILE]") != NULL && strstr(out, "--verbose") != NULL, "and names verbs and common options");
	ok(strstr(out, "hidden") == NULL, "but nothing hidden");
	is_int(call(&program, "tool encrypt --nonsense --help"), 0, "help wins over mistakes");
	ok(strstr(out, "-a, --age KEY") != NULL && strstr(out, "[TEST_AGE]") != NULL, "and shows the verb's own options");
	is_int(call(&program, "tool help encrypt"), 0, "the verb 'help' does the same");
	ok(strstr(out, "-a, --age KEY") != NULL, "with the same words");
	is_int(call(&program, "tool --version"), 0, "the version");
	ok(strncmp(out, "tool ", 5) == 0, "goes to standard output");
	is_int(call(&sops, "new -V"), 0, "under the letter that the program chose");

	is_int(call(&program, "tool completion bash"), 0, "completions for bash");
	ok(strstr(out, "decrypt|encrypt|set|fail|mine) verb=") != NULL && strstr(out, "--age ") != NULL, "know verbs and options");
	is_int(call(&program, "tool completion zsh"), 0, "for zsh");
	ok(strncmp(out, "#compdef tool old\n", 18) == 0, "for both names");
	is_int(call(&program, "tool completion fish"), 0, "for fish");
	ok(strstr(out, "complete -c tool -n '__fish_seen_subcommand_from encrypt' -l age -s a -r -d 'recipient'") != NULL,
	    "with explanations");
	return done_testing();
}
