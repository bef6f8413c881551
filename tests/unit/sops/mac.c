#include "sops/mac.h"

#include "base/limits.h"
#include "tests/tap.h"

#define EMPTY	"CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE47D0D13C5D85F2B0FF8318D2877EEC2F63B931BD47417A81A538327AF927DA3E"
#define PLAIN	"784EFCEC97527B75801D898D01B4FCDACED6DB61840DBB3DF514047DD4798E233FB75C7D34BAF9FA6D8D9FD312FD7B7AEB32471D7F3C7D62464C3CF5239E7B2E"
#define ONLY	"F83DC3130F2711923E21CC7016CCD18B8E5637997D6F96F61E34DD5A5D368AD358E29F338C56FD801B701804154F3410E656AE2DED0D5D4883DF195AF9B81949"
/* sops-format section 11, the worked example. */
#define EXAMPLE	"FAEB5D6035D1B62614AA54836C453A7D7A68B63981924F661EB050D0084512E0CBB8A2DACE9682A24DBAE31BBC12604F501438720599C2CF3BB724188B0F10B0"
#define EXAMPLE_SEALED									\
	"ENC[AES256_GCM,data:CU+XMV8gH+oBYi9XA1YG8FswaCaoLCd0ynBEdPepruVfsmouVD1JOOJJKmXgmeMLsIAwvMJ1Gh6am7E5fO1qAV6fsM28sBu6Tnvf5BaHAt9VRlN8YDxV" \
	"sWryZft/EUnBfiC12cTK+6a1ZRlz5yDzt1GGgKhiFpM77CW+xLxw/g0=,iv:vg6yKD09MuE8f1ea5QB+pXtnxtd4YmNKaww0jTygW2Y=,"				\
	"tag:63Fg9H55Zj9U95MtdNewYQ==,type:str]"

static void
computes(bool only_encrypted, const char *const *leaves, const char *want, const char *what)
{
	CLEANUP(mac_freep) struct mac	*mac = NULL;
	CLEANUP(buf_release) struct buf	 out = BUF(KIB);
	struct error	err = ERROR_INIT;

	if (mac_new(only_encrypted, &mac, &err) != 0)
		bail_out(err.text);
	for (; *leaves != NULL; leaves++)
		if (mac_add(mac, slice_str(*leaves), &err) != 0)
			bail_out(err.text);
	succeeds(mac_final(mac, &out, &err), err, "a MAC is computed");
	is_slice(buf_slice(&out), slice_str(want), what);
}

static void
test_long(void)
{
	CLEANUP(mac_freep) struct mac	*whole = NULL, *parts = NULL;
	CLEANUP(buf_release) struct buf	 bytes = BUF(100 * KIB), a = BUF(KIB), b = BUF(KIB);
	struct error	err = ERROR_INIT;
	size_t		at = 0;

	if (buf_repeat(&bytes, 'x', 50000, &err) != 0 || mac_new(false, &whole, &err) != 0 || mac_new(false, &parts, &err) != 0 ||
	    mac_add(whole, buf_slice(&bytes), &err) != 0)
		bail_out(err.text);
	for (size_t step = 0; at < bytes.len; at += step++)
		if (mac_add(parts, slice_sub(buf_slice(&bytes), at, at + step), &err) != 0)
			bail_out(err.text);
	if (mac_final(whole, &a, &err) != 0 || mac_final(parts, &b, &err) != 0)
		bail_out(err.text);
	is_slice(buf_slice(&a), buf_slice(&b), "how the bytes are portioned does not matter");
}

static int
check(struct value_cipher *cipher, const char *sealed, const char *when, const char *computed, struct error *err)
{
	*err = ERROR_INIT;
	return mac_check(cipher, slice_str(sealed), slice_str(when), slice_str(computed), err);
}

