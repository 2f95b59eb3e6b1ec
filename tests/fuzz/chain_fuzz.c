/* chain_fuzz.c - small PKIs made of the input: who certifies whom, and what each may. Eight bytes are a certificate.
 *
 * Checked: the work stays within its bounds, the verdict doesn't depend on anything but the question, and what is
 * accepted is a path by rules that are spelled out here once more, more simply: names, signatures, dates, CA, the
 * anchor at its end.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tests/lib/mint.h"
#include "tls/tls.h"
#include "tls/x509/certsig.h"
#include "tls/x509/constraints.h"
#include "tls/x509/dn.h"
#include "tls/x509/judge.h"

#define N_KEYS 4
#define ROW 8
#define MAX_CERTS 20

static const char *const names[] = {"A", "a", "B", "", "C", "leaf", "D", "B "};
static const char *const sans[] = {NULL, "dns:a.example", "dns:*.example", "email:a@b.example", "uri:https://a.example/",
    "ip:c0000201", "dn:A", "other:"};
static const char *const bases[] = {NULL, "dns:example", "dns:a.example", "email:b.example", "uri:.example",
    "ip:c0000200ffffff00", "dn:B", "dns:.bad"};
static const char *const purposes[] = {NULL, "s", "c", "a"};
static const unsigned usages[] = {0, TLS_USAGE_DIGITAL_SIGNATURE, TLS_USAGE_CERT_SIGN,
    TLS_USAGE_DIGITAL_SIGNATURE | TLS_USAGE_CERT_SIGN};

static struct tls_privkey *keys[N_KEYS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < N_KEYS; i++) {
		uint8_t seed[32] = {(uint8_t)(i + 1)};

		if (tls_privkey_new_ed25519(&keys[i], tls_span(seed, sizeof(seed))) != 0)
			abort();
	}
	return 0;
}

static struct tls_span make(const uint8_t *row)
{
	struct mint m = {.subject = names[row[0] & 7],
	    .issuer = names[row[0] >> 3 & 7],
	    .key = keys[row[1] & 3],
	    .signer = keys[row[1] >> 2 & 3],
	    .ca = (row[2] & 1) != 0,
	    .path_len = row[2] >> 1 & 3,
	    .usage = usages[row[2] >> 3 & 3],
	    .purposes = purposes[row[2] >> 5 & 3],
	    .names = {sans[row[3] & 7], sans[row[3] >> 3 & 7]},
	    .permitted = {bases[row[4] & 7]},
	    .excluded = {bases[row[4] >> 3 & 7]},
	    .not_after = (row[5] & 1) != 0 ? MINT_NOW - 1 : 0,
	    .not_before = (row[5] & 2) != 0 ? MINT_NOW + 1 : 0,
	    .no_key_id = (row[5] & 4) != 0,
	    .no_issuer_key_id = (row[5] & 8) != 0,
	    .version = (row[5] & 16) != 0 ? 1 : 0,
	    .spoil_signature = (row[5] & 32) != 0,
	    .loose_ca = (row[5] & 64) != 0,
	    .more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", (row[5] & 128) != 0 ? 12 : 0)};

	return mint_cert(&m);
}

static void check_link(const struct tls_node *node, const struct tls_node *issuer)
{
	struct tls_certsig sig = {node->cert.tbs, node->cert.sig_alg, node->cert.signature};
	struct tls_pubkey *key;

	assert(tls_dn_same(node->cert.issuer, issuer->cert.subject));
	assert(issuer->exts.ca && (issuer->exts.usage & TLS_USAGE_CERT_SIGN) != 0);
	assert(tls_cert_new_pubkey(&key, &issuer->cert) == 0);
	assert(tls_certsig_check(&sig, key) == TLS_FLAW_NONE);
	tls_pubkey_free(key);
}

static void check_path(const struct tls_verdict *v, const struct tls_judge_ask *ask)
{
	struct tls_node nodes[TLS_JUDGE_MAX_PATH];

	assert(v->n_path >= 1 && v->n_path <= TLS_JUDGE_MAX_PATH && v->path[0].len == ask->chain[0].len);
	for (unsigned i = 0; i < v->n_path; i++) {
		assert(tls_node_init(&nodes[i], v->path[i]) == 0);
		assert(nodes[i].cert.not_before <= ask->now && nodes[i].cert.not_after >= ask->now);
		assert(!nodes[i].exts.unknown_critical);
	}
	for (unsigned i = 0; i + 1 < v->n_path; i++)
		check_link(&nodes[i], &nodes[i + 1]);
	assert(tls_trust_find(ask->trust, &nodes[v->n_path - 1]) != NULL);
	for (size_t i = 0; i < ask->n_names; i++)
		assert(tls_san_has(&nodes[0].cert, &ask->names[i]));
}

static void judge(struct tls_judge_ask *ask)
{
	struct tls_verdict v, again;

	assert(tls_judge(&v, ask) == 0 && tls_judge(&again, ask) == 0);
	assert(v.fault == again.fault && v.depth == again.depth && v.n_checks == again.n_checks);
	assert(v.n_checks <= TLS_JUDGE_MAX_CHECKS && v.n_steps <= TLS_JUDGE_MAX_STEPS + 1);
	assert(v.n_comparisons <= TLS_CONSTRAINTS_MAX_WORK + 2 * TLS_CONSTRAINTS_MAX_NAMES);
	assert(*tls_flaw_text(v.fault) != '\0');
	if (v.fault == TLS_FLAW_NONE)
		check_path(&v, ask);
	else
		assert(v.n_path == 0 && v.at.len > 0);
}

/* Strictness makes no bad chain good, unless it was a bound that made it bad. */
static void ask_in_all_ways(struct tls_judge_ask *ask, uint8_t how)
{
	struct tls_verdict v, strict;

	ask->of_client = (how & 1) != 0;
	ask->limited = (how & 2) != 0;
	ask->max_intermediates = how >> 2 & 3;
	judge(ask);
	assert(tls_judge(&v, ask) == 0);
	ask->strict = true;
	judge(ask);
	assert(tls_judge(&strict, ask) == 0);
	assert(strict.fault != TLS_FLAW_NONE || v.fault == TLS_FLAW_NONE || v.fault == TLS_FLAW_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_san_wanted name = {.kind = TLS_CERT_NAME_DNS, .value = tls_span("a.example", 9)};
	struct tls_span chain[MAX_CERTS];
	struct tls_trust trust;
	struct tls_judge_ask ask = {.chain = chain, .trust = &trust, .now = MINT_NOW, .names = &name};
	size_t n = 0;

	tls_trust_init(&trust);
	for (size_t i = 1; i + ROW <= size && n < MAX_CERTS; i += ROW) {
		chain[n] = make(data + i);
		/* The first is the peer's own, and may be trusted as well. */
		if ((data[i + 6] & 1) != 0)
			assert(tls_trust_add(&trust, chain[n]) == 0);
		n++;
	}
	ask.n_chain = n;
	ask.n_names = size > 0 && (data[0] & 16) != 0;
	if (n > 0)
		ask_in_all_ways(&ask, data[0]);
	for (size_t i = 0; i < n; i++)
		mint_free(chain[i]);
	tls_trust_clear(&trust);
	return 0;
}
