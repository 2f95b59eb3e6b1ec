/* rogue_child.h - two workers for a master that a test has: one that was taken over, and one that sees whether the others are
 * still served. */
#ifndef TESTS_LIB_ROGUE_CHILD_H
#define TESTS_LIB_ROGUE_CHILD_H

/* Asked for its connections, it does what the environment's ROGUE says, and then answers; everything else it does as a
 * worker has to:
 *
 *	good                  nothing
 *	random                messages that a child may send, with everything in them; the serial of the question is the seed
 *	random wild           messages of all kinds
 *	type N                a message of that type, and no more than a head
 *	short, long, empty    what is no message by its length
 *	flood N               messages of that type without end
 *	descriptors           answers with as many as the kernel takes
 *	gone                  closes its end, and lives on
 *	key random            requests of all kinds to the keeper
 *	key flood             good ones, many
 *	key empty             one of no length
 *	channels              asks for one again and again, and keeps them all
 *
 * And at a reload, from the second PREPARE on: silent, reasons (refuses, with the longest text there can be), takes back
 * (refuses the COMMIT). The exit status. */
int rogue_child_main(void);

/* Asked for its connections, it says whether the keeper has signed something for it just now: "signed" or "not signed". */
int rogue_child_honest(void);

#endif
