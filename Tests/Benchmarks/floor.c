// The floor that the gateway's cost per delivery is compared with: the least a server on Linux can do.
// One thread, one epoll loop, one room, one write(2) per message and listener, nothing kept, nothing checked.
//   cc -O2 -o floor Tests/Benchmarks/floor.c && ./floor 8081      (0: the kernel chooses; the port is printed)
// GET of anything opens a stream; POST of anything sends its body to every stream. Writes block: a listener that
// does not read holds everybody up, and offered load that is too much shows as POSTs that wait.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT = 1 << 20 };
static int listeners[LIMIT], place[LIMIT], count;  // place[fd] is where listeners holds it, plus 1; 0: not a stream
static char request[128 * 1024], frame[128 * 1024];

static void drop(int fd) {
    if (place[fd]) {
        int last = listeners[--count];
        listeners[place[fd] - 1] = last, place[last] = place[fd], place[fd] = 0;
    }
    close(fd);
}

static void serve(int fd) {
    ssize_t n = recv(fd, request, sizeof request - 1, MSG_PEEK);
    if (n <= 0) { drop(fd); return; }
    request[n] = 0;
    char *body = strstr(request, "\r\n\r\n");
    if (!body) return;
    body += 4;
    char *length = strcasestr(request, "\r\ncontent-length:");
    size_t size = length && length < body ? strtoul(length + 17, 0, 10) : 0, head = body - request;
    if (head + size > (size_t)n) return;
    recv(fd, request, head + size, 0);
    if (request[0] == 'G') {
        static const char open[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n:\n\n";
        write(fd, open, sizeof open - 1);
        if (!place[fd]) listeners[count++] = fd, place[fd] = count;
        return;
    }
    static const char created[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    write(fd, created, sizeof created - 1);
    int bytes = snprintf(frame, sizeof frame, "data: %.*s\n\n", (int)size, body);
    for (int i = 0; i < count; i++) write(listeners[i], frame, bytes);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files), files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
    int one = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), loop = epoll_create1(0);
    struct sockaddr_in address = {AF_INET, htons(argc > 1 ? atoi(argv[1]) : 0), {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t size = sizeof address;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&address, size) || listen(door, 4096)) { perror("floor"); return 1; }
    getsockname(door, (void *)&address, &size);
    printf("%d\n", ntohs(address.sin_port)), fflush(stdout);
    struct epoll_event event = {EPOLLIN, {.fd = door}}, ready[256];
    epoll_ctl(loop, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int n = epoll_wait(loop, ready, 256, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd != door) { serve(ready[i].data.fd); continue; }
            for (int fd; (fd = accept4(door, 0, 0, 0)) >= 0;) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = fd;
                epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
