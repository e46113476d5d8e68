/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Bounds of the image, from the platform's linker script: addresses, never objects. All but
 * the TLS template are page-aligned. Any context.
 */

#include <uk/defs.h>

extern const char uk_image_text[], uk_image_text_end[];     /* read and execute */
extern const char uk_image_rodata[], uk_image_rodata_end[]; /* read */
extern const char uk_image_data[], uk_image_data_end[];     /* read and write, from the file */
extern const char uk_image_bss[], uk_image_end[];           /* read and write, zero at first */

/* The template of thread-local storage (PT_TLS): bytes with contents, bytes in all, alignment. */
extern const char uk_image_tls[], uk_image_tls_filesz[], uk_image_tls_memsz[], uk_image_tls_align[];

/* A static array of whole pages that is zero at first goes here, so that its alignment costs
 * nothing in the image's file: static char pool[4][UK_PAGE_SIZE] UK_IMAGE_PAGES; */
#define UK_IMAGE_PAGES __attribute__((aligned(4096), section(".bss..pages")))
