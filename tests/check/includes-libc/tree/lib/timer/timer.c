/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
