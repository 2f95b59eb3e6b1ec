/* keymem.h - the keeper's memory is kept from being swapped out. */
#ifndef DAEMON_KEYMEM_H
#define DAEMON_KEYMEM_H

/* Before the first key, and while limits may be raised and files be read. */
void px_keymem_init(void);

/* Behind each change of what is held: all memory, that of later as well, where there is no limit; otherwise the heap and
 * the upper part of the stack. 0, or -1 with errno: some of it may be swapped out. */
int px_keymem_lock(void);

#endif
