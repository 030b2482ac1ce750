// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Does nothing with a packet: its test run shows what the test run itself costs. */

__attribute__((section("tc"), used)) int weir_empty(void *skb)
{
	(void)skb;
	return -1; /* TCX_NEXT */
}

char LICENSE[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
