/* flow_test.c - the quench, on 20,000 random simulated connections.
 *
 * Each connection: two peers, two ends (plain or the TLS look-alike of flow_sim), two flows between
 * them, stepped by readiness edges only. Half of the connections are quenched: a peer stops reading
 * again and again, or reads nothing before it has written all. At each standstill everything that can
 * move must have moved; then one quenched peer is let go.
 *
 * QUENCH_SEED=number repeats a run; PX_FLOW_RUNS=number sets how many connections.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/flow_sim.h"

enum habit { READS, PAUSES, WRITES_FIRST };

struct peer {
	struct sim_end *end;
	enum habit habit;
	bool paused;
	bool asks; /* now and then for new keys */
	bool truncates; /* ends without the closing record */
	uint64_t total, sent;
	uint8_t stage[SIM_HEAD + SIM_BODY_MAX];
	size_t stage_head, stage_len;
	bool close_staged;
	uint64_t expected, got;
	bool got_close;
	struct sim_record rec;
	uint8_t salt_out, salt_in;
};

struct sim {
	uint64_t seed, rnd;
	struct px_pool *pool;
	struct sim_end ends[2];
	struct peer peers[2];
	struct px_flow flows[2]; /* flows[i]: from ends[i] */
	bool runnable; /* the budget was spent */
	bool dead; /* a failure ended both directions */
	bool over;
	unsigned n_standstills;
	bool stalled;
};

#define CHECK(sim, cond)                                                                           \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fail_msg("seed %llu: %s", (unsigned long long)(sim)->seed, #cond);         \
	} while (0)

static uint8_t stream_byte(uint64_t at, uint8_t salt)
{
	return (uint8_t)(at * 167 + (at >> 8) * 13 + (at >> 16) * 59 + salt);
}

/* ---- Peers ------------------------------------------------------------------------------------- */

static bool stage_data(struct sim *s, struct peer *p)
{
	uint8_t body[SIM_BODY_MAX];
	size_t n = 1 + sim_below(&s->rnd, SIM_BODY_MAX);

	if (n > p->total - p->sent)
		n = (size_t)(p->total - p->sent);
	for (size_t i = 0; i < n; i++)
		body[i] = stream_byte(p->sent + i, p->salt_out);
	p->sent += n;
	p->stage_head = 0;
	if (p->end->tls)
		p->stage_len = sim_record_write(p->stage, SIM_DATA, body, n);
	else
		memcpy(p->stage, body, p->stage_len = n);
	return true;
}

/* What to write next; false if there is nothing more. */
static bool stage(struct sim *s, struct peer *p)
{
	if (p->asks && !p->close_staged && sim_below(&s->rnd, 3) == 0) {
		p->stage_head = 0;
		p->stage_len = sim_record_write(p->stage, SIM_ASK, NULL, 0);
		p->asks = sim_below(&s->rnd, 8) != 0;
		return true;
	}
	if (p->sent < p->total)
		return stage_data(s, p);
	if (!p->end->tls || p->close_staged || p->truncates)
		return false;
	p->close_staged = true;
	p->stage_head = 0;
	p->stage_len = sim_record_write(p->stage, SIM_CLOSE, NULL, 0);
	return true;
}

static bool peer_writes(struct sim *s, struct peer *p)
{
	struct sim_wire *w = &p->end->in;
	size_t n;

	if (w->closed)
		return false;
	if (p->stage_head == p->stage_len && !stage(s, p)) {
		w->closed = true;
		p->end->edge_read = true;
		return true;
	}
	n = 1 + sim_below(&s->rnd, p->stage_len - p->stage_head);
	n = sim_wire_put(w, p->stage + p->stage_head, n);
	p->stage_head += n;
	p->end->edge_read |= n > 0;
	return n > 0;
}

static void peer_takes(struct sim *s, struct peer *p, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		CHECK(s, data[i] == stream_byte(p->got + i, p->salt_in));
	p->got += len;
}

static void peer_opens(struct sim *s, struct peer *p, const uint8_t *data, size_t len)
{
	struct sim_record *r = &p->rec;
	size_t n;

	while (len > 0) {
		n = sim_record_missing(r);
		n = n < len ? n : len;
		memcpy(r->bytes + r->len, data, n);
		r->len += n;
		data += n;
		len -= n;
		if (sim_record_missing(r) > 0)
			continue;
		CHECK(s, !p->got_close);
		sim_record_open(r);
		if (r->bytes[0] == SIM_DATA)
			peer_takes(s, p, r->bytes + SIM_HEAD, r->len - SIM_HEAD);
		p->got_close |= r->bytes[0] == SIM_CLOSE;
		r->len = 0;
	}
}

