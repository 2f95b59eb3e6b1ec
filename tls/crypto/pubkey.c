/* pubkey.c - public keys of sig.h: made, compared, written. */
#include "../bytes/buf.h"
#include "../bytes/mem.h"
#include "../tls.h"
#include "asn1int.h"
#include "mpz.h"
#include "sigkey.h"

/* Bounds the work of a verification: longer exponents are lawful, but nobody has them. */
#define RSA_E_MAX_LEN 8

#define RSA_N_MAX_LEN (TLS_RSA_MAX_BITS / 8)
#define RSA_DER_MAX_LEN (RSA_N_MAX_LEN + RSA_E_MAX_LEN + 16)

const struct ecc_curve *tls_sigkey_curve(enum tls_pk kind)
{
	switch (kind) {
	case TLS_PK_ECDSA_P256:
		return nettle_get_secp_256r1();
	case TLS_PK_ECDSA_P384:
		return nettle_get_secp_384r1();
	case TLS_PK_ECDSA_P521:
		return nettle_get_secp_521r1();
	default:
		return NULL;
	}
}

static struct tls_span without_zeros(struct tls_span s)
{
	while (s.len > 0 && s.p[0] == 0)
		tls_span_u8(&s);
	return s;
}

int tls_sigkey_fill_rsa(
    struct tls_pubkey *pub, struct tls_span n, struct tls_span e, unsigned min_bits)
{
	struct rsa_public_key *rsa = &pub->rsa;
	int ret = TLS_E_ILLEGAL_KEY;

	n = without_zeros(n);
	e = without_zeros(e);
	if (n.len == 0 || e.len == 0)
		return TLS_E_ILLEGAL_KEY;
	if (n.len > RSA_N_MAX_LEN || e.len > RSA_E_MAX_LEN)
		return TLS_E_UNSUPPORTED_KEY;
	rsa_public_key_init(rsa);
	tls_mpz_set_bytes(rsa->n, n.p, n.len);
	tls_mpz_set_bytes(rsa->e, e.p, e.len);
	pub->kind = TLS_PK_RSA;
	pub->bits = (unsigned)mpz_sizeinbase(rsa->n, 2);
	if (pub->bits < (min_bits > 0 ? min_bits : TLS_RSA_MIN_BITS))
		ret = TLS_E_UNSUPPORTED_KEY;
	else if (mpz_odd_p(rsa->n) && mpz_odd_p(rsa->e) && mpz_cmp_ui(rsa->e, 3) >= 0 &&
		 rsa_public_key_prepare(rsa))
		ret = 0;
	if (ret < 0)
		rsa_public_key_clear(rsa);
	return ret;
}

int tls_pubkey_new_rsa_min(
    struct tls_pubkey **out, struct tls_span n, struct tls_span e, unsigned min_bits)
{
	struct tls_pubkey *pub = tls_mem_alloc(sizeof(*pub));
	int ret;

