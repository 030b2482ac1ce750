// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* They do nothing with a packet: their test runs show what a test run itself costs. */

__attribute__((section("tc"), used)) int weir_empty(void *skb)
{
	(void)skb;
	return -1; /* TCX_NEXT */
}

__attribute__((section("xdp"), used)) int weir_empty_xdp(void *xdp)
{
	(void)xdp;
	return 2; /* XDP_PASS */
}

char LICENSE[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
