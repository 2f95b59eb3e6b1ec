/* page.h - the status page, page.html as the build has put it into page.c. */
#ifndef DAEMON_PAGE_H
#define DAEMON_PAGE_H

#include <stddef.h>

extern const unsigned char px_page[];
extern const size_t px_page_len;

#endif
