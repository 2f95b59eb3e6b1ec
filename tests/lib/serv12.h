/* serv12.h - the same scripted server in TLS 1.2: what differs from TLS 1.3. See serv13.h. */
#ifndef TESTS_LIB_SERV12_H
#define TESTS_LIB_SERV12_H

#include "serv13.h"

#define SERV_CCS 0x101 /* its change_cipher_spec, where a message is named by its number */

/* A good server of TLS 1.2 that knows nothing of TLS 1.3: ECDHE with AES-128-GCM and x25519. */
void serv_init12(struct serv *v, struct wire *w, tls_certificate_credentials_t cred, uint16_t scheme);

/* The parts of what answers the client's Finished, one by one. */
void serv12_ccs(struct serv *v); /* the record, and new writing keys */
void serv12_finished(struct serv *v);

/* For serv13.c. */
void serv12_answer(struct serv *v);
bool serv12_take_message(struct serv *v, struct tls_span msg); /* false: one that both versions have */
void serv12_take_ccs(struct serv *v);

#endif
