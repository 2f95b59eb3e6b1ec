/* suite.c - see suite.h. */
#include "suite.h"

#include <string.h>

#include "../tls.h"

/* RFC 8446 section 5.5: AES-GCM keeps a margin of 2^-57 up to 2^24.5 full-size records
 * (23,726,566). ChaCha20-Poly1305 wears out later than the sequence number; still a key gets no
 * more than 2^36 records (a petabyte), so that no session lives on one key for ever. */
#define GCM_MAX_RECORDS UINT64_C(23726566)
#define CHACHA_MAX_RECORDS (UINT64_C(1) << 36)

#define GCM128 TLS_AEAD_AES_128_GCM, TLS_HASH_SHA256, GCM_MAX_RECORDS
#define GCM256 TLS_AEAD_AES_256_GCM, TLS_HASH_SHA384, GCM_MAX_RECORDS
#define CHACHA TLS_AEAD_CHACHA20_POLY1305, TLS_HASH_SHA256, CHACHA_MAX_RECORDS

static const struct tls_suite suites[] = {
    {TLS_CIPHER_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", GCM128, TLS_1_3, TLS_AUTH_ANY},
    {TLS_CIPHER_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", GCM256, TLS_1_3, TLS_AUTH_ANY},
    {TLS_CIPHER_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", CHACHA, TLS_1_3,
	TLS_AUTH_ANY},
    {TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", GCM128,
	TLS_1_2, TLS_AUTH_ECDSA},
    {TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", GCM256,
	TLS_1_2, TLS_AUTH_ECDSA},
    {TLS_CIPHER_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	CHACHA, TLS_1_2, TLS_AUTH_ECDSA},
    {TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", GCM128, TLS_1_2,
	TLS_AUTH_RSA},
    {TLS_CIPHER_ECDHE_RSA_AES_256_GCM_SHA384, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", GCM256, TLS_1_2,
	TLS_AUTH_RSA},
    {TLS_CIPHER_ECDHE_RSA_CHACHA20_POLY1305_SHA256, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	CHACHA, TLS_1_2, TLS_AUTH_RSA},
};

#define N_SUITES (sizeof(suites) / sizeof(suites[0]))

const struct tls_suite *tls_suite_by_id(uint16_t id)
{
	for (size_t i = 0; i < N_SUITES; i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

const struct tls_suite *tls_suite_by_name(const char *name)
{
	for (size_t i = 0; i < N_SUITES; i++)
		if (strcmp(suites[i].name, name) == 0)
			return &suites[i];
	return NULL;
}
