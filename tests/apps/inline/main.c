/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * For tests: in the image, main must contain no call of getpid or strlen. The length is that
 * of a string which the compiler cannot know.
 */

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	return getpid() == 1 && argc == 1 ? (int)strlen(argv[0]) : 99;
}
