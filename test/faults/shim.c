// Preloaded into a process (LD_PRELOAD), it lets one write-like call fail: the SSLMEM_FAULT_NUMBER-th (from 1; 0: none) of
// those that touch a path under one of SSLMEM_FAULT_PATHS (separated by colons), with errno SSLMEM_FAULT_ERRNO, or, if that
// is 0, by writing only half of what was asked for (then only writes count). SSLMEM_FAULT_LOG gets a line for the call that failed, and at the end
// "calls N writes M"; where number 0 is asked for, a line "call N M NAME PATH" for each, M being its number among the writes (0: none).
// Built by scripts/faults/shim.mjs.
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static atomic_long writes;

static void say(const char *line) {
  const char *log = getenv("SSLMEM_FAULT_LOG");
  if (log == NULL) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return;
  syscall(SYS_write, fd, line, strlen(line));
  syscall(SYS_close, fd);
}

__attribute__((destructor)) static void tell(void) {
  char line[64];
  if (atomic_load(&calls) == 0) return;  // children that write nothing of ours (git, sh)
  snprintf(line, sizeof line, "calls %ld writes %ld\n", atomic_load(&calls), atomic_load(&writes));
  say(line);
}

static int is_watched(const char *path) {
  const char *at = getenv("SSLMEM_FAULT_PATHS");
  while (at != NULL && *at != 0) {
    const size_t length = strcspn(at, ":");
    if (length > 0 && strncmp(path, at, length) == 0) return 1;
    at += length + (at[length] == ':');
  }
  return 0;
}

// Whether this call is the one; sets errno.
static int fails(const char *call, const char *path) {
  char absolute[8192];
  if (path == NULL) return 0;
  if (path[0] != '/') {
    if (getcwd(absolute, 4096) == NULL) return 0;
    strcat(absolute, "/");
    strncat(absolute, path, 4000);
    path = absolute;
  }
  if (!is_watched(path)) return 0;
  const char *code = getenv("SSLMEM_FAULT_ERRNO");
  const int failure = code == NULL ? 0 : atoi(code);
  const int is_write = strstr(call, "write") != NULL;
  long now = atomic_fetch_add(&calls, 1) + 1;
  if (is_write) now = failure == 0 ? atomic_fetch_add(&writes, 1) + 1 : (atomic_fetch_add(&writes, 1), now);
  else if (failure == 0) return 0;  // only writes can be cut short
  const char *number = getenv("SSLMEM_FAULT_NUMBER");
  char line[9000];
  if (number != NULL && atol(number) == 0) {
    snprintf(line, sizeof line, "call %ld %ld %s %s\n", now, is_write ? atomic_load(&writes) : 0, call, path);
    say(line);
  }
  if (number == NULL || now != atol(number)) return 0;
  snprintf(line, sizeof line, "fails %s %s\n", call, path);
  say(line);
  errno = failure;
  return 1;
}

static int fd_fails(const char *call, int fd) {
  char name[64];
  char path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  const int before = errno;
  const ssize_t length = readlink(name, path, sizeof path - 1);
  errno = before;
  if (length < 0) return 0;
  path[length] = 0;
  return fails(call, path);
}

#define REAL(result, name, ...)                           \
  static result (*real)(__VA_ARGS__);                     \
  if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define OPEN(name)                                                                    \
  int name(const char *path, int flags, ...) {                                        \
    REAL(int, name, const char *, int, ...);                                          \
    va_list rest;                                                                     \
    va_start(rest, flags);                                                            \
    const int mode = va_arg(rest, int);                                               \
    va_end(rest);                                                                     \
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails("open", path) && errno) return -1; \
    return real(path, flags, mode);                                                   \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                  \
  int name(int at, const char *path, int flags, ...) {                                \
    REAL(int, name, int, const char *, int, ...);                                     \
    va_list rest;                                                                     \
    va_start(rest, flags);                                                            \
    const int mode = va_arg(rest, int);                                               \
    va_end(rest);                                                                     \
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails("open", path) && errno) return -1; \
    return real(at, path, flags, mode);                                               \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *from, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  if (fd_fails("write", fd)) {
    if (errno) return -1;
    size -= size / 2;
  }
  return real(fd, from, size);
}

#define PWRITE(name, offset_t)                                       \
  ssize_t name(int fd, const void *from, size_t size, offset_t at) { \
    REAL(ssize_t, name, int, const void *, size_t, offset_t);        \
    if (fd_fails("pwrite", fd)) {                                    \
      if (errno) return -1;                                          \
      size -= size / 2;                                              \
    }                                                                \
    return real(fd, from, size, at);                                 \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (fd_fails("writev", fd)) {
    if (errno) return -1;
    const struct iovec half = {parts[0].iov_base, parts[0].iov_len - parts[0].iov_len / 2};
    return real(fd, &half, 1);
  }
  return real(fd, parts, count);
}

#define PWRITEV(name, offset_t)                                                              \
  ssize_t name(int fd, const struct iovec *parts, int count, offset_t at) {                  \
    REAL(ssize_t, name, int, const struct iovec *, int, offset_t);                           \
    if (fd_fails("pwritev", fd)) {                                                           \
      if (errno) return -1;                                                                  \
      const struct iovec half = {parts[0].iov_base, parts[0].iov_len - parts[0].iov_len / 2}; \
      return real(fd, &half, 1, at);                                                         \
    }                                                                                        \
    return real(fd, parts, count, at);                                                       \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

// Calls of a file descriptor, of a path, and of two paths: what they say when they fail is -1.
#define OF_FD(name, declared, given)                  \
  int name declared {                                 \
    static int(*real) declared;                       \
    if (real == NULL) real = (int(*) declared)dlsym(RTLD_NEXT, #name); \
    if (fd_fails(#name, fd) && errno) return -1;      \
    return real given;                                \
  }
OF_FD(fsync, (int fd), (fd))
OF_FD(fdatasync, (int fd), (fd))
OF_FD(ftruncate, (int fd, off_t size), (fd, size))
OF_FD(ftruncate64, (int fd, off64_t size), (fd, size))
OF_FD(fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
OF_FD(fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))

#define OF_PATH(name, declared, given)             \
  int name declared {                              \
    static int(*real) declared;                    \
    if (real == NULL) real = (int(*) declared)dlsym(RTLD_NEXT, #name); \
    if (fails(#name, path) && errno) return -1;    \
    return real given;                             \
  }
OF_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
OF_PATH(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
OF_PATH(rename, (const char *from, const char *path), (from, path))
OF_PATH(renameat, (int a, const char *from, int b, const char *path), (a, from, b, path))
OF_PATH(link, (const char *from, const char *path), (from, path))
OF_PATH(symlink, (const char *from, const char *path), (from, path))
OF_PATH(truncate, (const char *path, off_t size), (path, size))
