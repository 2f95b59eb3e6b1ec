/* blind_wire.h - the wire of a blind session: frames what the program has for it, looks at what comes out. */
#ifndef TESTS_FUZZ_BLIND_WIRE_H
#define TESTS_FUZZ_BLIND_WIRE_H

#include <sys/uio.h>

#include "blind.h"
#include "tls/bytes/buf.h"
#include "tls/record.h"

struct blind {
	tls_session_t s;
	bool is_server;
	struct tls_span in; /* the program that is left */
	struct tls_buf wire; /* framed, on its way to the session */
	size_t given; /* of it */
	struct tls_buf held; /* of a handshake record that goes on */
	size_t piece, window;
	uint64_t now; /* ms */
	bool reading, writing; /* what the call under way may do */
	bool shaking; /* the handshake is the next thing to go on with */
	uint32_t seen; /* messages received in this handshake, by their bits */
	uint8_t header[TLS_RECORD_HEADER_LEN]; /* of the record that goes out */
	size_t n_header, n_body;
	struct blind_random random;
};

void blind_wire_init(struct blind *b);

/* The transport; ptr is the struct blind. */
ssize_t blind_wire_pull(void *ptr, void *data, size_t len);
ssize_t blind_wire_push(void *ptr, const void *data, size_t len);
ssize_t blind_wire_vec_push(void *ptr, const struct iovec *iov, int n);
int blind_wire_wait(void *ptr, unsigned ms);

/* Drops the next operation of the wire: nobody reads any more. */
void blind_wire_skip(struct blind *b);

/* A length of two bytes, and so many (at most max) or what is left. */
struct tls_span blind_wire_block(struct blind *b, size_t max);

#endif
