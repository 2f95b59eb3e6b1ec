/* kinds12.h - what a handshake of TLS 1.2 may be combined of: groups, kinds of keys, the suites that go with them. */
#ifndef TESTS_UNIT_KINDS12_H
#define TESTS_UNIT_KINDS12_H

#include "cred.h"

static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1,
    TLS_GROUP_SECP521R1};

static const struct {
	const char *cert, *key;
	bool rsa;
	uint16_t schemes[6]; /* that this key can make; the best first */
} keys[] = {
	{"p256.crt.pem", "p256.pkcs8.pem", false, {0x0403, 0x0503, 0x0603}},
	{"p384.crt.pem", "p384.pkcs8.pem", false, {0x0403, 0x0503, 0x0603}},
	{"p521.crt.pem", "p521.pkcs8.pem", false, {0x0403, 0x0503, 0x0603}},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem", false, {0x0807}},
	{"rsa.crt.pem", "rsa.pkcs8.pem", true, {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601}},
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static const uint16_t suites[2][3] = {{0xc02b, 0xc02c, 0xcca9}, {0xc02f, 0xc030, 0xcca8}};

static inline tls_certificate_credentials_t cred_of(size_t k)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, keys[k].cert, keys[k].key), 0);
	return cred;
}

#endif
