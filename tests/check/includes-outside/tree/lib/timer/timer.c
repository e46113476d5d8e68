/* SPDX-License-Identifier: BSD-3-Clause */
#include "../clock/private.h"
