/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel programs and the Java agent share: keys and values of maps, the policy image, the arguments of syscall
 * programs. Mirrored by the records of dev.weir.abi; LayoutTest compares both sides through BTF, field by field.
 *
 * Everything is little-endian host order except __be16/__be32 fields and address bytes, which are in network order.
 * Addresses are 16 bytes; IPv4 is stored v4-mapped (::ffff:a.b.c.d) so that both families share one path.
 */
#ifndef WEIR_ABI_H
#define WEIR_ABI_H

#include <linux/types.h>

/* Grows with every change that an older agent or program would misread; kept in weir_state.layout. An agent carries over
 * what maps of an older layout hold: each field into the one of the same name. So a field or map whose meaning changes gets
 * another name. */
#define WEIR_LAYOUT 7

#define WEIR_MAX_ENDPOINTS 4096	   /* slots of weir_endpoints; slot 0 stands for "no endpoint" */
#define WEIR_MAX_ADDRESSES 131072  /* of all namespaces together; one counts once a segment and once for the vantage */
#define WEIR_MAX_FLOWS 1048576	   /* of all namespaces together */
#define WEIR_MAX_PEERS 65536	   /* pairs of a namespace and who it talks to */
#define WEIR_MAX_CELLS 65536	   /* rule counters; cell 0 is never given to a rule */
#define WEIR_IMAGES_BYTES 16777216 /* all policy images, chains and cell tables, both generations */
#define WEIR_EVENTS_BYTES 2097152  /* of weir_events */
#define WEIR_EVENTS_PER_SECOND 10000	     /* of all namespaces together */
#define WEIR_NAMESPACE_EVENTS_PER_SECOND 100 /* of one, as long as there are not too many for that */
#define WEIR_MAX_VANTAGES 16		     /* network namespaces that devices are judged in; 0 is that of the agent */
#define WEIR_MAX_LAYERS 16		     /* images of one chain */
#define WEIR_HOST_NUMBER 1		     /* value of weir_addresses for what the vantage itself holds */
#define WEIR_MAX_NUMBER 4096		     /* the highest number of a namespace */
#define WEIR_WORLD 0xffff		     /* weir_flow.peer: nobody here holds the outside address */
#define WEIR_LEFT 0xfffe		  /* weir_flow.peer: who held it is gone, and the flow was not judged since */
#define WEIR_ANYWHERE 0			  /* segment of an address that is looked for in the whole vantage */
#define WEIR_NO_MAC 0xffffffffffffffffULL /* guard_mac of who may send no frame */
#define WEIR_NAME_BYTES 64		  /* names end with a NUL, so 63 bytes are theirs */
#define WEIR_DEVICE_BYTES 16		  /* IFNAMSIZ */
#define WEIR_HASH_BYTES 32		  /* SHA-256 */

/* What only has things added to it, by programs: carried over from an older layout by adding, once its programs count no
 * more. Everything else is copied while they still run. */
typedef __u64 weir_sum;

/* As the endpoint sees it. Also the index of every two-element array named by direction. */
enum weir_direction {
	WEIR_EGRESS = 0,  /* leaves the endpoint: ingress hook of its host-side device */
	WEIR_INGRESS = 1, /* enters the endpoint: egress hook of its host-side device */
};

/* What becomes of a packet that a rule or a default decided; stored in images and flows. Those that pass are odd. */
enum weir_verdict {
	WEIR_DENY = 0,
	WEIR_ALLOW = 1,
	WEIR_REJECT = 2, /* dropped, and its sender may be told */
	WEIR_AUDIT = 3,	 /* passes; would not if the policies in audit mode were enforced */
};

/* What becomes of a live flow that a policy allowed when policies change; stored in images and flows. */
enum weir_on_change {
	WEIR_REEVALUATE = 0, /* judged anew on its next packet */
	WEIR_KEEP = 1,	     /* goes on as long as it lives */
	WEIR_RESET = 2,	     /* as WEIR_REEVALUATE; both sides of a cut TCP flow are told. Of a flow that is refused it
			      * says that it was cut so */
};

