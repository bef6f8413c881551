#include "base/nearest.h"

#include "tests/tap.h"

static const struct {
	const char *word, *names, *nearest, *claim;
} cases[] = {
	{ "decrpyt", "encrypt,decrypt,set", "decrypt", "swapped letters" },
	{ "encrypted-regex", "encrypted_suffix,encrypted_regex", "encrypted_regex", "a changed letter" },
	{ "ouptu", "output", "output", "a swap and a letter left out" },
	{ "verboose", "verbose", "verbose", "a letter too many" },
	{ "decryp", "decrypt,decrypts", "decrypt", "the nearer of two" },
	{ "setx", "set,seta", "set", "the first of equals" },
	{ "abcdefg", "xycdzfg", "", "three letters are too many" },
	{ "sat", "sxx,set", "set", "one letter in a short word" },
	{ "sat", "sxx", "", "but not two" },
	{ "x", "y", "", "a single letter is like no other" },
	{ "", "a", "", "nothing is like nothing" },
	{ "decrypt", "", "", "nor like an empty name" },
};

int
main(void)
{
	struct nearest	nearest;
	char		word[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice rest = slice_str(cases[i].names), name;

		nearest = NEAREST(slice_str(cases[i].word));
		while (slice_split(&rest, ',', &name))
			nearest_offer(&nearest, name);
		is_slice(nearest.name, slice_str(cases[i].nearest), cases[i].claim);
	}
	memset(word, 'x', sizeof(word));
	nearest = NEAREST(slice_of(word, sizeof(word)));
	nearest_offer(&nearest, slice_of(word, sizeof(word)));
	is_int(nearest.name.len, 0, "very long words are not compared");
	nearest = NEAREST(slice_of(word, 64));
	nearest_offer(&nearest, slice_of(word, 64));
	is_int(nearest.name.len, 64, "as long as the limit they are");
	return done_testing();
}
