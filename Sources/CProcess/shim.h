/* What Swift cannot call of Linux: prctl(2) is variadic, and syncfs(2) hides behind _GNU_SOURCE. */
#pragma once
#include <sys/prctl.h>
#include <sys/resource.h>

/* No core dump of this process, whoever would take it: it holds private keys. 0 where both calls succeeded. */
static inline int process_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) | prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

extern int syncfs(int);

/* Brings everything that was written to the file system of this descriptor to the disk. */
static inline int process_sync_file_system(int descriptor) { return syncfs(descriptor); }
