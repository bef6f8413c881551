#include "crypto/aesctr.h"
#include "tests/hex.h"

#define LAST_BLOCK	(AESCTR_MAX - 16)

/*
 * The key is 00 01 ... 1f, the nonce 64 65 ... 6f.  Made with
 *	openssl enc -aes-256-ctr -K 0001...1f -iv 6465...6f00000000 </dev/zero
 * and, for the last block that a stream may have, -iv 6465...6fffffffff.
 */
static const char first[] = "67db22aa534c49d620a5eb79245f101e609bd50f6ad76df665f048ba8c5fd706481bde6679e9569e3e625fe8da656afd";
static const char last[] = "1bb2214fb0897c134b46e804844d5c2d";

int
main(void)
{
	CLEANUP(aesctr_freep) struct aesctr	*ctr = NULL;
	CLEANUP(buf_release) struct buf		bytes = BUF(1000);
	struct slice				stream;
	struct error				err = ERROR_INIT;
	uint8_t					key[32], nonce[12], out[48];
	static const uint8_t			zeros[48];

	for (uint8_t i = 0; i < 32; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 12; i++)
		nonce[i] = 100 + i;
	stream = unhex(&bytes, first);
	if (!succeeds(aesctr_new(key, &ctr, &err), err, "a key is taken"))
		return done_testing();

	succeeds(aesctr_start(ctr, nonce, 0, &err), err, "a stream begins");
	succeeds(aesctr_apply(ctr, slice_of(zeros, 48), out, &err), err, "and gives");
	is_slice(slice_of(out, 48), stream, "the key stream that openssl gives");
	succeeds(aesctr_start(ctr, nonce, 0, &err), err, "the object begins again");
	succeeds(aesctr_apply(ctr, slice_of(out, 7), out, &err), err, "in place, seven bytes");
	succeeds(aesctr_apply(ctr, slice_of(out + 7, 41), out + 7, &err), err, "and the rest");
	is_mem(out, 48, zeros, 48, "decrypting is the same operation");
	for (size_t offset = 0; offset <= 48; offset++) {
		if (aesctr_start(ctr, nonce, offset, &err) != 0 || aesctr_apply(ctr, slice_of(zeros, 48 - offset), out, &err) != 0 ||
		    !slice_eq(slice_of(out, 48 - offset), slice_from(stream, offset)))
			ok(false, "a stream can begin at byte %zu", offset);
	}

	succeeds(aesctr_start(ctr, nonce, LAST_BLOCK, &err), err, "a stream can begin at its last block");
	succeeds(aesctr_apply(ctr, slice_of(zeros, 16), out, &err), err, "and gives it");
	is_hex(slice_of(out, 16), last, "from the largest counter");
	is_int(aesctr_apply(ctr, slice_of(zeros, 1), out, &err), ERR_LIMIT, "one byte more is refused");
	err_reset(&err);
	succeeds(aesctr_start(ctr, nonce, LAST_BLOCK, &err), err, "at the last block");
	is_int(aesctr_apply(ctr, slice_of(zeros, 17), out, &err), ERR_LIMIT, "17 bytes are refused");
	err_reset(&err);
	is_int(aesctr_start(ctr, nonce, AESCTR_MAX + 1, &err), ERR_LIMIT, "a start beyond the end is refused");
	return done_testing();
}
