/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Parameters of libraries on the guest's command line, and what main() gets of it:
 *
 *	library.name=value ... [env.NAME=value] ... [-- argument ...]
 *
 * Words are separated by blanks, with quotes and backslashes as in a POSIX shell (XCU 2.2: '...'
 * takes everything as it is, "..." knows \" \\ \$ \`, a backslash elsewhere takes the next
 * character as it is). `virtio_mmio.device=...` is taken wherever it stands, also behind the
 * `--`, because QEMU's microvm appends it. An unknown name, a value that does not fit, an
 * unbalanced quote, a line that is too long: the parse fails with one line that names it.
 *
 * A library declares a parameter beside the variable, which keeps its value if nothing is said:
 *
 *	static unsigned int depth = 64;
 *	UK_PARAM_UINT(depth, depth, "packets that a queue holds");
 *
 * The name is `<library>.depth`. Parameters are set once, before the first init function, and
 * never change. The help is for people who read the source and is not in the image. A library
 * that declares parameters says `imply LIB_PARAM`; where
 * that is off the macros leave nothing behind.
 */

#include <stdbool.h>
#include <uk/bootinfo.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/table.h>

enum uk_param_kind {
	UK_PARAM_KIND_INT,
	UK_PARAM_KIND_UINT,
	UK_PARAM_KIND_BOOL,
	UK_PARAM_KIND_STRING,
	UK_PARAM_KIND_FN
};

struct uk_param {
	const char *name;
	union {
		void *var;
		int (*fn)(const char *value);
	} to;
	uint8_t kind;
	uint8_t size; /* of *var in bytes */
};

UK_TABLE(struct uk_param, param);

/*
 * INT: int, long or a type of their sizes: [-+]digits, or 0x and hexadecimal digits.
 * UINT: the unsigned ones, with an optional K, M, G or T at the end (powers of 1024).
 * BOOL: bool: 1 0 y n yes no on off true false.
 * STRING: const char *: stays valid for ever.
 * FN: int fn(const char *value): called at once, before any init function; 0, or -EINVAL if the
 * value is wrong. Boot context: it may parse and store, no more.
 */
#define UK_PARAM_INT(name, var, help)    UK_PARAM_AS(INT, UK_LIB "." #name, name, var, help)
#define UK_PARAM_UINT(name, var, help)   UK_PARAM_AS(UINT, UK_LIB "." #name, name, var, help)
#define UK_PARAM_BOOL(name, var, help)   UK_PARAM_AS(BOOL, UK_LIB "." #name, name, var, help)
#define UK_PARAM_STRING(name, var, help) UK_PARAM_AS(STRING, UK_LIB "." #name, name, var, help)
#define UK_PARAM_FN(name, fn, help)      UK_PARAM_AS(FN, UK_LIB "." #name, name, fn, help)
/* With a name that is not the library's: UK_PARAM_AS(FN, "net.ip", net_ip, set_ip, "..."). */
#if CONFIG_LIB_PARAM
#define UK_PARAM_AS(kind, full_name, id, target, help) \
	UK_TABLE_ENTRY(struct uk_param, param) \
	uk_param_entry_##id = { full_name, UK_PARAM_TO_##kind(target), UK_PARAM_KIND_##kind, \
				UK_PARAM_SIZE_##kind(target) }
#else
/* The target counts as used, so that what only sets it is not warned about. */
#define UK_PARAM_AS(kind, full_name, id, target, help) \
	static inline uk_unused void uk_param_off_##id(void) \
	{ \
		(void)(target); \
	} \
	_Static_assert(1, full_name)
#endif

/* The addresses; a variable of the wrong type does not compile. */
#define UK_PARAM_VAR_(ok, v)  { .var = __builtin_choose_expr(ok, &(v), (void)0) }
#define UK_PARAM_IS_(v, type) __builtin_types_compatible_p(__typeof__(v), type)
#define UK_PARAM_TO_INT(v)    UK_PARAM_VAR_(!((__typeof__(v))-1 > 0), v)
#define UK_PARAM_TO_UINT(v)   UK_PARAM_VAR_((__typeof__(v))-1 > 0, v)
#define UK_PARAM_TO_BOOL(v)   UK_PARAM_VAR_(UK_PARAM_IS_(v, bool), v)
#define UK_PARAM_TO_STRING(v) UK_PARAM_VAR_(UK_PARAM_IS_(v, const char *), v)
#define UK_PARAM_TO_FN(f)     { .fn = (f) }

#define UK_PARAM_SIZE_INT(v)    sizeof(v)
#define UK_PARAM_SIZE_UINT(v)   sizeof(v)
#define UK_PARAM_SIZE_BOOL(v)   sizeof(v)
#define UK_PARAM_SIZE_STRING(v) sizeof(v)
#define UK_PARAM_SIZE_FN(f)     0

/*
 * Read the whole line: set the parameters, build the vector. Called once by boot, before any
 * init function; the line is copied. It counts as too long when none of its first
 * UK_BOOT_CMDLINE_MAX bytes ends it: plat leaves it so. 0, or -EINVAL, -ERANGE (value too
 * large), -E2BIG (line too long, too many words): then uk_param_error() says in one line,
 * without a newline, what is wrong. Parameters before the faulty word are set.
 */
int uk_param_parse(const char *cmdline);
const char *uk_param_error(void);

#define UK_PARAM_WORDS_MAX  256 /* arguments and environment together */
#define UK_PARAM_AUX_MAX    12  /* pairs of the auxiliary vector, without AT_NULL */
#define UK_PARAM_VIRTIO_MAX 32

/*
 * The vector for uk_libc_start(): arguments, NULL, environment, NULL, auxiliary pairs, AT_NULL.
 * argv[0] is CONFIG_APP_NAME. Before uk_param_parse(): that alone. The memory is the
 * application's to write once main runs.
 */
int uk_param_argc(void);
char **uk_param_vec(void);

/* Add a pair to the auxiliary vector (types: System V ABI, AMD64 supplement, 3.4.3; <elf.h>).
 * Boot context, after uk_param_parse(). 0 or -E2BIG. */
int uk_param_aux(unsigned long type, unsigned long value);

/* The i-th value of virtio_mmio.device= ("<size>@<base>:<irq>", unchecked); NULL: no more. */
const char *uk_param_virtio_mmio(unsigned int i);

/* Read a number as UINT or INT parameters have it, the whole text. 0, -EINVAL or -ERANGE.
 * `max`: greatest value that is allowed. Any context. */
int uk_param_read_uint(const char *text, uint64_t max, uint64_t *value);
int uk_param_read_int(const char *text, int64_t min, int64_t max, int64_t *value);
int uk_param_read_bool(const char *text, bool *value);
