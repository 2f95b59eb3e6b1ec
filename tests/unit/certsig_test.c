/* certsig_test.c - tls/x509/certsig.c: signatures of openssl and certtool (tests/data); identifiers from RFC 4055,
 * RFC 5758, RFC 8410. */
#include "unit.h"

#include "data.h"
#include "tls/x509/cert.h"
#include "tls/x509/certsig.h"

#define ALG(literal) tls_span(literal, sizeof(literal) - 1)
#define RSA(last) "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" last
#define SHA(last) "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last "\x05\x00"
#define MGF(hash) "\xa1\x1c\x30\x1a" RSA("\x08") hash
#define PSS(len, rest) "\x30" len RSA("\x0a") rest

static void knows_the_algorithms(void **state)
{
	static const struct {
		const char *alg;
		size_t len;
		uint16_t scheme;
	} rows[] = {
#define ROW(literal, scheme) {literal, sizeof(literal) - 1, scheme}
	    ROW("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", TLS_SIGN_ECDSA_SECP256R1_SHA256),
	    ROW("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03", TLS_SIGN_ECDSA_SECP384R1_SHA384),
	    ROW("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04", TLS_SIGN_ECDSA_SECP521R1_SHA512),
	    ROW("\x30\x05\x06\x03\x2b\x65\x70", TLS_SIGN_ED25519),
	    ROW("\x30\x0d" RSA("\x0b") "\x05\x00", TLS_SIGN_RSA_PKCS1_SHA256),
	    ROW("\x30\x0d" RSA("\x0c") "\x05\x00", TLS_SIGN_RSA_PKCS1_SHA384),
	    ROW("\x30\x0d" RSA("\x0d") "\x05\x00", TLS_SIGN_RSA_PKCS1_SHA512),
	    ROW("\x30\x0b" RSA("\x0b"), TLS_SIGN_RSA_PKCS1_SHA256),
	    ROW(PSS("\x41", "\x30\x34\xa0\x0f" SHA("\x01") MGF(SHA("\x01")) "\xa2\x03\x02\x01\x20"),
		TLS_SIGN_RSA_PSS_RSAE_SHA256),
	    ROW(PSS("\x41", "\x30\x34\xa0\x0f" SHA("\x02") MGF(SHA("\x02")) "\xa2\x03\x02\x01\x30"),
		TLS_SIGN_RSA_PSS_RSAE_SHA384),
	    ROW(PSS("\x41", "\x30\x34\xa0\x0f" SHA("\x03") MGF(SHA("\x03")) "\xa2\x03\x02\x01\x40"),
		TLS_SIGN_RSA_PSS_RSAE_SHA512),
	};
	uint16_t scheme;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(tls_certsig_scheme(&scheme, tls_span(rows[i].alg, rows[i].len)), TLS_FLAW_NONE);
		assert_int_equal(scheme, rows[i].scheme);
	}
}

static void refuses_the_others(void **state)
{
	const struct tls_span bad[] = {
	    ALG("\x30\x0d" RSA("\x04") "\x05\x00"),                     /* MD5 */
	    ALG("\x30\x0d" RSA("\x05") "\x05\x00"),                     /* SHA-1 */
	    ALG("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01"),        /* ECDSA with SHA-1 */
	    ALG("\x30\x0d" RSA("\x0e") "\x05\x00"),                     /* SHA-224 */
	    ALG("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"), /* NULL behind ECDSA */
	    ALG("\x30\x07\x06\x03\x2b\x65\x70\x05\x00"),
	    ALG("\x30\x05\x06\x03\x2b\x65\x71"), /* Ed448 */
	    ALG("\x30\x0e" RSA("\x0b") "\x04\x01x"),
	    ALG(PSS("\x0b", "")),         /* absent: SHA-1 */
	    ALG(PSS("\x0d", "\x30\x00")), /* all defaults: SHA-1 */
	    /* another hash for MGF1; another salt length; a trailer */
	    ALG(PSS("\x41", "\x30\x34\xa0\x0f" SHA("\x01") MGF(SHA("\x02")) "\xa2\x03\x02\x01\x20")),
	    ALG(PSS("\x41", "\x30\x34\xa0\x0f" SHA("\x01") MGF(SHA("\x01")) "\xa2\x03\x02\x01\x14")),
	    ALG(PSS("\x46", "\x30\x39\xa0\x0f" SHA("\x01") MGF(SHA("\x01")) "\xa2\x03\x02\x01\x20\xa3\x03\x02\x01\x01")),
	    ALG(""),
	};
	uint16_t scheme;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tls_certsig_scheme(&scheme, bad[i]), TLS_FLAW_WEAK_SIGNATURE);
}

static void checks_signatures_of_others(void **state)
{
	struct tls_cert cert, issuer;
	struct data der, issuer_der;
	struct tls_pubkey *key;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tls_certsig sig;

		data_read_der(&der, "chain.crt.pem", i);
		data_read_der(&issuer_der, "chain.crt.pem", i < 2 ? i + 1 : i);
		assert_int_equal(tls_cert_decode(&cert, data_span(&der)), 0);
		assert_int_equal(tls_cert_decode(&issuer, data_span(&issuer_der)), 0);
		assert_int_equal(tls_cert_new_pubkey(&key, &issuer), 0);
		sig = (struct tls_certsig){cert.tbs, cert.sig_alg, cert.signature};
		assert_int_equal(tls_certsig_check(&sig, key), TLS_FLAW_NONE);
		sig.tbs.len--;
		assert_int_equal(tls_certsig_check(&sig, key), TLS_FLAW_SIGNATURE);
		sig.algorithm = ALG("\x30\x0d" RSA("\x05") "\x05\x00");
		assert_int_equal(tls_certsig_check(&sig, key), TLS_FLAW_WEAK_SIGNATURE);
		sig.algorithm = ALG("\x30\x05\x06\x03\x2b\x65\x70"); /* doesn't go with the key */
		assert_int_equal(tls_certsig_check(&sig, key), TLS_FLAW_SIGNATURE);
		tls_pubkey_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_the_algorithms),
	    cmocka_unit_test(refuses_the_others),
	    cmocka_unit_test(checks_signatures_of_others),
	};

	return cmocka_run_group_tests_name("certsig", tests, NULL, NULL);
}
