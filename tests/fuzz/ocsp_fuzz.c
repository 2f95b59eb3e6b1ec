/* ocsp_fuzz.c - arbitrary bytes as an OCSP response, with the signature and without: what it says about a certificate.
 *
 * Checked: unsigned bytes are never good, and entries that say nothing about the certificate change nothing.
 */
#include <assert.h>

#include "fuzz.h"
#include "tls/x509/ocsp.c"

static struct tls_privkey *key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seed[32] = {1};

	(void)argc;
	(void)argv;
	return tls_privkey_new_ed25519(&key, tls_span(seed, sizeof(seed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* serial number 17; issuer "CN=OCSP CA", as in the corpus */
	static const uint8_t serial[] = {2, 1, 17}, spki[] = {0x30, 6, 0x30, 0, 3, 2, 0, 1};
	static const uint8_t name[] = "\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07OCSP CA";
	struct tls_node node = {.cert = {.serial = tls_span(serial, 3),
				    .issuer = tls_span(name, sizeof(name) - 1),
				    .subject = tls_span(name, sizeof(name) - 1),
				    .spki = tls_span(spki, sizeof(spki))},
	    .exts = {.usage = 0xffff}};
	struct tls_ocsp_ask ask = {.subject = &node, .issuer = &node, .issuer_key = tls_privkey_public(key), .now = 1830000000};
	struct tls_span der = tls_span(data, size), rest;
	struct basic b = {.certs = tls_span(NULL, 0)};
	tls_ocsp_info_t info;
	int found;
	enum tls_flaw flaw, worst = TLS_FLAW_OCSP_UNUSABLE;
	struct entry e;

	assert(tls_ocsp_check(der, &ask) == TLS_FLAW_OCSP_UNUSABLE);
	found = tls_ocsp_find(&info, der, node.cert.serial);
	if (!read_response(&b, der)) {
		assert(found == TLS_E_OCSP_RESPONSE_ERROR);
		return 0;
	}
	flaw = judge_entries(&b, &ask);
	assert(flaw == judge_entries(&b, &ask));
	rest = b.entries;
	while (tls_span_more(&rest) && take_entry(&e, &rest)) {
		assert(e.serial.len == 0 || (e.serial.p >= data && e.serial.p + e.serial.len <= data + size));
		if (is_about(&e, &ask) && judge_entry(&e, &ask) == TLS_FLAW_REVOKED)
			worst = TLS_FLAW_REVOKED;
		if (is_about(&e, &ask) && worst != TLS_FLAW_REVOKED)
			worst = judge_entry(&e, &ask);
	}
	/* Good means that each entry about it is. */
	assert(flaw != TLS_FLAW_NONE || worst == TLS_FLAW_NONE);
	return 0;
}
