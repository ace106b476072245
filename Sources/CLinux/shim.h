// Readiness and timers of Linux (epoll(7), timerfd_create(2)), which Swift's Glibc module leaves out.
// Declared, not included: the system's headers bring declarations along that the Glibc module has too, and where a
// module of the program imports both, Swift then finds some of them in neither (SOCK_STREAM, with -O).
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#define EPOLLIN 0x001u
#define EPOLLOUT 0x004u
#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

struct epoll_event {
    unsigned int events;
    unsigned long long data;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

struct clinux_timer {
    long interval_seconds, interval_nanoseconds, seconds, nanoseconds;
};

int epoll_create1(int flags);
int epoll_ctl(int queue, int operation, int descriptor, struct epoll_event *event);
int epoll_wait(int queue, struct epoll_event *events, int count, int milliseconds);
int timerfd_create(int clock, int flags);
int timerfd_settime(int timer, int flags, const struct clinux_timer *when, struct clinux_timer *before);

#endif
