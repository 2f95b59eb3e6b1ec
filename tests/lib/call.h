/* call.h - a client session of ours and a scripted server, joined by a wire in memory. */
#ifndef TESTS_LIB_CALL_H
#define TESTS_LIB_CALL_H

#include "serv12.h"
#include "tls/tls.h"

struct call {
	struct wire wire;
	struct serv serv;
	tls_session_t client;
};

/* A client without credentials, for "localhost", and a good server with these (NULL:
 * pair_credentials(), then scheme is ecdsa_secp256r1_sha256) that signs by scheme. */
void call_init(struct call *c, tls_certificate_credentials_t cred, uint16_t scheme);
/* The same in TLS 1.2: a server that speaks only that, a client with the policy "intermediate"; the suite is the
 * one with AES-128 that goes with the key of scheme. */
void call_init12(struct call *c, tls_certificate_credentials_t cred, uint16_t scheme);
/* TLS 1.3, or the version that call_init makes. For tests that run in both. */
extern tls_protocol_t call_version;
void call_clear(struct call *c);

/* Runs both sides until the client's handshake is done or failed: its result; TLS_E_AGAIN when nothing
 * moves any more. Calls that were interrupted are repeated; a wrong direction fails the test. */
int call_handshake(struct call *c);

/* A call whose both sides are content; fails the test otherwise. */
void call_connect(struct call *c);

/* Checks that the handshake was refused with exactly this error, for good, and the server got its alert. */
void call_refused(struct call *c, int got, int expected);

/* Runs the handshake, checks that it is refused so, and clears. */
void call_refuses(struct call *c, int expected);

/* What the client says to what came in the handshake or, established, behind it; its alert is on the way then. */
int call_answer(struct call *c, bool established);

/* Checks that the answer is this error, for good, and the server got its alert, and clears. */
void call_answers(struct call *c, bool established, int expected);

/* tls_record_recv until it doesn't say AGAIN or INTERRUPTED because of chance. */
ssize_t call_recv(struct call *c, void *data, size_t len);

#endif
