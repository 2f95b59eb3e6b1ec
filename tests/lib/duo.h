/* duo.h - a client and a server session, both ours, joined by a wire in memory. */
#ifndef TESTS_LIB_DUO_H
#define TESTS_LIB_DUO_H

#include "tls/tls.h"
#include "wire.h"

struct duo {
	struct wire wire;
	tls_session_t client, server;
	int client_err, server_err; /* what tls_handshake gave last */
};

/* A server with cred (NULL: pair_credentials()) and a client with its own (NULL: none), for "localhost". */
void duo_init(struct duo *d, tls_certificate_credentials_t cred, tls_certificate_credentials_t client_cred);
/* Has both speak this version alone, by the policy "intermediate". */
void duo_set_version(struct duo *d, tls_protocol_t version);
/* The same for TLS 1.2. */
void duo_only12(struct duo *d);
void duo_clear(struct duo *d);

/* Runs both until each is done or has failed, or nothing moves any more. Calls that were interrupted are
 * repeated; a wrong direction fails the test. True if both are established. */
bool duo_handshake(struct duo *d);

/* A duo that has shaken hands; fails the test if that fails. */
void duo_connect(struct duo *d);

/* Sends len bytes from one to the other and receives them there, whatever the wire does. */
void duo_pass(tls_session_t from, tls_session_t to, const void *data, size_t len);

#endif
