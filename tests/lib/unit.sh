#!/bin/sh
# unit.sh - runs a program of cmocka's. Of a test that is skipped cmocka says "not ok", which would count as a failure; it
# is "ok # SKIP" in TAP. What else it says, and its exit status, stay as they are; it has no descriptor that it would not
# have without this.

exec 4>&1
status=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | sed 's/^not ok \([0-9]* # SKIP\)/ok \1/' >&4; } 3>&1)
exit "$status"
