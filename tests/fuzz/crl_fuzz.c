/* crl_fuzz.c - arbitrary bytes as a revocation list. A list that is taken can be asked about any serial number, and gives
 * the same answer twice; each of its entries is found. Nobody has signed it, so it never says that something is good. */
#include <assert.h>

#include "fuzz.h"
#include "tls/tls.h"
#include "tls/x509/crl.c"

static struct tls_privkey *key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seed[32] = {1};

	(void)argc;
	(void)argv;
	return tls_privkey_new_ed25519(&key, tls_span(seed, sizeof(seed)));
}

static void find_each(const struct tls_crl *crl)
{
	struct tls_span rest = crl->entries;
	size_t n = 0, n_probes = 0;
	bool plain;

	while (tls_span_more(&rest)) {
		struct tls_span serial = take_entry(&rest, &plain);

		assert(crl->slots[find_slot(&n_probes, crl, serial)] != NO_ENTRY);
		n++;
	}
	assert(tls_span_end(&rest) && crl->n_slots >= 2 * n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t serial[] = {2, 1, 1}, name[] = {0x30, 0};
	struct tls_node node = {.cert = {.serial = tls_span(serial, 3), .subject = tls_span(name, 2), .spki = tls_span(name, 2)},
	    .exts = {.usage = 0xffff}};
	struct tls_crls_ask ask = {.subject = &node, .issuer = &node, .issuer_key = tls_privkey_public(key)};
	struct tls_crls crls;
	int ret;

	tls_crls_init(&crls);
	ret = tls_crls_add(&crls, tls_span(data, size));
	assert(ret == 0 || ret == TLS_E_CRL_ERROR);
	assert((ret == 0) == (crls.first != NULL));
	node.subject_hash = tls_dn_hash(node.cert.subject);
	if (ret == 0)
		find_each(crls.first);
	if (tls_crls_have(&crls, &node)) {
		enum tls_flaw flaw = tls_crls_check(&crls, &ask);

		assert(flaw == TLS_FLAW_CRL_UNUSABLE || flaw == TLS_FLAW_CRL_SCOPE ||
		    flaw == TLS_FLAW_CRL_INDIRECT || flaw == TLS_FLAW_CRL_REASONS);
		assert(flaw == tls_crls_check(&crls, &ask));
	}
	tls_crls_clear(&crls);
	return 0;
}