static bool is_quenched(const struct peer *p)
{
	return p->paused || (p->habit == WRITES_FIRST && !p->end->in.closed);
}

static bool peer_reads(struct sim *s, struct peer *p)
{
	static uint8_t data[SIM_WIRE_MAX];
	struct sim_wire *w = &p->end->out;
	size_t n;

	if (p->habit == PAUSES && sim_below(&s->rnd, 20) == 0)
		p->paused = true;
	if (is_quenched(p))
		return false;
	n = sim_wire_get(w, data, 1 + sim_below(&s->rnd, sizeof(data)));
	if (p->end->tls)
		peer_opens(s, p, data, n);
	else
		peer_takes(s, p, data, n);
	/* As TCP does: room is reported when a good part is free, and only to who met a full wire. */
	if (p->end->no_space && w->cap - w->len >= (w->cap + 2) / 3) {
		p->end->no_space = false;
		p->end->edge_write = true;
	}
	return n > 0;
}

/* ---- The relay --------------------------------------------------------------------------------- */

static uint64_t moved_by(const struct sim *s)
{
	return s->ends[0].n_in + s->ends[0].n_out + s->ends[0].n_events + s->ends[1].n_in +
	    s->ends[1].n_out + s->ends[1].n_events;
}

/* The failure policy: a direction whose destination is gone may leave the other one going. */
static void relay_failed(struct sim *s)
{
	bool both = false;

	for (int i = 0; i < 2; i++) {
		both |= s->flows[i].pull_failed;
		if (s->flows[i].push_failed)
			px_flow_abandon(&s->flows[i]);
	}
	if (both) {
		px_flow_abandon(&s->flows[0]);
		px_flow_abandon(&s->flows[1]);
		s->dead = true;
	}
	s->runnable = !both;
}

/* A wake-up for one reason only: it moves something exactly if the reason was waited for. */
static void check_exact(struct sim *s, const unsigned waits[2], const unsigned edges[2],
    uint64_t moved)
{
	bool waited = (waits[0] & edges[0]) || (waits[1] & edges[1]);

	if (edges[0] && edges[1])
		return;
	if (edges[0] == (PX_WAIT_READ | PX_WAIT_WRITE) || edges[1] == (PX_WAIT_READ | PX_WAIT_WRITE))
		return;
	CHECK(s, waited || moved == 0);
	CHECK(s, !waited || moved > 0);
}

static unsigned deliver(struct sim_end *e)
{
	unsigned edges = (e->edge_read ? PX_WAIT_READ : 0) | (e->edge_write ? PX_WAIT_WRITE : 0);

	e->readable |= e->edge_read;
	e->writable |= e->edge_write;
	e->edge_read = e->edge_write = false;
	return edges;
}

static void wake(struct sim *s)
{
	static const size_t budgets[] = { 1, 5000, 65536, 262144 };
	uint64_t before = moved_by(s), n_again = s->ends[0].n_again + s->ends[1].n_again;
	unsigned edges[2], waits[2];
	bool was_settled = !s->runnable && s->ends[0].shyness == 0;
	enum px_flow_state state;

	px_flow_waits(s->flows, waits);
	/* Not settled before the first run: bits which nothing has cleared yet. */
	was_settled &= before > 0;
	edges[0] = deliver(&s->ends[0]);
	edges[1] = deliver(&s->ends[1]);
	state = px_flow_step_both(s->flows, budgets[sim_below(&s->rnd, 4)]);
	s->runnable = state == PX_FLOW_MORE;
	CHECK(s, state != PX_FLOW_MORE || moved_by(s) > before);
	/* Two for each direction and end, plus the shy ones: not a loop around "not now". */
	CHECK(s, s->ends[0].n_again + s->ends[1].n_again - n_again <= 10);
	if (was_settled && (edges[0] || edges[1]) && state != PX_FLOW_FAILED)
		check_exact(s, waits, edges, moved_by(s) - before);
	if (state == PX_FLOW_FAILED)
		relay_failed(s);
	s->over = state == PX_FLOW_OVER || s->dead;
}

