/* flow_sim.c - see flow_sim.h. */

#include "tests/unit/flow_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t sim_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

size_t sim_below(uint64_t *state, size_t n)
{
	return (size_t)((sim_random(state) >> 16) % n);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- Wires --------------------------------------------------------------------------------------- */

size_t sim_wire_put(struct sim_wire *w, const uint8_t *data, size_t len)
{
	size_t n = least(len, w->cap - w->len), at = (w->head + w->len) % w->cap, first;

	first = least(n, w->cap - at);
	memcpy(w->data + at, data, first);
	memcpy(w->data, data + first, n - first);
	w->len += n;
	return n;
}

size_t sim_wire_get(struct sim_wire *w, uint8_t *data, size_t len)
{
	size_t n = least(len, w->len), first = least(n, w->cap - w->head);

	memcpy(data, w->data + w->head, first);
	memcpy(data + first, w->data, n - first);
	w->head = (w->head + n) % w->cap;
	w->len -= n;
	return n;
}

/* ---- Records ------------------------------------------------------------------------------------- */

size_t sim_record_write(uint8_t *out, enum sim_kind kind, const uint8_t *body, size_t len)
{
	out[0] = (uint8_t)kind;
	out[1] = (uint8_t)(len >> 8);
	out[2] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		out[SIM_HEAD + i] = (uint8_t)~body[i];
	return SIM_HEAD + len;
}

size_t sim_record_body(const struct sim_record *r)
{
	return r->len < SIM_HEAD ? 0 : (size_t)(r->bytes[1] << 8 | r->bytes[2]);
}

size_t sim_record_missing(const struct sim_record *r)
{
	if (r->len < SIM_HEAD)
		return SIM_HEAD - r->len;
	return SIM_HEAD + sim_record_body(r) - r->len;
}

void sim_record_open(struct sim_record *r)
{
	for (size_t i = SIM_HEAD; i < r->len; i++)
		r->bytes[i] = (uint8_t)~r->bytes[i];
}

/* ---- The socket, as the relay sees it ------------------------------------------------------------ */

static bool is_shy(struct sim_end *e)
{
	return e->shyness && sim_below(e->rnd, e->shyness) == 0;
}

/* Not now, without a cause the peer could lift: the report must come by itself. */
static ssize_t not_now(struct sim_end *e, bool *ready, bool *edge, bool report)
{
	*ready = false;
	*edge |= report;
	e->n_again++;
	return PX_AGAIN;
}

static ssize_t sock_recv(struct sim_end *e, uint8_t *buf, size_t len)
{
	size_t n;

	if (!e->readable) {
		e->n_again++;
		return PX_AGAIN;
	}
	if (e->fail_in_at && e->n_in >= e->fail_in_at) {
		e->n_events++;
		return PX_FAILED;
	}
	if (is_shy(e))
		return not_now(e, &e->readable, &e->edge_read, true);
	if (is_shy(e))
		len = 1 + sim_below(e->rnd, len);
	n = sim_wire_get(&e->in, buf, len);
	if (n == 0 && !e->in.closed)
		return not_now(e, &e->readable, &e->edge_read, false);
	e->n_in += n;
	return (ssize_t)n;
}

static ssize_t sock_send(struct sim_end *e, const uint8_t *buf, size_t len)
{
	size_t n;

	if (!e->writable) {
		e->n_again++;
		return PX_AGAIN;
	}
	if (e->fail_out_at && e->n_out >= e->fail_out_at) {
		e->n_events++;
		return PX_FAILED;
	}
	if (is_shy(e))
		return not_now(e, &e->writable, &e->edge_write, true);
	if (is_shy(e))
		len = 1 + sim_below(e->rnd, len);
	n = sim_wire_put(&e->out, buf, len);
	if (n == 0) {
		e->no_space = true;
		return not_now(e, &e->writable, &e->edge_write, false);
	}
	e->n_out += n;
	return (ssize_t)n;
}

static void sock_shut(struct sim_end *e)
{
	e->out.closed = true;
	e->shut = true;
	e->port.holds = false;
	e->n_events++;
}

/* ---- A plain end ----------------------------------------------------------------------------------- */

static ssize_t plain_recv(struct px_port *port, void *buf, size_t len)
{
	struct sim_end *e = (struct sim_end *)port;
	ssize_t n = sock_recv(e, buf, len);

	e->n_events += n == 0;
	return n;
}

static ssize_t plain_send(struct px_port *port, const void *buf, size_t len)
{
	return sock_send((struct sim_end *)port, buf, len);
}

static int plain_shut(struct px_port *port)
{
	sock_shut((struct sim_end *)port);
	return 0;
}

static int plain_flush(struct px_port *port)
{
	port->holds = false;
	return 0;
}

/* ---- The TLS look-alike ---------------------------------------------------------------------------- */

static void seal(struct sim_end *e, enum sim_kind kind, const uint8_t *body, size_t len)
{
	e->sealed_len += sim_record_write(e->sealed + e->sealed_len, kind, body, len);
}

static int push_sealed(struct sim_end *e)
{
	ssize_t n;

	while (e->sealed_head < e->sealed_len) {
		n = sock_send(e, e->sealed + e->sealed_head, e->sealed_len - e->sealed_head);
		if (n < 0)
			return (int)n;
		e->sealed_head += (size_t)n;
	}
	e->sealed_head = e->sealed_len = 0;
	return 0;
}

static int tls_flush(struct px_port *port)
{
	struct sim_end *e = (struct sim_end *)port;
	int r = push_sealed(e);

	if (r == 0 && e->noted) {
		e->noted = false;
		seal(e, SIM_ANSWER, NULL, 0);
		r = push_sealed(e);
	}
	port->holds = r != 0;
	return r;
}

/* True if the whole record was none that the receiver gets to see. */
static bool take_note(struct sim_end *e)
{
	if (e->rec.bytes[0] == SIM_ASK && !e->close_sealed) {
		e->noted = true;
		e->port.holds = true;
	}
	if (e->rec.bytes[0] == SIM_DATA)
		return false;
	e->n_events++;
	e->rec.len = 0;
	return true;
}

static ssize_t hand_out(struct sim_end *e, uint8_t *buf, size_t len)
{
	size_t n = least(len, e->rec.len - SIM_HEAD - e->rec.given);

	memcpy(buf, e->rec.bytes + SIM_HEAD + e->rec.given, n);
	e->rec.given += n;
	e->n_events++;
	if (e->rec.given == e->rec.len - SIM_HEAD)
		e->rec.len = e->rec.given = 0;
	return (ssize_t)n;
}

static ssize_t tls_recv(struct px_port *port, void *buf, size_t len)
{
	struct sim_end *e = (struct sim_end *)port;
	struct sim_record *r = &e->rec;
	size_t missing;
	ssize_t n;

	if (e->coupled && e->noted && tls_flush(port) == PX_AGAIN)
		return PX_AGAIN;
	if (r->given)
		return hand_out(e, buf, len);
	for (;;) {
		while ((missing = sim_record_missing(r)) > 0) {
			n = sock_recv(e, r->bytes + r->len, missing);
			e->n_events += n == 0;
			if (n <= 0)
				return n == 0 ? PX_FAILED : n;
			r->len += (size_t)n;
		}
		if (r->bytes[0] == SIM_CLOSE) {
			e->n_events++;
			return 0;
		}
		if (take_note(e))
			continue;
		sim_record_open(r);
		return hand_out(e, buf, len);
	}
}

static ssize_t tls_send(struct px_port *port, const void *buf, size_t len)
{
	struct sim_end *e = (struct sim_end *)port;
	const uint8_t *from = buf;
	size_t n, done = 0;
	int r = tls_flush(port);

	if (r)
		return r;
	while (done < len) {
		n = least(len - done, SIM_BODY_MAX);
		seal(e, SIM_DATA, from + done, n);
		done += n;
	}
	r = push_sealed(e);
	port->holds = r == PX_AGAIN;
	return r == PX_FAILED ? r : (ssize_t)len;
}

static int tls_shut(struct px_port *port)
{
	struct sim_end *e = (struct sim_end *)port;
	int r = tls_flush(port);

	if (r)
		return r;
	if (!e->close_sealed)
		seal(e, SIM_CLOSE, NULL, 0);
	e->close_sealed = true;
	r = push_sealed(e);
	if (r == 0)
		sock_shut(e);
	return r;
}

static const struct px_port_ops plain_ops = { plain_recv, plain_send, plain_shut, plain_flush };
static const struct px_port_ops tls_ops = { tls_recv, tls_send, tls_shut, tls_flush };

void sim_end_init(struct sim_end *e, uint64_t *rnd, bool tls, size_t cap)
{
	memset(e, 0, offsetof(struct sim_end, in_data));
	e->port.ops = tls ? &tls_ops : &plain_ops;
	e->tls = tls;
	e->rnd = rnd;
	e->in.cap = e->out.cap = cap;
	e->in.data = e->in_data;
	e->out.data = e->out_data;
	e->edge_write = true;
}

uint64_t sim_number_from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

uint64_t sim_first_seed(void)
{
	uint64_t seed = sim_number_from_env("QUENCH_SEED", (uint64_t)time(NULL));

	printf("# QUENCH_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}
