#include "base/nearest.h"

#define WORD_MAX	64

/* Optimal string alignment: three rows of the table, the third for swapped neighbours. */
static unsigned
distance(struct slice a, struct slice b)
{
	unsigned rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned *before = rows[(i + 1) % 3], *above = rows[(i - 1) % 3], *row = rows[i % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned best = above[j - 1] + (a.data[i - 1] != b.data[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a.len % 3][b.len];
}

void
nearest_offer(struct nearest *nearest, struct slice name)
{
	unsigned limit = nearest->word.len <= 4 ? 1 : 2, d;

	if (nearest->word.len > WORD_MAX || name.len > WORD_MAX)
		return;
	d = distance(nearest->word, name);
	/* A name of two letters is not two letters away from everything. */
	if (d > limit || d >= name.len || (nearest->name.len > 0 && d >= nearest->distance))
		return;
	nearest->name = name;
	nearest->distance = d;
}
