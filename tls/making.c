/* making.c - keys and certificates made. All of it is described in making.h; x509/make.c does it. */
#include "bytes/mem.h"
#include "tls.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/dn.h"
#include "x509/exts.h"
#include "x509/key_write.h"
#include "x509/make.h"
#include "x509/make_text.h"
#include "x509/pem.h"
#include "x509/pem_write.h"
#include "x509_privkey_st.h"

#define MAX_ISSUERS 10
#define OUT_MAX_LEN (16U << 20)

/* ---- Keys ---------------------------------------------------------------------------------------------------- */

static int generate(struct tls_privkey **key, tls_x509_key_kind_t kind)
{
	switch (kind) {
	case TLS_X509_KEY_P256:
		return tls_privkey_generate(key, TLS_PK_ECDSA_P256, NULL);
	case TLS_X509_KEY_P384:
		return tls_privkey_generate(key, TLS_PK_ECDSA_P384, NULL);
	case TLS_X509_KEY_P521:
		return tls_privkey_generate(key, TLS_PK_ECDSA_P521, NULL);
	case TLS_X509_KEY_ED25519:
		return tls_privkey_generate(key, TLS_PK_ED25519, NULL);
	case TLS_X509_KEY_RSA2048:
		return tls_privkey_generate_rsa(key, 2048, NULL);
	case TLS_X509_KEY_RSA3072:
		return tls_privkey_generate_rsa(key, 3072, NULL);
	case TLS_X509_KEY_RSA4096:
		return tls_privkey_generate_rsa(key, 4096, NULL);
	}
	return TLS_E_INVALID_REQUEST;
}

int tls_x509_privkey_generate(tls_x509_privkey_t key, tls_x509_key_kind_t kind)
{
	struct tls_privkey *fresh;
	int ret = generate(&fresh, kind);

	if (ret < 0)
		return ret;
	tls_privkey_free(key->key);
	key->key = fresh;
	return 0;
}

/* A NUL is put behind it; text is empty afterwards. */
static int give(tls_datum_t *out, struct tls_buf *text)
{
	size_t len = text->len;
	int ret = TLS_E_MEMORY_ERROR;

	tls_buf_u8(text, 0);
	*out = (tls_datum_t){.size = 0};
	if (tls_buf_ok(text))
		out->data = tls_mem_dup(text->p, text->len);
	if (out->data != NULL) {
		out->size = (unsigned)len;
		ret = 0;
	}
	tls_buf_clear(text);
	return ret;
}

int tls_x509_privkey_export2(tls_x509_privkey_t key, tls_x509_crt_fmt_t format, tls_datum_t *out)
{
	struct tls_buf der, text;
	int ret;

	*out = (tls_datum_t){.size = 0};
	if (key->key == NULL)
		return TLS_E_NO_KEY_FOUND;
	tls_buf_init(&der, OUT_MAX_LEN);
	ret = tls_key_write(&der, key->key);
	if (ret == 0 && format == TLS_X509_FMT_PEM) {
		tls_buf_init(&text, OUT_MAX_LEN);
		tls_pem_write(&text, "PRIVATE KEY", tls_buf_as_span(&der));
		ret = give(out, &text);
	} else if (ret == 0) {
		ret = give(out, &der);
	}
	tls_buf_clear(&der);
	return ret;
}

/* ---- The issuer ---------------------------------------------------------------------------------------------- */

struct issuers {
	struct tls_span ders[MAX_ISSUERS]; /* owned */
	size_t n;
	struct tls_make_issuer made; /* of the first */
};

static int take_issuer(void *to, struct tls_span der)
{
	struct issuers *issuers = to;
	struct tls_cert cert;
	uint8_t *copy;
	int ret;

	if (issuers->n == MAX_ISSUERS)
		return TLS_E_TOO_MANY_CERTIFICATES;
	ret = tls_cert_decode(&cert, der);
	if (ret < 0)
		return ret;
	copy = tls_mem_dup(der.p, der.len);
	if (copy == NULL)
		return TLS_E_MEMORY_ERROR;
	issuers->ders[issuers->n++] = tls_span(copy, der.len);
	return 0;
}

static void issuers_clear(struct issuers *issuers)
{
	while (issuers->n > 0)
		tls_mem_free((void *)(uintptr_t)issuers->ders[--issuers->n].p);
}

static int check_issuer_key(const struct tls_cert *cert, const struct tls_privkey *key)
{
	struct tls_pubkey *pub;
	int ret = tls_cert_new_pubkey(&pub, cert);

	if (ret < 0)
		return ret;
	if (!tls_pubkey_same(pub, tls_privkey_public(key)))
		ret = TLS_E_CERTIFICATE_KEY_MISMATCH;
	tls_pubkey_free(pub);
	return ret;
}

