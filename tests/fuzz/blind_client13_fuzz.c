/* blind_client13_fuzz.c - a client of TLS 1.3 that believes everything: see blind.h. */
#define BLIND_ROLE TLS_CLIENT
#define BLIND_VERSION TLS_1_3
#include "blind_entry.h"
