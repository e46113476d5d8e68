/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getrandom (Linux, getrandom(2)): random numbers fit for keys, or none.
 */

#include <uk/abi/process.h>
#include <uk/errno.h>
#include <uk/rng.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define KNOWN (UK_GRND_NONBLOCK | UK_GRND_RANDOM | UK_GRND_INSECURE)

static int some(void *buf, size_t len, uint32_t flags)
{
	uint64_t word;

	if (!(flags & UK_GRND_INSECURE))
		return uk_rng_bytes(buf, len);
	for (size_t i = 0; i < len; i += sizeof(word)) {
		word = uk_rng_weak();
		memcpy((char *)buf + i, &word, UK_MIN(sizeof(word), len - i));
	}
	return 0;
}

/*
 * Where the machine has no source of entropy, none will come by waiting: -EAGAIN also
 * without GRND_NONBLOCK. GRND_INSECURE takes the best there is.
 */
UK_SYSCALL_FULL3(getrandom, char *, buf, size_t, len, uint32_t, flags)
{
	char chunk[64];
	size_t done = 0;
	int err = uk_uaccess_ok(buf, len);

	if (flags & ~(uint32_t)KNOWN)
		return -EINVAL;
	len = UK_MIN(len, 0x1fffffful);
	while (err == 0 && done < len) {
		size_t part = UK_MIN(len - done, sizeof(chunk));

		err = some(chunk, part, flags);
		if (err)
			err = -EAGAIN;
		else
			err = uk_uaccess_write(buf + done, chunk, part);
		if (err == 0)
			done += part;
	}
	memset(chunk, 0, sizeof(chunk));
	uk_compiler_barrier(); /* the clearing stays */
	return done > 0 ? (long)done : err;
}
