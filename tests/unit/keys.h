/* keys.h - for the tests of the keeper: keys of tests/data with their ids, and what a server signs. */
#ifndef TESTS_UNIT_KEYS_H
#define TESTS_UNIT_KEYS_H

#include <string.h>

#include "cred.h"

struct keys_file {
	struct data text;
	tls_datum_t pem;
	uint8_t id[TLS_KEY_ID_LEN];
};

/* A key file and the id of its key. */
static inline void keys_read(struct keys_file *k, const char *name)
{
	tls_x509_privkey_t key;

	data_read(&k->text, name);
	k->pem = cred_datum(&k->text);
	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_import(key, &k->pem, TLS_X509_FMT_PEM), 0);
	assert_int_equal(tls_x509_privkey_get_key_id(key, k->id), 0);
	tls_x509_privkey_deinit(key);
}

#define KEYS_INPUT_LEN (64 + 34 + 32)

/* RFC 8446 section 4.4.3; nr makes it another one. */
static inline void keys_input(uint8_t input[KEYS_INPUT_LEN], unsigned nr)
{
	memset(input, 0x20, 64);
	memcpy(input + 64, "TLS 1.3, server CertificateVerify", 34);
	memset(input + 98, (int)nr, 32);
}

#endif
