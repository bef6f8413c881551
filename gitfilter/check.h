#ifndef GITFILTER_CHECK_H
#define GITFILTER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Is everything encrypted that must be?  Of the index or of commits, each with the attributes that it has itself, and without
 * any key: a blob says of itself whether it is one.  This is what finds what no filter can stop: a client without filters,
 * "git -c filter...", an attribute that was taken away.
 */
enum check_problem {
	CHECK_PLAINTEXT,	/* marked for encryption, stored as it is */
	CHECK_UNMARKED,		/* was marked before, and is stored as it is now */
	CHECK_UNMARKED_SEALED,	/* was marked before, is still ciphertext, and the next edit will not be */
	CHECK_GIT_FILE,		/* a file that git or we must read (.gitattributes, the users' copies) is marked for encryption */
	CHECK_CONVERTED,	/* has an attribute (text, eol, ...) with which git damages ciphertext */
	CHECK_ABSENT,		/* this clone does not have the blob, so nobody knows */
	CHECK_PROBLEMS,
};

struct check_finding {
	struct slice		revision;	/* hexadecimal; empty: the index */
	struct slice		path;
	struct slice		driver;		/* that it has, or had before */
	enum check_problem	problem;
};

/* Called for each problem.  A result other than 0 ends the check with it. */
typedef int check_visit(void *context, const struct check_finding *finding, struct error *err);

struct check_options {
	bool		 allow_decrypted;	/* taking an attribute away is no problem */
	check_visit	*visit;
	void		*context;
	void		(*progress)(size_t done, size_t total);		/* before each of several commits; or NULL */
};

struct check_report {
	size_t	revisions, files, problems;	/* files: marked ones that were looked at, in all */
};

/* "plaintext", "unmarked", ...: for programs. */
const char *check_problem_name(enum check_problem problem);
/* For people. */
const char *check_problem_text(enum check_problem problem);

/* At the top of the tree.  Compared with HEAD. */
int	check_index(const struct check_options *options, struct check_report *report, struct error *err) WARN_UNUSED;

/*
 * check_revisions(arguments, options, report, err):
 * The commits that "git rev-list" finds for ${arguments} (ended by NULL), each compared with its first parent; works in a bare
 * repository.
 */
int	check_revisions(const char *const *arguments, const struct check_options *options, struct check_report *report,
	    struct error *err) WARN_UNUSED;

/*
 * check_push(remote, lines, options, report, err):
 * What a push would publish: ${lines} is the standard input of git's pre-push hook ("REF ID REF ID" each).  ERR_SYNTAX.
 */
int	check_push(const char *remote, struct slice lines, const struct check_options *options, struct check_report *report,
	    struct error *err) WARN_UNUSED;

#endif
