/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the kernel hands over to libc: the contract <uk/libc.h>. The guard of the stack
 * protector is set long before, in the entry code: musl's __init_ssp is left out.
 */

#include <uk/libc.h>

int main(int argc, char **argv, char **envp);
_Noreturn int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
				void (*init)(void), void (*fini)(void), void (*ldso_fini)(void));

void uk_libc_start(int argc, char **vec)
{
	__libc_start_main(main, argc, vec, NULL, NULL, NULL);
}