/* Where a packet is counted when no rule decided it: index of weir_counters.cell. */
enum weir_outcome {
	WEIR_PASS = 0,	      /* allowed without a rule: ARP, neighbour discovery, other ethertypes */
	WEIR_DROP_POLICY = 1, /* no endpoint is known for the device: nothing is let through unjudged */
	WEIR_DROP_SPOOF = 2,  /* sent in another's name: MAC, ARP, neighbour discovery, source, router advertisement */
	WEIR_DROP_MALFORMED = 3,  /* header cut short, a length that lies, impossible TCP flags, source route */
	WEIR_DROP_FRAGMENT = 4,	  /* later fragment whose first was not seen */
	WEIR_DROP_EXTENSIONS = 5, /* more IPv6 extension headers than WEIR_MAX_EXTENSIONS */
	WEIR_DROP_L2 = 6,	  /* an ethertype that other-l2: deny refuses */
	WEIR_ANSWER = 7,	  /* passes: RST or ICMP error of ours for what was refused */
	WEIR_DROP_QUOTA = 8, /* could only pass as a reply, and its flow may be one that the quota left untracked */
	WEIR_DROP_RATE = 9,  /* opens a flow beyond new-per-second */
	WEIR_OUTCOMES = 10,
};

/* How far a flow has come; decides how long it may stay idle. */
enum weir_flow_state {
	WEIR_FLOW_NEW = 0,	   /* only its opener has spoken */
	WEIR_FLOW_ESTABLISHED = 1, /* both sides have */
	WEIR_FLOW_CLOSING = 2,	   /* TCP: one side has sent FIN; or the flow was cut */
	WEIR_FLOW_CLOSED = 3,	   /* TCP: both have, or one has sent RST */
	WEIR_FLOW_ANSWERED = 4,	   /* TCP: the SYN was answered, and that not yet acknowledged */
};

/* What else is in weir_flow.state. */
#define WEIR_FLOW_STATE_BITS 0x07
#define WEIR_FLOW_FIN_SHIFT 4	 /* TCP: a bit for each direction in which FIN went */
#define WEIR_FLOW_REOPENING 0x40 /* TCP: the opener of a live flow has sent SYN again */

/* What is in weir_flow.from. */
#define WEIR_FROM_BITS 0x7fff /* low bits of an ifindex; 0 for the host itself */
#define WEIR_FROM_KNOWN 0x8000

/* Low bits of weir_flow.seen: whether weir_expire has found the flow idle. */
enum weir_life {
	WEIR_LIVE = 0,
	WEIR_IDLE = 1, /* deleted by the next run, unless a packet comes before it */
	WEIR_GONE = 2, /* being deleted: not to be touched any more */
	WEIR_LIFE_BITS = 3,
};

/* --- maps ------------------------------------------------------------------------------------------------------- */

/* Key of weir_flows. Oriented by the hook, so that both directions of a conversation meet in one entry, and bound to its
 * device, so that tenants with equal addresses never meet. Hash keys compare every byte: padding is zero. */
struct weir_flow_key {
	__u8 inside[16]; /* the endpoint's side */
	__u8 outside[16];
	__be16 inside_port;  /* ICMP echo: identifier; other ICMP: type << 8 | code; no ports: 0 */
	__be16 outside_port; /* ICMP echo: 1 + enum weir_direction of its opener; other ICMP: 0 */
	__u32 ifindex;	     /* of the device, in its vantage */
	__u16 vantage;
	__u8 protocol; /* IPPROTO_* */
	__u8 pad;
};
_Static_assert(sizeof(struct weir_flow_key) == 44, "mirrored by FlowKey.java");

/* Value of weir_flows. Written by the packet path, and `credited` by weir_expire too, which deletes it; read by the
 * agent. */
