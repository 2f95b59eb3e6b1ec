/* sig_ecdsa.c - ECDSA (FIPS 186-5 section 6.4), signatures as DER (RFC 3279 section 2.2.3). */
#include <nettle/ecdsa.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "asn1int.h"
#include "mpz.h"
#include "sigkey.h"

#define BODY_MAX_LEN (2 * (3 + 1 + TLS_ECC_COORD_MAX_LEN))

/* r and s, each no longer than the order; nettle checks that they are below it. */
static bool read_signature(struct dsa_signature *rs, size_t coord_len, struct tls_span der)
{
	struct tls_span body = tls_asn1int_read_sequence(&der);
	struct tls_span r = tls_asn1int_read(&body), s = tls_asn1int_read(&body);

	if (!tls_span_end(&body) || !tls_span_end(&der) || r.len > coord_len || s.len > coord_len)
		return false;
	tls_mpz_set_bytes(rs->r, r.p, r.len);
	tls_mpz_set_bytes(rs->s, s.p, s.len);
	return true;
}

bool tls_sig_ecdsa_verify(const struct tls_pubkey *pub, enum tls_hash hash, const uint8_t *digest,
    const uint8_t *sig, size_t sig_len)
{
	size_t coord_len = tls_ecc_coord_len(tls_sigkey_curve(pub->kind));
	struct dsa_signature rs;
	bool good;

	dsa_signature_init(&rs);
	good = read_signature(&rs, coord_len, tls_span(sig, sig_len)) &&
	       ecdsa_verify(&pub->point, tls_hash_len(hash), digest, &rs) != 0;
	dsa_signature_clear(&rs);
	return good;
}

static bool write_signature(
    uint8_t *sig, size_t *sig_len, const struct dsa_signature *rs, size_t coord_len)
{
	uint8_t number[TLS_ECC_COORD_MAX_LEN], room[BODY_MAX_LEN];
	struct tls_buf body, out;

	tls_buf_init_fixed(&body, room, sizeof(room));
	tls_buf_init_fixed(&out, sig, TLS_SIG_MAX_LEN);
	tls_mpz_get_bytes(number, coord_len, rs->r);
	tls_asn1int_write(&body, number, coord_len);
	tls_mpz_get_bytes(number, coord_len, rs->s);
	tls_asn1int_write(&body, number, coord_len);
	tls_asn1int_write_sequence(&out, tls_buf_as_span(&body));
	*sig_len = out.len;
	return tls_buf_ok(&body) && tls_buf_ok(&out);
}

/* The key's scalar goes into the nonce's seed: as nettle holds it, all limbs. */
static struct tls_span secret_of(const struct tls_privkey *key)
{
	return tls_span(key->scalar.p, (size_t)ecc_size(key->scalar.ecc) * sizeof(mp_limb_t));
}

int tls_sig_ecdsa_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key,
    enum tls_hash hash, const uint8_t *digest, const struct tls_rng *rng)
{
	size_t hash_len = tls_hash_len(hash);
	struct tls_sigkey_stream stream;
	struct dsa_signature rs;
	int ret = tls_sigkey_stream_init(&stream, rng, secret_of(key), tls_span(digest, hash_len));

	if (ret < 0)
		return ret;
	dsa_signature_init(&rs);
	ecdsa_sign(&key->scalar, &stream, tls_sigkey_stream_read, hash_len, digest, &rs);
	if (!write_signature(sig, sig_len, &rs, tls_ecc_coord_len(key->scalar.ecc)))
		ret = TLS_E_INTERNAL_ERROR;
	tls_mpz_clear_wiped(rs.r);
	tls_mpz_clear_wiped(rs.s);
	tls_sigkey_stream_clear(&stream);
	return ret;
}
