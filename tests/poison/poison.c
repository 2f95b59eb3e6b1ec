/* poison.c - runs under valgrind with the secrets marked undefined: memcheck then reports each branch and each index
 * that depends on one, wherever the secret has gone. Prints TAP, one line for each piece of the core.
 *
 * Secret are: private keys, what is drawn to make keys and signatures, the seed of tickets, the traffic secrets and
 * everything that is computed from these. What the protocol publishes is released where it gets out (release.c, and
 * what goes to the transport). nettle.supp says where nettle leaves the rule, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"
#include "tests/lib/wire.h"
#include "tls/bytes/mem.h"
#include "tls/credentials.h"
#include "tls/crypto/aead_provider.h"
#include "tls/crypto/group.h"
#include "tls/crypto/hkdf.h"
#include "tls/crypto/prf.h"
#include "tls/crypto/sigkey.h"
#include "tls/hs/sched12.h"
#include "tls/hs/sched13.h"
#include "tls/hs/ticket.h"
#include "tls/record.h"
#include "tls/state.h"

/* ---- Controls */

static uint8_t secret_a[64], secret_b[64];
static volatile uint8_t sink;

static void __attribute__((noinline)) early_exit(void)
{
	uint8_t a[64], b[64];

	memset(a, 7, sizeof(a));
	memset(b, 7, sizeof(b));
	SECRET(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++) {
		if (((volatile uint8_t *)a)[i] != b[i])
			return;
		sink = (uint8_t)i;
	}
}

static void __attribute__((noinline)) table_lookup(void)
{
	static volatile uint8_t table[256];
	volatile uint8_t index = 9;

	SECRET((void *)(uintptr_t)&index, 1);
	sink = table[index];
}

static void equal(void)
{
	memset(secret_a, 1, sizeof(secret_a));
	memset(secret_b, 1, sizeof(secret_b));
	SECRET(secret_a, sizeof(secret_a));
	SECRET(secret_b, sizeof(secret_b));
	for (size_t len = 0; len <= sizeof(secret_a); len++)
		poison_must(tls_mem_equal(secret_a, secret_b, len), "equal");
	tls_mem_wipe(secret_b, sizeof(secret_b));
	poison_must(!tls_mem_equal(secret_a, secret_b, sizeof(secret_b)), "not equal");
}

/* ---- Key schedules, Finished, binders */

static const uint8_t hash32[48] = {1, 2, 3};

static void schedule13(void)
{
	for (unsigned i = 0; i < 2; i++) {
		enum tls_hash hash = i == 0 ? TLS_HASH_SHA256 : TLS_HASH_SHA384;
		struct tls_span transcript = tls_span(hash32, tls_hash_len(hash));
		uint8_t psk[48] = {3}, ecdhe[66] = {4}, got[TLS_HASH_MAX_LEN], sent[TLS_HASH_MAX_LEN];
		struct tls_sched13 s;
		struct tls_secret traffic;

		SECRET(psk, sizeof(psk));
		SECRET(ecdhe, sizeof(ecdhe));
		tls_sched13_start(&s, hash, psk, tls_hash_len(hash));
		tls_sched13_derive(&traffic, &s, "res binder", transcript);
		tls_sched13_finished(got, hash, &traffic, transcript);
		tls_mem_copy(sent, got, sizeof(sent));
		poison_must(tls_mem_equal(got, sent, tls_hash_len(hash)), "binder");
		tls_sched13_next(&s, ecdhe, 32);
		tls_sched13_derive(&traffic, &s, "c hs traffic", transcript);
		tls_sched13_finished(got, hash, &traffic, transcript);
		tls_sched13_next(&s, NULL, 0);
		tls_sched13_derive(&traffic, &s, "c ap traffic", transcript);
		tls_sched13_update(hash, &traffic);
		poison_must(poison_is_secret(got, tls_hash_len(hash)), "Finished is not secret");
		poison_must(poison_is_secret(traffic.b, traffic.len), "traffic secret is not secret");
		tls_sched13_clear(&s);
	}
}

