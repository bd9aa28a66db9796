#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

// libmicrohttpd's variadic calls, which Swift does not import, each with the arguments that are used here.

/// What the library calls, and with what.
struct cm_callbacks {
    MHD_AccessHandlerCallback handle;
    void *(*announce)(void *context, const char *uri, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback complete;
    MHD_NotifyConnectionCallback connect;
    MHD_LogCallback log;
    void *context;
};

/// Starts a daemon that polls only when it is run: an epoll instance without a thread.
static inline struct MHD_Daemon *cm_start(int listener, unsigned int connections, size_t memory,
                                          const struct cm_callbacks *callbacks) {
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)connections, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)memory, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)callbacks->complete, callbacks->context},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)callbacks->connect, callbacks->context},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)callbacks->announce, callbacks->context},
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)callbacks->log, callbacks->context},
        {MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG, 0, NULL,
                            NULL, callbacks->handle, callbacks->context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static inline int cm_epoll_fd(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->listen_fd : -1;
}

static inline int cm_connection_fd(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *cm_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/// What the connect callback left for this connection.
static inline void *cm_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/// How often a header is there, and what it says the first time.
struct cm_header_search {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
    unsigned int count;
};

static inline enum MHD_Result cm_see_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                            const char *value, size_t value_length) {
    struct cm_header_search *search = context;
    (void)kind;
    if (name_length == search->name_length && strncasecmp(name, search->name, name_length) == 0 && value &&
        search->count++ == 0) {
        search->value = value;
        search->value_length = value_length;
    }
    return MHD_YES;
}

static inline unsigned int cm_count_header(struct MHD_Connection *connection, const char *name, size_t name_length,
                                           const char **value, size_t *value_length) {
    struct cm_header_search search = {name, name_length, NULL, 0, 0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, cm_see_header, &search);
    *value = search.value;
    *value_length = search.value_length;
    return search.count;
}

/// Whether the daemon has work that no descriptor will announce.
static inline int cm_must_run_again(struct MHD_Daemon *daemon) {
    MHD_UNSIGNED_LONG_LONG timeout;
    return MHD_get_timeout(daemon, &timeout) == MHD_YES && timeout == 0;
}

static inline int cm_is_opening(enum MHD_ConnectionNotificationCode event) {
    return event == MHD_CONNECTION_NOTIFY_STARTED;
}

static inline enum MHD_Result cm_close_upgraded(struct MHD_UpgradeResponseHandle *handle) {
    return MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

#endif
