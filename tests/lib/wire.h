/* wire.h - a transport in memory that misbehaves: it fails with EAGAIN at random, takes and gives a random
 * part of what it is asked for, and holds no more than its window.
 *
 * All chance comes from one seed (QUENCH_SEED, or the time); wire_init prints it as a TAP comment.
 */
#ifndef TESTS_LIB_WIRE_H
#define TESTS_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct wire_pipe {
	uint8_t *p;
	size_t start, end, cap;
	size_t window; /* takes nothing beyond so many bytes under way; 0: no bound */
	uint64_t total; /* bytes that ever went in */
	bool closed; /* the sender is gone: 0 is read behind the last byte */
};

struct wire {
	struct wire_pipe c2s, s2c;
	uint64_t random;
	unsigned again_percent; /* of calls that fail with EAGAIN (half of them) or EINTR */
	size_t max_piece; /* a call moves 1..max_piece bytes at random; 0: all */
	unsigned n_pulls, n_pushes; /* calls the server made */
};

/* A well-behaved wire; set the fields for another one. */
void wire_init(struct wire *w);
void wire_clear(struct wire *w);

/* A random number below n. */
uint64_t wire_random(struct wire *w, uint64_t n);

/* The server's pull and push functions; ptr is the struct wire. */
ssize_t wire_pull(void *ptr, void *data, size_t len);
ssize_t wire_push(void *ptr, const void *data, size_t len);

/* The same for a client. */
ssize_t wire_client_pull(void *ptr, void *data, size_t len);
ssize_t wire_client_push(void *ptr, const void *data, size_t len);

/* The end of a scripted side: never fails. get gives what is there, up to len. */
void wire_put(struct wire_pipe *pipe, const void *data, size_t len);
size_t wire_get(struct wire_pipe *pipe, void *data, size_t len);
size_t wire_len(const struct wire_pipe *pipe);

#endif
