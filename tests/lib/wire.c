/* wire.c - see wire.h. */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t first_seed(void)
{
	static uint64_t seed;
	const char *env = getenv("QUENCH_SEED");

	if (seed == 0) {
		seed = env != NULL ? strtoull(env, NULL, 0) : (uint64_t)time(NULL);
		seed += seed == 0;
		printf("# QUENCH_SEED=%llu\n", (unsigned long long)seed);
	}
	return seed;
}

void wire_init(struct wire *w)
{
	static uint64_t n_wires;

	*w = (struct wire){.random = first_seed() * 0x9e3779b97f4a7c15ULL + ++n_wires};
	w->random += w->random == 0;
}

void wire_clear(struct wire *w)
{
	free(w->c2s.p);
	free(w->s2c.p);
	w->c2s.p = w->s2c.p = NULL;
}

uint64_t wire_random(struct wire *w, uint64_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % n;
}

size_t wire_len(const struct wire_pipe *pipe)
{
	return pipe->end - pipe->start;
}

void wire_put(struct wire_pipe *pipe, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (pipe->start == pipe->end)
		pipe->start = pipe->end = 0;
	if (pipe->cap - pipe->end < len && pipe->start > 0) {
		memmove(pipe->p, pipe->p + pipe->start, wire_len(pipe));
		pipe->end -= pipe->start;
		pipe->start = 0;
	}
	if (pipe->cap - pipe->end < len) {
		pipe->cap = (pipe->end + len) * 2;
		pipe->p = realloc(pipe->p, pipe->cap);
		if (pipe->p == NULL)
			abort();
	}
	memcpy(pipe->p + pipe->end, data, len);
	pipe->end += len;
	pipe->total += len;
}

size_t wire_get(struct wire_pipe *pipe, void *data, size_t len)
{
	size_t n = wire_len(pipe) < len ? wire_len(pipe) : len;

	if (n > 0)
		memcpy(data, pipe->p + pipe->start, n);
	pipe->start += n;
	return n;
}

/* True: this call fails, errno says how. */
static bool fails(struct wire *w)
{
	if (w->again_percent == 0 || wire_random(w, 100) >= w->again_percent)
		return false;
	errno = wire_random(w, 2) == 0 ? EAGAIN : EINTR;
	return true;
}

static size_t piece(struct wire *w, size_t len)
{
	size_t n;

	if (w->max_piece == 0)
		return len;
	n = 1 + (size_t)wire_random(w, w->max_piece);
	return n < len ? n : len;
}

static ssize_t pull(struct wire *w, struct wire_pipe *pipe, void *data, size_t len)
{
	if (fails(w))
		return -1;
	if (wire_len(pipe) > 0)
		return (ssize_t)wire_get(pipe, data, piece(w, len));
	if (pipe->closed)
		return 0;
	errno = EAGAIN;
	return -1;
}

static ssize_t push(struct wire *w, struct wire_pipe *pipe, const void *data, size_t len)
{
	size_t n = piece(w, len);

	if (fails(w))
		return -1;
	if (pipe->window > 0) {
		size_t room = pipe->window > wire_len(pipe) ? pipe->window - wire_len(pipe) : 0;

		n = n < room ? n : room;
	}
	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	wire_put(pipe, data, n);
	return (ssize_t)n;
}

ssize_t wire_pull(void *ptr, void *data, size_t len)
{
	struct wire *w = ptr;

	w->n_pulls++;
	return pull(w, &w->c2s, data, len);
}

ssize_t wire_push(void *ptr, const void *data, size_t len)
{
	struct wire *w = ptr;

	w->n_pushes++;
	return push(w, &w->s2c, data, len);
}

ssize_t wire_client_pull(void *ptr, void *data, size_t len)
{
	struct wire *w = ptr;

	return pull(w, &w->s2c, data, len);
}

ssize_t wire_client_push(void *ptr, const void *data, size_t len)
{
	struct wire *w = ptr;

	return push(w, &w->c2s, data, len);
}
