/* pair.h - one certificate: its chain, key and staple on their way into a service's credentials. */
#ifndef CONF_PAIR_H
#define CONF_PAIR_H

#include "conf.h"
#include "value.h"

/* Where the paths were written, and what messages call them ("services.certificates.chain"). */
struct conf_pair_place {
	const char *chain, *key, *staple;
	struct conf_origin chain_at, key_at, staple_at;
};

/* Reads the files that certificate names and adds them to the service's credentials; sets aside,
 * index, served. One that can't be used is set aside with a warning, and its last good version used
 * if the source has one; with strict it is an error. */
void conf_pair_load(struct conf_service *service, struct conf_loader *l,
    struct conf_certificate *certificate, const struct conf_pair_place *place);

#endif
