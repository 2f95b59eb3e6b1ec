/* verification.c - what an application asks about the peer's chain. All of it is described in verification.h. */
#include "bytes/mem.h"
#include "hs/verify.h"
#include "session.h"
#include "x509/cert.h"
#include "x509/dn.h"

static size_t text_len(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

void tls_session_set_verify_cert(tls_session_t s, const char *hostname, unsigned flags)
{
	struct tls_verify *v = tls_verify_open(s);
	char *copy = hostname != NULL ? tls_mem_dup(hostname, text_len(hostname) + 1) : NULL;

	if (v == NULL || (hostname != NULL && copy == NULL)) {
		tls_mem_free(copy);
		s->err = s->err != 0 ? s->err : TLS_E_MEMORY_ERROR;
		return;
	}
	tls_mem_free(v->hostname);
	v->hostname = copy;
	v->flags = flags;
	v->automatic = true;
}

int tls_certificate_verify_peers3(tls_session_t s, const char *hostname, unsigned int *status)
{
	int err = tls_verify_peer(s, hostname, s->verify != NULL ? s->verify->flags : 0);

	*status = err == 0 ? tls_flaw_status(s->verify->flaw) : (unsigned)TLS_CERT_INVALID;
	return err;
}

int tls_certificate_verify_peers2(tls_session_t s, unsigned int *status)
{
	return tls_certificate_verify_peers3(s, NULL, status);
}

unsigned int tls_session_get_verify_cert_status(tls_session_t s)
{
	return s->verify != NULL && s->verify->judged ? tls_flaw_status(s->verify->flaw) : TLS_CERT_NOT_JUDGED;
}

int tls_session_get_verify_cert_fault(tls_session_t s, unsigned *depth, const char **subject, const char **reason)
{
	const struct tls_verify *v = s->verify;

	if (v == NULL || v->flaw == TLS_FLAW_NONE)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	*depth = v->depth;
	*subject = v->subject != NULL ? v->subject : "";
	*reason = tls_flaw_text(v->flaw);
	return 0;
}

int tls_certificate_get_subject(const tls_datum_t *cert, char *text, size_t size)
{
	struct tls_cert decoded;
	struct tls_buf b;
	int err = tls_cert_decode(&decoded, tls_span(cert->data, cert->size));

	text[0] = '\0';
	if (err < 0)
		return err;
	tls_buf_init_fixed(&b, (uint8_t *)text, size - 1);
	tls_dn_print(&b, decoded.subject);
	text[b.len] = '\0';
	return 0;
}

int tls_certificate_get_common_name(const tls_datum_t *cert, char *text, size_t size)
{
	struct tls_cert decoded;
	struct tls_buf b;
	int err = tls_cert_decode(&decoded, tls_span(cert->data, cert->size));

	tls_buf_init_fixed(&b, (uint8_t *)text, size - 1);
	if (err == 0 && !tls_dn_common_name(&b, decoded.subject))
		err = TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	text[err == 0 ? b.len : 0] = '\0';
	return err;
}

/* ---- Words --------------------------------------------------------------------------------------------------- */

static const struct {
	unsigned bit;
	const char *text;
} bits[] = {
    {TLS_CERT_REVOKED, "The certificate is revoked. "},
    {TLS_CERT_SIGNER_NOT_FOUND, "The certificate has no trusted issuer. "},
    {TLS_CERT_SIGNER_NOT_CA, "An issuer is not a CA. "},
    {TLS_CERT_INSECURE_ALGORITHM, "The chain has a weak key or signature. "},
    {TLS_CERT_NOT_ACTIVATED, "The chain is not valid yet. "},
    {TLS_CERT_EXPIRED, "The chain is expired. "},
    {TLS_CERT_SIGNATURE_FAILURE, "A signature does not verify. "},
    {TLS_CERT_REVOCATION_DATA_SUPERSEDED, "The revocation data is out of date. "},
    {TLS_CERT_UNEXPECTED_OWNER, "The certificate has another name. "},
    {TLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE, "The revocation data is issued in the future. "},
    {TLS_CERT_SIGNER_CONSTRAINTS_FAILURE, "The chain breaks constraints of an issuer. "},
    {TLS_CERT_PURPOSE_MISMATCH, "The chain is for another purpose. "},
    {TLS_CERT_MISSING_OCSP_STATUS, "There is no OCSP response, and there must be. "},
    {TLS_CERT_INVALID_OCSP_STATUS, "The OCSP response is not acceptable. "},
    {TLS_CERT_UNKNOWN_CRIT_EXTENSIONS, "The chain has unknown critical extensions. "},
};

static void put_text(struct tls_buf *b, const char *text)
{
	tls_buf_bytes(b, text, text_len(text));
}

int tls_certificate_verification_status_print(unsigned int status, tls_certificate_type_t type, tls_datum_t *out,
    unsigned int flags)
{
	struct tls_buf b;

	if (type != TLS_CRT_X509 || flags != 0)
		return TLS_E_INVALID_REQUEST;
	tls_buf_init(&b, 0);
	put_text(&b, status == 0 ? "The certificate is trusted. " : "The certificate is NOT trusted. ");
	if (status == TLS_CERT_NOT_JUDGED)
		put_text(&b, "It was not judged. ");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]) && status != TLS_CERT_NOT_JUDGED; i++) {
		if ((status & bits[i].bit) != 0)
			put_text(&b, bits[i].text);
	}
	tls_buf_u8(&b, '\0');
	if (!tls_buf_ok(&b)) {
		tls_buf_clear(&b);
		return TLS_E_MEMORY_ERROR;
	}
	*out = (tls_datum_t){.data = b.p, .size = (unsigned)b.len - 1};
	return 0;
}
