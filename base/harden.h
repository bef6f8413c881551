#ifndef BASE_HARDEN_H
#define BASE_HARDEN_H

/*
 * The first call of every main(), before any library allocates: no core dumps, memory closed to
 * other processes of the same user, and a vanished reader makes write() fail instead of killing us.
 * Never fails: what a platform lacks is skipped.
 */
void	harden_process(void);

#endif
