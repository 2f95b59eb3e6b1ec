/* many_bench.c - what ten thousand certificates cost: time to load and prove them, memory of a worker, time to find
 * one by name. The memory has a bound: above it the program fails. */
#include "tests/unit/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"
#include "daemon/proof.h"
#include "tests/lib/many.h"
#include "tls/credentials.h"

#define N 10000
#define WORKER_MAX_MIB 40.0
#define N_LOOKUPS 1000000

static const char text[] = "services = ( { name = \"many\"; listen = [ \"127.0.0.1:0\" ];\n"
			   "certificate_dir = \"certs\"; backends = ( \"127.0.0.1:80\" ); } );\n";

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double allocated_mib(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd) / 1048576;
}

/* Of this process alone, as the kernel counts it. */
static double private_mib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	unsigned long kib = 0, one;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Private_Clean: %lu", &one) == 1 || sscanf(line, "Private_Dirty: %lu", &one) == 1)
			kib += one;
	fclose(f);
	return (double)kib / 1024;
}

static int no_signature(tls_session_t session, void *ptr, void **request, uint16_t scheme,
    const tls_datum_t *data, tls_datum_t *signature)
{
	(void)session, (void)ptr, (void)request, (void)scheme, (void)data, (void)signature;
	return TLS_E_INTERNAL_ERROR;
}

/* As a worker has it: the key is somewhere else. */
static int set_key(void *ptr, tls_certificate_credentials_t credentials, const char **reason, const tls_datum_t *chain,
    const char *key_path)
{
	(void)ptr, (void)reason, (void)key_path;
	return tls_certificate_set_x509_key_func(credentials, chain, TLS_X509_FMT_PEM, no_signature, NULL, NULL);
}

static struct conf *load(const struct conf_source *source)
{
	struct conf_errors errs = {0};
	struct conf *conf;
	int r = conf_load(&conf, &errs, "many.conf", source);

	for (unsigned i = 0; i < errs.n; i++)
		printf("%s\n", errs.list[i].text);
	assert_int_equal(r, 0);
	assert_int_equal(conf->services[0].n_served, N);
	conf_errors_clear(&errs);
	return conf;
}

static void measure_master(void)
{
	struct px_proof *proof = px_proof_new();
	struct conf_errors errs = {0};
	double start = now(), loaded, proven, again;
	struct conf *conf = load(NULL);

	loaded = now();
	assert_int_equal(px_proof_run(proof, &errs, conf), 0);
	proven = now();
	assert_int_equal(px_proof_run(proof, &errs, conf), 0);
	again = now();
	printf("%d certificates in the master: %.2f s of CPU time to load, %.2f s to prove (%u handshakes), %.2f s again\n",
	    N, loaded - start, proven - loaded, px_proof_count(proof), again - proven);
	conf_free(conf);
	px_proof_free(proof);
	malloc_trim(0);
}

static void measure_lookups(tls_certificate_credentials_t cred)
{
	const uint16_t schemes[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256};
	const struct tls_cred_entry *entry;
	double start = now();
	char name[64];
	uint16_t scheme;

	for (unsigned i = 0; i < N_LOOKUPS; i++) {
		unsigned number = (unsigned)(i * 7919ULL % N);
		size_t len = (size_t)snprintf(
		    name, sizeof(name), i % 2 ? "host-%u.many.example" : "www.host-%u.many.example", number);

		assert_int_equal(tls_credentials_choose(cred, &entry, &scheme,
				     tls_span((const uint8_t *)name, len), schemes, 1, schemes, 1),
		    0);
	}
	printf("chosen by name, exact and wildcard: %.0f ns each\n", (now() - start) / N_LOOKUPS * 1e9);
}

static bool measure_worker(void)
{
	struct conf_source source = conf_source_files;
	double before = private_mib(), heap = allocated_mib(), start = now(), loaded, cost, allocated;
	struct conf *conf;

	source.set_key = set_key;
	conf = load(&source);
	loaded = now();
	malloc_trim(0);
	cost = private_mib() - before;
	allocated = allocated_mib() - heap;
	printf("%d certificates in a worker: %.2f s of CPU time to load, %.1f MiB private, %.1f MiB allocated, %.0f bytes each\n",
	    N, loaded - start, cost, allocated, allocated * 1048576 / N);
	measure_lookups(conf->services[0].credentials);
	conf_free(conf);
	return cost < WORKER_MAX_MIB && allocated < WORKER_MAX_MIB;
}

int main(void)
{
	char folder[] = "many-bench-XXXXXX", command[64];
	bool good;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("certs", 0700), 0);
	f = fopen("many.conf", "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	many_make("certs", N);
	good = measure_worker();
	measure_master();
	assert_int_equal(chdir(".."), 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	if (!good)
		printf("more than %.0f MiB\n", WORKER_MAX_MIB);
	return good ? 0 : 1;
}
