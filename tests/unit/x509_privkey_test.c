/* x509_privkey_test.c - keys by themselves: their ids as openssl computes them, their signatures as openssl verifies
 * them, and what a server's handshake signs told from what it doesn't. */
#include "unit.h"

#include <unistd.h>

#include "cred.h"
#include "tests/lib/duo.h"

#define DATA_FILE "x509_privkey_test.tmp"
#define SIG_FILE "x509_privkey_test.sig"

static const struct {
	const char *name; /* of the files */
	const char *id; /* openssl pkey -pubout -outform DER | sha256sum */
	uint16_t scheme;
	const char *how; /* options of openssl pkeyutl */
} keys[] = {
    {"p256", "59bb459648c874b9fb6dababb8763927864c6addcb62df76b3f65bb2d6f4935b", TLS_SIGN_ECDSA_SECP256R1_SHA256,
	"-digest sha256"},
    {"p384", "8bdd737b3209a6e18863a0f6e7b155af23f4d653b7664bc8d3260754f5f7f694", TLS_SIGN_ECDSA_SECP384R1_SHA384,
	"-digest sha384"},
    {"p521", "4a9bfb5b4e22b50ff4dd7e6ef0ee15673820af00260e06a597c126ac84aa0ffa", TLS_SIGN_ECDSA_SECP521R1_SHA512,
	"-digest sha512"},
    {"rsa", "dca6fde9a9a557b5518ef564b5fcc7a4fff503a75111a7d4f41a916ebfa18be8", TLS_SIGN_RSA_PSS_RSAE_SHA256,
	"-digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"},
    {"ed25519", "67c98b05d2d1dd22a0c47075cae5050559f2dcc43130888972f0ae87ef09fd97", TLS_SIGN_ED25519, ""},
};

#define N_KEYS_HERE (sizeof(keys) / sizeof(keys[0]))

static void assert_id(const uint8_t id[TLS_KEY_ID_LEN], const char *want)
{
	char text[2 * TLS_KEY_ID_LEN + 1];

	for (size_t i = 0; i < TLS_KEY_ID_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", id[i]);
	assert_string_equal(text, want);
}

static tls_x509_privkey_t key_of(const char *name)
{
	tls_x509_privkey_t key;
	char file[64];
	struct data text;
	tls_datum_t d;

	snprintf(file, sizeof(file), "%s.pkcs8.pem", name);
	data_read(&text, file);
	d = cred_datum(&text);
	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_import(key, &d, TLS_X509_FMT_PEM), 0);
	return key;
}

static void ids(void **state)
{
	uint8_t id[TLS_KEY_ID_LEN];
	struct data crt;
	char file[64];
	tls_datum_t d;

	(void)state;
	for (size_t i = 0; i < N_KEYS_HERE; i++) {
		tls_x509_privkey_t key = key_of(keys[i].name);

		assert_int_equal(tls_x509_privkey_get_key_id(key, id), 0);
		assert_id(id, keys[i].id);
		tls_x509_privkey_deinit(key);
		snprintf(file, sizeof(file), "%s.crt.pem", keys[i].name);
		data_read(&crt, file);
		d = cred_datum(&crt);
		memset(id, 0, sizeof(id));
		assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_PEM, id), 0);
		assert_id(id, keys[i].id);
		data_read_der(&crt, file, 0);
		d = cred_datum(&crt);
		memset(id, 0, sizeof(id));
		assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_DER, id), 0);
		assert_id(id, keys[i].id);
	}
}

/* A chain's id is its leaf's, and what has no certificate has none. */
static void ids_of_files(void **state)
{
	static const struct {
		const char *file;
		int want;
	} cases[] = {{"p256.pkcs8.pem", TLS_E_NO_CERTIFICATE_FOUND}, {"ed448.crt.pem", TLS_E_UNSUPPORTED_KEY},
	    {"rsa1024.crt.pem", TLS_E_UNSUPPORTED_KEY}, {"chain.crt.pem", 0}};
	uint8_t id[TLS_KEY_ID_LEN], leaf_id[TLS_KEY_ID_LEN];
	struct data text;
	tls_datum_t d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		data_read(&text, cases[i].file);
		d = cred_datum(&text);
		assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_PEM, id), cases[i].want);
	}
	data_read_der(&text, "chain.crt.pem", 0);
	d = cred_datum(&text);
	assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_DER, leaf_id), 0);
	assert_memory_equal(id, leaf_id, sizeof(id));
	data_read(&text, "p256.crt.pem");
	memcpy(text.bytes + 40, "!!!!", 4);
	d = cred_datum(&text);
	assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_PEM, id), TLS_E_BASE64_DECODING_ERROR);
	d = (tls_datum_t){.data = (unsigned char *)(uintptr_t)"0\0", .size = 2};
	assert_int_equal(tls_x509_crt_get_key_id(&d, TLS_X509_FMT_DER, id), TLS_E_CERTIFICATE_ERROR);
}

