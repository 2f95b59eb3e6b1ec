/* client_hello.h - ClientHello, RFC 8446 section 4.1.2. */
#ifndef TLS_MSG_CLIENT_HELLO_H
#define TLS_MSG_CLIENT_HELLO_H

#include "ext.h"
#include "pre_shared_key.h"

#define TLS_RANDOM_LEN 32
#define TLS_SESSION_ID_MAX_LEN 32

/* All spans borrow from the message. Lists keep the wire's form (u16 after u16), already checked to
 * have whole entries; an empty span is an extension that wasn't there. */
struct tls_client_hello {
	uint16_t legacy_version;
	struct tls_span random; /* TLS_RANDOM_LEN bytes */
	struct tls_span session_id; /* at most TLS_SESSION_ID_MAX_LEN */
	struct tls_span suites; /* u16 each */
	struct tls_span compression; /* u8 each */
	struct tls_ext_list ext;
	struct tls_span server_name; /* the host name, checked: [A-Za-z0-9._-], no dot at the end */
	struct tls_span versions; /* u16 each */
	struct tls_span groups; /* u16 each */
	struct tls_span schemes; /* u16 each */
	struct tls_span alpn; /* {u8 length, name} each, none empty */
	struct tls_span key_shares; /* {u16 group, u16 length, share} each; may be empty though there */
	bool has_key_share;
	bool has_early_data;
	bool has_status_request; /* for an OCSP response */
	bool has_extended_master_secret;
	bool has_renegotiation_info;
	struct tls_span renegotiation_info; /* renegotiated_connection */
	struct tls_span point_formats; /* u8 each */
	uint16_t record_size_limit; /* 0: not given */
	struct tls_psk_offer psk; /* identities empty: not given */
	bool has_session_ticket;
	struct tls_span session_ticket; /* of TLS 1.2; empty: none, but one is wanted */
	bool psk_dhe; /* psk_key_exchange_modes names psk_dhe_ke */
};

/* Decodes the body of a ClientHello. 0 or TLS_E_*. */
int tls_client_hello_decode(struct tls_client_hello *m, struct tls_span body)
    __attribute__((warn_unused_result));

/* Writes a body; m->ext.ext are written as they are, in their order. */
void tls_client_hello_encode(struct tls_buf *b, const struct tls_client_hello *m);

/* The share offered for a group: true and its bytes. */
bool tls_client_hello_share(const struct tls_client_hello *m, uint16_t group, struct tls_span *share);

/* True if v is an entry of a list of u16. */
bool tls_client_hello_has(struct tls_span list, uint16_t v);

/* RFC 8446 section 4.1.2: true if the second hello is the first one but for what a
 * HelloRetryRequest lets change (key_share, early_data, cookie, pre_shared_key, padding). */
bool tls_client_hello_repeats(const struct tls_client_hello *second,
    const struct tls_client_hello *first);

#endif
