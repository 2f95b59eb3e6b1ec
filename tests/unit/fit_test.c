/* fit_test.c - tls/x509/fit.c and profile.c: chains with one flaw each; what is expected follows from RFC 5280. */
#include "unit.h"

#include "judge.h"

static void expired_leaf(struct trio *t)
{
	t->c[LEAF].not_after = MINT_NOW - 1;
}

static void last_second(struct trio *t)
{
	t->c[LEAF].not_after = t->c[MIDDLE].not_after = t->c[ROOT].not_after = MINT_NOW;
	t->c[LEAF].not_before = t->c[MIDDLE].not_before = t->c[ROOT].not_before = MINT_NOW;
}

static void future_leaf(struct trio *t)
{
	t->c[LEAF].not_before = MINT_NOW + 1;
}

static void expired_middle(struct trio *t)
{
	t->c[MIDDLE].not_after = MINT_NOW - 1;
}

static void expired_root(struct trio *t)
{
	t->c[ROOT].not_after = MINT_NOW - 1;
}

static void middle_is_no_ca(struct trio *t)
{
	t->c[MIDDLE].ca = false;
}

static void root_is_no_ca(struct trio *t)
{
	t->c[ROOT].ca = false;
}

static void middle_may_not_sign(struct trio *t)
{
	t->c[MIDDLE].usage = TLS_USAGE_DIGITAL_SIGNATURE | TLS_USAGE_CRL_SIGN;
}

static void root_may_not_sign(struct trio *t)
{
	t->c[ROOT].usage = TLS_USAGE_CRL_SIGN;
}

static void no_usages(struct trio *t)
{
	t->c[LEAF].usage = t->c[MIDDLE].usage = t->c[ROOT].usage = 0;
}

static void old_middle(struct trio *t)
{
	t->c[MIDDLE].version = 1;
}

static void old_leaf(struct trio *t)
{
	t->c[LEAF].version = 1;
}

static void old_root(struct trio *t)
{
	t->c[ROOT].version = 1;
}

static void root_without_room(struct trio *t)
{
	t->c[ROOT].path_len = 1;
}

static void middle_without_room(struct trio *t)
{
	t->c[MIDDLE].path_len = 1;
	t->c[ROOT].path_len = 2;
}

static void spoiled_leaf(struct trio *t)
{
	t->c[LEAF].spoil_signature = true;
}

static void spoiled_middle(struct trio *t)
{
	t->c[MIDDLE].spoil_signature = true;
}

/* An anchor is trusted as it is (RFC 5280 section 6.1): nobody's signature on it counts. */
static void spoiled_root(struct trio *t)
{
	t->c[ROOT].spoil_signature = true;
}

static void other_issuer(struct trio *t)
{
	t->c[LEAF].issuer = "Nobody";
}

static void other_root(struct trio *t)
{
	t->c[MIDDLE].issuer = "Nobody";
}

static void other_key_id(struct trio *t)
{
	t->c[LEAF].issuer_key_id = tls_span("other", 5);
}

static void other_signer(struct trio *t)
{
	t->c[LEAF].signer = keys[5];
}

static void sha1(struct trio *t)
{
	t->c[LEAF].algorithm = tls_span("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01", 11);
}

static void md5(struct trio *t)
{
	t->c[MIDDLE].algorithm = tls_span("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04\x05\x00", 15);
}

static void unknown_critical_leaf(struct trio *t)
{
	t->c[LEAF].more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", 12);
}

static void unknown_leaf(struct trio *t)
{
	t->c[LEAF].more = tls_span("\x30\x07\x06\x02\x2a\x03\x04\x01x", 9);
}

static void unknown_critical_middle(struct trio *t)
{
	t->c[MIDDLE].more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", 12);
}

static void unknown_critical_root(struct trio *t)
{
	t->c[ROOT].more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", 12);
}

/* policyConstraints {requireExplicitPolicy 0}, critical and not. */
static void policy_constraints(struct trio *t)
{
	t->c[MIDDLE].more = tls_span("\x30\x0f\x06\x03\x55\x1d\x24\x01\x01\xff\x04\x05\x30\x03\x80\x01\x00", 17);
}

static void loose_policy_constraints(struct trio *t)
{
	t->c[MIDDLE].more = tls_span("\x30\x0c\x06\x03\x55\x1d\x24\x04\x05\x30\x03\x80\x01\x00", 14);
}

