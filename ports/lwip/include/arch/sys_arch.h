/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* NO_SYS: no threads, semaphores or mailboxes of lwIP. */
