/* make_ext.c - see make_ext.h. What there is, and what is critical, is as RFC 5280 section 4.2 has it for conforming
 * CAs. */
#include "make_ext.h"

#include "../bytes/mem.h"
#include "../crypto/hash.h"
#include "../tls.h"
#include "cert.h"
#include "exts.h"
#include "ip.h"
#include "make_text.h"

#define OID_SERVER_AUTH "1.3.6.1.5.5.7.3.1"
#define OID_CLIENT_AUTH "1.3.6.1.5.5.7.3.2"
#define PUBLIC_MAX_LEN (TLS_RSA_MAX_BITS / 8 + 32)
#define EXT_MAX_LEN 32768

int tls_make_key_id(uint8_t *out, const struct tls_pubkey *pub)
{
	uint8_t bytes[PUBLIC_MAX_LEN], digest[TLS_HASH_MAX_LEN];
	size_t len = sizeof(bytes);
	int ret = tls_pubkey_bytes(pub, bytes, &len);

	if (ret < 0)
		return ret;
	tls_hash_once(TLS_HASH_SHA256, digest, bytes, len);
	tls_mem_copy(out, digest, TLS_MAKE_KEY_ID_LEN);
	return 0;
}

static int make_constraints(struct tls_buf *out, const struct tls_make_request *request)
{
	const uint8_t path_len = (uint8_t)request->path_len;
	bool limited = request->ca && request->path_len != TLS_EXTS_NO_PATH_LEN;
	struct tls_asn_form m;

	tls_asn_begin(&m, "QUENCH.BasicConstraints");
	tls_asn_put_text(&m, "cA", request->ca ? "TRUE" : "FALSE");
	tls_asn_put(&m, "pathLenConstraint", limited ? &path_len : NULL, limited ? 1 : 0);
	return tls_asn_finish(&m, out);
}

/* Named bits, the first is the highest one; trailing zeros aren't written. RSA keys of servers encipher as well, by
 * the oldest key exchange of TLS 1.2: not ours, but there are clients that refuse a certificate without. */
static int make_key_usage(struct tls_buf *out, const struct tls_make_request *request)
{
	static const uint8_t sign = 0x80, sign_and_encipher = 0xa0, certs_and_lists = 0x06;
	bool rsa = tls_pubkey_kind(tls_privkey_public(request->key)) == TLS_PK_RSA;
	struct tls_asn_form m;

	tls_asn_begin(&m, "QUENCH.KeyUsage");
	if (request->ca)
		tls_asn_put(&m, "", &certs_and_lists, 7);
	else if (rsa && (request->purposes & TLS_MAKE_SERVER) != 0)
		tls_asn_put(&m, "", &sign_and_encipher, 3);
	else
		tls_asn_put(&m, "", &sign, 1);
	return tls_asn_finish(&m, out);
}

static int make_purposes(struct tls_buf *out, const struct tls_make_request *request)
{
	static const struct {
		unsigned bit;
		const char *oid;
	} purposes[] = {{TLS_MAKE_SERVER, OID_SERVER_AUTH}, {TLS_MAKE_CLIENT, OID_CLIENT_AUTH}};
	struct tls_asn_form m;

	if (request->purposes == 0)
		return 0;
	tls_asn_begin(&m, "QUENCH.ExtKeyUsageSyntax");
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		if ((request->purposes & purposes[i].bit) == 0)
			continue;
		tls_asn_put_text(&m, "", "NEW");
		tls_asn_put_text(&m, "?LAST", purposes[i].oid);
	}
	return tls_asn_finish(&m, out);
}

static void put_name(struct tls_asn_form *m, const struct tls_make_name *name)
{
	struct tls_span text = tls_make_text_span(name->text);
	uint8_t ip[16];

	tls_asn_put_text(m, "", "NEW");
	if (name->kind == TLS_CERT_NAME_IP) {
		tls_asn_put_text(m, "?LAST", "iPAddress");
		tls_asn_put(m, "?LAST.iPAddress", ip, tls_ip_read(ip, text));
	} else if (name->kind == TLS_CERT_NAME_EMAIL) {
		tls_asn_put_text(m, "?LAST", "rfc822Name");
		tls_asn_put(m, "?LAST.rfc822Name", text.p, text.len);
	} else {
		tls_asn_put_text(m, "?LAST", "dNSName");
		tls_asn_put(m, "?LAST.dNSName", text.p, text.len);
	}
}

static int make_names(struct tls_buf *out, const struct tls_make_request *request)
{
	struct tls_asn_form m;

	if (request->n_names == 0)
		return 0;
	tls_asn_begin(&m, "QUENCH.GeneralNames");
	for (size_t i = 0; i < request->n_names; i++)
		put_name(&m, &request->names[i]);
	return tls_asn_finish(&m, out);
}

static int make_own_id(struct tls_buf *out, const struct tls_make_request *request)
{
	uint8_t id[TLS_MAKE_KEY_ID_LEN] = {0};
	struct tls_asn_form m;

	tls_asn_begin(&m, "QUENCH.SubjectKeyIdentifier");
	tls_asn_fail(&m, tls_make_key_id(id, tls_privkey_public(request->key)));
	tls_asn_put(&m, "", id, sizeof(id));
	return tls_asn_finish(&m, out);
}

/* RFC 5280 section 4.2.1.1: what the issuer's certificate has; a self-signed one needs none. */
static int make_issuer_id(struct tls_buf *out, const struct tls_make_request *request)
{
	const struct tls_make_issuer *issuer = request->issuer;
	uint8_t made[TLS_MAKE_KEY_ID_LEN] = {0};
	struct tls_span id;
	struct tls_asn_form m;

	if (issuer == NULL)
		return 0;
	id = issuer->key_id.len > 0 ? issuer->key_id : tls_span(made, sizeof(made));
	tls_asn_begin(&m, "QUENCH.AuthorityKeyIdentifier");
	tls_asn_fail(&m, tls_make_key_id(made, tls_privkey_public(issuer->key)));
	tls_asn_put(&m, "keyIdentifier", id.p, id.len);
	return tls_asn_finish(&m, out);
}

/* make writes nothing when there is no such extension. */
static const struct {
	const char *oid;
	bool critical;
	int (*make)(struct tls_buf *out, const struct tls_make_request *request);
} extensions[] = {
    {"2.5.29.19", true, make_constraints},
    {"2.5.29.15", true, make_key_usage},
    {"2.5.29.37", false, make_purposes},
    {"2.5.29.17", false, make_names},
    {"2.5.29.14", false, make_own_id},
    {"2.5.29.35", false, make_issuer_id},
};

#define EXTENSIONS "tbsCertificate.extensions"

void tls_make_ext_put(struct tls_asn_form *m, const struct tls_make_request *request)
{
	struct tls_buf value;

	tls_buf_init(&value, EXT_MAX_LEN);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		tls_buf_reset(&value);
		tls_asn_fail(m, extensions[i].make(&value, request));
		if (value.len == 0)
			continue;
		tls_asn_put_text(m, EXTENSIONS, "NEW");
		tls_asn_put_text(m, EXTENSIONS ".?LAST.extnID", extensions[i].oid);
		tls_asn_put_text(m, EXTENSIONS ".?LAST.critical", extensions[i].critical ? "TRUE" : "FALSE");
		tls_asn_put(m, EXTENSIONS ".?LAST.extnValue", value.p, value.len);
	}
	tls_buf_clear(&value);
}
