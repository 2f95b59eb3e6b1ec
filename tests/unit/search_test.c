/* search_test.c - tls/x509/search.c: which paths are found, and how long they may be. */
#include "unit.h"

#include "judge.h"

static void takes_any_order_and_strangers(void **state)
{
	struct trio t = good_trio();
	struct mint stranger = {.subject = "Stranger", .key = keys[6], .ca = true};
	struct court c;

	(void)state;
	court_init(&c);
	court_send(&c, &t.c[LEAF]);
	court_send(&c, &stranger);
	court_send(&c, &t.c[ROOT]);
	court_send(&c, &t.c[MIDDLE]);
	c.chain[c.ask.n_chain++] = tls_span(strdup("no certificate"), 14);
	court_trust(&c, &t.c[ROOT]);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	assert_int_equal(c.verdict.n_path, 3);
	/* The same from the other list. */
	c.ask.more = c.chain + 1;
	c.ask.n_more = 4;
	c.ask.n_chain = 1;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.n_chain = 5;
	c.ask.n_more = 0;
	court_clear(&c);
}

static void trusts_an_intermediate(void **state)
{
	struct trio t = good_trio();
	struct court c;

	(void)state;
	court_trio(&c, &t);
	tls_trust_clear(&c.trust);
	court_trust(&c, &t.c[MIDDLE]);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	assert_int_equal(c.verdict.n_path, 2);
	court_clear(&c);
}

/* Same name, another key: with and without key identifiers to tell them apart. */
static void tries_look_alikes(void **state)
{
	(void)state;
	for (int with_id = 0; with_id < 2; with_id++) {
		struct trio t = good_trio();
		struct mint twin = t.c[MIDDLE];
		struct court c;

		twin.key = keys[7];
		if (with_id)
			twin.key_id = tls_span("twin", 4);
		court_init(&c);
		court_send(&c, &t.c[LEAF]);
		court_send(&c, &twin);
		court_send(&c, &t.c[MIDDLE]);
		twin = t.c[ROOT];
		twin.key = keys[8];
		court_trust(&c, &twin);
		court_trust(&c, &t.c[ROOT]);
		assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
		assert_int_equal(c.verdict.n_checks, with_id ? 3 : 4);
		court_clear(&c);
	}
}

/* Two roots certify each other and a third, everyone's cross certificates are sent; only one is trusted. */
static void leaves_loops(void **state)
{
	static const char *const names[] = {"A", "B", "C"};
	struct trio t = good_trio();
	struct court c;

	(void)state;
	court_init(&c);
	t.c[LEAF].issuer = "A";
	t.c[LEAF].signer = keys[10];
	court_send(&c, &t.c[LEAF]);
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++) {
			struct mint cross = {.subject = names[i], .issuer = names[j], .key = keys[10 + i],
			    .signer = keys[10 + j], .ca = true};

			court_send(&c, &cross);
		}
	}
	assert_int_equal(court_judge(&c), TLS_FLAW_NO_ISSUER);
	court_trust(&c, &(struct mint){.subject = "C", .key = keys[12], .ca = true});
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

/* The way over the expired intermediate is found first. */
static void goes_around_an_expired_issuer(void **state)
{
	struct trio t = good_trio();
	struct mint expired = t.c[MIDDLE];
	struct court c;

	(void)state;
	expired.not_after = MINT_NOW - 1;
	court_init(&c);
	court_send(&c, &t.c[LEAF]);
	court_send(&c, &expired);
	court_send(&c, &t.c[MIDDLE]);
	court_trust(&c, &t.c[ROOT]);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

/* A chain of n certificates between leaf and root. */
static void build_ladder(struct court *c, unsigned n, int path_len, bool self_issued)
{
	static const char *const names[] = {"I0", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11"};
	struct trio t = good_trio();

	court_init(c);
	t.c[LEAF].issuer = n > 0 && !self_issued ? names[0] : "Root";
	t.c[LEAF].signer = n > 0 ? keys[4] : keys[ROOT];
	t.c[LEAF].no_issuer_key_id = true;
	court_send(c, &t.c[LEAF]);
	for (unsigned i = 0; i < n; i++) {
		struct mint m = {.subject = self_issued ? "Root" : names[i], .ca = true, .no_key_id = true,
		    .issuer = self_issued || i + 1 == n ? "Root" : names[i + 1], .key = keys[4 + i],
		    .signer = i + 1 == n ? keys[ROOT] : keys[5 + i], .no_issuer_key_id = true};

		court_send(c, &m);
	}
	t.c[ROOT].path_len = path_len;
	court_trust(c, &t.c[ROOT]);
}

static void bounds_the_depth(void **state)
{
	struct court c;

	(void)state;
	build_ladder(&c, 9, 0, false);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	assert_int_equal(c.verdict.n_path, TLS_JUDGE_MAX_PATH);
	c.ask.limited = true;
	c.ask.max_intermediates = 9;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.max_intermediates = 8;
	assert_int_equal(court_judge(&c), TLS_FLAW_TOO_DEEP);
	court_clear(&c);
	build_ladder(&c, 10, 0, false);
	assert_int_equal(court_judge(&c), TLS_FLAW_TOO_DEEP);
	court_clear(&c);
	build_ladder(&c, 0, 0, false);
	c.ask.limited = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

/* RFC 5280 section 4.2.1.9: self-issued intermediates don't count. */
static void counts_path_lengths(void **state)
{
	struct court c;

	(void)state;
	build_ladder(&c, 3, 1 + 3, false);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
	build_ladder(&c, 3, 1 + 2, false);
	assert_int_equal(court_judge(&c), TLS_FLAW_PATH_LEN);
	assert_int_equal(c.verdict.depth, 4);
	court_clear(&c);
	build_ladder(&c, 3, 1 + 0, true);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.limited = true;
	c.ask.max_intermediates = 0;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_any_order_and_strangers),
	    cmocka_unit_test(trusts_an_intermediate),
	    cmocka_unit_test(tries_look_alikes),
	    cmocka_unit_test(leaves_loops),
	    cmocka_unit_test(goes_around_an_expired_issuer),
	    cmocka_unit_test(bounds_the_depth),
	    cmocka_unit_test(counts_path_lengths),
	};

	return cmocka_run_group_tests_name("search", tests, make_keys, free_keys);
}
