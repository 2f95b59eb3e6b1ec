/* new_session_ticket.h - NewSessionTicket of TLS 1.3, RFC 8446 section 4.6.1. */
#ifndef TLS_MSG_NEW_SESSION_TICKET_H
#define TLS_MSG_NEW_SESSION_TICKET_H

#include "ext.h"

/* Spans borrow from the message. */
struct tls_new_session_ticket {
	uint32_t lifetime; /* seconds, at most TLS_TICKET_LIFETIME_MAX; 0: not to be used */
	uint32_t age_add;
	struct tls_span nonce, ticket;
	uint32_t max_early_data; /* bytes; 0: none */
};

#define TLS_TICKET_LIFETIME_MAX 604800

int tls_new_session_ticket_decode(struct tls_new_session_ticket *m, struct tls_span body)
    __attribute__((warn_unused_result));

/* Writes a body without extensions: early data is never taken. */
void tls_new_session_ticket_encode(struct tls_buf *b, const struct tls_new_session_ticket *m);

/* That of TLS 1.2, RFC 5077 section 3.3. The lifetime is a hint: 0 says nothing, and more than seven days may be
 * said. An empty ticket: none after all. */
struct tls_new_session_ticket12 {
	uint32_t lifetime;
	struct tls_span ticket;
};

int tls_new_session_ticket12_decode(struct tls_new_session_ticket12 *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_new_session_ticket12_encode(struct tls_buf *b, const struct tls_new_session_ticket12 *m);

#endif
