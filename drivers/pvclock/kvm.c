/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * KVM's clock (Linux, Documentation/virt/kvm/x86/msr.rst and cpuid.rst): a page that the host
 * fills with the counter's rate and its own time. Read once at boot for the rate, and once for
 * the date; switched off in between, so that the host does not keep writing.
 */

#include "pvclock.h"
#include <uk/atomic.h>
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/cpuid.h>
#include <uk/errno.h>
#include <uk/mmu.h>
#include <uk/msr.h>

#define LEAF_SIGNATURE 0x40000000u
#define LEAF_FEATURES  0x40000001u
#define SIGNATURE_1    0x4b4d564bu /* "KVMK" "VMKV" "M" in ebx, ecx, edx */
#define SIGNATURE_2    0x564b4d56u
#define SIGNATURE_3    0x0000004du
#define CLOCKSOURCE2   (1u << 3)
#define MSR_WALL       0x4b564d00u
#define MSR_SYSTEM     0x4b564d01u
#define SYSTEM_ON      1u
#define TRIES          1000

/* The host writes these; version is odd while it does. */
struct system_time {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc;
	uint64_t ns;
	uint32_t mul;
	int8_t shift;
	uint8_t flags;
	uint8_t pad[2];
};
struct wall_time {
	uint32_t version;
	uint32_t sec;
	uint32_t nsec;
};

static struct system_time shared_system uk_aligned(64);
static struct wall_time shared_wall uk_aligned(64);

static bool present(uint32_t highest)
{
	struct uk_cpuid r = uk_cpuid(LEAF_SIGNATURE, 0);

	if (r.ebx != SIGNATURE_1 || r.ecx != SIGNATURE_2 || r.edx != SIGNATURE_3)
		return false;
	return highest >= LEAF_FEATURES && (uk_cpuid(LEAF_FEATURES, 0).eax & CLOCKSOURCE2) != 0;
}

/* Everything is read once; false if the host does not finish writing, or writes nonsense. */
static bool read_system(struct system_time *copy)
{
	bool ok = false;

	uk_msr_write(MSR_SYSTEM, uk_virt_to_phys(&shared_system) | SYSTEM_ON);
	for (int i = 0; i < TRIES && !ok; i++) {
		copy->version = uk_load_acquire(&shared_system.version);
		copy->tsc = uk_load(&shared_system.tsc);
		copy->ns = uk_load(&shared_system.ns);
		copy->mul = uk_load(&shared_system.mul);
		copy->shift = uk_load(&shared_system.shift);
		__atomic_thread_fence(__ATOMIC_ACQUIRE); /* the copy before the second look */
		ok = !(copy->version & 1) && copy->version == uk_load(&shared_system.version);
	}
	uk_msr_write(MSR_SYSTEM, 0);
	return ok && copy->mul != 0 && copy->shift > -32 && copy->shift < 32;
}

/* ns = (cycles << shift) * mul / 2^32 */
static uint64_t scale(uint64_t cycles, const struct system_time *t)
{
	cycles = t->shift < 0 ? cycles >> -t->shift : cycles << t->shift;
	return (uint64_t)(((unsigned __int128)cycles * t->mul) >> 32);
}

static int read_wall(uk_nsec_t *wall)
{
	struct system_time t;
	uint32_t version, sec, nsec;
	int tries = TRIES;

	if (!read_system(&t))
		return -EIO;
	uk_msr_write(MSR_WALL, uk_virt_to_phys(&shared_wall));
	do {
		version = uk_load_acquire(&shared_wall.version);
		sec = uk_load(&shared_wall.sec);
		nsec = uk_load(&shared_wall.nsec);
		__atomic_thread_fence(__ATOMIC_ACQUIRE); /* as in read_system() */
	} while (((version & 1) || version != uk_load(&shared_wall.version)) && --tries > 0);
	if (tries == 0 || sec == 0 || nsec >= UK_NSEC_PER_SEC)
		return -EIO;
	uint64_t since = t.ns + scale(uk_cpu_cycles() - t.tsc, &t);

	*wall = (uk_nsec_t)(sec * UK_NSEC_PER_SEC + nsec + since);
	return 0;
}

static const struct uk_clock_calendar calendar = { .name = "kvm", .read = read_wall };

uint64_t uk__pvclock_kvm(uint32_t highest)
{
	struct system_time t;

	if (!present(highest) || !read_system(&t))
		return 0;
	if (CONFIG_CLOCK_WALL)
		(void)uk_clock_calendar_register(&calendar);
	/* hz = 10^9 * 2^32 / mul / 2^shift */
	uint64_t hz = (UK_NSEC_PER_SEC << 32) / t.mul;

	return t.shift < 0 ? hz << -t.shift : hz >> t.shift;
}
