#ifndef KMS_AWS_CRED_PARTS_H
#define KMS_AWS_CRED_PARTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/aws_cred.h"
#include "kms/aws_request.h"
#include "kms/aws_sts.h"
#include "kms/json.h"

/*
 * What the files of aws_cred share, and nobody else needs: an identity from inside, the rows of the table of
 * providers, and the JSON that most of them get.
 *
 * A provider is asked to fetch when its turn has come.  It either has the credentials at once
 * (aws_cred_ready_now), or leaves work behind (aws_cred_working) and ends it, from http_run(), with
 * aws_cred_done().  Its errors say what failed and what to do; who the provider is, its row in the table says.
 */
enum aws_cred_scope {
	AWS_CRED_ENVIRONMENT,	/* asked first, unless the file names a profile */
	AWS_CRED_PROFILE,	/* asked for the selected profile */
};

struct aws_cred_provider {
	const char		*name;		/* what a message calls it */
	enum aws_cred_scope	 scope;
	bool			 regional;	/* it asks a service in the key's region */
	bool			 lasting;	/* its credentials cannot be fetched anew */
	bool			(*present)(const struct aws *aws, struct slice profile);
	int			(*fetch)(struct aws_identity *identity, struct error *err);
};

enum aws_cred_state {
	AWS_CRED_EMPTY,
	AWS_CRED_FETCHING,
	AWS_CRED_READY,
	AWS_CRED_FAILED,
};

struct aws_identity {
	struct aws_identity		*next;
	struct aws			*aws;
	struct buf			 name;		/* what makes it this one and no other */
	struct buf			 text;		/* what the slices below point into */
	const struct aws_cred_provider	*provider;	/* of credentials, or NULL: a role over ${parent} */
	struct aws_identity		*parent;
	struct aws_role			 role;
	struct slice			 profile, region;
	enum aws_cred_state		 state;
	struct aws_credentials		 credentials;
	int64_t				 fetched_at;
	struct error			 error;
	void				*work;		/* of a fetch under way, and what ends it early */
	void				(*stop)(void *work);
	bool				 asking;	/* the work is somebody's who should not be bothered for nothing */
	struct aws_cred_wait		*waiting;
};

/* The identity that is like ${like}, which names all that makes it one; made when there is none yet. */
int	aws_cred_identity(struct aws *aws, const struct aws_identity *like, struct aws_identity **out,
	    struct error *err) WARN_UNUSED;

/* The credentials are there. */
void	aws_cred_ready_now(struct aws_identity *identity);
/* They will be: ${stop} ends the work when nobody wants it any more. */
void	aws_cred_working(struct aws_identity *identity, void *work, void (*stop)(void *work));
/* The work, which has ended and is not stopped any more, has filled them in, or failed with ${problem}. */
void	aws_cred_done(struct aws_identity *identity, const struct error *problem);

/* kms/aws_cred_*.c: the rows. */
bool	aws_cred_web_in_environment(const struct aws *aws, struct slice profile);
bool	aws_cred_web_in_profile(const struct aws *aws, struct slice profile);
int	aws_cred_web_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;
bool	aws_cred_sso_present(const struct aws *aws, struct slice profile);
int	aws_cred_sso_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;
bool	aws_cred_process_present(const struct aws *aws, struct slice profile);
int	aws_cred_process_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;
bool	aws_cred_container_present(const struct aws *aws, struct slice profile);
int	aws_cred_container_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;
bool	aws_cred_imds_present(const struct aws *aws, struct slice profile);
int	aws_cred_imds_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;

/*
 * kms/aws_cred_mfa.c: a role whose profile names a device (mfa_serial).  A person is asked at the terminal for the
 * device's code, once for all roles that wait for it: one role takes the code along, several share a session
 * that was opened with it (a code is good for one use).
 */
int	aws_cred_mfa_fetch(struct aws_identity *identity, struct error *err) WARN_UNUSED;
void	aws_cred_mfa_free_all(struct aws *aws);
/* For aws_cred_mfa.c: ask for the role, with a code or (code empty) as ${by}. */
int	aws_cred_assume(struct aws_identity *identity, struct aws_identity *by, struct slice code,
	    struct error *err) WARN_UNUSED;

/* The parsers of what a program prints and what the AWS CLI leaves, for tests: filled on success alone. */
int	aws_cred_process_read(struct slice output, struct aws_credentials *out, struct error *err) WARN_UNUSED;
int	aws_cred_sso_token(struct slice text, struct json **root, struct secret **token, int64_t *expires,
	    struct error *err) WARN_UNUSED;

/* kms/aws_cred_json.c: credentials in JSON, whose members have other names in each place. */
struct aws_cred_names {
	const char	*access_key, *secret, *token, *expiration;
	bool		 token_needed;
	bool		 milliseconds;	/* the expiration is a number of these since 1970, not a text */
};
/* ${out} is filled; its owner releases it.  ERR_SYNTAX (its words hold nothing of the values), ERR_LIMIT, ERR_MEMORY. */
int	aws_cred_json(const struct json *object, const struct aws_cred_names *names, struct aws_credentials *out,
	    struct error *err) WARN_UNUSED;

/*
 * kms/aws_cred_local.c: a question to a service that the machine itself offers (a container's, an instance's):
 * with its own, short patience, never through a proxy.  ${done} gets the last reply, once, from http_run().
 */
struct aws_local_question {
	struct slice		 method;
	struct aws_url		 url;
	struct http_header	 header;	/* with an empty name: none; its value may be secret */
	const char		*ca;		/* or NULL */
	unsigned		 attempt_ms, attempts, pause_ms;
};
struct aws_local;

int	aws_local_ask(struct http *http, const struct aws_local_question *question, http_done *done, void *object,
	    struct aws_local **out, struct error *err) WARN_UNUSED;
void	aws_local_cancel(struct aws_local *local);	/* NULL is fine; not after its callback */

#endif
