/* blind_session.c - the sessions of the blind targets, set up as an input chooses. See blind.h. */
#include <stdlib.h>

#include "blind.h"

static tls_certificate_credentials_t cred, refusing;
static tls_policy_t both, only[2];

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

static tls_certificate_credentials_t make(tls_certificate_verify_function *verify)
{
	const char *names[] = {"localhost"};
	tls_certificate_credentials_t c;

	if (tls_certificate_allocate_credentials(&c) != 0 ||
	    tls_certificate_set_self_signed(c, names, 1, 0, 1) != 0 ||
	    tls_certificate_set_verify_function(c, verify) != 0)
		abort();
	return c;
}

void blind_init(void)
{
	blind_checks_replace();
	cred = make(accept_peer);
	refusing = make(refuse_peer);
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

static void set_server(tls_session_t s, uint32_t choices)
{
	if ((choices & BLIND_CERT_REQUIRE) != 0)
		tls_certificate_server_set_request(s, TLS_CERT_REQUIRE);
	else if ((choices & BLIND_CERT_REQUEST) != 0)
		tls_certificate_server_set_request(s, TLS_CERT_REQUEST);
}

static int set_client(tls_session_t s, uint32_t choices)
{
	return (choices & BLIND_NO_NAME) != 0 ? 0 : tls_server_name_set(s, TLS_NAME_DNS, "localhost", 9);
}

static int set_both(tls_session_t s, unsigned role, tls_protocol_t version, uint32_t choices)
{
	static const tls_datum_t alpn[] = {
	    {(unsigned char *)(uintptr_t) "h2", 2}, {(unsigned char *)(uintptr_t) "http/1.1", 8}};
	bool has_cert = role == TLS_SERVER || (choices & (BLIND_CERT_REQUEST | BLIND_REFUSE_PEER)) != 0;
	int err = tls_policy_set(s, (choices & BLIND_BOTH_VERSIONS) != 0 ? both : only[version == TLS_1_3]);

	if (err == 0 && has_cert)
		err = tls_credentials_set(s, TLS_CRD_CERTIFICATE,
		    (choices & BLIND_REFUSE_PEER) != 0 ? refusing : cred);
	if (err == 0 && (choices & BLIND_ALPN) != 0)
		err = tls_alpn_set_protocols(s, alpn, 2,
		    (choices & BLIND_ALPN_MANDATORY) != 0 ? TLS_ALPN_MANDATORY : 0);
	if ((choices & BLIND_SMALL_RECORDS) != 0) {
		(void)tls_record_set_max_size(s, 64);
		(void)tls_record_set_max_recv_size(s, 512);
	}
	return err;
}

tls_session_t blind_session(unsigned role, tls_protocol_t version, uint32_t choices,
    struct blind_random *random)
{
	tls_session_t s;
	int err;

	if (tls_init(&s, role | TLS_NONBLOCK) != 0)
		abort();
	random->state = role;
	tls_session_set_random_function(s, random_bytes, random);
	err = set_both(s, role, version, choices);
	if (err == 0 && role == TLS_CLIENT)
		err = set_client(s, choices);
	if (role == TLS_SERVER)
		set_server(s, choices);
	if (err != 0)
		abort();
	return s;
}
