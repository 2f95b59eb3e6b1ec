/* describe_test.c - tls/describe.c: certificates and OCSP responses of tests/data, held against what openssl says of
 * them (openssl x509, openssl ocsp -resp_text). */
#include "unit.h"

#include "data.h"

#define NOT_BEFORE 1795268474 /* 2026-11-21 13:41:14 */
#define NOT_AFTER 4948868474 /* 2126-10-28 13:41:14 */

static tls_datum_t datum(const struct data *d)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)d->bytes, .size = (unsigned)d->len};
}

static tls_certificate_info_t told(struct data *der, const char *file)
{
	tls_certificate_info_t info;
	tls_datum_t cert;

	data_read_der(der, file, 0);
	cert = datum(der);
	assert_int_equal(tls_certificate_get_info(&cert, &info), 0);
	return info;
}

static void assert_digits(const void *p, size_t len, const char *hex)
{
	char text[200] = "";

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)p)[i]);
	assert_string_equal(text, hex);
}

static void certificates_are_told(void **state)
{
	static const struct {
		const char *file, *key;
		unsigned bits;
		uint16_t sign;
		const char *serial, *sha256, *pin;
	} rows[] = {
	    {"rsa.crt.pem", "RSA", 2048, TLS_SIGN_RSA_PKCS1_SHA256, "63caade47615873c27c9fefb6a1a170762dc1204",
		"9642f0b29b2f5b9536095963d4b32933ee41e5a2a60252435cbbb78cc6dbff18",
		"dca6fde9a9a557b5518ef564b5fcc7a4fff503a75111a7d4f41a916ebfa18be8"},
	    {"ed25519.crt.pem", "Ed25519", 256, TLS_SIGN_ED25519, "04112066a832d0eb65b9fef53b9b5b8172879103",
		"ff6fc018a1dfc7bf65bcabe739e8ce362553c4b46c18f7c0536c012d332c9a21",
		"67c98b05d2d1dd22a0c47075cae5050559f2dcc43130888972f0ae87ef09fd97"},
	    {"p521.crt.pem", "P-521", 521, TLS_SIGN_ECDSA_SECP256R1_SHA256, "55f2d19a4b6949edaab89f5b5d62b3eb514edae2",
		"5662996b8377041f564172a4489142a32e8300f80f100aed79d3629c0a2703e0",
		"4a9bfb5b4e22b50ff4dd7e6ef0ee15673820af00260e06a597c126ac84aa0ffa"},
	    /* too small, and not supported: told all the same */
	    {"rsa1024.crt.pem", "RSA", 1024, TLS_SIGN_RSA_PKCS1_SHA256, "626f5021bfd788ead508e4978c7b4b124a6be47b",
		"1c916d9fdd4f6bc033a737d3e5a2f45841066c62395c7b1edc71b8b6e47f7512",
		"406ee3af6143673b0f7358d596768f6d4148df864f7c08c2dac398b00f35dc83"},
	    {"ed448.crt.pem", NULL, 0, 0, "57b592ee553d4880452f7db572f0dab1b58a7972",
		"5a55dc92f5dda7951d776b2b7aef5feb4d265e380993dbba529dfc7e5429e047",
		"19bf021bbf084ce21fbf8551daf6a45643836a72ec3f60cd104d8066973bdb6f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct data der;
		tls_certificate_info_t info = told(&der, rows[i].file);

		assert_int_equal(info.version, 3);
		assert_int_equal(info.not_before, NOT_BEFORE);
		assert_int_equal(info.not_after, NOT_AFTER);
		assert_int_equal(info.key != NULL, rows[i].key != NULL);
		if (rows[i].key != NULL)
			assert_string_equal(info.key, rows[i].key);
		assert_int_equal(info.key_bits, rows[i].bits);
		assert_int_equal(info.sign_algorithm, rows[i].sign);
		assert_digits(info.serial.data, info.serial.size, rows[i].serial);
		assert_digits(info.sha256, sizeof(info.sha256), rows[i].sha256);
		assert_digits(info.spki_sha256, sizeof(info.spki_sha256), rows[i].pin);
		assert_true(info.self_issued);
	}
}

static void issuers_are_told(void **state)
{
	struct data der;
	tls_certificate_info_t info = told(&der, "chain.crt.pem");
	tls_datum_t cert = datum(&der), cut = cert;
	char text[64];

	(void)state;
	assert_false(info.self_issued);
	assert_false(info.ca);
	assert_false(info.must_staple);
	assert_digits(info.serial.data, info.serial.size, "03");
	assert_int_equal(tls_certificate_get_issuer(&cert, text, sizeof(text)), 0);
	assert_string_equal(text, "CN=Quench test intermediate");
	assert_int_equal(tls_certificate_get_issuer(&cert, text, 4), 0);
	assert_string_equal(text, "CN=");
	cut.size--;
	assert_int_equal(tls_certificate_get_issuer(&cut, text, sizeof(text)), TLS_E_CERTIFICATE_ERROR);
	assert_string_equal(text, "");
	data_read_der(&der, "chain.crt.pem", 1);
	cert = datum(&der);
	assert_int_equal(tls_certificate_get_info(&cert, &info), 0);
	assert_true(info.ca);
}

static void names_are_told(void **state)
{
	static const struct {
		tls_x509_subject_alt_name_t type;
		const char *hex;
	} names[] = {
	    {TLS_SAN_DNSNAME, "706169722e6578616d706c65"},
	    {TLS_SAN_DNSNAME, "7777772e706169722e6578616d706c65"},
	    {TLS_SAN_IPADDRESS, "20010db8000000000000000000000001"},
	    {TLS_SAN_RFC822NAME, "6140706169722e6578616d706c65"},
	};
	tls_x509_subject_alt_name_t type;
	struct data der;
	tls_datum_t cert, value;

	(void)state;
	data_read_der(&der, "rsa.crt.pem", 0);
	cert = datum(&der);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(tls_certificate_get_subject_alt_name(&cert, i, &type, &value), 0);
		assert_int_equal(type, names[i].type);
		assert_digits(value.data, value.size, names[i].hex);
	}
	assert_int_equal(tls_certificate_get_subject_alt_name(&cert, 4, &type, &value), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	cert.size--;
	assert_int_equal(tls_certificate_get_subject_alt_name(&cert, 0, &type, &value), TLS_E_CERTIFICATE_ERROR);
	data_read_der(&der, "nosan.crt.pem", 0);
	cert = datum(&der);
	assert_int_equal(tls_certificate_get_subject_alt_name(&cert, 0, &type, &value), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
}

static void hosts_are_checked(void **state)
{
	static const struct {
		const char *file, *host;
		bool good;
	} rows[] = {
	    {"rsa.crt.pem", "pair.example", true},
	    {"rsa.crt.pem", "WWW.pair.example", true},
	    {"rsa.crt.pem", "x.pair.example", false},
	    {"rsa.crt.pem", "2001:db8::1", true},
	    {"rsa.crt.pem", "2001:db8::2", false},
	    {"p256.crt.pem", "192.0.2.1", true},
	    {"p384.crt.pem", "a.wild.example", true},
	    {"p384.crt.pem", "wild.example", false},
	    {"nosan.crt.pem", "cn-only.example", false},
	    {"rsa.crt.pem", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct data der;
		tls_datum_t cert;

		data_read_der(&der, rows[i].file, 0);
		cert = datum(&der);
		assert_int_equal(tls_certificate_check_hostname(&cert, rows[i].host), rows[i].good);
		cert.size--;
		assert_false(tls_certificate_check_hostname(&cert, rows[i].host));
	}
}

static void staples_are_told(void **state)
{
	static const struct {
		const char *response, *cert;
		int err;
		tls_ocsp_cert_status_t status;
	} rows[] = {
	    {"ocsp-good.der", "ocsp-leaf.crt.pem", 0, TLS_OCSP_CERT_GOOD},
	    {"ocsp-delegated.der", "ocsp-leaf.crt.pem", 0, TLS_OCSP_CERT_GOOD},
	    {"ocsp-revoked.der", "ocsp-leaf.crt.pem", 0, TLS_OCSP_CERT_REVOKED},
	    {"ocsp-unknown.der", "ocsp-responder.crt.pem", 0, TLS_OCSP_CERT_UNKNOWN},
	    {"ocsp-good.der", "ocsp-responder.crt.pem", TLS_E_REQUESTED_DATA_NOT_AVAILABLE, TLS_OCSP_CERT_GOOD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct data der, response;
		tls_ocsp_info_t info;
		tls_datum_t cert, r;

		data_read_der(&der, rows[i].cert, 0);
		data_read(&response, rows[i].response);
		cert = datum(&der);
		r = datum(&response);
		assert_int_equal(tls_certificate_get_ocsp_info(&cert, &r, &info), rows[i].err);
		if (rows[i].err != 0)
			continue;
		assert_int_equal(info.status, rows[i].status);
		assert_int_equal(info.this_update, 1795281625); /* 2026-11-21 17:20:25 */
		assert_int_equal(info.next_update, 4948881625); /* 2126-10-28 17:20:25 */
		r.size--;
		assert_int_equal(tls_certificate_get_ocsp_info(&cert, &r, &info), TLS_E_OCSP_RESPONSE_ERROR);
	}
}

/* Whatever the bytes are, nothing is read beyond them. */
static void tell_any(struct tls_span s)
{
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len}, value;
	tls_x509_subject_alt_name_t type;
	tls_certificate_info_t info;
	char text[32];
	int err = tls_certificate_get_info(&d, &info);

	assert_int_equal(tls_certificate_get_issuer(&d, text, sizeof(text)), err);
	for (unsigned i = 0; tls_certificate_get_subject_alt_name(&d, i, &type, &value) == 0; i++)
		assert_true(value.data >= d.data && value.data + value.size <= d.data + d.size);
	(void)tls_certificate_check_hostname(&d, "pair.example");
}

static tls_datum_t leaf;

static void tell_any_staple(struct tls_span s)
{
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
	tls_ocsp_info_t info;

	(void)tls_certificate_get_ocsp_info(&leaf, &d, &info);
}

static void any_bytes_are_survived(void **state)
{
	struct data der, response;

	(void)state;
	data_read_der(&der, "rsa.crt.pem", 0);
	data_mutate(&der, tell_any);
	data_read_der(&der, "ocsp-leaf.crt.pem", 0);
	leaf = datum(&der);
	data_read(&response, "ocsp-good.der");
	data_mutate(&response, tell_any_staple);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates_are_told),
	    cmocka_unit_test(issuers_are_told),
	    cmocka_unit_test(names_are_told),
	    cmocka_unit_test(hosts_are_checked),
	    cmocka_unit_test(staples_are_told),
	    cmocka_unit_test(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
