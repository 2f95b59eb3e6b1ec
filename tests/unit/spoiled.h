/* spoiled.h - messages of a scripted server that are cut or too long, and what may fail inside our client. */
#ifndef TESTS_UNIT_SPOILED_H
#define TESTS_UNIT_SPOILED_H

#include "unit.h"

#include <string.h>

#include "testrng.h"
#include "tests/lib/call.h"
#include "tls/bytes/mem.h"

static unsigned spoiled; /* the message that is cut or altered */
static size_t spoiled_len; /* its length */

static inline void cut_message(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type != spoiled)
		return;
	spoiled_len = body->len; /* a signature's differs each time */
	body->len = v->n < body->len ? v->n : body->len - 1;
	if (!v->tls12)
		v->stop_before = type == TLS_HANDSHAKE_SERVER_HELLO ? TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS : 0;
}

static inline void longer(struct serv *v, unsigned type, struct tls_buf *body)
{
	(void)v;
	if (type == spoiled)
		tls_buf_u8(body, 0);
}

/* Fails the nth allocation of the client alone: the scripted server has its own. True if it came to that. */
static inline bool fail_at(struct call *c, unsigned long n, int *err)
{
	bool failed;

	tls_mem_fail_at(n);
	*err = tls_handshake(c->client);
	failed = tls_mem_fail_left() == 0;
	for (unsigned i = 0; i < 3 && !failed && *err == TLS_E_AGAIN; i++) {
		unsigned long left = tls_mem_fail_left();

		tls_mem_fail_at(0);
		serv_run(&c->serv);
		tls_mem_fail_at(left);
		*err = tls_handshake(c->client);
		failed = tls_mem_fail_left() == 0;
	}
	tls_mem_fail_at(0);
	return failed;
}

#endif
