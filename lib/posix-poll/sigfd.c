/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signalfd (Linux, signalfd(2)) over lib/posix-signal: reading takes signals that are pending for
 * the reader or the process. Without that library: signalfd.c.
 */

#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/heap.h>
#include <uk/init.h>
#include <uk/signal.h>
#include <uk/spinlock.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* struct signalfd_siginfo (include/uapi/linux/signalfd.h), as far as anything is told. */
struct record {
	uint32_t signo;
	int32_t err;
	int32_t code;
	uint32_t pid;
	uint32_t uid;
	int32_t fd;
	uint32_t tid;
	uint32_t band;
	uint32_t overrun;
	uint32_t trapno;
	int32_t status;
	int32_t value;
	uint64_t pointer;
	char rest[72];
};
_Static_assert(sizeof(struct record) == 128, "struct signalfd_siginfo");

struct sigfd {
	struct uk_file file;
	uint64_t set;
	struct uk_list node; /* all.lock */
};

static struct {
	struct uk_spinlock lock;
	struct uk_list list;
} all = { UK_SPINLOCK_INIT, UK_LIST_INIT(all.list) };

static struct sigfd *of(struct uk_file *file)
{
	return UK_CONTAINER_OF(file, struct sigfd, file);
}

static uint32_t sigfd_poll(struct uk_file *file)
{
	return uk_signal_pending(uk_load(&of(file)->set)) ? UK_POLLIN : 0;
}

static struct record record_of(const struct uk_siginfo *info)
{
	struct record r = { .signo = (uint32_t)info->signo, .code = info->code };

	if (info->code == UK_SI_TIMER) {
		r.tid = (uint32_t)info->pid;
		r.overrun = info->uid;
	} else {
		r.pid = (uint32_t)info->pid;
		r.uid = info->uid;
	}
	r.value = (int32_t)info->value;
	r.pointer = info->value;
	return r;
}

static long sigfd_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset uk_unused)
{
	struct uk_siginfo info;
	struct record r;
	long done = 0, n;

	if (to->total < sizeof(r))
		return -EINVAL;
	while (to->total >= sizeof(r) && uk_signal_take(uk_load(&of(file)->set), &info)) {
		r = record_of(&info);
		n = uk_file_iter_put(to, &r, sizeof(r));
		if (n < 0)
			return done > 0 ? done : n;
		done += n;
	}
	return done > 0 ? done : -EAGAIN;
}

static void sigfd_close(struct uk_file *file)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&all.lock);

	uk_list_remove(&of(file)->node);
	uk_spin_unlock_irqrestore(&all.lock, flags);
	uk_heap_free(of(file));
}

static const struct uk_file_ops ops = {
	.read = sigfd_read,
	.poll = sigfd_poll,
	.close = sigfd_close,
};

static void wake(uint64_t set)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&all.lock);

	UK_LIST_FOREACH(node, &all.list) {
		struct sigfd *s = UK_LIST_ENTRY(node, struct sigfd, node);

		if (s->set & set)
			uk_poll_wake(&s->file.poll, UK_POLLIN);
	}
	uk_spin_unlock_irqrestore(&all.lock, flags);
}

static long create(uint64_t set, uint32_t flags)
{
	struct sigfd *s = uk_heap_zalloc(1, sizeof(*s));
	uk_irqflags_t irq;

	if (!s)
		return -ENOMEM;
	uk_file_init(&s->file, &ops, UK_O_RDONLY | (flags & UK_O_NONBLOCK));
	s->set = set;
	irq = uk_spin_lock_irqsave(&all.lock);
	uk_list_append(&all.list, &s->node);
	uk_spin_unlock_irqrestore(&all.lock, irq);
	return uk_fd_install(&s->file, flags & UK_O_CLOEXEC);
}

/* Another set for a descriptor that there is; who waits on it looks again. */
static long change(int fd, uint64_t set)
{
	struct uk_file *file = uk_fd_get(fd);
	long err = fd;

	if (!file)
		return -EBADF;
	if (file->ops == &ops) {
		uk_store(&of(file)->set, set);
		uk_poll_wake(&file->poll, UK_POLLIN);
	} else {
		err = -EINVAL;
	}
	uk_fd_put(file);
	return err;
}

UK_SYSCALL_FULL4(signalfd4, int, fd, const uint64_t *, user, size_t, size, uint32_t, flags)
{
	uint64_t set;

	if (size != sizeof(set) || (flags & ~(uint32_t)(UK_O_CLOEXEC | UK_O_NONBLOCK)))
		return -EINVAL;
	if (uk_uaccess_read(&set, user, sizeof(set)))
		return -EFAULT;
	set &= ~(1ull << (UK_SIGKILL - 1) | 1ull << (UK_SIGSTOP - 1));
	return fd == -1 ? create(set, flags) : change(fd, set);
}

static int sigfd_init(void)
{
	uk_signal_listen(wake);
	return 0;
}
UK_INIT(SERVICE, sigfd_init);
