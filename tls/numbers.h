/* numbers.h - the part of tls.h that is numbers: versions, suites, groups, signature schemes, alerts, messages,
 * errors. Included by tls.h alone. */
#ifndef TLS_NUMBERS_H
#define TLS_NUMBERS_H

typedef enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 } tls_protocol_t;

/* Cipher suites, RFC 8446 appendix B.4. */
#define TLS_CIPHER_AES_128_GCM_SHA256 0x1301
#define TLS_CIPHER_AES_256_GCM_SHA384 0x1302
#define TLS_CIPHER_CHACHA20_POLY1305_SHA256 0x1303

/* And of TLS 1.2: RFC 5289, RFC 7905. */
#define TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256 0xc02b
#define TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384 0xc02c
#define TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256 0xc02f
#define TLS_CIPHER_ECDHE_RSA_AES_256_GCM_SHA384 0xc030
#define TLS_CIPHER_ECDHE_RSA_CHACHA20_POLY1305_SHA256 0xcca8
#define TLS_CIPHER_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256 0xcca9

/* Groups, RFC 8446 section 4.2.7. */
#define TLS_GROUP_SECP256R1 0x0017
#define TLS_GROUP_SECP384R1 0x0018
#define TLS_GROUP_SECP521R1 0x0019
#define TLS_GROUP_X25519 0x001d
#define TLS_GROUP_SECP256R1MLKEM768 0x11eb
#define TLS_GROUP_X25519MLKEM768 0x11ec

/* Signature schemes, RFC 8446 section 4.2.3. */
#define TLS_SIGN_RSA_PKCS1_SHA256 0x0401
#define TLS_SIGN_RSA_PKCS1_SHA384 0x0501
#define TLS_SIGN_RSA_PKCS1_SHA512 0x0601
#define TLS_SIGN_ECDSA_SECP256R1_SHA256 0x0403
#define TLS_SIGN_ECDSA_SECP384R1_SHA384 0x0503
#define TLS_SIGN_ECDSA_SECP521R1_SHA512 0x0603
#define TLS_SIGN_RSA_PSS_RSAE_SHA256 0x0804
#define TLS_SIGN_RSA_PSS_RSAE_SHA384 0x0805
#define TLS_SIGN_RSA_PSS_RSAE_SHA512 0x0806
#define TLS_SIGN_ED25519 0x0807

/* Alerts, RFC 8446 section 6. */
#define TLS_ALERT_MAP(X)                                                                           \
	X(CLOSE_NOTIFY, 0, "close_notify")                                                         \
	X(UNEXPECTED_MESSAGE, 10, "unexpected_message")                                            \
	X(BAD_RECORD_MAC, 20, "bad_record_mac")                                                    \
	X(RECORD_OVERFLOW, 22, "record_overflow")                                                  \
	X(HANDSHAKE_FAILURE, 40, "handshake_failure")                                              \
	X(BAD_CERTIFICATE, 42, "bad_certificate")                                                  \
	X(UNSUPPORTED_CERTIFICATE, 43, "unsupported_certificate")                                  \
	X(CERTIFICATE_REVOKED, 44, "certificate_revoked")                                          \
	X(CERTIFICATE_EXPIRED, 45, "certificate_expired")                                          \
	X(CERTIFICATE_UNKNOWN, 46, "certificate_unknown")                                          \
	X(ILLEGAL_PARAMETER, 47, "illegal_parameter")                                              \
	X(UNKNOWN_CA, 48, "unknown_ca")                                                            \
	X(ACCESS_DENIED, 49, "access_denied")                                                      \
	X(DECODE_ERROR, 50, "decode_error")                                                        \
	X(DECRYPT_ERROR, 51, "decrypt_error")                                                      \
	X(PROTOCOL_VERSION, 70, "protocol_version")                                                \
	X(INSUFFICIENT_SECURITY, 71, "insufficient_security")                                      \
	X(INTERNAL_ERROR, 80, "internal_error")                                                    \
	X(INAPPROPRIATE_FALLBACK, 86, "inappropriate_fallback")                                    \
	X(USER_CANCELED, 90, "user_canceled")                                                      \
	X(NO_RENEGOTIATION, 100, "no_renegotiation")                                               \
	X(MISSING_EXTENSION, 109, "missing_extension")                                             \
	X(UNSUPPORTED_EXTENSION, 110, "unsupported_extension")                                     \
	X(UNRECOGNIZED_NAME, 112, "unrecognized_name")                                             \
	X(BAD_CERTIFICATE_STATUS_RESPONSE, 113, "bad_certificate_status_response")                 \
	X(UNKNOWN_PSK_IDENTITY, 115, "unknown_psk_identity")                                       \
	X(CERTIFICATE_REQUIRED, 116, "certificate_required")                                       \
	X(NO_APPLICATION_PROTOCOL, 120, "no_application_protocol")

