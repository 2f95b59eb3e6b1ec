/* record.h - one record: header, limits, seal and open. RFC 8446 section 5; RFC 5246 section 6.2.3.3 with
 * RFC 5288 and RFC 7905 for TLS 1.2. The suite says which.
 *
 * A half is the protection of one direction, at rest: key, IV, sequence number. The reading half and
 * the writing half of a session share nothing. No transport here.
 */
#ifndef TLS_RECORD_H
#define TLS_RECORD_H

#include "bytes/span.h"
#include "crypto/suite.h"
#include "workspace.h"

enum tls_content {
	TLS_CONTENT_CCS = 20,
	TLS_CONTENT_ALERT = 21,
	TLS_CONTENT_HANDSHAKE = 22,
	TLS_CONTENT_DATA = 23,
};

#define TLS_RECORD_HEADER_LEN 5
#define TLS_RECORD_EXPANSION 256 /* RFC 8446 section 5.2: ciphertext is at most 2^14 + 256 */
#define TLS_RECORD_EXPLICIT_LEN 8 /* the part of GCM's nonce that TLS 1.2 sends, RFC 5288 section 3 */
#define TLS_RECORD_OVERHEAD (TLS_RECORD_HEADER_LEN + TLS_RECORD_EXPLICIT_LEN + TLS_AEAD_TAG_LEN) /* at most */
#define TLS_SECRET_MAX_LEN 48
#define TLS_VERIFY_DATA_LEN 12 /* of a Finished of TLS 1.2, RFC 5246 section 7.4.9 */

/* A secret of the key schedule; its length is the suite's hash's. */
struct tls_secret {
	uint8_t len;
	uint8_t b[TLS_SECRET_MAX_LEN];
};

struct tls_half {
	const struct tls_suite *suite; /* NULL: not protected yet */
	uint64_t seq;
	uint64_t key_id; /* names the key in the workspace */
	uint8_t key[TLS_AEAD_KEY_MAX_LEN];
	uint8_t iv[TLS_AEAD_NONCE_LEN];
};

/* What a header announces. */
struct tls_record_header {
	uint8_t type;
	size_t len; /* of the fragment that follows */
};

/* Traffic keys from a traffic secret (RFC 8446 section 7.3); the sequence number starts at 0. */
void tls_record_install(struct tls_half *half, struct tls_workspace_st *w,
    const struct tls_suite *suite, const struct tls_secret *secret);

/* TLS 1.2: key and IV as the key block has them (RFC 5246 section 6.3); iv has tls_record_iv12_len bytes. */
size_t tls_record_iv12_len(enum tls_aead aead);
void tls_record_install12(struct tls_half *half, struct tls_workspace_st *w,
    const struct tls_suite *suite, const uint8_t *key, const uint8_t *iv);

/* Wipes the half, and its expanded key. w may be NULL when nothing was installed. */
void tls_record_forget(struct tls_half *half, struct tls_workspace_st *w);

/* Reads the 5 bytes at p. protect: records are protected from here on. 0; TLS_E_PROTOCOL_NOT_TLS (no
 * content type, major version not 3), TLS_E_RECORD_OVERFLOW (longer than allowed). */
int tls_record_header(struct tls_record_header *h, const uint8_t *p, bool protect)
    __attribute__((warn_unused_result));

/* Opens the protected fragment of h->len bytes at p (behind its header) in place. *content: the
 * plaintext without padding, *type its true type. max_len: the most plaintext we take. 0;
 * TLS_E_DECRYPTION_FAILED, TLS_E_RECORD_OVERFLOW, TLS_E_UNEXPECTED_PACKET (nothing but padding; in TLS 1.3
 * also a record that isn't of the one type that is protected). */
int tls_record_open(struct tls_half *half, struct tls_workspace_st *w, uint8_t *type,
    struct tls_span *content, const struct tls_record_header *h, uint8_t *p, size_t max_len)
    __attribute__((warn_unused_result));

/* Writes a whole record, header first, to dst: at most len + TLS_RECORD_OVERHEAD bytes when protected, len
 * + TLS_RECORD_HEADER_LEN otherwise. len at most TLS_RECORD_MAX_LEN. *dst_len: bytes written. 0 or
 * TLS_E_RECORD_LIMIT_REACHED (the sequence number may not wrap, RFC 8446 section 5.3). */
int tls_record_seal(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst, size_t *dst_len,
    enum tls_content type, const uint8_t *src, size_t len) __attribute__((warn_unused_result));

/* The same with pad zeros behind the content (RFC 8446 section 5.4): len + pad is at most TLS_RECORD_MAX_LEN, and
 * so much more is written. Only where records are protected, and in TLS 1.3. */
int tls_record_seal_padded(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst, size_t *dst_len,
    enum tls_content type, const uint8_t *src, size_t len, size_t pad) __attribute__((warn_unused_result));

#endif
