/*
 * Preloaded by the tests of new tokens: the first 32 random bytes are those whose hexadecimal text has a SHA-256 that begins as that
 * of 64 times "a" does; all others are 0xbb.
 */
#include <stddef.h>
#include <string.h>

void	randombytes_buf(void *const buf, const size_t size);

void
randombytes_buf(void *const buf, const size_t size)
{
	static const unsigned char	first[32] = { 0xaf, 0x2e };
	static size_t			drawn;

	(void)memset(buf, 0xbb, size);
	if (size == sizeof(first) && drawn++ == 0)
		(void)memcpy(buf, first, sizeof(first));
}
