/* privkey_write.c - private keys of sig.h, written: what PKCS#8 has inside. All memory that held a part is wiped. */
#include "../bytes/mem.h"
#include "../tls.h"
#include "asn1int.h"
#include "mpz.h"
#include "sigkey.h"

static void write_scalar(struct tls_buf *out, const struct tls_privkey *key)
{
	size_t len = tls_ecc_coord_len(tls_sigkey_curve(key->pub.kind));
	uint8_t *room = tls_buf_room(out, len);
	mpz_t x;

	if (room == NULL)
		return;
	mpz_init(x);
	ecc_scalar_get(&key->scalar, x);
	tls_mpz_get_bytes(room, len, x);
	tls_mpz_clear_wiped(x);
}

/* RFC 8017 appendix A.1.2; version 0: two primes. */
static void write_rsa(struct tls_buf *out, const struct tls_privkey *key)
{
	const struct rsa_private_key *rsa = &key->rsa;
	struct tls_buf body;

	tls_buf_init(&body, 0);
	tls_asn1int_write(&body, NULL, 0);
	tls_sigkey_write_number(&body, key->pub.rsa.n);
	tls_sigkey_write_number(&body, key->pub.rsa.e);
	tls_sigkey_write_number(&body, rsa->d);
	tls_sigkey_write_number(&body, rsa->p);
	tls_sigkey_write_number(&body, rsa->q);
	tls_sigkey_write_number(&body, rsa->a);
	tls_sigkey_write_number(&body, rsa->b);
	tls_sigkey_write_number(&body, rsa->c);
	if (!tls_buf_ok(&body))
		tls_buf_fail(out);
	tls_asn1int_write_sequence(out, tls_buf_as_span(&body));
	tls_buf_clear(&body);
}

void tls_privkey_write(struct tls_buf *out, const struct tls_privkey *key)
{
	if (key->pub.kind == TLS_PK_RSA)
		write_rsa(out, key);
	else if (key->pub.kind == TLS_PK_ED25519)
		tls_buf_bytes(out, key->seed, sizeof(key->seed));
	else
		write_scalar(out, key);
}