struct weir_flow {
	__u64 judgement; /* epoch << 32 | foreign << 31 | guessed << 30 | on_change << 28 | verdict << 24 | cell: one word,
			   * so that it is never seen half new. foreign: the endpoint does not hold the inside address; guessed:
			   * the flow was met in mid-stream, so that either side may be its opener */
	weir_sum packets[2]; /* by direction of the packet, for both verdicts */
	weir_sum bytes[2];   /* as on the wire, with link header */
	__u64 opened_ns;     /* CLOCK_MONOTONIC */
	__u32 seen;  /* the kernel's jiffies at the last packet, their low bits, and of those the lowest two are enum
			   * weir_life */
	__u16 slot;  /* of weir_endpoints */
	__u8 opener; /* enum weir_direction of the packet that opened the flow, or is taken to have (guessed) */
	__u8 state;  /* enum weir_flow_state in WEIR_FLOW_STATE_BITS, and flags of TCP */
	__u16 peer; /* who held the outside address when it was judged: a number, WEIR_WORLD or WEIR_LEFT; 0: not known */
	__u16 from; /* by which device or bridge its packets come that enter: WEIR_FROM_KNOWN and WEIR_FROM_BITS; 0: none
			   * came yet */
	__u32 handshake_us;   /* TCP: from SYN to the acknowledgement of its answer, at this device; 0: not seen */
	weir_sum credited[2]; /* by direction: of bytes, what peers got or do not get (weir/peers.h) */
};
_Static_assert(sizeof(struct weir_flow) == 80, "mirrored by Flow.java");

/* Key of weir_devices: a device is an ifindex within a vantage. */
struct weir_device_key {
	__u32 ifindex;
	__u32 vantage;
};
_Static_assert(sizeof(struct weir_device_key) == 8, "mirrored by DeviceKey.java");

/* Value of weir_endpoints (array by slot, mapped by the agent). The agent writes all but the four flow
 * counters and the last two fields. */
struct weir_endpoint {
	__u32 chain[2]; /* by epoch & 1: offset of struct weir_chain in weir_images; 0: no endpoint here */
	__u64 guard_mac; /* the one source MAC that may leave, first byte lowest; 0: senders are not checked; WEIR_NO_MAC */
	weir_sum
		flows_opened; /* changed by the kernel only, as the next two; less those closed: entries of weir_flows now */
	weir_sum flows_closed;
	weir_sum flows_untracked;  /* packets judged without a flow because quota or table were full */
	__u64 opening_interval_ns; /* least mean distance of new flows of the namespace in one direction; 0: no limit */
	__u32 flow_quota;	   /* of the namespace, over all its devices */
	__u32 segment;		   /* in which its addresses count: ifindex of its bridge, or the device's own */
	__u32 ifindex;
	__u32 vantage;
	__u32 namespace_number; /* value of weir_addresses for what the namespace holds; index of weir_accounts */
	__u32 since_s;		/* Unix time when it began to count; 0: an agent of before this field made it */
	__u64 namespace_inode;	/* of its nsfs file */
	__u8 namespace_name[WEIR_NAME_BYTES];
	__u8 device[WEIR_DEVICE_BYTES];
	__u64 answer_due_ns; /* CLOCK_MONOTONIC: paces what is answered for refused packets; changed by the kernel only */
	weir_sum answers_suppressed; /* refused packets whose answer was one too many, or could not be made; likewise */
};
_Static_assert(sizeof(struct weir_endpoint) == 176, "mirrored by Endpoint.java");

/* Value of weir_accounts (array by namespace number, changed by the kernel only, but for the last): what a namespace has
 * taken of what all share. Number 0 stands for all together. */
struct weir_account {
	__u64 flows;		 /* entries of weir_flows now */
	__u64 opening_due_ns[2]; /* CLOCK_MONOTONIC, by direction of the opener: paces new flows */
	__u64 event_due_ns;	 /* CLOCK_MONOTONIC: paces events */
	weir_sum other_bytes[2]; /* by direction: that rules let pass and no peer is credited with (weir/peers.h) */
	__u32 given;		 /* whether somebody has the number; written by the agent */
	__u32 pad[3];		 /* fills the cache line */
};
_Static_assert(sizeof(struct weir_account) == 64, "mirrored by Account.java");

