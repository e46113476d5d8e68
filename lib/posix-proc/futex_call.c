/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The call futex and its timeouts.
 */

#include "futex.h"
#include "proc.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/timespec.h>
#include <uk/uaccess.h>

/* FUTEX_WAIT counts from now; FUTEX_WAIT_BITSET and FUTEX_LOCK_PI2 name a point of the monotonic or
 * wall clock, FUTEX_LOCK_PI one of the wall clock. */
static long find_deadline(int op, const struct uk_timespec *user, uk_nsec_t *deadline)
{
	struct uk_timespec ts;
	uk_nsec_t ns, base = 0;

	*deadline = UK_NSEC_NEVER;
	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (!uk_timespec_valid(&ts))
		return -EINVAL;
	int command = op & ~(UK_FUTEX_PRIVATE | UK_FUTEX_CLOCK_REALTIME);

	if (command == UK_FUTEX_WAIT)
		base = uk_clock_now();
	else if ((op & UK_FUTEX_CLOCK_REALTIME) || command == UK_FUTEX_LOCK_PI)
		base = uk_clock_now() - uk_clock_wall();
	ns = uk_timespec_nsec(&ts);
	if (ns != UK_NSEC_NEVER)
		*deadline = uk_nsec_sum(ns, base);
	return 0;
}

struct wait {
	int32_t *word;
	int32_t value;
	uint32_t bits;
};

static uk_noinline long wait_until(const struct wait *w, int op, const struct uk_timespec *timeout)
{
	uk_nsec_t deadline;
	long err = find_deadline(op, timeout, &deadline);

	return err ? err : uk__posix_proc_futex_wait(w->word, w->value, w->bits, deadline);
}

/* Short, as the call itself: where libc's locks call it, most of it folds. */
uk_inline long wait(const struct wait *w, int op, const void *timeout)
{
	if (w->bits == 0)
		return -EINVAL;
	if (timeout)
		return wait_until(w, op, timeout);
	return uk__posix_proc_futex_wait(w->word, w->value, w->bits, UK_NSEC_NEVER);
}

static long requeue(struct uk__posix_proc_requeue *r, uintptr_t moves)
{
	r->moves = (int32_t)moves;
	if (r->wakes < 0 || r->moves < 0 || ((uintptr_t)r->target & 3))
		return -EINVAL;
	if (uk_uaccess_ok(r->target, sizeof(*r->target)))
		return -EFAULT;
	return uk__posix_proc_futex_requeue(r);
}

static int sign_extend_12(uint32_t bits)
{
	return (int)(bits << 20) >> 20;
}

/* The operation of FUTEX_WAKE_OP on *word, which *old tells before. */
static int operate(int32_t *word, uint32_t code, int32_t *old)
{
	uint32_t operand = (uint32_t)sign_extend_12(code >> 12), op = code >> 28;
	uint32_t value;
	int err = uk_uaccess_load(old, word);

	if (op & UK_FUTEX_OP_OPARG_SHIFT)
		operand = 1u << (operand & 31);
	while (err == 0) {
		switch (op & 7) {
		case UK_FUTEX_OP_SET: value = operand; break;
		case UK_FUTEX_OP_ADD: value = (uint32_t)*old + operand; break;
		case UK_FUTEX_OP_OR: value = (uint32_t)*old | operand; break;
		case UK_FUTEX_OP_ANDN: value = (uint32_t)*old & ~operand; break;
		case UK_FUTEX_OP_XOR: value = (uint32_t)*old ^ operand; break;
		default: return -ENOSYS;
		}
		err = uk_uaccess_compare_exchange(word, old, (int32_t)value);
		if (err == 0)
			break;
		err = err == -EAGAIN ? 0 : err;
	}
	return err;
}

