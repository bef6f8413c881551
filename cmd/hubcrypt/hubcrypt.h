#ifndef CMD_HUBCRYPT_HUBCRYPT_H
#define CMD_HUBCRYPT_HUBCRYPT_H

#include "cmd/cli.h"
#include "gitfilter/filter.h"

/* What the verbs of hubcrypt share: its options, and a file each for the filter and for key files. */
struct hubcrypt_options {
	const char	*key_name;	/* NULL: the default key */
	const char	*key_file;
};

/* The name that --key-name gives is a legal one; an empty one is not, as in git-crypt. */
int	key_name_check(const struct hubcrypt_options *options, struct error *err) WARN_UNUSED;
/* A key file that could not be used, in git-crypt's words under its name; returns the kind of ${err}. */
int	load_failed(const struct cli_args *args, struct error *err);

int	verb_clean(const struct cli_args *args, struct error *err);
int	verb_smudge(const struct cli_args *args, struct error *err);
int	verb_diff(const struct cli_args *args, struct error *err);
int	verb_process(const struct cli_args *args, struct error *err);
int	verb_merge(const struct cli_args *args, struct error *err);

int	verb_keygen(const struct cli_args *args, struct error *err);
int	verb_export_key(const struct cli_args *args, struct error *err);
int	verb_migrate_key(const struct cli_args *args, struct error *err);

#endif