/* What the issuer may sign, and until when; the paths that may be below it are one shorter. */
static int check_issuer(struct tls_make_request *request, const struct tls_cert *cert, const struct tls_exts *exts)
{
	if (cert->version != 3 || !exts->ca || (exts->usage & TLS_USAGE_CERT_SIGN) == 0)
		return TLS_E_ISSUER_NOT_A_CA;
	if (request->ca && exts->path_len == 0)
		return TLS_E_ISSUER_LIMIT;
	if (request->not_before > cert->not_after)
		return TLS_E_ISSUER_EXPIRED;
	if (request->not_after > cert->not_after)
		request->not_after = cert->not_after;
	if (request->not_before < cert->not_before)
		request->not_before = cert->not_before;
	return check_issuer_key(cert, request->issuer->key);
}

static int read_issuer(struct issuers *issuers, unsigned *line, struct tls_make_request *request,
    const tls_datum_t *text, const struct tls_privkey *key)
{
	static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
	struct tls_exts exts;
	struct tls_cert cert;
	struct tls_pem pem;
	int ret;

	tls_pem_init(&pem, tls_span(text->data, text->size));
	ret = tls_pem_take_all(&pem, line, labels, take_issuer, issuers);
	if (ret <= 0)
		return ret < 0 ? ret : TLS_E_NO_CERTIFICATE_FOUND;
	ret = tls_cert_decode(&cert, issuers->ders[0]);
	if (ret < 0)
		return ret;
	if (tls_exts_decode(&exts, &cert) != TLS_FLAW_NONE)
		return TLS_E_CERTIFICATE_ERROR;
	issuers->made = (struct tls_make_issuer){.key = key, .subject = cert.subject, .key_id = exts.key_id};
	request->issuer = &issuers->made;
	return check_issuer(request, &cert, &exts);
}

/* ---- Certificates -------------------------------------------------------------------------------------------- */

static void write_chain(struct tls_buf *text, struct tls_span der, const struct issuers *issuers)
{
	struct tls_cert cert;

	tls_pem_write(text, "CERTIFICATE", der);
	for (size_t i = 0; i < issuers->n; i++)
		if (tls_cert_decode(&cert, issuers->ders[i]) == 0 && !tls_dn_same(cert.issuer, cert.subject))
			tls_pem_write(text, "CERTIFICATE", issuers->ders[i]);
}

static int make(tls_datum_t *out, const struct tls_make_request *request, const struct issuers *issuers)
{
	struct tls_buf der, text;
	int ret;

	tls_buf_init(&der, TLS_DER_MAX_LEN);
	tls_buf_init(&text, OUT_MAX_LEN);
	ret = tls_make_certificate(&der, request, NULL);
	if (ret == 0) {
		write_chain(&text, tls_buf_as_span(&der), issuers);
		ret = give(out, &text);
	}
	tls_buf_clear(&text);
	tls_buf_clear(&der);
	return ret;
}

static unsigned kind_of(tls_x509_subject_alt_name_t type)
{
	switch (type) {
	case TLS_SAN_DNSNAME:
		return TLS_CERT_NAME_DNS;
	case TLS_SAN_RFC822NAME:
		return TLS_CERT_NAME_EMAIL;
	case TLS_SAN_IPADDRESS:
		return TLS_CERT_NAME_IP;
	default:
		return 0;
	}
}

bool tls_x509_name_is_valid(const tls_x509_name_t *name)
{
	struct tls_make_name made = {kind_of(name->type), name->value};

	return tls_make_text_name_is_valid(&made);
}

static uint32_t path_len(const tls_x509_crt_terms_t *terms)
{
	return terms->limited ? terms->max_intermediates : TLS_EXTS_NO_PATH_LEN;
}

int tls_x509_crt_make(tls_datum_t *out, unsigned *line, const tls_x509_crt_terms_t *terms, tls_x509_privkey_t key,
    const tls_datum_t *issuer, tls_x509_privkey_t issuer_key)
{
	struct tls_make_name names[TLS_MAKE_MAX_NAMES];
	struct tls_make_request request = {.common_name = terms->common_name, .names = names,
	    .n_names = terms->n_names, .not_before = terms->not_before, .not_after = terms->not_after,
	    .purposes = terms->purposes & (TLS_MAKE_SERVER | TLS_MAKE_CLIENT), .ca = terms->ca,
	    .path_len = path_len(terms), .key = key->key};
	struct issuers issuers = {.n = 0};
	int ret = 0;

	*out = (tls_datum_t){.size = 0};
	*line = 0;
	if (terms->n_names > TLS_MAKE_MAX_NAMES || (issuer == NULL) != (issuer_key == NULL))
		return TLS_E_INVALID_REQUEST;
	if (key->key == NULL || (issuer_key != NULL && issuer_key->key == NULL))
		return TLS_E_NO_KEY_FOUND;
	for (unsigned i = 0; i < terms->n_names; i++)
		names[i] = (struct tls_make_name){kind_of(terms->names[i].type), terms->names[i].value};
	if (issuer != NULL)
		ret = read_issuer(&issuers, line, &request, issuer, issuer_key->key);
	if (ret == 0)
		ret = make(out, &request, &issuers);
	issuers_clear(&issuers);
	return ret;
}
