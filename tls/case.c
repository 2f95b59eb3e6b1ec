/* case.c - a chain judged outside of a session: the inputs kept, the verdict in words. All of it is described in
 * verification.h; the judging itself is x509/judge.c's. */
#include "bytes/mem.h"
#include "tls.h"
#include "x509/der.h"
#include "x509/dn.h"
#include "x509/ip.h"
#include "x509/judge.h"
#include "x509/node.h"
#include "x509/pem.h"

#define MAX_CERTS 256 /* in the chain, and untrusted ones */
#define MAX_NAMES 64
#define MAX_NAME_LEN 1024
#define MAX_STAPLE 65536
#define SUBJECT_MAX_LEN 255
#define CONSTRUCTED 0x20

struct pile {
	struct tls_span certs[MAX_CERTS]; /* owned */
	size_t n;
};

struct tls_x509_case_st {
	struct tls_trust trust;
	struct tls_crls crls;
	struct pile chain, untrusted;
	struct tls_span staple; /* owned */
	struct tls_san_wanted names[MAX_NAMES]; /* values owned */
	size_t n_names;
	unsigned error_line;
	long error_byte;
	enum tls_flaw fault;
	unsigned depth;
	char subject[SUBJECT_MAX_LEN + 1]; /* of the certificate at fault */
	char path[TLS_JUDGE_MAX_PATH][SUBJECT_MAX_LEN + 1];
	unsigned n_path;
};

/* ---- Life ---------------------------------------------------------------------------------------------------- */

