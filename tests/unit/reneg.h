/* reneg.h - a server of ours that renegotiates in TLS 1.2 with a scripted client. */
#ifndef TESTS_UNIT_RENEG_H
#define TESTS_UNIT_RENEG_H

#include "tests/lib/pair.h"
#include "tls/state.h"

/* Shaken hands, with these flags of tls_init. */
static inline void reneg_connect(struct pair *p, unsigned flags)
{
	pair_init12(p, NULL);
	p->server->flags |= flags;
	pair_connect(p);
}

/* The client's hello of the next handshake, in the session as it is. */
static inline void reneg_hello(struct pair *p)
{
	peer12_again(&p->peer);
	peer_hello(&p->peer);
}

/* HelloRequest, read by the client. */
static inline void reneg_ask(struct pair *p)
{
	assert_int_equal(tls_rehandshake(p->server), 0);
	peer_run(&p->peer);
}

/* A record each way. */
static inline void reneg_data_flows(struct pair *p)
{
	size_t had = p->peer.data.len;
	char text[8];

	peer_send_record(&p->peer, 23, "hello", 5);
	assert_int_equal(pair_recv(p, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(pair_send(p, "answer", 6), 6);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_int_equal(p->peer.data.len, had + 6);
}

/* Told by tls_record_recv, run by tls_handshake. */
static inline void reneg_takes_up(struct pair *p)
{
	char byte;

	assert_int_equal(pair_recv(p, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(pair_run_handshake(p), 0);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_true(p->peer.done);
}

#endif
