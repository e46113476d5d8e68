/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is asked for memory when there is none: gives back what is kept for later alone, and says
 * whether there was any. NULL: nobody keeps anything. stack.c sets it; in an image without threads
 * it is a constant. May be called with any lock of libc's but that of the list of threads.
 */

int (*__uk_memory_back)(void);
