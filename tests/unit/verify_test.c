/* verify_test.c - tls/hs/verify.c and tls/verification.c: handshakes in both versions in which the peer's chain is judged.
 * The chains are those of certtool and openssl in tests/data. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/duo.h"
#include "tests/lib/mint.h"
#include "tls/error.h"
#include "tls/x509/key.h"

#define SECONDS(t) ((uint64_t)(t) * 1000)
#define IN_2028 SECONDS(1830000000)
#define IN_2020 SECONDS(1577836800)
#define IN_2060 SECONDS(2840140800)

static uint64_t now;

static uint64_t clock_ms(void *ptr)
{
	(void)ptr;
	return now;
}

/* Trusts certificate number index of a file, or nothing. */
static tls_certificate_credentials_t trusting(const char *file, unsigned index)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data der;
	tls_datum_t d;

	if (file == NULL)
		return cred;
	data_read_der(&der, file, index);
	d = cred_datum(&der);
	assert_int_equal(tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_DER), 1);
	return cred;
}

static tls_certificate_credentials_t showing(const char *crt, const char *key)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, crt, key), 0);
	return cred;
}

/* A CA that also revokes, and a leaf with a key of tests/data, serial number 3. */
struct ca {
	struct tls_privkey *key, *leaf_key;
	struct tls_span der, leaf;
	struct data leaf_key_pem;
};

#define TO_2030 1893456000

static void ca_init(struct ca *ca)
{
	unsigned line;

	data_read(&ca->leaf_key_pem, "p256.pkcs8.pem");
	assert_int_equal(tls_key_decode_pem(&ca->leaf_key, &line, data_span(&ca->leaf_key_pem)), 0);
	ca->key = mint_key(TLS_PK_ECDSA_P256);
	ca->der = mint_cert(&(struct mint){.subject = "CA", .key = ca->key, .ca = true, .not_after = TO_2030});
	ca->leaf = mint_cert(&(struct mint){.subject = "leaf", .issuer = "CA", .key = ca->leaf_key, .signer = ca->key,
	    .names = {"dns:chain.example"}, .serial = tls_span("\x03", 1), .not_after = TO_2030});
}

static void ca_clear(struct ca *ca)
{
	mint_free(ca->der);
	mint_free(ca->leaf);
	tls_privkey_free(ca->key);
	tls_privkey_free(ca->leaf_key);
}

static tls_datum_t datum(struct tls_span s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
}

/* The client's credentials: the CA, and its list with one serial number. */
static tls_certificate_credentials_t with_crl(const struct ca *ca, uint8_t serial, int64_t next_update)
{
	tls_certificate_credentials_t cred = cred_new();
	struct tls_span listed = tls_span(&serial, 1);
	struct tls_span crl = mint_crl(&(struct mint_crl){
	    .issuer = "CA", .signer = ca->key, .serials = &listed, .n_serials = 1, .next_update = next_update});
	tls_datum_t d = datum(ca->der);

	assert_int_equal(tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_DER), 1);
	d = datum(crl);
	assert_int_equal(tls_certificate_set_x509_crl_mem(cred, &d, TLS_X509_FMT_DER), 1);
	mint_free(crl);
	return cred;
}

struct row {
	const char *crt, *key;
	const char *trust; /* the file of the CA */
	unsigned index;
	const char *hostname;
	uint64_t now;
	int expected;
	unsigned status, depth;
	const char *subject;
};

#define CHAIN "chain.crt.pem", "p256.pkcs8.pem"
#define LEAF_NAME "CN=chain.example"

