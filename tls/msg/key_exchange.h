/* key_exchange.h - ServerKeyExchange and ClientKeyExchange of TLS 1.2 with ECDHE, RFC 8422 sections 5.4 and
 * 5.7, and ServerHelloDone, RFC 5246 section 7.4.5. */
#ifndef TLS_MSG_KEY_EXCHANGE_H
#define TLS_MSG_KEY_EXCHANGE_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

struct tls_server_key_exchange {
	uint16_t group; /* a named curve */
	struct tls_span share; /* the point */
	struct tls_span params; /* decoded: the bytes of curve and point, which are signed */
	uint16_t scheme;
	struct tls_span signature;
};

/* 0, TLS_E_UNEXPECTED_PACKET_LENGTH, TLS_E_ILLEGAL_PARAMETER for a curve that isn't named by its number. */
int tls_server_key_exchange_decode(struct tls_server_key_exchange *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_server_key_exchange_encode(struct tls_buf *b, const struct tls_server_key_exchange *m);

/* Curve and point alone: what is signed, behind the randoms of client and server (32 bytes each). */
#define TLS_SERVER_KEY_EXCHANGE_PARAMS_MAX (4 + 255)
void tls_server_key_exchange_params(struct tls_buf *b, uint16_t group, struct tls_span share);

/* The client's point. */
int tls_client_key_exchange_decode(struct tls_span *share, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_client_key_exchange_encode(struct tls_buf *b, struct tls_span share);

/* ServerHelloDone has nothing to say. */
int tls_server_hello_done_decode(struct tls_span body) __attribute__((warn_unused_result));

#endif
