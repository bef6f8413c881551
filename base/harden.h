#ifndef BASE_HARDEN_H
#define BASE_HARDEN_H

/*
 * The first call of every main(), before any library allocates: no core dumps, memory closed to
 * other processes of the same user, and a vanished reader makes write() fail instead of killing us.
 * Never fails: what a platform lacks is skipped.
 */
void	harden_process(void);

/* AddressSanitizer's leak checker must look into its own process, so with it memory stays open to the user. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HARDEN_SANITIZED	1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HARDEN_SANITIZED	1
#endif
#ifndef HARDEN_SANITIZED
#define HARDEN_SANITIZED	0
#endif

#endif