/* 0, 1: the comparison of FUTEX_WAKE_OP. */
static int compare(uint32_t code, int32_t old)
{
	int32_t with = sign_extend_12(code);

	switch ((code >> 24) & 15) {
	case UK_FUTEX_EQ: return old == with;
	case UK_FUTEX_NE: return old != with;
	case UK_FUTEX_LT: return old < with;
	case UK_FUTEX_LE: return old <= with;
	case UK_FUTEX_GT: return old > with;
	case UK_FUTEX_GE: return old >= with;
	default: return -ENOSYS;
	}
}

struct wake_op {
	int32_t *word, *other;
	long wakes, others;
	uint32_t code;
};

/* The word is changed first, and then woken, as by everybody who wakes: no lock is needed. */
static uk_noinline long wake_op(const struct wake_op *w)
{
	int32_t old = 0;
	long n;
	int err;

	if ((uintptr_t)w->other & 3)
		return -EINVAL;
	if (compare(w->code, 0) < 0)
		return -ENOSYS;
	err = operate(w->other, w->code, &old);
	if (err)
		return err;
	n = uk__posix_proc_futex_wake(w->word, w->wakes, UK_FUTEX_BITSET_ANY);
	if (compare(w->code, old))
		n += uk__posix_proc_futex_wake(w->other, w->others, UK_FUTEX_BITSET_ANY);
	return n;
}

static uk_noinline long lock_pi(int32_t *word, int op, const struct uk_timespec *timeout)
{
	uk_nsec_t deadline = UK_NSEC_NEVER;
	long err = timeout ? find_deadline(op, timeout, &deadline) : 0;

	return err ? err : uk__posix_proc_futex_lock_pi(word, deadline, false);
}

static long pi(int32_t *word, int op, const void *timeout)
{
	if (!CONFIG_POSIX_PROC_FUTEX_PI)
		return -ENOSYS;
	switch (op & ~(UK_FUTEX_PRIVATE | UK_FUTEX_CLOCK_REALTIME)) {
	case UK_FUTEX_UNLOCK_PI: return uk__posix_proc_futex_unlock_pi(word);
	case UK_FUTEX_TRYLOCK_PI: return uk__posix_proc_futex_lock_pi(word, UK_NSEC_NEVER, true);
	default: return lock_pi(word, op, timeout);
	}
}

/* Linux passes the number to move in the place of the timeout. */
UK_SYSCALL_FULL6(futex, int32_t *, word, int, op, int32_t, value, const void *, timeout, int32_t *,
		 target, uint32_t, bits)
{
	struct uk__posix_proc_requeue move = { .word = word, .target = target, .wakes = value };

	if ((uintptr_t)word & 3)
		return -EINVAL;
	switch (op & ~(UK_FUTEX_PRIVATE | UK_FUTEX_CLOCK_REALTIME)) {
	case UK_FUTEX_WAIT: bits = UK_FUTEX_BITSET_ANY; /* fall through */
	case UK_FUTEX_WAIT_BITSET: return wait(&(struct wait){ word, value, bits }, op, timeout);
	case UK_FUTEX_WAKE: return uk__posix_proc_futex_wake(word, value, UK_FUTEX_BITSET_ANY);
	case UK_FUTEX_WAKE_BITSET:
		return bits ? uk__posix_proc_futex_wake(word, value, bits) : -EINVAL;
	case UK_FUTEX_CMP_REQUEUE:
		move.compare = true;
		move.value = (int32_t)bits; /* fall through */
	case UK_FUTEX_REQUEUE: return requeue(&move, (uintptr_t)timeout);
	case UK_FUTEX_WAKE_OP:
		return wake_op(&(struct wake_op){ word, target, value, (int32_t)(uintptr_t)timeout,
						  bits });
	case UK_FUTEX_LOCK_PI:
	case UK_FUTEX_LOCK_PI2:
	case UK_FUTEX_TRYLOCK_PI:
	case UK_FUTEX_UNLOCK_PI: return pi(word, op, timeout);
	default: return -ENOSYS;
	}
}
