/* conf_fuzz.c - any bytes as the text of a configuration, without opening a file.
 *
 * Checked: either a configuration comes out or at least one error; each message is one line of
 * printable ASCII; a configuration that comes out keeps what conf.h promises.
 */
#include <assert.h>
#include <string.h>

#include "conf/conf.h"
#include "fuzz.h"

static void check_messages(const struct conf_errors *errs)
{
	assert(!errs->no_memory);
	assert(errs->n <= CONF_MAX_ERRORS);
	for (unsigned i = 0; i < errs->n; i++)
		for (const char *p = errs->list[i].text; *p != '\0'; p++)
			assert(*p >= 0x20 && *p < 0x7f);
}

static void check_address(const struct conf_address *address)
{
	assert(address->text != NULL);
	assert((address->kind == CONF_ADDRESS_UNIX) == (address->path != NULL));
	assert((address->kind == CONF_ADDRESS_INET) == (address->host != NULL));
	assert(address->sa_len <= sizeof(address->sa));
}

static void check_service(const struct conf_service *service)
{
	assert(service->name != NULL && service->name[0] != '\0');
	assert(service->n_listen > 0 && service->n_backends > 0);
	assert(service->n_certificates > 0 || service->certificate_dir != NULL);
	for (unsigned i = 0; i < service->n_listen; i++) {
		check_address(&service->listen[i]);
		assert(service->listen[i].sa_len > 0);
	}
	for (unsigned i = 0; i < service->n_backends; i++) {
		check_address(&service->backends[i].address);
		assert(service->backends[i].address.kind == CONF_ADDRESS_UNIX ||
		       service->backends[i].address.port != 0);
	}
	assert(service->policy != NULL && service->credentials != NULL);
	assert(service->timeouts.handshake_ms > 0 && service->timeouts.connect_ms > 0);
	assert(service->timeouts.idle_ms <= 604800000 && service->timeouts.drain_ms <= 86400000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_errors errs = {0};
	struct conf *conf;
	int result =
	    conf_load_text(&conf, &errs, "t", (const char *)data, size, CONF_TEXT_NO_FILES);

	check_messages(&errs);
	assert((result == 0) == (errs.n_errors == 0) && (result == 0) == (conf != NULL));
	if (conf != NULL) {
		assert(conf->n_services > 0 && conf->workers <= 256);
		for (unsigned i = 0; i < conf->n_services; i++)
			check_service(&conf->services[i]);
	}
	conf_free(conf);
	conf_errors_clear(&errs);
	return 0;
}
