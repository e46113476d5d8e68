/* SPDX-License-Identifier: BSD-3-Clause */
UK_TEST(vm, stacks_have_guards)
{
}