/* Key of weir_peers. */
struct weir_peer_key {
	__u32 namespace_number;
	__u32 peer; /* as in weir_flow: a number, or WEIR_WORLD */
};
_Static_assert(sizeof(struct weir_peer_key) == 8, "mirrored by PeerKey.java");

/* Value of weir_peers. */
struct weir_peer {
	weir_sum bytes[2]; /* by direction, that passed */
};
_Static_assert(sizeof(struct weir_peer) == 16, "mirrored by Peer.java");

struct weir_count {
	weir_sum packets;
	weir_sum bytes;
};
_Static_assert(sizeof(struct weir_count) == 16, "mirrored by Count.java");

/* Value of weir_counters (per-CPU array by slot): packets that no rule decided, and events that nobody will see. */
struct weir_counters {
	struct weir_count egress[WEIR_OUTCOMES];
	struct weir_count ingress[WEIR_OUTCOMES];
	weir_sum events_lost;	   /* one too many for the namespace, or the ring was full */
	weir_sum events_lost_told; /* of these, those that a later event has told of */
};
_Static_assert(sizeof(struct weir_counters) == 336, "mirrored by Counters.java");

/* Value of weir_cells (per-CPU array by cell): packets that one rule decided for one endpoint. */
struct weir_cell {
	weir_sum packets[2]; /* by direction of the packet */
	weir_sum bytes[2];
};
_Static_assert(sizeof(struct weir_cell) == 32, "mirrored by Cell.java");

/* Value of weir_cell_owners (hash by cell): what a cell counts. Written and read by agents only; it lets an agent that
 * starts find the counters of its rules again. */
struct weir_cell_owner {
	__u16 slot;
	__u8 direction; /* of the rule */
	__u8 verdict;
	__u8 pad[4];
	__u8 policy[WEIR_NAME_BYTES]; /* empty: weir.yaml's `unselected` */
	__u8 rule[WEIR_NAME_BYTES];
};
_Static_assert(sizeof(struct weir_cell_owner) == 136, "mirrored by CellOwner.java");

/* Value of weir_vantages (array by vantage): which network namespace the number stands for. Written and read by agents only, so
 * that numbers outlive them; of the host, which always is 0, nothing is kept. */
struct weir_vantage {
	__u64 cookie; /* SO_NETNS_COOKIE of the namespace, which no other ever has; 0: the number is free */
	__u8 name[WEIR_NAME_BYTES];
};
_Static_assert(sizeof(struct weir_vantage) == 72, "mirrored by Vantage.java");

/* Key of weir_addresses; its value is a __u32 number: WEIR_HOST_NUMBER, or that of a namespace. */
struct weir_address_key {
	__u8 address[16];
	__u32 vantage;
	__u32 segment; /* ifindex of the bridge, or of the device, behind which it is; or WEIR_ANYWHERE */
};
_Static_assert(sizeof(struct weir_address_key) == 24, "mirrored by AddressKey.java");

/* What the first fragment of a datagram said and later ones do not repeat. */
struct weir_fragment {
	__u64 tag;     /* which datagram, as a hash; 0: none */
	__u32 jiffies; /* when its first fragment came */
	__be16 inside_port;
	__be16 outside_port;
	__u8 protocol;
	__u8 least; /* in units of 8 bytes: where later fragments may begin, behind the header that decided */
	__u8 pad[6];
};
_Static_assert(sizeof(struct weir_fragment) == 24, "kernel only");

/* Value of weir_fragments (array by namespace number): datagrams that come in pieces. Sets of a few places each; within
 * a set the oldest makes room. */
#define WEIR_FRAGMENT_SETS 16
#define WEIR_FRAGMENT_WAYS 4
struct weir_fragments {
	struct weir_fragment place[WEIR_FRAGMENT_SETS * WEIR_FRAGMENT_WAYS];
};
_Static_assert(sizeof(struct weir_fragments) == 1536, "kernel only");

