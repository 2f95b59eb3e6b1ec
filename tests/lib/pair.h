/* pair.h - a server session of ours and a scripted client, joined by a wire in memory. */
#ifndef TESTS_LIB_PAIR_H
#define TESTS_LIB_PAIR_H

#include "peer12.h"
#include "peer13.h"
#include "tls/tls.h"

struct pair {
	struct wire wire;
	struct peer peer;
	tls_session_t server;
};

/* A server with these credentials (NULL: pair_credentials()) over a well-behaved wire. */
void pair_init(struct pair *p, tls_certificate_credentials_t cred);
/* The same in TLS 1.2: a client that speaks only that, a server with the policy "intermediate". */
void pair_init12(struct pair *p, tls_certificate_credentials_t cred);

/* What pair_init makes: TLS_1_3, or pair_init12's. For tests that run in both versions. */
extern tls_protocol_t pair_version;
void pair_clear(struct pair *p);

/* Self-signed ECDSA P-256 for "localhost", made once. */
tls_certificate_credentials_t pair_credentials(void);

/* Sends the hello and runs both sides until the server's handshake is done or failed: its result. Calls
 * that were interrupted are repeated; fails the test when nothing moves any more or a direction is
 * wrong. */
int pair_handshake(struct pair *p);

/* The same without sending a hello. */
int pair_run_handshake(struct pair *p);

/* The handshake as far as the client's second flight, which peer_finish sends. */
void pair_hold(struct pair *p);

/* Checks that the handshake was refused with exactly this error, for good, and the client got its alert. */
void pair_refused(struct pair *p, int got, int expected);

/* Runs the handshake on, checks that it is refused so, and clears. */
void pair_refuses(struct pair *p, int expected);

/* Bytes of the default hello, with its message header. */
size_t pair_hello_len(void);

/* A pair that has shaken hands; fails the test if that fails. */
void pair_connect(struct pair *p);

/* tls_record_recv and tls_record_send until they don't say AGAIN or INTERRUPTED because of chance: a real
 * lack of input or room is given back as TLS_E_AGAIN. */
ssize_t pair_recv(struct pair *p, void *data, size_t len);
ssize_t pair_send(struct pair *p, const void *data, size_t len);

/* Pushes what an ended session has left, then lets the client look. */
void pair_flush(struct pair *p);

#endif