#define TLS_ALERT_ENUM(name, number, text) TLS_ALERT_##name = (number),
typedef enum { TLS_ALERT_MAP(TLS_ALERT_ENUM) } tls_alert_description_t;
#undef TLS_ALERT_ENUM

/* Handshake messages, RFC 8446 section 4. */
typedef enum {
	TLS_HANDSHAKE_HELLO_REQUEST = 0,
	TLS_HANDSHAKE_CLIENT_HELLO = 1,
	TLS_HANDSHAKE_SERVER_HELLO = 2,
	TLS_HANDSHAKE_NEW_SESSION_TICKET = 4,
	TLS_HANDSHAKE_END_OF_EARLY_DATA = 5,
	TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS = 8,
	TLS_HANDSHAKE_CERTIFICATE_PKT = 11,
	TLS_HANDSHAKE_SERVER_KEY_EXCHANGE = 12,
	TLS_HANDSHAKE_CERTIFICATE_REQUEST = 13,
	TLS_HANDSHAKE_SERVER_HELLO_DONE = 14,
	TLS_HANDSHAKE_CERTIFICATE_VERIFY = 15,
	TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE = 16,
	TLS_HANDSHAKE_FINISHED = 20,
	TLS_HANDSHAKE_CERTIFICATE_STATUS = 22,
	TLS_HANDSHAKE_KEY_UPDATE = 24,
	TLS_HANDSHAKE_MESSAGE_HASH = 254,
	TLS_HANDSHAKE_ANY = 255 /* hook functions: every message */
} tls_handshake_description_t;

/* Name, serial number, alert that goes to the peer (0: none), reason as an operator reads it.
 * The value is -(serial << 8 | alert), so the alert follows from the error by arithmetic. */
