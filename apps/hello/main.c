/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The smallest application: says hello, and shows what the command line brought.
 */
#include <stdio.h>

extern char **environ;

static void show(int argc, char **argv)
{
	printf("Hello, world!\n");
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = \"%s\"\n", i, argv[i]);
	for (char **env = environ; *env; env++)
		printf("env %s\n", *env);
}

int main(int argc, char **argv)
{
	if (CONFIG_HELLO_PUTS)
		puts("Hello, world!");
	else
		show(argc, argv);
	return 0;
}
