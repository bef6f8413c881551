#ifndef SOPS_CONFIG_H
#define SOPS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"
#include "sops/select.h"

/*
 * .sops.yaml: which keys and rules a new file gets (FORMAT.md 8).  It is searched from the working
 * directory upwards, then from the file's folder.  Reading is lazy in one respect: a rule is judged when it is asked for, as sops does,
 * so a mistake in the last rule stops nobody whose file matches the first.
 *
 * Unknown names are collected as warnings, with a suggestion, since a misspelt setting would change in
 * silence what is encrypted.  A "role:" beside a flat "kms:", which sops ignores, is honoured.
 */
struct config_warning {
	uint32_t	line, column;
	struct slice	text;		/* "unknown setting 'encrypted-regex'" */
	struct slice	hint;		/* "did you mean 'encrypted_regex'?", or empty */
};

struct config_rule {
	struct slice		 path_regex;		/* empty: matches everything */
	struct key_group	*groups;		/* one for the flat form; none when the rule names no key */
	size_t			 group_count;
	uint32_t		 shamir_threshold;
	struct select_rules	 rules;
	bool			 mac_only_encrypted;
	uint32_t		 line, column;
	size_t			 index;			/* among the rules, from 0 */
};

struct config {
	struct slice		 path;			/* of the file, as found */
	bool			 has_rules;		/* there is a creation_rules list */
	int			 indent_yaml, indent_json, indent_binary;	/* 0: not set */
	struct config_warning	*warnings;
	size_t			 warning_count;
	/* the rest is config.c's */
	struct document		*doc;
	struct arena		 arena;
	size_t			 warning_capacity;
};

/*
 * config_find(given_opt, file_opt, out, ignored_opt, err):
 * Append the path of the configuration: ${given_opt} (--config), else SOPS_CONFIG, else the nearest .sops.yaml from the working
 * directory upwards, else that from ${file_opt} upwards (a folder, or the folder of a file that need not exist; sops does not look
 * there); terminated.  ERR_NO_CONFIG: there is none, which is an answer; the hint says where was looked.
 * ${ignored_opt} receives the path of a .sops.yml that was passed by (sops ignores those too), to warn of.
 */
int	config_find(const char *given_opt, const char *file_opt, struct buf *out, struct buf *ignored_opt,
	    struct error *err) WARN_UNUSED;

/*
 * config_load(path, out, err):
 * Read and parse.  ERR_CONFIG with file, line and column; ERR_NOT_FOUND.  Who only decrypts goes on without.
 */
int	config_load(const char *path, struct config **out, struct error *err) WARN_UNUSED;
/* The same with the text at hand; ${path} says where it is from. */
int	config_parse(struct slice text, const char *path, struct config **out, struct error *err) WARN_UNUSED;
void	config_free(struct config *config);
DEFINE_CLEANUP(struct config, config_free)

/*
 * config_match(config, file, out, err):
 * The first creation rule that matches ${file} (any path; it need not exist), fully parsed; it lives as long as ${config}.
 * ERR_NO_RULE; ERR_NO_CONFIG when there is no creation_rules list; ERR_CONFIG (a path_regex that does not
 * compile, reached before a match; a malformed rule or key; two selection rules) with its position.
 */
int	config_match(struct config *config, const char *file, const struct config_rule **out, struct error *err) WARN_UNUSED;

/*
 * config_metadata(rule_opt, flags_opt, out, err):
 * New metadata from a rule.  ${keys_opt}, one group from flags and environment, replaces the rule's keys; the rule's
 * other settings stay.  ERR_NO_KEY when neither names a key.  Threshold: datakey_wrap() judges it.
 */
int	config_metadata(const struct config_rule *rule_opt, const struct key_group *keys_opt, struct metadata **out,
	    struct error *err) WARN_UNUSED;

#endif