#define WEIR_HANDSHAKE_FIRST_US 64
#define WEIR_HANDSHAKE_BUCKETS                                                                                         \
	16 /* the first counts what took less than 64 us, each further one twice that, the last the rest */

/* Value of weir_handshakes (array by slot, changed by the kernel only): how long TCP handshakes took. */
struct weir_handshakes {
	weir_sum count[2][WEIR_HANDSHAKE_BUCKETS]; /* by direction of the opener */
	weir_sum sum_us[2];
};
_Static_assert(sizeof(struct weir_handshakes) == 272, "mirrored by Handshakes.java");

/* The one element of weir_state (array, mapped by the agent). `epoch` is stored last and in one word: it switches every
 * endpoint at once. A program reads it once, first. */
struct weir_state {
	__u32 layout;	  /* WEIR_LAYOUT of who made the maps */
	__u32 epoch;	  /* grows with every change of verdicts: a policy, an address, a namespace */
	__u32 oldest;	  /* the oldest epoch that a stamped packet may still ask for: epoch or epoch - 1 */
	__u32 flow_share; /* flows that a namespace can always have; beyond them, up to its quota, it gets one only while
			   * all namespaces together have less than flow_room */
	__u32 flow_room;
	__u32 event_interval_us; /* least mean distance of events of a namespace */
	__u64 programs;	     /* which build of the programs judges: the first bytes of the SHA-256 of their object */
	__u64 credited_ns;   /* CLOCK_MONOTONIC: when weir_expire, which writes it, last credited peers */
	__u64 generation[2]; /* by epoch & 1: how many policy changes were applied */
	__u64 applied_ns[2]; /* by epoch & 1: CLOCK_REALTIME of that generation */
	__u8 hash[2][WEIR_HASH_BYTES]; /* by epoch & 1: of the policies */
};
_Static_assert(sizeof(struct weir_state) == 136, "mirrored by State.java");

/* What weir_events carries: a packet that was dropped, or the first of a flow that a rule with `log: true` or a policy in audit
 * mode lets pass. Written by the packet path, read by the agent. */
struct weir_event {
	__u64 at_ns; /* CLOCK_MONOTONIC */
	__u64 bytes; /* as on the wire, with link header */
	__u64 lost;  /* events of the same endpoint that were lost since the one before this, on the same processor */
	struct weir_flow_key key; /* as far as the packet was read */
	__u32 epoch;		  /* that it was judged in */
	__u32 packets;		  /* 1, or the segments of a super-packet */
	__u32 cell;		  /* where a rule decided: its counter; else 0 */
	__u16 slot;		  /* of weir_endpoints; 0: no endpoint is known for the device */
	__u8 direction;		  /* enum weir_direction of the packet */
	__u8 verdict;		  /* enum weir_verdict, where a rule decided */
	__u8 outcome;		  /* enum weir_outcome, where none did */
	__u8 tcp_flags;
	__u8 pad[2];
};
_Static_assert(sizeof(struct weir_event) == 88, "mirrored by Event.java");

/* What weir_ended carries: a flow as it was when weir_expire deleted it. Read by the agent that exports flows. */
struct weir_ended_flow {
	struct weir_flow_key key;
	__u32 purged; /* whether its device went; else it was idle */
	struct weir_flow flow;
};
_Static_assert(sizeof(struct weir_ended_flow) == 48 + sizeof(struct weir_flow), "mirrored by EndedFlow.java");

/* Load-time constants, the only content of .rodata. */
struct weir_settings {
	__u32 vantage;
	__u32 other_l2; /* enum weir_verdict */
	__u64 secret;	/* random, not 0: marks our own answers between two hooks */
};
_Static_assert(sizeof(struct weir_settings) == 16, "mirrored by Settings.java");

#include "weir/abi_calls.h"
#include "weir/abi_image.h"

#endif