static const struct row rows[] = {
    {CHAIN, "chain.crt.pem", 2, "chain.example", IN_2028, 0, 0, 0, NULL},
    {CHAIN, "chain.crt.pem", 2, "www.chain.example", IN_2028, 0, 0, 0, NULL},
    {CHAIN, "chain.crt.pem", 1, "CHAIN.example", IN_2028, 0, 0, 0, NULL},
    {CHAIN, "chain.crt.pem", 2, NULL, IN_2028, 0, 0, 0, NULL},
    {CHAIN, "chain.crt.pem", 2, "a.b.chain.example", IN_2028, TLS_E_CERTIFICATE_NAME, TLS_CERT_UNEXPECTED_OWNER, 0, LEAF_NAME},
    {CHAIN, "chain.crt.pem", 2, "", IN_2028, TLS_E_CERTIFICATE_NAME, TLS_CERT_UNEXPECTED_OWNER, 0, LEAF_NAME},
    {CHAIN, "chain.crt.pem", 2, "192.0.2.1", IN_2028, TLS_E_CERTIFICATE_NAME, TLS_CERT_UNEXPECTED_OWNER, 0, LEAF_NAME},
    {"p256.crt.pem", "p256.pkcs8.pem", "p256.crt.pem", 0, "192.0.2.1", IN_2028, 0, 0, 0, NULL},
    {CHAIN, NULL, 0, "chain.example", IN_2028, TLS_E_UNKNOWN_CA, TLS_CERT_SIGNER_NOT_FOUND, 2, "CN=Quench test root"},
    {CHAIN, "p384.crt.pem", 0, "chain.example", IN_2028, TLS_E_UNKNOWN_CA, TLS_CERT_SIGNER_NOT_FOUND, 2, "CN=Quench test root"},
    {CHAIN, "chain.crt.pem", 2, "chain.example", IN_2060, TLS_E_CERTIFICATE_EXPIRED, TLS_CERT_EXPIRED, 0, LEAF_NAME},
    {CHAIN, "chain.crt.pem", 2, "chain.example", IN_2020, TLS_E_CERTIFICATE_NOT_ACTIVATED, TLS_CERT_NOT_ACTIVATED, 0,
	LEAF_NAME},
    {"expired.crt.pem", "p256.pkcs8.pem", "expired.crt.pem", 0, "expired.example", IN_2028, TLS_E_CERTIFICATE_EXPIRED,
	TLS_CERT_EXPIRED, 0, "CN=expired.example"},
    {"nosan.crt.pem", "p256.pkcs8.pem", "nosan.crt.pem", 0, "cn-only.example", IN_2028, TLS_E_CERTIFICATE_NAME,
	TLS_CERT_UNEXPECTED_OWNER, 0, "CN=cn-only.example"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void check_fault(tls_session_t s, const struct row *row)
{
	const char *subject, *reason;
	unsigned depth;

	assert_int_equal(tls_session_get_verify_cert_status(s), row->status != 0 ? row->status | TLS_CERT_INVALID : 0);
	if (row->status == 0) {
		assert_int_equal(tls_session_get_verify_cert_fault(s, &depth, &subject, &reason),
		    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
		return;
	}
	assert_int_equal(tls_session_get_verify_cert_fault(s, &depth, &subject, &reason), 0);
	assert_int_equal(depth, row->depth);
	assert_string_equal(subject, row->subject);
	assert_true(strlen(reason) > 5);
}

/* The client judges the server: its error, and the alert that the server gets. */
static void judge_server(const struct row *row, bool only12)
{
	tls_certificate_credentials_t server = showing(row->crt, row->key), client = trusting(row->trust, row->index);
	struct duo d;

	now = row->now;
	duo_init(&d, server, client);
	if (only12)
		duo_only12(&d);
	tls_session_set_clock_function(d.client, clock_ms, NULL);
	tls_session_set_verify_cert(d.client, row->hostname, 0);
	assert_int_equal(duo_handshake(&d), row->expected == 0);
	assert_int_equal(d.client_err, row->expected);
	check_fault(d.client, row);
	if (row->expected != 0) {
		assert_int_equal(d.server_err, TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(d.server), tls_error_alert(row->expected));
	}
	duo_clear(&d);
	tls_certificate_free_credentials(server);
	tls_certificate_free_credentials(client);
}

static void the_client_judges_13(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++)
		judge_server(&rows[i], false);
}

static void the_client_judges_12(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++)
		judge_server(&rows[i], true);
}

/* The server judges the client: any name, but another purpose. */
static void judge_client(const char *crt, const char *key, const char *trust, bool only12, int expected)
{
	tls_certificate_credentials_t server = trusting(trust, 0), client = showing(crt, key);
	struct duo d;

	assert_int_equal(cred_add_files(server, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	now = IN_2028;
	duo_init(&d, server, client);
	if (only12)
		duo_only12(&d);
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
	tls_session_set_clock_function(d.server, clock_ms, NULL);
	tls_session_set_verify_cert(d.server, "nobody.example", 0);
	duo_handshake(&d);
	assert_int_equal(d.server_err, expected);
	duo_clear(&d);
	tls_certificate_free_credentials(server);
	tls_certificate_free_credentials(client);
}

static void the_server_judges(void **state)
{
	(void)state;
	for (int only12 = 0; only12 < 2; only12++) {
		judge_client("p384.crt.pem", "p384.pkcs8.pem", "p384.crt.pem", only12, 0);
		judge_client("p384.crt.pem", "p384.pkcs8.pem", "rsa.crt.pem", only12, TLS_E_UNKNOWN_CA);
		judge_client("p384.crt.pem", "p384.pkcs8.pem", NULL, only12, TLS_E_UNKNOWN_CA);
		judge_client("expired.crt.pem", "p256.pkcs8.pem", "expired.crt.pem", only12, TLS_E_CERTIFICATE_EXPIRED);
		judge_client(CHAIN, "chain.crt.pem", only12, TLS_E_CERTIFICATE_PURPOSE); /* serverAuth */
	}
}

/* A client that may come without a certificate isn't judged when it does. */
static void nobody_is_not_judged(void **state)
{
	tls_certificate_credentials_t server = trusting("rsa.crt.pem", 0);
	struct duo d;

	(void)state;
	assert_int_equal(cred_add_files(server, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	duo_init(&d, server, NULL);
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
	tls_session_set_verify_cert(d.server, NULL, 0);
	assert_true(duo_handshake(&d));
	/* which is no good status */
	assert_int_equal(tls_session_get_verify_cert_status(d.server), TLS_CERT_NOT_JUDGED);
	assert_int_equal(tls_session_get_verify_cert_status(d.client), TLS_CERT_NOT_JUDGED);
	duo_clear(&d);
	tls_certificate_free_credentials(server);
}

static int handshake_with(tls_certificate_credentials_t server, tls_certificate_credentials_t client, unsigned flags,
    bool clock)
{
	struct duo d;
	int err;

	duo_init(&d, server, client);
	if (clock)
		tls_session_set_clock_function(d.client, clock_ms, NULL);
	tls_session_set_verify_cert(d.client, "chain.example", flags);
	duo_handshake(&d);
	err = d.client_err;
	duo_clear(&d);
	return err;
}

static int handshake(tls_certificate_credentials_t client, unsigned flags, bool clock)
{
	tls_certificate_credentials_t server = showing(CHAIN);
	int err = handshake_with(server, client, flags, clock);

	tls_certificate_free_credentials(server);
	return err;
}

static void needs_a_clock_and_credentials(void **state)
{
	tls_certificate_credentials_t client = trusting("chain.crt.pem", 2);

	(void)state;
	now = IN_2028;
	assert_int_equal(handshake(client, 0, true), 0);
	assert_int_equal(handshake(client, 0, false), TLS_E_INTERNAL_ERROR);
	assert_int_equal(handshake(client, TLS_VERIFY_DISABLE_TIME_CHECKS, false), 0);
	assert_int_equal(handshake(NULL, 0, true), TLS_E_INTERNAL_ERROR);
	tls_certificate_free_credentials(client);
}

static void obeys_the_flags(void **state)
{
	tls_certificate_credentials_t client = trusting("chain.crt.pem", 2);

	(void)state;
	now = IN_2028;
	assert_int_equal(handshake(client, TLS_VERIFY_STRICT, true), 0);
	assert_int_equal(handshake(client, TLS_VERIFY_REQUIRE_CRLS, true), TLS_E_CERTIFICATE_NO_STATUS);
	tls_certificate_free_credentials(client);
	client = trusting("chain.crt.pem", 2);
	assert_int_equal(tls_certificate_set_verify_flags(client, TLS_VERIFY_REQUIRE_CRLS), 0);
	assert_int_equal(handshake(client, 0, true), TLS_E_CERTIFICATE_NO_STATUS);
	assert_int_equal(tls_certificate_set_verify_flags(client, 0), TLS_E_INVALID_REQUEST);
	tls_certificate_free_credentials(client);
	now = IN_2060;
	client = trusting("chain.crt.pem", 2);
	assert_int_equal(handshake(client, TLS_VERIFY_DISABLE_TIME_CHECKS, true), 0);
	tls_certificate_free_credentials(client);
}

static void asks_for_revocation(void **state)
{
	static const struct {
		uint8_t serial;
		int64_t next_update;
		unsigned flags;
		int expected;
	} lists[] = {
	    {9, TO_2030, 0, 0},
	    {9, TO_2030, TLS_VERIFY_REQUIRE_CRLS, 0},
	    {3, TO_2030, 0, TLS_E_CERTIFICATE_REVOKED},
	    {3, TO_2030, TLS_VERIFY_DISABLE_CRL_CHECKS, 0},
	    {9, MINT_END, 0, TLS_E_CERTIFICATE_NO_STATUS},
	};
	tls_certificate_credentials_t server = cred_new();
	tls_datum_t crt, key;
	struct ca ca;
	char *pem;

	(void)state;
	now = IN_2028;
	ca_init(&ca);
	pem = mint_pem(ca.leaf, "CERTIFICATE");
	crt = (tls_datum_t){.data = (unsigned char *)pem, .size = (unsigned)strlen(pem)};
	key = cred_datum(&ca.leaf_key_pem);
	assert_int_equal(tls_certificate_set_x509_key_mem(server, &crt, &key, TLS_X509_FMT_PEM), 0);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		tls_certificate_credentials_t client = with_crl(&ca, lists[i].serial, lists[i].next_update);

		assert_int_equal(handshake_with(server, client, lists[i].flags, true), lists[i].expected);
		tls_certificate_free_credentials(client);
	}
	tls_certificate_free_credentials(server);
	free(pem);
	ca_clear(&ca);
}

/* The server's chain of tests/data with a response of openssl. */
static tls_certificate_credentials_t stapling(const char *response)
{
	tls_certificate_credentials_t cred = showing("ocsp-leaf.crt.pem", "p256.pkcs8.pem");
	struct data der;
	tls_datum_t d;

	if (response == NULL)
		return cred;
	data_read(&der, response);
	d = cred_datum(&der);
	assert_int_equal(tls_certificate_set_ocsp_status_request_mem(cred, &d, 0, TLS_X509_FMT_DER), 0);
	return cred;
}

static int handshake_stapled(const char *response, unsigned flags, bool only12)
{
	tls_certificate_credentials_t server = stapling(response), client = trusting("ocsp-ca.crt.pem", 0);
	struct duo d;
	int err;

	duo_init(&d, server, client);
	if (only12)
		duo_only12(&d);
	tls_session_set_clock_function(d.client, clock_ms, NULL);
	tls_session_set_verify_cert(d.client, "ocsp.example", flags);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), 0);
	duo_handshake(&d);
	err = d.client_err;
	if (err != 0)
		assert_int_equal(tls_alert_get(d.server), tls_error_alert(err));
	duo_clear(&d);
	tls_certificate_free_credentials(server);
	tls_certificate_free_credentials(client);
	return err;
}

static void judges_staples(void **state)
{
	(void)state;
	now = IN_2028;
	for (int only12 = 0; only12 < 2; only12++) {
		assert_int_equal(handshake_stapled("ocsp-good.der", TLS_VERIFY_REQUIRE_OCSP, only12), 0);
		assert_int_equal(handshake_stapled("ocsp-delegated.der", TLS_VERIFY_REQUIRE_OCSP, only12), 0);
		assert_int_equal(handshake_stapled("ocsp-revoked.der", 0, only12), TLS_E_CERTIFICATE_REVOKED);
		assert_int_equal(handshake_stapled("ocsp-unknown.der", 0, only12), TLS_E_CERTIFICATE_STATUS_ERROR);
		assert_int_equal(handshake_stapled(NULL, 0, only12), 0);
		assert_int_equal(
		    handshake_stapled(NULL, TLS_VERIFY_REQUIRE_OCSP, only12), TLS_E_CERTIFICATE_STATUS_ERROR);
	}
}

static unsigned status_seen;
static int result_seen;

static int verify_by_hand(tls_session_t s)
{
	result_seen = tls_certificate_verify_peers3(s, tls_session_get_ptr(s), &status_seen);
	return status_seen != 0;
}

static void judges_by_hand(void **state)
{
	tls_certificate_credentials_t server = showing(CHAIN);
	unsigned status = 1;
	struct duo d;

	(void)state;
	now = IN_2028;
	for (int good = 0; good < 2; good++) {
		tls_certificate_credentials_t client = trusting("chain.crt.pem", 2);

		assert_int_equal(tls_certificate_set_verify_function(client, verify_by_hand), 0);
		duo_init(&d, server, client);
		tls_session_set_clock_function(d.client, clock_ms, NULL);
		tls_session_set_ptr(d.client, (void *)(uintptr_t)(good ? "chain.example" : "other.example"));
		assert_int_equal(tls_certificate_verify_peers2(d.client, &status), TLS_E_NO_CERTIFICATE_FOUND);
		assert_int_equal(status, TLS_CERT_INVALID);
		assert_int_equal(duo_handshake(&d), good);
		assert_int_equal(result_seen, 0);
		assert_int_equal(status_seen, good ? 0 : TLS_CERT_INVALID | TLS_CERT_UNEXPECTED_OWNER);
		assert_int_equal(d.client_err, good ? 0 : TLS_E_CERTIFICATE_VERIFICATION_ERROR);
		/* also later, and any name; but not of a handshake that has failed */
		assert_int_equal(tls_certificate_verify_peers2(d.client, &status), good ? 0 : TLS_E_NO_CERTIFICATE_FOUND);
		assert_int_equal(status, good ? 0 : TLS_CERT_INVALID);
		duo_clear(&d);
		tls_certificate_free_credentials(client);
	}
	tls_certificate_free_credentials(server);
}

static void says_it_in_words(void **state)
{
	tls_datum_t out;

	(void)state;
	assert_int_equal(tls_certificate_verification_status_print(0, TLS_CRT_X509, &out, 0), 0);
	assert_string_equal((char *)out.data, "The certificate is trusted. ");
	tls_free(out.data);
	assert_int_equal(tls_certificate_verification_status_print(
			     TLS_CERT_INVALID | TLS_CERT_EXPIRED | TLS_CERT_SIGNER_NOT_FOUND, TLS_CRT_X509, &out, 0),
	    0);
	assert_string_equal((char *)out.data,
	    "The certificate is NOT trusted. The certificate has no trusted issuer. The chain is expired. ");
	assert_int_equal(out.size, strlen((char *)out.data));
	tls_free(out.data);
	assert_int_equal(tls_certificate_verification_status_print(TLS_CERT_NOT_JUDGED, TLS_CRT_X509, &out, 0), 0);
	assert_string_equal((char *)out.data, "The certificate is NOT trusted. It was not judged. ");
	tls_free(out.data);
	assert_int_equal(tls_certificate_verification_status_print(0, TLS_CRT_X509, &out, 1), TLS_E_INVALID_REQUEST);
	tls_mem_fail_at(1);
	assert_int_equal(tls_certificate_verification_status_print(0, TLS_CRT_X509, &out, 0), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
}

/* Without memory nothing is ever good. */
static void survives_failed_allocations(void **state)
{
	tls_certificate_credentials_t client = trusting("chain.crt.pem", 2), server = showing(CHAIN);
	struct duo d;
	bool done = false;

	(void)state;
	now = IN_2028;
	for (unsigned long n = 1; !done; n++) {
		duo_init(&d, server, client);
		tls_session_set_clock_function(d.client, clock_ms, NULL);
		tls_mem_fail_at(n);
		tls_session_set_verify_cert(d.client, "other.example", 0);
		duo_handshake(&d);
		done = tls_mem_fail_left() > 0;
		tls_mem_fail_at(0);
		assert_true(d.client_err < 0);
		duo_clear(&d);
		assert_true(n < 2000);
	}
	tls_certificate_free_credentials(client);
	tls_certificate_free_credentials(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_client_judges_13),
	    cmocka_unit_test(the_client_judges_12),
	    cmocka_unit_test(the_server_judges),
	    cmocka_unit_test(nobody_is_not_judged),
	    cmocka_unit_test(needs_a_clock_and_credentials),
	    cmocka_unit_test(obeys_the_flags),
	    cmocka_unit_test(asks_for_revocation),
	    cmocka_unit_test(judges_by_hand),
	    cmocka_unit_test(judges_staples),
	    cmocka_unit_test(says_it_in_words),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
