/* What Swift cannot call of Linux: prctl(2) is variadic, and the others hide behind _GNU_SOURCE. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

/* No core dump of this process, whoever would take it: it holds private keys. 0 where both calls succeeded. */
static inline int process_forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none) | prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

extern int syncfs(int);

/* Brings everything that was written to the file system of this descriptor to the disk. */
static inline int process_sync_file_system(int descriptor) { return syncfs(descriptor); }

extern ssize_t copy_file_range(int, off_t *, int, off_t *, size_t, unsigned);

/* Copies from one file to the end of what was written to another. */
static inline ssize_t process_copy_file_range(int source, off_t *from, int target, size_t count) {
    return copy_file_range(source, from, target, NULL, count, 0);
}

extern int sync_file_range(int, off_t, off_t, unsigned);

/* Has the disk begin with what was written to a file so far; whether it is there in the end, fsync(2) says. */
static inline void process_begin_writing(int descriptor) { sync_file_range(descriptor, 0, 0, 2 /* _WRITE */); }

extern ssize_t getxattr(const char *, const char *, void *, size_t);

/* The value of an extended attribute of what a path leads to: its size, or -1. */
static inline ssize_t process_extended_attribute(const char *path, const char *name, void *value, size_t size) {
    return getxattr(path, name, value, size);
}

#ifndef O_TMPFILE
#define O_TMPFILE __O_TMPFILE
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* A new file without a name in a directory, to be written: gone with its descriptor, unless it is named. -1 where the
   file system has no such. */
static inline int process_open_unnamed(int directory, mode_t mode) {
    return openat(directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
}

/* Names such a file, where nothing has the name; 0 where it does now. The first way is refused (ENOENT) to all but root by
   older kernels. */
static inline int process_name_file(int file, int directory, const char *name) {
    if (linkat(file, "", directory, name, AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOENT) return -1;
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW);
}
