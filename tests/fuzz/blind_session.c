/* blind_session.c - the sessions of the blind targets, set up as an input chooses. See blind.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blind.h"

#define KEEPER_WAITS 2
#define ANY_CERT (BLIND_CERT_REQUEST | BLIND_REFUSE_PEER | BLIND_KEEPER | BLIND_JUDGE)

unsigned blind_questions;
uint64_t blind_clock;
uint8_t blind_record[16384];
size_t blind_record_len;

static tls_certificate_credentials_t cred, others[3], refusing, kept, stapled, judging;
static tls_policy_t both, only[2];
static bool hello_waited;

static int accept_peer(tls_session_t s)
{
	unsigned n;

	if (tls_certificate_get_peers(s, &n) == NULL || n == 0)
		abort();
	return 0;
}

static int refuse_peer(tls_session_t s)
{
	(void)s;
	return -1;
}

/* Lets the session wait; the request counts how often. The signature is none. */
static int keep(tls_session_t s, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	uintptr_t n = (uintptr_t)*request + 1;

	(void)s;
	(void)ptr;
	if (scheme == 0 || data->size == 0 || signature->size < TLS_SIGNATURE_MAX_LEN)
		abort();
	blind_questions += n == 1;
	*request = (void *)n;
	if (n <= KEEPER_WAITS)
		return TLS_E_AGAIN;
	blind_questions--;
	memset(signature->data, 1, 70);
	signature->size = 70;
	return 0;
}

static void cancel(void *ptr, void *request)
{
	(void)ptr;
	if (request == NULL)
		abort();
	blind_questions--;
}

static int wait_once(tls_session_t s)
{
	(void)s;
	hello_waited = !hello_waited;
	return hello_waited ? TLS_E_AGAIN : 0;
}

/* The chain of cred without its key. */
static tls_certificate_credentials_t make_kept(void)
{
	tls_certificate_credentials_t c;
	tls_datum_t chain;
	unsigned n = 1;

	if (tls_certificate_get_chain(cred, 0, &chain, &n) != 0 ||
	    tls_certificate_allocate_credentials(&c) != 0 ||
	    tls_certificate_set_x509_key_func(c, &chain, TLS_X509_FMT_DER, keep, cancel, NULL) != 0 ||
	    tls_certificate_set_verify_function(c, accept_peer) != 0)
		abort();
	return c;
}

static tls_certificate_credentials_t make(tls_certificate_verify_function *verify)
{
	const char *names[] = {"localhost"};
	tls_certificate_credentials_t c;

	if (tls_certificate_allocate_credentials(&c) != 0 ||
	    tls_certificate_set_self_signed(c, names, 1, 0, 36500) != 0 ||
	    tls_certificate_set_verify_function(c, verify) != 0)
		abort();
	return c;
}

static int judge_peer(tls_session_t s)
{
	unsigned status;

	if (accept_peer(s) != 0)
		return -1;
	if (tls_certificate_verify_peers2(s, &status) == 0 && status != 0)
		(void)tls_certificate_verify_peers3(s, "localhost", &status);
	return 0;
}

/* Trusts itself; once by a function, once by what the session is told. */
static tls_certificate_credentials_t make_judging(void)
{
	tls_certificate_credentials_t c = make(judge_peer);
	tls_datum_t own;
	unsigned n = 1;

	if (tls_certificate_get_chain(c, 0, &own, &n) != 0 ||
	    tls_certificate_set_x509_trust_mem(c, &own, TLS_X509_FMT_DER) < 0)
		abort();
	return c;
}

static tls_certificate_credentials_t make_stapled(void)
{
	static const uint8_t response[] = {0x30, 7, 0x0a, 1, 0, 0xa0, 2, 5, 0};
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)response, .size = sizeof(response)};
	tls_certificate_credentials_t c = make(accept_peer);

	if (tls_certificate_set_ocsp_status_request_mem(c, &d, 0, TLS_X509_FMT_DER) != 0)
		abort();
	return c;
}

