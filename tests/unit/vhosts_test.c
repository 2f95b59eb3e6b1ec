/* vhosts_test.c - six virtual hosts that share ticket keys and a database, and a client that offers each host what
 * another one gave it: only its own is resumed, all else is a full handshake that succeeds. nginx CVE-2014-3616,
 * CVE-2025-23419. And for how long: a chain of resumptions with a client certificate.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "cred.h"
#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/hs/resume.h"
#include "tls/state.h"

#define N_HOSTS 6

struct host {
	const char *what, *name, *cert, *key, *ca; /* files of tests/data */
	tls_certificate_request_t request;
	const char *alpn; /* the one protocol that it has besides http/1.1, or NULL */
	tls_certificate_credentials_t cred;
};

static struct host hosts[N_HOSTS] = {
    {.what = "the first", .name = "a.example", .cert = "p256.crt.pem", .key = "p256.pkcs8.pem", .alpn = "h2"},
    {.what = "the same certificate, another name", .name = "b.example", .cert = "p256.crt.pem",
        .key = "p256.pkcs8.pem", .alpn = "h2"},
    {.what = "another certificate", .name = "a.example", .cert = "rsa.crt.pem", .key = "rsa.pkcs8.pem",
        .alpn = "h2"},
    {.what = "asks for certificates", .name = "a.example", .cert = "p256.crt.pem", .key = "p256.pkcs8.pem",
        .alpn = "h2", .request = TLS_CERT_REQUIRE},
    {.what = "of another CA", .name = "a.example", .cert = "p256.crt.pem", .key = "p256.pkcs8.pem",
        .ca = "ocsp-ca.crt.pem", .alpn = "h2", .request = TLS_CERT_REQUIRE},
    {.what = "another rule for ALPN", .name = "a.example", .cert = "p256.crt.pem", .key = "p256.pkcs8.pem"},
};

static const struct {
	const char *what;
	tls_protocol_t version;
	enum resumed_store store;
} ways[] = {
    {"tickets of TLS 1.3", TLS_1_3, RESUMED_TICKETS},
    {"tickets of TLS 1.2", TLS_1_2, RESUMED_TICKETS},
    {"session ids", TLS_1_2, RESUMED_DATABASE},
    {"a database of TLS 1.3", TLS_1_3, RESUMED_DATABASE},
};

static int make_hosts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_HOSTS; i++) {
		struct host *h = &hosts[i];
		struct data ca;
		tls_datum_t d;

		h->cred = cred_new();
		assert_int_equal(cred_add_files(h->cred, h->cert, h->key), 0);
		if (h->ca == NULL)
			continue;
		data_read(&ca, h->ca);
		d = cred_datum(&ca);
		assert_int_equal(tls_certificate_set_x509_trust_mem(h->cred, &d, TLS_X509_FMT_PEM), 1);
	}
	return 0;
}

static int free_hosts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_HOSTS; i++)
		tls_certificate_free_credentials(hosts[i].cred);
	return 0;
}

static tls_datum_t text(const char *s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s, .size = (unsigned)strlen(s)};
}

static void visit(struct resumed *r, struct duo *d)
{
	const struct host *h = r->ptr;
	tls_datum_t all[] = {text("h2"), text("http/1.1")};

	assert_int_equal(tls_server_name_set(d->client, TLS_NAME_DNS, h->name, strlen(h->name)), 0);
	assert_int_equal(tls_alpn_set_protocols(d->client, all, 2, 0), 0);
	assert_int_equal(tls_alpn_set_protocols(d->server, h->alpn != NULL ? all : all + 1, h->alpn != NULL ? 2 : 1, 0), 0);
}

static bool go_to(struct resumed *r, struct host *h)
{
	r->ptr = h;
	r->cred = h->cred;
	r->request = h->request;
	return resumed_session(r);
}

/* A client that doesn't care whose ticket it was. */
static void rename_data(struct resumed *r, const char *name)
{
	struct tls_span none = {NULL, 0, false};
	struct tls_resume state;
	struct tls_buf b = {0};

	assert_int_equal(tls_resume_unpack(&state, tls_span(r->data.data, r->data.size), TLS_RESUME_CLIENT, none), 0);
	assert_true(state.version != 0);
	state.server_name = tls_span(name, strlen(name));
	tls_resume_pack(&b, TLS_RESUME_CLIENT, &state, none);
	assert_true(tls_buf_ok(&b));
	tls_free(r->data.data);
	r->data = (tls_datum_t){.data = b.p, .size = (unsigned)b.len};
}

static void cells(unsigned way)
{
	for (unsigned from = 0; from < N_HOSTS; from++) {
		for (unsigned to = 0; to < N_HOSTS; to++) {
			struct resumed r;
			bool resumed;

			resumed_init(&r, ways[way].version, ways[way].store);
			r.client_cred = pair_credentials();
			r.set_up = visit;
			assert_false(go_to(&r, &hosts[from]));
			rename_data(&r, hosts[to].name);
			resumed = go_to(&r, &hosts[to]);
			if (resumed != (from == to))
				fail_msg("%s: %s, then %s: %d", ways[way].what, hosts[from].what, hosts[to].what,
				    resumed);
			/* what the second one gave is good there */
			assert_true(go_to(&r, &hosts[to]));
			resumed_clear(&r);
		}
	}
}

static void hosts_share_no_tickets_13(void **state)
{
	(void)state;
	cells(0);
}

static void hosts_share_no_tickets_12(void **state)
{
	(void)state;
	cells(1);
}

static void hosts_share_no_session_ids_12(void **state)
{
	(void)state;
	cells(2);
}

static void hosts_share_no_records_13(void **state)
{
	(void)state;
	cells(3);
}

/* SECURITY 2.4, HAProxy 9f1d59099: each resumption gives new data, none of it more time. */
static void no_chain_of_resumptions_lives_longer(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 4; way++) {
		struct resumed r;

		resumed_init(&r, ways[way].version, ways[way].store);
		r.client_cred = pair_credentials();
		r.set_up = visit;
		r.lifetime = 3600;
		assert_false(go_to(&r, &hosts[3]));
		for (unsigned i = 1; i < 36; i++) {
			r.now += 100 * 1000;
			assert_true(go_to(&r, &hosts[3]));
		}
		r.now += 100 * 1000;
		assert_false(go_to(&r, &hosts[3]));
		assert_true(go_to(&r, &hosts[3]));
		resumed_clear(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hosts_share_no_tickets_13),
	    cmocka_unit_test(hosts_share_no_tickets_12),
	    cmocka_unit_test(hosts_share_no_session_ids_12),
	    cmocka_unit_test(hosts_share_no_records_13),
	    cmocka_unit_test(no_chain_of_resumptions_lives_longer),
	};

	return cmocka_run_group_tests_name("vhosts", tests, make_hosts, free_hosts);
}
