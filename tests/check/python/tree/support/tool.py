# SPDX-License-Identifier: BSD-3-Clause
import os
x=1