static void
test_check(struct value_cipher *cipher)
{
	CLEANUP(buf_release) struct buf	sealed = BUF(KIB), lower = BUF(KIB), integer = BUF(KIB), zoned = BUF(KIB);
	struct error err = ERROR_INIT;

	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T11:03:09Z", EXAMPLE, &err), 0, "the MAC of the worked example is accepted");
	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T11:03:09.75Z", EXAMPLE, &err), 0, "a fraction of the time does not count");
	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T11:03:09+00:00", EXAMPLE, &err), 0, "nor does the spelling of UTC");
	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T11:03:08Z", EXAMPLE, &err), ERR_MAC, "another second does");
	ok(strncmp(err.text, "Cannot decrypt MAC: ", 20) == 0, "in sops' words");
	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T12:03:09+01:00", EXAMPLE, &err), ERR_MAC, "the same moment in another zone does");
	is_int(check(cipher, EXAMPLE_SEALED, "yesterday", EXAMPLE, &err), ERR_MAC, "no time at all is a mismatch");
	is_int(check(cipher, EXAMPLE_SEALED, "2026-11-21T11:03:09Z", PLAIN, &err), ERR_MAC, "another MAC is a mismatch");
	is_str(err.text, "MAC mismatch. File has " EXAMPLE ", computed " PLAIN, "which shows both");
	is_int(check(cipher, "", "2026-11-21T11:03:09Z", PLAIN, &err), ERR_MAC, "no MAC is a mismatch");
	is_str(err.text, "MAC mismatch. File has no MAC, computed " PLAIN, "and is called so");
	is_int(check(cipher, "ENC[", "2026-11-21T11:03:09Z", PLAIN, &err), ERR_MAC, "a torn MAC is a mismatch");

	err_reset(&err);
	if (mac_seal(cipher, SLICE(PLAIN), SLICE("2026-01-02T03:04:05Z"), &sealed, &err) != 0 || buf_terminate(&sealed, &err) != 0 ||
	    mac_seal(cipher, SLICE("cf83e1"), SLICE("2026-01-02T03:04:05Z"), &lower, &err) != 0 || buf_terminate(&lower, &err) != 0 ||
	    value_seal(cipher, VALUE_INT, SLICE("12"), SLICE("2026-01-02T03:04:05Z"), &integer, &err) != 0 || buf_terminate(&integer, &err) != 0 ||
	    mac_seal(cipher, SLICE(PLAIN), SLICE("2026-01-02T03:04:05+02:00"), &zoned, &err) != 0 || buf_terminate(&zoned, &err) != 0)
		bail_out(err.text);
	is_int(check(cipher, (char *)sealed.data, "2026-01-02T03:04:05Z", PLAIN, &err), 0, "what we seal is accepted");
	is_int(check(cipher, (char *)lower.data, "2026-01-02T03:04:05Z", "CF83E1", &err), ERR_MAC, "the comparison is case-sensitive");
	is_int(check(cipher, (char *)integer.data, "2026-01-02T03:04:05Z", "12", &err), ERR_MAC, "the MAC must be a string");
	is_int(check(cipher, (char *)zoned.data, "2026-01-02T03:04:05.5+02:00", PLAIN, &err), 0, "a numeric zone is kept");
}

int
main(void)
{
	CLEANUP(secret_freep) struct secret		*key = NULL;
	CLEANUP(value_cipher_freep) struct value_cipher	*cipher = NULL;
	struct error err = ERROR_INIT;

	computes(false, (const char *[]){ NULL }, EMPTY, "of nothing it is the hash of nothing");
	computes(false, (const char *[]){ "hello", "True", "1.5", "1", NULL }, PLAIN, "over the leaves in order");
	computes(true, (const char *[]){ "hello", "True", "1.5", "1", NULL }, ONLY, "behind a fixed beginning when only encrypted leaves count");
	computes(false, (const char *[]){ "demo", "8080", "1", "True", "2020-01-02T00:00:00Z", "", "a", "16", "31", NULL }, EXAMPLE,
	    "as in the worked example");
	test_long();
	if (secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &key, &err) != 0 || value_cipher_new(key, &cipher, &err) != 0)
		bail_out(err.text);
	test_check(cipher);
	return done_testing();
}
