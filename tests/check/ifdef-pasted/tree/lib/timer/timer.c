/* SPDX-License-Identifier: BSD-3-Clause */
#define ON(x) CONFIG_##x
