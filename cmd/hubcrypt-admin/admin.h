#ifndef CMD_HUBCRYPT_ADMIN_ADMIN_H
#define CMD_HUBCRYPT_ADMIN_ADMIN_H

#include "cmd/cli.h"
#include "gitfilter/checkout.h"
#include "gitfilter/driver.h"
#include "gitfilter/worktree.h"

/* What the administration verbs share: one struct of options, a file each. */
struct admin_options {
	const char	*key_name;	/* -k; NULL: the default key */
	bool		 all, force, lose_key;					/* lock */
	const char	*key_env;						/* unlock */
	int64_t		 key_fd;
	struct cli_list	 identities;
	bool		 encrypted_only, unencrypted_only, fix, show_repo;	/* status */
	bool		 nul, json, exit_code;
	bool		 off;							/* guard */
	bool		 pre_push, allow_decrypted;				/* check */
	bool		 no_commit, trusted;					/* users */
};

int	verb_init(const struct cli_args *args, struct error *err);
int	verb_unlock(const struct cli_args *args, struct error *err);
int	verb_lock(const struct cli_args *args, struct error *err);
int	verb_refresh(const struct cli_args *args, struct error *err);
int	verb_status(const struct cli_args *args, struct error *err);
int	verb_guard(const struct cli_args *args, struct error *err);
int	verb_add_gpg_user(const struct cli_args *args, struct error *err);
int	verb_add_age_user(const struct cli_args *args, struct error *err);
int	verb_remove_user(const struct cli_args *args, struct error *err);
int	verb_list_users(const struct cli_args *args, struct error *err);
int	verb_rotate(const struct cli_args *args, struct error *err);
int	verb_check(const struct cli_args *args, struct error *err);
int	verb_doctor(const struct cli_args *args, struct error *err);
int	verb_cat(const struct cli_args *args, struct error *err);
int	verb_install_hooks(const struct cli_args *args, struct error *err);

/* Find the user's tree and stand at its top.  ${prefix}: where the user stood, "" or ending in a slash. */
int	admin_enter(struct worktree *tree, char prefix[static GITDIR_PATH_MAX], struct error *err) WARN_UNUSED;
/* After admin_enter() has failed, under git-crypt's name: git's own words, then ${line}. */
int	admin_no_repository(const struct cli_args *args, const char *line, struct error *err);
/* The name of the key that -k asks for, checked; "" for the default one. */
int	admin_key_name(const struct cli_args *args, const char **name, struct error *err) WARN_UNUSED;
/* Says what to do about changes that are not committed, git-crypt's way under its name; other failures stay as they are. */
int	admin_not_clean(const struct cli_args *args, const char *verb, struct error *err);
/* Which program the configuration shall name: as we were called, and the helper for textconv. */
int	admin_program(struct driver_program *out, struct error *err) WARN_UNUSED;
/* A line that counts files for a user who waits more than a moment at a terminal; NULL when there is none. */
checkout_progress *admin_progress(void);
void	admin_called_as(const char *name);

#endif
