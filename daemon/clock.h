/* clock.h - what time it is: two clocks, in two units.
 *
 * What is measured or waited for goes by the one that never jumps; its zero is of no meaning. What has a date goes by
 * the time of the world, since 1970, which people and NTP may set.
 */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

uint64_t px_clock_us(void);
uint64_t px_clock_ms(void);

uint64_t px_clock_real_us(void);
uint64_t px_clock_real_ms(void);

#endif
