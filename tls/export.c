/* export.c - what applications bind to a session: exported keying material, channel bindings. RFC 5705, RFC 8446
 * section 7.5, RFC 9266, RFC 5929 section 4. */
#include "bytes/mem.h"
#include "hs/sched12.h"
#include "hs/sched13.h"
#include "state.h"
#include "x509/cert.h"
#include "x509/sighash.h"

#define LABEL_MAX_LEN 249 /* RFC 8446 section 7.1: 255 with its prefix */
#define CONTEXT_MAX_LEN 65535 /* RFC 5705 section 4 */
#define BINDING_LEN 32

/* RFC 5705 section 4: no label that TLS 1.2 itself uses. With what follows it in the PRF the beginning is what
 * counts. */
static bool is_reserved(const char *label)
{
	static const char *const reserved[] = {"client finished", "server finished", "master secret",
	    "extended master secret", "key expansion"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		size_t n = 0;

		while (reserved[i][n] != '\0' && reserved[i][n] == label[n])
			n++;
		if (reserved[i][n] == '\0')
			return true;
	}
	return false;
}

static bool copy_label(char out[LABEL_MAX_LEN + 1], const char *label, size_t len)
{
	if (len == 0 || len > LABEL_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (label[i] == '\0')
			return false;
		out[i] = label[i];
	}
	out[len] = '\0';
	return true;
}

/* RFC 5705 section 4: no context is another thing there than an empty one. */
static int export12(struct tls_session_st *s, uint8_t *out, size_t out_len, const char *label,
    const void *context, size_t context_len)
{
	struct tls_buf seed;
	int err = TLS_E_MEMORY_ERROR;

	if (is_reserved(label))
		return TLS_E_INVALID_REQUEST;
	tls_buf_init(&seed, 0);
	tls_buf_bytes(&seed, s->client_random, sizeof(s->client_random));
	tls_buf_bytes(&seed, s->server_random, sizeof(s->server_random));
	if (context != NULL) {
		tls_buf_u16(&seed, (unsigned)context_len);
		tls_buf_bytes(&seed, context, context_len);
	}
	if (tls_buf_ok(&seed)) {
		tls_sched12_export(out, out_len, s->rd.suite->hash, &s->exporter, label,
		    tls_buf_as_span(&seed));
		err = 0;
	}
	tls_buf_clear(&seed);
	return err;
}

/* Established, and no other handshake under way or given up in its midst: both sides have the same. */
static bool is_settled(const struct tls_session_st *s)
{
	return tls_state_is_established(s) && s->hs == NULL && !s->reneg.cut;
}

int tls_prf_rfc5705(tls_session_t s, size_t label_size, const char *label, size_t context_size,
    const char *context, size_t outsize, char *out)
{
	char text[LABEL_MAX_LEN + 1];

	/* RFC 7627 section 5.4: nothing may be exported without the extended master secret */
	if (s->err != 0 || !is_settled(s) || s->exporter.len == 0)
		return s->err != 0 ? s->err : TLS_E_INVALID_REQUEST;
	if (!copy_label(text, label, label_size) || context_size > CONTEXT_MAX_LEN ||
	    outsize > TLS_EXPORT_MAX_LEN)
		return TLS_E_INVALID_REQUEST;
	if (s->version == TLS_1_2)
		return export12(s, (uint8_t *)out, outsize, text, context, context_size);
	tls_sched13_export((uint8_t *)out, outsize, s->rd.suite->hash, &s->exporter, text,
	    tls_span(context, context != NULL ? context_size : 0));
	return 0;
}

/* ---- Channel bindings */

static int exporter_binding(struct tls_session_st *s, uint8_t out[TLS_HASH_MAX_LEN])
{
	static const char label[] = "EXPORTER-Channel-Binding";

	/* RFC 9266 section 4.2 defines none for a connection that may be renegotiated */
	if (s->reneg.done || (s->version == TLS_1_2 && (s->flags & TLS_ALLOW_RENEGOTIATION) != 0))
		return s->err != 0 ? s->err : TLS_E_INVALID_REQUEST;
	/* RFC 9266 section 3: an empty context, which in TLS 1.2 isn't none */
	return tls_prf_rfc5705(s, sizeof(label) - 1, label, 0, "", BINDING_LEN, (char *)out);
}

/* The certificate of the server, whoever of the two we are. */
static struct tls_span server_leaf(const struct tls_session_st *s)
{
	if (tls_state_is_server(s))
		return s->own != NULL && s->own->n_chain > 0 ? s->own->chain[0] : tls_span(NULL, 0);
	return s->n_peers > 0 ? tls_span(s->peers[0].data, s->peers[0].size) : tls_span(NULL, 0);
}

static int end_point_binding(struct tls_session_st *s, uint8_t out[TLS_HASH_MAX_LEN], size_t *len)
{
	struct tls_span leaf = server_leaf(s);
	struct tls_cert cert;
	enum tls_hash hash;
	int err;

	if (s->err != 0)
		return s->err;
	if (!is_settled(s))
		return TLS_E_INVALID_REQUEST;
	if (leaf.len == 0)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	err = tls_cert_decode(&cert, leaf);
	if (err == 0)
		err = tls_sighash_of(&hash, cert.sig_alg);
	if (err != 0)
		return err;
	*len = tls_hash_len(hash);
	tls_hash_once(hash, out, leaf.p, leaf.len);
	return 0;
}

int tls_session_channel_binding(tls_session_t s, tls_channel_binding_t cbtype, tls_datum_t *cb)
{
	uint8_t binding[TLS_HASH_MAX_LEN];
	size_t len = BINDING_LEN;
	int err = TLS_E_INVALID_REQUEST;

	*cb = (tls_datum_t){.data = NULL};
	if (cbtype == TLS_CB_TLS_EXPORTER)
		err = exporter_binding(s, binding);
	else if (cbtype == TLS_CB_TLS_SERVER_END_POINT)
		err = end_point_binding(s, binding, &len);
	if (err != 0)
		return err;
	cb->data = tls_mem_dup(binding, len);
	if (cb->data == NULL)
		return TLS_E_MEMORY_ERROR;
	cb->size = (unsigned)len;
	return 0;
}
