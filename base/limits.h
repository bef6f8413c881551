#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

/*
 * Every limit on outside bytes, on one page.  Each ends in ERR_LIMIT with the number in the message.
 */
#define KIB				((size_t)1024)
#define MIB				(1024 * KIB)

/* Documents */
#define LIMIT_DOCUMENT			(256 * MIB)	/* a text document: YAML, JSON, dotenv, INI */
#define LIMIT_BINARY			(1024 * MIB)	/* a binary file under hubsecrets */
#define LIMIT_DEPTH			1000		/* nested maps and lists */
#define LIMIT_DOCUMENTS			10000		/* documents of one stream */
#define LIMIT_ALIAS_NODES		1000000		/* nodes visited through aliases in one walk */
#define LIMIT_ALIAS_BYTES		(64 * MIB)	/* text made by expanding aliases */

/* Layers */
#define LIMIT_MERGED			(1024 * MIB)	/* the tree of values */
#define LIMIT_LAYOUT			(4 * MIB)	/* names of hubs, environments and their files */
#define LIMIT_CHECK			(1024 * MIB)	/* what 'check' knows and finds */
#define LIMIT_NAMES			10000		/* entries of one folder */
#define LIMIT_CHARTS			1000		/* subcharts in all */
#define LIMIT_CHART_DEPTH		20		/* subcharts of subcharts */

/* Files of one run */
#define LIMIT_TREE_NAMES		(1024 * MIB)	/* their names */
#define LIMIT_TREE_DEPTH		200		/* folders within folders */
#define LIMIT_RUN_FILES			256		/* in memory at once */
#define LIMIT_RUN_BYTES			(64 * MIB)	/* of them; a larger one is alone */

/* Keys and their files */
#define LIMIT_KEY_FILE			(1 * MIB)	/* identities, key files */
#define LIMIT_MASTER_KEYS		1000		/* recipient entries of one file */
#define LIMIT_KEY_GROUPS		255		/* x of a share is one byte */
#define LIMIT_IDENTITIES		1000		/* private keys at hand */
#define LIMIT_AGE_HEADER		(128 * KIB)
#define LIMIT_AGE_STANZAS		1000
#define LIMIT_SCRYPT_LOG_N		22		/* 4 GiB; age's own limit */
#define LIMIT_AGE_FILE			(64 * MIB)	/* whole age files are held in memory */

/* Configuration */
#define LIMIT_CONFIG			(4 * MIB)	/* .sops.yaml and kin */
#define LIMIT_CONFIG_PARENTS		100		/* directories searched upwards */
#define LIMIT_REGEX_TEXT		(4 * KIB)
#define LIMIT_REGEX_STEPS		1000000		/* PCRE2 match limit */

/* Network */
#define LIMIT_REPLY			(1 * MIB)	/* a reply of a service */
#define LIMIT_REQUESTS			10000		/* questions in one run */
#define LIMIT_MESSAGE			(4 * MIB)	/* one message of ours between programs */

/* Children */
#define LIMIT_CHILD_OUTPUT		(16 * MIB)

#endif
