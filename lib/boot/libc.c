/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What libc finds in its vector beside arguments and environment (System V ABI, AMD64
 * supplement, 3.4.3): where the TLS template is, and some random bytes.
 */

#include <uk/cpu.h>
#include <uk/image.h>
#include <uk/libc.h>
#include <uk/param.h>

enum { AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_RANDOM = 25 };
enum { PT_TLS = 7, PF_R = 4 };

/* Elf64_Phdr. */
struct program_header {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t va;
	uint64_t pa;
	uint64_t file_size;
	uint64_t mem_size;
	uint64_t align;
};

static struct program_header tls;
static uint64_t random[2];

/* Made up here: the image does not load its own headers. */
static void tls_describe(void)
{
	tls.type = PT_TLS;
	tls.flags = PF_R;
	tls.va = (uintptr_t)uk_image_tls;
	tls.file_size = (uintptr_t)uk_image_tls_filesz;
	tls.mem_size = (uintptr_t)uk_image_tls_memsz;
	tls.align = (uintptr_t)uk_image_tls_align;
}

/* For hash seeds and the like; what needs secrets asks getrandom(). */
static void random_fill(void)
{
	for (size_t i = 0; i < UK_ARRAY_SIZE(random); i++)
		random[i] = uk_cpu_random_weak();
}

/* Without lib/param: no arguments but the name, no environment. */
static char name[] = "ashlar";
static char *bare[3 + 2 * 6] = { name };
static unsigned int bare_used = 3;

static void aux_add(unsigned long type, unsigned long value)
{
	if (CONFIG_LIB_PARAM) {
		uk_param_aux(type, value);
	} else {
		bare[bare_used++] = (char *)type;
		bare[bare_used++] = (char *)value;
	}
}

uk_noreturn void uk__boot_libc_start(void);

void uk__boot_libc_start(void)
{
	if ((uintptr_t)uk_image_tls_memsz != 0) {
		tls_describe();
		aux_add(AT_PHDR, (uintptr_t)&tls);
		aux_add(AT_PHENT, sizeof(tls));
		aux_add(AT_PHNUM, 1);
	}
	random_fill();
	aux_add(AT_PAGESZ, UK_PAGE_SIZE);
	aux_add(AT_RANDOM, (uintptr_t)random);
	if (CONFIG_LIB_PARAM)
		uk_libc_start(uk_param_argc(), uk_param_vec());
	uk_libc_start(1, bare);
}