static void malformed_constraints(struct trio *t)
{
	t->c[MIDDLE].more = tls_span("\x30\x0c\x06\x03\x55\x1d\x1e\x01\x01\xff\x04\x02\x30\x00", 14);
}

static void for_clients(struct trio *t)
{
	t->c[LEAF].purposes = "c";
}

static void for_both(struct trio *t)
{
	t->c[LEAF].purposes = "cs";
}

static void for_all(struct trio *t)
{
	t->c[LEAF].purposes = "a";
}

static void for_nothing_special(struct trio *t)
{
	t->c[LEAF].purposes = NULL;
}

static void middle_for_clients(struct trio *t)
{
	t->c[MIDDLE].purposes = "c";
}

static void middle_for_all(struct trio *t)
{
	t->c[MIDDLE].purposes = "a";
}

static void middle_for_servers(struct trio *t)
{
	t->c[MIDDLE].purposes = "s";
}

static void root_for_clients(struct trio *t)
{
	t->c[ROOT].purposes = "c";
}

static void root_for_servers(struct trio *t)
{
	t->c[ROOT].purposes = "s";
}

static void leaf_for_encryption(struct trio *t)
{
	t->c[LEAF].usage = 0x2000; /* keyEncipherment */
}

static void leaf_signs_certificates(struct trio *t)
{
	t->c[LEAF].usage = TLS_USAGE_DIGITAL_SIGNATURE | TLS_USAGE_CERT_SIGN;
}

static void leaf_constrains(struct trio *t)
{
	t->c[LEAF].permitted[0] = "dns:leaf.example";
}

static void long_serial(struct trio *t)
{
	t->c[LEAF].serial = tls_span("123456789012345678901", 21);
}

static void longest_serial(struct trio *t)
{
	t->c[LEAF].serial = tls_span("12345678901234567890", 20);
}

static void negative_serial(struct trio *t)
{
	t->c[LEAF].serial = tls_span("\x80", 1);
}

static void zero_serial(struct trio *t)
{
	t->c[MIDDLE].serial = tls_span("\x00", 1);
}

static void no_key_id_in_leaf(struct trio *t)
{
	t->c[LEAF].no_issuer_key_id = true;
}

static void no_key_id_of_middle(struct trio *t)
{
	t->c[MIDDLE].no_key_id = true;
}

static void no_key_id_in_root(struct trio *t)
{
	t->c[ROOT].no_issuer_key_id = true;
}

static void loose_ca(struct trio *t)
{
	t->c[MIDDLE].loose_ca = true;
}

static void empty_subject(struct trio *t)
{
	t->c[LEAF].subject = "";
}

static void empty_subject_and_critical_names(struct trio *t)
{
	t->c[LEAF].subject = "";
	t->c[LEAF].critical_names = true;
}

static void critical_names(struct trio *t)
{
	t->c[LEAF].critical_names = true;
}

static void critical_purposes(struct trio *t)
{
	t->c[LEAF].critical_purposes = true;
}

static void common_name_like_an_address(struct trio *t)
{
	t->c[LEAF].subject = "192.168.01.1";
}

static void common_name_that_is_an_address(struct trio *t)
{
	t->c[LEAF].subject = "2001:db8::1:0:0:1";
}

static void other_name(struct trio *t)
{
	t->c[LEAF].names[0] = "dns:other.example";
}

static void no_name(struct trio *t)
{
	t->c[LEAF].names[0] = NULL;
	t->c[LEAF].subject = "leaf.example"; /* the common name is never a host's */
}

