/* address.h - addresses as they are written in the configuration. No name is resolved here. */
#ifndef CONF_ADDRESS_H
#define CONF_ADDRESS_H

#include "conf.h"

enum conf_address_use { CONF_ADDRESS_LISTEN, CONF_ADDRESS_BACKEND };

/* Reads text into *address, zero-initialised; relative unix paths start at folder. NULL when good;
 * otherwise what is wrong, a static text, and *address holds nothing to release. */
const char *conf_address_parse(
    struct conf_address *address, const char *text, enum conf_address_use use, const char *folder);
void conf_address_clear(struct conf_address *address);

/* True if both can't be bound at the same time: the same address and port (not 0), the same path.
 */
bool conf_address_clash(const struct conf_address *a, const struct conf_address *b);

/* What conf_address_parse gives when memory is out. */
extern const char conf_address_no_memory[];

#endif