	*out = NULL;
	if (pub == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = tls_sigkey_fill_rsa(pub, n, e, min_bits);
	if (ret < 0) {
		tls_mem_free(pub);
		return ret;
	}
	*out = pub;
	return 0;
}

int tls_pubkey_new_rsa(struct tls_pubkey **out, struct tls_span n, struct tls_span e)
{
	return tls_pubkey_new_rsa_min(out, n, e, TLS_RSA_MIN_BITS);
}

int tls_pubkey_new_ecdsa(struct tls_pubkey **out, enum tls_pk kind, struct tls_span point)
{
	const struct ecc_curve *curve = tls_sigkey_curve(kind);
	struct tls_pubkey *pub;

	*out = NULL;
	if (curve == NULL)
		return TLS_E_UNSUPPORTED_KEY;
	pub = tls_mem_alloc(sizeof(*pub));
	if (pub == NULL)
		return TLS_E_MEMORY_ERROR;
	pub->kind = kind;
	pub->bits = ecc_bit_size(curve);
	ecc_point_init(&pub->point, curve);
	if (!tls_ecc_point_read(&pub->point, curve, point.p, point.len)) {
		tls_pubkey_free(pub);
		return TLS_E_ILLEGAL_KEY;
	}
	*out = pub;
	return 0;
}

int tls_pubkey_new_ed25519(struct tls_pubkey **out, struct tls_span key)
{
	struct tls_pubkey *pub;

	*out = NULL;
	if (key.len != ED25519_KEY_SIZE)
		return TLS_E_ILLEGAL_KEY;
	pub = tls_mem_alloc(sizeof(*pub));
	if (pub == NULL)
		return TLS_E_MEMORY_ERROR;
	pub->kind = TLS_PK_ED25519;
	pub->bits = 8 * ED25519_KEY_SIZE;
	tls_mem_copy(pub->ed25519, key.p, key.len);
	*out = pub;
	return 0;
}

void tls_sigkey_clear(struct tls_pubkey *pub)
{
	if (pub->kind == TLS_PK_RSA)
		rsa_public_key_clear(&pub->rsa);
	else if (pub->kind != TLS_PK_ED25519)
		ecc_point_clear(&pub->point);
}

void tls_pubkey_free(struct tls_pubkey *pub)
{
	if (pub == NULL)
		return;
	tls_sigkey_clear(pub);
	tls_mem_free(pub);
}

enum tls_pk tls_pubkey_kind(const struct tls_pubkey *pub)
{
	return pub->kind;
}

unsigned tls_pubkey_bits(const struct tls_pubkey *pub)
{
	return pub->bits;
}

void tls_sigkey_write_number(struct tls_buf *b, const mpz_t x)
{
	size_t len = (mpz_sizeinbase(x, 2) + 7) / 8;
	uint8_t bytes[RSA_N_MAX_LEN];

	tls_mpz_get_bytes(bytes, len, x);
	tls_asn1int_write(b, bytes, len);
	tls_mem_wipe(bytes, sizeof(bytes));
}

/* RFC 8017 appendix A.1.1: RSAPublicKey. */
static void write_rsa(struct tls_buf *b, const struct rsa_public_key *rsa)
{
	uint8_t room[RSA_DER_MAX_LEN];
	struct tls_buf body;

	tls_buf_init_fixed(&body, room, sizeof(room));
	tls_sigkey_write_number(&body, rsa->n);
	tls_sigkey_write_number(&body, rsa->e);
	if (!tls_buf_ok(&body))
		tls_buf_fail(b);
	tls_asn1int_write_sequence(b, tls_buf_as_span(&body));
}

int tls_pubkey_bytes(const struct tls_pubkey *pub, uint8_t *out, size_t *len)
{
	const struct ecc_curve *curve = tls_sigkey_curve(pub->kind);
	uint8_t point[TLS_ECC_POINT_MAX_LEN];
	struct tls_buf b;

	tls_buf_init_fixed(&b, out, *len);
	if (pub->kind == TLS_PK_RSA) {
		write_rsa(&b, &pub->rsa);
	} else if (pub->kind == TLS_PK_ED25519) {
		tls_buf_bytes(&b, pub->ed25519, sizeof(pub->ed25519));
	} else {
		tls_ecc_point_write(point, &pub->point, curve);
		tls_buf_bytes(&b, point, tls_ecc_point_len(curve));
	}
	if (!tls_buf_ok(&b))
		return TLS_E_SHORT_MEMORY_BUFFER;
	*len = b.len;
	return 0;
}

static bool same_point(const struct tls_pubkey *a, const struct tls_pubkey *b)
{
	const struct ecc_curve *curve = tls_sigkey_curve(a->kind);
	uint8_t x[TLS_ECC_POINT_MAX_LEN], y[TLS_ECC_POINT_MAX_LEN];
	size_t len = tls_ecc_point_len(curve);

	tls_ecc_point_write(x, &a->point, curve);
	tls_ecc_point_write(y, &b->point, curve);
	return tls_mem_same(x, len, y, len);
}

bool tls_pubkey_same(const struct tls_pubkey *a, const struct tls_pubkey *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == TLS_PK_RSA)
		return mpz_cmp(a->rsa.n, b->rsa.n) == 0 && mpz_cmp(a->rsa.e, b->rsa.e) == 0;
	if (a->kind == TLS_PK_ED25519)
		return tls_mem_same(a->ed25519, ED25519_KEY_SIZE, b->ed25519, ED25519_KEY_SIZE);
	return same_point(a, b);
}
