/* server_hello.h - ServerHello and HelloRetryRequest, RFC 8446 sections 4.1.3 and 4.1.4; and the ServerHello of
 * TLS 1.2, RFC 5246 section 7.4.1.3. */
#ifndef TLS_MSG_SERVER_HELLO_H
#define TLS_MSG_SERVER_HELLO_H

#include "client_hello.h"

struct tls_server_hello {
	bool is_retry; /* HelloRetryRequest: random is the fixed value, share is empty */
	struct tls_span random; /* TLS_RANDOM_LEN bytes; not looked at when encoding a retry */
	struct tls_span session_id;
	uint16_t suite;
	uint16_t version; /* of supported_versions; 0: not given, which is TLS 1.2 */
	uint16_t group; /* of key_share; 0: not given */
	struct tls_span share;
	struct tls_span cookie; /* retry only */
	bool has_psk; /* pre_shared_key: the number of the identity that was chosen */
	uint16_t psk;
	bool has_unknown; /* decoded: an extension that is none of these */

	/* TLS 1.2 only; TLS 1.3 says most of it in EncryptedExtensions. */
	bool extended_master_secret;
	bool has_renegotiation_info;
	struct tls_span renegotiation_info; /* renegotiated_connection; empty the first time */
	struct tls_span point_formats; /* u8 each; empty: not given */
	struct tls_span alpn; /* the protocol's name; empty: not given */
	bool session_ticket; /* a NewSessionTicket will come */
	bool server_name; /* the name was used */
	bool status_request; /* a CertificateStatus may follow */
	uint16_t record_size_limit; /* 0: not given */
};

int tls_server_hello_decode(struct tls_server_hello *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_server_hello_encode(struct tls_buf *b, const struct tls_server_hello *m);

#endif