static tls_datum_t read_data(const char *name, const char *end)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	tls_datum_t d = {.data = malloc(8192)};
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/%s%s", top != NULL ? top : "..", name, end);
	f = fopen(path, "rb");
	if (f == NULL || d.data == NULL) {
		fprintf(stderr, "%s can't be read: set top_srcdir\n", path);
		exit(1);
	}
	d.size = (unsigned)fread(d.data, 1, 8192, f);
	fclose(f);
	return d;
}

/* tests/data has its key. */
static tls_certificate_credentials_t load(const char *name)
{
	tls_datum_t cert = read_data(name, ".crt.pem"), key = read_data(name, ".pkcs8.pem");
	tls_certificate_credentials_t c;

	if (tls_certificate_allocate_credentials(&c) != 0 ||
	    tls_certificate_set_x509_key_mem(c, &cert, &key, TLS_X509_FMT_PEM) != 0 ||
	    tls_certificate_set_verify_function(c, accept_peer) != 0)
		abort();
	free(cert.data);
	free(key.data);
	return c;
}

void blind_init(void)
{
	static const char *const names[] = {"rsa", "ed25519", "p384"};

	blind_checks_replace();
	cred = make(accept_peer);
	refusing = make(refuse_peer);
	kept = make_kept();
	stapled = make_stapled();
	judging = make_judging();
	for (unsigned i = 0; i < 3; i++)
		others[i] = load(names[i]);
	if (tls_policy_init(&both, "intermediate") != 0 || tls_policy_init(&only[0], "intermediate") != 0 ||
	    tls_policy_init(&only[1], "modern") != 0 ||
	    tls_policy_set_versions(only[0], TLS_1_2, TLS_1_2) != 0)
		abort();
}

/* Different in each place, the same in each run. */
static int random_bytes(void *ptr, unsigned char *out, size_t n)
{
	struct blind_random *r = ptr;

	if (r->fail_at > 0 && --r->fail_at == 0)
		return -1;
	blind_random_fill(&r->state, out, n);
	return 0;
}

static uint64_t clock_now(void *ptr)
{
	(void)ptr;
	return blind_clock;
}

static int db_store(void *ptr, tls_datum_t key, tls_datum_t data)
{
	(void)ptr;
	if (key.size != 32 || data.size > sizeof(blind_record))
		return -1;
	memcpy(blind_record, data.data, data.size);
	blind_record_len = data.size;
	return 0;
}

static tls_datum_t db_retrieve(void *ptr, tls_datum_t key)
{
	tls_datum_t d = {.data = NULL};

	(void)ptr;
	if (key.size == 32 && blind_record_len > 0)
		d.data = tls_malloc(blind_record_len);
	if (d.data == NULL)
		return d;
	d.size = (unsigned)blind_record_len;
	memcpy(d.data, blind_record, blind_record_len);
	return d;
}

static int db_remove(void *ptr, tls_datum_t key)
{
	(void)ptr;
	(void)key;
	blind_record_len = 0;
	return 0;
}

static void set_resumption(tls_session_t s, unsigned role, uint32_t choices)
{
	static uint8_t seed[64] = {1};
	tls_datum_t key = {.data = seed, .size = sizeof(seed)};

	if ((choices & (BLIND_TICKETS | BLIND_DATABASE | BLIND_DATA | BLIND_JUDGE)) != 0)
		tls_session_set_clock_function(s, clock_now, NULL);
	if (role == TLS_CLIENT)
		return;
	if ((choices & BLIND_TICKETS) != 0 && tls_session_ticket_enable_server(s, &key) != 0)
		abort();
	if ((choices & BLIND_MANY_TICKETS) != 0) {
		(void)tls_session_ticket_set_count(s, 16);
		(void)tls_session_ticket_set_rotation(s, 60);
		(void)tls_session_set_resumption_context(s, "context", 7);
		tls_db_set_cache_expiration(s, 100);
	}
	if ((choices & BLIND_DATABASE) == 0)
		return;
	tls_db_set_store_function(s, db_store);
	tls_db_set_retrieve_function(s, db_retrieve);
	tls_db_set_remove_function(s, db_remove);
}

