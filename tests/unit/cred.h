/* cred.h - credentials filled from tests/data. */
#ifndef TESTS_UNIT_CRED_H
#define TESTS_UNIT_CRED_H

#include "data.h"
#include "tls/tls.h"

static inline tls_datum_t cred_datum(struct data *d)
{
	return (tls_datum_t){.data = d->bytes, .size = (unsigned)d->len};
}

static inline int cred_add_files(tls_certificate_credentials_t cred, const char *cert_file, const char *key_file)
{
	struct data cert, key;
	tls_datum_t c, k;

	data_read(&cert, cert_file);
	data_read(&key, key_file);
	c = cred_datum(&cert);
	k = cred_datum(&key);
	return tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM);
}

static inline int cred_add_text(tls_certificate_credentials_t cred, const char *cert, const char *key)
{
	tls_datum_t c = {.data = (unsigned char *)(uintptr_t)cert, .size = (unsigned)strlen(cert)};
	tls_datum_t k = {.data = (unsigned char *)(uintptr_t)key, .size = (unsigned)strlen(key)};

	return tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM);
}

static inline tls_certificate_credentials_t cred_new(void)
{
	tls_certificate_credentials_t cred;

	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	return cred;
}

/* The list of a session's peer is the certificate of this file; NULL: there is none. */
static inline void cred_shown(tls_session_t s, const char *crt)
{
	struct data der;
	unsigned n = 99;
	const tls_datum_t *list = tls_certificate_get_peers(s, &n);

	if (crt == NULL) {
		assert_null(list);
		assert_int_equal(n, 0);
		return;
	}
	data_read_der(&der, crt, 0);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].size, der.len);
	assert_memory_equal(list[0].data, der.bytes, der.len);
}

#endif
