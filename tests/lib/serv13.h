/* serv13.h - a TLS 1.3 server for tests that does exactly what it is told, right or wrong: the counterpart
 * of peer13.h for a client of ours.
 *
 * It runs over a struct wire. What it picks is set before it runs; change sees, and may spoil, each message
 * before it goes out; stop_before leaves the floor to the test. What it verifies of the client (signature,
 * Finished) it verifies for real.
 */
#ifndef TESTS_LIB_SERV13_H
#define TESTS_LIB_SERV13_H

#include "tls/credentials.h"
#include "tls/crypto/group.h"
#include "tls/hs/sched12.h"
#include "tls/hs/sched13.h"
#include "tls/msg/client_hello.h"
#include "scripted.h"

#define SERV_RETRY 0x100 /* HelloRetryRequest, where a message is named by its number */

struct serv {
	struct wire *wire;

	/* What it picks; NULL: the extension is left out. */
	uint16_t version, suite, group, scheme; /* version 0: no supported_versions */
	uint16_t retry_group; /* of a HelloRetryRequest */
	uint16_t retry_suite; /* 0: suite */
	const char *cookie;
	unsigned retries; /* how many HelloRetryRequests it sends */
	const char *alpn;
	unsigned record_size_limit;
	bool server_name;
	const struct tls_cred_entry *entry; /* whose chain and key it shows */
	uint16_t sign_with; /* the scheme that really signs; 0: scheme */
	bool no_chain; /* an empty Certificate */
	struct tls_span staple; /* an OCSP response; empty: none */
	bool promise, unpromised; /* TLS 1.2: says so and sends none, or sends one and doesn't say so */
	bool ask; /* CertificateRequest */
	const char *context; /* its certificate_request_context */

	/* serv_init12: TLS 1.2. version, the retries and context are of no use there. */
	bool tls12;
	bool no_extended_master_secret, no_renegotiation_info;
	const char *renegotiation_info, *point_formats; /* contents of the lists; NULL: as it is right, and left out */
	uint8_t info[2 * TLS_VERIFY_DATA_LEN]; /* the right one: filled in when another handshake begins ... */
	unsigned info_len;
	bool keep_info; /* ... unless this is set */
	bool declines, ignores; /* another handshake: says no_renegotiation, says nothing */
	struct tls_span session_id;
	const char *types; /* of its CertificateRequest; NULL: both */
	const uint16_t *schemes; /* and these, up to a 0; NULL: all */

	/* An extension more, in the message of this number (SERV_RETRY: HelloRetryRequest). */
	unsigned extra_in;
	uint16_t extra_type; /* 0: none */
	struct tls_span extra_body;

	unsigned stop_before; /* sends no more from this message on */
	size_t cut; /* handshake records hold at most so many bytes; 0: a record for each message */
	bool one_record; /* all of the protected flight in one record, as far as it fits */
	void (*change)(struct serv *v, unsigned type, struct tls_buf *body);
	size_t n; /* for change */

	/* What came. */
	struct tls_client_hello hello; /* the last one */
	struct tls_buf hello_body, first_hello;
	unsigned n_hellos, n_ccs, n_key_updates, n_handshakes; /* the last one: TLS 1.2, complete */
	bool key_update_asked;
	bool stopped, done; /* done: the client's Finished is good */
	bool proved; /* the client's CertificateVerify is good */
	bool got_certificate; /* TLS 1.2: also an empty one */
	uint16_t client_scheme; /* of its CertificateVerify */
	struct tls_buf client_leaf, client_context;
	struct tls_buf data;
	int alert; /* the last alert's description; -1: none */
	unsigned alert_level;
	bool alert_protected;
	bool ended; /* close_notify */
	const char *wrong; /* the first thing that was not as it must be, or NULL */

	/* Inside. */
	struct scripted io;
	uint8_t random[32], share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_buf flight;
	struct tls_sched13 sched;
	struct tls_secret c_hs, s_hs, c_ap, s_ap;
	const struct tls_suite *chosen;
	struct tls_group_key group_key;
	struct tls_sched12 sched12;
	struct tls_keys12 c_keys, s_keys;
	uint8_t client_verify[TLS_VERIFY_DATA_LEN], server_verify[TLS_VERIFY_DATA_LEN];
};

/* A good server: TLS_AES_128_GCM_SHA256, x25519, and the first chain of cred that signs by scheme. */
void serv_init(struct serv *v, struct wire *w, tls_certificate_credentials_t cred, uint16_t scheme);
void serv_clear(struct serv *v);

/* Takes what the client has sent and answers as it was told. */
void serv_run(struct serv *v);

/* Sends under the current keys: message: type and body, cut as v->cut says, and added to the transcript
 * while the handshake runs; record: one record of any type. */
void serv_send_message(struct serv *v, unsigned type, const void *body, size_t len);
void serv_send_record(struct serv *v, unsigned type, const void *data, size_t len);
void serv_send_plain_record(struct serv *v, unsigned type, const void *data, size_t len);

/* A KeyUpdate and new writing keys. */
void serv_key_update(struct serv *v, bool request);

/* For serv12.c: sends the message of a step and clears body, unless it is told to stop there: false. ext_at: where
 * the length of the body's last extension block stands. */
bool serv_send_step(struct serv *v, unsigned step, struct tls_buf *body, size_t ext_at);

#endif
