/* credentials_trust.c - whom credentials trust: CAs and their revocation lists. Described in verification.h. */
#include "bytes/mem.h"
#include "credentials.h"
#include "x509/crl.h"
#include "x509/trust.h"

struct tls_cred_trust {
	struct tls_trust trust;
	struct tls_crls crls;
	unsigned flags; /* TLS_VERIFY_* */
};

static struct tls_cred_trust *open_trust(tls_certificate_credentials_t cred)
{
	struct tls_cred_trust *t = cred->trust;

	if (t != NULL)
		return t;
	t = tls_mem_alloc(sizeof(*t));
	if (t == NULL)
		return NULL;
	tls_trust_init(&t->trust);
	tls_crls_init(&t->crls);
	cred->trust = t;
	return t;
}

void tls_credentials_free_trust(struct tls_cred_trust *t)
{
	if (t == NULL)
		return;
	tls_trust_clear(&t->trust);
	tls_crls_clear(&t->crls);
	tls_mem_free(t);
}

/* 0 if cred may be filled. */
static int begin(struct tls_cred_trust **t, tls_certificate_credentials_t cred)
{
	if (atomic_load(&cred->frozen))
		return TLS_E_INVALID_REQUEST;
	cred->error_line = 0;
	cred->error_in_key = false;
	*t = open_trust(cred);
	return *t != NULL ? 0 : TLS_E_MEMORY_ERROR;
}

enum what { CAS, CRLS };

static int add_one(struct tls_cred_trust *t, enum what what, struct tls_span der)
{
	int ret = what == CAS ? tls_trust_add(&t->trust, der) : tls_crls_add(&t->crls, der);

	return ret == 0 ? 1 : ret;
}

static int add(tls_certificate_credentials_t cred, enum what what, const tls_datum_t *data, tls_x509_crt_fmt_t type)
{
	struct tls_span given = tls_span(data->data, data->size);
	struct tls_cred_trust *t;
	int ret = begin(&t, cred);

	if (ret < 0)
		return ret;
	if (type != TLS_X509_FMT_PEM)
		return add_one(t, what, given);
	if (what == CAS)
		return tls_trust_add_pem(&t->trust, &cred->error_line, given);
	return tls_crls_add_pem(&t->crls, &cred->error_line, given);
}

int tls_certificate_set_x509_trust_mem(tls_certificate_credentials_t res, const tls_datum_t *ca,
    tls_x509_crt_fmt_t type)
{
	return add(res, CAS, ca, type);
}

int tls_certificate_set_x509_crl_mem(tls_certificate_credentials_t res, const tls_datum_t *crl,
    tls_x509_crt_fmt_t type)
{
	return add(res, CRLS, crl, type);
}

int tls_certificate_get_crl_expiration(tls_certificate_credentials_t res, unsigned int index, int64_t *last)
{
	if (res->trust == NULL || !tls_crls_next_update(last, &res->trust->crls, index))
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	return 0;
}

int tls_certificate_set_verify_flags(tls_certificate_credentials_t res, unsigned int flags)
{
	struct tls_cred_trust *t;
	int ret = begin(&t, res);

	if (ret == 0)
		t->flags = flags;
	return ret;
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

const struct tls_trust *tls_credentials_trust(const struct tls_certificate_credentials_st *cred)
{
	return cred->trust != NULL ? &cred->trust->trust : NULL;
}

const struct tls_crls *tls_credentials_crls(const struct tls_certificate_credentials_st *cred)
{
	return cred->trust != NULL ? &cred->trust->crls : NULL;
}

unsigned tls_credentials_verify_flags(const struct tls_certificate_credentials_st *cred)
{
	return cred->trust != NULL ? cred->trust->flags : 0;
}

void tls_credentials_trust_digest(
    const struct tls_certificate_credentials_st *cred, uint8_t digest[TLS_CREDENTIALS_DIGEST_LEN])
{
	if (cred != NULL && cred->trust != NULL)
		tls_trust_digest(&cred->trust->trust, digest);
	else
		tls_mem_zero(digest, TLS_CREDENTIALS_DIGEST_LEN);
}