static void schedule12(void)
{
	for (unsigned i = 0; i < 2; i++) {
		enum tls_hash hash = i == 0 ? TLS_HASH_SHA256 : TLS_HASH_SHA384;
		struct tls_span transcript = tls_span(hash32, tls_hash_len(hash));
		struct tls_span random = tls_span(hash32, 32);
		uint8_t premaster[32] = {3}, got[TLS_VERIFY_DATA_LEN], sent[TLS_VERIFY_DATA_LEN];
		struct tls_keys12 client, server;
		struct tls_sched12 s;

		SECRET(premaster, sizeof(premaster));
		tls_sched12_master(&s, hash, tls_span(premaster, 32), random, random);
		poison_must(poison_is_secret(s.master, sizeof(s.master)), "master secret is not secret");
		tls_sched12_extended(&s, hash, tls_span(premaster, 32), transcript);
		poison_must(poison_is_secret(s.master, sizeof(s.master)), "master secret is not secret");
		tls_sched12_keys(&client, &server, &s, TLS_AEAD_AES_128_GCM, random, random);
		poison_must(poison_is_secret(client.key, 16) && poison_is_secret(server.key, 16), "keys are not secret");
		tls_sched12_finished(got, &s, true, transcript);
		tls_mem_copy(sent, got, sizeof(sent));
		poison_must(poison_is_secret(got, sizeof(got)), "Finished is not secret");
		poison_must(tls_mem_equal(got, sent, sizeof(got)), "Finished");
	}
}

/* ---- Records */

static void one_record(tls_workspace_t ws, uint16_t suite)
{
	static const uint8_t data[1000] = {1, 2, 3};
	struct tls_secret traffic = {.len = 32};
	struct tls_record_header h;
	struct tls_half wr = {0}, rd = {0};
	struct tls_span content;
	uint8_t rec[1100], type;
	size_t len;

	SECRET(traffic.b, traffic.len);
	tls_record_install(&wr, ws, tls_suite_by_id(suite), &traffic);
	tls_record_install(&rd, ws, tls_suite_by_id(suite), &traffic);
	poison_must(poison_is_secret(wr.key, 16) && poison_is_secret(wr.iv, 12), "keys are not secret");
	for (unsigned i = 0; i < 3; i++) {
		poison_must(tls_record_seal(&wr, ws, rec, &len, TLS_CONTENT_DATA, data, 1 + 400 * i) == 0, "seal");
		PUBLIC(rec, len);
		poison_must(tls_record_header(&h, rec, true) == 0, "header");
		rec[len - 1] ^= i == 2;
		poison_must((tls_record_open(&rd, ws, &type, &content, &h, rec + 5, 16384) == 0) == (i < 2), "open");
	}
	tls_record_forget(&wr, ws);
	tls_record_forget(&rd, ws);
}

static void records(void)
{
	static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384,
	    TLS_CIPHER_CHACHA20_POLY1305_SHA256};
	tls_workspace_t ws;

	poison_must(tls_workspace_init(&ws, 0) == 0, "workspace");
	for (unsigned i = 0; i < 3; i++)
		one_record(ws, suites[i]);
	tls_workspace_deinit(ws);
}

/* ---- Key exchange */

static void key_exchange(void)
{
	static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1,
	    TLS_GROUP_SECP521R1, TLS_GROUP_X25519MLKEM768, TLS_GROUP_SECP256R1MLKEM768};

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const struct tls_group *group = tls_group_by_id(groups[i]);
		uint8_t ours[TLS_GROUP_SHARE_MAX_LEN], theirs[TLS_GROUP_SHARE_MAX_LEN];
		uint8_t a[TLS_GROUP_SECRET_MAX_LEN], b[TLS_GROUP_SECRET_MAX_LEN];
		struct tls_group_key key;

		poison_must(tls_group_generate(&key, ours, group, NULL) == 0, "generate");
		poison_must(poison_is_secret(key.private_key, 32), "private key is not secret");
		poison_must(tls_group_respond(theirs, b, group, ours, group->client_share_len, NULL) == 0, "respond");
		poison_must(tls_group_finish(a, &key, theirs, group->server_share_len) == 0, "finish");
		poison_must(poison_is_secret(a, group->secret_len), "shared secret is not secret");
		poison_must(tls_mem_equal(a, b, group->secret_len), "shared secret");
		tls_group_key_clear(&key);
	}
}

