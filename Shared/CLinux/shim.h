#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc hides what follows behind _GNU_SOURCE, or makes it variadic, which Swift does not import.

/// Ends a socket in both directions. (`SHUT_RDWR` is both an enumerator and a macro, which Swift finds or not.)
static inline int cl_shut_down(int socket) { return shutdown(socket, SHUT_RDWR); }

/// Names the calling thread; Linux keeps 15 bytes.
static inline void cl_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Writes the calling thread's processor mask and returns its length in bytes, or -1.
static inline long cl_processor_mask(unsigned char *mask, unsigned long length) {
    return syscall(SYS_sched_getaffinity, 0, length, mask);
}

/// Makes the caller the parent of its orphaned descendants, so that it can reap them.
static inline int cl_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL); }

/// Whether the processor has an instruction for CRC-32C.
static inline int cl_has_crc32c(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2");
#else
    return 0;
#endif
}

/// CRC-32C by that instruction, eight bytes a step. Only where `cl_has_crc32c`.
#if defined(__x86_64__)
__attribute__((target("sse4.2")))
#endif
static inline uint32_t cl_crc32c(uint32_t crc, const unsigned char *bytes, unsigned long count) {
#if defined(__x86_64__)
    uint64_t state = crc, word;
    for (; count >= 8; bytes += 8, count -= 8) {
        __builtin_memcpy(&word, bytes, 8);
        state = __builtin_ia32_crc32di(state, word);
    }
    for (crc = (uint32_t)state; count > 0; bytes++, count--) crc = __builtin_ia32_crc32qi(crc, *bytes);
#endif
    return crc;
}

#endif
