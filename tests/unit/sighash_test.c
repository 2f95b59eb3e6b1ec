/* sighash_test.c - the hash of a certificate's signature; the identifiers are those of certificates that OpenSSL
 * made. */
#include "hex.h"

#include "tls/tls.h"
#include "tls/x509/sighash.h"

#define NONE (-1)

static const struct {
	const char *der;
	int hash;
} rows[] = {
	{"300d06092a864886f70d0101040500", TLS_HASH_SHA256}, /* RSA: MD5 */
	{"300d06092a864886f70d0101050500", TLS_HASH_SHA256}, /* SHA-1 */
	{"300d06092a864886f70d01010b0500", TLS_HASH_SHA256},
	{"300d06092a864886f70d01010c0500", TLS_HASH_SHA384},
	{"300d06092a864886f70d01010d0500", TLS_HASH_SHA512},
	{"300d06092a864886f70d01010e0500", NONE}, /* SHA-224 */
	{"300d060960864801650304030e0500", NONE}, /* SHA3-256 */
	{"300906072a8648ce3d0401", TLS_HASH_SHA256}, /* ECDSA: SHA-1 */
	{"300a06082a8648ce3d040302", TLS_HASH_SHA256},
	{"300a06082a8648ce3d040303", TLS_HASH_SHA384},
	{"300a06082a8648ce3d040304", TLS_HASH_SHA512},
	{"300506032b6570", NONE}, /* Ed25519 */
	{"301306092a864886f70d01010a3006a204020200ea", TLS_HASH_SHA256}, /* PSS: SHA-1 by default */
	{"304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d01010830"
	 "0d06096086480165030402010500a204020200de",
	    TLS_HASH_SHA256},
	{"304206092a864886f70d01010a3035a00f300d06096086480165030402020500a11c301a06092a864886f70d01010830"
	 "0d06096086480165030402020500a204020200ce",
	    TLS_HASH_SHA384},
	{"304206092a864886f70d01010a3035a00f300d06096086480165030402030500a11c301a06092a864886f70d01010830"
	 "0d06096086480165030402030500a204020200be",
	    TLS_HASH_SHA512},
	/* another hash in MGF1; another function than MGF1 */
	{"304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d01010830"
	 "0d06096086480165030402020500a204020200de",
	    NONE},
	{"304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d01010930"
	 "0d06096086480165030402010500a204020200de",
	    NONE},
	/* what doesn't parse */
	{"", NONE},
	{"3000", NONE},
	{"310a06082a8648ce3d040302", NONE},
	{"301306092a864886f70d01010a3106a204020200ea", NONE},
	{"300b06092a864886f70d01010a", NONE}, /* PSS without parameters, which RFC 4055 wants in signatures */
};

static int hash_of(struct tls_span der)
{
	enum tls_hash hash;
	int err = tls_sighash_of(&hash, der);

	assert_true(err == 0 || err == TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	return err == 0 ? (int)hash : NONE;
}

static void every_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hex der = unhex(rows[i].der);

		assert_int_equal(hash_of(tls_span(der.p, der.len)), rows[i].hash);
	}
}

/* Cut, it is none, or what it was: parameters that say nothing of the hash may be gone. */
static void cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hex der = unhex(rows[i].der);

		for (size_t n = 0; n < der.len; n++) {
			uint8_t *part = malloc(n + 1);

			assert_non_null(part);
			memcpy(part, der.p, n);
			assert_int_equal(hash_of(tls_span(part, n)), NONE);
			free(part);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests_name("sighash", tests, NULL, NULL);
}
