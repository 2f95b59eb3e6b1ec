/* limits.h - every bound on what a peer may make us do, by name. */
#ifndef TLS_LIMITS_H
#define TLS_LIMITS_H

#define TLS_LIMIT_EMPTY_RECORDS 32 /* records without content in a row */
#define TLS_LIMIT_KEY_UPDATES 32 /* KeyUpdates in a row without data between */
#define TLS_LIMIT_TICKETS 32 /* NewSessionTickets in a row without data between */
#define TLS_LIMIT_RENEGOTIATIONS 8 /* asked for by the peer alone, in a session of TLS 1.2 */
#define TLS_LIMIT_ACCEPTED_REQUESTS 1 /* HelloRequests that a client accepts unless told otherwise */
#define TLS_LIMIT_DECLINED 16 /* renegotiations in a row that a client asks for, and the server declines */
#define TLS_LIMIT_WARNING_ALERTS 4 /* warnings in a handshake, and in all that follows it */
#define TLS_LIMIT_CCS 2 /* compatibility change_cipher_spec records of a handshake */
#define TLS_LIMIT_HELLO_LEN 16384 /* a handshake message before the peer is authenticated */
#define TLS_LIMIT_MESSAGE_LEN 65536 /* any other handshake message */
#define TLS_LIMIT_KEPT_LEN 131072 /* all messages before a client's CertificateVerify of TLS 1.2 */
#define TLS_LIMIT_KEY_SHARES 32 /* in a ClientHello; checking them walks all groups for each */
#define TLS_LIMIT_SKIPPED_EARLY_DATA 16384 /* bytes of early data dropped, RFC 8446 section 4.2.10 */
#define TLS_LIMIT_PSK_IDENTITIES 8 /* of a ClientHello that a server tries to open */
#define TLS_LIMIT_TICKET_LEN 12288 /* that we issue or keep: a hello with it must fit TLS_LIMIT_HELLO_LEN */
#define TLS_LIMIT_CLOCK_SKEW 60000 /* ms that two clocks, or one at two times, may disagree on a ticket's age */

#endif
