#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* The suite's own version, and those of the programs whose files and manners it keeps. */
#define HUB_VERSION		"0.1.0"
#define SOPS_VERSION		"3.13.2"
#define GIT_CRYPT_VERSION	"0.8.0"

#endif
