/* hello_fuzz.c - ClientHello: decode, encode, choose.
 *
 * Checked: what decodes encodes to the same bytes; a hello repeats itself; a choice is complete and
 * from our lists; decoding a hello that is cut never succeeds with its extensions lost.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/choose.h"
#include "tls/msg/client_hello.h"

static struct tls_choose_from from, from12;
static const uint8_t protocols[] = "\x02h2\x08http/1.1";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *names[] = {"server", "*.example.net"};
	tls_certificate_credentials_t cred;
	tls_policy_t policy, policy12;

	(void)argc;
	(void)argv;
	if (tls_certificate_allocate_credentials(&cred) != 0 ||
	    tls_certificate_set_self_signed(cred, names, 2, 0, 1) != 0 ||
	    tls_policy_init(&policy, "modern") != 0 ||
	    tls_policy_init(&policy12, "intermediate") != 0 ||
	    tls_policy_set_versions(policy12, TLS_1_2, TLS_1_2) != 0)
		abort();
	from = (struct tls_choose_from){
	    .policy = policy, .cred = cred, .alpn = tls_span(protocols, sizeof(protocols) - 1)};
	from12 = from;
	from12.policy = policy12;
	return 0;
}

static void check_encode(const struct tls_client_hello *m, const uint8_t *data, size_t size)
{
	struct tls_buf b;

	tls_buf_init(&b, 0);
	tls_client_hello_encode(&b, m);
	assert(tls_buf_ok(&b));
	/* a hello without extensions may come without their length, too */
	assert(b.len == size || (m->ext.n == 0 && b.len == size + 2));
	assert(tls_mem_same(b.p, size, data, size));
	tls_buf_clear(&b);
}

static void check_choice(const struct tls_choice *c, const struct tls_client_hello *m)
{
	assert(c->suite != NULL && c->group != NULL && c->entry != NULL && c->scheme != 0);
	assert(tls_client_hello_has(m->suites, c->suite->id));
	assert(tls_client_hello_has(m->groups, c->group->id));
	assert(tls_client_hello_has(m->schemes, c->scheme));
	assert(c->retry == (c->share.len == 0));
}

/* The same hello, to a server that speaks TLS 1.2 only. */
static void choose12(const struct tls_client_hello *m)
{
	struct tls_choice c;
	int err = tls_choose_hello(&c, m, &from12);

	assert(err <= 0 && (err == 0 || tls_error_alert(err) != 0));
	if (err != 0)
		return;
	assert(c.version == TLS_1_2 && c.group != NULL && c.entry != NULL && !c.retry);
	assert(tls_client_hello_has(m->suites, c.suite->id) && c.suite->version == TLS_1_2);
	assert(m->groups.len == 0 || tls_client_hello_has(m->groups, c.group->id));
	assert(tls_client_hello_has(m->schemes, c.scheme));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_client_hello m;
	struct tls_choice c, second;
	int err = tls_client_hello_decode(&m, tls_span(data, size));

	assert(err <= 0);
	if (err != 0) {
		assert(tls_error_alert(err) != 0 && tls_strerror_name(err) != NULL);
		return 0;
	}
	check_encode(&m, data, size);
	assert(tls_client_hello_repeats(&m, &m));
	from.alpn_mandatory = from12.alpn_mandatory = size % 2 != 0;
	choose12(&m);
	err = tls_choose_hello(&c, &m, &from);
	assert(err <= 0 && (err == 0 || tls_error_alert(err) != 0));
	if (err != 0)
		return 0;
	check_choice(&c, &m);
	second = c;
	err = tls_choose_second13(&second, &m);
	assert(err != 0 || second.share.len > 0);
	return 0;
}