static void write_file(const char *name, const uint8_t *p, size_t len)
{
	FILE *f = fopen(name, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static bool openssl_verifies(size_t i)
{
	const char *top = getenv("top_srcdir");
	char command[4096];

	snprintf(command, sizeof(command),
	    "openssl pkeyutl -verify -rawin %s -inkey %s/tests/data/%s.pkcs8.pem -in " DATA_FILE " -sigfile " SIG_FILE
	    " >/dev/null 2>&1", keys[i].how, top != NULL ? top : "..", keys[i].name);
	return system(command) == 0;
}

static void signatures_as_openssl_verifies_them(void **state)
{
	uint8_t msg[300], room[TLS_SIGNATURE_MAX_LEN];
	tls_datum_t data = {.data = msg, .size = sizeof(msg)}, sig;

	(void)state;
	if (system("openssl version >/dev/null 2>&1") != 0) {
		print_message("openssl is not installed\n");
		skip();
	}
	for (size_t i = 0; i < N_KEYS_HERE; i++) {
		tls_x509_privkey_t key = key_of(keys[i].name);

		memset(msg, (int)i, sizeof(msg));
		sig = (tls_datum_t){.data = room, .size = sizeof(room)};
		assert_int_equal(tls_x509_privkey_sign_data(key, keys[i].scheme, &data, &sig), 0);
		write_file(DATA_FILE, msg, sizeof(msg));
		write_file(SIG_FILE, sig.data, sig.size);
		assert_true(openssl_verifies(i));
		msg[7] ^= 1;
		write_file(DATA_FILE, msg, sizeof(msg));
		assert_false(openssl_verifies(i));
		tls_x509_privkey_deinit(key);
	}
}

static int remove_files(void **state)
{
	(void)state;
	unlink(DATA_FILE);
	unlink(SIG_FILE);
	return 0;
}

static void refusals(void **state)
{
	uint8_t msg[4] = "abc", room[TLS_SIGNATURE_MAX_LEN], id[TLS_KEY_ID_LEN];
	tls_datum_t data = {.data = msg, .size = 3}, sig = {.data = room, .size = sizeof(room)};
	tls_x509_privkey_t key;

	(void)state;
	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_get_key_id(key, id), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_privkey_sign_data(key, keys[0].scheme, &data, &sig), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_privkey_import(key, &data, TLS_X509_FMT_PEM), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_privkey_import(key, &data, TLS_X509_FMT_DER), TLS_E_KEY_ERROR);
	tls_x509_privkey_deinit(key);
	tls_x509_privkey_deinit(NULL);

	key = key_of("p256");
	/* a failed import leaves what there was */
	assert_int_equal(tls_x509_privkey_import(key, &data, TLS_X509_FMT_PEM), TLS_E_NO_KEY_FOUND);
	assert_int_equal(tls_x509_privkey_sign_data(key, TLS_SIGN_ED25519, &data, &sig),
	    TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
	assert_int_equal(sig.size, 0);
	assert_int_equal(tls_x509_privkey_sign_data(key, 0xffff, &data, &sig), TLS_E_SHORT_MEMORY_BUFFER);
	sig.size = sizeof(room);
	assert_int_equal(tls_x509_privkey_sign_data(key, 0xffff, &data, &sig), TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
	tls_x509_privkey_deinit(key);
}

static void no_memory(void **state)
{
	tls_x509_privkey_t key = NULL;
	uint8_t id[TLS_KEY_ID_LEN];
	struct data text, crt;
	tls_datum_t d, c;
	unsigned n = 0;
	int err;

	(void)state;
	data_read(&text, "rsa.pkcs8.pem");
	data_read(&crt, "rsa.crt.pem");
	d = cred_datum(&text);
	c = cred_datum(&crt);
	do {
		tls_mem_fail_at(++n);
		err = tls_x509_privkey_init(&key);
		if (err == 0)
			err = tls_x509_privkey_import(key, &d, TLS_X509_FMT_PEM);
		if (err == 0)
			err = tls_x509_crt_get_key_id(&c, TLS_X509_FMT_PEM, id);
		assert_true(err == TLS_E_MEMORY_ERROR || tls_mem_fail_left() > 0);
		tls_x509_privkey_deinit(key);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(err, 0);
	assert_true(n > 3);
}

/* ---- What a handshake signs */

/* Whoever has the key of a session: it keeps what it was asked. */
struct asked {
	tls_x509_privkey_t key;
	uint16_t scheme;
	uint8_t data[512];
	unsigned len, n;
	int err;
};

static int sign(tls_session_t s, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	struct asked *a = ptr;

	(void)s;
	(void)request;
	assert_true(data->size <= sizeof(a->data));
	memcpy(a->data, data->data, data->size);
	a->len = data->size;
	a->scheme = scheme;
	a->n++;
	a->err = tls_x509_privkey_sign_handshake(a->key, scheme, data, signature);
	return a->err;
}

/* A handshake in which it signs for the server, or for the client. */
static void handshake(struct asked *a, bool only12, bool of_client)
{
	tls_certificate_credentials_t cred = cred_new(), other = cred_new();
	struct data crt;
	struct duo d;
	tls_datum_t c;

	memset(a, 0, sizeof(*a));
	a->key = key_of("p256");
	data_read(&crt, "p256.crt.pem");
	c = cred_datum(&crt);
	assert_int_equal(tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, sign, NULL, a), 0);
	assert_int_equal(cred_add_files(other, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	duo_init(&d, of_client ? other : cred, of_client ? cred : NULL);
	if (only12)
		duo_only12(&d);
	if (of_client)
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
	(void)duo_handshake(&d);
	assert_int_equal(a->n, 1);
	assert_int_equal(d.client_err == 0, !of_client);
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
	tls_certificate_free_credentials(other);
}

static int ask(const struct asked *a, const uint8_t *p, unsigned len)
{
	uint8_t room[TLS_SIGNATURE_MAX_LEN];
	tls_datum_t data = {.data = (unsigned char *)(uintptr_t)p, .size = len};
	tls_datum_t sig = {.data = room, .size = sizeof(room)};

	return tls_x509_privkey_sign_handshake(a->key, a->scheme, &data, &sig);
}

/* Any length but its own is refused, and so is each byte of its form when it is another. */
static void nothing_near(const struct asked *a, unsigned form, unsigned form_len)
{
	uint8_t data[600] = {0};

	memcpy(data, a->data, a->len);
	assert_int_equal(ask(a, data, a->len), 0);
	for (unsigned len = 0; len < sizeof(data); len++) {
		if (len != a->len && len != a->len + 16)
			assert_int_equal(ask(a, data, len), TLS_E_INVALID_REQUEST);
	}
	for (unsigned i = form; i < form + form_len; i++) {
		data[i] ^= 1;
		assert_int_equal(ask(a, data, a->len), TLS_E_INVALID_REQUEST);
		data[i] ^= 1;
	}
}

static void a_servers_handshake(void **state)
{
	struct asked a;

	(void)state;
	handshake(&a, false, false);
	assert_int_equal(a.err, 0);
	nothing_near(&a, 0, 64 + 34);
	/* PKCS#1 has no place in TLS 1.3 */
	a.scheme = TLS_SIGN_RSA_PKCS1_SHA256;
	assert_int_equal(ask(&a, a.data, a.len), TLS_E_INVALID_REQUEST);
	tls_x509_privkey_deinit(a.key);

	handshake(&a, true, false);
	assert_int_equal(a.err, 0);
	/* curve type, curve, length */
	nothing_near(&a, 64, 4);
	tls_x509_privkey_deinit(a.key);
}

/* The proof of a client is not for a server's key to make. */
static void a_clients_proof_is_not_signed(void **state)
{
	struct asked a;

	(void)state;
	handshake(&a, false, true);
	assert_int_equal(a.err, TLS_E_INVALID_REQUEST);
	tls_x509_privkey_deinit(a.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ids),
	    cmocka_unit_test(ids_of_files),
	    cmocka_unit_test_teardown(signatures_as_openssl_verifies_them, remove_files),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(no_memory),
	    cmocka_unit_test(a_servers_handshake),
	    cmocka_unit_test(a_clients_proof_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