static void set_server(tls_session_t s, uint32_t choices)
{
	if ((choices & BLIND_CERT_REQUIRE) != 0)
		tls_certificate_server_set_request(s, TLS_CERT_REQUIRE);
	else if ((choices & BLIND_CERT_REQUEST) != 0)
		tls_certificate_server_set_request(s, TLS_CERT_REQUEST);
	hello_waited = false;
	if ((choices & BLIND_HELLO_WAITS) != 0)
		tls_handshake_set_post_client_hello_function(s, wait_once);
}

static int set_client(tls_session_t s, uint32_t choices)
{
	if ((choices & BLIND_STAPLE) != 0 && tls_ocsp_status_request_enable_client(s, NULL, 0, NULL) != 0)
		abort();
	return (choices & BLIND_NO_NAME) != 0 ? 0 : tls_server_name_set(s, TLS_NAME_DNS, "localhost", 9);
}

static tls_certificate_credentials_t credentials(uint32_t choices)
{
	if ((choices & BLIND_KEEPER) != 0)
		return kept;
	if ((choices & BLIND_REFUSE_PEER) != 0)
		return refusing;
	if ((choices & BLIND_JUDGE) != 0)
		return judging;
	if ((choices & BLIND_STAPLE) != 0)
		return stapled;
	return (choices & BLIND_KEY(3)) != 0 ? others[(choices >> 14 & 3) - 1] : cred;
}

static int set_both(tls_session_t s, unsigned role, tls_protocol_t version, uint32_t choices)
{
	static const tls_datum_t alpn[] = {
	    {(unsigned char *)(uintptr_t) "h2", 2}, {(unsigned char *)(uintptr_t) "http/1.1", 8}};
	bool has_cert = role == TLS_SERVER || (choices & ANY_CERT) != 0;
	int err = tls_policy_set(s, (choices & BLIND_BOTH_VERSIONS) != 0 ? both : only[version == TLS_1_3]);

	if (err == 0 && has_cert)
		err = tls_credentials_set(s, TLS_CRD_CERTIFICATE, credentials(choices));
	if (err == 0 && (choices & BLIND_ALPN) != 0)
		err = tls_alpn_set_protocols(s, alpn, 2,
		    (choices & BLIND_ALPN_MANDATORY) != 0 ? TLS_ALPN_MANDATORY : 0);
	if ((choices & BLIND_JUDGE) != 0 && (choices & BLIND_STAPLE) != 0)
		tls_session_set_verify_cert(s, role == TLS_CLIENT ? "localhost" : NULL, 0);
	if ((choices & BLIND_SMALL_RECORDS) != 0) {
		(void)tls_record_set_max_size(s, 64);
		(void)tls_record_set_max_recv_size(s, 512);
	}
	return err;
}

static unsigned flags(uint32_t choices)
{
	return ((choices & BLIND_BLOCKING) != 0 ? 0 : TLS_NONBLOCK) |
	    ((choices & BLIND_ALLOW_RENEGOTIATION) != 0 ? TLS_ALLOW_RENEGOTIATION : 0) |
	    ((choices & BLIND_ALLOW_ID_CHANGE) != 0 ? TLS_ALLOW_ID_CHANGE : 0) |
	    ((choices & BLIND_FALSE_START) != 0 ? TLS_ENABLE_FALSE_START : 0);
}

tls_session_t blind_session(unsigned role, tls_protocol_t version, uint32_t choices,
    struct blind_random *random)
{
	tls_session_t s;
	int err;

	if (tls_init(&s, role | flags(choices)) != 0)
		abort();
	random->state = role;
	tls_session_set_random_function(s, random_bytes, random);
	err = set_both(s, role, version, choices);
	set_resumption(s, role, choices);
	if (err == 0 && role == TLS_CLIENT)
		err = set_client(s, choices);
	if (role == TLS_SERVER)
		set_server(s, choices);
	if (err != 0)
		abort();
	return s;
}
