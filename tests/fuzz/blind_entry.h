/* blind_entry.h - what libFuzzer calls in the blind targets; BLIND_ROLE and BLIND_VERSION are the target's. */
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
	blind_run(BLIND_ROLE, BLIND_VERSION, data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return blind_mutate(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
    size_t max_size, unsigned seed)
{
	struct blind_input a = {data1, size1}, b = {data2, size2};

	return blind_cross_over(&a, &b, out, max_size, seed);
}
