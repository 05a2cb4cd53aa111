/* What Swift cannot call of Linux's process control: prctl(2) is variadic. */
#pragma once
#include <sys/prctl.h>
#include <sys/resource.h>

/* No core dump of this process, whoever would take it: it holds private keys. 0 where both calls succeeded. */
static inline int process_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) | prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