/* ---- Signatures */

static void poison_mpz(mpz_t x)
{
	SECRET(x->_mp_d, (size_t)abs(x->_mp_size) * sizeof(mp_limb_t));
}

/* The key's parts; their lengths are known from the public key. */
static void poison_key(const struct tls_privkey *readable)
{
	struct tls_privkey *key = (struct tls_privkey *)(uintptr_t)readable;

	switch (tls_pubkey_kind(tls_privkey_public(key))) {
	case TLS_PK_RSA:
		poison_mpz(key->rsa.d);
		poison_mpz(key->rsa.p);
		poison_mpz(key->rsa.q);
		poison_mpz(key->rsa.a);
		poison_mpz(key->rsa.b);
		poison_mpz(key->rsa.c);
		break;
	case TLS_PK_ED25519:
		SECRET(key->seed, sizeof(key->seed));
		break;
	default:
		SECRET(key->scalar.p, (size_t)ecc_size(key->scalar.ecc) * sizeof(mp_limb_t));
		break;
	}
}

static void sign(const struct tls_privkey *key, uint16_t scheme)
{
	static const uint8_t msg[100] = {1};
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	poison_must(tls_sig_sign(sig, &len, key, scheme, msg, sizeof(msg), NULL) == 0, "sign");
	poison_must(tls_sig_verify(tls_privkey_public(key), scheme, msg, sizeof(msg), sig, len), "verify");
}

static void sign_new(enum tls_pk kind, uint16_t scheme)
{
	struct tls_privkey *key;

	poison_must(tls_privkey_generate(&key, kind, NULL) == 0, "generate");
	poison_key(key);
	sign(key, scheme);
	tls_privkey_free(key);
}

static void sign_ecdsa(void)
{
	sign_new(TLS_PK_ECDSA_P256, TLS_SIGN_ECDSA_SECP256R1_SHA256);
	sign_new(TLS_PK_ECDSA_P384, TLS_SIGN_ECDSA_SECP384R1_SHA384);
	sign_new(TLS_PK_ECDSA_P521, TLS_SIGN_ECDSA_SECP521R1_SHA512);
}

static void sign_ed25519(void)
{
	sign_new(TLS_PK_ED25519, TLS_SIGN_ED25519);
}

static tls_certificate_credentials_t load(const char *chain, const char *key)
{
	tls_certificate_credentials_t cred;
	char text[2][16384] = {{0}};
	tls_datum_t pem[2];

	poison_must(tls_certificate_allocate_credentials(&cred) == 0, "credentials");
	for (unsigned i = 0; i < 2; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof(path), "%s/tests/data/%s", getenv("top_srcdir"), i == 0 ? chain : key);
		f = fopen(path, "r");
		poison_must(f != NULL, path);
		pem[i].data = (unsigned char *)text[i];
		pem[i].size = (unsigned)fread(text[i], 1, sizeof(text[i]), f);
		fclose(f);
	}
	poison_must(tls_certificate_set_x509_key_mem(cred, &pem[0], &pem[1], TLS_X509_FMT_PEM) >= 0, "key and chain");
	return cred;
}

static void sign_rsa(void)
{
	tls_certificate_credentials_t cred = load("rsa.crt.pem", "rsa.pkcs8.pem");
	const struct tls_privkey *key = cred->entries[0]->key;

	poison_key(key);
	sign(key, TLS_SIGN_RSA_PSS_RSAE_SHA256);
	sign(key, TLS_SIGN_RSA_PSS_RSAE_SHA512);
	sign(key, TLS_SIGN_RSA_PKCS1_SHA256);
	tls_certificate_free_credentials(cred);
}

/* ---- Tickets */

