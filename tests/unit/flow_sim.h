/* flow_sim.h - simulated ends for flow_test: sockets with a capacity, edge-triggered readiness, and a
 * TLS look-alike on top of them.
 *
 * The look-alike does what the TLS core promises the relay: it hands out a record only when it is
 * whole, takes what it is given and keeps sealed what the socket doesn't take, and notes answers (as to
 * a KeyUpdate) instead of sending while it receives.
 */
#ifndef TESTS_UNIT_FLOW_SIM_H
#define TESTS_UNIT_FLOW_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/flow.h"

/* xorshift64*: the same numbers from the same seed everywhere. */
uint64_t sim_random(uint64_t *state);
/* 0 .. n-1 */
size_t sim_below(uint64_t *state, size_t n);

/* One direction of a socket: a ring of bytes. */
#define SIM_WIRE_MAX 131072
struct sim_wire {
	uint8_t *data;
	size_t cap, head, len;
	bool closed; /* the writer has ended it */
};
size_t sim_wire_put(struct sim_wire *w, const uint8_t *data, size_t len);
size_t sim_wire_get(struct sim_wire *w, uint8_t *data, size_t len);

/* A record of the look-alike: kind, two bytes of length, body with every byte turned over. */
#define SIM_HEAD 3
#define SIM_BODY_MAX 16384
enum sim_kind { SIM_DATA = 1, SIM_ASK, SIM_ANSWER, SIM_CLOSE };
size_t sim_record_write(uint8_t *out, enum sim_kind kind, const uint8_t *body, size_t len);

struct sim_record {
	uint8_t bytes[SIM_HEAD + SIM_BODY_MAX];
	size_t len; /* read so far */
	size_t given; /* bytes of the body handed out */
};
/* Bytes still missing to the end of its head or body; 0: whole. */
size_t sim_record_missing(const struct sim_record *r);
size_t sim_record_body(const struct sim_record *r);
void sim_record_open(struct sim_record *r);

struct sim_end {
	struct px_port port;
	struct sim_wire in, out;
	bool tls;
	bool coupled; /* the mistake: receiving waits until the answer is sent */
	bool readable, writable; /* as the relay knows it */
	bool edge_read, edge_write; /* what the kernel would report next */
	bool no_space; /* the relay met a full wire: room will be reported */
	bool shut;
	uint64_t *rnd;
	unsigned shyness; /* one call of this many says "not now" or takes less; 0: none */

	bool noted;
	bool close_sealed;
	uint8_t sealed[PX_POOL_BUF_LEN + 8 * SIM_HEAD + 64];
	size_t sealed_head, sealed_len;
	struct sim_record rec;

	uint64_t n_in, n_out; /* bytes through the socket */
	uint64_t n_events; /* ends seen, halves shut, failures */
	uint64_t n_again; /* answers "not now" */
	uint64_t fail_in_at, fail_out_at; /* bytes after which the socket fails; 0: never */
	uint8_t in_data[SIM_WIRE_MAX], out_data[SIM_WIRE_MAX];
};

void sim_end_init(struct sim_end *e, uint64_t *rnd, bool tls, size_t cap);

/* The number in an environment variable, or the other one. The first seed of a run, printed: from
 * QUENCH_SEED, or the clock. */
uint64_t sim_number_from_env(const char *name, uint64_t otherwise);
uint64_t sim_first_seed(void);

#endif
