/* peer13.h - a TLS 1.3 client (with peer12.h also 1.2) for tests that does exactly what it is told, right or wrong.
 *
 * It runs over a struct wire, records everything that came, and can send any message at any step, cut any
 * way. What it verifies on the way (the server's signature and Finished) it verifies for real.
 */
#ifndef TESTS_LIB_PEER13_H
#define TESTS_LIB_PEER13_H

#include "tls/bytes/buf.h"
#include "tls/credentials.h"
#include "tls/crypto/group.h"
#include "tls/hs/sched12.h"
#include "tls/hs/sched13.h"
#include "tls/msg/client_hello.h"
#include "scripted.h"

#define PEER_LIST_MAX 16

struct peer {
	struct wire *wire;

	/* What the hello offers; n 0 leaves the extension out. Change before peer_hello. */
	uint16_t versions[PEER_LIST_MAX], suites[PEER_LIST_MAX], groups[PEER_LIST_MAX];
	uint16_t schemes[PEER_LIST_MAX], shares[PEER_LIST_MAX];
	unsigned n_versions, n_suites, n_groups, n_schemes, n_shares;
	const char *server_name;
	const char *alpn; /* wire form: "\x02h2\x08http/1.1" */
	unsigned record_size_limit;
	unsigned session_id_len;
	bool early_data; /* says that it sends some */
	unsigned n_extra; /* extensions that nobody knows, of extra_len bytes each */
	size_t extra_len;
	size_t cut; /* handshake records hold at most so many bytes; 0: all in one */
	bool hold_finished; /* stop before Finished is sent; in TLS 1.2 before the whole flight */
	unsigned legacy_version;
	bool tls12; /* peer_init12: TLS 1.2 without a word of TLS 1.3 */
	bool no_extended_master_secret, no_renegotiation_info;
	const struct tls_cred_entry *entry; /* TLS 1.2: what it shows when it is asked; NULL: an empty Certificate */
	uint16_t client_scheme; /* what it signs by then */
	uint8_t info[2 * TLS_VERIFY_DATA_LEN]; /* what renegotiation_info holds; peer12_again fills it in */
	unsigned info_len;

	/* What came. */
	bool retry, got_hello, done; /* done: the server's Finished is good and ours is sent */
	bool ended; /* close_notify */
	int alert; /* the last alert's description; -1: none */
	unsigned alert_level;
	unsigned n_ccs, n_key_updates, n_records, n_hello_requests;
	unsigned n_handshakes; /* complete; TLS 1.2 */
	bool key_update_asked; /* the last KeyUpdate wants an answer; peer_key_update gives one */
	bool asked; /* TLS 1.2: by a CertificateRequest, whose body is request */
	struct tls_buf request;
	uint16_t suite, group, scheme;
	struct tls_buf leaf; /* DER of the certificate presented */
	struct tls_buf extensions; /* body of EncryptedExtensions */
	struct tls_buf data; /* application data received */
	size_t max_record; /* largest plaintext of a data record received */
	const char *wrong; /* the first thing that was not as it must be, or NULL */

	/* Inside. */
	struct scripted io;
	struct tls_group_key keys[PEER_LIST_MAX];
	struct tls_buf hello;
	uint8_t random[32], session_id[32];
	struct tls_sched13 sched;
	struct tls_secret c_hs, s_hs, c_ap, s_ap;
	const struct tls_suite *chosen;
	uint8_t server_random[32], share12[TLS_GROUP_SHARE_MAX_LEN], premaster[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_sched12 sched12;
	struct tls_keys12 c_keys, s_keys;
	uint8_t client_verify[TLS_VERIFY_DATA_LEN], server_verify[TLS_VERIFY_DATA_LEN];
};

/* Offers everything that the core speaks, one share for X25519. */
void peer_init(struct peer *p, struct wire *w);
void peer_clear(struct peer *p);

/* Sends a ClientHello (after a HelloRetryRequest: the second one, by itself). */
void peer_hello(struct peer *p);

/* Takes what the server has sent and answers as a good client would. */
void peer_run(struct peer *p);

/* Sends what hold_finished kept back. */
void peer_finish(struct peer *p);

/* Sends under the current keys. message: type and body, cut as p->cut says, and added to the transcript
 * if the handshake runs. record: one record of any type. raw: bytes as they are. */
void peer_send_message(struct peer *p, unsigned type, const void *body, size_t len);
void peer_send_record(struct peer *p, unsigned type, const void *data, size_t len);
void peer_send_plain_record(struct peer *p, unsigned type, const void *data, size_t len);
void peer_send_raw(struct peer *p, const void *data, size_t len);

/* A KeyUpdate and new writing keys; nothing in TLS 1.2. */
void peer_key_update(struct peer *p, bool request);

/* close_notify. */
void peer_close(struct peer *p);

/* The whole hello that was or would be sent, header included. */
void peer_encode_hello(struct peer *p, struct tls_buf *b);

#endif