static void tickets(void)
{
	static const uint8_t state[200] = {9, 8, 7};
	struct tls_buf sealed, plain;
	struct tls_ticket_key key;
	uint8_t seed[TLS_TICKET_SEED_LEN] = {5};

	SECRET(seed, sizeof(seed));
	poison_must(tls_epoch_use_seed(&key, tls_span(seed, sizeof(seed)), 3600) == 0, "seed");
	poison_must(poison_is_secret(key.secret, sizeof(key.secret)), "ticket key is not secret");
	tls_buf_init(&sealed, 0);
	tls_buf_init(&plain, 0);
	poison_must(tls_ticket_seal(&sealed, &key, 1700000000000, tls_span(state, sizeof(state)), NULL) == 0, "seal");
	PUBLIC(sealed.p, sealed.len);
	poison_must(tls_ticket_open(&plain, &key, 1700000000000, tls_buf_as_span(&sealed)) == 0, "open");
	sealed.p[sealed.len - 1] ^= 1;
	poison_must(tls_ticket_open(&plain, &key, 1700000000000, tls_buf_as_span(&sealed)) != 0, "altered");
	tls_buf_clear(&sealed);
	tls_buf_clear(&plain);
}

/* ---- Whole sessions */

static ssize_t push_to_server(void *wire, const void *data, size_t len)
{
	PUBLIC(data, len);
	return wire_client_push(wire, data, len);
}

static ssize_t push_to_client(void *wire, const void *data, size_t len)
{
	PUBLIC(data, len);
	return wire_push(wire, data, len);
}

static tls_session_t session(unsigned role, struct wire *w, tls_protocol_t version,
    tls_certificate_credentials_t cred)
{
	tls_policy_t policy;
	tls_session_t s;

	poison_must(tls_init(&s, role | TLS_NONBLOCK) == 0 && tls_policy_init(&policy, "intermediate") == 0, "session");
	poison_must(tls_policy_set_versions(policy, version, version) == 0, "versions");
	poison_must(tls_policy_set(s, policy) == 0, "policy");
	tls_policy_deinit(policy);
	tls_transport_set_ptr(s, w);
	tls_transport_set_pull_function(s, role == TLS_SERVER ? wire_pull : wire_client_pull);
	tls_transport_set_push_function(s, role == TLS_SERVER ? push_to_client : push_to_server);
	poison_must(tls_credentials_set(s, TLS_CRD_CERTIFICATE, cred) == 0, "credentials");
	return s;
}

static void shake_hands(tls_session_t client, tls_session_t server)
{
	int c = TLS_E_AGAIN, s = TLS_E_AGAIN;

	for (unsigned i = 0; i < 20 && (c == TLS_E_AGAIN || s == TLS_E_AGAIN); i++) {
		c = c == TLS_E_AGAIN ? tls_handshake(client) : c;
		s = s == TLS_E_AGAIN ? tls_handshake(server) : s;
	}
	poison_must(c == 0 && s == 0, "handshake");
}

static void pass(tls_session_t from, tls_session_t to)
{
	char text[16];

	poison_must(tls_record_send(from, "0123456789", 10) == 10, "send");
	poison_must(tls_record_recv(to, text, sizeof(text)) == 10 && memcmp(text, "0123456789", 10) == 0, "receive");
}

static void whole_session(tls_protocol_t version, const char *chain, const char *key_file)
{
	tls_certificate_credentials_t cred = load(chain, key_file);
	struct wire wire;
	tls_session_t client, server;

	wire_init(&wire);
	poison_key(cred->entries[0]->key);
	client = session(TLS_CLIENT, &wire, version, cred);
	server = session(TLS_SERVER, &wire, version, cred);
	tls_certificate_server_set_request(server, TLS_CERT_REQUIRE);
	shake_hands(client, server);
	poison_must(poison_is_secret(client->wr.key, 16) && poison_is_secret(server->rd.iv, 12), "keys are not secret");
	pass(client, server);
	pass(server, client);
	if (version == TLS_1_3) {
		poison_must(tls_session_key_update(client, TLS_KU_PEER) == 0, "key update");
		pass(client, server);
		pass(server, client);
	}
	poison_must(tls_bye(client, TLS_SHUT_WR) == 0, "bye");
	tls_deinit(client);
	tls_deinit(server);
	tls_certificate_free_credentials(cred);
	wire_clear(&wire);
}

