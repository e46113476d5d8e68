/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a release image must fold: a system call that takes no lock, and strlen(), both across
 * the border between application, libc and kernel. tests/scenarios looks for calls in main.
 */

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	return (int)strlen(argv[argc - 1]) + getpid();
}
