#include "gitfilter/gpgkeys.h"

#include <string.h>

#include "tests/tap.h"

#define A	"0123456789ABCDEF0123456789ABCDEF01234567"
#define B	"89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define C	"FEDCBA9876543210FEDCBA9876543210FEDCBA98"

static const struct {
	const char	*claim, *listing;
	bool		 every;
	const char	*fingerprints;		/* with a blank behind each */
} cases[] = {
	{ "an empty listing has no key", "", false, "" },
	{ "a primary key counts once, its subkeys do not",
	    "tru::1\npub:u:::::::::::scESC:\nfpr:::::::::" A ":\nuid:u::::::::alice:\nsub:u:\nfpr:::::::::" B ":\n",
	    false, A " " },
	{ "each fingerprint counts when every one is asked for",
	    "sec:u:\nfpr:::::::::" A ":\ngrp:::::::::" C ":\nssb:u:\nfpr:::::::::" B ":\n", true, A " " B " " },
	{ "two keys are two", "pub:u:\nfpr:::::::::" A ":\npub:e:\nfpr:::::::::" B ":\n", false, A " " B " " },
	{ "a fingerprint before any key is none", "fpr:::::::::" A ":\npub:u:\n", false, "" },
	{ "a second fingerprint of a key does not count", "pub:u:\nfpr:::::::::" A ":\nfpr:::::::::" B ":\n", false, A " " },
	{ "lower case is no fingerprint", "pub:u:\nfpr:::::::::0123456789abcdef0123456789abcdef01234567:\n", false, "" },
	{ "a path is no fingerprint", "pub:u:\nfpr:::::::::../../../../../../../../../../../../etc/pass:\n", false, "" },
	{ "39 digits are too few", "pub:u:\nfpr:::::::::0123456789ABCDEF0123456789ABCDEF0123456:\n", false, "" },
	{ "64 digits are a fingerprint of version 5", "pub:u:\nfpr:::::::::" A "0123456789ABCDEF01234567:\n", false,
	    A "0123456789ABCDEF01234567 " },
	{ "65 digits are too many", "pub:u:\nfpr:::::::::" A "0123456789ABCDEF012345678:\n", false, "" },
	{ "short lines are no keys", "pub\nfpr\nfpr:\nuid\n\n:\n", false, "" },
	{ "a listing may end without a line break", "pub:u:\nfpr:::::::::" A, false, A " " },
	{ "a listing may end with carriage returns", "pub:u:\r\nfpr:::::::::" A ":\r\n", false, A " " },
};

static void
test_fingerprints(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(gpgkeys_release) struct gpgkeys	keys = GPGKEYS;
		struct error				err = ERROR_INIT;
		char					got[1000] = "";

		is_int(gpgkeys_parse(slice_str(cases[i].listing), cases[i].every, &keys, &err), 0, cases[i].claim);
		for (size_t j = 0; j < keys.count; j++)
			(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", (const char *)keys.keys[j].fingerprint.data);
		is_str(got, cases[i].fingerprints, cases[i].claim);
	}
}

static void
test_fields(void)
{
	CLEANUP(gpgkeys_release) struct gpgkeys	keys = GPGKEYS;
	struct error				err = ERROR_INIT;
	static const char			listing[] =
	    "pub:f:255:22:KEY:1700000000:1800000000::u:::scESC:::::ed25519:::0:\nfpr:::::::::" A ":\n"
	    "uid:f::::1::H::first\\x3a name <a@b>::::::::::0:\nuid:f::::1::H::second::::::::::0:\n"
	    "pub:-:255:22:KEY:1700000000:::-:::scSC:\nfpr:::::::::" B ":\nuid:-::::::::nobody:\n"
	    "pub::255:22:KEY:1700000000:::-:::scESCD:\nfpr:::::::::" C ":\n";

	is_int(gpgkeys_parse(slice_str(listing), false, &keys, &err), 0, "a listing of three keys");
	if (!is_int((int)keys.count, 3, "has three"))
		return;
	is_int(keys.keys[0].validity, 'f', "validity");
	is_str((const char *)keys.keys[0].expires.data, "1800000000", "expiry");
	is_str((const char *)keys.keys[0].name.data, "first\\x3a name <a@b>", "the first user id, with gpg's escapes");
	ok(keys.keys[0].can_encrypt, "E: it can encrypt");
	ok(!keys.keys[1].can_encrypt, "without E it cannot");
	is_int((int)keys.keys[1].expires.len, 0, "it never expires");
	is_int(keys.keys[2].validity, '-', "no validity is an unknown one");
	ok(!keys.keys[2].can_encrypt, "D: a disabled key is not used");
}

int
main(void)
{
	test_fingerprints();
	test_fields();
	return done_testing();
}
