#ifndef CMD_PROMPT_H
#define CMD_PROMPT_H

/*
 * The person at the terminal, for base/ask.h: prompts and answers go over /dev/tty, or over standard error and standard input when
 * that is a terminal, so that they work in a pipeline and never mix with a document.  A secret is not shown
 * while it is typed; whatever signal comes in between, the terminal is put back first.  cli_main() installs this for every program.
 */
void	prompt_install(void);

#endif
