#!/bin/sh
# layers.sh - the layer rule: bytes -> crypto -> {x509, record} -> {credentials, policy} -> {state, input,
# output, alert} -> msg (bytes only) -> hs -> session -> tls.h -> conf -> daemon, arrows only downwards;
# each library has one home; flow.c is alone.
. "$(dirname "$0")/lib.sh"

awk_file=$(cd "$(dirname "$0")" && pwd)/layers.awk

check()
{
	lint_files 'tls conf daemon' '*.c' '*.h' | xargs -r awk -f "$awk_file"
}

lint_tree
lint_bad tls/bytes/x.c 'bytes that includes crypto' '#include "../crypto/hash.h"'
lint_bad tls/crypto/x.c 'crypto that includes x509' '#include "tls/x509/cert.h"'
lint_bad tls/record.c 'record that includes x509' '#include "x509/cert.h"'
lint_bad tls/x509/x.c 'x509 that includes record' '#include "../record.h"'
lint_bad tls/msg/x.c 'msg that includes crypto' '#include "../crypto/hash.h"'
lint_bad tls/hs/x.c 'hs that includes session' '#include "../session.h"'
lint_bad tls/input.c 'the wire that includes hs' '#include "hs/hs.h"'
lint_bad tls/workspace.c 'record that includes the wire' '#include "state.h"'
lint_bad tls/session.c 'the core that includes conf' '#include "conf/conf.h"'
lint_bad conf/x.c 'conf that includes the inside of tls' '#include "tls/bytes/span.h"'
lint_bad conf/x.c 'conf that includes daemon' '#include "daemon/log.h"'
lint_bad daemon/x.c 'daemon that includes the inside of tls' '#include "../tls/session.h"'
lint_bad daemon/flow.c 'flow that includes tls.h' '#include "tls/tls.h"'
lint_bad daemon/flow.c 'flow that includes an end' '#include "end.h"'
lint_bad daemon/flow.h 'flow that knows descriptors' '#include <sys/socket.h>'
lint_bad daemon/flow.c 'flow that knows events' '#include <event2/event.h>'
lint_bad tls/session.c 'nettle outside crypto' '#include <nettle/sha2.h>'
lint_bad tls/x509/key.c 'gmp outside crypto' '#include <gmp.h>'
lint_bad tls/crypto/x.c 'libtasn1 outside x509' '#include <libtasn1.h>'
lint_bad conf/x.c 'libevent outside daemon' '#include <event2/event.h>'
lint_bad daemon/x.c 'libconfig outside conf' '#include <libconfig.h>'
lint_bad tls/session.c 'sockets in the core' '#include <sys/socket.h>'
lint_bad tls/hs/x.c 'a clock in the core' '#include <time.h>'
lint_bad daemon/x.c 'jansson outside ctl' '#include <jansson.h>'
lint_bad daemon/ctl/x.c 'libevent in ctl' '#include <event2/event.h>'
lint_bad daemon/ctl/x.c 'ctl that includes the daemon' '#include "daemon/log.h"'
lint_bad daemon/x.c 'the daemon that includes ctl' '#include "ctl/file.h"'
lint_good daemon/ctl/x.c 'tls.h, dump.h and jansson in ctl' '#include "tls/tls.h"' '#include "daemon/dump.h"' '#include <jansson.h>' '#include "file.h"' '#include <stdio.h>'
lint_good tls/hs/x.c 'arrows downwards' '#include "../x509/cert.h"' '#include "../msg/hello.h"' \
	'#include "tls/bytes/span.h"' '#include <stdint.h>'
lint_good tls/crypto/x.c 'nettle in crypto' '#include <nettle/sha2.h>' '#include "../bytes/span.h"'
lint_good conf/x.c 'tls.h in conf' '#include "tls/tls.h"' '#include "conf.h"' '#include <libconfig.h>'
lint_good daemon/x.c 'tls.h, conf and libevent in daemon' '#include "../tls/tls.h"' '#include <event2/event.h>' \
	'#include "conf/conf.h"' '#include "flow.h"' '#include <sys/socket.h>'
lint_bad daemon/pool.c 'a pool that includes flow' '#include "flow.h"'
lint_good daemon/flow.c 'its own header and the pool in flow' '#include "flow.h"' '#include "pool.h"' '#include <stdbool.h>'
lint_end
