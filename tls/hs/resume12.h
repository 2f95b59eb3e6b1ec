/* resume12.h - resumption in TLS 1.2: by session id out of a database, or by ticket. RFC 5246 section 7.3, RFC 5077,
 * RFC 7627 section 5.3: only sessions with the extended master secret are resumed, and only with it.
 */
#ifndef TLS_HS_RESUME12_H
#define TLS_HS_RESUME12_H

#include "../msg/server_hello.h"
#include "hs.h"

/* Server, when everything else has been chosen: whether what the client offers is resumed (s->resumed). 0 with or
 * without; TLS_E_EXT_MASTER_SECRET_DROPPED. */
int tls_resume12_choose(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Server: what its ServerHello says of it. */
void tls_resume12_answer(struct tls_session_st *s, struct tls_server_hello *m);

/* NewSessionTicket, which stands in front of the server's change_cipher_spec. */
int tls_resume12_send_ticket(struct tls_session_st *s, struct tls_buf *body) __attribute__((warn_unused_result));
int tls_resume12_recv_ticket(struct tls_session_st *s, struct tls_span body) __attribute__((warn_unused_result));

/* Client: whether its data can be offered; then its session id, and the extension. */
void tls_resume12_prepare(struct tls_session_st *s);
void tls_resume12_put_extension(const struct tls_session_st *s, struct tls_buf *b);

/* Client: whether the server resumes. s->version and the suite are not set yet. */
int tls_resume12_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m)
    __attribute__((warn_unused_result));

/* Both, at the end of the handshake: the server's record, the client's data. */
int tls_resume12_keep(struct tls_session_st *s) __attribute__((warn_unused_result));

#endif
