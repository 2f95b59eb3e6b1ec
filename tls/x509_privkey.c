/* x509_privkey.c - see x509_privkey.h. */
#include "bytes/buf.h"
#include "bytes/mem.h"
#include "crypto/group.h"
#include "crypto/hash.h"
#include "crypto/sig.h"
#include "msg/certificate_verify.h"
#include "tls.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/key.h"
#include "x509/pem.h"
#include "x509/spki.h"
#include "x509_privkey_st.h"

#define RANDOMS_LEN 64
#define NAMED_CURVE 3 /* RFC 8422 section 5.4 */

_Static_assert(TLS_KEY_ID_LEN == TLS_SPKI_ID_LEN, "one kind of key id");

static struct tls_span span_of(const tls_datum_t *datum)
{
	return tls_span(datum->data, datum->size);
}

/* ---- Life */

int tls_x509_privkey_init(tls_x509_privkey_t *key)
{
	*key = tls_mem_alloc(sizeof(**key));
	return *key != NULL ? 0 : TLS_E_MEMORY_ERROR;
}

void tls_x509_privkey_deinit(tls_x509_privkey_t key)
{
	if (key == NULL)
		return;
	tls_privkey_free(key->key);
	tls_mem_free(key);
}

int tls_x509_privkey_import(tls_x509_privkey_t key, const tls_datum_t *data, tls_x509_crt_fmt_t format)
{
	struct tls_privkey *taken;
	int err;

	key->error_line = 0;
	if (format == TLS_X509_FMT_PEM)
		err = tls_key_decode_pem(&taken, &key->error_line, span_of(data));
	else
		err = tls_key_decode_der(&taken, span_of(data));
	if (err != 0)
		return err;
	tls_privkey_free(key->key);
	key->key = taken;
	return 0;
}

unsigned tls_x509_privkey_error_line(tls_x509_privkey_t key)
{
	return key->error_line;
}

/* ---- Key ids */

int tls_x509_privkey_get_key_id(tls_x509_privkey_t key, uint8_t id[TLS_KEY_ID_LEN])
{
	return key->key != NULL ? tls_spki_id(id, tls_privkey_public(key->key)) : TLS_E_NO_KEY_FOUND;
}

static int id_of_der(uint8_t *id, struct tls_span der)
{
	struct tls_pubkey *pub;
	struct tls_cert cert;
	int err = tls_cert_decode(&cert, der);

	if (err == 0)
		err = tls_cert_new_pubkey(&pub, &cert);
	if (err != 0)
		return err;
	err = tls_spki_id(id, pub);
	tls_pubkey_free(pub);
	return err;
}

static int id_of_pem(uint8_t *id, struct tls_span text)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	bool found = false;
	int err = 0;

	tls_pem_init(&pem, text);
	while (!found && (err = tls_pem_next(&pem, &block)) == 0) {
		found = tls_pem_is(&block, "CERTIFICATE") || tls_pem_is(&block, "X509 CERTIFICATE");
		if (found)
			err = id_of_der(id, tls_buf_as_span(&block.der));
		tls_pem_block_clear(&block);
	}
	return err == TLS_E_REQUESTED_DATA_NOT_AVAILABLE ? TLS_E_NO_CERTIFICATE_FOUND : err;
}

int tls_x509_crt_get_key_id(const tls_datum_t *data, tls_x509_crt_fmt_t format, uint8_t id[TLS_KEY_ID_LEN])
{
	return format == TLS_X509_FMT_PEM ? id_of_pem(id, span_of(data)) : id_of_der(id, span_of(data));
}

/* ---- Signing */

int tls_x509_privkey_sign_data(tls_x509_privkey_t key, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	size_t len = 0;
	int err;

	if (key->key == NULL)
		return TLS_E_NO_KEY_FOUND;
	if (signature->size < TLS_SIG_MAX_LEN)
		return TLS_E_SHORT_MEMORY_BUFFER;
	err = tls_sig_sign(signature->data, &len, key->key, scheme, data->data, data->size, NULL);
	signature->size = err == 0 ? (unsigned)len : 0;
	return err;
}

/* RFC 8446 section 4.4.3: the hash is SHA-256 or SHA-384. */
static bool is_certificate_verify(uint16_t scheme, struct tls_span data)
{
	uint8_t room[TLS_CERTIFICATE_VERIFY_INPUT_MAX];
	const struct tls_sig_scheme *s = tls_sig_by_id(scheme);
	struct tls_span head;
	struct tls_buf b;

	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_certificate_verify_input(&b, true, tls_span(NULL, 0));
	head = tls_span_take(&data, b.len);
	return s != NULL && s->tls13 && tls_mem_same(head.p, head.len, b.p, b.len) &&
	    (data.len == tls_hash_len(TLS_HASH_SHA256) || data.len == tls_hash_len(TLS_HASH_SHA384));
}

/* RFC 8422 section 5.4: the randoms, then a named curve and a point of its length. */
static bool is_key_exchange(struct tls_span data)
{
	const struct tls_group *group;
	struct tls_span point;

	tls_span_take(&data, RANDOMS_LEN);
	if (tls_span_u8(&data) != NAMED_CURVE)
		return false;
	group = tls_group_by_id(tls_span_u16(&data));
	point = tls_span_block8(&data, 1, UINT8_MAX);
	return tls_span_end(&data) && group != NULL && point.len == group->server_share_len;
}

int tls_x509_privkey_sign_handshake(tls_x509_privkey_t key, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	if (!is_certificate_verify(scheme, span_of(data)) && !is_key_exchange(span_of(data)))
		return TLS_E_INVALID_REQUEST;
	return tls_x509_privkey_sign_data(key, scheme, data, signature);
}
