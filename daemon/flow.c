/* flow.c - see flow.h. The end of input travels behind the bytes in flight; a failure doesn't wait. */

#include "daemon/flow.h"

void px_flow_init(struct px_flow *f, struct px_port *src, struct px_port *dst, struct px_pool *pool)
{
	*f = (struct px_flow){ .src = src, .dst = dst, .pool = pool };
}

void px_flow_abandon(struct px_flow *f)
{
	px_pool_give(f->pool, f->buf);
	f->buf = NULL;
	f->head = f->tail = 0;
	f->abandoned = true;
}

static bool is_over(const struct px_flow *f)
{
	return f->shut || f->abandoned;
}

static bool has_failed(const struct px_flow *f)
{
	return f->pull_failed || f->push_failed;
}

/* While the destination holds sealed bytes of its own, more would only wait as plaintext. */
static bool wants_pull(const struct px_flow *f)
{
	return !f->eof && !is_over(f) && !has_failed(f) && !f->dst->holds &&
	    PX_POOL_BUF_LEN - f->tail >= PX_FLOW_RECORD_LEN;
}

static bool wants_push(const struct px_flow *f)
{
	return !is_over(f) && !f->push_failed && (f->head < f->tail || f->dst->holds || f->eof);
}

/* Fills the buffer as far as records fit: many records then leave by one send. A source that gave less
 * than asked has probably no more; before it is asked again, what came goes out. True if anything came. */
static bool pull(struct px_flow *f, size_t *n_pulled)
{
	bool moved = false, less = false;
	size_t room;
	ssize_t n;

	f->dry = false;
	if (wants_pull(f) && !f->buf) {
		f->buf = px_pool_take(f->pool);
		f->pull_failed = !f->buf;
	}
	while (!f->dry && !less && wants_pull(f)) {
		room = PX_POOL_BUF_LEN - f->tail;
		n = f->src->ops->recv(f->src, f->buf + f->tail, room);
		f->dry = n == PX_AGAIN;
		f->eof = n == 0;
		f->pull_failed = n < 0 && !f->dry;
		moved |= n >= 0;
		if (n > 0) {
			f->tail += (uint32_t)n;
			*n_pulled += (size_t)n;
			less = (size_t)n < room;
		}
	}
	return moved;
}

static int push_end(struct px_flow *f)
{
	int r = f->dst->ops->shut(f->dst);

	if (r == 0)
		f->shut = true;
	return r;
}

/* One thing that can go out, in order: what the port holds, bytes in flight, the end. */
static int push_next(struct px_flow *f)
{
	ssize_t n;

	if (f->dst->holds)
		return f->dst->ops->flush(f->dst);
	if (f->head == f->tail)
		return push_end(f);
	n = f->dst->ops->send(f->dst, f->buf + f->head, f->tail - f->head);
	if (n < 0)
		return (int)n;
	f->head += (uint32_t)n;
	if (f->head == f->tail)
		f->head = f->tail = 0;
	return 0;
}

/* False if what is left has to wait. */
static bool push(struct px_flow *f)
{
	int r = 0;

	while (r == 0 && wants_push(f)) {
		r = push_next(f);
		f->push_failed = r < 0 && r != PX_AGAIN;
	}
	return r != PX_AGAIN;
}

static enum px_flow_state state_of(const struct px_flow *f)
{
	if (is_over(f))
		return PX_FLOW_OVER;
	if (has_failed(f))
		return PX_FLOW_FAILED;
	return wants_pull(f) && !f->dry ? PX_FLOW_MORE : PX_FLOW_WAIT;
}

enum px_flow_state px_flow_step(struct px_flow *f, size_t budget)
{
	size_t n_pulled = 0;
	bool moved, may_push;

	/* First what waited to go out: pulling may not be wanted before. */
	may_push = push(f);
	do {
		moved = pull(f, &n_pulled);
		may_push = may_push && push(f);
	} while (moved && !f->dry && n_pulled < budget);
	if (f->head == f->tail) {
		px_pool_give(f->pool, f->buf);
		f->buf = NULL;
		f->head = f->tail = 0;
	}
	return state_of(f);
}

/* Flushing what the other direction's recv has left may have to wait, but never makes this flow wait
 * for anything else than before. */
static void flush_port(struct px_flow *f)
{
	if (!is_over(f) && !f->push_failed && f->dst->holds &&
	    f->dst->ops->flush(f->dst) == PX_FAILED)
		f->push_failed = true;
}

enum px_flow_state px_flow_step_both(struct px_flow flows[2], size_t budget)
{
	enum px_flow_state s[2];

	s[1] = px_flow_step(&flows[1], budget);
	s[0] = px_flow_step(&flows[0], budget);
	flush_port(&flows[1]);
	if (flows[1].push_failed && !is_over(&flows[1]))
		s[1] = PX_FLOW_FAILED;
	if (s[0] == PX_FLOW_FAILED || s[1] == PX_FLOW_FAILED)
		return PX_FLOW_FAILED;
	if (s[0] == PX_FLOW_MORE || s[1] == PX_FLOW_MORE)
		return PX_FLOW_MORE;
	return s[0] == PX_FLOW_OVER && s[1] == PX_FLOW_OVER ? PX_FLOW_OVER : PX_FLOW_WAIT;
}

static unsigned port_wait(const struct px_flow *from, const struct px_flow *to)
{
	return (wants_pull(from) ? PX_WAIT_READ : 0) | (wants_push(to) ? PX_WAIT_WRITE : 0);
}

void px_flow_waits(const struct px_flow flows[2], unsigned waits[2])
{
	waits[0] = port_wait(&flows[0], &flows[1]);
	waits[1] = port_wait(&flows[1], &flows[0]);
}