static bool relay_runs(struct sim *s)
{
	bool edge = s->ends[0].edge_read || s->ends[0].edge_write || s->ends[1].edge_read ||
	    s->ends[1].edge_write;

	if (s->over || (!edge && !s->runnable))
		return false;
	wake(s);
	return true;
}

/* ---- Standstill ------------------------------------------------------------------------------------ */

/* Nothing of flows[i] may be left behind unless its destination is full. */
static bool all_moved(const struct sim *s, int i)
{
	const struct px_flow *f = &s->flows[i];
	const struct sim_end *src = &s->ends[i], *dst = &s->ends[!i];

	if (dst->no_space || f->abandoned || f->shut)
		return true;
	return f->head == f->tail && !f->eof && dst->sealed_head == dst->sealed_len &&
	    !dst->noted && src->in.len == 0 && !src->in.closed;
}

/* Lets a quenched peer read again; false if there was none. */
static bool let_one_go(struct sim *s)
{
	int first = (int)sim_below(&s->rnd, 2);

	for (int i = 0; i < 2; i++) {
		struct peer *p = &s->peers[i ^ first];

		if (!is_quenched(p))
			continue;
		p->paused = false;
		if (p->habit == WRITES_FIRST)
			p->habit = PAUSES;
		return true;
	}
	return false;
}

static void standstill(struct sim *s)
{
	s->n_standstills++;
	s->stalled |= !all_moved(s, 0) || !all_moved(s, 1);
	CHECK(s, s->pool->n_lent == (s->flows[0].buf ? 1u : 0u) + (s->flows[1].buf ? 1u : 0u));
	/* What a TLS end doesn't get rid of stays sealed, never as plain bytes. */
	for (int i = 0; i < 2; i++)
		CHECK(s, !s->ends[!i].tls || !s->flows[i].buf);
	if (!let_one_go(s))
		s->stalled |= !s->over && !s->flows[0].abandoned && !s->flows[1].abandoned;
}

static void check_end(struct sim *s)
{
	for (int i = 0; i < 2; i++) {
		struct peer *p = &s->peers[i];
		const struct px_flow *f = &s->flows[!i];

		if (f->abandoned)
			continue;
		CHECK(s, f->shut);
		CHECK(s, p->end->out.closed && p->end->out.len == 0);
		CHECK(s, p->got == p->expected);
		CHECK(s, !p->end->tls || p->got_close);
	}
}

static void run(struct sim *s)
{
	bool moved;

	do {
		moved = false;
		for (int i = 0; i < 6; i++) {
			struct peer *p = &s->peers[sim_below(&s->rnd, 2)];

			switch (sim_below(&s->rnd, 3)) {
			case 0: moved |= peer_writes(s, p); break;
			case 1: moved |= peer_reads(s, p); break;
			default: moved |= relay_runs(s); break;
			}
		}
		if (moved)
			continue;
		/* Bad luck or a standstill: try everyone. */
		moved |= peer_writes(s, &s->peers[0]);
		moved |= peer_writes(s, &s->peers[1]);
		moved |= peer_reads(s, &s->peers[0]);
		moved |= peer_reads(s, &s->peers[1]);
		moved |= relay_runs(s);
		if (!moved) {
			moved = is_quenched(&s->peers[0]) || is_quenched(&s->peers[1]);
			standstill(s);
		}
	} while (moved && !s->stalled && !s->dead);
}

/* ---- Making connections ------------------------------------------------------------------------------- */

static size_t random_size(struct sim *s)
{
	return sim_below(&s->rnd, (size_t)1 << sim_below(&s->rnd, sim_below(&s->rnd, 50) ? 15 : 20));
}

static void peer_init(struct sim *s, int i, bool quenched)
{
	struct peer *p = &s->peers[i];

	memset(p, 0, sizeof(*p));
	p->end = &s->ends[i];
	p->total = random_size(s);
	p->habit = quenched ? (sim_below(&s->rnd, 2) ? PAUSES : WRITES_FIRST) : READS;
	p->asks = p->end->tls && sim_below(&s->rnd, 2);
	p->salt_out = (uint8_t)i;
	p->salt_in = (uint8_t)!i;
}

