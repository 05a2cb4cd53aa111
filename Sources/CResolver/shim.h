/* glibc's resolver (resolver(3)) for records that getaddrinfo(3) does not know of: its state is a structure of bit fields,
 * and half of its interface are macros. */
#pragma once
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { resolver_name_size = NS_MAXDNAME, resolver_not_found = HOST_NOT_FOUND, resolver_no_data = NO_DATA };

/* Has another server asked than those of /etc/resolv.conf. glibc keeps IPv6 addresses beside the list. 0 without memory. */
static inline int resolver_use(res_state state, const struct sockaddr *server) {
    if (server->sa_family == AF_INET) {
        memcpy(&state->nsaddr_list[0], server, sizeof state->nsaddr_list[0]);
    } else {
        struct sockaddr_in6 *copy = malloc(sizeof *copy);
        if (!copy) return 0;
        memcpy(copy, server, sizeof *copy);
        free(state->_u._ext.nsaddrs[0]);
        state->_u._ext.nsaddrs[0] = copy; /* res_nclose frees it */
        state->nsaddr_list[0].sin_family = 0;
    }
    state->nscount = 1;
    return 1;
}

/* Asks for the records of a type, and whether the answer was found authentic (the AD bit, RFC 4035 §3.2.3).
 * Returns the size of the answer, or -1; the failure is then one of netdb.h. */
static inline int resolver_ask(const char *name, int type, const struct sockaddr *server, int seconds,
                               unsigned char *answer, int size, int *failure) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    *failure = NETDB_INTERNAL;
    if (res_ninit(&state) != 0) return -1;
    int count = -1;
    if (!server || resolver_use(&state, server)) {
        state.options |= RES_TRUSTAD | RES_USE_EDNS0;
        state.retrans = seconds;
        state.retry = 2;
        count = res_nquery(&state, name, ns_c_in, type, answer, size);
        if (count < 0) *failure = state.res_h_errno;
    }
    res_nclose(&state);
    return count;
}

/* A record of the answer section: 1, or 0 after the last, or -1 where the answer is malformed. */
static inline int resolver_record(const unsigned char *answer, int size, int index, char *owner, int *type,
                                  const unsigned char **data, int *count) {
    ns_msg message;
    ns_rr record;
    if (ns_initparse(answer, size, &message) != 0) return -1;
    if (index >= ns_msg_count(message, ns_s_an)) return 0;
    if (ns_parserr(&message, ns_s_an, index, &record) != 0) return -1;
    memcpy(owner, ns_rr_name(record), resolver_name_size);
    *type = ns_rr_class(record) == ns_c_in ? (int)ns_rr_type(record) : -1;
    *data = ns_rr_rdata(record);
    *count = ns_rr_rdlen(record);
    return 1;
}

/* A name in the data of a record, as in a CNAME; 0 where it is malformed. */
static inline int resolver_name(const unsigned char *answer, int size, const unsigned char *data, char *name) {
    return dn_expand(answer, answer + size, data, name, resolver_name_size) >= 0;
}
