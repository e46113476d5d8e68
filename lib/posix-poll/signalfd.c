/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signalfd (Linux, signalfd(2)) without lib/posix-signal: for SIGTERM, the one signal that comes
 * from outside: the platform wants the image to end. Who has such a descriptor ends when it is
 * ready to; without one the image ends at once, or as soon as a thread waits for files.
 */

#include <uk/abi/fcntl.h>
#include <uk/atomic.h>
#include <uk/boot.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/init.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define SIGTERM       15
#define SIGINFO_WORDS 32u /* struct signalfd_siginfo */

static struct uk_file term;
static bool taken;  /* somebody has `term`, or makes it */
static bool open;   /* it can be woken */
static bool wanted; /* the word has come and was not read */

static uint32_t term_poll(struct uk_file *file uk_unused)
{
	return uk_load(&wanted) ? UK_POLLIN : 0;
}

static long term_read(struct uk_file *file uk_unused, struct uk_file_iter *to,
		      int64_t offset uk_unused)
{
	static const uint32_t info[SIGINFO_WORDS] = { SIGTERM };

	if (to->total < sizeof(info))
		return -EINVAL;
	return uk_exchange(&wanted, false) ? uk_file_iter_put(to, info, sizeof(info)) : -EAGAIN;
}

static void term_close(struct uk_file *file uk_unused)
{
	uk_store(&open, false);
	uk_store_release(&taken, false);
}

static const struct uk_file_ops ops = {
	.read = term_read,
	.poll = term_poll,
	.close = term_close,
};

/* As a signal that nobody handles; but to be asked is no failure. */
static void end(struct uk_poll_pump *pump uk_unused)
{
	uk_boot_exit(0);
}

static struct uk_poll_pump pump = { .run = end };

static void stop(void)
{
	uk_store(&wanted, true);
	if (uk_load_acquire(&open))
		uk_poll_wake(&term.poll, UK_POLLIN);
	else
		(void)uk_poll_pump_kick(&pump);
}

UK_SYSCALL_FULL4(signalfd4, int, fd, const uint64_t *, set, size_t, size, uint32_t, flags)
{
	uint64_t mask;

	if (size != sizeof(mask) || (flags & ~(uint32_t)(UK_O_CLOEXEC | UK_O_NONBLOCK)))
		return -EINVAL;
	if (uk_uaccess_read(&mask, set, sizeof(mask)))
		return -EFAULT;
	/* One descriptor for one signal. */
	if (fd != -1 || mask != 1ull << (SIGTERM - 1))
		return -EINVAL;
	if (uk_exchange(&taken, true))
		return -EMFILE;
	uk_file_init(&term, &ops, UK_O_RDONLY | (flags & UK_O_NONBLOCK));
	uk_store_release(&open, true);
	return uk_fd_install(&term, flags & UK_O_CLOEXEC);
}

static int signalfd_init(void)
{
	uk_poll_pump_register(&pump);
	uk_boot_on_stop(stop);
	return 0;
}
UK_INIT(SERVICE, signalfd_init);
