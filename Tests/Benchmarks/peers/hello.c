// The peer of the JSON benchmark: libmicrohttpd in C, answering the bytes it is given.
//
//   hello PORT BODY [HEADERS]
//
// BODY is a file with the bytes of the body, HEADERS one with `Name: value` lines. Polled from outside, as the library
// must be: its own epoll threads hang when a multiple of 128 connections is ready. A response per request, because a
// real answer carries a request id of its own.
#include <microhttpd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static char *body;
static size_t body_length;
static char *names[32], *values[32];
static int header_count;

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    char *bytes = calloc(1, 1 << 20);
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    fclose(file);
    return bytes;
}

static void read_headers(const char *path) {
    size_t length;
    for (char *line = strtok(read_file(path, &length), "\r\n"); line && header_count < 32; line = strtok(NULL, "\r\n")) {
        char *colon = strstr(line, ": ");
        if (!colon) continue;
        *colon = 0;
        names[header_count] = line;
        values[header_count++] = colon + 2;
    }
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state) {
    static int seen;
    (void)context, (void)url, (void)method, (void)version, (void)upload;
    if (!*state) { *state = &seen; return MHD_YES; }
    if (*upload_size) { *upload_size = 0; return MHD_YES; }
    struct MHD_Response *response = MHD_create_response_from_buffer(body_length, body, MHD_RESPMEM_PERSISTENT);
    for (int i = 0; i < header_count; i++) MHD_add_response_header(response, names[i], values[i]);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(int count, char **arguments) {
    if (count < 3) { fprintf(stderr, "usage: %s PORT BODY [HEADERS]\n", arguments[0]); return 2; }
    body = read_file(arguments[2], &body_length);
    if (count > 3) read_headers(arguments[3]);
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
    if (!daemon) { perror("MHD_start_daemon"); return 1; }
    int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd;
    int outer = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    puts("listening");
    fflush(stdout);
    for (;;) {
        MHD_UNSIGNED_LONG_LONG timeout;
        epoll_wait(outer, &event, 1, -1);
        do MHD_run(daemon);
        while (MHD_get_timeout(daemon, &timeout) == MHD_YES && timeout == 0);
    }
}
