/* proof_trial.c - see proof_trial.h. */

#include "daemon/proof_trial.h"

#include <stdio.h>
#include <string.h>

int px_proof_trial_look(struct px_proof_trial *t)
{
	int r;

	t->n_chain = PX_PROOF_CHAIN_MAX;
	r = tls_certificate_get_chain(t->service->credentials, t->certificate->index, t->chain, &t->n_chain);
	return r == 0 ? tls_certificate_get_info(&t->chain[0], &t->info) : r;
}

static int fail(struct px_proof_trial *t, const char *what, const char *why)
{
	snprintf(t->fault, sizeof(t->fault), "no handshake with it%s: %s", what, why);
	return -1;
}

/* A name that a client could ask for: an asterisk stands for any label. */
static bool take_name(struct px_proof_trial *t, tls_x509_subject_alt_name_t type, const tls_datum_t *value)
{
	const unsigned char *p = value->data;

	if (type == TLS_SAN_IPADDRESS && value->size == 4) {
		snprintf(t->name, PX_PROOF_NAME_LEN, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	} else if (type == TLS_SAN_DNSNAME && value->size < PX_PROOF_NAME_LEN) {
		memcpy(t->name, p, value->size);
		t->name[value->size] = '\0';
		if (t->name[0] == '*')
			t->name[0] = 'a';
	} else {
		return false;
	}
	t->ask.is_address = type == TLS_SAN_IPADDRESS;
	return tls_certificate_check_hostname(&t->chain[0], t->name);
}

static void find_name(struct px_proof_trial *t)
{
	tls_x509_subject_alt_name_t type;
	tls_datum_t value;

	for (unsigned i = 0; tls_certificate_get_subject_alt_name(&t->chain[0], i, &type, &value) == 0; i++) {
		if (take_name(t, type, &value)) {
			t->ask.name = t->name;
			return;
		}
	}
}

/* Only this version; fast: without the groups that cost most, which prove nothing about a certificate. */
static int make_policy(tls_policy_t *policy, tls_protocol_t version, bool fast)
{
	static const char *const groups[] = { "x25519", "secp256r1", "secp384r1", "secp521r1" };
	int r = tls_policy_init(policy, "intermediate");

	if (r == 0)
		r = tls_policy_set_versions(*policy, version, version);
	for (unsigned i = 0; fast && r == 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		r = tls_policy_add_group(*policy, groups[i]);
	return r;
}

static int run_once(struct px_proof_trial *t, tls_protocol_t version, bool fast)
{
	int r;

	t->ask.client_policy = NULL;
	r = make_policy(&t->ask.client_policy, version, fast);
	if (r == 0)
		r = px_proof_pair_run(t->pair, &t->ask);
	tls_policy_deinit(t->ask.client_policy);
	t->n_handshakes++;
	return r;
}

static int run_version(struct px_proof_trial *t, tls_protocol_t version)
{
	int r = run_once(t, version, true);

	return r == TLS_E_NO_COMMON_GROUP ? run_once(t, version, false) : r;
}

/* The operator's choice of suites and the like, and no fault of the certificate, if it works in another version. */
static bool is_configured_away(int error)
{
	return error == TLS_E_NO_COMMON_CIPHER_SUITE || error == TLS_E_NO_COMMON_GROUP ||
	    error == TLS_E_NO_COMMON_SIGNATURE_ALGORITHM || error == TLS_E_UNSUPPORTED_VERSION;
}

static int shake_hands(struct px_proof_trial *t)
{
	const struct conf_tls *tls = &t->service->tls;
	const char *where = tls->max_version == TLS_1_3 ? " in TLS 1.3" : " in TLS 1.2";
	const char *fault = t->pair->fault;
	bool two = tls->min_version < tls->max_version;
	int r = run_version(t, tls->max_version), older;

	if (!two || (r == 0 && !t->both) || (r < 0 && !is_configured_away(r)))
		return r == 0 ? 0 : fail(t, where, fault[0] ? fault : tls_strerror(r));
	older = run_version(t, tls->min_version);
	if (older == 0 || (r == 0 && is_configured_away(older)))
		return 0;
	return fail(t, r < 0 ? where : " in TLS 1.2", fault[0] ? fault : tls_strerror(r < 0 ? r : older));
}

/* The client trusts the end of the chain, whoever that is. */
static int make_trust(struct px_proof_trial *t)
{
	int r = tls_certificate_allocate_credentials(&t->ask.trust);

	if (r == 0)
		r = tls_certificate_set_verify_flags(t->ask.trust, TLS_VERIFY_DISABLE_TIME_CHECKS);
	if (r == 0)
		r = tls_certificate_set_x509_trust_mem(t->ask.trust, &t->chain[t->n_chain - 1], TLS_X509_FMT_DER);
	return r < 0 ? r : 0;
}

int px_proof_trial_run(struct px_proof_trial *t, struct px_proof_pair *pair)
{
	int r = px_proof_trial_look(t);

	t->pair = pair;
	if (r == 0)
		r = tls_certificate_take_one(&t->ask.server, t->service->credentials, t->certificate->index);
	t->ask.policy = t->service->policy;
	if (r == 0)
		r = make_trust(t);
	if (r == 0)
		find_name(t);
	r = r == 0 ? shake_hands(t) : fail(t, "", tls_strerror(r));
	tls_certificate_free_credentials(t->ask.server);
	tls_certificate_free_credentials(t->ask.trust);
	return r;
}
