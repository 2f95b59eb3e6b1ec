/* contract.h - what the tests of the session API's promises share: data to send, a clock, the two versions. */
#ifndef TESTS_UNIT_CONTRACT_H
#define TESTS_UNIT_CONTRACT_H

#include "unit.h"

#include "clock.h"
#include "tests/lib/call.h"
#include "tests/lib/pair.h"

#define BIG 300000

static uint8_t pattern[BIG], got[BIG];

/* For the group. */
static inline int contract_setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIG; i++)
		pattern[i] = (uint8_t)(i * 7 + i / 251);
	return 0;
}

static inline int contract_in_tls12(void **state)
{
	(void)state;
	call_version = pair_version = TLS_1_2;
	return 0;
}

static inline int contract_in_tls13(void **state)
{
	(void)state;
	call_version = pair_version = TLS_1_3;
	return 0;
}

/* A test that asks call_version or pair_version, in one version and in both, its name saying so. */
#define CONTRACT_IN(f, version, role) \
	{ \
		#f "_" #version "_" role, f, contract_in_tls##version, contract_in_tls13, NULL \
	}
#define CONTRACT_BOTH(f, role) CONTRACT_IN(f, 13, role), CONTRACT_IN(f, 12, role)

#endif
