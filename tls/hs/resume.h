/* resume.h - everything that a session needs to be resumed, in memory and as bytes: in a ticket, in a server's
 * database, in the data that a client keeps. RFC 8446 section 4.6.1, RFC 5246 section 7.3, RFC 7627 section 5.3.
 *
 * The lifetime is counted from the first handshake, which every resumption inherits, so that no chain of
 * resumptions outlives it. Binding is what a server compares before it resumes: whatever decided about the
 * first handshake decides again. Pure: no session, no clock.
 */
#ifndef TLS_HS_RESUME_H
#define TLS_HS_RESUME_H

#include "../bytes/buf.h"
#include "../msg/certificate.h"
#include "../record.h"
#include "../tls.h"

#define TLS_RESUME_BINDING_LEN 32
#define TLS_RESUME_ID_LEN 32

/* Spans borrow from what was decoded, or from the session that is encoded. */
struct tls_resume {
	tls_protocol_t version;
	uint16_t suite, group, scheme;
	bool ems; /* TLS 1.2: with the extended master secret */
	bool stapled; /* client: a good OCSP response came with the chain */
	struct tls_secret secret; /* TLS 1.3: the PSK; 1.2: the master secret */
	uint64_t created; /* ms since 1970: the first handshake */
	uint64_t issued; /* ms since 1970: this ticket, or a client's receipt of it */
	uint32_t lifetime; /* seconds since created, on a client since issued */
	uint32_t age_add;
	uint8_t id[TLS_RESUME_ID_LEN]; /* of the session, for life; id_len 0 or up to 32 */
	uint8_t id_len;
	uint8_t binding[TLS_RESUME_BINDING_LEN]; /* server */
	struct tls_span server_name, alpn;
	struct tls_span chain; /* of the peer: {u24 length, certificate} each, leaf first */
	struct tls_span ticket; /* client: what it offers; empty in TLS 1.2: the session id */
};

/* What a binding is made of; spans may be empty. */
struct tls_resume_rule {
	tls_protocol_t version;
	enum tls_hash hash;
	struct tls_span server_name, alpn_list, alpn, leaf, trust, context;
	unsigned cert_request;
};

/* The digest of all of them: sessions with the same may be resumed for each other. Case in names doesn't count. */
void tls_resume_bind(uint8_t binding[TLS_RESUME_BINDING_LEN], const struct tls_resume_rule *rule);

/* The state as bytes, without a checksum: for what is sealed. Decode: 0, or TLS_E_DB_ERROR for what doesn't
 * decode or makes no sense. */
void tls_resume_encode(struct tls_buf *b, const struct tls_resume *r);
int tls_resume_decode(struct tls_resume *r, struct tls_span data) __attribute__((warn_unused_result));

/* The same with a mark of what it is and a checksum, for what others keep: a client's data, or a server's
 * record under a key of its database. r NULL, and r->version 0 after unpacking: nothing to resume. The checksum
 * finds damage; who can write the data can write another one. */
enum tls_resume_role { TLS_RESUME_CLIENT = 'c', TLS_RESUME_SERVER = 's' };
void tls_resume_pack(struct tls_buf *b, enum tls_resume_role role, const struct tls_resume *r,
    struct tls_span key);
int tls_resume_unpack(struct tls_resume *r, struct tls_span data, enum tls_resume_role role,
    struct tls_span key) __attribute__((warn_unused_result));

/* A chain on its way in and out. The one of a state that was decoded is well-formed. */
void tls_resume_put_chain(struct tls_buf *b, const tls_datum_t *certs, unsigned n);
int tls_resume_get_chain(struct tls_certificate *m, struct tls_span chain) __attribute__((warn_unused_result));

/* True if the lifetime, and max_lifetime (seconds), have not passed at now. A clock that was put back a little
 * (TLS_LIMIT_CLOCK_SKEW) since the session was created does no harm. *left: the seconds left. */
bool tls_resume_is_alive(const struct tls_resume *r, uint32_t *left, uint64_t now, uint32_t max_lifetime);

/* Client: true if the lifetime has not passed, nor seven days since the first handshake: a server may renew its tickets
 * as often as it likes, and what was proved then gets no younger by that (RFC 8446 section 4.6.1). */
bool tls_resume_may_be_offered(const struct tls_resume *r, uint64_t now);

/* RFC 8446 section 4.2.11.1: what a client says of the age, and whether a server believes it. */
uint32_t tls_resume_hidden_age(const struct tls_resume *r, uint64_t now);
bool tls_resume_age_fits(const struct tls_resume *r, uint32_t hidden_age, uint64_t now);

#endif
