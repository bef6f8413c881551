#ifndef KMS_AWS_CONFIG_H
#define KMS_AWS_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * What the user has configured for AWS: ~/.aws/config, ~/.aws/credentials and the AWS_* variables, read
 * once (FORMAT.md 3.1). Nothing here is expanded or run.  Values stay valid as long as the object.
 */
struct aws_config;

/* Read both files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or their usual places); a missing one is empty. */
int	aws_config_load(struct aws_config **out, struct error *err) WARN_UNUSED;
void	aws_config_free(struct aws_config *config);
DEFINE_CLEANUP(struct aws_config, aws_config_free)

/* An object without files, and the parser alone: for tests. */
int	aws_config_new(struct aws_config **out, struct error *err) WARN_UNUSED;
enum aws_config_file {
	AWS_CONFIG,
	AWS_CREDENTIALS,
};
/* ${text} is copied.  ERR_CONFIG with its line, ERR_LIMIT. */
int	aws_config_parse(struct aws_config *config, enum aws_config_file file, struct slice text,
	    struct error *err) WARN_UNUSED;

/* The variable's value; NULL when unset or empty. */
const char	*aws_env(const char *name);

/*
 * The profile to use when none is named: AWS_PROFILE, AWS_DEFAULT_PROFILE, or "default".  ${named}: it
 * was asked for, so that it must exist.
 */
struct slice	 aws_config_profile(bool *named);
bool		 aws_config_has_profile(const struct aws_config *config, struct slice profile);
/* A key of a profile, the credentials file first; empty when it is not there. */
struct slice	 aws_config_get(const struct aws_config *config, struct slice profile, const char *key);

/* Static keys, as a pair from one file (with that file's token); false when there is no whole pair. */
struct aws_static_keys {
	struct slice	access_key, secret, token;
};
bool		 aws_config_keys(const struct aws_config *config, struct slice profile, struct aws_static_keys *out);

/* A nested key of [services NAME]: aws_config_service(config, "local", "kms", "endpoint_url"). */
bool		 aws_config_has_services(const struct aws_config *config, struct slice name);
struct slice	 aws_config_service(const struct aws_config *config, struct slice name, const char *service,
		     const char *key);

/* A key of [sso-session NAME]. */
struct slice	 aws_config_session(const struct aws_config *config, struct slice name, const char *key);

/*
 * A switch that a variable or, without it, a key of the profile sets: "true" or "false" in any case;
 * ERR_CONFIG for anything else.
 */
int		 aws_config_switch(const struct aws_config *config, struct slice profile, const char *variable,
		     const char *key, bool *out, struct error *err) WARN_UNUSED;

#endif
