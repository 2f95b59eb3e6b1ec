/* index_test.c - tls/x509/index.c. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/index.h"

#define N_NAMES 10000

static struct tls_span text(const char *s)
{
	return tls_span(s, strlen(s));
}

static void add(struct tls_index *index, const char *name, uint32_t entry)
{
	assert_int_equal(tls_index_reserve(index, 1), 0);
	tls_index_add(index, text(name), entry);
}

static void finds_nothing_when_empty(void **state)
{
	struct tls_index index;

	(void)state;
	tls_index_init(&index);
	assert_int_equal(tls_index_find(&index, text("a.example")), TLS_INDEX_NONE);
	tls_index_clear(&index);
}

static void keeps_the_order_of_one_name(void **state)
{
	struct tls_index index;
	uint32_t at;

	(void)state;
	tls_index_init(&index);
	for (uint32_t i = 0; i < 100; i++) {
		add(&index, "pair.example", 2 * i);
		add(&index, "other.example", 2 * i + 1);
	}
	at = tls_index_find(&index, text("PAIR.example"));
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_not_equal(at, TLS_INDEX_NONE);
		assert_int_equal(tls_index_entry(&index, at), 2 * i);
		at = tls_index_next(&index, at);
	}
	assert_int_equal(at, TLS_INDEX_NONE);
	assert_int_equal(tls_index_find(&index, text("air.example")), TLS_INDEX_NONE);
	tls_index_clear(&index);
}

static void finds_each_of_many(void **state)
{
	static char names[N_NAMES][24];
	struct tls_index index;

	(void)state;
	tls_index_init(&index);
	for (uint32_t i = 0; i < N_NAMES; i++) {
		snprintf(names[i], sizeof(names[i]), "host%u.example", i);
		add(&index, names[i], i);
	}
	for (uint32_t i = 0; i < N_NAMES; i++) {
		uint32_t at = tls_index_find(&index, text(names[i]));

		assert_int_not_equal(at, TLS_INDEX_NONE);
		assert_int_equal(tls_index_entry(&index, at), i);
		assert_int_equal(tls_index_next(&index, at), TLS_INDEX_NONE);
	}
	assert_int_equal(tls_index_find(&index, text("host10000.example")), TLS_INDEX_NONE);
	tls_index_clear(&index);
}

static void a_failed_allocation_changes_nothing(void **state)
{
	struct tls_index index;

	(void)state;
	tls_index_init(&index);
	add(&index, "a.example", 1);
	for (unsigned long n = 1; n <= 2; n++) {
		tls_mem_fail_at(n);
		assert_int_equal(tls_index_reserve(&index, 1000), TLS_E_MEMORY_ERROR);
		assert_int_equal(tls_mem_fail_left(), 0);
		assert_int_not_equal(tls_index_find(&index, text("a.example")), TLS_INDEX_NONE);
	}
	assert_int_equal(tls_index_reserve(&index, SIZE_MAX), TLS_E_MEMORY_ERROR);
	tls_index_clear(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_nothing_when_empty),
	    cmocka_unit_test(keeps_the_order_of_one_name),
	    cmocka_unit_test(finds_each_of_many),
	    cmocka_unit_test(a_failed_allocation_changes_nothing),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