static void sim_init(struct sim *s, struct px_pool *pool, uint64_t seed, bool quenched)
{
	memset(&s->flows, 0, sizeof(s->flows));
	s->seed = seed;
	s->rnd = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	s->pool = pool;
	s->runnable = s->dead = s->over = s->stalled = false;
	s->n_standstills = 0;
	for (int i = 0; i < 2; i++) {
		sim_end_init(&s->ends[i], &s->rnd, sim_below(&s->rnd, 2),
		    (size_t)1 + sim_below(&s->rnd, (size_t)1 << (4 + sim_below(&s->rnd, 14))));
		s->ends[i].shyness = sim_below(&s->rnd, 3) ? 4 : 0;
	}
	s->ends[1].shyness = s->ends[0].shyness;
	for (int i = 0; i < 2; i++)
		peer_init(s, i, quenched && sim_below(&s->rnd, 3));
	if (quenched && s->peers[0].habit == READS)
		s->peers[1].habit = s->peers[1].habit == READS ? PAUSES : s->peers[1].habit;
	s->peers[0].expected = s->peers[1].total;
	s->peers[1].expected = s->peers[0].total;
	px_flow_init(&s->flows[0], &s->ends[0].port, &s->ends[1].port, pool);
	px_flow_init(&s->flows[1], &s->ends[1].port, &s->ends[0].port, pool);
}

static struct sim sim;

/* ---- Tests -------------------------------------------------------------------------------------------- */

static void test_random_connections(void **state)
{
	uint64_t seed = sim_first_seed(), n_runs = sim_number_from_env("PX_FLOW_RUNS", 20000);
	uint64_t n_standstills = 0;
	struct px_pool pool;

	(void)state;
	px_pool_init(&pool, 4);
	for (uint64_t i = 0; i < n_runs; i++) {
		sim_init(&sim, &pool, seed + i, i & 1);
		run(&sim);
		CHECK(&sim, !sim.stalled);
		CHECK(&sim, sim.over);
		check_end(&sim);
		CHECK(&sim, pool.n_lent == 0);
		n_standstills += sim.n_standstills;
	}
	printf("# %llu connections, %llu standstills\n", (unsigned long long)n_runs,
	    (unsigned long long)n_standstills);
	assert_true(n_runs < 100 || n_standstills > n_runs / 4);
	px_pool_clear(&pool);
}

/* The same with ends that fail, and peers that end without saying so. */
static void test_failures(void **state)
{
	uint64_t seed = sim_first_seed() + 1000000;
	unsigned n_dead = 0;
	struct px_pool pool;

	(void)state;
	px_pool_init(&pool, 4);
	for (uint64_t i = 0; i < 4000; i++) {
		sim_init(&sim, &pool, seed + i, i & 1);
		struct sim_end *e = &sim.ends[sim_below(&sim.rnd, 2)];

		switch (sim_below(&sim.rnd, 3)) {
		case 0: e->fail_in_at = 1 + random_size(&sim); break;
		case 1: e->fail_out_at = 1 + random_size(&sim); break;
		default: sim.peers[e == &sim.ends[1]].truncates = e->tls; break;
		}
		run(&sim);
		CHECK(&sim, !sim.stalled);
		if (!sim.dead)
			check_end(&sim);
		n_dead += sim.dead;
		px_flow_abandon(&sim.flows[0]);
		px_flow_abandon(&sim.flows[1]);
		CHECK(&sim, pool.n_lent == 0);
	}
	assert_in_range(n_dead, 100, 3900);
	px_pool_clear(&pool);
}

/* That the simulation sees a stall when there is one: ends whose receiving waits for sending. */
static void test_coupled_ends_stall(void **state)
{
	uint64_t seed = sim_first_seed() + 2000000;
	unsigned n_stalled = 0;
	struct px_pool pool;

	(void)state;
	px_pool_init(&pool, 4);
	for (uint64_t i = 0; i < 300; i++) {
		sim_init(&sim, &pool, seed + i, true);
		sim.ends[0].coupled = sim.ends[1].coupled = true;
		sim.ends[0].shyness = sim.ends[1].shyness = 4;
		for (int k = 0; k < 2; k++) {
			sim.peers[k].habit = WRITES_FIRST;
			sim.peers[k].asks = sim.ends[k].tls;
			sim.peers[k].total += SIM_WIRE_MAX;
		}
		run(&sim);
		n_stalled += sim.stalled;
		px_flow_abandon(&sim.flows[0]);
		px_flow_abandon(&sim.flows[1]);
	}
	printf("# %u of 300 stalled\n", n_stalled);
	assert_true(n_stalled > 30);
	px_pool_clear(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_connections),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_coupled_ends_stall),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
