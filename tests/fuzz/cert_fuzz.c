/* cert_fuzz.c - arbitrary bytes as a certificate: decoded, its lists walked, its key made.
 *
 * Checked: every span lies in the input, lists that passed decoding can be walked to their end, and
 * what is refused as DER is refused as a certificate.
 */
#include <assert.h>

#include "fuzz.h"
#include "tls/tls.h"
#include "tls/x509/cert.h"
#include "tls/x509/chain.h"
#include "tls/x509/der.h"
#include "tls/x509/dn.h"
#include "tls/x509/name.h"
#include "tls/x509/node.h"

static const uint8_t *begin, *end;

static void inside(struct tls_span s)
{
	assert(!s.failed && (s.len == 0 || (s.p >= begin && s.p + s.len <= end)));
}

static void walk(const struct tls_cert *cert)
{
	struct tls_span rest = cert->extensions, value;
	struct tls_cert_extension ext;
	unsigned kind;

	while (tls_cert_next_extension(&rest, &ext)) {
		inside(ext.oid);
		inside(ext.value);
	}
	assert(tls_span_end(&rest));
	rest = cert->san;
	while (tls_cert_next_name(&rest, &kind, &value)) {
		inside(value);
		if (kind == TLS_CERT_NAME_DNS)
			assert(!tls_name_matches(value, value) || tls_name_is_valid_sni(value));
	}
	assert(tls_span_end(&rest));
}

/* What path building reads of it. */
static void check_node(const struct tls_cert *cert)
{
	uint8_t room[256];
	struct tls_node node;
	struct tls_buf b;

	assert(tls_node_init(&node, cert->der) == 0);
	if (node.fault == TLS_FLAW_NONE) {
		inside(node.exts.permitted);
		inside(node.exts.excluded);
		inside(node.exts.key_id);
		inside(node.exts.issuer_key_id);
	}
	assert(tls_dn_same(cert->issuer, cert->issuer) && tls_dn_is_within(cert->subject, cert->subject));
	assert(node.self_issued == tls_dn_same(cert->issuer, cert->subject));
	assert(!node.self_issued || node.issuer_hash == node.subject_hash);
	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_dn_print(&b, cert->subject);
	for (size_t i = 0; i < b.len; i++)
		assert(room[i] >= ' ' && room[i] < 0x7f);
}

/* What is shown to people. */
static void tell(const struct tls_cert *cert)
{
	tls_datum_t der = {.data = (unsigned char *)(uintptr_t)cert->der.p, .size = (unsigned)cert->der.len}, value;
	tls_x509_subject_alt_name_t type;
	tls_certificate_info_t info;
	char text[256];

	assert(tls_certificate_get_info(&der, &info) == 0 && info.version == cert->version);
	inside(tls_span(info.serial.data, info.serial.size));
	inside(tls_span(info.sign_oid.data, info.sign_oid.size));
	assert((info.key == NULL) == (info.key_bits == 0) || info.key_bits == 0);
	assert(tls_certificate_get_issuer(&der, text, sizeof(text)) == 0);
	assert((tls_certificate_get_common_name(&der, text, sizeof(text)) == 0) == (text[0] != '\0'));
	for (size_t i = 0; text[i] != '\0'; i++)
		assert((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	for (unsigned i = 0; tls_certificate_get_subject_alt_name(&der, i, &type, &value) == 0; i++)
		inside(tls_span(value.data, value.size));
	(void)tls_certificate_check_hostname(&der, "a.example");
}

static void judge(const struct tls_cert *cert)
{
	const struct tls_span spans[] = {cert->tbs, cert->issuer, cert->subject, cert->spki, cert->sig_alg,
	    cert->serial, cert->signature};
	struct tls_cert twice[] = {*cert, *cert};
	struct tls_pubkey *pub;
	size_t at;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		inside(spans[i]);
	assert(cert->version >= 1 && cert->version <= 3);
	walk(cert);
	tell(cert);
	check_node(cert);
	/* The same one twice is never a chain: it is no issuer of itself, or a root that goes on. */
	assert(tls_chain_check(&at, twice, 2) == TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert((tls_cert_new_pubkey(&pub, cert) == 0) == (pub != NULL));
	tls_pubkey_free(pub);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span der = tls_span(data, size);
	struct tls_cert cert;

	begin = data;
	end = data + size;
	if (tls_cert_decode(&cert, der) == 0) {
		assert(tls_der_check(der, TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS));
		judge(&cert);
	}
	return 0;
}
