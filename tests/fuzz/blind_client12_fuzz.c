/* blind_client12_fuzz.c - a client of TLS 1.2 that believes everything: see blind.h. */
#define BLIND_ROLE TLS_CLIENT
#define BLIND_VERSION TLS_1_2
#include "blind_entry.h"