#define TLS_ERROR_MAP(X)                                                                           \
	X(AGAIN, 1, 0, "would block")                                                              \
	X(INTERRUPTED, 2, 0, "interrupted")                                                        \
	X(WARNING_ALERT_RECEIVED, 3, 0, "warning alert received")                                  \
	X(FATAL_ALERT_RECEIVED, 4, 0, "fatal alert received")                                      \
	X(REHANDSHAKE, 5, 0, "rehandshake requested")                                              \
	X(GOT_APPLICATION_DATA, 6, 0, "application data received")                                 \
	X(PREMATURE_TERMINATION, 7, 0, "connection closed without close_notify")                   \
	X(PULL_ERROR, 8, 0, "reading from the transport failed")                                   \
	X(PUSH_ERROR, 9, 0, "writing to the transport failed")                                     \
	X(TIMEDOUT, 10, 0, "timed out")                                                            \
	X(INVALID_REQUEST, 11, 0, "invalid request")                                               \
	X(INVALID_SESSION, 12, 0, "session is closed")                                             \
	X(SHORT_MEMORY_BUFFER, 13, 0, "buffer too short")                                          \
	X(REQUESTED_DATA_NOT_AVAILABLE, 14, 0, "not available")                                    \
	X(LARGE_PACKET, 15, 0, "packet too large")                                                 \
	X(NO_CERTIFICATE_FOUND, 16, 0, "no certificate found")                                     \
	X(CERTIFICATE_ERROR, 17, 0, "malformed certificate")                                       \
	X(BASE64_DECODING_ERROR, 18, 0, "malformed PEM")                                           \
	X(KEY_ERROR, 19, 0, "malformed private key")                                               \
	X(KEY_ENCRYPTED, 20, 0, "private key is encrypted")                                        \
	X(NO_KEY_FOUND, 21, 0, "no private key found")                                             \
	X(UNSUPPORTED_KEY, 22, 0, "unsupported key type or size")                                  \
	X(ILLEGAL_KEY, 23, 0, "invalid key")                                                       \
	X(CERTIFICATE_KEY_MISMATCH, 24, 0, "private key does not match the certificate")           \
	X(CERTIFICATE_LIST_UNSORTED, 25, 0, "certificate chain is out of order")                   \
	X(TOO_MANY_CERTIFICATES, 26, 0, "too many certificates")                                   \
	X(UNKNOWN_ALGORITHM, 27, 0, "unknown algorithm name")                                      \
	X(SESSION_EOF, 28, 0, "closed by the peer")                                                \
	X(UNEXPECTED_PACKET, 32, 10, "unexpected record type")                                     \
	X(UNEXPECTED_HANDSHAKE_PACKET, 33, 10, "unexpected handshake message")                     \
	X(UNEXPECTED_CCS, 34, 10, "unexpected change_cipher_spec")                                 \
	X(TOO_MANY_EMPTY_PACKETS, 35, 10, "too many empty records")                                \
	X(TOO_MANY_ALERTS, 36, 10, "too many warning alerts")                                      \
	X(TOO_MANY_KEY_UPDATES, 37, 10, "too many key updates")                                    \
	X(MESSAGE_CROSSES_KEY_CHANGE, 38, 10, "handshake message crosses a key change")            \
	X(PROTOCOL_NOT_TLS, 39, 10, "not a TLS record")                                            \
	X(DECRYPTION_FAILED, 40, 20, "record does not decrypt")                                    \
	X(RECORD_OVERFLOW, 41, 22, "record too long")                                              \
	X(NO_COMMON_CIPHER_SUITE, 42, 40, "no common cipher suite")                                \
	X(NO_COMMON_GROUP, 43, 40, "no common group")                                              \
	X(NO_COMMON_SIGNATURE_ALGORITHM, 44, 40, "no common signature algorithm")                  \
	X(INSUFFICIENT_CREDENTIALS, 45, 40, "no certificate to present")                           \
	X(ILLEGAL_PARAMETER, 46, 47, "illegal parameter")                                          \
	X(ILLEGAL_KEY_SHARE, 47, 47, "illegal key share")                                          \
	X(HELLO_CHANGED, 48, 47, "second client hello differs from the first")                     \
	X(ILLEGAL_EXTENSION, 49, 47, "extension not allowed in this message")                      \
	X(UNEXPECTED_PACKET_LENGTH, 50, 50, "message does not decode")                             \
	X(HANDSHAKE_TOO_LARGE, 51, 50, "handshake message too long")                               \
	X(FINISHED_VERIFY_FAILED, 52, 51, "finished message does not verify")                      \
	X(SIGNATURE_VERIFY_FAILED, 53, 51, "signature does not verify")                            \
	X(UNSUPPORTED_VERSION, 54, 70, "no common protocol version")                               \
	X(MEMORY_ERROR, 55, 80, "out of memory")                                                   \
	X(INTERNAL_ERROR, 56, 80, "internal error")                                                \
	X(RANDOM_FAILED, 57, 80, "no random bytes")                                                \
	X(UNSUPPORTED_SIGNATURE_ALGORITHM, 58, 80, "signature algorithm does not fit the key")     \
	X(RECORD_LIMIT_REACHED, 59, 80, "too many records under one key")                          \
	X(MISSING_EXTENSION, 60, 109, "missing extension")                                         \
	X(UNRECOGNIZED_NAME, 61, 112, "no certificate for this server name")                       \
	X(NO_APPLICATION_PROTOCOL, 62, 120, "no common application protocol")                      \
	X(UNSUPPORTED_EXTENSION, 63, 110, "extension that was not offered")                        \
	X(CERTIFICATE_REQUIRED, 64, 116, "client presented no certificate")                        \
	X(PEER_CERTIFICATE_ERROR, 65, 42, "peer's certificate does not decode")                    \
	X(PEER_CERTIFICATE_UNSUPPORTED, 66, 43, "key of the peer's certificate is not supported")  \
	X(CERTIFICATE_VERIFICATION_ERROR, 67, 42, "peer's certificate refused")                    \
	X(TOO_MANY_TICKETS, 68, 10, "too many session tickets")                                    \
	X(DOWNGRADE, 69, 47, "server was made to choose an older version")                         \
	X(INAPPROPRIATE_FALLBACK, 80, 86, "client fell back to an older version")                  \
	X(SAFE_RENEGOTIATION_FAILED, 81, 40, "peer without secure renegotiation")                  \
	X(TOO_MANY_RENEGOTIATIONS, 82, 10, "too many attempts to renegotiate")                     \
	X(NO_PEER_CERTIFICATE, 90, 40, "client without the certificate that is required")                     \
	X(DB_ERROR, 95, 0, "session data is not valid")                                            \
	X(PSK_BINDER_VERIFY_FAILED, 96, 51, "binder of a resumption does not verify")              \
	X(EXT_MASTER_SECRET_DROPPED, 100, 40, "extended master secret given up")                    \
	X(SESSION_USER_ID_CHANGED, 101, 49, "peer's certificate changed in a renegotiation")       \
	X(SIGNING_FAILED, 105, 80, "whoever has the private key made no signature")                \
	X(OCSP_RESPONSE_ERROR, 106, 0, "malformed OCSP response")                                          \
	X(KEY_SERVER_GONE, 160, 80, "key server ended before it had signed")                       \
	X(KEY_SERVER_BUSY, 161, 80, "too many handshakes wait for the key server")                 \
	X(KEY_NOT_HELD, 162, 80, "key server doesn't have the certificate's key")                  \
	X(UNKNOWN_CA, 120, 48, "peer's certificate has no trusted issuer")                         \
	X(CERTIFICATE_EXPIRED, 121, 45, "peer's certificate or an issuer's is expired")            \
	X(CERTIFICATE_NOT_ACTIVATED, 122, 45, "peer's certificate or an issuer's is not valid yet") \
	X(CERTIFICATE_REVOKED, 123, 44, "peer's certificate or an issuer's is revoked")            \
	X(CERTIFICATE_NO_STATUS, 124, 46, "peer's certificate can't be checked for revocation")    \
	X(CERTIFICATE_NAME, 125, 42, "peer's certificate has another name")                        \
	X(CERTIFICATE_PURPOSE, 126, 43, "peer's certificate is for another purpose")               \
	X(CERTIFICATE_CONSTRAINTS, 127, 42, "peer's certificate is outside of what an issuer may sign") \
	X(CERTIFICATE_WEAK, 128, 42, "peer's chain has a weak key or signature algorithm")         \
	X(CERTIFICATE_SIGNATURE, 129, 42, "signature in the peer's chain does not verify")         \
	X(CERTIFICATE_LIMIT, 130, 42, "peer's chain takes too much work to verify")                \
	X(CERTIFICATE_STATUS_ERROR, 133, 113, "OCSP response for the peer's certificate not acceptable") \
	X(CRL_ERROR, 131, 0, "malformed certificate revocation list")                              \
	X(NO_CRL_FOUND, 132, 0, "no certificate revocation list found")                            \
	X(ISSUER_NOT_A_CA, 145, 0, "issuer may not sign certificates")                             \
	X(ISSUER_LIMIT, 146, 0, "issuer may have no CA below it")                                  \
	X(ISSUER_EXPIRED, 147, 0, "issuer is expired before the certificate begins")

#define TLS_ERROR_ENUM(name, serial, alert, text) TLS_E_##name = -((serial) << 8 | (alert)),
enum tls_error { TLS_E_SUCCESS = 0, TLS_ERROR_MAP(TLS_ERROR_ENUM) };
#undef TLS_ERROR_ENUM

#endif
