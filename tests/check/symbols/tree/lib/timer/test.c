/* SPDX-License-Identifier: BSD-3-Clause */
int name_of_a_sanitizer(void)
{
	return 0;
}
