/* blind_client12_fuzz.c - a client of TLS 1.2 that believes everything: see blind.h. */
#include "blind.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	blind_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	blind_run(TLS_CLIENT, TLS_1_2, data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return blind_mutate(data, size, max_size, seed);
}
