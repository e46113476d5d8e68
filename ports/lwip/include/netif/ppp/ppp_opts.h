/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* PPP is not among the sources; lwIP's other files ask whether it is there. */
#define PPP_SUPPORT 0