int tls_x509_case_init(tls_x509_case_t *res)
{
	struct tls_x509_case_st *c = tls_mem_alloc(sizeof(*c));

	*res = c;
	if (c == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_trust_init(&c->trust);
	tls_crls_init(&c->crls);
	c->error_byte = -1;
	return 0;
}

static void span_free(struct tls_span s)
{
	tls_mem_free((void *)(uintptr_t)s.p);
}

static void pile_clear(struct pile *pile)
{
	while (pile->n > 0)
		span_free(pile->certs[--pile->n]);
}

void tls_x509_case_deinit(tls_x509_case_t c)
{
	if (c == NULL)
		return;
	tls_trust_clear(&c->trust);
	tls_crls_clear(&c->crls);
	pile_clear(&c->chain);
	pile_clear(&c->untrusted);
	span_free(c->staple);
	while (c->n_names > 0)
		span_free(c->names[--c->n_names].value);
	tls_mem_free(c);
}

/* ---- Where a fault is ---------------------------------------------------------------------------------------- */

/* Where the first element begins that isn't one or doesn't fit in what it stands in; der.len if there is none. */
static size_t find_fault(struct tls_span der)
{
	size_t ends[TLS_DER_MAX_DEPTH] = {der.len}, depth = 1, at = 0;

	while (depth > 0) {
		struct tls_span rest = tls_span(der.p + at, ends[depth - 1] - at), content;
		unsigned tag;

		if (rest.len == 0) {
			depth--;
			continue;
		}
		if (depth == 1 && at > 0)
			return at;
		content = tls_der_take_any(&rest, &tag);
		if (rest.failed || ((tag & CONSTRUCTED) != 0 && depth == TLS_DER_MAX_DEPTH))
			return at;
		at = ends[depth - 1] - rest.len;
		if ((tag & CONSTRUCTED) != 0) {
			ends[depth++] = at;
			at -= content.len;
		}
	}
	return der.len;
}

static void set_byte(struct tls_x509_case_st *c, struct tls_span der)
{
	size_t at = find_fault(der);

	c->error_byte = at < der.len || der.len == 0 ? (long)at : -1;
}

/* The line is known, of a block whose DER is refused. */
static void set_byte_of_block(struct tls_x509_case_st *c, struct tls_span text)
{
	struct tls_pem_block block;
	struct tls_pem pem;

	tls_pem_init(&pem, text);
	pem.max_len = TLS_CRL_MAX_LEN;
	while (tls_pem_next(&pem, &block) == 0) {
		if (block.line == c->error_line)
			set_byte(c, tls_buf_as_span(&block.der));
		tls_pem_block_clear(&block);
	}
}

void tls_x509_case_error_position(tls_x509_case_t c, unsigned *line, long *byte)
{
	*line = c->error_line;
	*byte = c->error_byte;
}

/* ---- Inputs -------------------------------------------------------------------------------------------------- */

static int copy_span(struct tls_span *out, struct tls_span s)
{
	void *copy = tls_mem_dup(s.p, s.len);

	if (copy == NULL)
		return TLS_E_MEMORY_ERROR;
	*out = tls_span(copy, s.len);
	return 0;
}

static int pile_add(struct pile *pile, struct tls_span der)
{
	int ret;

	if (pile->n == MAX_CERTS)
		return TLS_E_TOO_MANY_CERTIFICATES;
	if (der.len == 0 || der.len > TLS_DER_MAX_LEN || find_fault(der) < der.len)
		return TLS_E_CERTIFICATE_ERROR;
	ret = copy_span(&pile->certs[pile->n], der);
	pile->n += ret == 0;
	return ret;
}

static int take_into_pile(void *pile, struct tls_span der)
{
	return pile_add(pile, der);
}

static int pile_add_pem(struct pile *pile, unsigned *line, struct tls_span text)
{
	static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
	struct tls_pem pem;
	int n;

	tls_pem_init(&pem, text);
	n = tls_pem_take_all(&pem, line, labels, take_into_pile, pile);
	return n != 0 ? n : TLS_E_NO_CERTIFICATE_FOUND;
}

static int set_staple(struct tls_x509_case_st *c, struct tls_span der)
{
	struct tls_span copy;
	int ret;

	if (der.len == 0 || der.len > MAX_STAPLE || find_fault(der) < der.len)
		return TLS_E_OCSP_RESPONSE_ERROR;
	ret = copy_span(&copy, der);
	if (ret == 0) {
		span_free(c->staple);
		c->staple = copy;
	}
	return ret;
}

static int add_pem(struct tls_x509_case_st *c, tls_x509_case_input_t input, struct tls_span text)
{
	switch (input) {
	case TLS_X509_CASE_TRUST:
		return tls_trust_add_pem(&c->trust, &c->error_line, text);
	case TLS_X509_CASE_CHAIN:
		return pile_add_pem(&c->chain, &c->error_line, text);
	case TLS_X509_CASE_UNTRUSTED:
		return pile_add_pem(&c->untrusted, &c->error_line, text);
	case TLS_X509_CASE_CRL:
		return tls_crls_add_pem(&c->crls, &c->error_line, text);
	default:
		return TLS_E_INVALID_REQUEST;
	}
}

static int add_der(struct tls_x509_case_st *c, tls_x509_case_input_t input, struct tls_span der)
{
	switch (input) {
	case TLS_X509_CASE_TRUST:
		return tls_trust_add(&c->trust, der);
	case TLS_X509_CASE_CHAIN:
		return pile_add(&c->chain, der);
	case TLS_X509_CASE_UNTRUSTED:
		return pile_add(&c->untrusted, der);
	case TLS_X509_CASE_CRL:
		return tls_crls_add(&c->crls, der);
	case TLS_X509_CASE_STAPLE:
		return set_staple(c, der);
	default:
		return TLS_E_INVALID_REQUEST;
	}
}

static bool is_about_der(int err)
{
	return err == TLS_E_CERTIFICATE_ERROR || err == TLS_E_CRL_ERROR || err == TLS_E_OCSP_RESPONSE_ERROR;
}

int tls_x509_case_add(tls_x509_case_t c, tls_x509_case_input_t input, const tls_datum_t *data, tls_x509_crt_fmt_t type)
{
	struct tls_span bytes = tls_span(data->data, data->size);
	int ret;

	c->error_line = 0;
	c->error_byte = -1;
	if (type == TLS_X509_FMT_PEM) {
		ret = add_pem(c, input, bytes);
		if (is_about_der(ret))
			set_byte_of_block(c, bytes);
		return ret;
	}
	ret = add_der(c, input, bytes);
	if (is_about_der(ret))
		set_byte(c, bytes);
	return ret == 0 ? 1 : ret;
}

static int name_kind(unsigned *kind, tls_x509_subject_alt_name_t type)
{
	switch (type) {
	case TLS_SAN_DNSNAME:
		*kind = TLS_CERT_NAME_DNS;
		return 0;
	case TLS_SAN_RFC822NAME:
		*kind = TLS_CERT_NAME_EMAIL;
		return 0;
	case TLS_SAN_IPADDRESS:
		*kind = TLS_CERT_NAME_IP;
		return 0;
	default:
		return TLS_E_INVALID_REQUEST;
	}
}

int tls_x509_case_add_name(tls_x509_case_t c, tls_x509_subject_alt_name_t type, const char *name)
{
	struct tls_san_wanted *wanted = &c->names[c->n_names];
	struct tls_span value;
	uint8_t ip[16];
	size_t n = 0;
	int ret;

	while (name[n] != '\0' && n <= MAX_NAME_LEN)
		n++;
	value = tls_span(name, n);
	if (c->n_names == MAX_NAMES || n > MAX_NAME_LEN || name_kind(&wanted->kind, type) < 0)
		return TLS_E_INVALID_REQUEST;
	if (type == TLS_SAN_IPADDRESS) {
		value = tls_span(ip, tls_ip_read(ip, value));
		if (value.len == 0)
			return TLS_E_INVALID_REQUEST;
	}
	ret = copy_span(&wanted->value, value);
	c->n_names += ret == 0;
	return ret;
}

/* ---- Judging ------------------------------------------------------------------------------------------------- */

static void print_subject(char text[SUBJECT_MAX_LEN + 1], struct tls_span der)
{
	struct tls_cert cert;
	struct tls_buf b;

	text[0] = '\0';
	if (tls_cert_decode(&cert, der) < 0)
		return;
	tls_buf_init_fixed(&b, text, SUBJECT_MAX_LEN);
	tls_dn_print(&b, cert.subject);
	text[b.len] = '\0';
}

static void remember(struct tls_x509_case_st *c, const struct tls_verdict *v)
{
	c->fault = v->fault;
	c->depth = v->depth;
	print_subject(c->subject, v->at);
	c->n_path = v->n_path;
	for (unsigned i = 0; i < v->n_path; i++)
		print_subject(c->path[i], v->path[i]);
}

/* What the search looks at: the beginning of the chain, and which of the untrusted may help. */
struct gathered {
	struct tls_span certs[TLS_JUDGE_MAX_KEPT];
	struct tls_node nodes[TLS_JUDGE_MAX_KEPT];
	size_t n;
	bool taken[MAX_CERTS];
};

static void gather_issuers(struct gathered *g, const struct pile *from, const struct tls_node *subject)
{
	struct tls_node node;

	for (size_t i = 0; i < from->n && g->n < TLS_JUDGE_MAX_KEPT; i++) {
		if (g->taken[i] || tls_node_init(&node, from->certs[i]) < 0 || !tls_node_may_issue(&node, subject))
			continue;
		g->taken[i] = true;
		g->nodes[g->n] = node;
		g->certs[g->n++] = from->certs[i];
	}
}

/* Other keys of those that issue: they may have signed revocation lists. */
static void gather_twins(struct gathered *g, const struct pile *from)
{
	size_t n = g->n;

	for (size_t i = 0; i < n; i++) {
		struct tls_node same = g->nodes[i];

		same.exts.issuer_key_id.len = 0;
		gather_issuers(g, from, &same);
	}
}

static void gather(struct gathered *g, const struct pile *chain, const struct pile *untrusted)
{
	/* The first one stays first, even if it is nothing. */
	for (size_t i = 0; i < chain->n && g->n < TLS_JUDGE_MAX_KEPT; i++) {
		if (tls_node_init(&g->nodes[g->n], chain->certs[i]) == 0 || i == 0)
			g->certs[g->n++] = chain->certs[i];
	}
	if (tls_node_init(&g->nodes[0], chain->certs[0]) < 0)
		return;
	for (size_t i = 0; i < g->n; i++)
		gather_issuers(g, untrusted, &g->nodes[i]);
	gather_twins(g, untrusted);
}

static int judge(struct tls_x509_case_st *c, struct tls_judge_ask *ask)
{
	struct gathered *g = tls_mem_alloc(sizeof(*g));
	struct tls_verdict verdict;
	int ret;

	if (g == NULL)
		return TLS_E_MEMORY_ERROR;
	gather(g, &c->chain, &c->untrusted);
	ask->chain = g->certs;
	ask->n_chain = g->n;
	ret = tls_judge(&verdict, ask);
	if (ret == 0)
		remember(c, &verdict);
	tls_mem_free(g);
	return ret;
}

int tls_x509_case_judge(tls_x509_case_t c, unsigned int *status, const tls_x509_case_terms_t *terms)
{
	struct tls_judge_ask ask = {.trust = &c->trust,
	    .crls = (terms->flags & TLS_VERIFY_DISABLE_CRL_CHECKS) == 0 ? &c->crls : NULL,
	    .crls_required = (terms->flags & TLS_VERIFY_REQUIRE_CRLS) != 0,
	    .staple = c->staple,
	    .staple_required = (terms->flags & TLS_VERIFY_REQUIRE_OCSP) != 0,
	    .now = terms->now,
	    .any_time = (terms->flags & TLS_VERIFY_DISABLE_TIME_CHECKS) != 0,
	    .of_client = terms->of_client,
	    .strict = (terms->flags & TLS_VERIFY_STRICT) != 0,
	    .limited = terms->limited,
	    .max_intermediates = terms->max_intermediates,
	    .names = c->names,
	    .n_names = c->n_names};
	int ret;

	*status = TLS_CERT_INVALID;
	c->fault = TLS_FLAW_NONE;
	c->n_path = 0;
	if (c->chain.n == 0)
		return TLS_E_NO_CERTIFICATE_FOUND;
	ret = judge(c, &ask);
	if (ret == 0)
		*status = tls_flaw_status(c->fault);
	return ret;
}

int tls_x509_case_get_fault(tls_x509_case_t c, unsigned *depth, const char **subject, const char **reason)
{
	if (c->fault == TLS_FLAW_NONE)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	*depth = c->depth;
	*subject = c->subject;
	*reason = tls_flaw_text(c->fault);
	return 0;
}

const char *tls_x509_case_get_path(tls_x509_case_t c, unsigned index)
{
	return index < c->n_path ? c->path[index] : NULL;
}