static void session_13(void)
{
	whole_session(TLS_1_3, "p256.crt.pem", "p256.pkcs8.pem");
	whole_session(TLS_1_3, "ed25519.crt.pem", "ed25519.pkcs8.pem");
}

static void session_12(void)
{
	whole_session(TLS_1_2, "p256.crt.pem", "p256.pkcs8.pem");
	whole_session(TLS_1_2, "ed25519.crt.pem", "ed25519.pkcs8.pem");
}

static uint64_t clock_of(void *now)
{
	return *(uint64_t *)now;
}

/* One session; with the data of the one before, if any, it is resumed. */
static void one_of_two(tls_protocol_t version, tls_certificate_credentials_t cred, const tls_datum_t *seed,
    tls_datum_t *data)
{
	bool again = data->data != NULL;
	uint64_t now = 1700000000000;
	struct wire wire;
	tls_session_t client, server;

	wire_init(&wire);
	client = session(TLS_CLIENT, &wire, version, cred);
	server = session(TLS_SERVER, &wire, version, cred);
	tls_session_set_clock_function(client, clock_of, &now);
	tls_session_set_clock_function(server, clock_of, &now);
	poison_must(tls_session_ticket_enable_server(server, seed) == 0, "tickets");
	if (again)
		poison_must(tls_session_set_data(client, data->data, data->size) == 0, "data");
	shake_hands(client, server);
	poison_must((tls_session_is_resumed(client) != 0) == again && (tls_session_is_resumed(server) != 0) == again,
	    "resumed");
	poison_must(poison_is_secret(client->wr.key, 16) && poison_is_secret(server->wr.key, 16), "keys are not secret");
	pass(client, server);
	pass(server, client);
	poison_must(again || tls_session_get_data2(client, data) == 0, "data");
	poison_must(poison_is_secret(data->data, 200), "what a session is resumed with is not secret");
	tls_deinit(client);
	tls_deinit(server);
	wire_clear(&wire);
}

/* The identity and its binder, or the ticket; and the state that it holds. */
static void resumed(void)
{
	static const tls_protocol_t versions[] = {TLS_1_3, TLS_1_2};
	tls_certificate_credentials_t cred = load("p256.crt.pem", "p256.pkcs8.pem");
	uint8_t bytes[64] = {7};
	tls_datum_t seed = {.data = bytes, .size = sizeof(bytes)};

	SECRET(bytes, sizeof(bytes));
	for (unsigned i = 0; i < 2; i++) {
		tls_datum_t data = {.data = NULL};

		one_of_two(versions[i], cred, &seed, &data);
		one_of_two(versions[i], cred, &seed, &data);
		tls_free(data.data);
	}
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	poison_must(RUNNING_ON_VALGRIND != 0, "not under valgrind");
	tls_aead_provider_use(&tls_aead_nettle);
	poison_control("an early exit is reported", early_exit);
	poison_control("a table lookup is reported", table_lookup);
	poison_check("security_secret_compare", equal);
	poison_check("key schedule of TLS 1.3, Finished and binders", schedule13);
	poison_check("key schedule of TLS 1.2, Finished", schedule12);
	poison_check("records sealed and opened", records);
	poison_check("key exchange", key_exchange);
	poison_check("ML-KEM, key pair", poison_kem_generate);
	poison_check("ML-KEM, encapsulation", poison_kem_encapsulate);
	poison_check("ML-KEM, decapsulation", poison_kem_decapsulate);
	poison_check("ECDSA", sign_ecdsa);
	poison_check("Ed25519", sign_ed25519);
	poison_check("RSA", sign_rsa);
	poison_check("tickets", tickets);
	poison_check("sessions of TLS 1.3", session_13);
	poison_check("sessions of TLS 1.2", session_12);
	poison_check("resumed sessions", resumed);
	return poison_done();
}
