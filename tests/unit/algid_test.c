/* algid_test.c - tls/x509/algid.c: RFC 3279 section 2.3.1, RFC 5480 section 2.1.1, RFC 8410 section 3. */
#include "unit.h"

#include <stdbool.h>

#include "tls/tls.h"
#include "tls/x509/algid.h"

#define RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define EC "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define ED25519 "\x06\x03\x2b\x65\x70"
#define P256 "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384 "\x06\x05\x2b\x81\x04\x00\x22"
#define P521 "\x06\x05\x2b\x81\x04\x00\x23"
#define SECP256K1 "\x06\x05\x2b\x81\x04\x00\x0a"
#define LITERAL(s) s, sizeof(s) - 1

static void knows_the_keys(void **state)
{
	static const struct {
		const char *der;
		size_t len;
		int ret;
		enum tls_pk kind;
	} rows[] = {
	    {LITERAL("\x30\x0d" RSA "\x05\x00"), 0, TLS_PK_RSA},
	    {LITERAL("\x30\x0b" RSA), 0, TLS_PK_RSA},
	    {LITERAL("\x30\x13" EC P256), 0, TLS_PK_ECDSA_P256},
	    {LITERAL("\x30\x10" EC P384), 0, TLS_PK_ECDSA_P384},
	    {LITERAL("\x30\x10" EC P521), 0, TLS_PK_ECDSA_P521},
	    {LITERAL("\x30\x05" ED25519), 0, TLS_PK_ED25519},
	    {LITERAL("\x30\x10" EC SECP256K1), TLS_E_UNSUPPORTED_KEY, 0},
	    {LITERAL("\x30\x0b" EC "\x30\x00"), TLS_E_UNSUPPORTED_KEY, 0}, /* explicit parameters */
	    {LITERAL("\x30\x05\x06\x03\x2b\x65\x71"), TLS_E_UNSUPPORTED_KEY, 0}, /* Ed448 */
	    {LITERAL("\x30\x0e" RSA "\x05\x01x"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x0e" RSA "\x04\x01x"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x0f" RSA "\x05\x00\x05\x00"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x07" ED25519 "\x05\x00"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x09" EC), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x0b" EC "\x05\x00"), TLS_E_ILLEGAL_KEY, 0}, /* implicitCurve */
	    {LITERAL("\x30\x15" EC P256 "\x05\x00"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x02\x06\x00"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x30\x00"), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL("\x31\x05" ED25519), TLS_E_ILLEGAL_KEY, 0},
	    {LITERAL(""), TLS_E_ILLEGAL_KEY, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_span s = tls_span(rows[i].der, rows[i].len);
		enum tls_pk kind = TLS_PK_RSA;

		assert_int_equal(tls_algid_take(&s, &kind), rows[i].ret);
		if (rows[i].ret == 0)
			assert_int_equal(kind, rows[i].kind);
	}
}

static void refuses_every_truncation(void **state)
{
	static const char der[] = "\x30\x13" EC P256;
	enum tls_pk kind;

	(void)state;
	for (size_t n = 0; n < sizeof(der) - 1; n++) {
		struct tls_span s = tls_span(der, n);

		assert_int_equal(tls_algid_take(&s, &kind), TLS_E_ILLEGAL_KEY);
	}
}

/* RFC 4055 section 5, RFC 5758 section 3.2, RFC 8410 section 3: NULL with RSA, nothing with the others. */
static void signs_as_the_key_can(void **state)
{
	static const uint16_t schemes[] = {[TLS_PK_RSA] = TLS_SIGN_RSA_PKCS1_SHA256,
	    [TLS_PK_ECDSA_P256] = TLS_SIGN_ECDSA_SECP256R1_SHA256, [TLS_PK_ECDSA_P384] = TLS_SIGN_ECDSA_SECP384R1_SHA384,
	    [TLS_PK_ECDSA_P521] = TLS_SIGN_ECDSA_SECP521R1_SHA512, [TLS_PK_ED25519] = TLS_SIGN_ED25519};

	(void)state;
	for (enum tls_pk kind = TLS_PK_RSA; kind <= TLS_PK_ED25519; kind++) {
		const struct tls_algid_signature *sig = tls_algid_signature(kind);

		assert_int_equal(sig->scheme, schemes[kind]);
		assert_int_equal(sig->parameters_len, kind == TLS_PK_RSA ? 2 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_the_keys),
	    cmocka_unit_test(refuses_every_truncation),
	    cmocka_unit_test(signs_as_the_key_can),
	};

	return cmocka_run_group_tests_name("algid", tests, NULL, NULL);
}
