/* server_hello.h - ServerHello and HelloRetryRequest, RFC 8446 sections 4.1.3 and 4.1.4. */
#ifndef TLS_MSG_SERVER_HELLO_H
#define TLS_MSG_SERVER_HELLO_H

#include "client_hello.h"

struct tls_server_hello {
	bool is_retry; /* HelloRetryRequest: random is the fixed value, share is empty */
	struct tls_span random; /* TLS_RANDOM_LEN bytes; not looked at when encoding a retry */
	struct tls_span session_id;
	uint16_t suite;
	uint16_t version; /* of supported_versions; 0: not given */
	uint16_t group; /* of key_share; 0: not given */
	struct tls_span share;
	struct tls_span cookie; /* retry only */
	bool has_unknown; /* decoded: an extension that is none of these */
};

int tls_server_hello_decode(struct tls_server_hello *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_server_hello_encode(struct tls_buf *b, const struct tls_server_hello *m);

#endif
