/* ext.h - extensions: which may stand in which message (RFC 8446 section 4.2), and their list. */
#ifndef TLS_MSG_EXT_H
#define TLS_MSG_EXT_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* IANA's numbers. */
#define TLS_EXT_SERVER_NAME 0
#define TLS_EXT_MAX_FRAGMENT_LENGTH 1
#define TLS_EXT_STATUS_REQUEST 5
#define TLS_EXT_SUPPORTED_GROUPS 10
#define TLS_EXT_EC_POINT_FORMATS 11
#define TLS_EXT_SIGNATURE_ALGORITHMS 13
#define TLS_EXT_USE_SRTP 14
#define TLS_EXT_HEARTBEAT 15
#define TLS_EXT_ALPN 16
#define TLS_EXT_SIGNED_CERTIFICATE_TIMESTAMP 18
#define TLS_EXT_CLIENT_CERTIFICATE_TYPE 19
#define TLS_EXT_SERVER_CERTIFICATE_TYPE 20
#define TLS_EXT_PADDING 21
#define TLS_EXT_ENCRYPT_THEN_MAC 22
#define TLS_EXT_EXTENDED_MASTER_SECRET 23
#define TLS_EXT_RECORD_SIZE_LIMIT 28
#define TLS_EXT_SESSION_TICKET 35
#define TLS_EXT_PRE_SHARED_KEY 41
#define TLS_EXT_EARLY_DATA 42
#define TLS_EXT_SUPPORTED_VERSIONS 43
#define TLS_EXT_COOKIE 44
#define TLS_EXT_PSK_KEY_EXCHANGE_MODES 45
#define TLS_EXT_CERTIFICATE_AUTHORITIES 47
#define TLS_EXT_OID_FILTERS 48
#define TLS_EXT_POST_HANDSHAKE_AUTH 49
#define TLS_EXT_SIGNATURE_ALGORITHMS_CERT 50
#define TLS_EXT_KEY_SHARE 51
#define TLS_EXT_RENEGOTIATION_INFO 0xff01

/* Messages that carry extensions, by the columns of the table. */
enum tls_ext_msg {
	TLS_EXT_IN_CH = 1 << 0, /* ClientHello */
	TLS_EXT_IN_SH = 1 << 1, /* ServerHello */
	TLS_EXT_IN_HRR = 1 << 2, /* HelloRetryRequest */
	TLS_EXT_IN_EE = 1 << 3, /* EncryptedExtensions */
	TLS_EXT_IN_CT = 1 << 4, /* Certificate */
	TLS_EXT_IN_CR = 1 << 5, /* CertificateRequest */
	TLS_EXT_IN_NST = 1 << 6, /* NewSessionTicket */
	TLS_EXT_IN_SH12 = 1 << 7, /* ServerHello of TLS 1.2 */
};

/* More extensions than this in one message are refused. */
#define TLS_EXT_MAX 64

/* One extension: its number and its body, borrowed. */
struct tls_ext {
	uint16_t type;
	struct tls_span body;
};

/* All extensions of one message, in the order they came. */
struct tls_ext_list {
	unsigned n;
	struct tls_ext ext[TLS_EXT_MAX];
};

/* Splits the extension block that comes next in s (with its 2 bytes of length) for message in. 0,
 * TLS_E_UNEXPECTED_PACKET_LENGTH, TLS_E_ILLEGAL_EXTENSION for one that we know and that may not stand
 * there, TLS_E_ILLEGAL_PARAMETER for one that comes twice. Unknown ones are kept, for the caller. */
int tls_ext_decode(struct tls_ext_list *list, struct tls_span *s, enum tls_ext_msg in)
    __attribute__((warn_unused_result));

/* True if all of the list may stand in that message, for one whose version shows in its extensions. */
bool tls_ext_fit(const struct tls_ext_list *list, enum tls_ext_msg in);

/* The extension of that number, or NULL. */
const struct tls_ext *tls_ext_find(const struct tls_ext_list *list, uint16_t type);

/* Writes the number and opens the body; end with tls_buf_close. */
struct tls_block tls_ext_open(struct tls_buf *b, uint16_t type);

/* Bodies that stand in the same form in more than one message. Decode: 0 or TLS_E_*. ALPN in an answer
 * holds exactly one name (RFC 7301 section 3.1); a limit is at least 64 (RFC 8449 section 4).
 * Encoding an empty name, a limit of 0, false writes nothing. */
int tls_ext_decode_alpn(struct tls_span *name, struct tls_span body) __attribute__((warn_unused_result));
void tls_ext_encode_alpn(struct tls_buf *b, struct tls_span name);
int tls_ext_decode_record_size_limit(uint16_t *limit, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_ext_encode_record_size_limit(struct tls_buf *b, uint16_t limit);
void tls_ext_encode_empty(struct tls_buf *b, uint16_t type, bool wanted);

#endif
