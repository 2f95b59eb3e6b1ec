/* spki.c - see spki.h. */
#include "spki.h"

#include "../crypto/hash.h"
#include "../tls.h"
#include "oid.h"

#define TAG_BIT_STRING 0x03
#define TAG_NULL 0x05
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define ALGORITHM_MAX_LEN 32

static void write_head(struct tls_buf *b, unsigned tag, size_t len)
{
	tls_buf_u8(b, tag);
	if (len > UINT16_MAX) {
		tls_buf_fail(b);
	} else if (len > UINT8_MAX) {
		tls_buf_u8(b, 0x82);
		tls_buf_u16(b, (unsigned)len);
	} else if (len > 0x7f) {
		tls_buf_u8(b, 0x81);
		tls_buf_u8(b, (unsigned)len);
	} else {
		tls_buf_u8(b, (unsigned)len);
	}
}

static void write_oid(struct tls_buf *b, const char *oid, size_t len)
{
	write_head(b, TAG_OID, len);
	tls_buf_bytes(b, oid, len);
}

#define write_known_oid(b, literal) write_oid(b, literal, sizeof(literal) - 1)

static void write_oids(struct tls_buf *b, enum tls_pk kind)
{
	if (kind == TLS_PK_RSA) {
		write_known_oid(b, TLS_OID_RSA);
		write_head(b, TAG_NULL, 0);
		return;
	}
	if (kind == TLS_PK_ED25519) {
		write_known_oid(b, TLS_OID_ED25519);
		return;
	}
	write_known_oid(b, TLS_OID_EC);
	if (kind == TLS_PK_ECDSA_P256)
		write_known_oid(b, TLS_OID_P256);
	else if (kind == TLS_PK_ECDSA_P384)
		write_known_oid(b, TLS_OID_P384);
	else
		write_known_oid(b, TLS_OID_P521);
}

void tls_spki_write_algorithm(struct tls_buf *b, enum tls_pk kind)
{
	uint8_t oids[ALGORITHM_MAX_LEN];
	struct tls_buf a;

	tls_buf_init_fixed(&a, oids, sizeof(oids));
	write_oids(&a, kind);
	if (!tls_buf_ok(&a))
		tls_buf_fail(b);
	write_head(b, TAG_SEQUENCE, a.len);
	tls_buf_span(b, tls_buf_as_span(&a));
}

void tls_spki_write(struct tls_buf *b, const struct tls_pubkey *pub)
{
	uint8_t key[TLS_SPKI_MAX_LEN], body[TLS_SPKI_MAX_LEN];
	size_t key_len = sizeof(key);
	struct tls_buf inner;

	tls_buf_init_fixed(&inner, body, sizeof(body));
	if (tls_pubkey_bytes(pub, key, &key_len) != 0)
		tls_buf_fail(b);
	tls_spki_write_algorithm(&inner, tls_pubkey_kind(pub));
	write_head(&inner, TAG_BIT_STRING, key_len + 1);
	tls_buf_u8(&inner, 0);
	tls_buf_bytes(&inner, key, key_len);
	if (!tls_buf_ok(&inner))
		tls_buf_fail(b);
	write_head(b, TAG_SEQUENCE, inner.len);
	tls_buf_span(b, tls_buf_as_span(&inner));
}

int tls_spki_id(uint8_t id[TLS_SPKI_ID_LEN], const struct tls_pubkey *pub)
{
	uint8_t der[TLS_SPKI_MAX_LEN];
	struct tls_buf b;

	tls_buf_init_fixed(&b, der, sizeof(der));
	tls_spki_write(&b, pub);
	if (!tls_buf_ok(&b))
		return TLS_E_INTERNAL_ERROR;
	tls_hash_once(TLS_HASH_SHA256, id, b.p, b.len);
	return 0;
}
