/* scripted.h - what both scripted ends (peer13.h, serv13.h) do with records and messages, and which of them is the
 * client doesn't matter to: seal and cut what goes out, put together and open what came.
 */
#ifndef TESTS_LIB_SCRIPTED_H
#define TESTS_LIB_SCRIPTED_H

#include "tls/bytes/buf.h"
#include "tls/hs/transcript.h"
#include "tls/record.h"
#include "wire.h"

struct scripted {
	struct wire_pipe *to, *from;
	struct tls_workspace_st *ws;
	struct tls_half rd, wr;
	struct tls_buf in, messages; /* came and not yet taken: bytes of records, bytes of messages */
	struct tls_transcript transcript;
};

void scripted_init(struct scripted *x, struct wire_pipe *to, struct wire_pipe *from);
void scripted_clear(struct scripted *x);

/* The transcript's hash, in out. */
struct tls_span scripted_hash(const struct scripted *x, uint8_t out[TLS_HASH_MAX_LEN]);

/* One record under the keys of now; one without any. */
void scripted_send_record(struct scripted *x, unsigned type, const void *data, size_t len);
void scripted_send_plain_record(struct scripted *x, unsigned type, const void *data, size_t len);

/* Handshake records of at most cut bytes; 0: as few as there may be. */
void scripted_send_cut(struct scripted *x, size_t cut, const uint8_t *msg, size_t len);

/* A message's header and body, to b. */
void scripted_put_message(struct tls_buf *b, unsigned type, const void *body, size_t len);

/* Takes what the wire holds. A whole record stands at in.p then, and h is its header: true. The caller drops it. A
 * header that is none is noted. */
bool scripted_next_record(struct scripted *x, struct tls_record_header *h, const char **note);

/* Opens the record that stands at in.p, if it is_protected: its type and content; false: it doesn't open. */
bool scripted_open(struct scripted *x, uint8_t *type, struct tls_span *content, const struct tls_record_header *h,
    bool is_protected);

/* The first whole message of those that came, header included. The caller drops it from messages. */
bool scripted_next_message(struct scripted *x, struct tls_span *msg);

/* Whether the body of a CertificateVerify of TLS 1.3 is right: signed by the key in leaf, in the place of the server
 * or of the client. scheme: what it says to be signed with. */
bool scripted_verify(const struct scripted *x, uint16_t *scheme, struct tls_span body, struct tls_span leaf,
    bool of_server);

#endif
