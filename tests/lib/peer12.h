/* peer12.h - the same scripted client in TLS 1.2: what differs from TLS 1.3. See peer13.h. */
#ifndef TESTS_LIB_PEER12_H
#define TESTS_LIB_PEER12_H

#include "peer13.h"

/* Offers all of TLS 1.2 that the core speaks, and nothing of TLS 1.3. */
void peer_init12(struct peer *p, struct wire *w);

/* After a handshake: gets ready for another one in the same session, which peer_hello then begins. */
void peer12_again(struct peer *p);

/* The parts of what peer_finish sends, one by one. */
void peer12_certificate(struct peer *p); /* when it is asked */
void peer12_key_exchange(struct peer *p);
void peer12_verify(struct peer *p); /* when it has shown one */
void peer12_ccs(struct peer *p); /* the record, and new writing keys */
void peer12_finished(struct peer *p);

/* For peer13.c. */
void peer12_flight(struct peer *p);
void peer12_put_extensions(struct peer *p, struct tls_buf *b);
void peer12_take_message(struct peer *p, struct tls_span msg);
void peer12_take_ccs(struct peer *p, struct tls_span content);

#endif