/* The fault by default and in a strict judgement, and the depth it is at. */
static const struct row {
	const char *what;
	void (*change)(struct trio *t);
	enum tls_flaw fault, strict;
	unsigned depth;
} rows[] = {
#define BOTH(change, fault, depth) {#change, change, TLS_FLAW_##fault, TLS_FLAW_##fault, depth}
#define STRICT(change, fault, depth) {#change, change, TLS_FLAW_NONE, TLS_FLAW_##fault, depth}
    BOTH(expired_leaf, EXPIRED, 0),
    BOTH(last_second, NONE, 0),
    BOTH(future_leaf, NOT_ACTIVATED, 0),
    BOTH(expired_middle, EXPIRED, 1),
    BOTH(expired_root, EXPIRED, 2),
    BOTH(middle_is_no_ca, NOT_A_CA, 1),
    BOTH(root_is_no_ca, NOT_A_CA, 2),
    BOTH(middle_may_not_sign, NO_CERT_SIGN, 1),
    BOTH(root_may_not_sign, NO_CERT_SIGN, 2),
    BOTH(no_usages, NONE, 0),
    BOTH(old_middle, VERSION, 1),
    BOTH(old_root, VERSION, 2),
    {"old_leaf", old_leaf, TLS_FLAW_NAME, TLS_FLAW_VERSION, 0},
    BOTH(root_without_room, PATH_LEN, 2),
    BOTH(middle_without_room, NONE, 0),
    BOTH(spoiled_leaf, SIGNATURE, 0),
    BOTH(spoiled_middle, SIGNATURE, 1),
    BOTH(spoiled_root, NONE, 0),
    BOTH(other_issuer, NO_ISSUER, 0),
    BOTH(other_root, NO_ISSUER, 1),
    BOTH(other_key_id, NO_ISSUER, 0),
    BOTH(other_signer, SIGNATURE, 0),
    BOTH(sha1, WEAK_SIGNATURE, 0),
    BOTH(md5, WEAK_SIGNATURE, 1),
    BOTH(unknown_critical_leaf, UNKNOWN_EXTENSION, 0),
    BOTH(unknown_leaf, NONE, 0),
    BOTH(unknown_critical_middle, UNKNOWN_EXTENSION, 1),
    BOTH(unknown_critical_root, UNKNOWN_EXTENSION, 2),
    BOTH(policy_constraints, UNKNOWN_EXTENSION, 1),
    STRICT(loose_policy_constraints, CRITICALITY, 1),
    BOTH(malformed_constraints, MALFORMED, 1),
    BOTH(for_clients, PURPOSE, 0),
    BOTH(for_both, NONE, 0),
    STRICT(for_all, PURPOSE, 0),
    STRICT(for_nothing_special, PURPOSE, 0),
    BOTH(middle_for_clients, PURPOSE, 1),
    BOTH(middle_for_all, NONE, 0),
    BOTH(middle_for_servers, NONE, 0),
    BOTH(root_for_clients, PURPOSE, 2),
    STRICT(root_for_servers, CONTRADICTION, 2),
    BOTH(leaf_for_encryption, PURPOSE, 0),
    BOTH(leaf_signs_certificates, CONTRADICTION, 0),
    BOTH(leaf_constrains, CONTRADICTION, 0),
    BOTH(long_serial, SERIAL, 0),
    BOTH(longest_serial, NONE, 0),
    STRICT(negative_serial, SERIAL, 0),
    STRICT(zero_serial, SERIAL, 1),
    STRICT(no_key_id_in_leaf, NO_KEY_ID, 0),
    STRICT(no_key_id_of_middle, NO_KEY_ID, 1),
    BOTH(no_key_id_in_root, NONE, 0),
    STRICT(loose_ca, CRITICALITY, 1),
    STRICT(empty_subject, CRITICALITY, 0),
    BOTH(empty_subject_and_critical_names, NONE, 0),
    STRICT(critical_names, CRITICALITY, 0),
    STRICT(critical_purposes, CRITICALITY, 0),
    STRICT(common_name_like_an_address, NAME_FORM, 0),
    BOTH(common_name_that_is_an_address, NONE, 0),
    BOTH(other_name, NAME, 0),
    BOTH(no_name, NAME, 0),
};

static void judges_each_fault(void **state)
{
	const struct row *row = *state;
	struct trio t = good_trio();
	struct court c;

	row->change(&t);
	court_trio(&c, &t);
	assert_string_equal(tls_flaw_text(court_judge(&c)), tls_flaw_text(row->fault));
	if (row->fault != TLS_FLAW_NONE)
		assert_int_equal(c.verdict.depth, row->depth);
	c.ask.strict = true;
	assert_string_equal(tls_flaw_text(court_judge(&c)), tls_flaw_text(row->strict));
	if (row->strict != TLS_FLAW_NONE)
		assert_int_equal(c.verdict.depth, row->depth);
	if (row->strict != TLS_FLAW_NONE && row->depth < 2)
		assert_ptr_equal(c.verdict.at.p, c.chain[row->depth].p);
	court_clear(&c);
}

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	struct CMUnitTest all[N_ROWS];

	for (size_t i = 0; i < N_ROWS; i++)
		all[i] = (struct CMUnitTest){.name = rows[i].what,
		    .test_func = judges_each_fault,
		    .initial_state = (void *)(uintptr_t)&rows[i]};
	return _cmocka_run_group_tests("fit", all, N_ROWS, make_keys, free_keys);
}
