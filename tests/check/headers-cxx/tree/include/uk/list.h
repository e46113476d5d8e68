/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once
struct uk_list { struct uk_list *new; };
