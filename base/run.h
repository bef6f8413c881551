#ifndef BASE_RUN_H
#define BASE_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Other programs: always with an argument vector, never through a shell.  Descriptors other than
 * those named here are not passed on (every descriptor of ours is close-on-exec), ignored signals are
 * back to normal in the child.  A child that stops reading must not end us: harden_process() comes first.
 */
struct run {
	const char *const	*argv;		/* ends with NULL; argv[0] as run_find() takes it */
	const char *const	*env_opt;	/* the whole environment ("NAME=value", NULL); else ours */
	const char *const	*env_add_opt;	/* laid over it */
	struct slice		 input;		/* its standard input, may be secret; without any, /dev/null */
	bool			 interactive;	/* it has our standard input; SIGINT and SIGQUIT are its business */
	struct buf		*out_opt;	/* takes its standard output; else it has ours */
	struct buf		*err_opt;	/* takes its standard error; else it has ours */
	struct buf		*aux_opt;	/* takes what it writes to descriptor 3 */
	bool			 err_discard;	/* its standard error is /dev/null */
	unsigned		 timeout_ms;	/* 0: none.  Then it is killed */
};

/*
 * run_command(run, status, err):
 * Run it to its end.  ${status} is its exit status, or the negated number of the signal that ended it:
 * both are answers.  ERR_NOT_FOUND (no such program), ERR_SYSTEM, ERR_TIMEOUT, ERR_LIMIT (more output
 * than a buffer takes); after these the child is gone and the buffers hold a part.
 */
int	run_command(const struct run *run, int *status, struct error *err) WARN_UNUSED;

/*
 * Where a program is: a name with '/' is a path, any other is looked for in the absolute folders of
 * PATH.  Appends it to ${path} and terminates it.  ERR_NOT_FOUND.
 */
int	run_find(const char *name, struct buf *path, struct error *err) WARN_UNUSED;

/* Become that program (argv[0] as run_find() takes it); returns only when that failed. */
int	run_replace(const char *const *argv, struct error *err);
/* The same for the program at ${path}, whatever argv[0] says: a helper keeps the name that we were called by. */
int	run_replace_path(const char *path, const char *const *argv, struct error *err);

/*
 * Our helper executables (design D6) are beside the running program, in ../libexec/hubtools, or
 * where the packager said (HUB_LIBEXEC); PATH and the environment do not matter.  Appends the path to
 * ${path} and terminates it.  ERR_NOT_FOUND with a hint about the installation.
 */
int	run_helper_path(const char *name, struct buf *path, struct error *err) WARN_UNUSED;
/* The programs themselves, for a helper that hands over to one: ../bin beside, or ../../bin from libexec. */
int	run_program_path(const char *name, struct buf *path, struct error *err) WARN_UNUSED;
/* Unit tests, which lie elsewhere in the build tree, say where the helpers are; NULL: as above. */
void	run_set_helpers(const char *folder_opt);

/* A program of ours that we talk with: one socket is its standard input and output, standard error is ours. */
struct run_peer {
	pid_t	pid;
	int	fd;
};
#define RUN_PEER_NONE	((struct run_peer){ .pid = -1, .fd = -1 })

/* ${argv}: argv[0] is the path of the program. */
int	run_peer_start(const char *const *argv, struct run_peer *out, struct error *err) WARN_UNUSED;
/* The same, its standard error discarded: for programs of others that speak a protocol. */
int	run_peer_start_quiet(const char *const *argv, struct run_peer *out, struct error *err) WARN_UNUSED;
/* The same for a program that only talks: ${fd} is its standard output, its input is /dev/null, its errors are ours. */
int	run_reader_start(const char *const *argv, struct run_peer *out, struct error *err) WARN_UNUSED;
/*
 * Close the socket, give it ${patience_ms} to end by itself, then kill it.  ${status_opt} as in
 * run_command().  A peer that is none is fine.
 */
void	run_peer_stop(struct run_peer *peer, unsigned patience_ms, int *status_opt);
/* The form that CLEANUP() needs: no patience. */
void	run_peer_kill(struct run_peer *peer);

#endif
