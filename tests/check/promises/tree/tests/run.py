# SPDX-License-Identifier: BSD-3-Clause
print("fault.text-write")
