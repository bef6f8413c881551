#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

/*
 * "Did you mean ...?": of the names that are offered, the one that a slip of the finger makes of a word.
 *
 *	struct nearest nearest = NEAREST(word);
 *	for each name: nearest_offer(&nearest, name);
 *	if (nearest.name.len > 0) hint
 */
struct nearest {
	struct slice	word, name;	/* name: empty while none is near enough */
	unsigned	distance;
};

#define NEAREST(mistyped)	((struct nearest){ .word = (mistyped) })

/*
 * Near is one letter changed, added, left out or swapped with its neighbour in a word of up to four, two
 * in a longer one.  Words of more than 64 bytes are near nothing.
 */
void	nearest_offer(struct nearest *nearest, struct slice name);

#endif
